#!/usr/bin/env bash
# Speed and memory beside a real sops, both measured in the same run; prints a table in Markdown.
#
#   cargo build --release && SOPS_BIN=/path/to/sops ./scripts/compare.sh
#
#   OURS=path     another binary of ours (default: target/release/sops)
#   RUNS=n        runs of the short cases, the median counts (default 25)
#   RUNS_LONG=n   runs of the long cases: 100,000 leaves and the binary file (default 11; some minutes)
#   BIG_MB=n      size of the binary file (default 100)
#   LEAVES_BIG=n  leaves of the largest document (default 100000)
set -euo pipefail
cd "$(dirname "$0")/.."

: "${SOPS_BIN:?names the real sops}"
theirs=$(readlink -f "$SOPS_BIN")
ours=$(readlink -f "${OURS:-${CARGO_TARGET_DIR:-target}/release/sops}")
[ -x "$ours" ] || { echo "no $ours: cargo build --release" >&2; exit 1; }
runs=${RUNS:-25} runs_long=${RUNS_LONG:-11} big_mb=${BIG_MB:-100} leaves_big=${LEAVES_BIG:-100000}
command -v python3 >/dev/null || { echo "python3 measures: it is not here" >&2; exit 1; }

keys=$PWD/testdata/interop/keys/age1.txt
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
# A file that was just written lies in memory in larger pieces than one that was read long ago, and a program in few
# pieces starts faster: both are written now.
cp "$ours" ours.sops && cp "$theirs" theirs.sops
ours=$scratch/ours.sops theirs=$scratch/theirs.sops
recipient=$(sed -n 's/^# public key: //p' "$keys")

# Median of the wall time, median of the CPU time and peak memory of each of two commands: `RUNS OUT COMMAND… -- OUT
# COMMAND…`. They take turns, so that both see the same machine, some runs at a time; the first of them does not count,
# for it finds what the other one left of caches and memory. Started without a copy of this interpreter, whose own time
# and memory would be counted.
cat > measure.py <<'PY'
import os, shutil, statistics, subprocess, sys, time
runs, middle = int(sys.argv[1]), sys.argv.index("--")
sides = [(words[0], words[1:], [], []) for words in (sys.argv[2:middle], sys.argv[middle + 1:])]
env = {"PATH": "/usr/bin:/bin", "HOME": os.getcwd(), "SOPS_DISABLE_VERSION_CHECK": "1",
       "SOPS_AGE_KEY_FILE": os.environ["KEYS"], "SOPS_AGE_RECIPIENTS": os.environ["RECIPIENT"]}
AT_A_TIME = 5
turns = [(side, run) for first in range(0, runs, AT_A_TIME) for side in sides
         for run in range(-1, min(AT_A_TIME, runs - first))]
peaks = {}
for (out, command, wall, cpu), run in turns:
    to_out = [(os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, env, file_actions=to_out)
    _, status, usage = os.wait4(pid, 0)
    took = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command}: status {status}")
    if run < 0:
        continue
    wall.append(took)
    cpu.append(usage.ru_utime + usage.ru_stime)
    peaks[out] = max(peaks.get(out, 0), usage.ru_maxrss)
for out, command, wall, cpu in sides:
    peak = peaks[out]
    # Memory counts from before the program was loaded, so a small program has to load it.
    if shutil.which("time", path="/usr/bin"):
        with open(out, "wb") as to:
            run = subprocess.run(["/usr/bin/time", "-f", "%M", *command], env=env, stdout=to, stderr=subprocess.PIPE)
        peak = int(run.stderr.split()[-1])
    print(f"{statistics.median(wall) * 1000:.3f} {statistics.median(cpu) * 1000:.3f} {peak / 1024:.1f}")
PY
export KEYS=$keys RECIPIENT=$recipient
measure() { python3 measure.py "$@"; }

leaves() { # N: a document of N short values, a comment every 50
    python3 - "$1" <<'PY'
import sys
n, out = int(sys.argv[1]), []
for i in range(n):
    if i % 50 == 0:
        out.append(f"# service {i // 50}\nservice_{i // 50}:")
    out.append(f"  key_{i}: {['value-%d' % i, str(i), 'true', str(i) + '.5'][i % 4]}")
print("\n".join(out))
PY
}
printf 'db:\n  user: admin\n  password: hunter2\n' > small.yaml
leaves 10000 > medium.yaml
leaves "$leaves_big" > large.yaml
head -c "$((big_mb * 1000000))" /dev/urandom > big.bin

rows=()
# NAME RUNS OUT ARGUMENTS…: both programs.
compare() {
    local name=$1 count=$2 out=$3; shift 3
    local both a b
    both=$(measure "$count" "$out.ours" "$ours" "$@" -- "$out.theirs" "$theirs" "${@//.ours./.theirs.}")
    { read -r a; read -r b; } <<< "$both"
    rows+=("$name|$a|$b")
    printf '%-34s ours %s   sops %s   (wall ms, CPU ms, peak MB)\n' "$name" "$a" "$b" >&2
}

compare "start-up (\`--version\`)" "$runs" version --version --disable-version-check
for size in small medium large; do
    case $size in
        small) name="a small file" count=$runs ;;
        medium) name="10,000 leaves" count=$runs ;;
        large) name="$(echo "$leaves_big" | sed -E ':a;s/^([0-9]+)([0-9]{3})/\1,\2/;ta') leaves" count=$runs_long ;;
    esac
    compare "encrypt, $name" "$count" "enc-$size.yaml" encrypt "$size.yaml"
    # Each decrypts what it encrypted itself; once the other's, to see that both read the same.
    mv "enc-$size.yaml.ours" "enc-$size.ours.yaml"; mv "enc-$size.yaml.theirs" "enc-$size.theirs.yaml"
    compare "decrypt, $name" "$count" "dec-$size" decrypt "enc-$size.ours.yaml"
    cmp -s "dec-$size.ours" "$size.yaml" || { echo "$size: ours does not come back" >&2; exit 1; }
done
compare "encrypt, ${big_mb} MB binary" "$runs_long" enc-big.bin encrypt big.bin
mv enc-big.bin.ours enc-big.ours.bin; mv enc-big.bin.theirs enc-big.theirs.bin
compare "decrypt, ${big_mb} MB binary" "$runs_long" dec-big decrypt enc-big.ours.bin
cmp -s dec-big.ours big.bin && cmp -s dec-big.theirs big.bin || { echo "the binary does not come back" >&2; exit 1; }

echo
echo "Ours beside $("$theirs" --version --disable-version-check | head -n 1); medians of one run on $(nproc) cores of $(uname -m)."
echo
echo "| | sops, ms | ours, ms | faster | CPU | sops, MB | ours, MB | memory |"
echo "|---|---:|---:|---:|---:|---:|---:|---:|"
printf '%s\n' "${rows[@]}" | awk -F'|' '{
    split($2, a, " "); split($3, b, " ")
    printf "| %s | %.1f | %.1f | %.1fx | %.1fx | %.0f | %.1f | 1/%.1f |\n", $1, b[1], a[1], b[1] / a[1], b[2] / a[2], b[3], a[3], b[3] / a[3]
}'
printf '%s\n' "${rows[@]}" | awk -F'|' '
    { split($2, a, " ") }
    /crypt, 10,000 leaves/ { medium[substr($1, 1, 7)] = a[1] }
    /crypt, .* leaves/ && !/crypt, 10,000 / { large[substr($1, 1, 7)] = a[1] }
    END { print ""; for (verb in large) printf "Ours, %s: the large document takes %.1f times the time of 10,000 leaves.\n", verb, large[verb] / medium[verb] }'
