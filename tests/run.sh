#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Set-up, build and all tests; arguments go to `meson test`:
#
#     tests/run.sh                          everything
#     tests/run.sh --suite golden           one of model, training, plugin, pipelines, golden, house
#     tests/run.sh --benchmark              the benchmarks
#     tests/run.sh --sanitize [...]         the same with AddressSanitizer and the sanitizer for
#                                           undefined behaviour, built apart in build-sanitize/
#     tests/run.sh --sanitize=thread [...]  with ThreadSanitizer, in build-sanitize-thread/; what it
#                                           has to be told of GLib is told for the suite plugin
#     tests/run.sh --coverage [...]         the same in build-coverage/, then a table of what the
#                                           tests ran through of each file
#
# The suite plugin is built alone, without LibTorch's files, when it is the only one that is asked for.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
mode=
case ${1:-} in
  --sanitize | --sanitize=thread | --coverage) mode=${1#--}; shift ;;
esac

build_dir=$source_dir/build
case $mode in
  sanitize)
    build_dir=$source_dir/build-sanitize
    DALI_MESON_OPTIONS="-Db_sanitize=address,undefined -Db_lundef=false ${DALI_MESON_OPTIONS:-}"
    # The libraries that we load keep what they allocate once.
    export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    # GStreamer's scanner is a process of its own, which has no sanitizer to load the plugin with.
    export GST_REGISTRY_FORK=no
    ;;
  sanitize=thread)
    build_dir=$source_dir/build-sanitize-thread
    DALI_MESON_OPTIONS="-Db_sanitize=thread -Db_lundef=false ${DALI_MESON_OPTIONS:-}"
    # Scanned in the test's own process, other plugins would leave it threads, and tests fork.
    export GST_REGISTRY_FORK=yes
    ;;
  coverage)
    build_dir=$source_dir/build-coverage
    DALI_MESON_OPTIONS="-Db_coverage=true ${DALI_MESON_OPTIONS:-}"
    export DALI_MORE_PACKAGES="gcovr ${DALI_MORE_PACKAGES:-}"
    ;;
esac
export DALI_MESON_OPTIONS="${DALI_MESON_OPTIONS:-}" DALI_BUILD_DIR="${DALI_BUILD_DIR:-$build_dir}"

targets=
case " $* " in
  *' --suite '*' --suite '*) ;;
  *' --suite plugin '*) targets=plugin-tests ;;
esac

# shellcheck disable=SC2086  # one word a target
"$source_dir/setup.sh" $targets
[ "$mode" = coverage ] || exec meson test -C "$DALI_BUILD_DIR" --no-rebuild --print-errorlogs "$@"

# What was counted before counts no more.
find "$DALI_BUILD_DIR" -name '*.gcda' -delete
status=0
meson test -C "$DALI_BUILD_DIR" --no-rebuild --print-errorlogs "$@" || status=$?
build_dir=$(cd "$DALI_BUILD_DIR" && pwd)
cd "$source_dir"
gcovr --root . --exclude tests/ --object-directory "$build_dir" -j "$(nproc)" "$build_dir"
exit $status
