// SPDX-License-Identifier: LGPL-2.1-or-later
// Pictures for other screens are seen as an ordinary screen shows them.
#include <cmath>

#include "tests/plugin/picture_run.h"
#include "tests/support/check_suite.h"

using dali::BufferHandle;
using dali::RgbImage;
using dali::seen_of;

namespace {

using Colour = std::array<double, 3>;

// The numbers of GstVideoColorimetry: full range, RGB, transfer function, BT.2020.
constexpr const char* kPq = "1:1:14:7";
constexpr const char* kHlg = "1:1:15:7";

std::string caps_of(const std::string& format, const std::string& more) {
  return "video/x-raw,framerate=1/1,width=4,height=4,format=" + format + "," + more;
}

// SMPTE ST 2084.
constexpr double kM1 = 2610.0 / 16384.0;
constexpr double kM2 = 2523.0 / 4096.0 * 128.0;
constexpr double kC1 = 3424.0 / 4096.0;
constexpr double kC2 = 2413.0 / 4096.0 * 32.0;
constexpr double kC3 = 2392.0 / 4096.0 * 32.0;

double pq_code(double nits) {
  const double power = std::pow(nits / 10000.0, kM1);
  return std::pow((kC1 + kC2 * power) / (1.0 + kC3 * power), kM2);
}

double pq_nits(double code) {
  const double power = std::pow(code, 1.0 / kM2);
  return 10000.0 * std::pow(std::max(0.0, power - kC1) / (kC2 - kC3 * power), 1.0 / kM1);
}

// ITU-R BT.2390-10, 5.4.1, to 203 cd/m2 without a lift of the black.
double bt2390_nits(double nits, double peak_nits) {
  const double most = pq_code(203.0) / pq_code(peak_nits);
  const double knee = 1.5 * most - 0.5;
  const double e1 = pq_code(nits) / pq_code(peak_nits);
  if (e1 < knee) return nits;
  const double t = (e1 - knee) / (1.0 - knee);
  const double e2 = (2 * t * t * t - 3 * t * t + 1) * knee +
                    (t * t * t - 2 * t * t + t) * (1 - knee) + (-2 * t * t * t + 3 * t * t) * most;
  return pq_nits(e2 * pq_code(peak_nits));
}

// IEC 61966-2-1.
double srgb(double light) {
  return light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1.0 / 2.4) - 0.055;
}

// A picture of one colour, its parts from 0 to 1.
BufferHandle frame_of_codes(const Colour& codes, double opacity = 1.0) {
  std::vector<std::uint16_t> pixels;
  for (int pixel = 0; pixel < 16; ++pixel) {
    for (const double part : {opacity, codes[0], codes[1], codes[2]}) {
      pixels.push_back(static_cast<std::uint16_t>(std::lround(part * 65535.0)));
    }
  }
  return BufferHandle(gst_buffer_new_memdup(pixels.data(), pixels.size() * 2));
}

void expect_colour(const RgbImage& seen, const Colour& expected, const std::string& name) {
  for (std::size_t at = 0; at < seen.pixels.size(); ++at) {
    ck_assert_msg(std::abs(seen.pixels[at] - expected[at % 3]) <= 1.5, "%s: part %zu is %d, not %g",
                  name.c_str(), at % 3, seen.pixels[at], expected[at % 3]);
  }
}

void expect_grey(const RgbImage& seen, double expected, const std::string& name) {
  expect_colour(seen, {expected, expected, expected}, name);
}

std::string argb64(const std::string& colorimetry, const std::string& more = "") {
  return caps_of("ARGB64", "colorimetry=" + colorimetry + (more.empty() ? "" : "," + more));
}

// ITU-R BT.2087: linear BT.709 in BT.2020's primaries.
Colour in_bt2020(const Colour& rgb) {
  return {0.6274 * rgb[0] + 0.3293 * rgb[1] + 0.0433 * rgb[2],
          0.0691 * rgb[0] + 0.9195 * rgb[1] + 0.0114 * rgb[2],
          0.0164 * rgb[0] + 0.0880 * rgb[1] + 0.8956 * rgb[2]};
}

}  // namespace

