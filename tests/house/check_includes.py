# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every source file begins with and includes.

    check_includes.py SOURCE_ROOT

A licence line comes first; a header says #pragma once; NAME.cpp includes NAME.h before anything else,
which shows that the header compiles by itself; our own headers are named from the root, in quotes;
nothing is included twice, and nothing that the file does not use, as far as names tell: of the
standard library the headers below, of our own every one. Says each fault in a line; the exit status
is 1 when there is one.
"""

import re
import sys

import sources

LICENCE = "SPDX-License-Identifier: LGPL-2.1-or-later"

# Umbrellas that cost every file that includes them 12 s.
FORBIDDEN = {"torch/torch.h", "torch/script.h", "torch/extension.h", "bits/stdc++.h"}

# GCC compiles it by itself, and says that #pragma once has no sense there.
PRECOMPILED = "model/pch/torch_pch.h"

# What shows that a header of the standard library is used.
STANDARD_NAMES = {
    "algorithm": r"(?:ranges::)?(?:all_of|any_of|none_of|for_each|find|find_if|find_if_not|find_end|"
                 r"adjacent_find|count|count_if|copy|copy_n|copy_if|copy_backward|move|transform|"
                 r"replace|replace_if|replace_copy|fill|fill_n|generate|generate_n|remove|remove_if|"
                 r"unique|reverse|rotate|shuffle|sample|partition|stable_partition|sort|stable_sort|"
                 r"partial_sort|is_sorted|nth_element|lower_bound|upper_bound|equal_range|"
                 r"binary_search|merge|includes|set_\w+|max|min|minmax|clamp|max_element|"
                 r"min_element|minmax_element|equal|mismatch|search|lexicographical_compare|"
                 r"swap_ranges|push_heap|pop_heap|make_heap|next_permutation|iter_swap|contains|"
                 r"starts_with|is_permutation|is_partitioned|partition_point|remove_copy|"
                 r"remove_copy_if|reverse_copy|unique_copy|inplace_merge|swap)\b",
    "array": r"(?:array|to_array)\b",
    "atomic": r"(?:atomic|memory_order)\w*",
    "bit": r"(?:bit_\w+|endian|rot[lr]|count[lr]_\w+|popcount|has_single_bit)\b",
    "charconv": r"(?:from_chars|to_chars|chars_format)\b",
    "chrono": r"(?:chrono|chrono_literals)\b",
    "condition_variable": r"condition_variable\w*",
    "deque": r"deque\b",
    "exception": r"(?:exception|exception_ptr|current_exception|rethrow_exception|terminate|"
                 r"uncaught_exceptions|make_exception_ptr|throw_with_nested)\b",
    "filesystem": r"filesystem\b",
    "fstream": r"(?:[io]?fstream|basic_\w*filebuf|filebuf)\b",
    "functional": r"(?:function|hash|less|greater|plus|minus|multiplies|equal_to|bind|bind_front|"
                  r"invoke|ref|cref|reference_wrapper|not_fn|identity|mem_fn|logical_\w+|"
                  r"greater_equal|less_equal|not_equal_to|ranges::(?:less|greater|equal_to)\w*)\b",
    "future": r"(?:future|promise|async|packaged_task|launch|shared_future)\b",
    "initializer_list": r"initializer_list\b",
    "iostream": r"(?:cin|cout|cerr|clog)\b",
    "limits": r"numeric_limits\b",
    "list": r"list\b",
    "map": r"(?:multi)?map\b",
    "memory": r"(?:unique_ptr|shared_ptr|weak_ptr|make_unique\w*|make_shared\w*|addressof|"
              r"enable_shared_from_this|allocator\w*|destroy_at|construct_at|\w*pointer_cast|"
              r"to_address|assume_aligned|owner_less|uninitialized_\w+|align|default_delete)\b",
    "mutex": r"(?:\w*mutex|lock_guard|unique_lock|scoped_lock|once_flag|call_once|defer_lock|"
             r"adopt_lock|try_to_lock)\b",
    "numbers": r"numbers\b",
    "numeric": r"(?:accumulate|iota|reduce|inner_product|partial_sum|gcd|lcm|midpoint|"
               r"transform_reduce|adjacent_difference|\w+clusive_scan)\b",
    "optional": r"(?:optional|nullopt\w*|make_optional|bad_optional_access|in_place)\b",
    "random": r"(?:mt19937\w*|\w+_distribution|random_device|\w+_engine|seed_seq|generate_canonical)\b",
    "ranges": r"(?:ranges|views)::",
    "regex": r"(?:\w*regex\w*|[cs]match|[cs]sub_match)\b",
    "set": r"(?:multi)?set\b",
    "span": r"(?:span|as_bytes|as_writable_bytes|dynamic_extent)\b",
    "sstream": r"(?:[io]?stringstream|stringbuf)\b",
    "stdexcept": r"(?:runtime_error|logic_error|invalid_argument|out_of_range|length_error|"
                 r"domain_error|range_error|overflow_error|underflow_error)\b",
    "stop_token": r"stop_(?:token|source|callback)\b",
    "string": r"(?:string|to_string|getline|sto\w+|u\d+string|wstring|char_traits|basic_string|"
              r"string_literals)\b",
    "string_view": r"(?:\w*string_view|string_view_literals)\b",
    "system_error": r"(?:system_error|error_code|error_condition|errc|\w+_category|make_error_code)\b",
    "thread": r"(?:j?thread|this_thread)\b",
    "tuple": r"(?:tuple\w*|tie|apply|make_tuple|forward_as_tuple|get|ignore)\b",
    "unordered_map": r"unordered_(?:multi)?map\b",
    "unordered_set": r"unordered_(?:multi)?set\b",
    "utility": r"(?:move|forward|pair|make_pair|swap|exchange|declval|as_const|in_place\w*|"
               r"index_sequence\w*|integer_sequence|make_index_sequence|cmp_\w+|to_underlying|"
               r"piecewise_construct|in_range|get)\b",
    "variant": r"(?:variant\w*|visit|monostate|holds_alternative|get|get_if|bad_variant_access)\b",
    "vector": r"vector\b",
}
STANDARD_USE = {header: re.compile(r"\bstd::" + names) for header, names in STANDARD_NAMES.items()}

COMMENT_OR_TEXT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>\w*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", re.DOTALL)
WORD = re.compile(r"\b[A-Za-z_]\w*\b")

# What a header offers: types, aliases and macros; then, in what stands at the left edge, functions
# and variables.
OFFERED_TYPE = re.compile(r"\b(?:class|struct|union|enum|concept|using|#\s*define)\s+(?:class\s+)?(\w+)")
OFFERED_BY_MACRO = re.compile(r"\b(?:TORCH_MODULE|G_DECLARE_\w+|GST_\w*DECLARE)\(([^)]*)\)")
OFFERED_IN_LINE = re.compile(r"(\w+)\s*(?:\(|=|;|\{|\[)")
OFFERED_ENUMERATOR = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")


def offered_names(code):
    names = set(OFFERED_TYPE.findall(code)) | set(OFFERED_ENUMERATOR.findall(code))
    for arguments in OFFERED_BY_MACRO.findall(code):
        names.update(WORD.findall(arguments))
    for line in code.splitlines():
        if line and not line[0].isspace() and line[0] != "#":
            names.update(OFFERED_IN_LINE.findall(line))
    return names


class File:
    def __init__(self, root, name):
        self.name = name
        self.text = sources.read(root, name)
        self.includes = sources.includes_of(self.text)
        without_texts = COMMENT_OR_TEXT.sub(" ", self.text)
        self.code = "\n".join(line for line in without_texts.splitlines()
                              if not line.lstrip().startswith("#include"))
        self.words = set(WORD.findall(self.code))
        self.offered = offered_names(self.code) if name.endswith(".h") else set()


def faults_of_beginning(file):
    lines = file.text.splitlines()
    if not lines or lines[0] != "// " + LICENCE:
        yield f"{file.name}:1: the first line is not the licence's, // {LICENCE}"
    if file.name.endswith(".h") and file.name != PRECOMPILED:
        said = [line for line in lines if line.strip() and not line.startswith("//")]
        if not said or said[0] != "#pragma once":
            yield f"{file.name}:1: a header begins with #pragma once"


def faults_of_includes(file, files):
    own_header = re.sub(r"\.cpp$", ".h", file.name)
    if file.name.endswith(".cpp") and own_header in files:
        if not file.includes or file.includes[0].name != own_header:
            yield f"{file.name}:1: its own header, {own_header}, is not included first"
    seen = set()
    for include in file.includes:
        place = f"{file.name}:{include.line_number}"
        if include.name in seen:
            yield f"{place}: {include.name} is included twice"
        seen.add(include.name)
        if include.name in FORBIDDEN:
            yield f"{place}: {include.name} is an umbrella: include what is used"
        elif include.is_ours and include.name not in files:
            yield f"{place}: there is no {include.name}, seen from the root"
        elif not include.is_ours and include.name in files:
            yield f"{place}: {include.name} is ours and stands in quotes"


def faults_of_use(file, files):
    for include in file.includes:
        place = f"{file.name}:{include.line_number}"
        use = STANDARD_USE.get(include.name)
        if use and not include.is_ours and not use.search(file.code):
            yield f"{place}: nothing of <{include.name}> is used"
        header = files.get(include.name)
        is_own = include.name == re.sub(r"\.cpp$", ".h", file.name)
        if header and header.offered and not is_own and not header.offered & file.words:
            yield f"{place}: nothing of {include.name} is used"


def faults_of_scripts(root):
    for name in sources.script_names(root):
        if "# " + LICENCE not in sources.read(root, name).splitlines()[:2]:
            yield f"{name}:1: the licence's line, # {LICENCE}, is missing"


def main(root):
    files = {name: File(root, name) for name in sources.source_names(root)}
    faults = list(faults_of_scripts(root))
    for file in files.values():
        faults += faults_of_beginning(file)
        faults += faults_of_includes(file, files)
        faults += faults_of_use(file, files)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(files)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
