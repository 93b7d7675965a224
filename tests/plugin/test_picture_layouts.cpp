// SPDX-License-Identifier: LGPL-2.1-or-later
// However a frame lays its pixels out, the model sees one picture of one moment.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tests/plugin/picture_run.h"
#include "tests/support/check_suite.h"

using dali::BufferHandle;
using dali::four_quarters;
using dali::frame_of;
using dali::quarters_of;
using dali::RgbImage;
using dali::seen_of;

namespace {

using Colour = std::array<std::uint8_t, 3>;
constexpr Colour kFirst = {200, 30, 30};
constexpr Colour kSecond = {30, 30, 200};

std::string caps_of(const std::string& format, int width_px, int height_px,
                    const std::string& more = "") {
  return "video/x-raw,framerate=1/1,format=" + format + ",width=" + std::to_string(width_px) +
         ",height=" + std::to_string(height_px) + (more.empty() ? "" : "," + more);
}

// Two moments, a field each: every second row of every plane is of another frame.
BufferHandle combed_frame(const std::string& caps_text, int width_px, int height_px) {
  g_autoptr(GstCaps) caps = gst_caps_from_string(caps_text.c_str());
  GstVideoInfo info;
  gst_video_info_from_caps(&info, caps);
  BufferHandle frame = frame_of(dali::of_one_colour(width_px, height_px, kFirst), caps_text);
  const BufferHandle second =
      frame_of(dali::of_one_colour(width_px, height_px, kSecond), caps_text);
  GstVideoFrame to;
  GstVideoFrame from;
  ck_assert(gst_video_frame_map(&to, &info, frame.get(), GST_MAP_WRITE));
  ck_assert(gst_video_frame_map(&from, &info, second.get(), GST_MAP_READ));
  for (guint component = 0; component < GST_VIDEO_FRAME_N_COMPONENTS(&to); ++component) {
    const auto plane = static_cast<guint>(GST_VIDEO_FRAME_COMP_PLANE(&to, component));
    const int stride = GST_VIDEO_FRAME_PLANE_STRIDE(&to, plane);
    for (int row = 1; row < GST_VIDEO_FRAME_COMP_HEIGHT(&to, component); row += 2) {
      std::copy_n(static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&from, plane)) + row * stride,
                  stride,
                  static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(&to, plane)) + row * stride);
    }
  }
  gst_video_frame_unmap(&from);
  gst_video_frame_unmap(&to);
  return frame;
}

bool is_all_of(const RgbImage& image, const Colour& colour) {
  constexpr int kTolerance = 12;  // of 8-bit Y'CbCr there and back
  for (std::size_t at = 0; at < image.pixels.size(); ++at) {
    if (std::abs(image.pixels[at] - colour[at % 3]) > kTolerance) return false;
  }
  return true;
}

struct Field {
  const char* mode;
  unsigned flags;
  const Colour* seen;  // null: both
};
constexpr Field kFields[] = {
    {"interleaved", 0, &kFirst},
    {"interleaved", GST_VIDEO_BUFFER_FLAG_INTERLACED | GST_VIDEO_BUFFER_FLAG_TFF, &kFirst},
    {"interleaved", GST_VIDEO_BUFFER_FLAG_BOTTOM_FIELD, &kSecond},
    {"interleaved", GST_VIDEO_BUFFER_FLAG_TOP_FIELD, &kFirst},
    {"mixed", GST_VIDEO_BUFFER_FLAG_INTERLACED, &kFirst},
    {"mixed", 0, nullptr},
    {"progressive", 0, nullptr},
};

