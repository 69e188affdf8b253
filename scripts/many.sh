#!/usr/bin/env bash
# Many files in one run beside a loop of a real sops: the time, and that both come to the same values.
#
#   cargo build --release && SOPS_BIN=/path/to/sops ./scripts/many.sh
#
#   OURS=path   another binary of ours (default: target/release/sops)
#   FILES=n     how many files (default 1000)
set -euo pipefail
cd "$(dirname "$0")/.."

: "${SOPS_BIN:?names the real sops}"
theirs=$(readlink -f "$SOPS_BIN")
ours=$(readlink -f "${OURS:-${CARGO_TARGET_DIR:-target}/release/sops}")
[ -x "$ours" ] || { echo "no $ours: cargo build --release" >&2; exit 1; }
files=${FILES:-1000}
keys=$PWD/testdata/interop/keys
export SOPS_AGE_KEY_FILE=$keys/age1.txt SOPS_DISABLE_VERSION_CHECK=1
one=$(sed -n 's/^# public key: //p' "$keys/age1.txt")
two=$(sed -n 's/^# public key: //p' "$keys/age2.txt")
# Not in memory: what is waited for is the disk.
scratch=$(mktemp -d -p "${SCRATCH:-.}" many.XXXXXX); trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

rule() { printf 'creation_rules:\n  - path_regex: ^s/\n    age: %s\n' "$1" > .sops.yaml; }
mkdir plain
for i in $(seq "$files"); do
    printf 'user: u%s\npassword: hunter%s # note\nhosts:\n  - a.example\n  - b.example\n' "$i" "$i" > "plain/$i.yaml"
done
rule "$one"
cp -r plain s && "$ours" encrypt -i --recursive 2>/dev/null && mv s encrypted

seconds() { local start=$EPOCHREALTIME; "$@" > /dev/null 2> errors || { cat errors >&2; exit 1; }; echo "$EPOCHREALTIME - $start" | bc -l; }
each() { for file in s/*.yaml; do "$theirs" "$@" "$file"; done; }
fresh() { rm -rf s; cp -r encrypted s; sync s/*; }
same() { # of what: the values of all files, by the real sops
    for file in s/*.yaml; do "$theirs" decrypt --output-type json "$file"; done | cksum
}
row() { # NAME OURS THEIRS
    printf '| %s | %.2f | %.2f | %.0fx |\n' "$1" "$3" "$2" "$(echo "$3 / $2" | bc -l | sed 's/^$/0/')" | awk -F'|' '{print "|"$2"|"$3"|"$4"|"$5"|"}'
}

printf '| %s files | sops in a loop, s | one run, s | faster |\n|---|---:|---:|---:|\n' "$files"
fresh; a=$(seconds "$ours" check --recursive s); b=$(seconds each filestatus); row "check (filestatus)" "$a" "$b"
rule "$one,$two"
fresh; a=$(seconds "$ours" updatekeys --yes --recursive s); x=$(same); fresh; b=$(seconds each updatekeys --yes)
[ "$x" = "$(same)" ]; row updatekeys "$a" "$b"
fresh; a=$(seconds "$ours" rotate -i --recursive s); x=$(same); fresh; b=$(seconds each rotate -i)
[ "$x" = "$(same)" ]; row "rotate -i" "$a" "$b"
fresh; a=$(seconds "$ours" decrypt -i --recursive s); diff -r plain s; fresh; b=$(seconds each decrypt -i); row "decrypt -i" "$a" "$b"
