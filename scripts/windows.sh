#!/usr/bin/env bash
# Builds sops.exe with mingw and tests it under Wine: tests/windows. On Debian as root it gets what is missing; says
# what it cannot get, and fails then with CI set. Rust's library for Windows is in no package registry: without it the
# tests are skipped, in CI too.
#
#   ./scripts/windows.sh           the last step of scripts/test.sh
#   CARGO_TARGET_DIR=…             where to build (default: target)
set -euo pipefail
cd "$(dirname "$0")/.."
target=x86_64-pc-windows-gnu
there=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR=$there
export PATH=$PATH:/usr/lib/wine # where Debian puts wine64

step() { printf '\n== %s\n' "$*"; SECONDS=0; }
took() { printf -- '-- %d s\n' "$SECONDS"; }

rust() { [ -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; }
rust || rustup target add "$target" || true
if ! rust; then
    echo "SKIPPED: the tests of Windows: no Rust for $target (rustup target add $target)"
    exit 0
fi
missing=()
command -v x86_64-w64-mingw32-gcc >/dev/null || missing+=(gcc-mingw-w64-x86-64-posix)
command -v wine64 >/dev/null || missing+=(wine64)
if [ ${#missing[@]} != 0 ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    step "installing with apt-get: ${missing[*]}"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    took
fi
lacking() {
    echo "SKIPPED: the tests of Windows: $1"
    exit $([ -n "${CI:-}" ] && echo 1 || echo 0)
}
command -v x86_64-w64-mingw32-gcc >/dev/null || lacking "no gcc for mingw (gcc-mingw-w64-x86-64-posix)"
command -v wine64 >/dev/null || lacking "no wine64"

# Nothing here is a matter of speed, and building is what takes time.
quick=(--config 'profile.dev.package."*".opt-level=0' --config profile.dev.opt-level=0 --config profile.dev.debug=false)
step "sops.exe"
cargo build "${quick[@]}" --quiet --locked --target "$target" --no-default-features --features pgp --bin sops
took
step "its tests"
cargo test --quiet --manifest-path tests/windows/Cargo.toml --target "$target" --no-run
took

step "Wine"
export WINEDEBUG=-all WINEPREFIX=$there/wine
# The folder is kept for the next run; wineboot wants a 32-bit part that is not there, and does without.
[ -d "$WINEPREFIX/drive_c/windows/system32" ] || wine64 wineboot --init >/dev/null 2>&1 || true
# The source of randomness of Rust's library is a file that Wine has since version 9.
prng=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
if [ ! -e "$prng" ]; then
    x86_64-w64-mingw32-gcc -x c -shared -O1 -o "$prng" - -ladvapi32 <<'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, length); }
C
fi
took

step "tests"
export SOPS_EXE=Z:${there//\//\\}\\$target\\debug\\sops.exe
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine64
cargo test --quiet --manifest-path tests/windows/Cargo.toml --target "$target"
took
