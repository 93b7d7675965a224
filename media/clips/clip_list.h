// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "media/clips/manifest.h"

namespace dali {

// What is wanted of every clip.
enum class ClipParts {
  kWhatIsListed,  // whatever its list says that there is
  kAny,           // one of them, or the media that they could be extracted from
  kSound,
  kFrames,
  kSoundAndFrames,
};

// Whether the clip has those parts. kWhatIsListed: always.
bool has_parts(const Clip& clip, ClipParts parts);

// "sound and frames", "sound", "frames"
const char* name_of(ClipParts parts);

// The clips of a data set, as far as their files are there: links die, and so do media.
struct ClipList {
  std::vector<Clip> clips;           // their ids differ
  std::vector<std::string> missing;  // ids of those listed, but without what is wanted
  std::vector<std::string> remarks;  // a line each: what was left out, how much of it and why
};

// Reads whichever list of clips `source` is:
//   *.jsonl             our manifest, whose clips are taken as they stand
//   *.json, an object   CAV-MAE's {"data": [{video_id, wav, video_path, labels}]}; the frames of a
//                       clip are video_path/frame_0/VIDEO_ID.jpg to frame_9
//   *.json, an array    LLaVA's conversations [{id, image, audio, conversations: [{from, value}]}];
//                       what "gpt" says are the audio captions
//   *.tar, *.tar.gz ... a WebDataset shard, see unpacked_shard.h
//   *.csv               AudioCaps or Clotho, see captioned_files.h
//   a folder            all shards in it and in the folders in it, in the order of their paths;
//                       clips of one id are told apart by their shards' names; of broken
//                       shards the first is named, and all are counted. Without shards its
//                       manifest.jsonl, or else the files in it, see loose_files.h
// Paths in a json are relative to its folder; of what it lists, only `wanted` has to be there. Only
// the first `max_clips` with the parts that are wanted are kept; 0: all. Throws std::runtime_error
// naming the file, and the entry where one is at fault.
ClipList read_clip_list(const std::filesystem::path& source, int max_clips = 0,
                        ClipParts wanted = ClipParts::kWhatIsListed);

// Where classes.json of a list lies, which says what the words in its captions name: beside a file,
// in a folder of shards.
std::filesystem::path class_words_of(const std::filesystem::path& source);

// Copies it, if there is one, beside a list that is written into `folder`.
void copy_class_words(const std::filesystem::path& source, const std::filesystem::path& folder);

// The remarks, to standard error.
void print_remarks(const ClipList& list);

}  // namespace dali
