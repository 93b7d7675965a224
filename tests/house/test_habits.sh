#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The checks beside this file find what they look for: each is given a small house with one fault.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../pipelines/tap.sh"
new_folder
house=$folder/house
table=$folder/floors.txt

# FILE LINE...: a file of the house; a source file begins as it must.
write() {
  file=$house/$1
  shift
  mkdir -p "$(dirname "$file")"
  case $file in
    *.h) set -- '// SPDX-License-Identifier: LGPL-2.1-or-later' '#pragma once' '' "$@" ;;
    *.cpp) set -- '// SPDX-License-Identifier: LGPL-2.1-or-later' "$@" ;;
  esac
  printf '%s\n' "$@" > "$file"
}

# Two rooms, the upper of which sees the lower, and no fault.
build_house() {
  rm -rf "$house"
  write cellar/wine.h '#include <vector>' '' 'std::vector<int> wine_years();'
  write cellar/wine.cpp '#include "cellar/wine.h"' '' \
    'std::vector<int> wine_years() {' '  return {1990};' '}'
  write attic/dinner.cpp '#include "cellar/wine.h"' '' \
    'int dinner() {' '  return wine_years().front();' '}'
  write tool.sh '#!/bin/sh' '# SPDX-License-Identifier: LGPL-2.1-or-later' 'echo tool'
  cp "$here/../../.clang-format" "$house/"
  printf '%s\n' 'cellar:' 'attic: cellar' > "$table"
}

floors() {
  python3 -B "$here/check_floors.py" "$house" "$table"
}

includes() {
  python3 -B "$here/check_includes.py" "$house"
}

temporaries() {
  python3 -B "$here/check_temporaries.py" "$house"
}

# finds WORDS COMMAND...: COMMAND fails, having said WORDS.
finds() {
  words=$1
  shift
  status=0
  said=$("$@" 2>&1) || status=$?
  echo "status $status, said: $said"
  [ "$status" -ne 0 ] && [ "$status" -ne 77 ] && echo "$said" | grep -qF -e "$words"
}

find_nothing_to_say() {
  floors && includes && temporaries
}

build_house
it a_house_without_a_fault_passes find_nothing_to_say

write cellar/stairs.h '#include "attic/roof.h"' '' 'Roof roof_above();'
write attic/roof.h 'struct Roof {};'
it an_include_that_runs_up_is_found fails_with 1 \
  'cellar/stairs.h:4: cellar may not include attic/roof.h' floors

build_house
printf '%s\n' 'cellar: attic' 'attic: cellar' > "$table"
it a_table_that_lets_a_room_look_up_is_refused finds 'cellar may not see attic' floors

build_house
write cellar/wine.h '#include "cellar/shelf.h"' 'struct Wine { Shelf* shelf; };'
write cellar/shelf.h '#include "cellar/wine.h"' 'struct Shelf { Wine* wine; };'
it a_circle_of_headers_is_found finds \
  'a circle: cellar/wine.h -> cellar/shelf.h -> cellar/wine.h' floors

build_house
write attic/dinner.cpp '#include <ATen/ATen.h>' '#include "cellar/wine.h"'
it a_library_that_is_not_for_the_room_is_found fails_with 1 \
  'attic/dinner.cpp:2: attic may not include ATen/ATen.h' floors

build_house
printf '%s\n' 'cellar:' 'attic: cellar json' > "$table"
it a_permission_that_nobody_needs_is_found fails_with 1 'attic may include json and does not' floors

build_house
write shed/spade.h 'struct Spade {};'
it a_room_that_the_table_does_not_know_is_found fails_with 1 'its room, shed, has no row' floors

build_house
printf '%s\n' 'cellar:' 'dining = attic/dinner.cpp' 'dining: cellar' 'attic: dining' > "$table"
write attic/roof.h 'struct Roof {};'
write attic/dinner.cpp '#include "attic/roof.h"' '#include "cellar/wine.h"'
it files_apart_are_a_room_of_their_own finds 'dining may not include attic/roof.h' floors

build_house
write attic/dinner.cpp '#include <vector>' '' '#include "cellar/wine.h"' '' \
  'int dinner() {' '  return wine_years().front();' '}'
it a_header_of_the_library_that_is_not_used_is_found fails_with 1 \
  'attic/dinner.cpp:2: nothing of <vector> is used' includes

build_house
write attic/dinner.cpp '#include "cellar/wine.h"' '' '// wine_years()' 'int dinner() {' '  return 1;' '}'
it a_header_of_ours_that_is_not_used_is_found fails_with 1 \
  'attic/dinner.cpp:2: nothing of cellar/wine.h is used' includes

build_house
write cellar/wine.cpp '#include <vector>' '#include "cellar/wine.h"' \
  'std::vector<int> wine_years() {' '  return {1990};' '}'
it a_file_whose_own_header_comes_later_is_found fails_with 1 \
  'its own header, cellar/wine.h, is not included first' includes

