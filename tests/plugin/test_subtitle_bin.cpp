// SPDX-License-Identifier: LGPL-2.1-or-later
// dalisubtitlebin: what goes in comes out, in time with its captions, in every mode.
#include "tests/support/gstcheck_for_cpp.h"  // before Debian's Check, which check_suite.h brings

#include <gst/video/video.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gst-plugin/elements.h"
#include "gst-plugin/gst_handles.h"
#include "tests/plugin/fake_engine.h"
#include "tests/support/check_suite.h"

namespace {

constexpr const char* kRawSound =
    "audiotestsrc samplesperbuffer=1600 num-buffers=%d ! audio/x-raw,rate=16000,channels=1 ! ";
// Large enough for strokes of letters that are white in whichever font there is.
constexpr const char* kRawPictures =
    "videotestsrc pattern=black num-buffers=%d ! "
    "video/x-raw,format=I420,width=640,height=480,framerate=25/1 ! ";

struct Passed {
  GstClockTime start = GST_CLOCK_TIME_NONE;
  std::string text;
  bool has_captions = false;  // GstVideoCaptionMeta with characters of CEA-608,
  bool has_708 = false;       //   or with a packet of CEA-708
  int brightest = 0;
  int width_px = 0;
  std::string orientation;  // as the pictures' tag has it
};

// Whether any of the three-byte CEA-708 packets of a frame carries characters of CEA-608.
bool has_caption_pairs(GstBuffer* buffer) {
  GstVideoCaptionMeta* meta = gst_buffer_get_video_caption_meta(buffer);
  for (gsize at = 0; meta && at + 2 < meta->size; at += 3) {
    const bool is_valid_608 = (meta->data[at] & 0x07) == 0x04;
    if (is_valid_608 && ((meta->data[at + 1] & 0x7F) != 0)) return true;
  }
  return false;
}

bool has_708_packet(GstBuffer* buffer) {
  GstVideoCaptionMeta* meta = gst_buffer_get_video_caption_meta(buffer);
  for (gsize at = 0; meta && at + 2 < meta->size; at += 3) {
    if ((meta->data[at] & 0x07) == 0x07) return true;
  }
  return false;
}

std::string orientation_of(GstPad* pad) {
  std::string orientation;
  g_autoptr(GstEvent) event = gst_pad_get_sticky_event(pad, GST_EVENT_TAG, 0);
  if (!event) return orientation;
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  g_autofree gchar* value = nullptr;
  if (gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &value)) orientation = value;
  return orientation;
}

// A pipeline that is played to its end, and what its sinks took: "a", "v" and "t".
class Played {
 public:
  explicit Played(const std::string& description) {
    auto engine = std::make_shared<dali::FakeEngine>();
    engine->answer_with([this](const auto&, const auto&, auto) -> dali::Caption {
      return {.text = "caption " + std::to_string(++captions_),
              .mean_log_probability = -0.5,
              .token_count = 2};
    });
    dali::use_engine(engine);
    g_autoptr(GError) error = nullptr;
    GstElement* pipeline = gst_parse_launch(description.c_str(), &error);
    ck_assert_msg(error == nullptr, "%s", error ? error->message : "");
    for (const char* name : {"a", "v", "t"}) watch(pipeline, name);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstBus* bus = gst_element_get_bus(pipeline);
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, 60 * GST_SECOND, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    ck_assert_msg(message != nullptr, "the pipeline has not come to its end in a minute");
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      g_autoptr(GError) failure = nullptr;
      gst_message_parse_error(message, &failure, nullptr);
      ck_abort_msg("%s", failure->message);
    }
    gst_message_unref(message);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(bus);
    gst_object_unref(pipeline);
  }

  std::vector<Passed> sound;
  std::vector<Passed> pictures;
  std::vector<Passed> text;  // captions alone
  std::string sound_caps;
  std::string picture_caps;

 private:
  void watch(GstElement* pipeline, const char* name) {
    g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline), name);
    if (!sink) return;
    g_autoptr(GstPad) pad = gst_element_get_static_pad(sink, "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, record, this, nullptr);
  }

  static GstPadProbeReturn record(GstPad* pad, GstPadProbeInfo* info, gpointer played) {
    auto* self = static_cast<Played*>(played);
    GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
    const std::string media = gst_structure_get_name(gst_caps_get_structure(caps, 0));
    Passed passed;
    passed.start = GST_BUFFER_PTS(buffer);
    passed.has_captions = has_caption_pairs(buffer);
    passed.has_708 = has_708_packet(buffer);
    GstMapInfo mapped;
    ck_assert(gst_buffer_map(buffer, &mapped, GST_MAP_READ));
    const bool is_text = media == "text/x-raw";
    if (is_text) passed.text.assign(reinterpret_cast<const char*>(mapped.data), mapped.size);
    if (media == "video/x-raw") {
      const gsize luma = std::min<gsize>(mapped.size, 640 * 480);
      passed.brightest = *std::max_element(mapped.data, mapped.data + luma);
      gst_structure_get_int(gst_caps_get_structure(caps, 0), "width", &passed.width_px);
      passed.orientation = orientation_of(pad);
    }
    gst_buffer_unmap(buffer, &mapped);
    const std::lock_guard lock(self->mutex_);
    if (is_text) {
      if (!passed.text.empty()) self->text.push_back(passed);
    } else if (media.rfind("audio/", 0) == 0) {
      self->sound.push_back(passed);
      self->sound_caps = media;
    } else {
      self->pictures.push_back(passed);
      self->picture_caps = media;
    }
    return GST_PAD_PROBE_OK;
  }

  std::mutex mutex_;
  std::atomic<int> captions_ = 0;
};

