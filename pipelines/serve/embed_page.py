# SPDX-License-Identifier: LGPL-2.1-or-later
"""The source of page_files(), page_files.h: the files of the page as strings of C++.

    embed_page.py OUTPUT FILE...
"""

import os
import sys

DELIMITER = "page-file"  # of raw strings, which know no escapes


def literal(text):
    if f"){DELIMITER}\"" in text:
        sys.exit(f"embed_page.py: a file holds the end of a string, ){DELIMITER}\"")
    return f'R"{DELIMITER}({text}){DELIMITER}"'


def main():
    output, *names = sys.argv[1:]
    entries = ""
    for name in names:
        with open(name, encoding="utf-8") as file:
            entries += f'    {{"{os.path.basename(name)}", {literal(file.read())}}},\n'
    with open(output, "w", encoding="utf-8") as file:
        file.write('#include "pipelines/serve/page_files.h"\n\n#include <array>\n\n'
                   "namespace dali {\n\nstd::span<const PageFile> page_files() {\n"
                   f"  static constexpr std::array<PageFile, {len(names)}> kFiles = {{{{\n{entries}"
                   "  }};\n  return kFiles;\n}\n\n}  // namespace dali\n")


main()
