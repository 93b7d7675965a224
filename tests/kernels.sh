#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the golden suite and every other test program that compares floating-point numbers or
# captions with each of the kernels that OpenBLAS and LibTorch choose by the processor:
#
#     tests/kernels.sh [TEST...]      (names that Meson knows; default: those below)
#
# Prints a line for each combination and test that fails; the exit status is 1 then. Not part of the
# suites, which run the golden suite under three of these: all of it takes hours of processor time.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
build_dir=${DALI_BUILD_DIR:-$source_dir/build}
[ $# -gt 0 ] || set -- golden attention captioner decoder generation image-transform load-weights \
  log-mel multimodal-sequence threads towers variants checkpoints embedded-model evaluation losses \
  plots precision processes stage-modes stage-runs stages text-embedding training-logs \
  training-loop transport

failed=0
for coretype in Prescott Haswell Zen SkylakeX Cooperlake Sapphirerapids; do
  for capability in default avx2 avx512; do
    for name in "$@"; do
      status=0
      log=$("$source_dir/tests/support/under_kernel.sh" "$coretype" "$capability" \
        meson test -C "$build_dir" --no-rebuild --print-errorlogs "$name" 2>&1) || status=$?
      case $status in
        0) ;;
        77) echo "$log"; break ;;
        *) failed=1; echo "FAIL  $coretype $capability $name"; echo "$log" ;;
      esac
    done
    echo "done  $coretype $capability"
  done
done
exit $failed
