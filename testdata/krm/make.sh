#!/usr/bin/env bash
# Makes the encrypted files of this folder with sops 3.13.2, and what KSOPS 4.5.1 and kustomize 5.7.1 make of
# generator.yaml: ksops.yaml is KSOPS' answer to list.yaml, which is what kustomize hands it; built.yaml is what
# `kustomize build` prints. Needed again only for new rows:
#   SOPS_BIN=… KSOPS_BIN=… KUSTOMIZE_BIN=… ./make.sh
set -euo pipefail
cd "$(dirname "$0")"
: "${SOPS_BIN:?names the real sops}" "${KSOPS_BIN:?names a real KSOPS}" "${KUSTOMIZE_BIN:?names kustomize}"
recipient=$(sed -n 's/^# public key: //p' ../interop/keys/age1.txt)
export SOPS_AGE_RECIPIENTS=$recipient SOPS_AGE_KEY_FILE=$PWD/../interop/keys/age1.txt SOPS_CONFIG=/dev/null

encrypt() { "$SOPS_BIN" encrypt --filename-override "$1" "${@:2}" > "$1"; }
only='^(data|stringData)$'
encrypt first.enc.yaml --encrypted-regex "$only" <<'E'
apiVersion: v1
kind: Secret
metadata:
  name: first
  annotations:
    kustomize.config.k8s.io/needs-hash: "true"
type: Opaque
stringData:
  # a comment
  password: hunter2secret
  octal: "0755"
  multi: |
    line one
    line two
  flag: "true"
E
encrypt two.enc.yaml --encrypted-regex "$only" <<'E'
apiVersion: v1
kind: Secret
metadata: {name: second, namespace: prod}
data: {b: aHVudGVy, a: eA==}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: third
data:
  n: "5"
E
encrypt merged.enc.yaml --encrypted-regex "$only" <<'E'
apiVersion: v1
kind: Secret
metadata:
  name: base-secret
  annotations:
    kustomize.config.k8s.io/behavior: merge
stringData:
  extra: added
E
encrypt manifest.enc <<'E'
apiVersion: v1
kind: Secret
metadata:
  name: hidden
stringData:
  all: of it
E
encrypt vars.enc.env <<'E'
# a comment
A=1
PASS=abc #def
QUOTED="a b\nc"
SINGLE='$A raw'
USES=x${A}y$NOPE
ESC=\$A
TOKEN=p@ss#word
EMPTY=
E
printf 'key = value\nother\n' | encrypt app.enc.conf
printf '\x00\x01\xff binary' | encrypt blob.enc.bin
printf '{"a": {"b": 1}, "c": "x"}' | encrypt conf.enc.json

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
cat > "$bin/ksops" <<E
#!/bin/sh
tee "$PWD/list.yaml" | "$(realpath "$KSOPS_BIN")" | tee "$PWD/ksops.yaml"
E
chmod +x "$bin/ksops"
PATH=$bin:$PATH "$KUSTOMIZE_BIN" build --enable-alpha-plugins --enable-exec . > built.yaml
