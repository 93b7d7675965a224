// SPDX-License-Identifier: LGPL-2.1-or-later
// What training sees of a file's pictures is what a viewer sees of them: compared with what the
// ffmpeg of the command line shows, or with what the picture was made of.

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "media/clips/ppm_file.h"
#include "media/decoding/media_reader.h"
#include "model/base/rgb_image.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/made_media.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

// Four corners of different colours: no two ways to lay it down look the same.
constexpr const char* kCorners =
    "-f lavfi -i \"color=c=red:s=48x32:r=5:d=1,drawbox=x=24:w=24:h=16:c=lime:t=fill,"
    "drawbox=y=16:w=24:h=16:c=blue:t=fill,drawbox=x=24:y=16:w=24:h=16:c=white:t=fill\" ";
constexpr const char* kH264 = "-c:v libx264 -preset ultrafast -crf 5 -pix_fmt yuv420p ";

RgbImage only_frame(const fs::path& file) {
  const MediaStretch stretch = read_media(file, {.frames = 1});
  ck_assert_uint_eq(stretch.frames.size(), 1);
  return stretch.frames.front();
}

std::array<int, 3> colour_at(const RgbImage& image, int x, int y) {
  const std::uint8_t* pixel = image.row(y) + 3 * x;
  return {pixel[0], pixel[1], pixel[2]};
}

void expect_colour(const RgbImage& image, int x, int y, std::array<int, 3> colour, int tolerance) {
  const auto found = colour_at(image, x, y);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    ck_assert_msg(std::abs(found[channel] - colour[channel]) <= tolerance,
                  "at %d, %d of %d x %d: %d %d %d, not %d %d %d", x, y, image.width_px,
                  image.height_px, found[0], found[1], found[2], colour[0], colour[1], colour[2]);
  }
}

// Away from edges, which decoders and scalers soften each in their own way.
void expect_same_quarters(const RgbImage& image, const RgbImage& expected) {
  ck_assert_int_eq(image.width_px, expected.width_px);
  ck_assert_int_eq(image.height_px, expected.height_px);
  for (const int x : {image.width_px / 4, 3 * image.width_px / 4}) {
    for (const int y : {image.height_px / 4, 3 * image.height_px / 4}) {
      expect_colour(image, x, y, colour_at(expected, x, y), 8);
    }
  }
}

// As the ffmpeg of the command line turns it.
RgbImage shown_by_ffmpeg(const TemporaryDirectory& folder, const fs::path& file,
                         const std::string& filters = "") {
  return read_ppm(made_by_ffmpeg(
      folder / "shown.ppm",
      "-i " + in_quotes_for_shell(file) + " " + filters + " -frames:v 1 -pix_fmt rgb24"));
}

// Writes a, b, c, d of a matrix over that of the movie ("mvhd") or of the only track ("tkhd").
void set_matrix(const fs::path& file, const char* box, std::array<double, 4> turn) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  const auto matrix = bytes.find(box) + 4 + (std::string(box) == "tkhd" ? 40 : 36);
  const auto write = [&](std::size_t place, double value) {
    const auto number = static_cast<std::uint32_t>(static_cast<std::int32_t>(value * 65536));
    stream.seekp(static_cast<std::streamoff>(matrix + 4 * place));
    for (int shift = 24; shift >= 0; shift -= 8) stream.put(static_cast<char>(number >> shift));
  };
  write(0, turn[0]);
  write(1, turn[1]);
  write(3, turn[2]);
  write(4, turn[3]);
}

constexpr std::array<double, 4> kTurns[] = {
    {1, 0, 0, 1},  {0, 1, -1, 0}, {-1, 0, 0, -1}, {0, -1, 1, 0},
    {-1, 0, 0, 1}, {1, 0, 0, -1}, {0, 1, 1, 0},   {0, -1, -1, 0},
};
constexpr int kTurnCount = static_cast<int>(std::size(kTurns));

START_TEST(a_track_is_turned_as_its_matrix_says) {
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(folder / "a.mp4", std::string(kCorners) + kH264);
  set_matrix(file, "tkhd", kTurns[_i]);
  expect_same_quarters(only_frame(file), shown_by_ffmpeg(folder, file));
}
END_TEST

START_TEST(a_movies_matrix_and_one_that_scales_turn_too) {
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(folder / "a.mov", std::string(kCorners) + kH264);
  set_matrix(file, "tkhd", {0, 2, -2, 0});
  const RgbImage turned = only_frame(file);
  ck_assert_int_eq(turned.width_px, 32);
  expect_colour(turned, 8, 12, {0, 0, 255}, 12);
  set_matrix(file, "mvhd", {-1, 0, 0, 1});
  expect_colour(only_frame(file), 24, 12, {0, 0, 255}, 12);
}
END_TEST

