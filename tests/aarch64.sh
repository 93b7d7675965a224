#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds for 64-bit ARM and runs, in an emulator, the tests of model/base, the session and the
# typesetting:
#
#     tests/aarch64.sh             builds them and runs them
#     tests/aarch64.sh TARGET...   builds these targets, and runs nothing
#
# Wants Debian's packages crossbuild-essential-arm64, qemu-user-static and mmdebstrap, 3 GB of disk and
# Debian's mirror. The libraries for ARM are unpacked into build-aarch64/root and installed nowhere;
# DALI_DEBIAN_MIRROR names another mirror.
set -eu

fail() {
  echo "$0: $1" >&2
  exit 1
}

for program in aarch64-linux-gnu-g++ qemu-aarch64-static mmdebstrap; do
  command -v "$program" > /dev/null || fail "$program is missing: \
apt-get install crossbuild-essential-arm64 qemu-user-static mmdebstrap"
done

source_dir=$(cd "$(dirname "$0")/.." && pwd)
folder=$source_dir/build-aarch64
build_dir=$folder/build
mkdir -p "$folder"

if [ ! -d "$folder/root" ]; then
  # The release that the cross compiler is of: its C library has to be the libraries'.
  release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  packages=$(sed -n "/^packages='/,/'\$/p" "$source_dir/setup.sh" | tr " '" '\n' |
    grep -xE '.*-dev|check' | paste -sd,)
  rm -rf "$folder/root.part"
  trap 'rm -rf "$folder/root.part"' EXIT
  trap 'exit 1' HUP INT TERM
  # Unpacked alone: nothing of ARM runs for it.
  mmdebstrap --variant=extract --architectures=arm64 --include="$packages" "$release" \
    "$folder/root.part" "${DALI_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
  mv "$folder/root.part" "$folder/root"
fi
if [ ! -f "$build_dir/build.ninja" ]; then
  printf "[constants]\nroot = '%s'\n" "$folder/root" > "$folder/root.ini"
  meson setup "$build_dir" "$source_dir" -Dtorch_pch=false \
    --cross-file "$source_dir/build-aux/aarch64-linux-gnu.ini" --cross-file "$folder/root.ini"
fi

if [ $# -gt 0 ]; then
  exec ninja -C "$build_dir" "$@"
fi
base='appended-file file-replacement'
session='arrival-orders caption-filter caption-merger computing-thread text-shaper window-cutter
  cea608-encoder'
targets=''
for name in $base; do targets="$targets tests/model/test-$name"; done
for name in $session; do targets="$targets tests/plugin/test-session-$name"; done
# shellcheck disable=SC2086  # one word a target or test
ninja -C "$build_dir" $targets
export CK_TIMEOUT_MULTIPLIER=20
# shellcheck disable=SC2086
exec meson test -C "$build_dir" --no-rebuild --print-errorlogs --timeout-multiplier 20 $base $session
