// SPDX-License-Identifier: LGPL-2.1-or-later
// The model sees of a frame what a viewer sees.
#include <algorithm>

#include "tests/plugin/picture_run.h"
#include "tests/support/check_suite.h"

using dali::BufferHandle;
using dali::four_quarters;
using dali::frame_of;
using dali::PictureRun;
using dali::quarters_of;
using dali::RgbImage;
using dali::seen_of;

namespace {

constexpr const char* kRgb = "video/x-raw,format=RGB,width=16,height=12,framerate=1/1";

std::string caps_of(const std::string& format, int width_px, int height_px,
                    const std::string& more = "") {
  return "video/x-raw,framerate=1/1,format=" + format + ",width=" + std::to_string(width_px) +
         ",height=" + std::to_string(height_px) + (more.empty() ? "" : "," + more);
}

void expect_size(const RgbImage& image, int width_px, int height_px, const std::string& name) {
  ck_assert_msg(image.width_px == width_px && image.height_px == height_px,
                "%s: %d x %d instead of %d x %d", name.c_str(), image.width_px, image.height_px,
                width_px, height_px);
}

void expect_quarters(const RgbImage& image, const std::string& expected, const std::string& name) {
  ck_assert_msg(quarters_of(image) == expected, "%s: %s instead of %s", name.c_str(),
                quarters_of(image).c_str(), expected.c_str());
}

// As the tags' documentation has it: mirrored first, then turned clockwise.
struct Orientation {
  const char* tag;
  const char* method;    // of videoflip
  const char* quarters;  // of an upright "RGBW"
  bool is_on_its_side;
};
constexpr Orientation kOrientations[] = {
    {"rotate-0", "identity", "RGBW", false},    {"rotate-90", "90r", "BRWG", true},
    {"rotate-180", "180", "WBGR", false},       {"rotate-270", "90l", "GWRB", true},
    {"flip-rotate-0", "horiz", "GRWB", false},  {"flip-rotate-90", "ur-ll", "WGBR", true},
    {"flip-rotate-180", "vert", "BWRG", false}, {"flip-rotate-270", "ul-lr", "RBGW", true},
};

}  // namespace

START_TEST(every_orientation_of_the_tag_is_upright_for_the_model) {
  for (const Orientation& row : kOrientations) {
    for (const bool is_before_caps : {true, false}) {
      PictureRun run(kRgb);
      if (is_before_caps) run.send(dali::stream_start_event("a"));
      if (!is_before_caps) run.open();
      run.send(dali::orientation_event(row.tag, GST_TAG_SCOPE_STREAM));
      if (is_before_caps) {
        g_autoptr(GstCaps) caps = gst_caps_from_string(kRgb);
        run.send(gst_event_new_caps(caps));
        run.send(dali::segment_event(0, 0, 1));
        gst_harness_push(run.run.video, [] {
          GstBuffer* buffer = frame_of(four_quarters(16, 12), kRgb).release();
          GST_BUFFER_PTS(buffer) = 0;
          GST_BUFFER_DURATION(buffer) = GST_SECOND;
          return buffer;
        }());
      } else {
        run.show(frame_of(four_quarters(16, 12), kRgb));
      }
      const auto seen = run.seen();
      ck_assert_uint_eq(seen.size(), 1);
      expect_quarters(seen[0], row.quarters, row.tag);
      expect_size(seen[0], row.is_on_its_side ? 12 : 16, row.is_on_its_side ? 16 : 12, row.tag);
    }
  }
}
END_TEST

START_TEST(a_turned_picture_keeps_every_pixel) {
  // Of an odd size, each pixel a colour of its own.
  RgbImage image(5, 3);
  for (std::size_t at = 0; at < image.pixels.size(); ++at) {
    image.pixels[at] = static_cast<std::uint8_t>(3 * at + at % 3);
  }
  PictureRun run(caps_of("RGB", 5, 3));
  run.open();
  run.send(dali::orientation_event("rotate-90", GST_TAG_SCOPE_STREAM));
  run.show(frame_of(image, caps_of("RGB", 5, 3)));
  const RgbImage turned = run.seen().at(0);
  expect_size(turned, 3, 5, "rotate-90");
  for (int y = 0; y < 5; ++y) {
    for (int x = 0; x < 3; ++x) {
      for (int part = 0; part < 3; ++part) {
        ck_assert_int_eq(turned.row(y)[3 * x + part], image.row(2 - x)[3 * y + part]);
      }
    }
  }
}
END_TEST

