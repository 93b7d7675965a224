// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/caption/media_source.h"

#include "pipelines/caption/pipeline.h"
#include "pipelines/caption/program_log.h"

#define GST_CAT_DEFAULT dali::program_category()

namespace dali {

CaptionedTracks MediaSource::unseen_tracks() const {
  CaptionedTracks unseen;
  if (wanted_.sound && !sound_.has_flowed) unseen.sound = tracks_.sound;
  if (wanted_.picture && !picture_.has_flowed) unseen.picture = tracks_.picture;
  return unseen;
}

bool MediaSource::link(GstPad* decoded, const char* sink_name, Input& input) noexcept {
  g_autoptr(GstPad) sink = gst_element_get_static_pad(captioner_, sink_name);
  if (sink != nullptr && gst_pad_is_linked(sink)) return false;
  if (sink == nullptr) sink = gst_element_request_pad_simple(captioner_, sink_name);
  if (sink == nullptr || GST_PAD_LINK_FAILED(gst_pad_link(decoded, sink))) {
    post_media_error(captioner_, std::string("its decoded stream does not fit ") + sink_name);
    return false;
  }
  gst_pad_add_probe(decoded, GST_PAD_PROBE_TYPE_BUFFER, on_media, &input, nullptr);
  g_autoptr(GstCaps) caps = gst_pad_get_current_caps(decoded);
  const void* const printed = caps;
  if (caps != nullptr) GST_INFO("captions are made from %" GST_PTR_FORMAT, printed);
  return true;
}

GstPadProbeReturn MediaSource::on_media(GstPad*, GstPadProbeInfo*, gpointer data) noexcept {
  auto* input = static_cast<Input*>(data);
  input->has_flowed = true;
  input->source->latest_media_us_ = g_get_monotonic_time();
  return GST_PAD_PROBE_OK;
}

}  // namespace dali
