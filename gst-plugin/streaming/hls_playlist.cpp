// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/hls_playlist.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <stdexcept>
#include <string>

namespace dali {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kMillisecondNs = 1'000'000;

constexpr std::string_view kTargetDuration = "#EXT-X-TARGETDURATION:";
constexpr std::string_view kMediaSequence = "#EXT-X-MEDIA-SEQUENCE:";
constexpr std::string_view kDiscontinuitySequence = "#EXT-X-DISCONTINUITY-SEQUENCE:";
constexpr std::string_view kDiscontinuity = "#EXT-X-DISCONTINUITY";
constexpr std::string_view kDateTime = "#EXT-X-PROGRAM-DATE-TIME:";
constexpr std::string_view kDuration = "#EXTINF:";
constexpr std::string_view kInitialisation = "#EXT-X-MAP:URI=\"";

// Of the standard, which fragments of MP4 need; segments of other kinds need but durations with
// fractions.
constexpr int kVersionOfFragments = 7;
constexpr int kVersion = 3;

// Players compare the rounded duration with the target.
std::int64_t rounded_seconds(std::int64_t duration_ns) {
  return (duration_ns + kSecondNs / 2) / kSecondNs;
}

template <typename Number>
Number number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error(fmt::format("\"{}\" is not a number", text));
  }
  return number;
}

// As utc_time() writes it.
std::int64_t wall_time_of(const std::string& text) {
  std::tm parts = {};
  const char* const rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (!rest || *rest != '.') throw std::runtime_error(fmt::format("\"{}\" is not a time", text));
  const std::string_view fraction = rest + 1;
  const auto ms = number_of<std::int64_t>(fraction.substr(0, fraction.size() - 1));
  return timegm(&parts) * kSecondNs + ms * kMillisecondNs;
}

// Players that take what is quoted at its word.
std::string unquoted(std::string text) {
  std::erase_if(text,
                [](char letter) { return letter == '"' || letter == '\n' || letter == '\r'; });
  return text;
}

}  // namespace

std::string utc_time(std::int64_t wall_time_ns) {
  const std::int64_t ms = (wall_time_ns + kMillisecondNs / 2) / kMillisecondNs;
  const std::time_t seconds = ms / 1000;
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     ms % 1000);
}

void HlsPlaylist::read(std::string_view text, const NumberOf& initialisation_at) {
  if (!text.starts_with("#EXTM3U\n")) throw std::runtime_error("it is no playlist");
  HlsPlaylist known(target_duration_s_, length_);
  HlsSegment segment;
  std::optional<std::uint64_t> initialised_at;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto value_of = [&](std::string_view tag) { return line.substr(tag.size()); };
    if (line.starts_with(kMediaSequence)) {
      known.first_number_ = number_of<std::uint64_t>(value_of(kMediaSequence));
    } else if (line.starts_with(kDiscontinuitySequence)) {
      known.discontinuities_before_ = number_of<std::uint64_t>(value_of(kDiscontinuitySequence));
    } else if (line == kDiscontinuity) {
      segment.is_discontinuous = true;
    } else if (line.starts_with(kDateTime)) {
      segment.wall_time_ns = wall_time_of(std::string(value_of(kDateTime)));
    } else if (line.starts_with(kInitialisation)) {
      const std::string_view address = value_of(kInitialisation);
      initialised_at = initialisation_at ? initialisation_at(address.substr(0, address.find('"')))
                                         : std::nullopt;
    } else if (line.starts_with(kDuration)) {
      const std::string_view value = value_of(kDuration);
      const auto seconds = number_of<double>(value.substr(0, value.find(',')));
      if (!(seconds >= 0.0 && seconds < 1e6)) throw std::runtime_error("it has no durations");
      segment.duration_ns = std::llround(seconds * 1e9);
    } else if (!line.empty() && line.front() != '#') {
      segment.number = known.next_number();
      segment.initialised_at = initialised_at;
      known.segments_.push_back(segment);
      segment = {};
    }
  }
  first_number_ = known.first_number_;
  discontinuities_before_ = known.discontinuities_before_;
  segments_.clear();
  for (const HlsSegment& each : known.segments_) add(each);
}

