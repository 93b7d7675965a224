# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by the scripts that train models, in the folder that takes what they make, with source_dir
# and build_dir set. Builds the programs that they call, and no more.
# shellcheck shell=sh disable=SC2154  # what the script sets
"$source_dir/setup.sh" \
  model/dali-sentencepiece.so toyworld/dali-toyworld training/dali-extract \
  training/dali-align training/dali-distill training/dali-evaluate training/dali-filter \
  training/dali-label training/dali-merge training/dali-plot training/dali-pretrain \
  training/dali-tune-prefix
PATH=$build_dir/training:$build_dir/toyworld:$PATH

# Products of this size are fastest on one thread.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# step NAME FILE COMMAND...: runs the command unless an earlier run left FILE. A line a step, with
# its seconds, goes to steps.tsv.
step() {
  name=$1 result=$2
  shift 2
  [ -e "$result" ] && return
  echo "== $name"
  started=$(date +%s)
  "$@"
  printf '%s\t%s\n' "$name" "$(($(date +%s) - started))" >> steps.tsv
}