START_TEST(a_tag_goes_through_and_the_frames_stay_as_they_are) {
  PictureRun run(kRgb);
  run.open();
  run.send(dali::orientation_event("rotate-90", GST_TAG_SCOPE_STREAM));
  BufferHandle frame = frame_of(four_quarters(16, 12), kRgb);
  const BufferHandle kept(gst_buffer_ref(frame.get()));
  run.show(std::move(frame));
  const BufferHandle out(gst_harness_pull(run.run.video));
  ck_assert(out.get() == kept.get());
  g_autoptr(GstPad) source = gst_element_get_static_pad(run.run.element, "video_src");
  g_autoptr(GstEvent) event = gst_pad_get_sticky_event(source, GST_EVENT_TAG, 0);
  ck_assert(event != nullptr);
  GstTagList* tags = nullptr;
  gst_event_parse_tag(event, &tags);
  g_autofree gchar* orientation = nullptr;
  ck_assert(gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &orientation));
  ck_assert_str_eq(orientation, "rotate-90");
}
END_TEST

START_TEST(the_streams_tag_counts_more_than_the_mediums) {
  const auto show = [](PictureRun& run) { run.show(frame_of(four_quarters(16, 12), kRgb)); };
  PictureRun run(kRgb);
  run.open();
  show(run);
  run.send(dali::orientation_event("rotate-180", GST_TAG_SCOPE_GLOBAL));
  show(run);
  run.send(dali::orientation_event("rotate-90", GST_TAG_SCOPE_STREAM));
  show(run);
  run.send(dali::orientation_event("flip-rotate-0", GST_TAG_SCOPE_GLOBAL));
  show(run);
  // About something else, and nothing that there is.
  run.send(gst_event_new_tag(gst_tag_list_new(GST_TAG_BITRATE, 1000U, nullptr)));
  run.send(dali::orientation_event("sideways", GST_TAG_SCOPE_STREAM));
  show(run);
  run.send(dali::orientation_event("rotate-0", GST_TAG_SCOPE_STREAM));
  show(run);
  std::string all;
  for (const RgbImage& image : run.seen()) all += quarters_of(image) + " ";
  ck_assert_str_eq(all.c_str(), "RGBW WBGR BRWG BRWG BRWG RGBW ");
}
END_TEST

START_TEST(another_stream_begins_upright) {
  for (const bool is_another : {true, false}) {
    PictureRun run(kRgb);
    run.send(dali::stream_start_event("a"));
    g_autoptr(GstCaps) caps = gst_caps_from_string(kRgb);
    run.send(gst_event_new_caps(caps));
    run.send(dali::segment_event(0, 0, 1));
    run.send(dali::orientation_event("rotate-90", GST_TAG_SCOPE_STREAM));
    run.send(dali::stream_start_event(is_another ? "b" : "a"));
    run.send(gst_event_new_caps(caps));
    run.send(dali::segment_event(0, 0, 1));
    GstBuffer* buffer = frame_of(four_quarters(16, 12), kRgb).release();
    GST_BUFFER_PTS(buffer) = 0;
    GST_BUFFER_DURATION(buffer) = GST_SECOND;
    gst_harness_push(run.run.video, buffer);
    expect_quarters(run.seen().at(0), is_another ? "RGBW" : "BRWG", is_another ? "b" : "a");
  }
}
END_TEST

START_TEST(the_users_direction_counts_more_than_the_tag) {
  for (const Orientation& row : kOrientations) {
    PictureRun run(kRgb, "video-direction", row.method);
    run.open();
    run.send(dali::orientation_event("rotate-180", GST_TAG_SCOPE_STREAM));
    run.show(frame_of(four_quarters(16, 12), kRgb));
    gst_util_set_object_arg(G_OBJECT(run.run.element), "video-direction", "auto");
    run.show(frame_of(four_quarters(16, 12), kRgb));
    const auto seen = run.seen();
    expect_quarters(seen.at(0), row.quarters, row.method);
    expect_quarters(seen.at(1), "WBGR", row.method);
  }
}
END_TEST