START_TEST(pq_greys_keep_their_place_below_the_knee_and_bend_above) {
  for (const double nits : {0.0, 1.0, 10.0, 50.0, 85.0, 150.0, 203.0, 400.0, 700.0, 1000.0}) {
    const double code = pq_code(nits);
    const double expected = 255.0 * srgb(std::min(1.0, bt2390_nits(nits, 1000.0) / 203.0));
    ck_assert(nits > 85.0 || std::abs(expected - 255.0 * srgb(nits / 203.0)) < 0.01);
    expect_grey(seen_of(argb64(kPq), frame_of_codes({code, code, code})), expected,
                std::to_string(nits) + " cd/m2");
  }
}
END_TEST

START_TEST(the_peak_is_what_the_stream_says_it_was_graded_for) {
  struct Case {
    const char* more;
    double peak_nits;
  };
  const Case rows[] = {
      {"content-light-level=(string)4000:400", 4000.0},
      {"content-light-level=(string)203:100", 203.0},
      {"mastering-display-info=(string)35400:14600:8500:39850:6550:2300:15635:16450:20000000:50",
       2000.0},
      {"mastering-display-info=(string)35400:14600:8500:39850:6550:2300:15635:16450:20000000:50,"
       "content-light-level=(string)600:100",
       600.0},
      {"content-light-level=(string)0:0", 1000.0},
  };
  for (const Case& row : rows) {
    for (const double nits : {100.0, 203.0, 500.0}) {
      const double code = pq_code(nits);
      const double most = std::min(nits, row.peak_nits);
      const double expected = 255.0 * srgb(std::min(1.0, bt2390_nits(most, row.peak_nits) / 203.0));
      expect_grey(seen_of(argb64(kPq, row.more), frame_of_codes({code, code, code})), expected,
                  std::string(row.more) + " at " + std::to_string(nits));
    }
  }
}
END_TEST

// ITU-R BT.2100: the light of the scene by HLG's code.
double hlg_scene(double code) {
  constexpr double kA = 0.17883277;
  constexpr double kB = 1.0 - 4.0 * kA;
  const double c = 0.5 - kA * std::log(4.0 * kA);
  return code <= 0.5 ? code * code / 3.0 : (std::exp((code - c) / kA) + kB) / 12.0;
}

START_TEST(hlg_is_rendered_for_a_screen_of_1000) {
  for (const double code : {0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0}) {
    const double nits = 1000.0 * std::pow(hlg_scene(code), 1.2);
    const double expected = 255.0 * srgb(std::min(1.0, bt2390_nits(nits, 1000.0) / 203.0));
    expect_grey(seen_of(argb64(kHlg), frame_of_codes({code, code, code})), expected,
                "HLG " + std::to_string(code));
  }
}
END_TEST

// The screen's gamma is the luminance's: a colour keeps its hue, which a gamma of each part would
// change.
START_TEST(hlg_colours_are_rendered_by_their_luminance) {
  const Colour codes = {0.38, 0.30, 0.25};  // dim enough to be left alone by the knee
  Colour scene;
  for (std::size_t part = 0; part < 3; ++part) scene[part] = hlg_scene(codes[part]);
  const double luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
  Colour light;  // in reference whites
  for (std::size_t part = 0; part < 3; ++part) {
    light[part] = 1000.0 / 203.0 * std::pow(luminance, 0.2) * scene[part];
  }
  // ITU-R BT.2087's inverse of in_bt2020().
  const Colour shown = {1.6605 * light[0] - 0.5876 * light[1] - 0.0728 * light[2],
                        -0.1246 * light[0] + 1.1329 * light[1] - 0.0083 * light[2],
                        -0.0182 * light[0] - 0.1006 * light[1] + 1.1187 * light[2]};
  expect_colour(seen_of(argb64(kHlg), frame_of_codes(codes)),
                {255.0 * srgb(shown[0]), 255.0 * srgb(shown[1]), 255.0 * srgb(shown[2])}, "HLG");
}
END_TEST

