// SPDX-License-Identifier: LGPL-2.1-or-later
#include "media/clips/shard_sample.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "media/clips/unique_names.h"
#include "media/text/trimmed.h"

namespace dali {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::pair<std::string_view, PartKind> kKinds[] = {
    {"wav", PartKind::kWav},        {"flac", PartKind::kOtherSound},
    {"mp3", PartKind::kOtherSound}, {"ogg", PartKind::kOtherSound},
    {"oga", PartKind::kOtherSound}, {"opus", PartKind::kOtherSound},
    {"m4a", PartKind::kOtherSound}, {"aac", PartKind::kOtherSound},
    {"aif", PartKind::kOtherSound}, {"aiff", PartKind::kOtherSound},
    {"jpg", PartKind::kFrame},      {"jpeg", PartKind::kFrame},
    {"ppm", PartKind::kFrame},      {"png", PartKind::kFrame},
    {"webp", PartKind::kFrame},     {"mp4", PartKind::kVideo},
    {"m4v", PartKind::kVideo},      {"mov", PartKind::kVideo},
    {"mkv", PartKind::kVideo},      {"webm", PartKind::kVideo},
    {"avi", PartKind::kVideo},      {"ts", PartKind::kVideo},
    {"mpg", PartKind::kVideo},      {"txt", PartKind::kText},
    {"json", PartKind::kJson},      {"cls", PartKind::kClass},
};

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

// "frame_9" before "frame_10".
bool comes_before(std::string_view left, std::string_view right) {
  const auto take_number = [](std::string_view& text) {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto digits = text.substr(0, end);
    text.remove_prefix(end);
    const auto zeros = std::min(digits.find_first_not_of('0'), digits.size());
    return digits.substr(zeros);
  };
  while (!left.empty() && !right.empty()) {
    if (is_digit(left.front()) && is_digit(right.front())) {
      const auto one = take_number(left);
      const auto other = take_number(right);
      if (one.size() != other.size()) return one.size() < other.size();
      if (one != other) return one < other;
    } else if (left.front() != right.front()) {
      return left.front() < right.front();
    } else {
      left.remove_prefix(1);
      right.remove_prefix(1);
    }
  }
  return left.size() < right.size();
}

// Texts as a manifest has them, or a single one.
std::vector<std::string> texts_of(const json& known, const char* key) {
  if (!known.contains(key)) return {};
  const json& texts = known[key];
  if (texts.is_string()) return {texts.get<std::string>()};
  return texts.get<std::vector<std::string>>();
}

// What other data sets' json calls a caption of the sample: LAION's audio sets "text", those of
// img2dataset "caption".
constexpr const char* kCaptionKeys[] = {"text", "caption", "captions"};

// Many sets say the same in a json and in a txt, or under two keys; but people who say the same as
// others are heard.
void add_captions(Clip& clip, const std::vector<std::string>& texts) {
  const std::vector<std::string> said_elsewhere = clip.audio_captions;
  for (const std::string& text : texts) {
    std::string caption = trimmed(text);
    const bool is_known = std::ranges::find(said_elsewhere, caption) != said_elsewhere.end();
    if (!caption.empty() && !is_known) clip.audio_captions.push_back(std::move(caption));
  }
}

bool holds_texts(const json& value) {
  return value.is_string() || (value.is_array() && std::ranges::all_of(value, [](const json& each) {
                                 return each.is_string();
                               }));
}

// Whether anything was understood.
bool describe_as_others(Clip& clip, const json& known) {
  bool is_understood = false;
  for (const char* key : kCaptionKeys) {
    if (!known.contains(key) || !holds_texts(known[key])) continue;
    is_understood = true;
    add_captions(clip, texts_of(known, key));
  }
  return is_understood;
}

bool is_of_manifest(const json& known) {
  const auto holds = [&](const char* key) { return known.contains(key); };
  return std::ranges::any_of(kClipTexts, holds, &ClipTexts::key) || holds("start") ||
         holds("duration") || holds("extraction");
}

void describe(Clip& clip, const json& known) {
  if (known.contains("id")) {
    const json& id = known["id"];
    clip.id = id.is_string() ? id.get<std::string>() : id.dump();
  }
  clip.start_s = known.value("start", clip.start_s);
  clip.duration_s = known.value("duration", clip.duration_s);
  if (!(clip.start_s >= 0.0 && clip.duration_s >= 0.0)) {
    throw std::runtime_error("start and duration must not be negative");
  }
  clip.extraction = known.value("extraction", clip.extraction);
  for (const auto& [key, member] : kClipTexts) {
    const auto more = texts_of(known, key);
    (clip.*member).insert((clip.*member).end(), more.begin(), more.end());
  }
}

// A class a line, by its name or its number.
void add_classes(Clip& clip, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string name = trimmed(line);
    if (!name.empty()) clip.sounds.push_back(name);
  }
}

