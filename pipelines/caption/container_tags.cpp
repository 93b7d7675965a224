// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/container_tags.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

namespace dali {
namespace {

std::string in_small_letters(std::string text) {
  for (char& letter : text) {
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return text;
}

// What says how a file was made, and would be wrong of another file.
bool speaks_of_the_file(const std::string& key) {
  static const std::set<std::string> kKeys = {"major_brand", "minor_version", "compatible_brands",
                                              "encoder", "duration"};
  return kKeys.contains(in_small_letters(key));
}

// mkvmerge's statistics of a track, and what names its encoder.
bool speaks_of_the_encoding(const std::string& key) {
  constexpr std::array<std::string_view, 8> kBeginnings = {
      "encoder",          "vendor_id",       "bps",          "duration",
      "number_of_frames", "number_of_bytes", "_statistics_", "alpha_mode"};
  const std::string small = in_small_letters(key);
  return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view beginning) { return small.starts_with(beginning); });
}

void copy_metadata(const AVDictionary* from, AVDictionary** to,
                   bool (*is_left_out)(const std::string&)) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(from, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    if (!is_left_out(entry->key)) av_dict_set(to, entry->key, entry->value, 0);
  }
}

std::string value_of(const AVDictionary* tags, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(tags, key, nullptr, 0);
  return entry != nullptr ? entry->value : "";
}

// "SoundHandler", "Core Media Video", "Mainconcept MP4 Sound Media Handler".
bool is_of_a_program(const std::string& handler) {
  const std::string small = in_small_letters(handler);
  return small.empty() || small.ends_with("handler") || small.ends_with("handle") ||
         small.starts_with("core media") || small.find("gpac") != std::string::npos;
}

std::set<std::string> values_of(const AVFormatContext* context) {
  std::set<std::string> values;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(context->metadata, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    values.insert(entry->value);
  }
  return values;
}

}  // namespace

void copy_tags_and_chapters(const MediaInput& input, AVFormatContext* output) {
  const AVFormatContext* from = input.context();
  copy_metadata(from->metadata, &output->metadata, speaks_of_the_file);
  for (unsigned i = 0; i < from->nb_chapters; ++i) {
    const AVChapter& chapter = *from->chapters[i];
    const std::int64_t origin = input.start_in(chapter.time_base);
    auto* copy = static_cast<AVChapter*>(allocated(av_mallocz(sizeof(AVChapter))));
    copy->id = chapter.id;
    copy->time_base = chapter.time_base;
    copy->start = std::max<std::int64_t>(chapter.start - origin, 0);
    copy->end = chapter.end == AV_NOPTS_VALUE
                    ? chapter.end
                    : std::max<std::int64_t>(chapter.end - origin, copy->start);
    av_dict_copy(&copy->metadata, chapter.metadata, 0);
    auto* chapters = static_cast<AVChapter**>(
        allocated(av_realloc_array(output->chapters, output->nb_chapters + 1, sizeof(AVChapter*))));
    output->chapters = chapters;
    chapters[output->nb_chapters++] = copy;
  }
}

void copy_stream_tags(const AVStream* input, AVStream* output, Container container,
                      StreamContent content) {
  const auto speaks_of_nothing = [](const std::string&) { return false; };
  copy_metadata(input->metadata, &output->metadata,
                content == StreamContent::kSame ? +speaks_of_nothing : speaks_of_the_encoding);
  // What Matroska calls a track's title is the name of its handler in MP4, where most tracks have
  // none but that of the program that wrote them.
  const std::string title = value_of(input->metadata, "title");
  const std::string handler = value_of(input->metadata, "handler_name");
  if (container == Container::kMatroska) {
    if (title.empty() && !is_of_a_program(handler)) {
      av_dict_set(&output->metadata, "title", handler.c_str(), 0);
    }
    av_dict_set(&output->metadata, "handler_name", nullptr, 0);
    av_dict_set(&output->metadata, "vendor_id", nullptr, 0);
  } else if (!title.empty() && is_of_a_program(handler)) {
    av_dict_set(&output->metadata, "handler_name", title.c_str(), 0);
  }
}

std::string lost_tags(const MediaInput& input, const std::filesystem::path& output) {
  AVFormatContext* written = nullptr;
  if (avformat_open_input(&written, ("file:" + output.string()).c_str(), nullptr, nullptr) < 0) {
    return "";
  }
  const InputHandle owned(written);
  const std::set<std::string> values = values_of(written);
  std::string lost;
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(input.context()->metadata, "", entry, AV_DICT_IGNORE_SUFFIX)) !=
         nullptr) {
    // Containers may have another name for a tag, or another form of its value.
    if (speaks_of_the_file(entry->key) || values.contains(entry->value) ||
        av_dict_get(written->metadata, entry->key, nullptr, 0) != nullptr) {
      continue;
    }
    lost += (lost.empty() ? "the tag " : ", the tag ") + std::string(entry->key);
  }
  if (written->nb_chapters < input.context()->nb_chapters) {
    lost += std::string(lost.empty() ? "" : ", ") + "chapters";
  }
  return lost;
}

}  // namespace dali
