// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/hls/hls_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/hls/cmaf_forms.h"
#include "gst-plugin/hls/codec_names.h"

#define GST_CAT_DEFAULT dali::hls_sink_category()

namespace dali {
namespace {

constexpr std::int64_t kSecondNs = GST_SECOND;

// A stream that is not so far behind the pipeline's clock goes by it.
constexpr std::int64_t kLongestLagNs = 30 * kSecondNs;

std::int64_t wall_now_ns() {
  return g_get_real_time() * 1000;
}

// Of this run of the stream, for the identifiers of its cues.
std::string run_name() {
  return fmt::format("{:x}", g_get_real_time() / 1000);
}

guint64 running_time_in(const GstStructure* structure) {
  guint64 time = 0;
  gst_structure_get_uint64(structure, "running-time", &time);
  return time;
}

}  // namespace

HlsStream::HlsStream(GstElement* element, const HlsSettings& settings)
    : element_(element),
      longest_segment_ns_(settings.target_duration_s * kSecondNs),
      timeline_(longest_segment_ns_,
                [this](std::int64_t time_ns) { return wall_zero_ns(time_ns); }),
      publisher_(settings, run_name()),
      losses_(element) {
  if (!publisher_.complaint().empty()) {
    GST_ELEMENT_WARNING(element_, RESOURCE, READ, ("%s.", publisher_.complaint().c_str()),
                        (nullptr));
  }
}

void HlsStream::add_media(StreamInput input, GstElement* muxer) {
  const std::lock_guard lock(mutex_);
  muxer_ = muxer;
  media_[static_cast<std::size_t>(input)].is_present = true;
  timeline_.add(input);
}

void HlsStream::add_text() {
  const std::lock_guard lock(mutex_);
  publisher_.expect_text();
}

// A live source's running time is that of the clock; another medium is now where it has come.
std::int64_t HlsStream::wall_zero_ns(std::int64_t running_time_ns) const {
  const GstClockTime now = gst_element_get_current_running_time(element_);
  const auto clock_ns = static_cast<std::int64_t>(now);
  const bool goes_by_the_clock =
      GST_CLOCK_TIME_IS_VALID(now) && std::abs(clock_ns - running_time_ns) < kLongestLagNs;
  return wall_now_ns() - (goes_by_the_clock ? clock_ns : running_time_ns);
}

GstPadProbeReturn HlsStream::pass_media(StreamInput input, GstPadProbeInfo* info) {
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    GstBuffer* const buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    info->data = buffer;
    return place(input, buffer) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
  }
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) != 0) {
    GstBufferList* const list = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(info));
    info->data = list;
    for (guint index = 0; index < gst_buffer_list_length(list);) {
      if (place(input, gst_buffer_list_get_writable(list, index))) {
        ++index;
      } else {
        gst_buffer_list_remove(list, index, 1);
      }
    }
    return gst_buffer_list_length(list) > 0 ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
  }
  return pass_media_event(input, info);
}

GstPadProbeReturn HlsStream::pass_media_event(StreamInput input, GstPadProbeInfo* info) {
  GstEvent* const event = GST_PAD_PROBE_INFO_EVENT(info);
  MediaInput& media = media_[static_cast<std::size_t>(input)];
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_SEGMENT:
      media.clock.take_segment(event);
      info->data = StreamClock::endless_segment(gst_event_get_seqnum(event));
      gst_event_unref(event);
      return GST_PAD_PROBE_OK;
    case GST_EVENT_CAPS:
      pass_caps(input, event);
      return GST_PAD_PROBE_OK;
    // What was written stays written. Where a seek leads to is a jump.
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
    // A gap is known by what follows it.
    case GST_EVENT_GAP:
      return GST_PAD_PROBE_DROP;
    default:
      return GST_PAD_PROBE_OK;
  }
}

// What comes before the first timestamp, as the end of a frame that began before its source did,
// has no place, nor have the pictures that are made of it. Within a transport stream frames may
// lack theirs, in fragments none.
bool HlsStream::has_place(MediaInput& media, GstBuffer* buffer) const {
  if (!media.clock.running_time(GST_BUFFER_DTS_OR_PTS(buffer))) {
    if (media.has_begun && !publisher_.is_fragmented()) return true;
    media.lacks_times = true;
    return false;
  }
  media.lacks_times =
      media.lacks_times && GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT) != FALSE;
  media.has_begun = media.has_begun || !media.lacks_times;
  return !media.lacks_times;
}

void HlsStream::tell_untimed(StreamInput input) {
  {
    const std::lock_guard lock(mutex_);
    if (!untimed_warnings_.lets_through()) return;
  }
  GST_ELEMENT_WARNING(element_, STREAM, FORMAT,
                      ("The pad %s is given %s without timestamps, which are left out.",
                       input == StreamInput::kVideo ? "video" : "audio",
                       input == StreamInput::kVideo ? "pictures" : "frames of sound"),
                      (nullptr));
}