// "music.wav" -> "music"; "wav" -> "".
std::string name_before_ending(const std::string& extension) {
  const auto dot = extension.rfind('.');
  return dot == std::string::npos ? "" : extension.substr(0, dot);
}

// The sounds that are a clip each: of the names before their endings. WAV goes before the same in
// another format, the sample's own before those that have a name besides.
std::vector<std::string> sounds_of(const ShardSample& sample, ShardRemarks& remarks) {
  std::vector<std::string> sounds;
  std::vector<std::string> others;
  for (const auto& [extension, file] : sample.files) {
    if (kind_of_part(extension) == PartKind::kWav) sounds.push_back(extension);
    if (kind_of_part(extension) == PartKind::kOtherSound) others.push_back(extension);
  }
  if (sounds.empty()) sounds.swap(others);
  if (!others.empty()) {
    remarks["sounds in other formats than a WAV of their sample are not used"] += others.size();
  }
  const auto own = std::ranges::find(sounds, std::string(), name_before_ending);
  if (own != sounds.end() && sounds.size() > 1) {
    remarks["sounds beside their sample's own are not used"] += sounds.size() - 1;
    return {*own};
  }
  return sounds;
}

// Of several sounds' names, the longest that the part's name begins with; empty: it is of all.
std::string owner_of(const std::string& extension, const std::vector<std::string>& names) {
  std::string owner;
  for (const std::string& name : names) {
    if (extension.starts_with(name + ".") && name.size() > owner.size()) owner = name;
  }
  return owner;
}

}  // namespace

PartKind kind_of_part(const std::string& extension) {
  const auto dot = extension.rfind('.');
  const auto ending = std::string_view(extension).substr(dot == std::string::npos ? 0 : dot + 1);
  const auto* found =
      std::ranges::find(kKinds, ending, &std::pair<std::string_view, PartKind>::first);
  return found == std::end(kKinds) ? PartKind::kUnknown : found->second;
}

bool is_sound_or_video(PartKind kind) {
  return kind == PartKind::kWav || kind == PartKind::kOtherSound || kind == PartKind::kVideo;
}

bool is_text(PartKind kind) {
  return kind == PartKind::kText || kind == PartKind::kJson || kind == PartKind::kClass;
}

std::vector<Clip> clips_of_sample(const ShardSample& sample, ShardRemarks& remarks) {
  std::vector<std::string> sounds = sounds_of(sample, remarks);
  std::vector<std::string> names;
  for (const std::string& sound : sounds) names.push_back(name_before_ending(sound));
  if (sounds.empty()) sounds.emplace_back();  // one clip, without

  std::vector<Clip> clips;
  for (const std::string& sound : sounds) {
    const std::string name = name_before_ending(sound);
    const auto is_of_this = [&](const std::string& extension) {
      const std::string owner = owner_of(extension, names);
      return sounds.size() == 1 || owner.empty() || owner == name;
    };
    Clip clip;
    clip.id = sample.key + (sounds.size() == 1 ? "" : "." + name);
    if (!sound.empty()) clip.audio = sample.files.at(sound);
    std::vector<std::string> frames;
    for (const auto& [extension, file] : sample.files) {
      if (!is_of_this(extension)) continue;
      if (kind_of_part(extension) == PartKind::kFrame) frames.push_back(extension);
      if (kind_of_part(extension) == PartKind::kVideo) clip.media = file;
    }
    if (clip.media.empty()) clip.media = clip.audio;
    std::ranges::sort(frames, comes_before);
    for (const std::string& frame : frames) clip.frames.push_back(sample.files.at(frame));
    std::vector<std::string> written;  // in txt
    for (const auto& [extension, text] : sample.texts) {
      if (!is_of_this(extension)) continue;
      if (kind_of_part(extension) == PartKind::kText) {
        written.push_back(text);
      } else if (kind_of_part(extension) == PartKind::kClass) {
        add_classes(clip, text);
      } else if (const json known = json::parse(text); !known.is_object()) {
        ++remarks["json parts that are no objects are not used"];
      } else if (is_of_manifest(known)) {
        describe(clip, known);
      } else if (const bool has_id = known.contains("id");
                 describe_as_others(clip, known) || has_id) {
        if (has_id) describe(clip, {{"id", known["id"]}});
      } else {
        ++remarks["json parts say nothing of a clip that is understood"];
      }
    }
    add_captions(clip, written);
    if (clip.id.empty()) clip.id = sample.key;
    clip.id = file_name_of(clip.id);
    clips.push_back(std::move(clip));
  }
  return clips;
}

}  // namespace dali
