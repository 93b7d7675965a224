// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/streaming/cmaf_track.h"

#include <stdexcept>

#include "gst-plugin/streaming/access_unit.h"
#include "gst-plugin/streaming/box_writer.h"

namespace dali {
namespace {

constexpr std::uint32_t kPictureTicksPerSecond = 90000;
constexpr std::uint32_t kCueTicksPerSecond = 1000;

// Of the descriptors that an "esds" is made of (ISO/IEC 14496-1).
constexpr unsigned kStreamDescriptor = 3;
constexpr unsigned kDecoderDescriptor = 4;
constexpr unsigned kDecoderSpecificDescriptor = 5;
constexpr unsigned kLayerDescriptor = 6;
constexpr unsigned kAacObject = 0x40;
constexpr unsigned kMpeg1AudioObject = 0x6b;
constexpr unsigned kMpeg2AudioObject = 0x69;

// All sample entries begin with it; the one description is the first.
void write_entry_head(BoxWriter& writer) {
  writer.zeros(6);
  writer.number(1, 2);
}

void write_sound_head(BoxWriter& writer, const SoundForm& form) {
  write_entry_head(writer);
  writer.zeros(8);
  writer.number(static_cast<std::uint64_t>(form.channels), 2);
  writer.number(16, 2);  // bits a sample, whatever the codec has
  writer.zeros(4);
  // A fixed-point number, which cannot tell a rate above 65535: readers take the codec's then.
  const auto rate = static_cast<std::uint64_t>(form.rate_hz);
  writer.number(rate <= 0xffff ? rate << 16 : 0, 4);
}

template <typename Content>
void write_descriptor(BoxWriter& writer, unsigned tag, Content&& content) {
  BoxWriter inside;
  content(inside);
  const std::string bytes = inside.take();
  writer.number(tag, 1);
  // Seven bits a byte; four bytes always will do.
  for (int shift = 21; shift >= 0; shift -= 7) {
    writer.number((bytes.size() >> shift & 0x7f) | (shift > 0 ? 0x80 : 0), 1);
  }
  writer.append(bytes);
}

std::string mp4a_entry(const SoundForm& form, unsigned object, std::string_view configuration) {
  BoxWriter writer;
  writer.box("mp4a", [&] {
    write_sound_head(writer, form);
    writer.full_box("esds", 0, 0, [&] {
      write_descriptor(writer, kStreamDescriptor, [&](BoxWriter& stream) {
        stream.zeros(3);
        write_descriptor(stream, kDecoderDescriptor, [&](BoxWriter& decoder) {
          decoder.number(object, 1);
          decoder.number(0x15, 1);  // sound, for the one who plays
          decoder.zeros(3 + 4 + 4);
          if (configuration.empty()) return;
          write_descriptor(decoder, kDecoderSpecificDescriptor,
                           [&](BoxWriter& specific) { specific.append(configuration); });
        });
        write_descriptor(stream, kLayerDescriptor, [](BoxWriter& layer) { layer.number(2, 1); });
      });
    });
  });
  return writer.take();
}

// What "dac3" holds of a frame's header (ETSI TS 102 366, 4.4 and annex F).
std::uint32_t ac3_configuration(std::string_view frame) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(frame[at]); };
  if (frame.size() < 8 || byte(0) != 0x0b || byte(1) != 0x77) {
    throw std::runtime_error("sound that is to be AC-3 does not begin as a frame of it");
  }
  const std::uint32_t rate = byte(4) >> 6;
  const std::uint32_t size = byte(4) & 0x3f;
  const std::uint32_t version = byte(5) >> 3;
  const std::uint32_t mode = byte(5) & 7;
  const std::uint32_t channels = byte(6) >> 5;
  // Levels of what is mixed stand before the flag for the low frequencies, as there are channels.
  unsigned skipped = 3;
  if ((channels & 1) != 0 && channels != 1) skipped += 2;
  if ((channels & 4) != 0) skipped += 2;
  if (channels == 2) skipped += 2;
  const std::uint32_t bits = std::uint32_t{byte(6)} << 8 | byte(7);
  const std::uint32_t has_low = bits >> (15 - skipped) & 1;
  return rate << 22 | version << 17 | mode << 14 | channels << 11 | has_low << 10 |
         (size >> 1) << 5;
}