START_TEST(colours_are_those_of_bt709) {
  // Dim enough to be left alone by the knee.
  for (const Colour& light : {Colour{1, 0, 0}, Colour{0, 1, 0}, Colour{0, 0, 1}, Colour{1, 1, 0},
                              Colour{0.2, 0.5, 0.8}}) {
    constexpr double kNits = 80.0;
    const Colour wide = in_bt2020(light);
    const Colour codes = {pq_code(kNits * wide[0]), pq_code(kNits * wide[1]),
                          pq_code(kNits * wide[2])};
    Colour expected;
    for (std::size_t part = 0; part < 3; ++part) {
      expected[part] = 255.0 * srgb(light[part] * kNits / 203.0);
    }
    // The published matrix has four digits: what ought to be 0 is up to 3e-5 of full light.
    const RgbImage seen = seen_of(argb64(kPq), frame_of_codes(codes));
    for (std::size_t part = 0; part < 3; ++part) {
      ck_assert_msg(std::abs(seen.pixels[part] - expected[part]) <= 2.5, "part %zu: %d, not %g",
                    part, seen.pixels[part], expected[part]);
    }
  }
}
END_TEST

START_TEST(wide_colours_for_ordinary_screens_change_their_primaries_alone) {
  // Grey stays the same grey; BT.2020's red is beyond BT.709's.
  const std::string bt2020 = argb64("1:1:13:7");  // BT.2020's own curve
  const std::string display_p3 = argb64("1:1:7:11");
  for (const std::string& caps : {bt2020, display_p3}) {
    for (const double code : {0.1, 0.5, 0.9, 1.0}) {
      expect_grey(seen_of(caps, frame_of_codes({code, code, code})), 255.0 * code, caps);
    }
    expect_colour(seen_of(caps, frame_of_codes({1, 0, 0})), {255, 0, 0}, caps);
  }
  // sRGB's red, written in Display P3: 0.9175, 0.2003, 0.1386.
  expect_colour(seen_of(display_p3, frame_of_codes({0.9175, 0.2003, 0.1386})), {255, 0, 0},
                display_p3);
}
END_TEST

START_TEST(linear_light_is_encoded_for_the_screen) {
  const std::string caps = argb64("1:1:1:1");
  for (const double light : {0.0, 0.01, 0.2, 0.5, 1.0}) {
    expect_grey(seen_of(caps, frame_of_codes({light, light, light})), 255.0 * srgb(light), caps);
  }
}
END_TEST

START_TEST(hdr_over_nothing_is_black) {
  const double code = pq_code(100.0);
  const double opaque = 255.0 * srgb(bt2390_nits(100.0, 1000.0) / 203.0);
  for (const double opacity : {0.0, 0.5, 1.0}) {
    expect_grey(seen_of(argb64(kPq), frame_of_codes({code, code, code}, opacity)), opacity * opaque,
                "opacity " + std::to_string(opacity));
  }
}
END_TEST

