// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/decodable_caps.h"

namespace dali {
namespace {

// What is there before the registry is: GStreamer's list of plugins is made from what an element
// says when its own plugin is looked at, and the decoders may come after it.
constexpr const char* kSounds =
    "audio/x-raw(ANY); audio/mpeg; audio/x-ac3; audio/x-eac3; audio/x-opus; audio/x-vorbis; "
    "audio/x-flac; audio/x-alac; audio/x-dts; audio/x-speex; audio/x-alaw; audio/x-mulaw; "
    "audio/x-adpcm; audio/AMR; audio/AMR-WB; audio/x-wma";
constexpr const char* kPictures =
    "video/x-raw(ANY); video/x-h264; video/x-h265; video/x-vp8; video/x-vp9; video/x-av1; "
    "video/mpeg, systemstream = (boolean) false; video/x-prores; video/x-ffv; video/x-dv, "
    "systemstream = (boolean) false; video/x-theora; video/x-h263; video/x-wmv; video/x-divx; "
    "video/x-xvid; image/jpeg; image/png";

bool is_of_kind(const gchar* media, bool is_audio) {
  if (is_audio) return g_str_has_prefix(media, "audio/");
  return g_str_has_prefix(media, "video/") || g_str_has_prefix(media, "image/");
}

void append_inputs(GstCaps* known, GstElementFactory* factory, bool is_audio) {
  const GList* item = gst_element_factory_get_static_pad_templates(factory);
  for (; item; item = item->next) {
    auto* pad_template = static_cast<GstStaticPadTemplate*>(item->data);
    if (pad_template->direction != GST_PAD_SINK) continue;
    g_autoptr(GstCaps) caps = gst_static_pad_template_get_caps(pad_template);
    if (gst_caps_is_any(caps)) continue;
    for (guint index = 0; index < gst_caps_get_size(caps); ++index) {
      const gchar* media = gst_structure_get_name(gst_caps_get_structure(caps, index));
      if (!is_of_kind(media, is_audio)) continue;
      g_autoptr(GstCaps) named = gst_caps_new_empty_simple(media);
      gst_caps_set_features(named, 0, gst_caps_features_new_any());
      const bool is_container =
          g_str_equal(media, "video/mpeg") || g_str_equal(media, "video/x-dv");
      if (is_container || gst_caps_is_subset(named, known)) continue;
      gst_caps_append(known, g_steal_pointer(&named));
    }
  }
}

}  // namespace

GstCaps* decodable_caps(bool is_audio) {
  GstCaps* known = gst_caps_from_string(is_audio ? kSounds : kPictures);
  for (guint index = 0; index < gst_caps_get_size(known); ++index) {
    gst_caps_set_features(known, index, gst_caps_features_new_any());
  }
  const auto kind = static_cast<GstElementFactoryListType>(GST_ELEMENT_FACTORY_TYPE_DECODER |
                                                           GST_ELEMENT_FACTORY_TYPE_PARSER);
  GList* factories = gst_element_factory_list_get_elements(kind, GST_RANK_NONE);
  for (const GList* item = factories; item; item = item->next) {
    append_inputs(known, GST_ELEMENT_FACTORY(item->data), is_audio);
  }
  gst_plugin_feature_list_free(factories);
  return known;
}

}  // namespace dali
