// SPDX-License-Identifier: LGPL-2.1-or-later
// What is kept of the windows: a log of all of them, and clips that training reads.
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "media/clips/manifest.h"
#include "media/clips/ppm_file.h"
#include "media/clips/wav_file.h"
#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"
#include "tests/support/temporary_directory.h"

using dali::CaptionerRun;
using dali::TemporaryDirectory;
using Inputs = dali::CaptionerRun::Inputs;
using nlohmann::json;

namespace {

std::vector<json> lines_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<json> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(json::parse(line));
  return lines;
}

void set_string(GstElement* element, const char* property, const std::filesystem::path& path) {
  g_object_set(element, property, path.c_str(), nullptr);
}

// Paths are read from READY to PAUSED, and a run is in PLAYING.
void set_location(CaptionerRun& run, const char* property, const std::filesystem::path& path) {
  gst_element_set_state(run.element, GST_STATE_READY);
  set_string(run.element, property, path);
  ck_assert_int_eq(gst_element_set_state(run.element, GST_STATE_PLAYING), GST_STATE_CHANGE_SUCCESS);
}

void expect_close(const json& line, const char* member, double expected, double tolerance) {
  ck_assert_msg(std::abs(line.at(member).get<double>() - expected) <= tolerance, "%s: %s", member,
                line.dump().c_str());
}

}  // namespace

START_TEST(every_window_is_a_line_of_json_that_says_what_became_of_it) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "windows.jsonl";
  {
    CaptionerRun run(Inputs::kAudio, "window", "1000");
    g_object_set(run.element, "max-pending", 1, "min-confidence", 0.5, nullptr);
    set_location(run, "json-location", file);
    run.engine->answer_with([](const dali::Window& window, const auto&, auto) -> dali::Caption {
      // The samples of a window start where its sawtooth does.
      const int second =
          static_cast<int>(std::lround(((*window.audio)[0] - 0.01) / 0.5 * 40009)) / 16000;
      if (second == 1) throw dali::CaptionError("a cold");
      return {
          .text = "a \"dog\"", .mean_log_probability = second == 2 ? -1.0 : -0.5, .token_count = 3};
    });
    run.open();
    run.push_sound(0, 2000);
    run.push_sound(2000, 2400);
    run.push_sound(2400, 3000);
    run.push_event(run.audio, gst_event_new_gap(3000 * GST_MSECOND, 1000 * GST_MSECOND));
    run.end();
    run.text_until_eos();
  }
  const std::vector<json> lines = lines_of(file);
  ck_assert_uint_eq(lines.size(), 4);
  const char* outcomes[] = {"caption", "failed", "rejected", "silence"};
  for (std::size_t window = 0; window < 4; ++window) {
    const json& line = lines[window];
    ck_assert(line.at("outcome") == outcomes[window]);
    ck_assert_uint_eq(line.at("window").get<std::size_t>(), window);
    ck_assert(line.at("start").get<double>() == static_cast<double>(window));
    ck_assert(line.at("end").get<double>() == static_cast<double>(window) + 1.0);
    ck_assert(line.at("waited").get<double>() >= 0.0);
    ck_assert(line.at("described").get<double>() >= 0.0);
  }
  ck_assert(lines[0].at("text") == "a \"dog\"");
  ck_assert(lines[0].at("confidence") == 0.6065);
  ck_assert(lines[0].at("modality") == "audio");
  ck_assert(lines[0].at("model") == "fake");
  ck_assert(lines[0].at("extends_last") == false);
  ck_assert(lines[1].at("reason") == "a cold");
  ck_assert(lines[2].at("reason") == "below min-confidence");
  ck_assert(!lines[2].contains("text"));
}
END_TEST

