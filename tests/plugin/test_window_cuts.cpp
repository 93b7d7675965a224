// SPDX-License-Identifier: LGPL-2.1-or-later
// Windows that follow the programme, through the element: where they end, what is seen of them, and
// what is refused. Frames are those of scenes that the test draws, in every format.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gst-plugin/captioner/gstdalicaptioner.h"
#include "gst-plugin/captioner/video_sampler.h"
#include "tests/plugin/log_record.h"
#include "tests/plugin/picture_run.h"
#include "tests/support/check_suite.h"

using dali::BufferHandle;
using dali::CaptionerRun;
using dali::frame_of;
using dali::PictureThumbnail;
using dali::RgbImage;
using dali::segment_event;
using dali::TextItem;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

constexpr int kFrameMs = 40;
constexpr const char* kCaps = "video/x-raw,format=I420,width=32,height=24,framerate=25/1";

std::string caps_of(const std::string& format, int width_px, int height_px,
                    const std::string& more = "") {
  return "video/x-raw,framerate=25/1,format=" + format + ",width=" + std::to_string(width_px) +
         ",height=" + std::to_string(height_px) + (more.empty() ? "" : "," + more);
}

// Half bright and half dark: at the top or bottom, on the left or right. Equally bright all four.
RgbImage scene(int number, int width_px = 32, int height_px = 24) {
  RgbImage image(width_px, height_px);
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      const bool is_first = number % 4 < 2 ? 2 * y < height_px : 2 * x < width_px;
      const bool is_bright = is_first == (number % 2 == 0);
      std::fill_n(image.row(y) + 3 * static_cast<std::ptrdiff_t>(x), 3, is_bright ? 200 : 40);
    }
  }
  return image;
}

void push_frame(CaptionerRun& run, const RgbImage& image, int at_ms, int length_ms,
                const char* caps = kCaps) {
  BufferHandle frame = frame_of(image, caps);
  GST_BUFFER_PTS(frame.get()) = static_cast<GstClockTime>(at_ms) * GST_MSECOND;
  GST_BUFFER_DURATION(frame.get()) = static_cast<GstClockTime>(length_ms) * GST_MSECOND;
  ck_assert_int_eq(gst_harness_push(run.video, frame.release()), GST_FLOW_OK);
}

void push_scene(CaptionerRun& run, int number, int from_ms, int to_ms) {
  for (int at_ms = from_ms; at_ms < to_ms; at_ms += kFrameMs) {
    push_frame(run, scene(number), at_ms, kFrameMs);
  }
}

// Cuts at 4.2, 6.4 and 18.4 s, in 24 s.
void push_programme(CaptionerRun& run) {
  push_scene(run, 0, 0, 4200);
  push_scene(run, 2, 4200, 6400);
  push_scene(run, 1, 6400, 18400);
  push_scene(run, 3, 18400, 24000);
}

void set_shots(CaptionerRun& run) {
  gst_util_set_object_arg(G_OBJECT(run.element), "window-cuts", "shots");
}

struct Span {
  int start_ms = 0;
  int end_ms = 0;
};

void expect_spans(const std::vector<TextItem>& captions, const std::vector<Span>& spans) {
  ck_assert_uint_eq(captions.size(), spans.size());
  for (std::size_t index = 0; index < spans.size(); ++index) {
    ck_assert_uint_eq(captions[index].start,
                      static_cast<GstClockTime>(spans[index].start_ms) * GST_MSECOND);
    ck_assert_uint_eq(captions[index].end,
                      static_cast<GstClockTime>(spans[index].end_ms) * GST_MSECOND);
  }
}

// What the log says of shots, in milliseconds.
std::vector<int> shots_in(const dali::LogRecord& record) {
  std::vector<int> shots;
  for (const auto& line : record.lines_of("dalicaptioner", "a shot begins at ")) {
    shots.push_back(static_cast<int>(std::lround(1000 * std::stod(line.text.substr(17)))));
  }
  return shots;
}

