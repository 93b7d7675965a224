#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Throws mutated files at the readers of weights and configurations, and mutated messages at those of
# a model's server, its clients and dali-serve:
#
#     tests/fuzz/run.sh [-s SECONDS] [-n RUNS] [HARNESS...]
#
# Each harness (torch_archive, pickle, safetensors, config, service, request; default: all) is built
# with clang's libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, starts from the files of
# its corpus, and runs until SECONDS (default 1800) have passed or RUNS (default 10000000) files were
# read. A finding stops it with status 1 and leaves the file in build/fuzz. Needs Debian's packages
# clang, libclang-rt-dev and nlohmann-json3-dev.
set -eu

seconds=1800
runs=10000000
while getopts s:n: option; do
  case $option in
    s) seconds=$OPTARG ;;
    n) runs=$OPTARG ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- torch_archive pickle safetensors config service request

root=$(cd "$(dirname "$0")/../.." && pwd)
out=${DALI_BUILD_DIR:-$root/build}/fuzz
mkdir -p "$out"
cd "$root"

# The files that a harness needs, none of which knows LibTorch.
sources_of() {
  parsing='model/base/in_quotes.cpp model/weights/stored_tensor.cpp'
  json='model/base/in_quotes.cpp model/weights/strict_json.cpp'
  case $1 in
    torch_archive | pickle)
      echo "$parsing model/weights/torch_archive.cpp model/weights/torch_objects.cpp \
        model/weights/pickle_reader.cpp model/weights/zip_archive.cpp" ;;
    safetensors) echo "$json model/weights/stored_tensor.cpp model/weights/safetensors_header.cpp" ;;
    config)
      echo "$json model/base/model_config.cpp model/base/conditioning.cpp model/base/nearest_name.cpp \
        model/weights/model_config_json.cpp import/published_config.cpp" ;;
    service)
      echo "model/base/one_line.cpp model/service/memory_budget.cpp model/service/message.cpp" ;;
    request)
      echo "model/base/in_quotes.cpp pipelines/serve/access.cpp pipelines/serve/query_fields.cpp \
        pipelines/serve/header_parameters.cpp pipelines/serve/multipart_reader.cpp" ;;
    *) echo "run.sh: there is no harness '$1'" >&2; exit 2 ;;
  esac
}

seeds_of() {
  case $1 in
    torch_archive) echo tests/model/fixtures ;;
    *) echo "tests/fuzz/corpus/$1" ;;
  esac
}

for harness in "$@"; do
  sources=$(sources_of "$harness")
  # shellcheck disable=SC2086  # one word a file
  clang++ -std=c++20 -O1 -g -I. -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
    "tests/fuzz/fuzz_$harness.cpp" $sources -o "$out/fuzz_$harness"
  mkdir -p "$out/corpus_$harness"
  echo "run.sh: $harness"
  "$out/fuzz_$harness" -max_total_time="$seconds" -runs="$runs" -max_len=8192 -timeout=60 \
    -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 -dict="tests/fuzz/$harness.dict" \
    -artifact_prefix="$out/finding_${harness}_" "$out/corpus_$harness" "$(seeds_of "$harness")"
done
