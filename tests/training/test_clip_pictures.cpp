// SPDX-License-Identifier: LGPL-2.1-or-later
// Pictures in the forms that other people have them in.

#include <turbojpeg.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "media/clips/jpeg_file.h"
#include "media/clips/picture_file.h"
#include "media/clips/ppm_file.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/training/made_media.h"

namespace {

using namespace dali;
namespace fs = std::filesystem;

// Left half orange, right half blue, a white top: edges where codecs of every kind keep them.
RgbImage drawn() {
  RgbImage image(64, 32);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 64; ++x) {
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = y < 16 ? 255 : (x < 32 ? 240 : 16);
      pixel[1] = y < 16 ? 255 : (x < 32 ? 128 : 32);
      pixel[2] = y < 16 ? 255 : (x < 32 ? 0 : 200);
    }
  }
  return image;
}

void expect_drawn(const RgbImage& read, int tolerance, const char* what) {
  const RgbImage expected = drawn();
  ck_assert_msg(read.width_px == 64 && read.height_px == 32, "%s: %d x %d", what, read.width_px,
                read.height_px);
  for (std::size_t i = 0; i < expected.pixels.size(); ++i) {
    ck_assert_msg(std::abs(int{read.pixels[i]} - int{expected.pixels[i]}) <= tolerance,
                  "%s: value %zu is %d instead of %d", what, i, read.pixels[i], expected.pixels[i]);
  }
}

struct Form {
  const char* name;
  const char* arguments;
  int tolerance;
};

constexpr Form kForms[] = {
    {"a.png", "-pix_fmt rgb24", 0},
    {"opaque.png", "-pix_fmt rgba", 0},
    {"16-bit.png", "-pix_fmt rgb48be", 2},
    {"16-bit-alpha.png", "-pix_fmt rgba64be", 2},
    {"palette.png", "-vf split[a][b],[a]palettegen[p],[b][p]paletteuse=dither=none -pix_fmt pal8",
     8},
    {"lossless.webp", "-c:v libwebp -lossless 1 -pix_fmt bgra", 0},
    {"lossy.webp", "-c:v libwebp -quality 95", 110},
    {"animated.webp", "-vf loop=3:1,setpts=N/10/TB -c:v libwebp_anim -lossless 1 -pix_fmt bgra", 0},
    {"a.jpg", "-q:v 1 -pix_fmt yuvj444p", 12},
};

START_TEST(a_picture_of_any_kind_gives_its_pixels) {
  const Form& form = kForms[_i];
  const TemporaryDirectory folder;
  write_ppm(folder / "drawn.ppm", drawn());
  const auto file = made_by_ffmpeg(
      folder / form.name, "-i " + in_quotes_for_shell(folder / "drawn.ppm") + " " + form.arguments);
  expect_drawn(read_picture(file), form.tolerance, form.name);
}
END_TEST

START_TEST(a_picture_is_known_by_its_contents) {
  const TemporaryDirectory folder;
  write_jpeg(folder / "a.png", drawn(), 95);
  write_ppm(folder / "b.JPEG", drawn());
  write_ppm(folder / "c", drawn());
  expect_drawn(read_picture(folder / "b.JPEG"), 0, "PPM");
  expect_drawn(read_picture(folder / "c"), 0, "PPM");
  ck_assert_int_eq(read_picture(folder / "a.png").width_px, 64);
}
END_TEST

// Red, and the same with half of it seen, and with none.
START_TEST(behind_what_is_transparent_lies_black) {
  for (const std::string name : {"a.png", "a.webp"}) {
    const TemporaryDirectory folder;
    const auto file = made_by_ffmpeg(
        folder / name,
        "-f lavfi -i \"color=red:s=48x16:d=1:r=1,format=rgba,"
        "geq=r=200:g=0:b=0:a='if(lt(X,16),255,if(lt(X,32),128,0))'\" -frames:v 1 " +
            std::string(name == "a.webp" ? "-c:v libwebp -lossless 1 -pix_fmt bgra" : ""));
    const RgbImage read = read_picture(file);
    const int expected[] = {200, 100, 0};
    for (int part = 0; part < 3; ++part) {
      const int red = read.row(8)[3 * (8 + 16 * part)];
      ck_assert_msg(std::abs(red - expected[part]) <= 1, "%s: part %d has %d", name.c_str(), part,
                    red);
    }
  }
}
END_TEST

