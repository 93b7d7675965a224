#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs what debian/build.sh built, with what it recommends: decoders for the media that people have,
# and a BLAS that is fast. GStreamer's own programs come along, so that pipelines can be tried.
#
#     debian/install.sh [FOLDER]     FOLDER: build-debian/packages
#
# Needs root or sudo.
set -eu

packages_dir=${1:-$(dirname "$0")/../build-debian/packages}
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
cd "$packages_dir"

if ! [ -e "$(echo ./dali-tools_*.deb)" ]; then
  echo "$0: $PWD holds no packages, or those of several versions: debian/build.sh makes them" >&2
  exit 1
fi
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends --reinstall \
  ./dali-tools_*.deb ./gstreamer1.0-dali_*.deb ./dali-model-toyworld_*.deb ./libdali-model0_*.deb \
  gstreamer1.0-libav gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly \
  gstreamer1.0-tools libopenblas0-pthread
