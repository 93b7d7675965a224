#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Set-up, build and tests on a bare Debian of another release, in a folder:
#
#     tests/debian.sh RELEASE [ARGUMENT...]     tests/run.sh with ARGUMENTs
#     tests/debian.sh RELEASE -- COMMAND...     another command, from the source tree
#
#     tests/debian.sh trixie --suite model
#     tests/debian.sh bookworm -- pipelines/demo.sh
#
# debootstraps RELEASE (bookworm or trixie) into build-releases/RELEASE with the packages that every Debian
# has and no more, and runs there. The folder is kept for the next time; delete it to begin from
# nothing. The source tree cannot be written to, and what is built stays in the folder (/build). Wants
# root, debootstrap, 6 GB of disk and Debian's mirror; DALI_DEBIAN_MIRROR names another one,
# DALI_DEBIAN_DIR another folder than build-releases.
#
# What is mounted and started there belongs to namespaces that end with this script, however it ends:
# nothing stays mounted, nothing goes on running, and the folder can be deleted at any time.
set -eu

fail() {
  echo "$0: $1" >&2
  exit 1
}

source_dir=$(cd "$(dirname "$0")/.." && pwd)
release=${1:-}
case $release in
  bookworm | trixie) shift ;;
  *)
    echo "usage: $0 bookworm|trixie [ARGUMENT...|-- COMMAND...]" >&2
    exit 2
    ;;
esac
if [ "${1:-}" = -- ]; then
  shift
  [ $# -gt 0 ] || fail 'no command behind --'
else
  set -- tests/run.sh "$@"
fi
[ "$(id -u)" -eq 0 ] || fail 'mounting needs root'
command -v debootstrap > /dev/null || fail 'debootstrap is missing: apt-get install debootstrap'

folder=${DALI_DEBIAN_DIR:-$source_dir/build-releases}
mkdir -p "$folder"
root=$(cd "$folder" && pwd)/$release
exec 9> "$root.lock"
flock -n 9 || fail "$root is in use"

running=
clean_up() {
  if [ -n "$running" ]; then
    kill -KILL "$running"
    wait "$running" 2> /dev/null || :
  fi
  rm -rf "$root.part"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# In namespaces of its own, waited for so that a signal ends it and everything in it at once.
confined() {
  setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child=KILL -- "$@" 9>&- &
  running=$!
  status=0
  wait "$running" || status=$?
  running=
  return "$status"
}

if [ ! -d "$root" ]; then
  # Under its name only once it is whole.
  rm -rf "$root.part"
  echo "$0: bootstrapping $root"
  confined debootstrap --variant=minbase "$release" "$root.part" \
    "${DALI_DEBIAN_MIRROR:-http://deb.debian.org/debian}" > "$root.log" 2>&1 ||
    fail "debootstrap failed: $(tail -n 1 "$root.log") ($root.log)"
  mv "$root.part" "$root"
fi

mkdir -p "$root/source" "$root/build"
cp /etc/resolv.conf "$root/etc/resolv.conf"

# The shell stays, as the first process of its namespace inherits those whose parents end before them.
# shellcheck disable=SC2016  # for the shell inside
confined sh -euc '
  root=$1 source_dir=$2
  shift 2
  mount --make-rprivate /
  mount --bind "$source_dir" "$root/source"
  mount -o remount,bind,ro "$root/source"
  mount -t proc proc "$root/proc"
  for folder in dev sys; do mount --rbind "/$folder" "$root/$folder"; done
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    TERM="${TERM:-dumb}" DALI_BUILD_DIR=/build ${DALI_MESON_OPTIONS:+"DALI_MESON_OPTIONS=$DALI_MESON_OPTIONS"} \
    sh -c "cd /source && \"\$@\"" sh "$@" || exit $?
  exit 0' sh "$root" "$source_dir" "$@"
