#!/usr/bin/env bash
# Makes the *.sops.yaml files of this folder: what sops 3.13.2 writes for the inputs of the known bugs.
# Needed again only for a new row:   SOPS_BIN=/path/to/sops-3.13.2 ./make.sh
set -euo pipefail
cd "$(dirname "$0")"
: "${SOPS_BIN:?names the real sops}"
recipient=$(sed -n 's/^# public key: //p' ../interop/keys/age1.txt)
export SOPS_AGE_RECIPIENTS=$recipient SOPS_AGE_KEY_FILE=$PWD/../interop/keys/age1.txt SOPS_CONFIG=/dev/null
encrypt() { "$SOPS_BIN" "${@:2}" encrypt --filename-override "$1.yaml" > "$1.sops.yaml"; }

printf 'hosts:\n  # staging only\n  - a.example\n  - b.example\n'               | encrypt comment-in-list
printf 'app:\n  db:\n    host: h\n  # remember to rotate\n'                     | encrypt comment-after-map
printf 'svc:\n  ports:\n    - 80\n  # end of svc\nnext: 1\n'                    | encrypt comment-after-list
printf 'tags: [x, y] # two tags\n'                                              | encrypt comment-behind-flow
printf 'a: 1 # note\n'                                                          | encrypt comment-inline
printf 'h: "0xFFFFFFFFFFFFFFFFFFFFFFFF"\nm: "<<"\neq: "="\n'                    | encrypt strings-like-numbers
printf 'd: &d\n  u: me\nx:\n  <<: *d\n  p: 1\ny: *d\n'                          | encrypt merge-key

# The rule of bug C8 cannot be given as a flag behind the command.
config=$(mktemp); trap 'rm -f "$config"' EXIT
printf 'creation_rules:\n  - age: %s\n    encrypted_comment_regex: sops:enc\n' "$recipient" > "$config"
unset SOPS_AGE_RECIPIENTS
export SOPS_CONFIG=$config
printf 'items:\n  # sops:enc\n  # trigger\n  - real\n'                          | encrypt comment-regex-in-list
