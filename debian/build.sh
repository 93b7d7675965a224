#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# From the source to Debian packages, on a bare Debian 12 or 13:
#
#     debian/build.sh              builds them in build-debian/packages/
#     debian/build.sh --install    installs them as well
#
# What they need to be built, or to run, is installed first. Only that needs root or sudo. A second run
# compiles what has changed.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
packages_dir=$source_dir/build-debian/packages

case $#:${1-} in
  0:) install= ;;
  1:--install) install=yes ;;
  *)
    echo "usage: $0 [--install]" >&2
    exit 2
    ;;
esac

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    echo "$0: packages are missing, and installing them needs root or sudo" >&2
    exit 1
  fi
}

cd "$source_dir"
# What is missing of debian/control's Build-Depends, and what every package is built with.
if ! command -v dpkg-checkbuilddeps > /dev/null || ! dpkg-checkbuilddeps 2> /dev/null; then
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get build-dep -q -y --no-install-recommends ./
fi

# debhelper gives compilers a home of their own.
export CCACHE_DIR="${CCACHE_DIR:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ccache}"
jobs=$(build-aux/compile_jobs.sh)
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:+$DEB_BUILD_OPTIONS }parallel=$jobs"

# A mark of the last run, without which what has changed since is looked at.
rm -f debian/debhelper-build-stamp debian/*.debhelper.log
rm -rf "$packages_dir"
mkdir -p "$packages_dir"
DALI_PACKAGES_DIR=$packages_dir debian/rules binary
ls -l "$packages_dir"

[ -z "$install" ] || exec debian/install.sh "$packages_dir"