START_TEST(pixels_are_square_for_the_model) {
  struct Case {
    int width_px;
    int height_px;
    const char* aspect;
    int seen_width_px;
    int seen_height_px;
  };
  const Case rows[] = {
      {64, 48, "1/1", 64, 48},    {72, 58, "16/15", 77, 58}, {72, 58, "64/45", 102, 58},
      {72, 48, "8/9", 64, 48},    {16, 48, "4/1", 64, 48},   {64, 12, "1/4", 16, 12},
      {2, 2, "1/1000", 1, 2},     {9, 1, "1/1", 9, 1},       {1000, 2, "100/1", 8192, 1},
      {10000, 2, "1/1", 8192, 2},
  };
  for (const Case& row : rows) {
    const std::string caps = caps_of("I420", row.width_px, row.height_px,
                                     std::string("pixel-aspect-ratio=") + row.aspect);
    const RgbImage seen = seen_of(caps, frame_of(four_quarters(row.width_px, row.height_px), caps));
    expect_size(seen, row.seen_width_px, row.seen_height_px, caps);
    if (row.height_px >= 12) expect_quarters(seen, "RGBW", caps);
  }
}
END_TEST

START_TEST(pixels_are_made_square_before_they_are_turned) {
  const std::string caps = caps_of("NV12", 32, 48, "pixel-aspect-ratio=2/1");
  PictureRun run(caps);
  run.open();
  run.send(dali::orientation_event("rotate-270", GST_TAG_SCOPE_STREAM));
  run.show(frame_of(four_quarters(32, 48), caps));
  const RgbImage seen = run.seen().at(0);
  expect_size(seen, 48, 64, caps);
  expect_quarters(seen, "GWRB", caps);
}
END_TEST

START_TEST(a_buffer_is_cropped_as_its_meta_says) {
  for (const char* format : {"I420", "NV12", "RGB", "YUY2", "GBR_10LE", "P010_10LE"}) {
    // A decoder's padded frame: 64 x 48, of which the middle is shown.
    const std::string caps = caps_of(format, 32, 24);
    RgbImage padded = dali::of_one_colour(64, 48, {0, 0, 0});
    const RgbImage inner = four_quarters(32, 24);
    for (int y = 0; y < 24; ++y) {
      std::copy_n(inner.row(y), inner.row_bytes(), padded.row(y + 8) + 3 * 16);
    }
    BufferHandle frame = frame_of(padded, caps, true);
    GstVideoCropMeta* crop = gst_buffer_add_video_crop_meta(frame.get());
    crop->x = 16;
    crop->y = 8;
    crop->width = 32;
    crop->height = 24;
    const RgbImage seen = seen_of(caps, std::move(frame));
    expect_size(seen, 32, 24, format);
    expect_quarters(seen, "RGBW", format);
  }
}
END_TEST

START_TEST(a_crop_beyond_the_frame_is_no_crash) {
  struct Case {
    guint x;
    guint y;
    guint width;
    guint height;
    int seen_width_px;
    int seen_height_px;
  };
  for (const Case& row :
       {Case{8, 6, 100, 100, 8, 6}, Case{100, 100, 5, 5, 16, 12}, Case{0, 0, 0, 0, 16, 12},
        Case{15, 11, 1, 1, 1, 1}, Case{G_MAXUINT, 0, G_MAXUINT, 12, 16, 12}}) {
    BufferHandle frame = frame_of(four_quarters(16, 12), kRgb);
    GstVideoCropMeta* crop = gst_buffer_add_video_crop_meta(frame.get());
    crop->x = row.x;
    crop->y = row.y;
    crop->width = row.width;
    crop->height = row.height;
    expect_size(seen_of(kRgb, std::move(frame)), row.seen_width_px, row.seen_height_px, "crop");
  }
}
END_TEST

