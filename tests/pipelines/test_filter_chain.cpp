// SPDX-License-Identifier: LGPL-2.1-or-later
// What FFmpeg's filters refuse is one medium's fault, which the message names.
#include "pipelines/caption/filter_chain.h"

#include <string>

#include "pipelines/caption/errors.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"

using dali::FilterChain;
using dali::MediaError;

namespace {

constexpr AVRational kMilliseconds = {1, 1000};

dali::FrameHandle picture() {
  dali::FrameHandle frame = dali::new_frame();
  frame->format = AV_PIX_FMT_GRAY8;
  frame->width = 16;
  frame->height = 16;
  frame->pts = 0;
  ck_assert_int_ge(av_frame_get_buffer(frame.get(), 0), 0);
  return frame;
}

}  // namespace

START_TEST(filters_that_cannot_be_set_up_name_the_medium) {
  const dali::FrameHandle frame = picture();
  const std::string message = dali::error_message_of<MediaError>([&] {
    FilterChain(frame.get(), kMilliseconds, "no_such_filter",
                "a.mkv: its picture cannot be encoded anew");
  });
  ck_assert_msg(message.starts_with("a.mkv: its picture cannot be encoded anew: "), "%s",
                message.c_str());
  ck_assert_msg(message.find("no_such_filter") != std::string::npos, "%s", message.c_str());
}
END_TEST

// Such as one that comes after the end.
START_TEST(a_frame_that_the_filters_refuse_names_the_medium) {
  const dali::FrameHandle frame = picture();
  FilterChain chain(frame.get(), kMilliseconds, "null",
                    "a.mkv: its picture cannot be encoded anew");
  int frames = 0;
  const auto count = [&](AVFrame*) { ++frames; };
  chain.filter(frame.get(), count);
  chain.filter(nullptr, count);
  ck_assert_int_eq(frames, 1);
  const std::string message =
      dali::error_message_of<MediaError>([&] { chain.filter(frame.get(), count); });
  ck_assert_msg(message.starts_with("a.mkv: its picture cannot be encoded anew: "), "%s",
                message.c_str());
}
END_TEST

int main() {
  Suite* suite = suite_create("filter chain");
  TCase* refused = tcase_create("refused");
  tcase_add_test(refused, filters_that_cannot_be_set_up_name_the_medium);
  tcase_add_test(refused, a_frame_that_the_filters_refuse_names_the_medium);
  suite_add_tcase(suite, refused);
  return dali::run_suite(suite);
}
