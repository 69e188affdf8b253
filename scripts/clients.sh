#!/usr/bin/env bash
# Installs the programs of others that tests/clients runs on our binary, and moto, the AWS of tests/aws,
# unmodified, from their registries, below the target folder and nowhere else. Does nothing where they are there already.
#
# Needs python3 with venv, node with npm, and go; on Debian as root it gets what is missing. Says what it
# cannot install; with CI set, that is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD/tests/clients
there=${CARGO_TARGET_DIR:-$PWD/target}/clients
ansible=12.3.0 # the package that ships community.sops; only that collection is taken out of it
kustomize=v5.7.1
toolchain=go1.24.6 # for a go that is too old
mkdir -p "$there"
missing=0

absent() {
    echo "SKIPPED: $1"
    missing=1
}

# apt PACKAGE… : on Debian, as root.
apt() {
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
    echo "installing: $*"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"; } >/dev/null 2>&1
}

# fresh NAME FILE… : whether NAME was installed from these very files.
fresh() { [ "$(cat "$there/$1.stamp" 2>/dev/null)" = "$(shift && cat "$@" "$here/../../scripts/clients.sh" | cksum)" ]; }
stamp() { local name=$1; shift; cat "$@" "$here/../../scripts/clients.sh" | cksum > "$there/$name.stamp"; }

python() {
    fresh python "$here/requirements.txt" && return
    rm -rf "$there/python" "$there/collections"
    python3 -m venv "$there/python" >/dev/null 2>&1 || { rm -rf "$there/python"; apt python3 python3-venv && python3 -m venv "$there/python"; } || return
    "$there/python/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r "$here/requirements.txt" || return
    "$there/python/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$there/wheel" "ansible==$ansible" || return
    "$there/python/bin/python" - "$there"/wheel/ansible-*.whl "$there/collections" <<'PY' || return
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
names = [name for name in wheel.namelist() if name.startswith("ansible_collections/community/sops/")]
wheel.extractall(sys.argv[2], names)
PY
    rm -rf "$there/wheel"
    stamp python "$here/requirements.txt"
}

moto() {
    fresh moto "$here/../aws/requirements.txt" && return
    rm -rf "$there/moto"
    python3 -m venv "$there/moto" >/dev/null 2>&1 || { rm -rf "$there/moto"; apt python3 python3-venv && python3 -m venv "$there/moto"; } || return
    "$there/moto/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r "$here/../aws/requirements.txt" || return
    stamp moto "$here/../aws/requirements.txt"
}

node() {
    fresh node "$here/npm/package-lock.json" && return
    command -v npm >/dev/null || apt nodejs npm || return
    rm -rf "$there/npm" && mkdir "$there/npm" && cp "$here"/npm/*.json "$there/npm" || return
    (cd "$there/npm" && npm ci --silent --no-audit --no-fund --ignore-scripts) >/dev/null 2>&1 || return
    stamp node "$here/npm/package-lock.json"
}

# kustomize is made from the source that Go's module proxy has. A go that cannot fetch the one that the source asks
# for by itself (before 1.21, as in Debian 12) gets a newer one from there, as a module.
kustomize() {
    [ -x "$there/bin/kustomize" ] && fresh kustomize /dev/null && return
    command -v go >/dev/null || apt golang-go ca-certificates || return
    local go=go made=0
    export GOPATH=$there/go GOCACHE=$there/go/cache GOBIN=$there/bin GOFLAGS=-modcacherw GOTOOLCHAIN=auto
    case $(go env GOVERSION) in
    go1.1[0-9]* | go1.20*)
        local newer
        newer=$(go mod download -json "golang.org/toolchain@v0.0.1-$toolchain.$(go env GOOS)-$(go env GOARCH)" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
        [ -d "$newer" ] && chmod -R u+x "$newer/bin" "$newer/pkg/tool" || return
        go=$newer/bin/go ;;
    esac
    "$go" install "sigs.k8s.io/kustomize/kustomize/v5@$kustomize" >/dev/null 2>&1 || made=1
    rm -rf "$GOPATH"
    [ "$made" = 0 ] && stamp kustomize /dev/null
}

python || absent "Ansible, sopsy and sops-wrapper: they could not be installed (python3 with venv, or PyPI, is missing)"
moto || absent "moto, the AWS of the tests: it could not be installed (python3 with venv, or PyPI, is missing)"
node || absent "sops-wrapper and sops-age: they could not be installed (node with npm, or its registry, is missing)"
kustomize || absent "kustomize: it could not be installed (go, or its module proxy, is missing)"
[ "$missing" = 0 ] || [ -z "${CI:-}" ] || exit 1