// Both eyes in one frame: the left one sees the quarters, the right one nothing.
struct Stereo {
  GstVideoMultiviewMode mode;
  unsigned flags;
  int width_px;  // of the frame
  int height_px;
  // Where the pixel of the frame lies in the left eye's picture of 16 x 12; a negative x: not in
  // it.
  void (*place)(int x, int y, int* eye_x, int* eye_y);
};
constexpr unsigned kHalf = GST_VIDEO_MULTIVIEW_FLAGS_HALF_ASPECT;
const Stereo kStereo[] = {
    {GST_VIDEO_MULTIVIEW_MODE_SIDE_BY_SIDE, 0, 32, 12,
     [](int x, int, int* eye_x, int*) { *eye_x = x < 16 ? x : -1; }},
    {GST_VIDEO_MULTIVIEW_MODE_SIDE_BY_SIDE, kHalf, 16, 12,
     [](int x, int, int* eye_x, int*) { *eye_x = x < 8 ? 2 * x : -1; }},
    {GST_VIDEO_MULTIVIEW_MODE_SIDE_BY_SIDE, GST_VIDEO_MULTIVIEW_FLAGS_RIGHT_VIEW_FIRST, 32, 12,
     [](int x, int, int* eye_x, int*) { *eye_x = x - 16; }},
    {GST_VIDEO_MULTIVIEW_MODE_SIDE_BY_SIDE, GST_VIDEO_MULTIVIEW_FLAGS_LEFT_FLOPPED, 32, 12,
     [](int x, int, int* eye_x, int*) { *eye_x = x < 16 ? 15 - x : -1; }},
    {GST_VIDEO_MULTIVIEW_MODE_TOP_BOTTOM, 0, 16, 24,
     [](int, int y, int* eye_x, int*) { *eye_x = y < 12 ? *eye_x : -1; }},
    {GST_VIDEO_MULTIVIEW_MODE_TOP_BOTTOM, kHalf, 16, 12,
     [](int, int y, int* eye_x, int* eye_y) {
       *eye_x = y < 6 ? *eye_x : -1;
       *eye_y = 2 * y;
     }},
    {GST_VIDEO_MULTIVIEW_MODE_TOP_BOTTOM,
     GST_VIDEO_MULTIVIEW_FLAGS_RIGHT_VIEW_FIRST | GST_VIDEO_MULTIVIEW_FLAGS_LEFT_FLIPPED, 16, 24,
     [](int, int y, int* eye_x, int* eye_y) {
       *eye_x = y < 12 ? -1 : *eye_x;
       *eye_y = 23 - y;
     }},
    {GST_VIDEO_MULTIVIEW_MODE_ROW_INTERLEAVED, kHalf, 16, 12,
     [](int, int y, int* eye_x, int*) { *eye_x = y % 2 == 0 ? *eye_x : -1; }},
    {GST_VIDEO_MULTIVIEW_MODE_ROW_INTERLEAVED, 0, 16, 24,
     [](int, int y, int* eye_x, int* eye_y) {
       *eye_x = y % 2 == 0 ? *eye_x : -1;
       *eye_y = y / 2;
     }},
    {GST_VIDEO_MULTIVIEW_MODE_COLUMN_INTERLEAVED, kHalf, 16, 12,
     [](int x, int, int* eye_x, int*) { *eye_x = x % 2 == 0 ? x : -1; }},
    {GST_VIDEO_MULTIVIEW_MODE_CHECKERBOARD, 0, 16, 12,
     [](int x, int y, int* eye_x, int*) { *eye_x = (x + y) % 2 == 0 ? x : -1; }},
    {GST_VIDEO_MULTIVIEW_MODE_MONO, 0, 16, 12, [](int, int, int*, int*) {}},
    {GST_VIDEO_MULTIVIEW_MODE_LEFT, 0, 16, 12, [](int, int, int*, int*) {}},
    {GST_VIDEO_MULTIVIEW_MODE_FRAME_BY_FRAME, 0, 16, 12, [](int, int, int*, int*) {}},
};

RgbImage both_eyes(const Stereo& stereo) {
  const RgbImage eye = four_quarters(16, 12);
  RgbImage both = dali::of_one_colour(stereo.width_px, stereo.height_px, {0, 0, 0});
  for (int y = 0; y < stereo.height_px; ++y) {
    for (int x = 0; x < stereo.width_px; ++x) {
      int eye_x = x;
      int eye_y = y;
      stereo.place(x, y, &eye_x, &eye_y);
      if (eye_x >= 0) std::copy_n(eye.row(eye_y) + 3 * eye_x, 3, both.row(y) + 3 * x);
    }
  }
  return both;
}

