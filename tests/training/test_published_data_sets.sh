#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Data sets as they are published, made small of toy clips: from the files to figures.
#
#     test_published_data_sets.sh TAP_FUNCTIONS SOURCE_ROOT DALI_TOYWORLD DALI_EXTRACT STAGES
#
# STAGES is the folder of dali-align and the others; DALI_MODEL_DIR the model that they start from.
set -u
# shellcheck source=../pipelines/tap.sh
. "$1"
source_root=$2
toyworld=$3
extract=$4
stages=$5
new_folder
export XDG_CACHE_HOME="$folder/cache"
PATH=$(dirname "$extract"):$stages:$PATH
caps=$folder/audiocaps
made=$folder/made
bounded="timeout --verbose --kill-after=10 200"

# split NAME CLIPS SEED: a table of two captions a clip, of which one has gone, and its videos, named
# as people name them.
split() {
  $bounded "$toyworld" --clips "$2" --seed "$3" --split "$1" --out "$folder/world/$1" || return 1
  mkdir -p "$caps/$1"
  echo 'audiocap_id,youtube_id,start_time,caption' > "$caps/$1.csv"
  number=0
  for media in "$folder/world/$1/media"/*; do
    caption=$(sed -n "$((number + 1))s/.*\"audio_captions\":\[\"\([^\"]*\)\".*/\1/p" \
      "$folder/world/$1/manifest.jsonl")
    printf '%s,toy-%s_%s,%s,"%s"\n' "1$number" "$1" "$number" 30 "$caption" \
      "2$number" "$1" "$number" 30 "sound of it, $number" |
      sed 's/^\([^,]*\),toy-\([a-z]*\)_/\1,toy-\2_0/' >> "$caps/$1.csv"
    cp "$media" "$caps/$1/Ytoy-$1_0${number}_30.000_40.000.${media##*.}"
    number=$((number + 1))
  done
  echo "99,gone-$1_00,0,what nobody has any more" >> "$caps/$1.csv"
}

makes_a_small_audiocaps() {
  split train 8 5 && split test 4 6 && [ "$(wc -l < "$caps/test.csv")" -eq 10 ]
}

# whole_way AUDIOCAPS OUT: what it says goes to the file `said`.
whole_way() {
  status=0
  $bounded "$source_root/training/audiocaps.sh" --tiny "$DALI_MODEL_DIR" "$1" "$2" \
    > "$folder/printed" 2> "$folder/said" || status=$?
  cat "$folder/said"
  return "$status"
}

goes_the_whole_way() {
  whole_way "$caps" "$made" || return 1
  grep "test.csv: 4 of 5 clips of the split are found in .*, 1 are missing, the first one gone-test_0_0" \
    "$folder/said" && grep "train.csv: 8 of 9 clips of the split are found" "$folder/said" &&
    grep "^4 of 4 clips have references; the source has 9 for 5 clips" "$folder/said" &&
    grep "$made/distilled, audiovisual *all references *4 " "$folder/printed" &&
    [ "$(find "$made/scores" -name '*-all-references.csv' | wc -l)" -eq 6 ] &&
    [ -s "$made/distilled/config.json" ] && [ "$(wc -l < "$made/labels/labels.jsonl")" -eq 8 ]
}

does_nothing_twice() {
  touch -d 2001-01-01 "$made/labels/labels.jsonl"
  whole_way "$caps" "$made" && ! grep "^== stage" "$folder/said" &&
    [ -z "$(find "$made/labels" -name labels.jsonl -newermt 2001-01-02)" ]
}

# As aac-metrics 0.6 reads it, which is Python's csv and, where there are brackets, its eval.
exports_what_others_read() {
  table=$(find "$made/scores" -name '*distilled-audio-all-references.csv')
  python3 -B - "$table" << 'END'
import ast, csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert len(rows) == 4, rows
for row in rows:
    columns = [row[name] for name in row if name.startswith("caption_") and name != "caption_predicted"]
    references = columns or ast.literal_eval(row["captions"])
    assert len(references) == 2 and all(references), row
END
}