PictureThumbnail thumbnail_of(GstBuffer* buffer, const std::string& caps_text) {
  g_autoptr(GstCaps) caps = gst_caps_from_string(caps_text.c_str());
  dali::VideoSampler sampler;
  ck_assert_msg(sampler.set_caps(caps), "%s", caps_text.c_str());
  const std::optional<PictureThumbnail> thumbnail = sampler.thumbnail(buffer);
  ck_assert_msg(thumbnail.has_value(), "%s", caps_text.c_str());
  return *thumbnail;
}

PictureThumbnail thumbnail_of(const RgbImage& image, const std::string& caps) {
  const BufferHandle buffer = frame_of(image, caps);
  return buffer ? thumbnail_of(buffer.get(), caps) : PictureThumbnail();
}

}  // namespace

START_TEST(windows_end_at_shots_whichever_input_comes_first) {
  std::vector<std::string> texts[3];
  for (int order = 0; order < 3; ++order) {
    CaptionerRun run(Inputs::kBoth);
    set_shots(run);
    g_object_set(run.element, "max-pending", 64, nullptr);
    run.open(CaptionerRun::kMono16, kCaps);
    if (order == 0) run.push_sound(0, 24000);
    push_programme(run);
    // In other pieces.
    if (order > 0) run.push_sound(0, 24000, order == 1 ? 100 : 7);
    run.end();
    const auto captions = run.captions_until_eos();
    expect_spans(captions, {{0, 4200}, {4200, 14200}, {14200, 18400}, {18400, 24000}});
    for (const TextItem& caption : captions) texts[order].push_back(caption.text);
  }
  ck_assert(texts[0] == texts[1]);
  ck_assert(texts[0] == texts[2]);
}
END_TEST

START_TEST(the_defaults_are_the_grid_and_the_middle) {
  std::vector<std::string> texts[2];
  for (const bool is_said : {false, true}) {
    CaptionerRun run(Inputs::kBoth);
    if (is_said) {
      gst_util_set_object_arg(G_OBJECT(run.element), "window-cuts", "grid");
      gst_util_set_object_arg(G_OBJECT(run.element), "picture-at", "middle");
    }
    run.open(CaptionerRun::kMono16, kCaps);
    push_programme(run);
    run.push_sound(0, 24000);
    run.end();
    const auto captions = run.captions_until_eos();
    expect_spans(captions, {{0, 10000}, {10000, 20000}, {20000, 24000}});
    for (const TextItem& caption : captions) texts[is_said ? 1 : 0].push_back(caption.text);
  }
  ck_assert(texts[0] == texts[1]);
}
END_TEST

START_TEST(pictures_alone_end_windows_and_sound_alone_none) {
  CaptionerRun pictures(Inputs::kVideo);
  set_shots(pictures);
  pictures.open(nullptr, kCaps);
  push_programme(pictures);
  pictures.end();
  expect_spans(pictures.captions_until_eos(),
               {{0, 4200}, {4200, 14200}, {14200, 18400}, {18400, 24000}});
  CaptionerRun sound(Inputs::kAudio);
  set_shots(sound);
  gst_util_set_object_arg(G_OBJECT(sound.element), "picture-at", "loudest-change");
  expect_spans(sound.captions_of_sound(20000), {{0, 10000}, {10000, 20000}});
  ck_assert(sound.message(GST_MESSAGE_WARNING, 0) == nullptr);
}
END_TEST

START_TEST(the_shortest_window_is_the_users) {
  CaptionerRun run(Inputs::kVideo, "shortest-window", "2000");
  set_shots(run);
  run.open(nullptr, kCaps);
  push_programme(run);
  run.end();
  expect_spans(run.captions_until_eos(),
               {{0, 4200}, {4200, 6400}, {6400, 16400}, {16400, 18400}, {18400, 24000}});
}
END_TEST