std::string sound_of(int seconds) {
  g_autofree gchar* line = g_strdup_printf(kRawSound, 10 * seconds);
  return line;
}

std::string pictures_of(int seconds) {
  g_autofree gchar* line = g_strdup_printf(kRawPictures, 25 * seconds);
  return line;
}

void expect_captions_every_second(const Played& played, std::size_t count) {
  ck_assert_uint_eq(played.text.size(), count);
  for (std::size_t index = 0; index < count; ++index) {
    ck_assert_uint_eq(played.text[index].start, index * GST_SECOND);
  }
}

}  // namespace

START_TEST(raw_media_come_out_as_they_went_in_with_captions_beside_them) {
  const Played played(sound_of(5) + "bin.audio_sink " + pictures_of(5) +
                      "bin.video_sink dalisubtitlebin name=bin window=1000 "
                      "bin.audio_src ! fakesink name=a bin.video_src ! fakesink name=v "
                      "bin.text_src ! fakesink name=t");
  ck_assert_uint_eq(played.sound.size(), 50);
  ck_assert_uint_eq(played.pictures.size(), 125);
  ck_assert_str_eq(played.picture_caps.c_str(), "video/x-raw");
  expect_captions_every_second(played, 5);
}
END_TEST

START_TEST(encoded_media_come_out_encoded) {
  const Played played(sound_of(5) + "avenc_aac ! bin.audio_sink " + pictures_of(5) +
                      "x264enc speed-preset=ultrafast ! bin.video_sink "
                      "dalisubtitlebin name=bin window=1000 "
                      "bin.audio_src ! fakesink name=a bin.video_src ! fakesink name=v "
                      "bin.text_src ! fakesink name=t");
  ck_assert_uint_eq(played.pictures.size(), 125);
  ck_assert_str_eq(played.picture_caps.c_str(), "video/x-h264");
  ck_assert_str_eq(played.sound_caps.c_str(), "audio/mpeg");
  ck_assert_uint_ge(played.text.size(), 5);
}
END_TEST

START_TEST(a_muxer_behind_the_bin_needs_no_queue_for_windows_of_ten_seconds) {
  const Played played(sound_of(25) + "avenc_aac ! bin.audio_sink " + pictures_of(25) +
                      "x264enc speed-preset=ultrafast ! bin.video_sink dalisubtitlebin name=bin "
                      "matroskamux name=mux ! fakesink name=t bin.audio_src ! mux. "
                      "bin.video_src ! mux. bin.text_src ! mux.");
  ck_assert(!played.pictures.empty());
}
END_TEST

START_TEST(media_that_nobody_takes_do_not_hold_up_their_captions) {
  const Played played(sound_of(5) + "bin.audio_sink " + pictures_of(5) +
                      "bin.video_sink dalisubtitlebin name=bin window=1000 "
                      "bin.text_src ! fakesink name=t");
  expect_captions_every_second(played, 5);
}
END_TEST

START_TEST(burn_in_shows_captions_in_the_pictures_of_their_time) {
  const Played played(sound_of(3) + "bin.audio_sink " + pictures_of(3) +
                      "bin.video_sink dalisubtitlebin name=bin mode=burn-in window=1000 "
                      "bin.audio_src ! fakesink name=a bin.video_src ! fakesink name=v "
                      "bin.text_src ! fakesink name=t");
  ck_assert_uint_eq(played.pictures.size(), 75);
  ck_assert_uint_eq(played.text.size(), 3);
  // The pictures are black (16), the captions white; the first is there from the first frame on.
  const auto lit = std::count_if(played.pictures.begin(), played.pictures.end(),
                                 [](const Passed& frame) { return frame.brightest > 200; });
  ck_assert_int_ge(lit, 50);
  ck_assert_int_gt(played.pictures[5].brightest, 200);
}
END_TEST

