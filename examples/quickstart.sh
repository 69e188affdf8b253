#!/usr/bin/env bash
# The main job of resops on a real example: builds the release binary, makes a key and a rule in a
# scratch folder, encrypts, shows the diff, decrypts, changes one value, runs a program with the
# secrets. Prints every command it runs and what came of it; exits non-zero on any surprise.
#
#   ./examples/quickstart.sh               KEEP=1 ./examples/quickstart.sh   keeps the scratch folder
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
bold=$'\e[1m' green=$'\e[32m' dim=$'\e[2m' off=$'\e[0m'
if [ ! -t 1 ] || [ -n "${NO_COLOR:-}" ]; then bold='' green='' dim='' off=''; fi

say() { printf '\n%s%s%s\n' "$bold" "$*" "$off"; }
ok() { printf '%s  ok: %s%s\n' "$green" "$*" "$off"; }
surprise() { printf '\nSURPRISE: %s\n' "$*" >&2; exit 1; }
# Prints a command, runs it, and shows what it prints, indented.
run() {
    local out argument line='' status=0
    for argument; do
        case $argument in
            *[!A-Za-z0-9_./=:,@%+-]*) line+=" '$argument'" ;;
            *) line+=" $argument" ;;
        esac
    done
    printf '%s$%s%s\n' "$bold" "$line" "$off"
    out=$("$@" 2>&1) || status=$?
    [ -z "$out" ] || printf '%s\n' "$out" | cut -c1-110 | sed 's/^/    /'
    [ "$status" -eq 0 ] || surprise "exit $status"
}

say "Building the release binary (minutes on the first run)"
printf '%s$ cargo build --release%s\n' "$bold" "$off"
cargo build --release --quiet --manifest-path "$root/Cargo.toml" --bin sops
cargo build --quiet --manifest-path "$root/Cargo.toml" --example age_key
target=$(cargo metadata --manifest-path "$root/Cargo.toml" --format-version 1 --no-deps |
    sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')
[ -x "$target/release/sops" ] || surprise "no binary in $target/release"

scratch=$(mktemp -d)
trap '[ -n "${KEEP:-}" ] && printf "\nkept: %s\n" "$scratch" || rm -rf "$scratch"' EXIT
cd "$scratch"
# Nothing of this machine gets in, nothing gets out.
export HOME=$scratch XDG_CONFIG_HOME=$scratch PATH=$target/release:$PATH
unset "${!SOPS_@}" EDITOR 2>/dev/null || true
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null

say "1. A key, and a rule that says who may read what"
printf '%s$ cargo run --example age_key > key.txt%s      (age-keygen -o key.txt does the same)\n' "$bold" "$off"
(umask 077; "$target/debug/examples/age_key" > key.txt)
recipient=$(sed -n 's/^# public key: //p' key.txt)
export SOPS_AGE_KEY_FILE=$scratch/key.txt
printf '%s$ export SOPS_AGE_KEY_FILE=%s%s\n' "$bold" "\$PWD/key.txt" "$off"
cat > .sops.yaml <<YAML
creation_rules:
  - path_regex: secrets/.*\.yaml\$
    encrypted_regex: ^(data|stringData)\$
    age: $recipient
YAML
run cat .sops.yaml

mkdir secrets
cat > secrets/shop.yaml <<'YAML'
# The shop's database.   Ask before you rotate!
apiVersion: v1
kind: Secret
metadata: { name: shop, labels: {team: "payments"} }

stringData:
  user: admin        # the one with all rights
  password: 'it''s a secret'

  port: "5432"
  # Signed every night
  certificate: |
    -----BEGIN CERTIFICATE-----
    bm90IHJlYWxseSBhIGNlcnRpZmljYXRl
    -----END CERTIFICATE-----
YAML
cp secrets/shop.yaml "$scratch/before.yaml"
say "2. A file with secrets"
run cat secrets/shop.yaml

say "3. Encrypt it by the rule; the diff shows that only the secrets change"
run sops encrypt -i secrets/shop.yaml
diff=$(diff -U0 before.yaml secrets/shop.yaml || true)
printf '%s$ diff before.yaml secrets/shop.yaml%s\n' "$bold" "$off"
printf '%s\n' "$diff" | tail -n +3 | cut -c1-110 | sed 's/^/    /'
grep -q "it''s a secret" secrets/shop.yaml && surprise "the password is still there"
kept=$(grep -cvE '^  (user|password|port|certificate):|^  # Signed|^    (-----|bm90)' before.yaml)
same=$(comm -12 <(sort before.yaml) <(sort secrets/shop.yaml) | wc -l)
[ "$same" -ge "$kept" ] || surprise "$same lines are as before, not $kept"
ok "every line that is not secret is as it was: comments, blank lines, quotes, the flow map"

say "4. Decrypt it: the same bytes"
printf '%s$ sops decrypt secrets/shop.yaml | cmp - before.yaml%s\n' "$bold" "$off"
sops decrypt secrets/shop.yaml | cmp - before.yaml || surprise "not the same bytes"
ok "byte for byte"

say "5. Change one value: git sees that leaf, the MAC and the time"
run git init -q .
git -c user.name=you -c user.email=you@example.com add secrets .sops.yaml
git -c user.name=you -c user.email=you@example.com commit -qm 'Secrets of the shop'
sleep 1.1 # so that the time of the last change is another one
run sops set secrets/shop.yaml '["stringData"]["password"]' '"a new one"'
run git diff --stat
changed=$(git diff --numstat | cut -f1,2 | tr '\t' ' ')
[ "$changed" = "3 3" ] || surprise "$changed lines changed, not 3 3"
sed "s/'it''s a secret'/'a new one'/" before.yaml > expected.yaml
printf '%s$ sops decrypt secrets/shop.yaml | diff before.yaml -%s\n' "$bold" "$off"
sops decrypt secrets/shop.yaml > after.yaml
diff before.yaml after.yaml | sed 's/^/    /' || true
cmp after.yaml expected.yaml || surprise "more than the password changed"
ok "three lines of the encrypted file, one of the plaintext"

say "6. Run a program with the secrets in its environment"
printf 'DATABASE_URL: postgres://admin:hunter2@db/shop\nRETRIES: 3\n' > secrets/env.yaml
run sops --config /dev/null encrypt -i --age "$recipient" secrets/env.yaml
# shellcheck disable=SC2016 # the child expands it
run sops exec-env secrets/env.yaml 'echo "connecting to $DATABASE_URL, $RETRIES tries"'
# shellcheck disable=SC2016
[ "$(sops exec-env secrets/env.yaml 'echo "$DATABASE_URL"')" = postgres://admin:hunter2@db/shop ] || surprise "not the secret"
ok "nothing was written in the clear"

printf '\n%sAll of it worked.%s %sIn your own repository: cargo install --path %s%s\n' "$green" "$off" "$dim" "$root" "$off"