constexpr const char* kOrientationTags[] = {"rotate-0",        "rotate-90",      "rotate-180",
                                            "rotate-270",      "flip-rotate-0",  "flip-rotate-90",
                                            "flip-rotate-180", "flip-rotate-270"};
// The colour in the upper left corner of each.
constexpr std::array<int, 3> kUpperLeft[] = {{255, 0, 0}, {0, 0, 255}, {255, 255, 255},
                                             {0, 255, 0}, {0, 255, 0}, {255, 255, 255},
                                             {0, 0, 255}, {255, 0, 0}};

// GStreamer 1.22 takes the parser that reads a photograph's tags when it is told to.
START_TEST(a_picture_is_turned_as_its_tag_says) {
  const TemporaryDirectory folder;
  ck_assert_int_eq(setenv("GST_PLUGIN_FEATURE_RANK", "jpegparse:MAX", 1), 0);
  made_by_ffmpeg(folder / "a.png", std::string(kCorners) + "-frames:v 1");
  const std::string command =
      "timeout 60 gst-launch-1.0 -q filesrc location='" + (folder / "a.png").string() +
      "' ! pngdec ! videoconvert ! jpegenc quality=95"
      " ! taginject tags=image-orientation=" +
      kOrientationTags[_i] + " ! jifmux ! filesink location='" + (folder / "a.jpg").string() + "'";
  ck_assert_int_eq(std::system(command.c_str()), 0);
  const RgbImage image = only_frame(folder / "a.jpg");
  ck_assert_int_eq(image.width_px, _i % 2 == 1 ? 32 : 48);
  expect_colour(image, image.width_px / 4, image.height_px / 4, kUpperLeft[_i], 40);
}
END_TEST

START_TEST(pixels_become_square) {
  const TemporaryDirectory folder;
  for (const char* aspect : {"16/11", "1/2", "2/1"}) {
    const auto file = made_by_ffmpeg(folder / "a.mp4",
                                     std::string(kCorners) + "-vf setsar=" + aspect + " " + kH264);
    expect_same_quarters(only_frame(file),
                         shown_by_ffmpeg(folder, file, "-vf \"scale=round(iw*sar):ih,setsar=1\""));
  }
}
END_TEST

// Two moments of one frame: white in the even rows, black in the odd ones.
START_TEST(an_interlaced_frame_has_no_comb) {
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(
      folder / "a.mp4",
      "-f lavfi -i \"color=c=gray:s=64x64:r=25:d=1,format=yuv420p,"
      "geq=lum='if(mod(Y,2),16,235)':cb=128:cr=128\" -c:v libx264 -preset ultrafast -crf 5"
      " -flags +ildct+ilme -x264-params tff=1 -top 1");
  const RgbImage image = only_frame(file);
  for (int y = 2; y < 62; ++y) expect_colour(image, 32, y, {255, 255, 255}, 12);
}
END_TEST

// The end of a filter graph and the encoder behind it, which say what light a picture's numbers
// stand for: FFmpeg 7 takes it from the frames, those before from the encoder's options.
std::string in_light(const std::string& transfer) {
  return ",setparams=color_trc=" + transfer +
         ":color_primaries=bt2020:colorspace=bt2020nc:range=tv\" -c:v ffv1 -color_trc " + transfer +
         " -color_primaries bt2020 -colorspace bt2020nc -color_range tv";
}

// Grey of so many nits in PQ, which 8 bits without its curve would show as `naive`.
struct PqGrey {
  int code;  // of 10 bits, limited range
  int least;
  int most;
  int naive;
};
constexpr PqGrey kPqGreys[] = {
    {64, 0, 2, 0},         // black
    {509, 180, 196, 129},  // 100 nits
    {573, 212, 245, 148},  // 203 nits: the reference white
    {722, 250, 255, 191},  // 1000 nits
};

START_TEST(light_of_high_dynamic_range_is_shown_as_an_ordinary_screen_does) {
  const PqGrey& grey = kPqGreys[_i];
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(
      folder / "a.mkv", "-f lavfi -i \"color=c=black:s=64x64:r=5:d=1,format=yuv420p10le,geq=lum=" +
                            std::to_string(grey.code) + ":cb=512:cr=512" + in_light("smpte2084"));
  const auto colour = colour_at(only_frame(file), 32, 32);
  for (const int channel : colour) {
    ck_assert_msg(channel >= grey.least && channel <= grey.most, "%d", channel);
  }
}
END_TEST