std::string stereo_caps(const Stereo& stereo, unsigned more_flags = 0) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGB, static_cast<guint>(stereo.width_px),
                            static_cast<guint>(stereo.height_px));
  info.fps_n = info.fps_d = 1;
  GST_VIDEO_INFO_MULTIVIEW_MODE(&info) = stereo.mode;
  GST_VIDEO_INFO_MULTIVIEW_FLAGS(&info) =
      static_cast<GstVideoMultiviewFlags>(stereo.flags | more_flags);
  g_autoptr(GstCaps) caps = gst_video_info_to_caps(&info);
  g_autofree gchar* text = gst_caps_to_string(caps);
  return text;
}

}  // namespace

START_TEST(one_field_of_an_interlaced_frame_is_seen) {
  for (const char* format : {"RGB", "I420", "NV12", "YUY2", "UYVY", "Y42B", "v210", "P010_10LE"}) {
    for (const int height_px : {48, 26, 5, 3}) {
      for (const Field& field : kFields) {
        const std::string caps =
            caps_of(format, 32, height_px, std::string("interlace-mode=") + field.mode);
        BufferHandle frame = combed_frame(caps, 32, height_px);
        GST_BUFFER_FLAG_SET(frame.get(), field.flags);
        const RgbImage seen = seen_of(caps, std::move(frame));
        ck_assert_int_eq(seen.width_px, 32);
        ck_assert_int_eq(seen.height_px, height_px);
        const bool is_comb = !is_all_of(seen, kFirst) && !is_all_of(seen, kSecond);
        const bool is_right = field.seen ? is_all_of(seen, *field.seen) : is_comb;
        ck_assert_msg(is_right, "%s, flags %x", caps.c_str(), field.flags);
      }
    }
  }
}
END_TEST

START_TEST(fields_one_after_the_other_are_no_crash) {
  for (const char* format : {"I420", "RGB", "UYVY"}) {
    const std::string caps = caps_of(format, 32, 16, "interlace-mode=fields");
    const RgbImage seen = seen_of(caps, frame_of(dali::of_one_colour(32, 16, kFirst), caps));
    ck_assert(is_all_of(seen, kFirst));
  }
}
END_TEST

START_TEST(one_row_has_no_fields) {
  const std::string caps = caps_of("I420", 4, 1, "interlace-mode=interleaved");
  const RgbImage seen = seen_of(caps, frame_of(dali::of_one_colour(4, 1, kFirst), caps));
  ck_assert(is_all_of(seen, kFirst));
}
END_TEST

START_TEST(the_left_eyes_picture_is_seen_of_a_stereoscopic_frame) {
  for (const Stereo& stereo : kStereo) {
    const std::string caps = stereo_caps(stereo);
    const RgbImage seen = seen_of(caps, frame_of(both_eyes(stereo), caps));
    ck_assert_msg(seen.width_px * 12 == seen.height_px * 16, "%s: %d x %d", caps.c_str(),
                  seen.width_px, seen.height_px);
    ck_assert_msg(quarters_of(seen) == "RGBW", "%s: %s", caps.c_str(), quarters_of(seen).c_str());
  }
}
END_TEST

START_TEST(of_mixed_frames_only_the_stereoscopic_ones_are_divided) {
  const Stereo& stereo = kStereo[1];
  const std::string caps = stereo_caps(stereo, GST_VIDEO_MULTIVIEW_FLAGS_MIXED_MONO);
  BufferHandle mono = frame_of(four_quarters(16, 12), caps);
  ck_assert(quarters_of(seen_of(caps, std::move(mono))) == "RGBW");
  BufferHandle both = frame_of(both_eyes(stereo), caps);
  GST_BUFFER_FLAG_SET(both.get(), GST_VIDEO_BUFFER_FLAG_MULTIPLE_VIEW);
  ck_assert(quarters_of(seen_of(caps, std::move(both))) == "RGBW");
}
END_TEST