void HlsPlaylist::add(HlsSegment segment) {
  segment.number = next_number();
  target_duration_s_ = std::max(target_duration_s_, rounded_seconds(segment.duration_ns));
  segments_.push_back(segment);
  slide();
}

void HlsPlaylist::slide() {
  std::int64_t left_ns = 0;
  for (const HlsSegment& segment : segments_) left_ns += segment.duration_ns;
  while (length_ > 0 && segments_.size() > length_) {
    left_ns -= segments_.front().duration_ns;
    if (left_ns < 3 * target_duration_s_ * kSecondNs) return;
    discontinuities_before_ += segments_.front().is_discontinuous ? 1 : 0;
    segments_.pop_front();
    ++first_number_;
  }
}

void HlsPlaylist::forget_segments() {
  for (const HlsSegment& segment : segments_) {
    discontinuities_before_ += segment.is_discontinuous ? 1 : 0;
  }
  first_number_ = next_number();
  segments_.clear();
}

std::string HlsPlaylist::text(const AddressOf& address_of, bool has_ended,
                              const AddressOf& initialisation_of) const {
  std::string text = fmt::format("#EXTM3U\n#EXT-X-VERSION:{}\n{}{}\n{}{}\n{}{}\n",
                                 initialisation_of ? kVersionOfFragments : kVersion,
                                 kTargetDuration, target_duration_s_, kMediaSequence, first_number_,
                                 kDiscontinuitySequence, discontinuities_before_);
  if (length_ == 0) text += "#EXT-X-PLAYLIST-TYPE:EVENT\n";
  text += "#EXT-X-INDEPENDENT-SEGMENTS\n";
  std::optional<std::uint64_t> initialised_at;
  for (const HlsSegment& segment : segments_) {
    if (segment.is_discontinuous) text += fmt::format("{}\n", kDiscontinuity);
    if (initialisation_of && segment.initialised_at && segment.initialised_at != initialised_at) {
      initialised_at = segment.initialised_at;
      text += fmt::format("{}{}\"\n", kInitialisation, initialisation_of(*initialised_at));
    }
    text +=
        fmt::format("{}{}\n{}{:.6f},\n{}\n", kDateTime, utc_time(segment.wall_time_ns), kDuration,
                    static_cast<double>(segment.duration_ns) / 1e9, address_of(segment.number));
  }
  if (has_ended) text += "#EXT-X-ENDLIST\n";
  return text;
}

std::string master_playlist(const HlsVariant& variant) {
  std::string text = fmt::format("#EXTM3U\n#EXT-X-VERSION:{}\n#EXT-X-INDEPENDENT-SEGMENTS\n",
                                 variant.is_fragmented ? kVersionOfFragments : kVersion);
  if (variant.sound_address) {
    text += "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"Sound\",DEFAULT=YES,AUTOSELECT=YES";
    if (variant.sound_channels > 0) {
      text += fmt::format(",CHANNELS=\"{}\"", variant.sound_channels);
    }
    text += fmt::format(",URI=\"{}\"\n", *variant.sound_address);
  }
  if (variant.captions_address) {
    text += "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"captions\",NAME=\"Captions\"";
    if (!variant.language.empty()) {
      text += fmt::format(",LANGUAGE=\"{}\"", unquoted(variant.language));
    }
    text += fmt::format(
        ",DEFAULT=YES,AUTOSELECT=YES,FORCED=NO,"
        "CHARACTERISTICS=\"public.accessibility.describes-music-and-sound\",URI=\"{}\"\n",
        *variant.captions_address);
  }
  text += fmt::format("#EXT-X-STREAM-INF:BANDWIDTH={}", variant.bits_per_second);
  if (!variant.codecs.empty()) text += fmt::format(",CODECS=\"{}\"", unquoted(variant.codecs));
  if (variant.width_px > 0 && variant.height_px > 0) {
    text += fmt::format(",RESOLUTION={}x{}", variant.width_px, variant.height_px);
  }
  if (variant.frames_per_second > 0.0) {
    text += fmt::format(",FRAME-RATE={:.3f}", variant.frames_per_second);
  }
  if (variant.sound_address) text += ",AUDIO=\"sound\"";
  if (variant.captions_address) text += ",SUBTITLES=\"captions\"";
  return text + '\n' + variant.address + '\n';
}

}  // namespace dali
