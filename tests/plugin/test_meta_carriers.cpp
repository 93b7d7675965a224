// SPDX-License-Identifier: LGPL-2.1-or-later
// DaliCaptionMeta stays on what GStreamer's own elements make of a buffer.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include "gst-plugin/caption_meta.h"
#include "tests/support/check_suite.h"

namespace {

struct Carrier {
  const char* name;  // of the test
  const char* caps;
  const char* launch_line;
};

constexpr const char* kVideo = "video/x-raw,format=I420,width=64,height=48,framerate=25/1";
constexpr const char* kAudio =
    "audio/x-raw,format=S16LE,rate=48000,channels=2,layout=interleaved,channel-mask=(bitmask)3";

const Carrier kCarriers[] = {
    {"videoconvert_keeps_the_caption", kVideo,
     "videoconvert ! capsfilter caps=video/x-raw,format=RGB"},
    {"videoscale_keeps_the_caption", kVideo,
     "videoscale ! capsfilter caps=video/x-raw,width=32,height=24"},
    {"videorate_keeps_the_caption", kVideo,
     "videorate ! capsfilter caps=video/x-raw,framerate=25/1"},
    {"audioconvert_keeps_the_caption", kAudio,
     "audioconvert ! capsfilter caps=audio/x-raw,format=F32LE"},
    {"audioresample_keeps_the_caption", kAudio,
     "audioresample ! capsfilter caps=audio/x-raw,rate=16000"},
    {"x264enc_keeps_the_caption", kVideo, "x264enc tune=zerolatency"},
    {"jpegenc_keeps_the_caption", kVideo, "jpegenc"},
    {"vp8enc_keeps_the_caption", kVideo, "vp8enc deadline=1"},
    {"avenc_mpeg4_keeps_the_caption", kVideo, "avenc_mpeg4"},
};

GstBuffer* buffer_of(const Carrier& carrier) {
  g_autoptr(GstCaps) caps = gst_caps_from_string(carrier.caps);
  const bool is_video = gst_structure_has_name(gst_caps_get_structure(caps, 0), "video/x-raw");
  GstVideoInfo info;
  const bool has_info = is_video && gst_video_info_from_caps(&info, caps);
  const gsize bytes = has_info ? GST_VIDEO_INFO_SIZE(&info) : 48000 / 25 * 4;
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes, nullptr);
  gst_buffer_memset(buffer, 0, 0x40, bytes);
  GST_BUFFER_PTS(buffer) = 0;
  GST_BUFFER_DURATION(buffer) = GST_SECOND / 25;
  return buffer;
}

void carry(int row) {
  const Carrier& carrier = kCarriers[row];
  tcase_fn_start(carrier.name, __FILE__, __LINE__);
  dali::register_caption_meta();
  GstHarness* harness = gst_harness_new_parse(carrier.launch_line);
  ck_assert_msg(harness != nullptr && harness->element != nullptr, "%s", carrier.launch_line);
  gst_harness_set_src_caps_str(harness, carrier.caps);
  dali::Decision caption;
  caption.text = "a dog barks";
  caption.span.end_ns = 10 * GST_SECOND;
  caption.modality = dali::Modality::kAudiovisual;
  const dali::StructureHandle structure = dali::caption_structure(caption);
  // Encoders hold some back.
  for (int index = 0; index < 25 && gst_harness_buffers_received(harness) == 0; ++index) {
    GstBuffer* buffer = buffer_of(carrier);
    GST_BUFFER_PTS(buffer) = index * GST_SECOND / 25;
    dali::add_caption_meta(buffer, structure.get());
    ck_assert_int_eq(gst_harness_push(harness, buffer), GST_FLOW_OK);
  }
  gst_harness_push_event(harness, gst_event_new_eos());
  const dali::BufferHandle out(gst_harness_pull(harness));
  ck_assert(out != nullptr);
  GstCustomMeta* meta = gst_buffer_get_custom_meta(out.get(), dali::kCaptionMetaName);
  ck_assert_msg(meta != nullptr, "%s", carrier.launch_line);
  const GstStructure* kept = gst_custom_meta_get_structure(meta);
  ck_assert(gst_structure_is_equal(kept, structure.get()));
  gst_harness_teardown(harness);
}

}  // namespace

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* carriers = tcase_create("carriers");
  for (int row = 0; row < static_cast<int>(std::size(kCarriers)); ++row) {
    _tcase_add_test(carriers, carry, kCarriers[row].name, 0, 0, row, row + 1);
  }
  Suite* suite = suite_create("meta carriers");
  suite_add_tcase(suite, carriers);
  return dali::run_suite(suite);
}
