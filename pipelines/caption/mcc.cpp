// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/mcc.h"

#include <fmt/format.h>
#include <glib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <string_view>

#include "gst-plugin/typesetting/cea608_encoder.h"
#include "gst-plugin/typesetting/cea708_encoder.h"
#include "gst-plugin/typesetting/closed_caption_data.h"
#include "pipelines/caption/drop_frame_time.h"

namespace dali {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::int64_t kMillisecondNs = 1'000'000;

// The format wants these words in every file, as they are.
constexpr const char* kHead =
    "File Format=MacCaption_MCC V1.0\r\n"
    "\r\n"
    "///////////////////////////////////////////////////////////////////////////////////\r\n"
    "// Computer Prompting and Captioning Company\r\n"
    "// Ancillary Data Packet Transfer File\r\n"
    "//\r\n"
    "// Permission to generate this format is granted provided that\r\n"
    "//   1. This ANC Transfer file format is used on an as-is basis and no warranty is given, "
    "and\r\n"
    "//   2. This entire descriptive information text is included in a generated .mcc file.\r\n"
    "//\r\n"
    "// General file format:\r\n"
    "//   HH:MM:SS:FF(tab)[Hexadecimal ANC data in groups of 2 characters]\r\n"
    "//     Hexadecimal data starts with the Ancillary Data Packet DID (Data ID defined in "
    "S291M)\r\n"
    "//       and concludes with the Check Sum following the User Data Words.\r\n"
    "//     Each time code line must contain at most one complete ancillary data packet.\r\n"
    "//     To transfer additional ANC Data successive lines may contain identical time code.\r\n"
    "//     Time Code Rate=[24, 25, 30, 30DF, 50, 60]\r\n"
    "//\r\n"
    "//   ANC data bytes may be represented by one ASCII character according to the following "
    "schema:\r\n"
    "//     G  FAh 00h 00h\r\n"
    "//     H  2 x (FAh 00h 00h)\r\n"
    "//     I  3 x (FAh 00h 00h)\r\n"
    "//     J  4 x (FAh 00h 00h)\r\n"
    "//     K  5 x (FAh 00h 00h)\r\n"
    "//     L  6 x (FAh 00h 00h)\r\n"
    "//     M  7 x (FAh 00h 00h)\r\n"
    "//     N  8 x (FAh 00h 00h)\r\n"
    "//     O  9 x (FAh 00h 00h)\r\n"
    "//     P  FBh 80h 80h\r\n"
    "//     Q  FCh 80h 80h\r\n"
    "//     R  FDh 80h 80h\r\n"
    "//     S  96h 69h\r\n"
    "//     T  61h 01h\r\n"
    "//     U  E1h 00h 00h 00h\r\n"
    "//     Z  00h\r\n"
    "//\r\n"
    "///////////////////////////////////////////////////////////////////////////////////\r\n"
    "\r\n";

// The same schema, from the longest runs to the shortest.
struct Abbreviation {
  char letter;
  std::string_view digits;
  int times = 1;
};
constexpr std::array<Abbreviation, 16> kAbbreviations = {{{'O', "FA0000", 9},
                                                          {'N', "FA0000", 8},
                                                          {'M', "FA0000", 7},
                                                          {'L', "FA0000", 6},
                                                          {'K', "FA0000", 5},
                                                          {'J', "FA0000", 4},
                                                          {'I', "FA0000", 3},
                                                          {'H', "FA0000", 2},
                                                          {'G', "FA0000"},
                                                          {'U', "E1000000"},
                                                          {'P', "FB8080"},
                                                          {'Q', "FC8080"},
                                                          {'R', "FD8080"},
                                                          {'S', "9669"},
                                                          {'T', "6101"},
                                                          {'Z', "00"}}};

std::string abbreviated(const Bytes& bytes) {
  std::string digits;
  for (const std::uint8_t byte : bytes) digits += fmt::format("{:02X}", byte);
  std::string text;
  for (std::string_view rest = digits; !rest.empty();) {
    const auto fits = [&](const Abbreviation& candidate) {
      std::string whole;
      for (int time = 0; time < candidate.times; ++time) whole += candidate.digits;
      return rest.starts_with(whole);
    };
    const auto* found = std::ranges::find_if(kAbbreviations, fits);
    if (found == kAbbreviations.end()) {
      text += rest.substr(0, 2);
      rest.remove_prefix(2);
    } else {
      text += found->letter;
      rest.remove_prefix(found->digits.size() * static_cast<std::size_t>(found->times));
    }
  }
  return text;
}

std::uint8_t sum_of(const Bytes& bytes) {
  return std::accumulate(
      bytes.begin(), bytes.end(), std::uint8_t{0},
      [](std::uint8_t sum, std::uint8_t byte) { return static_cast<std::uint8_t>(sum + byte); });
}

void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

Bytes distribution_packet(const Bytes& cc_data, int sequence) {
  constexpr std::uint8_t kRate = 0x4F;   // 29.97 frames a second
  constexpr std::uint8_t kFlags = 0x43;  // cc_data is there, and captions are being sent
  const auto high = static_cast<std::uint8_t>(sequence >> 8);
  const auto low = static_cast<std::uint8_t>(sequence);
  const auto count = static_cast<std::uint8_t>(cc_data.size() / 3);
  Bytes packet = {0x96, 0x69, 0, kRate, kFlags, high, low};
  append(packet, {0x72, static_cast<std::uint8_t>(0xE0 | count)});
  append(packet, cc_data);
  append(packet, {0x74, high, low, 0});
  packet[2] = static_cast<std::uint8_t>(packet.size());
  packet.back() = static_cast<std::uint8_t>(-sum_of(packet));
  return packet;
}

Bytes ancillary_packet(const Bytes& content) {
  Bytes packet = {0x61, 0x01, static_cast<std::uint8_t>(content.size())};
  append(packet, content);
  packet.push_back(sum_of(packet));
  return packet;
}

// All that the encoders send: a line for each frame that carries something.
std::string lines_of(Cea608Encoder& beside, Cea708Encoder& encoder) {
  const ClosedCaptionRoom room = closed_caption_room(30000, 1001);
  std::string lines;
  int sequence = 0;
  for (std::int64_t frame = 0; frame < kDropFramesPerDay; ++frame) {
    if (beside.is_idle() && encoder.is_idle()) break;
    const std::int64_t start_ns = drop_frame_start_ns(frame);
    const Cea608Pair pair = beside.next(start_ns);
    const Bytes triplets = encoder.next(start_ns, room.packets_708);
    if (pair == Cea608Pair{} && triplets.empty()) continue;
    const Bytes data = closed_caption_data(room, pair, true, false, triplets);
    lines += drop_frame_timecode(frame, ':') + '\t' +
             abbreviated(ancillary_packet(distribution_packet(data, sequence++))) + "\r\n";
  }
  return lines;
}

// By the name of what is in it (RFC 4122, 4.3).
std::string uuid_of(const std::string& content) {
  g_autofree gchar* digest = g_compute_checksum_for_data(
      G_CHECKSUM_SHA1, reinterpret_cast<const guchar*>(content.data()), content.size());
  const std::string digits = digest;
  return digits.substr(0, 8) + '-' + digits.substr(8, 4) + "-5" + digits.substr(13, 3) + "-a" +
         digits.substr(17, 3) + '-' + digits.substr(20, 12);
}

}  // namespace

WrittenText to_mcc(const std::vector<TimedCaption>& captions, const std::string& /*language*/) {
  WrittenText written;
  const Cea608Settings settings{.mode = Cea608Mode::kPopOn};
  Cea608Encoder beside(settings);
  Cea708Encoder encoder(settings);
  for (const CueInTurn& cue : cues_in_turn(captions, written.losses)) {
    const std::int64_t end_ns = cue.end_ms * kMillisecondNs;
    if (end_ns > drop_frame_start_ns(kDropFramesPerDay)) {
      written.losses.push_back(loss_clause(cue.text, cue.start_ms, "timecodes end with the day"));
      continue;
    }
    beside.add(cue.text, cue.start_ms * kMillisecondNs, end_ns);
    encoder.add(cue.text, cue.start_ms * kMillisecondNs, end_ns);
  }
  const std::string lines = lines_of(beside, encoder);
  written.text = kHead + ("UUID=" + uuid_of(lines)) +
                 "\r\nCreation Program=gst-dali\r\nTime Code Rate=30DF\r\n\r\n" + lines;
  add_losses(beside.take_losses(), written.losses);
  add_losses(encoder.take_losses(), written.losses);
  return written;
}

}  // namespace dali
