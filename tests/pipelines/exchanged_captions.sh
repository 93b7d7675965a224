# SPDX-License-Identifier: LGPL-2.1-or-later
# For test scripts of the formats that broadcasters exchange. Source it in a folder of the test's own, behind
# new_folder, with $write as the program that writes captions: what it makes are captions that are told it, in
# $folder/NAME.tsv, and written() files of them.
# shellcheck shell=sh disable=SC2154  # what the test sets

# As the element makes them; and what a model could say, however unlikely.
printf '%s\t%s\t%s\n' 0 10 'a dog barks' 10 12.5 'A train passes by, and rain falls on a tin roof.' \
  12.5 60 'a siren wails' 3599.999 3600.5 'the hour' 360000 360001 'a hundred of them' > "$folder/plain.tsv"
{
  printf '0\t2\t"Tom" & <b>Jerry</b> --> &amp; ]]> '"'"'\n'
  printf '2\t4\t\001\002\033[31mred\177 \302\205\357\277\276\357\277\277\n'
  printf '4\t6\t\377\300\200no UTF-8\355\240\200\n'
  printf '6\t8\t\327\233\327\234\327\221 \327\240\327\225\327\221\327\227!\n'          # Hebrew
  printf '8\t10\t\360\237\220\225 \360\237\221\251\342\200\215\360\237\221\251\342\200\215\360\237\221\247 dogs\n'
  printf '10\t12\t%%s %%n {} <!-- <?xml ?> <![CDATA[ &#0; &bomb;\n'
  printf '12\t12\tno time at all\n'
} > "$folder/hostile.tsv"
long=$(seq -s ' ' 1000 1100)
printf '0\t10\t%s\n5\t15\t%s\n20\t20.003\t%s\n' "$long" "$long" 'a b c d' > "$folder/crowded.tsv"
word=$(printf 'x%.0s' $(seq 60))
printf '0\t10\t%s barks\n10\t20\tfirst\n10\t20\tsecond\n' "$word" > "$folder/lossy.tsv"

# FORMAT CAPTIONS [LANGUAGE]: writes $folder/file.FORMAT; what does not fit is in $folder/said.
written() {
  "$write" "$1" ${3:+"$3"} < "$folder/$2.tsv" > "$folder/file.$1" 2> "$folder/said"
}
