// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/output_format.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "pipelines/caption/caption_formats.h"
#include "pipelines/caption/mcc.h"
#include "pipelines/caption/programme_picture.h"
#include "pipelines/caption/scc.h"
#include "pipelines/caption/stl.h"
#include "pipelines/caption/ttml.h"

namespace dali {
namespace {

// A format that holds whatever a caption is.
template <std::string (*kWrite)(const std::vector<TimedCaption>&)>
WrittenText all_of(const std::vector<TimedCaption>& captions, const AboutMedium& /*medium*/) {
  return {.text = kWrite(captions), .losses = {}};
}

// One that says which language it is in.
template <WrittenText (*kWrite)(const std::vector<TimedCaption>&, const std::string&)>
WrittenText in_language(const std::vector<TimedCaption>& captions, const AboutMedium& medium) {
  return kWrite(captions, medium.language);
}

// One that holds what the medium is besides.
template <std::string (*kWrite)(const std::vector<TimedCaption>&, const AboutMedium&)>
WrittenText with_its_medium(const std::vector<TimedCaption>& captions, const AboutMedium& medium) {
  return {.text = kWrite(captions, medium), .losses = {}};
}

constexpr std::array<OutputFormat, 10> kFormats = {{
    {"vtt", all_of<to_webvtt>},
    {"srt", all_of<to_srt>},
    {"ttml", in_language<to_ttml>},
    {"scc", in_language<to_scc>},
    {"mcc", in_language<to_mcc>},
    {"stl", in_language<to_stl>},
    {"json", with_its_medium<to_json>},
    {"svg", with_its_medium<to_svg>},
    {"mkv", Container::kMatroska},
    {"mp4", Container::kMp4},
}};

bool is_chosen(const OutputFormat& format, FormatChoice choice) {
  return choice == FormatChoice::kAll ||
         format.is_container() == (choice == FormatChoice::kContainers);
}

bool is_same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

}  // namespace

std::span<const OutputFormat> output_formats() {
  return kFormats;
}

const OutputFormat* output_format_named(std::string_view name) {
  const auto* found = std::ranges::find_if(kFormats, [&](const OutputFormat& format) {
    return std::ranges::equal(std::string_view(format.name), name, is_same_letter);
  });
  return found == kFormats.end() ? nullptr : found;
}

std::string format_names(FormatChoice choice, std::string_view mark) {
  std::vector<std::string> names;
  for (const OutputFormat& format : kFormats) {
    if (is_chosen(format, choice)) names.push_back(std::string(mark) + format.name);
  }
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_last = i + 1 == names.size();
    if (i > 0) list += is_last ? " or " : ", ";
    list += names[i];
  }
  return list;
}

}  // namespace dali