START_TEST(a_flash_ends_nothing_and_slides_end_windows) {
  CaptionerRun run(Inputs::kVideo);
  set_shots(run);
  run.open(nullptr, kCaps);
  push_scene(run, 0, 0, 5000);
  push_frame(run, dali::of_one_colour(32, 24, {255, 255, 255}), 5000, kFrameMs);
  push_scene(run, 0, 5040, 10000);
  for (int slide = 1; slide <= 4; ++slide) push_frame(run, scene(slide), 5000 * slide + 5000, 5000);
  run.end();
  expect_spans(run.captions_until_eos(),
               {{0, 10000}, {10000, 15000}, {15000, 20000}, {20000, 25000}, {25000, 30000}});
}
END_TEST

START_TEST(after_a_seek_windows_follow_the_new_place_alone) {
  CaptionerRun run(Inputs::kVideo);
  set_shots(run);
  run.open(nullptr, kCaps);
  push_scene(run, 0, 0, 5000);
  run.push_event(run.video, dali::with_seqnum(gst_event_new_flush_start(), 7));
  run.push_event(run.video, dali::with_seqnum(gst_event_new_flush_stop(TRUE), 7));
  run.push_event(run.video, segment_event(0, 0, 7));
  // Another scene than before the seek, which no cut leads to.
  push_scene(run, 2, 0, 5000);
  push_scene(run, 0, 5000, 9000);
  run.end();
  expect_spans(run.captions_until_eos(), {{0, 5000}, {5000, 9000}});
}
END_TEST

START_TEST(a_gap_in_the_pictures_hides_no_cut) {
  CaptionerRun run(Inputs::kBoth);
  set_shots(run);
  run.open(CaptionerRun::kMono16, kCaps);
  push_scene(run, 0, 0, 4000);
  run.push_event(run.video, gst_event_new_gap(4000 * GST_MSECOND, 600 * GST_MSECOND));
  push_scene(run, 2, 4600, 9000);
  run.push_sound(0, 9000);
  run.end();
  expect_spans(run.captions_until_eos(), {{0, 4600}, {4600, 9000}});
}
END_TEST

START_TEST(switching_captions_off_forgets_the_picture_of_before) {
  CaptionerRun run(Inputs::kVideo);
  set_shots(run);
  run.open(nullptr, kCaps);
  push_scene(run, 0, 0, 4000);
  g_object_set(run.element, "passthrough", TRUE, nullptr);
  push_scene(run, 1, 4000, 6000);
  g_object_set(run.element, "passthrough", FALSE, nullptr);
  push_scene(run, 2, 6000, 14000);
  run.end();
  expect_spans(run.captions_until_eos(), {{0, 4000}, {6000, 14000}});
}
END_TEST

START_TEST(the_log_says_what_ended_a_window) {
  dali::LogRecord record(GST_LEVEL_DEBUG);
  CaptionerRun run(Inputs::kVideo);
  set_shots(run);
  run.open(nullptr, kCaps);
  push_programme(run);
  run.end();
  run.captions_until_eos();
  ck_assert(shots_in(record) == std::vector<int>({4200, 6400, 18400}));
  record.expect_in_order("dalicaptioner", {"window 0 [0.000, 4.200) closed: a shot ended",
                                           "window 1 [4.200, 14.200) closed: full",
                                           "window 2 [14.200, 18.400) closed: a shot ended",
                                           "window 3 [18.400, 24.000) closed: the stream ended"});
}
END_TEST

