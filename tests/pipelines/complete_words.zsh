# SPDX-License-Identifier: LGPL-2.1-or-later
# Asks zsh what may follow a command line, until what it shows matches a pattern:
#
#     zsh -f complete_words.zsh FOLDER 'COMMAND LINE' PATTERN
#
# Completion lives in the line editor, so a shell of its own is typed to. It shows nothing while there
# is more to read, so nothing else is sent; and it is typed to once it has shown its prompt, before which
# the terminal would take the keys.
zmodload zsh/zpty
zpty shell zsh -f
zpty -w shell "PS1='ready> ' fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D; \
setopt no_beep no_auto_menu; unsetopt list_types; zstyle ':completion:*' verbose no; stty -echo"
zpty -w shell 'echo BEGINS-$((1 + 1))'
zpty -r -m shell said '*BEGINS-2*ready> *'
zpty -n -w shell "$2"$'\C-D'
zpty -r -m shell said "$3"
print -r -- "$said"
zpty -d shell
