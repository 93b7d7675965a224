#include "pipelines/stream_route.h"

#include <iterator>

#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"

using dali::StreamRoute;

namespace {

struct Case {
  const char* name;
  const char* stream;
  const char* muxer;
  bool has_route;
  StreamRoute::Kind kind;
};

constexpr const char* kMp4Picture = "video/x-h264,stream-format=avc,alignment=au; video/x-vp9";
constexpr const char* kMp4Sound =
    "audio/mpeg,mpegversion=4,stream-format=raw,channels=[1,8]; audio/x-opus,channels=[1,8]";

const Case kCases[] = {
    {"the muxer's own form", "video/x-h264,stream-format=avc,alignment=au", kMp4Picture, true,
     StreamRoute::Kind::kCopied},
    {"a form that a parser brings about", "video/x-h264,stream-format=byte-stream,alignment=nal",
     kMp4Picture, true, StreamRoute::Kind::kCopied},
    {"AAC of a broadcast", "audio/mpeg,mpegversion=4,stream-format=adts,channels=2", kMp4Sound,
     true, StreamRoute::Kind::kCopied},
    {"a codec that the muxer lacks", "video/x-vp8", kMp4Picture, true,
     StreamRoute::Kind::kEncodedAnew},
    {"more channels than the muxer takes", "audio/mpeg,mpegversion=4,stream-format=raw,channels=9",
     kMp4Sound, true, StreamRoute::Kind::kEncodedAnew},
    {"sound that no encoder touched", "audio/x-raw,format=S16LE", kMp4Sound, true,
     StreamRoute::Kind::kEncodedAnew},
    {"text", "text/x-raw,format=utf8", kMp4Picture, false, StreamRoute::Kind::kCopied},
    {"a picture of the album", "image/jpeg", kMp4Picture, false, StreamRoute::Kind::kCopied},
};

}  // namespace

START_TEST(streams_are_copied_where_the_container_takes_them) {
  const Case& row = kCases[_i];
  g_autoptr(GstCaps) stream = gst_caps_from_string(row.stream);
  g_autoptr(GstCaps) muxer = gst_caps_from_string(row.muxer);
  const auto route = dali::route_of(stream, muxer);
  ck_assert_msg(route.has_value() == row.has_route, "%s: has a route: %d", row.name,
                route.has_value());
  if (route) ck_assert_msg(route->kind == row.kind, "%s: %s", row.name, route->elements.c_str());
}
END_TEST

START_TEST(every_route_is_built_from_elements_that_exist) {
  const Case& row = kCases[_i];
  g_autoptr(GstCaps) stream = gst_caps_from_string(row.stream);
  g_autoptr(GstCaps) muxer = gst_caps_from_string(row.muxer);
  const auto route = dali::route_of(stream, muxer);
  if (!route) return;
  g_autoptr(GError) error = nullptr;
  g_autoptr(GstElement) bin = gst_parse_bin_from_description(route->elements.c_str(), TRUE, &error);
  ck_assert_msg(error == nullptr, "%s: %s", row.name, error ? error->message : "");
  gst_object_ref_sink(bin);
}
END_TEST

int main(int argument_count, char** arguments) {
  gst_init(&argument_count, &arguments);
  Suite* suite = suite_create("stream_route");
  TCase* routes = tcase_create("routes");
  const int rows = static_cast<int>(std::size(kCases));
  tcase_add_loop_test(routes, streams_are_copied_where_the_container_takes_them, 0, rows);
  tcase_add_loop_test(routes, every_route_is_built_from_elements_that_exist, 0, rows);
  suite_add_tcase(suite, routes);
  return dali::run_suite(suite);
}