reads_scores_back() {
  for table in "$made/scores"/*-distilled-audio-*.csv; do
    printf 'meteor: 0.125\nspider: 0.25\nfense: 0.5\n' > "${table%.csv}.yaml"
  done
  $bounded dali-evaluate --out "$folder/merged" scores="$made/scores/scores.json" \
    > "$folder/printed" 2> "$folder/said" || return 1
  cat "$folder/said" "$folder/printed"
  grep "^2 of 12 exported tables have scores of others beside them" "$folder/said" &&
    grep "METEOR.*SPIDEr.*FENSE" "$folder/printed" &&
    grep "distilled, audio .*all references .*0.1250 *0.2500 *0.5000" "$folder/printed" &&
    grep -q '"fense": 0.5' "$folder/merged/scores.json"
}

refuses_to_caption_and_read_back() {
  fails_with 1 "scores goes without model" dali-evaluate --out "$folder/both" \
    scores="$made/scores/scores.json" model="$DALI_MODEL_DIR"
}

finds_no_scores() {
  mkdir -p "$folder/moved"
  cp "$made/scores/scores.json" "$folder/moved"
  fails_with 1 "none of the 12 tables that were exported has" \
    dali-evaluate --out "$folder/both" scores="$folder/moved/scores.json"
}

# The same clips without their pictures, as FLAC at another rate, without an extraction.
evaluates_sounds_by_their_table() {
  mkdir -p "$folder/sounds/test"
  cp "$caps/test.csv" "$caps/train.csv" "$folder/sounds"
  for number in 0 1 2 3; do
    ffmpeg -v error -y -i "$caps/test/Ytoy-test_0${number}_30.000_40.000".* -vn -ar 44100 -ac 2 \
      "$folder/sounds/test/toy-test_0$number.flac" || return 1
  done
  $bounded dali-evaluate --out "$folder/by-table" model="$DALI_MODEL_DIR" modalities=audio \
    manifest="$folder/sounds/test.csv" bootstrap=0 > "$folder/printed" 2> "$folder/said" || return 1
  cat "$folder/said"
  grep "^4 of 4 clips captioned from audio" "$folder/said" &&
    captions_of "$folder/by-table" > "$folder/of-flac" &&
    captions_of "$made/scores" | sed -n 1,4p > "$folder/of-extraction" &&
    same "$folder/of-flac" "$folder/of-extraction"
}

# The first model's, from sound.
captions_of() {
  sed -n "/\"modality\":\"audio\"/s/.*\"caption\":\"\([^\"]*\)\".*/\1/p" "$1/captions.jsonl"
}

evaluates_alone_without_pictures() {
  mkdir -p "$folder/sounds/train"
  cp "$folder/sounds/test/toy-test_00.flac" "$folder/sounds/train/toy-train_00.flac"
  whole_way "$folder/sounds" "$folder/of-sounds" && grep "nothing is trained" "$folder/said" &&
    [ -s "$folder/of-sounds/scores/scores.json" ] && [ ! -e "$folder/of-sounds/aligned" ]
}