START_TEST(a_live_window_closes_soon_after_its_shot_and_promises_the_same_latency) {
  for (const bool has_shots : {false, true}) {
    CaptionerRun run(Inputs::kVideo);
    if (has_shots) set_shots(run);
    gst_harness_set_live(run.video, TRUE);
    gst_harness_set_upstream_latency(run.video, 20 * GST_MSECOND);
    run.open(nullptr, kCaps);
    push_scene(run, 0, 0, 4200);
    push_scene(run, 2, 4200, 4440);
    g_autoptr(GstPad) pad = gst_element_get_static_pad(run.element, "text_src");
    const dali::QueryHandle query(gst_query_new_latency());
    ck_assert(gst_pad_query(pad, query.get()));
    GstClockTime shortest = 0;
    gst_query_parse_latency(query.get(), nullptr, &shortest, nullptr);
    ck_assert_uint_eq(shortest, 13020 * GST_MSECOND);
    if (has_shots) {
      // No more than a flash's length of pictures behind it.
      const auto items = dali::of_kind(run.text_until("caption"), "caption");
      ck_assert_uint_eq(items[0].end, 4200 * GST_MSECOND);
    }
    run.end();
    run.text_until_eos();
  }
}
END_TEST

START_TEST(what_does_not_go_together_is_refused_in_a_line) {
  const std::pair<const char*, const char*> refused[] = {{"mode", "events"}, {"interval", "20000"}};
  for (const auto& [property, value] : refused) {
    CaptionerRun run(Inputs::kVideo);
    gst_element_set_state(run.element, GST_STATE_NULL);
    set_shots(run);
    g_autofree gchar* none = nullptr;
    g_object_get(run.element, "contradiction", &none, nullptr);
    ck_assert(none == nullptr);
    gst_util_set_object_arg(G_OBJECT(run.element), property, value);
    g_autofree gchar* known = nullptr;
    g_object_get(run.element, "contradiction", &known, nullptr);
    ck_assert(known != nullptr);
    ck_assert_int_eq(gst_element_set_state(run.element, GST_STATE_PAUSED),
                     GST_STATE_CHANGE_FAILURE);
    const auto message = run.message(GST_MESSAGE_ERROR);
    ck_assert(message != nullptr);
    g_autoptr(GError) error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    ck_assert(std::strstr(error->message, "window-cuts=shots does not go with") != nullptr);
    ck_assert_str_eq(error->message, known);
    ck_assert(std::strchr(error->message, '\n') == nullptr);
    gst_element_set_state(run.element, GST_STATE_NULL);
  }
}
END_TEST

START_TEST(what_comes_to_contradict_it_is_warned_of_and_leaves_the_grid) {
  CaptionerRun run(Inputs::kVideo);
  set_shots(run);
  run.open(nullptr, kCaps);
  g_object_set(run.element, "interval", 20000, nullptr);
  const auto message = run.message(GST_MESSAGE_WARNING);
  ck_assert(message != nullptr);
  push_programme(run);
  run.end();
  expect_spans(run.captions_until_eos(), {{0, 10000}, {20000, 24000}});
}
END_TEST

START_TEST(the_picture_is_that_of_the_loudest_change) {
  for (const bool is_loudest : {false, true}) {
    CaptionerRun run(Inputs::kBoth);
    if (is_loudest) {
      gst_util_set_object_arg(G_OBJECT(run.element), "picture-at", "loudest-change");
    }
    run.open();
    // Still until 7.3 s; a frame's grey is its time in tenths of a second.
    std::vector<float> samples(160000, 0.001F);
    std::fill(samples.begin() + 73 * 1600, samples.end(), 0.5F);
    GstBuffer* sound = gst_buffer_new_memdup(samples.data(), samples.size() * sizeof(float));
    GST_BUFFER_PTS(sound) = 0;
    GST_BUFFER_DURATION(sound) = 10 * GST_SECOND;
    gst_harness_push(run.audio, sound);
    run.push_frames(0, 10000);
    run.end();
    ck_assert_uint_eq(run.captions_until_eos().size(), 1);
    const int seen = run.engine->asked()[0].first_pixel[0];
    ck_assert_int_le(std::abs(seen - (is_loudest ? 73 : 50)), is_loudest ? 4 : 0);
  }
}
END_TEST

