#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is made of the programs' own words: manual pages, completions, and what software centres show.
#
#     test_manuals.sh BUILT_MANUALS EXECUTABLE...
set -u
. "$(dirname "$0")/tap.sh"
here=$(cd "$(dirname "$0")" && pwd)
manuals=$1
shift
new_folder

# PROGRAM: groff has nothing to complain of, in 80 columns and in Unicode.
is_set_without_warnings() {
  said=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z \
    "$manuals/$1.1" 2>&1 > /dev/null)
  echo "$said"
  [ -z "$said" ]
}

# PROGRAM FILE: every word of its own that the program describes stands on its page.
says_everything() {
  LC_ALL=C.UTF-8 MANWIDTH=500 man -E ascii -l "$manuals/$1.1" | col -bx > "$folder/page" || return 1
  sed -n '/^NAME/,/^SYNOPSIS/p' "$folder/page"
  grep -q "^ *$1 - [a-z].*" "$folder/page" || return 1
  [ "$(sed -n "s/^ *$1 - //p" "$folder/page" | wc -c)" -lt 160 ] || return 1
  grep -q '^EXIT STATUS' "$folder/page" && grep -q '^SEE ALSO' "$folder/page" || return 1
  "$2" --describe-options > "$folder/described" || return 1
  awk -F '\t' '$1 == "option" || $1 == "key" { print $3 }' "$folder/described" | tr ',' '\n' |
    while read -r name; do
      grep -qF -e "$name" "$folder/page" || { echo "$name is not there"; exit 1; }
    done
}

# PROGRAM: apropos finds it, by one line.
is_found_by_apropos() {
  mkdir -p "$folder/man/man1" && cp "$manuals/$1.1" "$folder/man/man1/" &&
    mandb -q -c "$folder/man" > "$folder/why" 2>&1
  cat "$folder/why"
  man -M "$folder/man" -f "$1" | tee "$folder/found"
  [ "$(wc -l < "$folder/found")" -eq 1 ] && grep -q "^$1 (1) *- [a-z]" "$folder/found"
}

bash_completes() {
  bash "$here/complete_words.bash" "$manuals" "$1" "$2" > "$folder/completed" 2> "$folder/why"
  echo "$1: $(cat "$folder/completed" "$folder/why")"
  echo "$3" | tr ' ' '\n' | sed '/^$/d' | sort > "$folder/wanted"
  sort "$folder/completed" | same "$folder/wanted" -
}

# PROGRAM FILE: every option that it describes is offered behind a dash, and every key.
bash_offers_all() {
  "$2" --describe-options | awk -F '\t' '$1 == "option" && $2 == "" { print $3 }' | tr ',' ' ' |
    xargs > "$folder/options" || return 1
  bash_completes "$1" "$1 -" "$(cat "$folder/options")"
}

for tool in "$@"; do
  name=$(basename "$tool")
  case $name in dali-*) ;; *) continue ;; esac
  if [ ! -f "$manuals/$name.1" ]; then
    skip "${name}_has_a_page" 'this build makes no manual pages'
  elif ! command -v man > /dev/null || ! command -v groff > /dev/null; then
    skip "${name}_has_a_page" 'man-db or groff is not installed'
  else
    it "${name}_has_a_page_without_warnings" is_set_without_warnings "$name"
    it "${name}_has_all_its_words_on_its_page" says_everything "$name" "$tool"
    it "${name}_is_found_by_apropos" is_found_by_apropos "$name"
  fi
  it "bash_offers_all_options_of_${name}" bash_offers_all "$name" "$tool"
  if command -v zsh > /dev/null; then
    it "zsh_reads_the_completion_of_${name}" zsh -n "$manuals/_$name"
  else
    skip "zsh_reads_the_completion_of_${name}" 'zsh is not installed'
  fi
done

if [ ! -f "$manuals/dali-caption" ]; then
  skip bash_completes_words 'this build makes no completion of dali-caption'
  finish
  exit 0
fi
media=$folder/media
mkdir -p "$media/folder" "$media/films"
touch "$media/film.mp4" "$media/film two.mkv"
cd "$media" || exit 1
it bash_completes_files bash_completes dali-caption 'dali-caption fo' folder
it bash_completes_choices bash_completes dali-caption 'dali-caption --format v' vtt
it bash_completes_choices_behind_an_equals_sign bash_completes dali-caption \
  'dali-caption --modality=a' 'auto audio audiovisual'
it bash_completes_folders_for_what_takes_one bash_completes dali-caption 'dali-caption --model f' \
  'folder films'
it bash_completes_a_name_behind_a_flag bash_completes dali-caption 'dali-caption --quiet fo' folder
it bash_has_nothing_where_anything_may_stand bash_completes dali-caption 'dali-caption --prompt f' ''
it bash_completes_each_of_many_files bash_completes dali-caption \
  'dali-caption -o films film.mp4 fo' folder
for tool in "$@"; do
  case $(basename "$tool") in
    dali-quantise)
      it bash_completes_the_model_to_quantise bash_completes dali-quantise \
        'dali-quantise --weights int4 f' 'folder films'
      it bash_completes_no_second_one bash_completes dali-quantise 'dali-quantise folder f' ''
      ;;
    dali-align)
      it bash_completes_keys bash_completes dali-align 'dali-align lo' \
        'loader_threads= loss= log_interval_s='
      it bash_completes_files_of_keys bash_completes dali-align 'dali-align model=fo' folder
      it bash_completes_answers_of_keys bash_completes dali-align 'dali-align augments=' 'true false'
      it bash_completes_keys_behind_keys bash_completes dali-align \
        'dali-align --out folder model=folder max_s' max_steps=
      ;;
    dali-plot)
      it bash_completes_commands bash_completes dali-plot 'dali-plot ' 'tokens attention plans'
      it bash_completes_keys_of_a_command bash_completes dali-plot 'dali-plot tokens mo' models=
      it bash_completes_folders_of_a_command bash_completes dali-plot \
        'dali-plot attention --out fo' folder
      ;;
  esac
done

if command -v zsh > /dev/null; then
  # COMMAND_LINE PATTERN: what it shows matches, sooner or later.
  zsh_completes() {
    timeout 60 zsh -f "$here/complete_words.zsh" "$manuals" "$1" "$2"
  }
  it zsh_completes_options zsh_completes 'dali-caption --mod' '*--modality*--model*'
  it zsh_completes_choices zsh_completes 'dali-caption --modality a' '*audio*audiovisual*auto*'
  if [ -f "$manuals/_dali-align" ]; then
    it zsh_completes_keys zsh_completes 'dali-align lo' '*loader_threads*log_interval_s*loss*'
  fi
fi

metainfo=$manuals/org.gst_dali.dali_caption.metainfo.xml
if [ ! -f "$metainfo" ]; then
  skip software_centres_can_show_it 'this build has no dali-caption'
elif command -v appstreamcli > /dev/null; then
  # The project has no homepage, which Debian 13's release wants and Debian 12's knows no name for.
  metainfo_is_valid() {
    appstreamcli validate --no-net --pedantic "$metainfo" ||
      appstreamcli validate --no-net --pedantic --override=url-homepage-missing=info "$metainfo"
  }
  it software_centres_can_show_it metainfo_is_valid
else
  skip software_centres_can_show_it 'appstream is not installed'
fi
finish