START_TEST(each_event_is_a_line_behind_the_window_that_settled_it) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "windows.jsonl";
  {
    CaptionerRun run(Inputs::kAudio, "window", "2000");
    g_object_set(run.element, "interval", 1000, nullptr);
    gst_element_set_state(run.element, GST_STATE_READY);
    gst_util_set_object_arg(G_OBJECT(run.element), "mode", "events");
    set_location(run, "json-location", file);
    run.engine->answer_with([](const auto&, const auto&, auto) -> dali::Caption {
      return {.text = "A dog barks.", .mean_log_probability = -0.5, .token_count = 3};
    });
    run.open();
    run.push_sound(0, 3000);
    run.end();
    run.text_until_eos();
  }
  std::vector<json> lines = lines_of(file);
  std::erase_if(lines, [](const json& line) { return line.contains("caption"); });
  ck_assert_uint_eq(lines.size(), 5);
  for (const std::size_t window : {0U, 1U, 3U}) ck_assert(lines[window].contains("outcome"));
  const json starts = {{"event", "starts"},    {"source", 0},          {"name", "dog"},
                       {"label", "dog barks"}, {"time", 0.0},          {"start", 0.0},
                       {"known", 3.0},         {"confidence", 0.6065}, {"window", 1},
                       {"announced", true}};
  const json stops = {{"event", "stops"},     {"source", 0},          {"name", "dog"},
                      {"label", "dog barks"}, {"time", 3.0},          {"start", 0.0},
                      {"known", 3.0},         {"confidence", 0.6065}, {"window", 2},
                      {"announced", false}};
  ck_assert_msg(lines[2] == starts, "%s", lines[2].dump().c_str());
  ck_assert_msg(lines[4] == stops, "%s", lines[4].dump().c_str());
}
END_TEST

START_TEST(words_are_in_the_line_of_their_window) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "windows.jsonl";
  {
    CaptionerRun run(Inputs::kAudio, "window", "2000");
    set_location(run, "json-location", file);
    run.engine->answer_with([](const auto&, const auto&, auto) -> dali::Caption {
      return {.text = "A dog barks.",
              .mean_log_probability = -0.5,
              .token_count = 3,
              .words = {{.text = "dog", .start_s = 0.5, .end_s = 1.25}}};
    });
    run.open();
    run.push_sound(0, 4000);
    run.end();
    run.text_until_eos();
  }
  const json word = {{"text", "dog"}, {"start", 2.5}, {"end", 3.25}};
  ck_assert(lines_of(file).at(1).at("words") == json::array({word}));
}
END_TEST

START_TEST(what_is_off_screen_and_what_is_held_back_is_in_the_line_of_its_window) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "windows.jsonl";
  {
    CaptionerRun run(Inputs::kAudio, "window", "2000");
    gst_util_set_object_arg(G_OBJECT(run.element), "detail", "low");
    set_location(run, "json-location", file);
    run.engine->answer_with([](const auto&, const auto&, auto) -> dali::Caption {
      return {.text = "A dog barks.",
              .mean_log_probability = -0.5,
              .token_count = 3,
              .weighed_words = {{.text = "dog", .gain = 3.00004}}};
    });
    run.open();
    run.push_sound(0, 4000);
    run.end();
    run.text_until_eos();
  }
  const std::vector<json> lines = lines_of(file);
  const json source = {{"name", "dog"}, {"gain", 3.0}, {"off_screen", true}};
  for (const json& line : lines) {
    ck_assert(line.at("off_screen") == true);
    ck_assert(line.at("sources") == json::array({source}));
  }
  ck_assert(lines.at(0).at("outcome") == "caption" && !lines.at(0).contains("held_back"));
  ck_assert(lines.at(1).at("outcome") == "rejected" && !lines.at(1).contains("text"));
  ck_assert(lines.at(1).at("held_back") == "A dog barks.");
  ck_assert(lines.at(1).at("reason") == "low detail: said 2 s ago");
}
END_TEST