START_TEST(scenes_differ_in_every_format_as_they_do_in_rgb) {
  g_autoptr(GstCaps) all = gst_caps_from_string("video/x-raw,format=" GST_VIDEO_FORMATS_ALL);
  const GValue* formats = gst_structure_get_value(gst_caps_get_structure(all, 0), "format");
  int tried = 0;
  for (guint index = 0; index < gst_value_list_get_size(formats); ++index) {
    const char* format = g_value_get_string(gst_value_list_get_value(formats, index));
    for (const auto& [width_px, height_px] : {std::pair(64, 48), std::pair(30, 14)}) {
      const std::string caps = caps_of(format, width_px, height_px);
      if (!frame_of(scene(0), caps_of(format, 32, 24))) continue;
      ++tried;
      for (int number = 0; number < 4; ++number) {
        const RgbImage image = scene(number, width_px, height_px);
        const PictureThumbnail expected = thumbnail_of(image, caps_of("RGB", width_px, height_px));
        const PictureThumbnail found = thumbnail_of(image, caps);
        // Luma of the narrow range, formats of few bits, and chroma between two halves.
        const float apart = dali::difference(expected, found);
        ck_assert_msg(apart < 20.0F, "%s, scene %d: %.1f", caps.c_str(), number,
                      static_cast<double>(apart));
        ck_assert(dali::likeness(expected, found).value_or(0.0F) > 0.98F);
        const PictureThumbnail next = thumbnail_of(scene(number + 1, width_px, height_px), caps);
        ck_assert(dali::difference(found, next) > 40.0F);
      }
    }
  }
  ck_assert_int_gt(tried, 200);
}
END_TEST

START_TEST(of_an_interlaced_frame_one_field_counts) {
  for (const char* format : {"I420", "UYVY", "v210", "RGB"}) {
    const std::string caps = caps_of(format, 48, 36, "interlace-mode=interleaved");
    BufferHandle frame = frame_of(scene(0, 48, 36), caps);
    const BufferHandle other = frame_of(scene(1, 48, 36), caps);
    g_autoptr(GstCaps) parsed = gst_caps_from_string(caps.c_str());
    GstVideoInfo info;
    ck_assert(gst_video_info_from_caps(&info, parsed));
    GstVideoFrame to;
    GstVideoFrame from;
    ck_assert(gst_video_frame_map(&to, &info, frame.get(), GST_MAP_WRITE));
    ck_assert(gst_video_frame_map(&from, &info, other.get(), GST_MAP_READ));
    const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&to, 0);
    for (int row = 1; row < 36; row += 2) {
      std::memcpy(static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&to, 0)) + row * stride,
                  static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&from, 0)) + row * stride,
                  static_cast<std::size_t>(stride));
    }
    gst_video_frame_unmap(&from);
    gst_video_frame_unmap(&to);
    GST_BUFFER_FLAG_SET(frame.get(), GST_VIDEO_BUFFER_FLAG_INTERLACED);
    const PictureThumbnail combed = thumbnail_of(frame.get(), caps);
    GST_BUFFER_FLAG_SET(frame.get(), GST_VIDEO_BUFFER_FLAG_BOTTOM_FIELD);
    const PictureThumbnail bottom = thumbnail_of(frame.get(), caps);
    const std::string plain = caps_of(format, 48, 36);
    ck_assert(dali::difference(combed, thumbnail_of(scene(0, 48, 36), plain)) < 5.0F);
    ck_assert(dali::difference(bottom, thumbnail_of(scene(1, 48, 36), plain)) < 5.0F);
  }
}
END_TEST

START_TEST(what_is_cropped_away_does_not_count) {
  const std::string caps = caps_of("I420", 64, 48);
  PictureThumbnail thumbnails[2];
  for (int number = 0; number < 2; ++number) {
    // The scenes are alike on the right half but for what is cropped.
    BufferHandle frame = frame_of(scene(2 + number, 64, 48), caps, true);
    GstVideoCropMeta* crop = gst_buffer_add_video_crop_meta(frame.get());
    crop->x = number == 0 ? 32 : 0;
    crop->y = 0;
    crop->width = 32;
    crop->height = 48;
    thumbnails[number] = thumbnail_of(frame.get(), caps);
  }
  ck_assert(dali::difference(thumbnails[0], thumbnails[1]) < 1.0F);
}
END_TEST