std::string compressed(const unsigned char* pixels, int format, int flags) {
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  tjhandle compressor = tjInitCompress();
  const int status =
      tjCompress2(compressor, pixels, 64, 0, 32, format, &bytes, &size, TJSAMP_444, 98, flags);
  ck_assert_int_eq(status, 0);
  std::string jpeg(reinterpret_cast<const char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(compressor);
  return jpeg;
}

START_TEST(a_progressive_jpeg_gives_its_pixels) {
  const TemporaryDirectory folder;
  const RgbImage image = drawn();
  write_file(folder / "a.jpg", compressed(image.pixels.data(), TJPF_RGB, TJFLAG_PROGRESSIVE));
  expect_drawn(read_picture(folder / "a.jpg"), 12, "progressive");
}
END_TEST

// As Adobe's programs write it: 255 is no ink.
START_TEST(a_jpeg_of_four_inks_shows_what_is_printed) {
  const TemporaryDirectory folder;
  const RgbImage image = drawn();
  std::vector<unsigned char> inks;
  for (std::size_t pixel = 0; pixel < image.pixels.size() / 3; ++pixel) {
    for (std::size_t colour = 0; colour < 3; ++colour) {
      inks.push_back(image.pixels[3 * pixel + colour]);
    }
    inks.push_back(255);
  }
  std::string jpeg = compressed(inks.data(), TJPF_CMYK, 0);
  write_file(folder / "a.jpg", jpeg);
  expect_drawn(read_picture(folder / "a.jpg"), 12, "four inks");
  const std::size_t half = jpeg.size() / 2;
  write_file(folder / "half.jpg", jpeg.substr(0, half));
  expect_one_line_with(
      error_message_of<std::runtime_error>([&] { read_picture(folder / "half.jpg"); }),
      "half.jpg: ");
}
END_TEST

// Some cameras write bytes between two parts; they harm nothing.
START_TEST(a_jpeg_with_bytes_between_its_parts_is_read) {
  const TemporaryDirectory folder;
  const RgbImage image = drawn();
  std::string jpeg = compressed(image.pixels.data(), TJPF_RGB, 0);
  jpeg.insert(jpeg.size() - 2, std::string(6, '\x11'));
  write_file(folder / "a.jpg", jpeg);
  expect_drawn(read_picture(folder / "a.jpg"), 12, "extraneous bytes");
}
END_TEST

// An Exif part that says: turned by a quarter.
std::string quarter_turn() {
  using namespace std::string_literals;
  return "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"s;
}

std::string big_endian(std::size_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

START_TEST(a_png_and_a_webp_are_turned_as_their_exif_part_says) {
  const TemporaryDirectory folder;
  write_ppm(folder / "drawn.ppm", drawn());
  const std::string from = "-i " + in_quotes_for_shell(folder / "drawn.ppm");
  const std::string png = contents_of(made_by_ffmpeg(folder / "a.png", from));
  const std::string exif = quarter_turn();
  const std::size_t first = 8 + 12 + 13;  // behind the signature and the head
  // Nobody checks the sum of a chunk that need not be known.
  write_file(folder / "b.png", png.substr(0, first) + big_endian(exif.size()) + "eXIf" + exif +
                                   "sum?" + png.substr(first));
  ck_assert_int_eq(read_picture(folder / "b.png").width_px, 32);

  std::string webp =
      contents_of(made_by_ffmpeg(folder / "a.webp", from + " -c:v libwebp -lossless 1"));
  const auto little_endian = [](std::size_t value) {
    std::string bytes = big_endian(value);
    return std::string(bytes.rbegin(), bytes.rend());
  };
  const std::string image = webp.substr(12);
  using namespace std::string_literals;
  const std::string extended = "VP8X"s + little_endian(10) + "\x08\0\0\0"s +
                               little_endian(63).substr(0, 3) + little_endian(31).substr(0, 3);
  const std::string part = "EXIF" + little_endian(exif.size()) + exif;
  const std::string body = "WEBP" + extended + image + part;
  write_file(folder / "b.webp", "RIFF" + little_endian(body.size()) + body);
  ck_assert_int_eq(read_picture(folder / "b.webp").width_px, 32);
}
END_TEST

START_TEST(a_broken_picture_is_refused_in_one_line) {
  const TemporaryDirectory folder;
  write_ppm(folder / "drawn.ppm", drawn());
  const std::string from = "-i " + in_quotes_for_shell(folder / "drawn.ppm");
  const auto refusal_of = [&](const std::string& name, const std::string& bytes) {
    write_file(folder / name, bytes);
    const auto message = error_message_of<std::runtime_error>([&] { read_picture(folder / name); });
    expect_one_line_with(message, name + ": ");
    return message;
  };
  for (const char* name : {"a.png", "a.webp"}) {
    const std::string whole = contents_of(made_by_ffmpeg(folder / name, from));
    for (const std::size_t size : {whole.size() - 20, whole.size() / 2, std::size_t{16}}) {
      refusal_of(std::string("cut-") + name, whole.substr(0, size));
    }
  }
  std::string huge = contents_of(folder / "a.png");
  huge[16] = 0x7F;  // the first byte of the width
  refusal_of("huge.png", huge);
  expect_one_line_with(refusal_of("a.gif", "GIF89a"), "is neither a JPEG");
  expect_one_line_with(refusal_of("empty.jpg", ""), "is empty");
  expect_one_line_with(refusal_of("a.heic", std::string("\0\0\0\x18"
                                                        "ftypheic",
                                                        12)),
                       "is neither a JPEG");
}
END_TEST

// What extraction writes instead of PPM.
START_TEST(a_written_jpeg_is_small_and_near) {
  const TemporaryDirectory folder;
  RgbImage image(320, 240);
  for (int y = 0; y < 240; ++y) {
    for (int x = 0; x < 320; ++x) {
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(x / 2);
      pixel[1] = static_cast<std::uint8_t>(y);
      pixel[2] = static_cast<std::uint8_t>((x + y) / 3);
    }
  }
  write_ppm(folder / "a.ppm", image);
  write_jpeg(folder / "a.jpg", image, 90);
  const RgbImage read = read_picture(folder / "a.jpg");
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    ck_assert_int_le(std::abs(int{read.pixels[i]} - int{image.pixels[i]}), 8);
  }
  ck_assert_uint_lt(9 * fs::file_size(folder / "a.jpg"), fs::file_size(folder / "a.ppm"));
}
END_TEST

Suite* pictures_suite() {
  Suite* suite = suite_create("pictures");
  TCase* reading = tcase_create("reading");
  tcase_set_timeout(reading, 60);
  tcase_add_loop_test(reading, a_picture_of_any_kind_gives_its_pixels, 0,
                      static_cast<int>(std::size(kForms)));
  tcase_add_test(reading, a_picture_is_known_by_its_contents);
  tcase_add_test(reading, behind_what_is_transparent_lies_black);
  tcase_add_test(reading, a_progressive_jpeg_gives_its_pixels);
  tcase_add_test(reading, a_jpeg_of_four_inks_shows_what_is_printed);
  tcase_add_test(reading, a_jpeg_with_bytes_between_its_parts_is_read);
  tcase_add_test(reading, a_png_and_a_webp_are_turned_as_their_exif_part_says);
  tcase_add_test(reading, a_broken_picture_is_refused_in_one_line);
  tcase_add_test(reading, a_written_jpeg_is_small_and_near);
  suite_add_tcase(suite, reading);
  return suite;
}

}  // namespace

int main() {
  return run_suite(pictures_suite());
}
