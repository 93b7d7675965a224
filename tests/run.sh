#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Set-up, build and all tests; arguments go to `meson test`:
#
#     tests/run.sh                          everything
#     tests/run.sh --suite golden           one of model, training, plugin, pipelines, golden
#     tests/run.sh --benchmark              the benchmarks
#     tests/run.sh --sanitize [...]         the same with AddressSanitizer and the sanitizer for
#                                           undefined behaviour, built apart in build-sanitize/
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}

if [ "${1:-}" = --sanitize ]; then
  shift
  build_dir=${DALI_BUILD_DIR:-$source_dir/build-sanitize}
  export DALI_MESON_OPTIONS='-Db_sanitize=address,undefined -Db_lundef=false'
  # The libraries that we load keep what they allocate once; GStreamer's scanner is a process of
  # its own, which has no sanitizer to load the plugin with.
  export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  export GST_REGISTRY_FORK=no
fi

DALI_BUILD_DIR=$build_dir "$source_dir/setup.sh"
exec meson test -C "$build_dir" --no-rebuild --print-errorlogs "$@"
