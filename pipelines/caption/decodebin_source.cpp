// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/decodebin_source.h"

#include <string>
#include <vector>

#include "media/decoding/short_tracks.h"
#include "pipelines/caption/program_log.h"

#define GST_CAT_DEFAULT dali::program_category()

namespace dali {
namespace {

template <typename Time>
double seconds(Time time_ns) {
  return static_cast<double>(time_ns) / 1e9;
}

}  // namespace

DecodebinSource::DecodebinSource(Pipeline& pipeline, GstElement* captioner, const Medium& medium,
                                 WantedStreams wanted, const CaptionedTracks& tracks,
                                 bool in_full_or_not_at_all)
    : DecodebinSource(pipeline.add("uridecodebin"), captioner, medium, wanted, tracks,
                      in_full_or_not_at_all) {}

DecodebinSource::DecodebinSource(GstElement* decoder, GstElement* captioner, const Medium& medium,
                                 WantedStreams wanted, const CaptionedTracks& tracks,
                                 bool in_full_or_not_at_all)
    : MediaSource(captioner, wanted, tracks),
      in_full_or_not_at_all_(in_full_or_not_at_all),
      before_zero_(medium, decoder),
      picker_(tracks),
      origin_(decoder) {
  const std::string uri = uri_of(medium);
  // Decoders on graphics hardware may leave pictures where the element cannot see them.
  g_object_set(decoder, "uri", uri.c_str(), "force-sw-decoders", TRUE, nullptr);
  keep_short_tracks(decoder);
  g_signal_connect(decoder, "deep-element-added", G_CALLBACK(on_element), this);
  g_signal_connect(decoder, "pad-added", G_CALLBACK(on_pad_added), this);
  g_signal_connect(decoder, "no-more-pads", G_CALLBACK(on_no_more_pads), this);
}

std::optional<double> DecodebinSource::zero_s() const {
  const std::optional<std::int64_t> first_ns = origin_.first_ns();
  if (!first_ns) return std::nullopt;
  return seconds(*first_ns - taken_off_ns_);
}

double DecodebinSource::likely_zero_s() const {
  return seconds(origin_.earliest_shown_ns() - taken_off_ns_);
}

double DecodebinSource::taken_off_s() const {
  return seconds(taken_off_ns_.load());
}

void DecodebinSource::on_element(GstBin*, GstBin*, GstElement* element,
                                 DecodebinSource* self) noexcept {
  GstElementFactory* factory = gst_element_get_factory(element);
  if (factory == nullptr) return;
  if (g_str_has_prefix(GST_OBJECT_NAME(factory), "avdemux_")) self->has_wrapped_demuxer_ = true;
}

void DecodebinSource::on_pad_added(GstElement*, GstPad* pad, DecodebinSource* self) noexcept {
  self->picker_.add(pad);
}

bool DecodebinSource::is_better_left_to_libav(const TrackPicker::Picked& picked) const {
  const auto is_missed = [](bool is_wanted, const std::optional<Track>& track, GstPad* pad) {
    return is_wanted && track && track->is_decodable && pad == nullptr;
  };
  return has_wrapped_demuxer_ || origin_.has_untimed_beginning() ||
         is_missed(wanted().sound, tracks().sound, picked.sound) ||
         is_missed(wanted().picture, tracks().picture, picked.picture);
}

// Nothing flows before all are linked, and as a rule each has shown its first packet by then.
// Media that follow one another in one file, as Ogg's may, come here once each.
void DecodebinSource::on_no_more_pads(GstElement* decoder, DecodebinSource* self) noexcept {
  const TrackPicker::Picked picked = self->picker_.pick();
  if (self->in_full_or_not_at_all_ && !self->is_linked_ && self->is_better_left_to_libav(picked)) {
    self->has_declined_ = true;
    post_media_error(decoder, "GStreamer does not show all of it well");
    return;
  }
  std::vector<GstPad*> linked;  // borrowed from what was picked
  if (picked.sound != nullptr && self->wanted().sound && self->link_sound(picked.sound)) {
    linked.push_back(picked.sound);
  }
  if (picked.picture != nullptr && self->wanted().picture && self->link_picture(picked.picture)) {
    linked.push_back(picked.picture);
  }
  if (!self->is_linked_) {
    self->taken_off_ns_ = self->origin_.first_ns().value_or(0);
    GST_INFO("times count from %.3f s of the medium's clock", self->taken_off_s());
  }
  for (GstPad* pad : linked) gst_pad_set_offset(pad, -self->taken_off_ns_);
  self->is_linked_ = self->is_linked_ || !linked.empty();
  if (self->is_linked_) return;
  post_media_error(decoder, self->wanted().sound && self->wanted().picture
                                ? "holds neither sound nor picture"
                            : self->wanted().sound ? "holds no sound"
                                                   : "holds no picture");
}

}  // namespace dali