// Sizes, colours and the like that stand in every file and that nobody reads.
void write_matrix(BoxWriter& writer) {
  for (const std::uint32_t number : {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000}) {
    writer.number(number, 4);
  }
}

void write_media_header(BoxWriter& writer, CmafTrack::Kind kind) {
  switch (kind) {
    case CmafTrack::Kind::kVideo:
      writer.full_box("vmhd", 0, 1, [&] { writer.zeros(8); });
      return;
    case CmafTrack::Kind::kAudio:
      writer.full_box("smhd", 0, 0, [&] { writer.zeros(4); });
      return;
    case CmafTrack::Kind::kText:
      writer.full_box("nmhd", 0, 0, [] {});
  }
}

const char* handler_of(CmafTrack::Kind kind) {
  switch (kind) {
    case CmafTrack::Kind::kVideo:
      return "vide";
    case CmafTrack::Kind::kAudio:
      return "soun";
    case CmafTrack::Kind::kText:
      break;
  }
  return "text";
}

// No sample stands in the first file.
void write_sample_table(BoxWriter& writer, const CmafTrack& track) {
  writer.box("stbl", [&] {
    writer.full_box("stsd", 0, 0, [&] {
      writer.number(1, 4);
      writer.append(track.sample_entry);
    });
    for (const char* table : {"stts", "stsc"}) {
      writer.full_box(table, 0, 0, [&] { writer.zeros(4); });
    }
    writer.full_box("stsz", 0, 0, [&] { writer.zeros(8); });
    writer.full_box("stco", 0, 0, [&] { writer.zeros(4); });
  });
}

void write_media(BoxWriter& writer, const CmafTrack& track) {
  writer.box("mdia", [&] {
    writer.full_box("mdhd", 0, 0, [&] {
      writer.zeros(8);
      writer.number(track.ticks_per_second, 4);
      writer.zeros(4);
      writer.number(0x55c4, 2);  // "und"
      writer.zeros(2);
    });
    writer.full_box("hdlr", 0, 0, [&] {
      writer.zeros(4);
      writer.append(handler_of(track.kind));
      writer.zeros(12 + 1);
    });
    writer.box("minf", [&] {
      write_media_header(writer, track.kind);
      writer.box("dinf", [&] {
        writer.full_box("dref", 0, 0, [&] {
          writer.number(1, 4);
          writer.full_box("url ", 0, 1, [] {});  // in the file itself
        });
      });
      write_sample_table(writer, track);
    });
  });
}

void write_track(BoxWriter& writer, const CmafTrack& track) {
  writer.box("trak", [&] {
    writer.full_box("tkhd", 0, 7, [&] {  // enabled, in the movie and in its preview
      writer.zeros(8);
      writer.number(1, 4);
      writer.zeros(4 + 4 + 8 + 4);
      writer.number(track.kind == CmafTrack::Kind::kAudio ? 0x100 : 0, 2);
      writer.zeros(2);
      write_matrix(writer);
      writer.number(static_cast<std::uint64_t>(track.width_px) << 16, 4);
      writer.number(static_cast<std::uint64_t>(track.height_px) << 16, 4);
    });
    write_media(writer, track);
  });
}

}  // namespace