START_TEST(what_is_transparent_lies_over_black) {
  // White of all opacities; what a transparent pixel's colour is does not show.
  for (const char* format : {"RGBA", "ARGB", "BGRA", "ABGR", "AYUV", "A420", "ARGB64"}) {
    for (const int opacity : {0, 64, 128, 255}) {
      const std::string caps = caps_of(format, 8, 8);
      BufferHandle frame = frame_of(dali::of_one_colour(8, 8, {255, 255, 255}), caps);
      g_autoptr(GstCaps) parsed = gst_caps_from_string(caps.c_str());
      GstVideoInfo info;
      gst_video_info_from_caps(&info, parsed);
      GstVideoFrame mapped;
      ck_assert(gst_video_frame_map(&mapped, &info, frame.get(), GST_MAP_WRITE));
      const auto bytes = GST_VIDEO_FRAME_COMP_DEPTH(&mapped, 3) / 8;
      for (int y = 0; y < 8; ++y) {
        auto* row = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_COMP_DATA(&mapped, 3)) +
                    y * GST_VIDEO_FRAME_COMP_STRIDE(&mapped, 3);
        for (int x = 0; x < 8; ++x) {
          std::fill_n(row + x * GST_VIDEO_FRAME_COMP_PSTRIDE(&mapped, 3), bytes, opacity);
        }
      }
      gst_video_frame_unmap(&mapped);
      const RgbImage seen = seen_of(caps, std::move(frame));
      for (const std::uint8_t part : seen.pixels) {
        // GStreamer's fastest conversions are exact to two steps.
        ck_assert_msg(std::abs(part - opacity) <= 2, "%s: %d of opacity %d", format, part, opacity);
      }
    }
  }
}
END_TEST

START_TEST(a_frame_that_its_caps_do_not_fit_is_warned_of_once) {
  PictureRun run(caps_of("I420", 64, 48));
  for (int frame = 0; frame < 3; ++frame) {
    run.show(BufferHandle(gst_buffer_new_allocate(nullptr, 10, nullptr)));
  }
  ck_assert_uint_eq(run.seen().size(), 0);
  const auto warning = run.run.message(GST_MESSAGE_WARNING);
  ck_assert(warning != nullptr);
  g_autoptr(GError) error = nullptr;
  gst_message_parse_warning(warning.get(), &error, nullptr);
  ck_assert_str_eq(error->message,
                   "The captions go without the picture at 0.000 s: its buffer does not hold what "
                   "its caps say, or there is no memory for a copy");
  ck_assert(run.run.message(GST_MESSAGE_WARNING, 0) == nullptr);
}
END_TEST

namespace {

Suite* pictures_suite() {
  Suite* suite = suite_create("pictures");
  TCase* orientation = tcase_create("orientation");
  tcase_add_test(orientation, every_orientation_of_the_tag_is_upright_for_the_model);
  tcase_add_test(orientation, a_turned_picture_keeps_every_pixel);
  tcase_add_test(orientation, a_tag_goes_through_and_the_frames_stay_as_they_are);
  tcase_add_test(orientation, the_streams_tag_counts_more_than_the_mediums);
  tcase_add_test(orientation, another_stream_begins_upright);
  tcase_add_test(orientation, the_users_direction_counts_more_than_the_tag);
  suite_add_tcase(suite, orientation);
  TCase* shape = tcase_create("shape");
  tcase_add_test(shape, pixels_are_square_for_the_model);
  tcase_add_test(shape, pixels_are_made_square_before_they_are_turned);
  tcase_add_test(shape, a_buffer_is_cropped_as_its_meta_says);
  tcase_add_test(shape, a_crop_beyond_the_frame_is_no_crash);
  tcase_add_test(shape, what_is_transparent_lies_over_black);
  tcase_add_test(shape, a_frame_that_its_caps_do_not_fit_is_warned_of_once);
  suite_add_tcase(suite, shape);
  for (TCase* each : {orientation, shape}) tcase_set_timeout(each, 60);
  return suite;
}

}  // namespace

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  return dali::run_suite(pictures_suite());
}