build_house
write attic/dinner.cpp '#include "../cellar/wine.h"' 'int dinner() { return wine_years().front(); }'
it a_path_from_the_file_instead_of_the_root_is_found fails_with 1 \
  'attic/dinner.cpp:2: there is no ../cellar/wine.h' includes

build_house
write attic/dinner.cpp '#include <torch/torch.h>'
it an_umbrella_is_found fails_with 1 'torch/torch.h is an umbrella' includes

build_house
sed -i '/pragma/d' "$house/cellar/wine.h"
it a_header_without_pragma_once_is_found fails_with 1 \
  'cellar/wine.h:1: a header begins with #pragma once' includes

build_house
sed -i '1d' "$house/cellar/wine.cpp"
it a_source_file_without_its_licence_is_found fails_with 1 'cellar/wine.cpp:1: the first line' includes

build_house
sed -i '2d' "$house/tool.sh"
it a_script_without_its_licence_is_found fails_with 1 'tool.sh:1: the licence' includes

# LINE WORDS: the comparison of a text is faulty.
is_gone() {
  build_house
  write attic/test_dinner.cpp "$1"
  finds "attic/test_dinner.cpp:2: $2 is gone before it is compared" temporaries
}
it a_text_that_a_call_makes_and_a_comparison_keeps_is_found is_gone \
  'ck_assert_str_eq(meal_of("a, b)").c_str(), wanted.c_str());' 'meal_of("a, b)").c_str()'
it a_text_in_what_a_call_makes_is_found is_gone \
  'ck_assert_str_ne(wanted, table->laid().at(2).meal.c_str());' 'table->laid().at(2).meal.c_str()'
it a_sum_of_texts_is_found is_gone \
  'assert_equals_string((one + other).c_str(), "x");' '(one + other).c_str()'
it a_text_made_in_place_is_found is_gone \
  'ck_assert_mem_eq(wine, std::string{1, 2}.data(), 2);' 'std::string{1, 2}.data()'
texts_that_stay() {
  build_house
  write attic/test_dinner.cpp '// ck_assert_str_eq(meal().c_str(), "");' \
    'ck_assert_str_eq(meals[at + 1].name.c_str(), "meal().c_str()");' \
    'ck_assert_str_eq(meals.back().name.c_str(), course->of.at("first").c_str());' \
    'ck_assert_msg(is_good, "%s", meal().c_str());' 'ck_assert_str_eq(error.what(), name_of(course));'
  temporaries
}
it texts_that_stay_pass texts_that_stay

# A build of the house, as Meson would have it.
build_house
mkdir "$folder/build"
cat > "$folder/build/compile_commands.json" << END
[{"directory": "$folder/build", "file": "../house/attic/dinner.cpp",
  "command": "ccache c++ -std=c++20 -I../house -Iwith -include torch_pch.h -MD -MQ d.o -MF d.d -o d.o -c x"}]
END
compiling() {
  python3 -B "$here/check_compiling.py" "$1" "$house" "$folder/build"
}
write cellar/shelf.h '#include <string>' '' 'std::string shelf_name();'
write attic/dinner.cpp '#include "cellar/shelf.h"' 'int dinner() { return shelf_name().size(); }'
it headers_and_files_with_their_includes_compile_alone eval 'compiling headers && compiling without-pch'
write attic/dinner.cpp '#include "cellar/shelf.h"' 'std::vector<int> dinner() { return {}; }'
it an_include_that_only_the_precompiled_header_has_is_found finds \
  'attic/dinner.cpp does not compile on its own' compiling without-pch
write cellar/shelf.h 'std::string shelf_name();'
it a_header_that_needs_another_before_it_is_found finds \
  'cellar/shelf.h does not compile on its own' compiling headers

build_house
write attic/dinner.cpp 'int dinner( ){return 1;}'
if "$here/check_format.sh" "$here/../house" > "$folder/why"; then
  it a_badly_set_file_is_found finds "attic/dinner.cpp:2" "$here/check_format.sh" "$house"
else
  skip a_badly_set_file_is_found "$(cat "$folder/why")"
fi

build_house
echo 'echo $(ls | grep tool)' >> "$house/tool.sh"
echo 'unused=1' >> "$house/tool.sh"
if command -v shellcheck > /dev/null; then
  it a_careless_script_is_found finds 'unused appears unused' "$here/check_shell.sh" "$house"
else
  skip a_careless_script_is_found 'shellcheck is not installed'
fi

# Where the programs are missing, as `env` and `sh` alone are left.
bare=$folder/bin
mkdir "$bare"
for program in sh env grep; do
  ln -s "$(command -v "$program")" "$bare/"
done
says_why_it_is_skipped() {
  status=0
  said=$(PATH=$bare "$here/$1" "$house") || status=$?
  echo "status $status, said: $said"
  [ "$status" -eq 77 ] && [ "$said" = "not checked: $2 is not installed" ]
}
it format_is_skipped_without_its_program says_why_it_is_skipped check_format.sh 'clang-format 14'
it scripts_are_skipped_without_their_program says_why_it_is_skipped check_shell.sh shellcheck
finish
