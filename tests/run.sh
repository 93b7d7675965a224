#!/bin/sh
# Set-up, build and all tests; arguments go to `meson test`:
#
#     tests/run.sh                          everything
#     tests/run.sh --suite golden           one of model, training, plugin, pipelines, golden
#     tests/run.sh --benchmark              the benchmarks
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}

"$source_dir/setup.sh"
exec meson test -C "$build_dir" --no-rebuild --print-errorlogs "$@"