START_TEST(rows_with_gaps_between_them_are_read_as_they_lie) {
  const std::string caps = caps_of("GRAY8", 30, 20);
  constexpr int kStride = 77;
  const BufferHandle buffer(gst_buffer_new_allocate(nullptr, kStride * 20, nullptr));
  gst_buffer_memset(buffer.get(), 0, 255, kStride * 20);
  for (int row = 0; row < 20; ++row) {
    gst_buffer_memset(buffer.get(), static_cast<gsize>(row * kStride), row < 10 ? 50 : 90, 30);
  }
  gsize offsets[GST_VIDEO_MAX_PLANES] = {0};
  gint strides[GST_VIDEO_MAX_PLANES] = {kStride};
  gst_buffer_add_video_meta_full(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8,
                                 30, 20, 1, offsets, strides);
  const PictureThumbnail thumbnail = thumbnail_of(buffer.get(), caps);
  for (std::size_t at = 0; at < thumbnail.luma.size(); ++at) {
    const bool is_above = at < thumbnail.luma.size() / 2;
    ck_assert(std::abs(thumbnail.luma[at] - (is_above ? 50.0F : 90.0F)) < 0.01F);
  }
}
END_TEST

START_TEST(pictures_of_a_pixel_are_no_crash) {
  for (const char* format : {"I420", "RGB", "v210", "NV12", "NV12_64Z32", "P010_10LE", "RGB8P"}) {
    for (const auto& [width_px, height_px] : {std::pair(1, 1), std::pair(2, 1), std::pair(1, 9)}) {
      const std::string caps = caps_of(format, width_px, height_px, "interlace-mode=interleaved");
      thumbnail_of(dali::of_one_colour(width_px, height_px, {90, 90, 90}), caps);
    }
  }
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  GST_ELEMENT_REGISTER(dalicaptioner, nullptr);
  TCase* windows = tcase_create("windows");
  tcase_add_test(windows, windows_end_at_shots_whichever_input_comes_first);
  tcase_add_test(windows, the_defaults_are_the_grid_and_the_middle);
  tcase_add_test(windows, pictures_alone_end_windows_and_sound_alone_none);
  tcase_add_test(windows, the_shortest_window_is_the_users);
  tcase_add_test(windows, a_flash_ends_nothing_and_slides_end_windows);
  tcase_add_test(windows, after_a_seek_windows_follow_the_new_place_alone);
  tcase_add_test(windows, a_gap_in_the_pictures_hides_no_cut);
  tcase_add_test(windows, switching_captions_off_forgets_the_picture_of_before);
  tcase_add_test(windows, the_log_says_what_ended_a_window);
  tcase_add_test(windows, a_live_window_closes_soon_after_its_shot_and_promises_the_same_latency);
  tcase_add_test(windows, the_picture_is_that_of_the_loudest_change);
  TCase* refusals = tcase_create("refusals");
  tcase_add_test(refusals, what_does_not_go_together_is_refused_in_a_line);
  tcase_add_test(refusals, what_comes_to_contradict_it_is_warned_of_and_leaves_the_grid);
  TCase* layouts = tcase_create("layouts");
  tcase_add_test(layouts, scenes_differ_in_every_format_as_they_do_in_rgb);
  tcase_add_test(layouts, of_an_interlaced_frame_one_field_counts);
  tcase_add_test(layouts, what_is_cropped_away_does_not_count);
  tcase_add_test(layouts, rows_with_gaps_between_them_are_read_as_they_lie);
  tcase_add_test(layouts, pictures_of_a_pixel_are_no_crash);
  tcase_set_timeout(layouts, 120);
  Suite* suite = suite_create("window cuts");
  for (TCase* tcase : {windows, refusals, layouts}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