bool HlsStream::place(StreamInput input, GstBuffer* buffer) {
  if (!has_place(media_[static_cast<std::size_t>(input)], buffer)) {
    tell_untimed(input);
    return false;
  }
  const StreamClock& clock = media_[static_cast<std::size_t>(input)].clock;
  const std::optional<std::int64_t> time = clock.running_time(GST_BUFFER_DTS_OR_PTS(buffer));
  if (!time) return true;  // the one before it says where it belongs
  const GstClockTime duration =
      GST_BUFFER_DURATION_IS_VALID(buffer) ? GST_BUFFER_DURATION(buffer) : 0;
  const std::int64_t end_ns = clock.running_time(GST_BUFFER_PTS(buffer)).value_or(*time) +
                              static_cast<std::int64_t>(duration);
  LiveTimeline::Placed placed;
  GstElement* muxer = nullptr;
  bool is_other_form = false;
  {
    const std::lock_guard lock(mutex_);
    placed = timeline_.place(input, *time, end_ns);
    if (placed.joint) joints_.push_back(*placed.joint);
    is_other_form = std::exchange(media_[static_cast<std::size_t>(input)].has_other_form, false);
    publisher_.pass_media(timeline_.media_end_ns());
    muxer = muxer_;
  }
  tell_losses();
  if (placed.joint || is_other_form) {
    const std::int64_t split_ns =
        std::max<std::int64_t>(placed.joint ? placed.joint->time_ns : *time + placed.shift_ns, 0);
    GST_INFO_OBJECT(element_, "media do not go on as they were at %" GST_TIME_FORMAT,
                    GST_TIME_ARGS(static_cast<GstClockTime>(split_ns)));
    g_signal_emit_by_name(muxer, "split-at-running-time", static_cast<guint64>(split_ns));
  }
  GST_BUFFER_PTS(buffer) = clock.shifted(GST_BUFFER_PTS(buffer), placed.shift_ns);
  GST_BUFFER_DTS(buffer) = clock.shifted(GST_BUFFER_DTS(buffer), placed.shift_ns);
  return true;
}

// A fragment has one form, so that another one begins where that changes.
void HlsStream::take_form(MediaInput& media, const GstCaps* caps) {
  media.codec = codec_name(caps);
  if (!publisher_.is_fragmented()) return;
  const std::string form = cmaf_form_of(caps);
  media.has_other_form = media.has_other_form || (!media.form.empty() && media.form != form);
  media.form = form;
}

void HlsStream::pass_caps(StreamInput input, GstEvent* event) {
  GstCaps* caps = nullptr;
  gst_event_parse_caps(event, &caps);
  const GstStructure* const structure = gst_caps_get_structure(caps, 0);
  const std::lock_guard lock(mutex_);
  take_form(media_[static_cast<std::size_t>(input)], caps);
  HlsVariant& variant = publisher_.variant();
  variant.codecs.clear();
  bool is_known = true;
  for (const StreamInput each : {StreamInput::kVideo, StreamInput::kAudio}) {
    const MediaInput& media = media_[static_cast<std::size_t>(each)];
    if (!media.is_present) continue;
    is_known = is_known && !media.codec.empty();
    variant.codecs += (variant.codecs.empty() ? "" : ",") + media.codec;
  }
  if (!is_known) variant.codecs.clear();
  if (input != StreamInput::kVideo) {
    gst_structure_get_int(structure, "channels", &variant.sound_channels);
    return;
  }
  gst_structure_get_int(structure, "width", &variant.width_px);
  gst_structure_get_int(structure, "height", &variant.height_px);
  gint numerator = 0;
  gint denominator = 1;
  if (gst_structure_get_fraction(structure, "framerate", &numerator, &denominator) != FALSE) {
    variant.frames_per_second = static_cast<double>(numerator) / denominator;
  }
}

std::string HlsStream::next_path() {
  const std::lock_guard lock(mutex_);
  // Collected media are written when it is known where their segment ends.
  return publisher_.is_fragmented() ? "/dev/null" : publisher_.next_path().string();
}

void HlsStream::collect(std::vector<CollectedTrack> tracks) {
  std::int64_t left_out_ns = 0;
  {
    const std::lock_guard lock(mutex_);
    std::vector<CmafTrackMedia>& segment = collected_.emplace_back();
    for (CollectedTrack& track : tracks) {
      left_out_ns = std::max(left_out_ns, track.left_out_ns);
      segment.push_back(std::move(track.media));
    }
  }
  if (left_out_ns == 0) return;
  GST_ELEMENT_WARNING(element_, STREAM, MUX,
                      ("%.3f s of media are left out: their form changes within a segment, before "
                       "a key frame.",
                       static_cast<double>(left_out_ns) / 1e9),
                      (nullptr));
}

