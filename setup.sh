#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Everything between a fresh Debian 12 or 13 and a built gst-dali:
#
#     ./setup.sh [TARGET...]
#
# Installs the packages that are missing, configures the build folder and builds TARGETs
# (default: everything). With nothing to do it takes a second or two. Needs root or sudo only when
# packages are missing. DALI_BUILD_DIR names another build folder than ./build, DALI_MESON_OPTIONS
# has options for configuring it, DALI_MORE_PACKAGES more packages to install.
set -eu

source_dir=$(cd "$(dirname "$0")" && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}

# libopenblas0-pthread: with Debian's default BLAS, matrix products are forty times slower.
packages='
  g++ pkg-config meson ninja-build ccache
  libtorch-dev libdnnl-dev libopenblas0-pthread libsentencepiece-dev libsleef-dev nlohmann-json3-dev
  libcli11-dev libtomlplusplus-dev libfmt-dev libxxhash-dev libicu-dev libstemmer-dev libpng-dev zlib1g-dev
  libcurl4-openssl-dev libssl-dev libarchive-dev libturbojpeg0-dev libwebp-dev libsndfile1-dev
  libgloo-dev
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libgstreamer-plugins-bad1.0-dev
  libavformat-dev libavcodec-dev libavfilter-dev libavutil-dev libebur128-dev libsoup-3.0-dev libseccomp-dev
  gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-base-apps
  gstreamer1.0-plugins-good gstreamer1.0-plugins-bad
  gstreamer1.0-plugins-ugly gstreamer1.0-libav gstreamer1.0-x
  help2man check curl protobuf-compiler ffmpeg espeak-ng libzvbi-dev clang-format shellcheck'

is_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=''
for package in $packages ${DALI_MORE_PACKAGES:-}; do
  is_installed "$package" || missing="$missing $package"
done

if [ -n "$missing" ]; then
  echo "setup.sh: installing$missing"
  as_root=''
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "setup.sh: packages are missing, and installing them needs root or sudo" >&2
      exit 1
    fi
    as_root=sudo
  fi
  $as_root apt-get update -q
  # shellcheck disable=SC2086  # one word a package
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $missing
fi

if [ ! -f "$build_dir/build.ninja" ]; then
  # shellcheck disable=SC2086  # one word an option
  meson setup ${DALI_MESON_OPTIONS:-} "$build_dir" "$source_dir"
fi

jobs=$("$source_dir/build-aux/compile_jobs.sh")
exec ninja -C "$build_dir" -j "$jobs" "$@"