START_TEST(dropped_windows_are_in_the_log_too) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "windows.jsonl";
  {
    CaptionerRun run(Inputs::kAudio, "window", "1000");
    g_object_set(run.element, "max-pending", 1, nullptr);
    set_location(run, "json-location", file);
    gst_harness_set_live(run.audio, TRUE);
    run.engine->hold();
    run.open();
    run.push_sound(0, 1000);
    run.engine->wait_until_describing();
    run.push_sound(1000, 5000);
    run.engine->release();
    run.end();
    run.text_until_eos();
  }
  std::string outcomes;
  for (const json& line : lines_of(file)) outcomes += line.at("outcome").get<std::string>() + " ";
  ck_assert_str_eq(outcomes.c_str(), "caption dropped dropped dropped caption ");
}
END_TEST

START_TEST(a_log_goes_on_where_the_last_run_ended) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "windows.jsonl";
  for (int run_number = 0; run_number < 2; ++run_number) {
    CaptionerRun run(Inputs::kAudio);
    set_location(run, "json-location", file);
    run.open();
    run.push_sound(0, 10000);
    run.end();
    run.text_until_eos();
  }
  ck_assert_uint_eq(lines_of(file).size(), 2);
}
END_TEST

START_TEST(a_location_that_cannot_be_written_is_an_error_that_names_it) {
  for (const char* property : {"json-location", "dump-location"}) {
    CaptionerRun run(Inputs::kAudio);
    gst_element_set_state(run.element, GST_STATE_READY);
    set_string(run.element, property, "/proc/no/such/place");
    ck_assert_int_eq(gst_element_set_state(run.element, GST_STATE_PAUSED),
                     GST_STATE_CHANGE_FAILURE);
    const auto message = run.message(GST_MESSAGE_ERROR);
    ck_assert(message != nullptr);
    g_autoptr(GError) error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    ck_assert_msg(g_strstr_len(error->message, -1, "/proc/no/such/place") != nullptr, "%s",
                  error->message);
    set_string(run.element, property, "");
    gst_element_set_state(run.element, GST_STATE_PLAYING);
  }
}
END_TEST

START_TEST(nothing_is_recorded_after_a_start_that_failed) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "windows.jsonl";
  CaptionerRun run(Inputs::kAudio);
  gst_element_set_state(run.element, GST_STATE_READY);
  set_string(run.element, "json-location", file.c_str());
  set_string(run.element, "dump-location", "/proc/no/such/place");
  ck_assert_int_eq(gst_element_set_state(run.element, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  set_string(run.element, "json-location", "");
  set_string(run.element, "dump-location", "");
  gst_element_set_state(run.element, GST_STATE_PLAYING);
  run.open();
  run.push_sound(0, 10000);
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 1);
  ck_assert_uint_eq(lines_of(file).size(), 0);
}
END_TEST

START_TEST(a_dump_is_a_set_of_clips_that_training_reads) {
  const TemporaryDirectory folder;
  const auto set = folder.path() / "clips";
  {
    CaptionerRun run(Inputs::kBoth, "window", "1000");
    set_location(run, "dump-location", set);
    run.open();
    run.push_frames(0, 3000);
    run.push_sound(0, 2000);
    run.push_event(run.audio, gst_event_new_gap(2000 * GST_MSECOND, 1000 * GST_MSECOND));
    run.end();
    run.text_until_eos();
  }
  const std::vector<dali::Clip> clips = dali::read_manifest(set / "manifest.jsonl");
  ck_assert_uint_eq(clips.size(), 2);  // silence teaches nothing
  for (std::size_t index = 0; index < 2; ++index) {
    const dali::Clip& clip = clips[index];
    ck_assert(clip.start_s == static_cast<double>(index));
    ck_assert(clip.duration_s == 1.0);
    ck_assert(clip.image_captions.empty() && clip.audio_captions.empty());
    ck_assert_msg(clip.caption.find("sound of 16000") != std::string::npos, "%s",
                  clip.caption.c_str());
    const std::vector<float> samples = dali::read_wav(clip.audio);
    ck_assert_uint_eq(samples.size(), 16000);
    // As captioner_run.h makes them, to the 16 bits of the file.
    const auto pushed = [&](std::size_t at) {
      const std::size_t sample = index * 16000 + at;
      return 0.5 * static_cast<double>(sample % 40009) / 40009.0 + 0.01;
    };
    for (const std::size_t at : {0, 1, 7999, 15999}) {
      ck_assert(std::abs(samples[at] - pushed(at)) <= 1.0 / 32768.0);
    }
    ck_assert_uint_eq(clip.frames.size(), 1);
    const dali::RgbImage image = dali::read_ppm(clip.frames[0]);
    ck_assert_int_eq(image.width_px, 4);
    ck_assert_int_eq(image.height_px, 2);
    ck_assert_int_eq(image.pixels[0], static_cast<int>(10 * index + 5));
  }
}
END_TEST