void HlsStream::hear(GstMessage* message) {
  if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
    end_media(GST_MESSAGE_SRC(message));
    tell_losses();
  }
  const GstStructure* const structure = gst_message_get_structure(message);
  if (GST_MESSAGE_TYPE(message) != GST_MESSAGE_ELEMENT || !structure) return;
  if (gst_structure_has_name(structure, "splitmuxsink-fragment-opened")) {
    open_segment(static_cast<std::int64_t>(running_time_in(structure)));
    tell_losses();
  } else if (gst_structure_has_name(structure, "splitmuxsink-fragment-closed")) {
    close_segment(static_cast<std::int64_t>(running_time_in(structure)));
  }
}

// What the muxer tells as a segment's end is where the next one begins; of the last one, where its
// last picture begins. Which it is shows what comes after it.
void HlsStream::open_segment(std::int64_t start_ns) {
  std::int64_t length_ns = 0;
  {
    const std::lock_guard lock(mutex_);
    if (last_ && last_->end_ns) length_ns = finish_segment(*last_->end_ns);
    publisher_.open_segment();
    const auto passed = std::remove_if(joints_.begin(), joints_.end(), [&](const auto& joint) {
      return joint.time_ns <= start_ns;
    });
    last_ = Segment{
        .start_ns = start_ns, .is_discontinuous = passed != joints_.end(), .end_ns = std::nullopt};
    joints_.erase(passed, joints_.end());
  }
  tell_length(length_ns);
}

void HlsStream::close_segment(std::int64_t end_ns) {
  const std::lock_guard lock(mutex_);
  if (last_) last_->end_ns = end_ns;
}

std::int64_t HlsStream::finish_segment(std::int64_t end_ns) {
  const Segment segment = *last_;
  last_.reset();
  // Before a gap, where the media stopped.
  for (const LiveTimeline::Joint& joint : joints_) {
    const bool is_its_end = joint.time_ns > segment.start_ns && joint.time_ns <= end_ns;
    if (is_its_end) end_ns = std::min(end_ns, joint.previous_end_ns);
  }
  std::vector<CmafTrackMedia> tracks;
  if (!collected_.empty()) {
    tracks = std::move(collected_.front());
    collected_.pop_front();
  }
  publisher_.finish_segment({.start_ns = segment.start_ns,
                             .end_ns = end_ns,
                             .wall_time_ns = timeline_.wall_time_ns(segment.start_ns),
                             .is_discontinuous = segment.is_discontinuous},
                            tracks);
  return end_ns - segment.start_ns;
}

void HlsStream::tell_length(std::int64_t length_ns) {
  if (length_ns <= longest_segment_ns_ + kSecondNs / 2) return;
  {
    const std::lock_guard lock(mutex_);
    if (!length_warnings_.lets_through()) return;
  }
  GST_ELEMENT_WARNING(element_, STREAM, ENCODE,
                      ("A segment lasts %.1f s, longer than target-duration: the pictures have too "
                       "few key frames.",
                       static_cast<double>(length_ns) / 1e9),
                      (nullptr));
}

void HlsStream::end_media(const GstObject* sink) {
  std::int64_t length_ns = 0;
  {
    const std::lock_guard lock(mutex_);
    if (sink != GST_OBJECT(muxer_) || !last_ || !last_->end_ns) return;
    length_ns = finish_segment(std::max(*last_->end_ns, timeline_.media_end_ns()));
  }
  tell_length(length_ns);
}

void HlsStream::close(HlsPublisher::Ending ending) {
  {
    const std::lock_guard lock(mutex_);
    if (last_ && last_->end_ns) finish_segment(*last_->end_ns);
    publisher_.close(ending);
  }
  tell_losses();
}

void HlsStream::tell_losses() {
  std::vector<HlsCue> lost;
  {
    const std::lock_guard lock(mutex_);
    lost = publisher_.take_lost();
  }
  for (const HlsCue& cue : lost) {
    losses_.post(cue.text, cue.text,
                 static_cast<GstClockTime>(std::max<std::int64_t>(cue.start_ns, 0)),
                 "there were no media at its time");
  }
}

StructureHandle HlsStream::stats() {
  const std::lock_guard lock(mutex_);
  const HlsPublisher::Counts counts = publisher_.counts();
  const auto number = [](std::uint64_t count) { return static_cast<guint64>(count); };
  return StructureHandle(gst_structure_new(
      "stats", "segments", G_TYPE_UINT64, number(counts.segments), "captions", G_TYPE_UINT64,
      number(counts.captions), "late-captions", G_TYPE_UINT64, number(counts.late_captions),
      "lost-captions", G_TYPE_UINT64, number(counts.lost_captions), "overdue-segments",
      G_TYPE_UINT64, number(counts.overdue_segments), nullptr));
}

}  // namespace dali
