// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/times_before_zero.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "media/decoding/made_by.h"
#include "pipelines/caption/frame_rate.h"
#include "pipelines/caption/libav_handles.h"

namespace dali {
namespace {

// A block's time is 16 bits of milliseconds beside its cluster's, which is 0 or more: what follows
// this time has none before zero among it.
constexpr std::int64_t kLatestWithEarlyOnesNs = 32'768'000'000;
// Less than a picture lasts is what encoders put before their first sample.
constexpr std::int64_t kWorthMovingNs = -10'000'000;

bool is_matroska(const std::filesystem::path& path) {
  constexpr std::array<char, 4> kEbml = {'\x1a', '\x45', '\xdf', '\xa3'};
  std::array<char, 4> magic = {};
  std::ifstream file(path, std::ios::binary);
  return file.read(magic.data(), magic.size()) && magic == kEbml;
}

// "audio_1": what the demuxer of GStreamer calls each of the streams; empty for others.
std::vector<std::string> pad_names(const AVFormatContext& context) {
  std::vector<std::string> names(context.nb_streams);
  int sounds = 0;
  int pictures = 0;
  for (unsigned i = 0; i < context.nb_streams; ++i) {
    const AVStream& stream = *context.streams[i];
    if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) continue;
    const AVMediaType type = stream.codecpar->codec_type;
    if (type == AVMEDIA_TYPE_AUDIO) names[i] = "audio_" + std::to_string(sounds++);
    if (type == AVMEDIA_TYPE_VIDEO) names[i] = "video_" + std::to_string(pictures++);
  }
  return names;
}

// A packet from before zero.
struct EarlyPacket {
  std::optional<std::int64_t> time_ns;  // libavformat finds it for sound alone
  std::int64_t duration_ns = 0;         // 0: unknown
};

// In the file's time: libavformat takes off what the codec needs to begin. Nothing before zero.
std::optional<std::int64_t> time_ns(const AVPacket& packet, const AVStream& stream) {
  const std::int64_t stamp = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (stamp == AV_NOPTS_VALUE) return std::nullopt;
  const AVCodecParameters& codec = *stream.codecpar;
  const std::int64_t time = av_rescale_q(stamp, stream.time_base, kNanoseconds);
  if (codec.initial_padding <= 0 || codec.sample_rate <= 0) return time;
  return time + av_rescale_q(codec.initial_padding, {1, codec.sample_rate}, kNanoseconds);
}

std::int64_t duration_ns(const AVPacket& packet, const AVStream& stream) {
  if (packet.duration > 0) return av_rescale_q(packet.duration, stream.time_base, kNanoseconds);
  return picture_length(&stream, kNanoseconds);
}

// One after the other up to zero where nothing else is known, but none before the medium begins.
// Pictures may be presented in another order; they are off by a few of themselves then.
std::deque<std::int64_t> times_of(const std::vector<EarlyPacket>& packets, std::int64_t begin_ns) {
  std::deque<std::int64_t> times;
  std::int64_t next_ns = 0;
  for (auto packet = packets.rbegin(); packet != packets.rend(); ++packet) {
    next_ns = std::max(packet->time_ns.value_or(next_ns - packet->duration_ns), begin_ns);
    times.push_front(next_ns);
  }
  return times;
}

GstEvent* moved_segment(GstEvent* event, std::int64_t by_ns) {
  GstSegment segment;
  gst_event_copy_segment(event, &segment);
  const auto by = static_cast<guint64>(by_ns);
  if (segment.start > 0) segment.start += by;
  if (segment.time > 0 && GST_CLOCK_TIME_IS_VALID(segment.time)) segment.time += by;
  if (GST_CLOCK_TIME_IS_VALID(segment.stop)) segment.stop += by;
  if (GST_CLOCK_TIME_IS_VALID(segment.duration)) segment.duration += by;
  GstEvent* moved = gst_event_new_segment(&segment);
  gst_event_set_seqnum(moved, gst_event_get_seqnum(event));
  return moved;
}

GstEvent* moved_gap(GstEvent* event, std::int64_t by_ns) {
  GstClockTime start = 0;
  GstClockTime duration = 0;
  gst_event_parse_gap(event, &start, &duration);
  GstEvent* moved = gst_event_new_gap(start + static_cast<GstClockTime>(by_ns), duration);
  gst_event_set_seqnum(moved, gst_event_get_seqnum(event));
  return moved;
}

}  // namespace