START_TEST(encoded_pictures_are_burned_into_as_well) {
  const Played played(sound_of(3) + "bin.audio_sink " + pictures_of(3) +
                      "x264enc speed-preset=ultrafast ! bin.video_sink "
                      "dalisubtitlebin name=bin mode=burn-in window=1000 "
                      "bin.audio_src ! fakesink name=a bin.video_src ! fakesink name=v");
  ck_assert_uint_eq(played.pictures.size(), 75);
  ck_assert_str_eq(played.picture_caps.c_str(), "video/x-raw");
  ck_assert_int_gt(played.pictures[5].brightest, 200);
}
END_TEST

START_TEST(captions_are_burned_upright_into_pictures_on_their_side) {
  for (const bool is_encoded : {false, true}) {
    const Played played(sound_of(3) + "bin.audio_sink " + pictures_of(3) +
                        (is_encoded ? "x264enc speed-preset=ultrafast ! h264parse ! " : "") +
                        "taginject tags=image-orientation=rotate-90 ! bin.video_sink "
                        "dalisubtitlebin name=bin mode=burn-in window=1000 "
                        "bin.audio_src ! fakesink name=a bin.video_src ! fakesink name=v");
    ck_assert_uint_eq(played.pictures.size(), 75);
    for (const std::size_t at : {5, 70}) {
      const Passed& picture = played.pictures[at];
      ck_assert_int_eq(picture.width_px, 480);
      ck_assert_int_gt(picture.brightest, 200);
      ck_assert_msg(picture.orientation != "rotate-90", "a player would turn it once more");
    }
  }
}
END_TEST

START_TEST(closed_captions_are_put_into_the_pictures) {
  for (const std::string mode : {"cea608", "cea708"}) {
    const Played played(sound_of(6) + "bin.audio_sink " + pictures_of(6) +
                        "bin.video_sink dalisubtitlebin name=bin window=2000 mode=" + mode +
                        " bin.audio_src ! fakesink name=a bin.video_src ! fakesink name=v");
    ck_assert_uint_eq(played.pictures.size(), 150);
    const auto captioned = std::count_if(played.pictures.begin(), played.pictures.end(),
                                         [](const Passed& frame) { return frame.has_captions; });
    ck_assert_int_gt(captioned, 10);
    const auto packets = std::count_if(played.pictures.begin(), played.pictures.end(),
                                       [](const Passed& frame) { return frame.has_708; });
    // Of text, of what follows it, and of what takes it off: a caption that repeats the last one
    // stays.
    ck_assert_msg(mode == "cea708" ? packets >= 3 : packets == 0, "%s: %zd", mode.c_str(),
                  static_cast<gssize>(packets));
  }
}
END_TEST

START_TEST(a_source_shows_when_its_input_is_linked_to_media_of_its_kind) {
  GstElement* pipeline = gst_pipeline_new(nullptr);
  gst_object_ref_sink(pipeline);
  GstElement* bin = gst_element_factory_make("dalisubtitlebin", nullptr);
  GstElement* sound = gst_element_factory_make("audiotestsrc", nullptr);
  GstElement* pictures = gst_element_factory_make("videotestsrc", nullptr);
  gst_bin_add_many(GST_BIN(pipeline), bin, sound, pictures, nullptr);
  ck_assert(!gst_element_link_pads(pictures, "src", bin, "audio_sink"));
  ck_assert_int_eq(bin->numsrcpads, 1);
  ck_assert_int_eq(bin->numsinkpads, 0);
  ck_assert(gst_element_link_pads(sound, "src", bin, "audio_sink"));
  g_autoptr(GstPad) source = gst_element_get_static_pad(bin, "audio_src");
  ck_assert(source != nullptr);
  g_autoptr(GstCaps) caps = gst_pad_query_caps(source, nullptr);
  ck_assert_str_eq(gst_structure_get_name(gst_caps_get_structure(caps, 0)), "audio/x-raw");
  gst_object_unref(pipeline);
}
END_TEST

START_TEST(queues_hold_a_window_its_latency_and_some) {
  GstElement* bin = gst_element_factory_make("dalisubtitlebin", nullptr);
  gst_object_ref_sink(bin);
  GstPad* sink = gst_element_request_pad_simple(bin, "video_sink");
  for (const guint window_ms : {10000U, 2000U}) {
    g_object_set(bin, "window", window_ms, "latency", 1500, nullptr);
    g_autoptr(GstElement) hold = gst_bin_get_by_name(GST_BIN(bin), "video-hold");
    ck_assert(hold != nullptr);
    guint64 longest = 0;
    g_object_get(hold, "max-size-time", &longest, nullptr);
    ck_assert_uint_eq(longest, (window_ms + 1500 + 3000) * GST_MSECOND);
  }
  gst_element_release_request_pad(bin, sink);
  gst_object_unref(sink);
  // What is left is the captioner and the way out of its text.
  ck_assert_int_eq(g_list_length(GST_BIN_CHILDREN(bin)), 4);
  sink = gst_element_request_pad_simple(bin, "video_sink");
  ck_assert(sink != nullptr);
  gst_object_unref(sink);
  gst_object_unref(bin);
}
END_TEST

