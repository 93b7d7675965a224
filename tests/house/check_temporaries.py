# SPDX-License-Identifier: LGPL-2.1-or-later
"""What comparisons of texts in the tests may not be given.

    check_temporaries.py SOURCE_ROOT

Check's macros for texts and memory, and GStreamer's, keep the pointers that they are given in
variables of their own and look at them in later statements. So a c_str() or data() of what a call or
an operator has just made is dangling there: text_of(caption).c_str(). It has to be one of a variable.
Calls that hand out a part of one may stand before it, as in captions.back().text.c_str(). Says each
fault in a line; the exit status is 1 when there is one.
"""

import re
import sys

import sources

COMPARISON = re.compile(r"\b(?:ck_assert_(?:p?str|mem)_\w+|(?:fail_unless|assert)_equals_string)\s*\(")
TEXT_OR_COMMENT = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>\w*)\(.*?\)(?P=mark)"|"""
    r""""(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", re.DOTALL)
POINTER = re.compile(r"(.*?)(?:\.|->)\s*(?:c_str|data)\s*\(\s*\)", re.DOTALL)
PART_OF_A_VARIABLE = re.compile(r"(?:\.|->)\s*(?:at|back|front|value)\s*\([^()]*\)")


def arguments_from(code, at):
    """Where those of a call are whose parenthesis ends before `at`."""
    depth, begin, arguments = 0, at, []
    for end in range(at, len(code)):
        if depth == 0 and code[end] in ",)":
            arguments.append(slice(begin, end))
            begin = end + 1
            if code[end] == ")":
                break
        depth += (code[end] in "([{") - (code[end] in ")]}")
    return arguments


def faults_of(name, text):
    # All else stays where it is.
    code = TEXT_OR_COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for comparison in COMPARISON.finditer(code):
        for argument in arguments_from(code, comparison.end()):
            for pointer in POINTER.finditer(code[argument]):
                if re.search(r"[({]", PART_OF_A_VARIABLE.sub("", pointer[1])):
                    line_number = code.count("\n", 0, comparison.start()) + 1
                    said = " ".join(text[argument].split())
                    yield f"{name}:{line_number}: {said} is gone before it is compared"


def main(root):
    names = sources.source_names(root)
    faults = [fault for name in names for fault in faults_of(name, sources.read(root, name))]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(names)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
