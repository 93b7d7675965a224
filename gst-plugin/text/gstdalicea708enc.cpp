// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst-plugin/text/gstdalicea708enc.h"

#include "gst-plugin/debug_categories.h"
#include "gst-plugin/text/cea608_properties.h"

#define GST_CAT_DEFAULT dali::cea708_enc_category()

G_DEFINE_FINAL_TYPE(GstDaliCea708Enc, gst_dali_cea708_enc, GST_TYPE_DALI_CEA608_ENC)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(dalicea708enc, "dalicea708enc", GST_RANK_NONE,
                                      GST_TYPE_DALI_CEA708_ENC, dali::cea708_enc_category())

namespace dali {
namespace {

GstStaticPadTemplate source_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                            GST_STATIC_CAPS("closedcaption/x-cea-708, format = (string) cc_data, "
                                            "framerate = (fraction) [ 1/1, 240/1 ]"));

}  // namespace
}  // namespace dali

static void gst_dali_cea708_enc_init(GstDaliCea708Enc* /*self*/) {}

static void gst_dali_cea708_enc_class_init(GstDaliCea708EncClass* encoder_class) {
  // GObject hands on everything but these two.
  GObjectClass* object_class = G_OBJECT_CLASS(encoder_class);
  GObjectClass* parent_class = G_OBJECT_CLASS(gst_dali_cea708_enc_parent_class);
  object_class->set_property = parent_class->set_property;
  object_class->get_property = parent_class->get_property;
  dali::cea708_properties().install(object_class);

  GstElementClass* element_class = GST_ELEMENT_CLASS(encoder_class);
  dali::set_category(element_class, dali::cea708_enc_category());
  gst_element_class_add_static_pad_template(element_class, &dali::source_template);
  gst_element_class_set_static_metadata(
      element_class, "DALI CEA-708 encoder", "Codec/Encoder/Subtitle",
      "Encodes text as CEA-708 closed captions with CEA-608 beside them, one buffer for each frame "
      "of the picture",
      "The gst-dali authors");
}
