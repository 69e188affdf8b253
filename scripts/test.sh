#!/usr/bin/env bash
# All tests, on a machine with nothing but Rust and the package registries. Programs of others that run
# ours (Ansible, packages for Python and Node) are installed below the target folder; one that cannot
# be had is said out loud, and fails with CI set.
#
#   ./scripts/test.sh              what continuous integration runs
#   SOPS_BIN=/path/to/sops ./scripts/test.sh     also compares with a real sops 3.13.2
#   RESOPS_CASES=20000 …           documents per property test (default 20,000)
#   RESOPS_DIFF_CASES=2000 …       documents each way against the real sops
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; SECONDS=0; }
took() { printf -- '-- %d s\n' "$SECONDS"; }

# Programs that tests need beside Rust. Without one its tests say that they were skipped, and fail
# where CI is set.
missing=()
command -v gpg >/dev/null 2>&1 || missing+=(gnupg)
command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
if [ ${#missing[@]} != 0 ]; then
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        step "installing with apt-get: ${missing[*]}"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
        took
    else
        echo "missing, and cannot be installed here: ${missing[*]}; their tests are skipped"
    fi
fi

step "programs of others, from their registries"
./scripts/clients.sh
took

step "tests"
cargo test --locked
took

step "fuzz targets build"
# cargo-fuzz instruments them with a nightly compiler; that they compile and link needs neither.
if command -v c++ >/dev/null 2>&1; then
    cargo build --quiet --manifest-path fuzz/Cargo.toml --target-dir target/fuzz --bins
else
    echo "no C++ compiler for libFuzzer: checked, not linked"
    CUSTOM_LIBFUZZER_PATH=$(mktemp) cargo check --quiet --manifest-path fuzz/Cargo.toml --target-dir target/fuzz --bins
fi
took

./scripts/windows.sh

if [ -z "${SOPS_BIN:-}" ]; then
    echo
    echo "SKIPPED: the comparison with a real sops: SOPS_BIN is not set"
fi