CmafTrack h264_track(const H264Form& form) {
  BoxWriter writer;
  writer.box("avc1", [&] {
    write_entry_head(writer);
    writer.zeros(16);
    writer.number(static_cast<std::uint64_t>(form.width_px), 2);
    writer.number(static_cast<std::uint64_t>(form.height_px), 2);
    writer.number(0x480000, 4);  // 72 dots an inch
    writer.number(0x480000, 4);
    writer.zeros(4);
    writer.number(1, 2);
    writer.zeros(32);
    writer.number(24, 2);
    writer.number(0xffff, 2);
    writer.box("avcC", [&] { writer.append(form.configuration); });
    if (form.pixel_width != form.pixel_height) {
      writer.box("pasp", [&] {
        writer.number(static_cast<std::uint64_t>(form.pixel_width), 4);
        writer.number(static_cast<std::uint64_t>(form.pixel_height), 4);
      });
    }
  });
  return {.kind = CmafTrack::Kind::kVideo,
          .ticks_per_second = kPictureTicksPerSecond,
          .width_px = form.width_px,
          .height_px = form.height_px,
          .length_bytes = length_bytes_of(form.configuration),
          .sample_entry = writer.take()};
}

CmafTrack aac_track(const SoundForm& form, std::string_view configuration,
                    std::uint32_t frame_ticks) {
  return {.kind = CmafTrack::Kind::kAudio,
          .ticks_per_second = static_cast<std::uint32_t>(form.rate_hz),
          .frame_ticks = frame_ticks,
          .sample_entry = mp4a_entry(form, kAacObject, configuration)};
}

CmafTrack mpeg_audio_track(const SoundForm& form, int layer) {
  const bool is_low_rate = form.rate_hz < 32000;  // MPEG-2, and half as long in layer 3
  const std::uint32_t layer_3_ticks = is_low_rate ? 576 : 1152;
  const std::uint32_t other_ticks = layer == 1 ? 384 : 1152;
  return {
      .kind = CmafTrack::Kind::kAudio,
      .ticks_per_second = static_cast<std::uint32_t>(form.rate_hz),
      .frame_ticks = layer == 3 ? layer_3_ticks : other_ticks,
      .sample_entry = mp4a_entry(form, is_low_rate ? kMpeg2AudioObject : kMpeg1AudioObject, {})};
}

CmafTrack ac3_track(const SoundForm& form, std::string_view first_frame) {
  const std::uint32_t configuration = ac3_configuration(first_frame);
  BoxWriter writer;
  writer.box("ac-3", [&] {
    write_sound_head(writer, form);
    writer.box("dac3", [&] { writer.number(configuration, 3); });
  });
  return {.kind = CmafTrack::Kind::kAudio,
          .ticks_per_second = static_cast<std::uint32_t>(form.rate_hz),
          .frame_ticks = 1536,
          .sample_entry = writer.take()};
}

CmafTrack wvtt_track() {
  BoxWriter writer;
  writer.box("wvtt", [&] {
    write_entry_head(writer);
    writer.box("vttC", [&] { writer.append("WEBVTT"); });
  });
  return {.kind = CmafTrack::Kind::kText,
          .ticks_per_second = kCueTicksPerSecond,
          .sample_entry = writer.take()};
}

std::string initialisation_segment(const CmafTrack& track) {
  BoxWriter writer;
  writer.box("ftyp", [&] {
    writer.append("cmfc");
    writer.number(0, 4);
    for (const char* brand : {"cmfc", "iso6", "mp41"}) writer.append(brand);
  });
  writer.box("moov", [&] {
    writer.full_box("mvhd", 0, 0, [&] {
      writer.zeros(8);
      writer.number(track.ticks_per_second, 4);
      writer.zeros(4);
      writer.number(0x10000, 4);
      writer.number(0x100, 2);
      writer.zeros(10);
      write_matrix(writer);
      writer.zeros(24);
      writer.number(2, 4);  // the next track's number
    });
    write_track(writer, track);
    writer.box("mvex", [&] {
      writer.full_box("trex", 0, 0, [&] {
        writer.number(1, 4);
        writer.number(1, 4);
        writer.zeros(12);
      });
    });
  });
  return writer.take();
}

}  // namespace dali