START_TEST(every_format_is_seen_alike) {
  g_autoptr(GstCaps) all = gst_caps_from_string("video/x-raw,format=" GST_VIDEO_FORMATS_ALL);
  const GValue* formats = gst_structure_get_value(gst_caps_get_structure(all, 0), "format");
  int seen_formats = 0;
  for (guint index = 0; index < gst_value_list_get_size(formats); ++index) {
    const char* format = g_value_get_string(gst_value_list_get_value(formats, index));
    const std::string caps = caps_of(format, 64, 48);
    BufferHandle frame = frame_of(four_quarters(64, 48), caps);
    if (!frame) {
      std::printf("%s: not tried, as GStreamer cannot write it\n", format);
      continue;
    }
    ++seen_formats;
    const RgbImage seen = seen_of(caps, std::move(frame));
    if (std::strncmp(format, "GRAY", 4) != 0) {
      ck_assert_msg(quarters_of(seen) == "RGBW", "%s: %s", format, quarters_of(seen).c_str());
      continue;
    }
    const auto grey = [&](int x, int y) { return seen.row(y)[3 * x]; };
    ck_assert_msg(
        grey(48, 36) > grey(48, 12) && grey(48, 12) > grey(16, 12) && grey(16, 12) > grey(16, 36),
        "%s", format);
  }
  ck_assert_int_gt(seen_formats, 100);
}
END_TEST

START_TEST(the_range_of_the_values_is_the_streams) {
  struct Case {
    const char* format;
    const char* colorimetry;  // null: not told
    int value;                // of luma, or of all parts of RGB
    int seen;
  };
  const Case rows[] = {
      {"I420", nullptr, 16, 0},      {"I420", nullptr, 235, 255},   {"I420", "bt709", 126, 128},
      {"I420", "1:4:0:0", 16, 16},   {"NV12", "1:3:5:1", 235, 235}, {"NV12", "1:3:5:1", 0, 0},
      {"I420", "2:4:0:0", 235, 255}, {"I420", "0:0:0:0", 235, 255}, {"I420", "0:3:5:1", 235, 255},
      {"NV12", "0:6:13:7", 16, 0},   {"I420", "2:0:0:0", 16, 0},    {"RGB", nullptr, 235, 235},
      {"RGB", "2:1:7:1", 16, 0},     {"RGB", "2:1:7:1", 235, 255},  {"GRAY8", nullptr, 16, 16},
      {"GRAY8", nullptr, 235, 235},  {"GRAY8", "2:4:5:1", 16, 0},   {"GRAY8", "2:4:5:1", 235, 255},
  };
  for (const Case& row : rows) {
    const std::string caps = caps_of(
        row.format, 16, 16, row.colorimetry ? std::string("colorimetry=") + row.colorimetry : "");
    BufferHandle frame(gst_buffer_new_allocate(nullptr, 16 * 16 * 3, nullptr));
    const bool is_rgb = std::strcmp(row.format, "RGB") == 0;
    gst_buffer_memset(frame.get(), 0, 128, 16 * 16 * 3);
    gst_buffer_memset(frame.get(), 0, static_cast<guint8>(row.value), 16 * 16 * (is_rgb ? 3 : 1));
    const RgbImage seen = seen_of(caps, std::move(frame));
    for (const std::uint8_t part : seen.pixels) {
      // GStreamer's fastest conversions are exact to two steps.
      ck_assert_msg(std::abs(part - row.seen) <= 2, "%s %s: %d is seen as %d", row.format,
                    row.colorimetry ? row.colorimetry : "", row.value, part);
    }
  }
}
END_TEST

namespace {

Suite* layouts_suite() {
  Suite* suite = suite_create("picture-layouts");
  TCase* layouts = tcase_create("layouts");
  tcase_add_test(layouts, one_field_of_an_interlaced_frame_is_seen);
  tcase_add_test(layouts, fields_one_after_the_other_are_no_crash);
  tcase_add_test(layouts, one_row_has_no_fields);
  tcase_add_test(layouts, the_left_eyes_picture_is_seen_of_a_stereoscopic_frame);
  tcase_add_test(layouts, of_mixed_frames_only_the_stereoscopic_ones_are_divided);
  tcase_add_test(layouts, every_format_is_seen_alike);
  tcase_add_test(layouts, the_range_of_the_values_is_the_streams);
  tcase_set_timeout(layouts, 120);
  suite_add_tcase(suite, layouts);
  return suite;
}

}  // namespace

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  return dali::run_suite(layouts_suite());
}