START_TEST(dumps_of_several_runs_make_one_set) {
  const TemporaryDirectory folder;
  for (int run_number = 0; run_number < 2; ++run_number) {
    CaptionerRun run(Inputs::kAudio);
    set_location(run, "dump-location", folder.path());
    run.open();
    run.push_sound(0, 10000);
    run.end();
    run.text_until_eos();
  }
  // The reader refuses ids that appear twice.
  ck_assert_uint_eq(dali::read_manifest(folder.path() / "manifest.jsonl").size(), 2);
}
END_TEST

START_TEST(captions_of_events_are_lines_with_the_words_that_viewers_get) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "windows.jsonl";
  std::vector<dali::TextItem> shown;
  {
    CaptionerRun run(Inputs::kAudio, "mode", "events");
    g_object_set(run.element, "window", 4000, "interval", 2000, "tell-stops", TRUE, nullptr);
    set_location(run, "json-location", file);
    const auto next = std::make_shared<int>(0);
    run.engine->answer_with([next](const auto&, const auto&, auto) -> dali::Caption {
      return {.text = (*next)++ < 2 ? "a siren wails while rain falls" : "a dog barks",
              .mean_log_probability = -0.5,
              .token_count = 3};
    });
    shown = run.captions_of_sound(12000);
  }
  std::set<std::uint64_t> told;
  std::size_t captions = 0;
  for (const json& line : lines_of(file)) {
    ck_assert_int_eq(line.contains("outcome") + line.contains("event") + line.contains("caption"),
                     1);
    if (line.contains("event")) told.insert(line.at("source").get<std::uint64_t>());
    if (!line.contains("caption")) continue;
    ck_assert(captions < shown.size());
    const dali::TextItem& item = shown[captions++];
    ck_assert(line.at("caption") == item.text);
    expect_close(line, "start", static_cast<double>(item.start) / GST_SECOND, 1e-3);
    expect_close(line, "end", static_cast<double>(item.end) / GST_SECOND, 1e-3);
    expect_close(line, "confidence", std::exp(-0.5), 1e-4);
    // What it tells has been told before it.
    for (const json& source : line.at("sources")) ck_assert(told.contains(source));
  }
  ck_assert_uint_eq(captions, shown.size());
  ck_assert_uint_eq(captions, 2);  // both starts in one, both stops and the dog in another
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* log = tcase_create("log");
  tcase_add_test(log, every_window_is_a_line_of_json_that_says_what_became_of_it);
  tcase_add_test(log, each_event_is_a_line_behind_the_window_that_settled_it);
  tcase_add_test(log, captions_of_events_are_lines_with_the_words_that_viewers_get);
  tcase_add_test(log, words_are_in_the_line_of_their_window);
  tcase_add_test(log, what_is_off_screen_and_what_is_held_back_is_in_the_line_of_its_window);
  tcase_add_test(log, dropped_windows_are_in_the_log_too);
  tcase_add_test(log, a_log_goes_on_where_the_last_run_ended);
  tcase_add_test(log, a_location_that_cannot_be_written_is_an_error_that_names_it);
  tcase_add_test(log, nothing_is_recorded_after_a_start_that_failed);
  TCase* dump = tcase_create("dump");
  tcase_add_test(dump, a_dump_is_a_set_of_clips_that_training_reads);
  tcase_add_test(dump, dumps_of_several_runs_make_one_set);
  Suite* suite = suite_create("recording");
  for (TCase* tcase : {log, dump}) suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
