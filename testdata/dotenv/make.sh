#!/usr/bin/env bash
# Makes the *.sops.env files of this folder: what sops 3.13.2 writes for these inputs.
# Needed again only for a new file:   SOPS_BIN=/path/to/sops-3.13.2 ./make.sh
set -euo pipefail
cd "$(dirname "$0")"
: "${SOPS_BIN:?names the real sops}"
recipient=$(sed -n 's/^# public key: //p' ../interop/keys/age1.txt)
export SOPS_AGE_RECIPIENTS=$recipient SOPS_AGE_KEY_FILE=$PWD/../interop/keys/age1.txt SOPS_CONFIG=/dev/null
encrypt() { "$SOPS_BIN" "${@:2}" encrypt --filename-override "$1.env" > "$1.sops.env"; }

printf '\xef\xbb\xbfA=1\nB=2\n'                                                  | encrypt bom