TimesBeforeZero::TimesBeforeZero(const Medium& medium, GstElement* decoder) {
  if (medium.is_read_once) return;
  // Not by the medium's name: what came through a pipe is kept elsewhere.
  const std::string location = libav_location_of(medium);
  constexpr std::string_view kFile = "file:";
  if (!location.starts_with(kFile) || !is_matroska(location.substr(kFile.size()))) return;
  read(location);
  if (streams_.empty()) return;
  g_signal_connect(decoder, "deep-element-added", G_CALLBACK(on_element), this);
}

void TimesBeforeZero::read(const std::string& location) {
  AVFormatContext* context = nullptr;
  if (avformat_open_input(&context, location.c_str(), nullptr, nullptr) < 0) return;
  const InputHandle input(context);
  // Looks at the first packets, and back from the first that has a time to those before it.
  if (avformat_find_stream_info(context, nullptr) < 0) return;
  const std::vector<std::string> names = pad_names(*context);
  std::map<std::string, std::vector<EarlyPacket>> early;
  for (const std::string& name : names) {
    if (!name.empty()) early[name] = {};
  }
  const PacketHandle packet = new_packet();
  std::set<std::string> has_come_to_zero;
  for (std::int64_t latest_ns = 0;
       has_come_to_zero.size() < early.size() && latest_ns < kLatestWithEarlyOnesNs &&
       av_read_frame(context, packet.get()) >= 0;
       av_packet_unref(packet.get())) {
    const AVStream& stream = *context->streams[packet->stream_index];
    const auto index = static_cast<std::size_t>(packet->stream_index);
    if (index >= names.size() || names[index].empty()) continue;
    const std::optional<std::int64_t> time = time_ns(*packet, stream);
    latest_ns = std::max(latest_ns, time.value_or(0));
    if (has_come_to_zero.contains(names[index])) continue;
    if (time.value_or(-1) < 0) {
      early[names[index]].push_back({.time_ns = time, .duration_ns = duration_ns(*packet, stream)});
    } else {
      has_come_to_zero.insert(names[index]);
    }
  }
  // Without one known time there is no telling where it begins, for players either.
  std::int64_t begin_ns = 0;
  for (const auto& [name, packets] : early) {
    for (const EarlyPacket& packet : packets) {
      begin_ns = std::min(begin_ns, packet.time_ns.value_or(0));
    }
  }
  if (begin_ns > kWorthMovingNs) return;
  for (const auto& [name, packets] : early) {
    streams_[name] = {.early_ns = times_of(packets, begin_ns), .moved_by_ns = -begin_ns};
  }
}

void TimesBeforeZero::on_element(GstBin*, GstBin*, GstElement* element,
                                 TimesBeforeZero* self) noexcept {
  if (!is_made_by("matroskademux", element)) return;
  g_signal_connect(element, "pad-added", G_CALLBACK(on_pad), self);
}

void TimesBeforeZero::on_pad(GstElement*, GstPad* pad, TimesBeforeZero* self) noexcept {
  const auto stream = self->streams_.find(GST_OBJECT_NAME(pad));
  if (stream == self->streams_.end()) return;
  constexpr auto kTypes =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM);
  gst_pad_add_probe(pad, kTypes, on_data, &stream->second, nullptr);
}

GstPadProbeReturn TimesBeforeZero::on_data(GstPad*, GstPadProbeInfo* info,
                                           gpointer stream_data) noexcept {
  auto& stream = *static_cast<Stream*>(stream_data);
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    info->data = buffer;
    const auto by = static_cast<GstClockTime>(stream.moved_by_ns);
    if (!stream.early_ns.empty()) {
      GST_BUFFER_PTS(buffer) =
          static_cast<GstClockTime>(stream.moved_by_ns + stream.early_ns.front());
      GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
      stream.early_ns.pop_front();
      return GST_PAD_PROBE_OK;
    }
    if (GST_BUFFER_PTS_IS_VALID(buffer)) GST_BUFFER_PTS(buffer) += by;
    if (GST_BUFFER_DTS_IS_VALID(buffer)) GST_BUFFER_DTS(buffer) += by;
    return GST_PAD_PROBE_OK;
  }
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  GstEvent* moved = nullptr;
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) moved = moved_segment(event, stream.moved_by_ns);
  if (GST_EVENT_TYPE(event) == GST_EVENT_GAP) moved = moved_gap(event, stream.moved_by_ns);
  if (moved == nullptr) return GST_PAD_PROBE_OK;
  gst_event_unref(event);
  info->data = moved;
  return GST_PAD_PROBE_OK;
}

}  // namespace dali
