# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a program's manual page with help2man: its --help, and that of each of its commands.

Usage: write_manual.py HELP2MAN PROGRAM VERSION OUT_FILE [OTHER_PROGRAM...]

PROGRAM.h2m beside this file has what a page says beyond the help, in help2man's form. The other
programs are what SEE ALSO names.
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from described_program import DescribedProgram

EVERY_PAGE = """[EXIT STATUS]
0 when all was done, 1 after an error, which is said in a line on standard error, or 2 when the
command line was wrong.
"""


def summary_of(command):
    """What apropos shows: no sentence, so without a capital, and without what explains it further."""
    text = re.sub(r"^(\S+ \S+ \S+ [^:]*): .*", r"\1", command.summary)
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def see_also(program, others):
    names = sorted({*others, "gst-launch-1.0"} - {program.name})
    return "[SEE ALSO]\n" + ",\n".join(f".BR {name} (1)" for name in names) + "\n"


def page_of(help2man, words, summary, version, include):
    return subprocess.run(
        [help2man, "--no-info", "--section=1", f"--name={summary}", f"--source=gst-dali {version}",
         "--manual=gst-dali", f"--version-string={version}", f"--include={include}", words],
        check=True, text=True, stdout=subprocess.PIPE).stdout


def section_of_command(page, program, command):
    """What the page of a command says, as a part of the program's: "dali-plot tokens"."""
    body = re.search(r'^\.SH DESCRIPTION\n(.*?)(?=^\.SH "?(?:EXIT STATUS|SEE ALSO))', page, re.M | re.S)
    usage = re.search(r"^\.SH SYNOPSIS\n(.*?)(?=^\.SH )", page, re.M | re.S)
    text = re.sub(r"^\.S[HS] .*\n", ".PP\n", body[1], flags=re.M)
    return f'.SH "{program.name.upper()} {command.name.upper()}"\n{usage[1]}.PP\n{text}'


def manual(help2man, program_file, version, others):
    program = DescribedProgram(program_file)
    more = Path(__file__).with_name(program.name + ".h2m")
    with tempfile.TemporaryDirectory() as folder:
        include = Path(folder) / "include"
        include.write_text((more.read_text() if more.exists() else "") + EVERY_PAGE
                           + see_also(program, others))
        page = page_of(help2man, program_file, summary_of(program.itself), version, include)
        for command in program.commands:
            told = page_of(help2man, f"{program_file} {command.name}", summary_of(command), version,
                           include)
            part = section_of_command(told, program, command)
            place = re.search(r'^\.SH "?(?:EXAMPLES|EXIT STATUS)', page, re.M).start()
            page = page[:place] + part + page[place:]
    # help2man sets the second name of an option in bold only behind a blank.
    page = re.sub(r"^(\\fB\\-\w\\fR),(\S+)", r"\1, \\fB\2\\fR", page, flags=re.M)
    return re.sub(r'^(\.SS ".*):"$', r'\1"', page, flags=re.M)


if __name__ == "__main__":
    helper, file, number, out, *other_programs = sys.argv[1:]
    Path(out).write_text(manual(helper, file, number, other_programs))