// Below the knee tones only change their coding: as zimg has them, which is ffmpeg's zscale. Whole
// colours, dim and saturated ones, some outside of BT.709.
START_TEST(dim_light_of_high_dynamic_range_is_what_zimg_makes_of_it) {
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(
      folder / "a.mkv",
      "-f lavfi -i \"color=c=0x602010:s=64x32:r=5:d=1,drawbox=x=32:w=32:h=16:c=0x107020:t=fill,"
      "drawbox=y=16:w=32:h=16:c=0x201060:t=fill,drawbox=x=32:y=16:w=32:h=16:c=0x505858:t=fill,"
      "format=gbrp10le,scale=out_color_matrix=bt2020:out_range=tv,format=yuv444p10le" +
          in_light("smpte2084"));
  const RgbImage expected =
      shown_by_ffmpeg(folder, file,
                      "-vf \"zscale=t=linear:npl=203,format=gbrpf32le,"
                      "zscale=p=bt709:t=iec61966-2-1:m=gbr:r=full,format=gbrp\"");
  const RgbImage image = only_frame(file);
  for (const int x : {16, 48}) {
    for (const int y : {8, 24}) expect_colour(image, x, y, colour_at(expected, x, y), 2);
  }
}
END_TEST

START_TEST(hlg_is_brighter_than_it_is_stored) {
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(
      folder / "a.mkv",
      // Three quarters: the reference white.
      "-f lavfi -i \"color=c=black:s=64x64:r=5:d=1,format=yuv420p10le,geq=lum=721:cb=512:cr=512" +
          in_light("arib-std-b67"));
  for (const int channel : colour_at(only_frame(file), 32, 32)) {
    ck_assert_msg(channel >= 212 && channel <= 245, "%d", channel);
  }
}
END_TEST

START_TEST(ten_bits_of_an_ordinary_picture_stay_as_they_are) {
  const TemporaryDirectory folder;
  const auto file =
      made_by_ffmpeg(folder / "a.mkv", std::string(kCorners) + "-c:v ffv1 -pix_fmt yuv420p10le");
  const RgbImage image = only_frame(file);
  expect_colour(image, 12, 8, {254, 0, 0}, 4);
  expect_colour(image, 36, 24, {255, 255, 255}, 4);
}
END_TEST

struct Transparent {
  const char* file;
  const char* encoder;
};
constexpr Transparent kTransparent[] = {
    {"a.mov", "-c:v qtrle -pix_fmt argb"},
    {"a.mkv", "-c:v png -pix_fmt rgba"},
    {"a.webm", "-c:v libvpx-vp9 -pix_fmt yuva420p -b:v 1M -deadline realtime"},
};

// The right half is white and cannot be seen.
START_TEST(what_is_transparent_is_not_seen) {
  const TemporaryDirectory folder;
  const auto file = made_by_ffmpeg(
      folder / kTransparent[_i].file,
      std::string("-f lavfi -i \"color=c=white:s=64x64:r=5:d=1,format=rgba,"
                  "geq=r='255':g='255*gt(X,31)':b='255*gt(X,31)':a='255*lt(X,32)'\" ") +
          kTransparent[_i].encoder);
  const RgbImage image = only_frame(file);
  expect_colour(image, 16, 32, {255, 0, 0}, 30);
  expect_colour(image, 52, 32, {0, 0, 0}, 12);
}
END_TEST

Suite* viewed_pictures_suite() {
  Suite* suite = suite_create("viewed pictures");
  TCase* pictures = tcase_create("pictures");
  tcase_set_timeout(pictures, 120);
  tcase_add_loop_test(pictures, a_track_is_turned_as_its_matrix_says, 0, kTurnCount);
  tcase_add_test(pictures, a_movies_matrix_and_one_that_scales_turn_too);
  tcase_add_loop_test(pictures, a_picture_is_turned_as_its_tag_says, 0,
                      static_cast<int>(std::size(kOrientationTags)));
  tcase_add_test(pictures, pixels_become_square);
  tcase_add_test(pictures, an_interlaced_frame_has_no_comb);
  tcase_add_loop_test(pictures, light_of_high_dynamic_range_is_shown_as_an_ordinary_screen_does, 0,
                      static_cast<int>(std::size(kPqGreys)));
  tcase_add_test(pictures, dim_light_of_high_dynamic_range_is_what_zimg_makes_of_it);
  tcase_add_test(pictures, hlg_is_brighter_than_it_is_stored);
  tcase_add_test(pictures, ten_bits_of_an_ordinary_picture_stay_as_they_are);
  tcase_add_loop_test(pictures, what_is_transparent_is_not_seen, 0,
                      static_cast<int>(std::size(kTransparent)));
  suite_add_tcase(suite, pictures);
  return suite;
}

}  // namespace
}  // namespace dali

int main() {
  return dali::run_suite(dali::viewed_pictures_suite());
}