finds_nothing() {
  mkdir -p "$folder/nothing"
  cp "$caps"/*.csv "$folder/nothing"
  whole_way "$folder/nothing" "$folder/of-nothing"
  [ $? -eq 1 ] && grep "test.csv: 0 of 5 clips of the split are found" "$folder/said" &&
    tail -n 1 "$folder/said" | grep "^dali-extract: no clip could be read"
}

# A shard as LAION's audio sets have them, with a clip that was cut off; and a folder of the same.
trains_on_shards_of_flac() {
  mkdir -p "$folder/laion"
  for number in 0 1 2; do
    cp "$folder/sounds/test/toy-test_0$number.flac" "$folder/laion/$number.flac"
    $bounded ffmpeg -v error -y -i "$caps/test/Ytoy-test_0${number}_30.000_40.000".* -frames:v 1 \
      "$folder/laion/$number.webp" || return 1
    echo '{"text": ["a dog barks", "barking"], "tag": ["animal"]}' > "$folder/laion/$number.json"
    echo dog > "$folder/laion/$number.cls"
  done
  head -c 20000 "$folder/laion/2.flac" > "$folder/laion/cut" && mv "$folder/laion/cut" "$folder/laion/2.flac"
  echo x > "$folder/laion/2.npy"
  (cd "$folder/laion" && tar -cf "$folder/laion.tar" -- *)
  for source in "$folder/laion.tar" "$folder/laion"; do
    for memory in 4 0; do
      $bounded dali-align --out "$folder/aligned-$memory-$(basename "$source")" \
        model="$DALI_MODEL_DIR" manifest="$source" batch_size=2 epochs=1 \
        clip_memory_gib=$memory 2> "$folder/said" || { cat "$folder/said"; return 1; }
      cat "$folder/said"
      grep "1 .* named \*.npy are not used" "$folder/said" &&
        grep "^clip '2' is skipped: .*2.flac: is cut short" "$folder/said" || return 1
    done
  done
}

# Whether a run reads them all at once or batch by batch, it ends, and with an error.
refuses_a_set_of_broken_files() {
  mkdir -p "$folder/broken"
  for number in 0 1 2 3; do
    echo rubbish > "$folder/broken/$number.flac"
    echo rubbish > "$folder/broken/$number.jpg"
  done
  for memory in 4 0; do
    $bounded dali-align --out "$folder/of-broken-$memory" model="$DALI_MODEL_DIR" batch_size=2 \
      manifest="$folder/broken" epochs=1 clip_memory_gib=$memory 2> "$folder/said"
    status=$?
    cat "$folder/said"
    [ "$status" -eq 1 ] && grep "^clip '3' is skipped: " "$folder/said" || return 1
  done
}

# pyarrow is not in Debian: a module that has its way of reading rows stands in for it.
makes_shards_of_parquet() {
  mkdir -p "$folder/modules/pyarrow" "$folder/rows"
  touch "$folder/modules/pyarrow/__init__.py"
  cat > "$folder/modules/pyarrow/parquet.py" << 'END'
import ast
class Batch:
    def __init__(self, rows):
        self.rows = rows
    def to_pylist(self):
        return self.rows
class ParquetFile:
    def __init__(self, file):
        with open(file, encoding="utf-8") as text:
            self.rows = ast.literal_eval(text.read())
    def iter_batches(self, batch_size):
        for begin in range(0, len(self.rows), batch_size):
            yield Batch(self.rows[begin:begin + batch_size])
END
  python3 -B - "$folder/sounds/test/toy-test_00.flac" "$folder/rows/a.parquet" << 'END' || return 1
import sys
sound = open(sys.argv[1], "rb").read()
rows = [{"id": n, "audio": {"bytes": sound, "path": "x"}, "caption": "one", "other": ["two", ""]}
        for n in range(3)]
rows += [{"id": 7, "audio": {"bytes": None}}, {"id": 8, "audio": b"rubbish"}]
open(sys.argv[2], "w").write(repr(rows))
END
  PYTHONPATH=$folder/modules python3 -B "$source_root/training/parquet_to_shards.py" \
    "$folder/rows/a.parquet" --clips 2 --caption caption --caption other --out "$folder/rows/shards" \
    2> "$folder/said" || { cat "$folder/said"; return 1; }
  cat "$folder/said"
  grep "^3 of 5 rows are in" "$folder/said" && grep "^2 of 5 rows have neither" "$folder/said" &&
    grep "^1 values of column audio are of no kind" "$folder/said" &&
    [ "$(cd "$folder/rows/shards" && echo *)" = "000000.tar 000001.tar" ] &&
    $bounded dali-evaluate --out "$folder/of-parquet" model="$DALI_MODEL_DIR" modalities=audio \
      manifest="$folder/rows/shards" > "$folder/printed" 2> "$folder/said" &&
    grep "^3 of 3 clips have references; the source has 6 for 3 clips" "$folder/said"
}

names_what_parquet_needs() {
  fails_with 1 "needs pyarrow, which is not in Debian" \
    python3 -B -c "import sys; sys.modules['pyarrow'] = None; sys.argv = ['x', 'a', '--out', 'b']
exec(compile(open('$source_root/training/parquet_to_shards.py').read(), 'x', 'exec'))"
}

it a_small_audiocaps_is_made makes_a_small_audiocaps
it audiocaps_goes_the_whole_way goes_the_whole_way
it what_is_done_is_not_done_again does_nothing_twice
it exported_tables_are_what_aac_metrics_reads exports_what_others_read
it scores_of_aac_metrics_come_back_into_the_table reads_scores_back
it scores_are_not_read_back_and_made_at_once refuses_to_caption_and_read_back
it scores_that_are_not_there_are_missed finds_no_scores
it sounds_are_captioned_by_their_table_as_their_extraction_is evaluates_sounds_by_their_table
it without_pictures_the_model_is_scored_alone evaluates_alone_without_pictures
it a_split_of_which_nothing_is_found_is_an_error finds_nothing
it flac_in_shards_and_folders_is_trained_on trains_on_shards_of_flac
it a_set_of_broken_files_is_an_error refuses_a_set_of_broken_files
it parquet_becomes_shards makes_shards_of_parquet
it what_parquet_needs_is_named names_what_parquet_needs
it a_model_without_data_is_refused \
  fails_with 2 "audiocaps.sh: name a model folder" "$source_root/training/audiocaps.sh" x
it a_folder_that_is_not_there_is_named \
  fails_with 1 "audiocaps.sh: $folder/none: is no folder" \
  "$source_root/training/audiocaps.sh" "$DALI_MODEL_DIR" "$folder/none"
finish
