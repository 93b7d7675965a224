# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a program takes, as it says it itself: `PROGRAM --describe-options`.

command/option_description.h says what its lines hold.
"""
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Taken:
    """An option, a positional or a key of the form key=value."""
    names: list[str]
    value: str  # what help calls what is given to it; empty: nothing is
    choices: list[str]
    help: str

    def may_be_many(self):
        return self.names[0].endswith("...")

    def kind(self):
        """none, words, file, folder or other: what a shell can offer for its value."""
        if not self.value:
            return "none"
        if self.choices:
            return "words"
        for name in self.value.split("|"):
            if name in ("FILE", "DIR", "FOLDER", "MODEL"):
                return "file" if name == "FILE" else "folder"
        return "other"


@dataclass
class Command:
    name: str  # empty: the program itself
    summary: str
    options: list[Taken] = field(default_factory=list)
    positionals: list[Taken] = field(default_factory=list)
    keys: list[Taken] = field(default_factory=list)


class DescribedProgram:
    def __init__(self, program):
        self.program = program
        self.name = Path(program).name
        said = subprocess.run([program, "--describe-options"], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        by_name = {}
        for line in said.splitlines():
            kind, command, *rest = line.split("\t")
            if kind in ("program", "command"):
                by_name[command] = Command(command, rest[0])
                continue
            names, value, choices, text = rest
            taken = Taken(names.split(","), value, choices.split(",") if choices else [], text)
            getattr(by_name[command], kind + "s").append(taken)
        self.itself = by_name.pop("")
        self.commands = list(by_name.values())
