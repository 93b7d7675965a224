#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs COMMAND with the kernels that OpenBLAS, oneDNN, LibTorch and we would choose on another
# processor:
#
#     under_kernel.sh CORETYPE CAPABILITY COMMAND [ARGUMENT...]
#
# CORETYPE is OpenBLAS's name of a processor, by which oneDNN's and ours follow; CAPABILITY one of
# LibTorch's: default, avx2, avx512.
# Exit status 77, with the reason, where this processor lacks the instructions.
set -eu

coretype=$1
capability=$2
shift 2

case $coretype in
  Prescott) needs='pni' isa=SSE41 ;;
  Haswell | Zen) needs='avx2 fma' isa=AVX2 ;;
  SkylakeX) needs='avx2 fma avx512f avx512bw avx512dq avx512vl' isa=AVX512_CORE ;;
  Cooperlake | Sapphirerapids)
    needs='avx2 fma avx512f avx512bw avx512dq avx512vl avx512_bf16' isa=AVX512_CORE_BF16 ;;
  *) echo "under_kernel.sh: unknown processor $coretype" >&2; exit 2 ;;
esac
case $capability in
  default) ;;
  avx2) needs="$needs avx2 fma" ;;
  avx512) needs="$needs avx2 fma avx512f avx512bw avx512dq avx512vl" ;;
  *) echo "under_kernel.sh: unknown capability $capability" >&2; exit 2 ;;
esac

has=" $(sed -n '/^flags/ { s/.*: //; p; q }' /proc/cpuinfo) "
for instructions in $needs; do
  case $has in
    *" $instructions "*) ;;
    *) echo "skipped: $coretype with $capability needs $instructions, which this processor lacks"
       exit 77 ;;
  esac
done
export OPENBLAS_CORETYPE="$coretype" ATEN_CPU_CAPABILITY="$capability" ONEDNN_MAX_CPU_ISA="$isa"
exec "$@"