START_TEST(ten_bit_frames_of_decoders_have_their_tones_mapped) {
  struct Case {
    const char* format;
    const char* colorimetry;
    int luma;  // of ten bits, limited range
    double expected;
  };
  const double pq_203 = 255.0 * srgb(bt2390_nits(203.0, 1000.0) / 203.0);
  for (const Case& row :
       {Case{"P010_10LE", "bt2100-pq", 573, pq_203}, Case{"I420_10LE", "bt2100-pq", 573, pq_203},
        Case{"I420_10LE", "bt2100-hlg", 64, 0.0}, Case{"I420_10LE", "bt709", 502, 127.5},
        Case{"I420_10LE", "bt2020-10", 502, 127.5}}) {
    const std::string caps = caps_of(row.format, std::string("colorimetry=") + row.colorimetry);
    const int shift = row.format[0] == 'P' ? 6 : 0;
    std::vector<std::uint16_t> values(4 * 4 * 3 / 2, static_cast<std::uint16_t>(512 << shift));
    std::fill_n(values.begin(), 16, static_cast<std::uint16_t>(row.luma << shift));
    BufferHandle frame(gst_buffer_new_memdup(values.data(), values.size() * 2));
    const RgbImage seen = seen_of(caps, std::move(frame));
    for (const std::uint8_t part : seen.pixels) {
      ck_assert_msg(std::abs(part - row.expected) <= 2.0, "%s %s: %d, not %g", row.format,
                    row.colorimetry, part, row.expected);
    }
  }
}
END_TEST

START_TEST(large_pictures_that_say_nothing_are_bt709) {
  // Red as BT.709 has it, in limited range.
  constexpr int kWidth = 64;
  constexpr int kHeight = 2160;
  std::vector<std::uint8_t> values(kWidth * kHeight * 3 / 2);
  const auto luma = values.begin() + kWidth * kHeight;
  const auto blue = luma + kWidth * kHeight / 4;
  std::fill(values.begin(), luma, 63);
  std::fill(luma, blue, 102);
  std::fill(blue, values.end(), 240);
  const char* caps = "video/x-raw,framerate=1/1,format=I420,width=64,height=2160";
  const RgbImage seen =
      seen_of(caps, BufferHandle(gst_buffer_new_memdup(values.data(), values.size())));
  expect_colour(seen, {255, 0, 0}, caps);
}
END_TEST

START_TEST(large_hdr_pictures_are_scaled_down_before_their_tones_are_mapped) {
  constexpr int kWidth = 3840;
  constexpr int kHeight = 16;
  const auto code = static_cast<std::uint16_t>(std::lround(pq_code(50.0) * 65535.0));
  std::vector<std::uint16_t> pixels(4 * kWidth * kHeight, code);
  for (std::size_t at = 0; at < pixels.size(); at += 4) pixels[at] = 65535;
  const std::string caps =
      "video/x-raw,framerate=1/1,format=ARGB64,width=3840,height=16,colorimetry=" +
      std::string(kPq);
  const RgbImage seen =
      seen_of(caps, BufferHandle(gst_buffer_new_memdup(pixels.data(), pixels.size() * 2)));
  ck_assert_int_eq(seen.width_px, 1920);
  ck_assert_int_eq(seen.height_px, 8);
  expect_grey(seen, 255.0 * srgb(50.0 / 203.0), caps);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* tones = tcase_create("tones");
  tcase_add_test(tones, pq_greys_keep_their_place_below_the_knee_and_bend_above);
  tcase_add_test(tones, the_peak_is_what_the_stream_says_it_was_graded_for);
  tcase_add_test(tones, hlg_is_rendered_for_a_screen_of_1000);
  tcase_add_test(tones, hlg_colours_are_rendered_by_their_luminance);
  tcase_add_test(tones, colours_are_those_of_bt709);
  tcase_add_test(tones, wide_colours_for_ordinary_screens_change_their_primaries_alone);
  tcase_add_test(tones, linear_light_is_encoded_for_the_screen);
  tcase_add_test(tones, hdr_over_nothing_is_black);
  tcase_add_test(tones, ten_bit_frames_of_decoders_have_their_tones_mapped);
  tcase_add_test(tones, large_pictures_that_say_nothing_are_bt709);
  tcase_add_test(tones, large_hdr_pictures_are_scaled_down_before_their_tones_are_mapped);
  tcase_set_timeout(tones, 60);
  Suite* suite = suite_create("picture-tones");
  suite_add_tcase(suite, tones);
  return dali::run_suite(suite);
}
