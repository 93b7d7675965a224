# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes what bash and zsh complete a program's command line by.

Usage: write_completions.py PROGRAM BASH_FILE ZSH_FILE

Options, keys, the names of choices, files and folders: all as the program itself describes them.
"""
import sys
from pathlib import Path

from described_program import DescribedProgram, Taken


def in_bash_quotes(text):
    return "'" + text.replace("'", "'\\''") + "'"


def bash_entries(command, taken):
    """An element for each name: what stands for the value."""
    for one in taken:
        value = " ".join(["words", *one.choices]) if one.choices else one.kind()
        for name in one.names:
            yield f"    [{in_bash_quotes(command.name + ' ' + name)}]={in_bash_quotes(value)}"


def bash_completion(program):
    function = "_" + program.name.replace("-", "_")
    all_commands = [program.itself, *program.commands]
    lines = ["# SPDX-License-Identifier: LGPL-2.1-or-later",
             f"# Completion of {program.name} in bash, as it describes itself.", ""]
    lines += (Path(__file__).with_name("completion.bash").read_text().splitlines()[3:])
    lines += ["", f"{function}() {{"]
    lines += ["  local -A options=("]
    lines += [entry for command in all_commands for entry in bash_entries(command, command.options)]
    lines += ["  )", "  local -A keys=("]
    lines += [entry for command in all_commands for entry in bash_entries(command, command.keys)]
    lines += ["  )", "  local -A positionals=("]
    for command in all_commands:
        for place, positional in enumerate(command.positionals):
            numbered = Taken(["*" if positional.may_be_many() else str(place)], positional.value,
                             positional.choices, positional.help)
            lines += bash_entries(command, [numbered])
    names = " ".join(command.name for command in program.commands)
    lines += ["  )", f"  local commands={in_bash_quotes(names)}", "  _gst_dali_complete", "}",
              f"complete -F {function} {program.name}"]
    return "\n".join(lines) + "\n"


def zsh_text(text):
    """Inside of an explanation, in single quotes."""
    for character in "\\[]:":
        text = text.replace(character, "\\" + character)
    return text.replace("'", "'\\''")


def zsh_action(taken):
    if taken.kind() == "words":
        return "(" + " ".join(taken.choices) + ")"
    return {"file": "_files", "folder": "_files -/", "other": " "}[taken.kind()]


def zsh_option(taken):
    many = "*" if taken.value else "(" + " ".join(taken.names) + ")"
    explanation = f"[{zsh_text(taken.help)}]"
    if taken.value:
        explanation += f":{zsh_text(taken.value)}:{zsh_action(taken)}"
    for name in taken.names:
        mark = "" if not taken.value else "=" if name.startswith("--") else "+"
        yield f"    '{many}{name}{mark}{explanation}'"


def zsh_arguments(command):
    lines = ["  arguments=("]
    lines += [line for option in command.options for line in zsh_option(option)]
    if command.keys:
        lines.append("    '*:key=value:->keys'")
    for place, positional in enumerate(command.positionals, start=1):
        which = "*" if positional.may_be_many() else str(place)
        lines.append(f"    '{which}:{zsh_text(positional.names[0])}:{zsh_action(positional)}'")
    lines += ["  )", "  keys=("]
    lines += [f"    '{key.names[0]}' '{' '.join(key.choices) or key.kind()}'" for key in command.keys]
    return lines + ["  )"]


def zsh_completion(program):
    lines = [f"#compdef {program.name}", "# SPDX-License-Identifier: LGPL-2.1-or-later",
             f"# Completion of {program.name} in zsh, as it describes itself.", "",
             "local context state state_descr line", "typeset -A opt_args keys",
             "local -a arguments", ""]
    if program.commands:
        lines += ["local command=''", "case ${words[2]} in"]
        for command in program.commands:
            lines += [f"{command.name})", "  command=${words[2]}"] + zsh_arguments(command) + ["  ;;"]
        lines += ["*)"] + zsh_arguments(program.itself)
        names = " ".join(command.name for command in program.commands)
        lines += [f"  arguments+=('1:command:({names})')", "  ;;", "esac",
                  "if [[ -n $command ]] && (( CURRENT > 2 )); then",
                  "  shift words", "  (( CURRENT-- ))", "fi"]
    else:
        lines += zsh_arguments(program.itself)
    return "\n".join(lines) + """

_arguments -s -S : $arguments && return 0
[[ $state == keys ]] || return 1
if compset -P 1 '*='; then
  local value=${keys[${IPREFIX%=}]}
  case $value in
  file) _files ;;
  other | '') return 1 ;;
  *) compadd -- ${=value} ;;
  esac
else
  compadd -S = -- ${(k)keys}
fi
"""


if __name__ == "__main__":
    described = DescribedProgram(sys.argv[1])
    Path(sys.argv[2]).write_text(bash_completion(described))
    Path(sys.argv[3]).write_text(zsh_completion(described))
