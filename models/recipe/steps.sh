# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by the scripts that train models, in the folder that takes what they make, with source_dir
# and build_dir set. Builds the programs that they call, and no more.
# shellcheck shell=sh disable=SC2154  # what the script sets
"$source_dir/setup.sh" \
  model/dali-sentencepiece.so toyworld/dali-toyworld training/dali-extract \
  training/dali-align training/dali-distill training/dali-evaluate training/dali-filter \
  training/dali-label training/dali-merge training/dali-plot training/dali-pretrain \
  training/dali-pretrain-hearing training/dali-tune-prefix
PATH=$build_dir/training:$build_dir/toyworld:$PATH

# Products of this size are fastest on one thread.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

# in_processes COMMAND...: in DALI_PROCESSES processes (default: 1), which share every batch: the same
# numbers but for rounding, as torchrun would start it.
in_processes() {
  processes=${DALI_PROCESSES:-1}
  if [ "$processes" -eq 1 ]; then
    "$@"
    return
  fi
  export WORLD_SIZE="$processes" MASTER_ADDR=127.0.0.1 MASTER_PORT=29541
  rank=$((processes - 1))
  others=
  while [ $rank -gt 0 ]; do
    RANK=$rank LOCAL_RANK=$rank "$@" &
    others="$others $!"
    rank=$((rank - 1))
  done
  RANK=0 LOCAL_RANK=0 "$@"
  for other in $others; do wait "$other"; done
  unset WORLD_SIZE MASTER_ADDR MASTER_PORT
}

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
