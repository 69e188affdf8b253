#!/usr/bin/env bash
# Makes the encrypted fixtures of the table of invocations anew, with a real sops 3.13.2:
#
#   SOPS_BIN=/path/to/sops ./tests/table/make-fixtures.sh
#
# The plain ones (plain.*, empty.*, bad.*, …) are written by hand. All ciphertext changes, so record
# the table afterwards: RECORD=1 SOPS_BIN=… cargo test --test table
set -euo pipefail
cd "$(dirname "$0")/fixtures"
: "${SOPS_BIN:?names the real sops}"
sops() { env -i HOME=/nonexistent "$SOPS_BIN" --config /dev/null "$@"; }

R=age1r89tavc6dndtq7ghl6qfpy7gkg2xkgsm2jk57kvyztd6ak05mfrszj3tnf # the key in machine.rs
S=age12gy0m0afd3meskv0xzfnvcaedayvf073k6hn7n7z8wymzaa7355s0ywulg # nobody has its key

sops encrypt --age $R plain.yaml > a.yaml
sops encrypt --age $R plain.json > a.json
sops encrypt --age $R plain.txt > a.txt
sops encrypt --age $R plain.env > a.env
sops encrypt --age $R plain.ini > a.ini
sops encrypt --age $R plain-multi.yaml > multi.yaml
sops encrypt --age $R --encrypted-regex '^secret' plain-regex.yaml > regex.yaml
sops encrypt --age $R plain-vars.yaml > vars.yaml
sops encrypt --age $R,$S plain.yaml > both.yaml
sops encrypt --age $S plain.yaml > other.yaml
sops encrypt --age $S plain.txt > other.txt

config=$(mktemp); trap 'rm -f "$config"' EXIT
two_of() { # RECIPIENT…
    printf 'creation_rules:\n- shamir_threshold: 2\n  key_groups:\n' > "$config"
    printf -- '  - age: [%s]\n' "$@" >> "$config"
    env -i HOME=/nonexistent "$SOPS_BIN" --config "$config" encrypt plain.yaml
}
two_of $R $R $S > shamir.yaml
two_of $R $S $S > shamir-closed.yaml

# Damaged on purpose
sed 's/^    mac: ENC.*/    mac: ""/' a.yaml > no-mac.yaml
sed "s|^    mac: ENC.*|$(grep '^    mac: ' both.yaml)|" a.yaml > foreign-mac.yaml
sed "s|^b: .*|$(grep '^b: ' both.yaml)|" a.yaml > foreign-value.yaml
sed 's/^b: .*/b: typed in clear/' a.yaml > clear-value.yaml
sed '/^    version: /d' a.yaml > no-version.yaml
sed '/^    lastmodified: /d' a.yaml > no-time.yaml
awk '/^    age:/ { skip = 1; next } /^    [a-z]/ { skip = 0 } !skip' a.yaml > no-keys.yaml
sed '/^a: /{h;d};/^b: /G' a.yaml > swapped.yaml

# Keys of other kinds beside age's; nobody can use them
awk -v kms="$(cat other-keys.txt)" '/^    age:/ { print kms } { print }' a.yaml > kinds.yaml