START_TEST(queues_hold_as_long_as_the_captioner_inside_says) {
  GstElement* bin = gst_element_factory_make("dalisubtitlebin", nullptr);
  gst_object_ref_sink(bin);
  g_autoptr(GstPad) sink = gst_element_request_pad_simple(bin, "video_sink");
  g_object_set(bin, "latency", 1500, nullptr);
  gst_child_proxy_set(GST_CHILD_PROXY(bin), "captioner::window", 30000, "captioner::merge-limit",
                      60000, nullptr);
  g_autoptr(GstElement) hold = gst_bin_get_by_name(GST_BIN(bin), "video-hold");
  guint64 longest = 0;
  g_object_get(hold, "max-size-time", &longest, nullptr);
  ck_assert_uint_eq(longest, (30000 + 60000 + 1500 + 3000) * GST_MSECOND);
  // Events are known when windows that overlap theirs are, and are not merged.
  gst_child_proxy_set(GST_CHILD_PROXY(bin), "captioner::mode", 1, nullptr);
  g_object_get(hold, "max-size-time", &longest, nullptr);
  ck_assert_uint_eq(longest, (3 * 30000 + 1000 + 1500 + 3000) * GST_MSECOND);
  gst_object_unref(bin);
}
END_TEST

START_TEST(an_input_that_is_given_back_leaves_nothing_at_the_captions) {
  GstElement* bin = gst_element_factory_make("dalisubtitlebin", nullptr);
  gst_object_ref_sink(bin);
  gst_util_set_object_arg(G_OBJECT(bin), "mode", "burn-in");
  g_autoptr(GstElement) captions = gst_bin_get_by_name(GST_BIN(bin), "captions");
  const guint16 before = captions->numsrcpads;
  for (int time = 0; time < 3; ++time) {
    GstPad* sink = gst_element_request_pad_simple(bin, "video_sink");
    ck_assert_uint_eq(captions->numsrcpads, before + 1);
    gst_element_release_request_pad(bin, sink);
    gst_object_unref(sink);
    ck_assert_uint_eq(captions->numsrcpads, before);
  }
  gst_object_unref(bin);
}
END_TEST

START_TEST(the_captioner_inside_takes_its_other_properties_as_a_child) {
  GstElement* bin = gst_element_factory_make("dalisubtitlebin", nullptr);
  gst_object_ref_sink(bin);
  gst_child_proxy_set(GST_CHILD_PROXY(bin), "captioner::max-pending", 7, nullptr);
  guint max_pending = 0;
  gst_child_proxy_get(GST_CHILD_PROXY(bin), "captioner::max-pending", &max_pending, nullptr);
  ck_assert_uint_eq(max_pending, 7);
  gst_object_unref(bin);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  if (!dali::register_elements(nullptr)) return 1;
  TCase* modes = tcase_create("modes");
  tcase_add_test(modes, raw_media_come_out_as_they_went_in_with_captions_beside_them);
  tcase_add_test(modes, encoded_media_come_out_encoded);
  tcase_add_test(modes, a_muxer_behind_the_bin_needs_no_queue_for_windows_of_ten_seconds);
  tcase_add_test(modes, media_that_nobody_takes_do_not_hold_up_their_captions);
  tcase_add_test(modes, burn_in_shows_captions_in_the_pictures_of_their_time);
  tcase_add_test(modes, encoded_pictures_are_burned_into_as_well);
  tcase_add_test(modes, captions_are_burned_upright_into_pictures_on_their_side);
  tcase_add_test(modes, closed_captions_are_put_into_the_pictures);
  TCase* inside = tcase_create("inside");
  tcase_add_test(inside, a_source_shows_when_its_input_is_linked_to_media_of_its_kind);
  tcase_add_test(inside, queues_hold_a_window_its_latency_and_some);
  tcase_add_test(inside, queues_hold_as_long_as_the_captioner_inside_says);
  tcase_add_test(inside, an_input_that_is_given_back_leaves_nothing_at_the_captions);
  tcase_add_test(inside, the_captioner_inside_takes_its_other_properties_as_a_child);
  Suite* suite = suite_create("subtitle bin");
  for (TCase* tcase : {modes, inside}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
