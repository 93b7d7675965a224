// SPDX-License-Identifier: LGPL-2.1-or-later
// A model in one process as an engine of another: what passes between them.

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "model/service/engine_server.h"
#include "model/service/message.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/scripted_engine.h"

namespace dali {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// What of a window and a request came, or was sent.
struct Asked {
  std::optional<std::vector<float>> samples;
  std::optional<std::array<int, 2>> size_px;
  std::vector<std::uint8_t> rows;  // without what lies between them
  CaptionRequest request;
};

Asked copy_of(const Window& window, const CaptionRequest& request) {
  Asked asked{.samples = {}, .size_px = {}, .rows = {}, .request = request};
  if (window.audio) asked.samples.emplace(window.audio->begin(), window.audio->end());
  if (window.frame) {
    asked.size_px = {window.frame->width_px, window.frame->height_px};
    for (int y = 0; window.frame->width_px > 0 && y < window.frame->height_px; ++y) {
      const auto* row = window.frame->pixels.data() + y * window.frame->stride_bytes;
      asked.rows.insert(asked.rows.end(), row, row + 3 * window.frame->width_px);
    }
  }
  return asked;
}

bool same_bits(const std::vector<float>& left, const std::vector<float>& right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(left[i]) != std::bit_cast<std::uint32_t>(right[i])) {
      return false;
    }
  }
  return true;
}

bool same_bits(double left, double right) {
  return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right);
}

bool same_bits(std::optional<double> left, std::optional<double> right) {
  return left && right ? same_bits(*left, *right) : left.has_value() == right.has_value();
}

void expect_same(const Asked& left, const Asked& right, const char* what) {
  ck_assert_msg(left.samples.has_value() == right.samples.has_value(), "%s", what);
  if (left.samples) ck_assert_msg(same_bits(*left.samples, *right.samples), "%s", what);
  ck_assert_msg(left.size_px == right.size_px && left.rows == right.rows, "%s", what);
  ck_assert_msg(left.request.modality == right.request.modality, "%s", what);
  ck_assert_msg(left.request.question == right.request.question, "%s", what);
  ck_assert_msg(left.request.max_new_tokens == right.request.max_new_tokens, "%s", what);
  ck_assert_msg(same_bits(left.request.temperature, right.request.temperature), "%s", what);
  ck_assert_msg(same_bits(left.request.repetition_penalty, right.request.repetition_penalty), "%s",
                what);
  ck_assert_msg(left.request.seed == right.request.seed, "%s", what);
  ck_assert_msg(left.request.locates_words == right.request.locates_words, "%s", what);
  ck_assert_msg(left.request.weighs_words == right.request.weighs_words, "%s", what);
  ck_assert_msg(left.request.threads == right.request.threads, "%s", what);
  ck_assert_msg(left.request.may_wait == right.request.may_wait, "%s", what);
}

START_TEST(everything_of_a_window_and_its_request_arrives) {
  std::optional<Asked> arrived;
  const ScriptedEngine engine([&](const Window& window, const CaptionRequest& request, auto) {
    arrived = copy_of(window, request);
    return Caption{};
  });
  EngineServer server(engine, {.threads = 8});
  const PairedEngine client(server);

  std::vector<std::uint8_t> pixels(4 * 40);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i);
  const FrameView packed{.pixels = pixels, .width_px = 5, .height_px = 4, .stride_bytes = 15};
  const FrameView apart{.pixels = pixels, .width_px = 5, .height_px = 4, .stride_bytes = 40};
  const FrameView column{.pixels = pixels, .width_px = 1, .height_px = 50, .stride_bytes = 3};
  const FrameView empty{};
  const FrameView below_nothing{.pixels = {}, .width_px = -3, .height_px = 7, .stride_bytes = 0};
  const std::vector<float> no_sound;
  const std::vector<float> odd_sound = {std::nanf("1"), -0.0F, INFINITY, 1e-42F};
  const std::vector<float> long_sound(kMostSamples, 0.25F);

  struct Row {
    const char* what;
    Window window;
    CaptionRequest request;
  };
  const std::vector<Row> rows = {
      {"nothing", {}, {.threads = 1}},
      {"sound", {.audio = kSound, .frame = {}}, {.modality = Modality::kAudio, .threads = 1}},
      {"no samples", {.audio = no_sound, .frame = {}}, {.threads = 1, .may_wait = true}},
      {"NaN and infinity", {.audio = odd_sound, .frame = {}}, {.threads = 1}},
      {"two minutes", {.audio = long_sound, .frame = {}}, {.threads = 1}},
      {"picture", {.audio = {}, .frame = packed}, {.modality = Modality::kImage, .threads = 1}},
      {"rows apart", {.audio = {}, .frame = apart}, {.threads = 1}},
      {"column", {.audio = {}, .frame = column}, {.threads = 1}},
      {"no pixels", {.audio = {}, .frame = empty}, {.threads = 1}},
      {"less than none", {.audio = {}, .frame = below_nothing}, {.threads = 1}},
      {"both",
       {.audio = kSound, .frame = apart},
       {.modality = Modality::kAudiovisual,
        .question = "Qu'entend-on, à Zürich – 何？",
        .max_new_tokens = 17,
        .temperature = 0.7,
        .repetition_penalty = 1.1,
        .seed = std::numeric_limits<std::uint64_t>::max(),
        .locates_words = true,
        .threads = 3}},
      {"weighed", {.audio = kSound, .frame = packed}, {.weighs_words = true, .threads = 1}},
      {"odd numbers",
       {.audio = kSound, .frame = {}},
       {.question = "",
        .max_new_tokens = std::numeric_limits<int>::min(),
        .temperature = kNan,
        .repetition_penalty = -INFINITY,
        .threads = -1}},
  };
  for (const Row& row : rows) {
    arrived.reset();
    client->describe(row.window, row.request, {});
    ck_assert_msg(arrived.has_value(), "%s", row.what);
    expect_same(*arrived, copy_of(row.window, row.request), row.what);
  }
}
END_TEST

START_TEST(everything_of_a_caption_comes_back) {
  Caption said;
  const ScriptedEngine engine([&](const Window&, const CaptionRequest&, auto) { return said; });
  EngineServer server(engine);
  const PairedEngine client(server);
  const std::vector<Caption> captions = {
      {},
      {.text = "nan", .mean_log_probability = kNan, .token_count = 1},
      {.text = "Grüße – 犬が吠える",
       .mean_log_probability = -0.75,
       .token_count = std::numeric_limits<int>::max(),
       .timing = {.mel_s = 1e-300,
                  .pixels_s = 2,
                  .audio_tower_s = 3,
                  .vision_tower_s = -0.0,
                  .prefill_s = INFINITY,
                  .decoding_s = 6,
                  .locating_s = 7,
                  .weighing_s = 8},
       .words = {{.text = "犬", .start_s = 0.0, .end_s = 120.0},
                 {.text = "", .start_s = 0.1, .end_s = 0.1}},
       .weighed_words = {{.text = "犬", .gain = -1e300}, {.text = "", .gain = 2.7}}},
      {.text = std::string(kMostTextBytes, 'a'), .token_count = -1},
  };
  for (const Caption& caption : captions) {
    said = caption;
    const Caption back = client->describe(sound_of(kSound), {}, {});
    expect_text(back.text, caption.text);
    ck_assert(same_bits(back.mean_log_probability, caption.mean_log_probability));
    ck_assert_int_eq(back.token_count, caption.token_count);
    const CaptionTiming& timing = caption.timing;
    ck_assert(same_bits(back.timing.mel_s, timing.mel_s));
    ck_assert(same_bits(back.timing.pixels_s, timing.pixels_s));
    ck_assert(same_bits(back.timing.audio_tower_s, timing.audio_tower_s));
    ck_assert(same_bits(back.timing.vision_tower_s, timing.vision_tower_s));
    ck_assert(same_bits(back.timing.prefill_s, timing.prefill_s));
    ck_assert(same_bits(back.timing.decoding_s, timing.decoding_s));
    ck_assert(same_bits(back.timing.locating_s, timing.locating_s));
    ck_assert(same_bits(back.timing.weighing_s, timing.weighing_s));
    ck_assert_uint_eq(back.words.size(), caption.words.size());
    for (std::size_t at = 0; at < back.words.size(); ++at) {
      expect_text(back.words[at].text, caption.words[at].text);
      ck_assert(same_bits(back.words[at].start_s, caption.words[at].start_s));
      ck_assert(same_bits(back.words[at].end_s, caption.words[at].end_s));
    }
    ck_assert_uint_eq(back.weighed_words.size(), caption.weighed_words.size());
    for (std::size_t at = 0; at < back.weighed_words.size(); ++at) {
      expect_text(back.weighed_words[at].text, caption.weighed_words[at].text);
      ck_assert(same_bits(back.weighed_words[at].gain, caption.weighed_words[at].gain));
    }
  }
}
END_TEST

START_TEST(the_classes_of_a_model_come_with_its_name) {
  for (const auto& classes : {std::shared_ptr<const SourceClasses>(),
                              std::make_shared<const SourceClasses>(SourceClasses{
                                  {"ambulance", {"ambulance", "siren"}}, {"犬", {"犬"}}})}) {
    const ScriptedEngine engine([](auto&&...) { return Caption{}; }, classes);
    EngineServer server(engine);
    const PairedEngine client(server);
    const auto told = client->source_classes();
    ck_assert((told == nullptr) == (classes == nullptr));
    if (classes) ck_assert(*told == *classes);
  }
}
END_TEST

START_TEST(a_word_at_an_impossible_time_is_no_answer) {
  Caption said;
  const ScriptedEngine engine([&](const Window&, const CaptionRequest&, auto) { return said; });
  EngineServer server(engine);
  const PairedEngine client(server);
  for (const auto& [start_s, end_s] :
       {std::pair{kNan, 1.0}, {0.0, kNan}, {-1.0, 1.0}, {2.0, 1.0}, {0.0, 1e9}}) {
    said.words = {{.text = "dog", .start_s = start_s, .end_s = end_s}};
    const std::string error =
        error_message_of<dali::CaptionError>([&] { client->describe(sound_of(kSound), {}, {}); });
    ck_assert_msg(error.find("a word at no time of its window") != std::string::npos, "%s",
                  error.c_str());
  }
}
END_TEST

START_TEST(a_gain_that_is_no_number_is_no_answer) {
  Caption said;
  const ScriptedEngine engine([&](const Window&, const CaptionRequest&, auto) { return said; });
  EngineServer server(engine);
  const PairedEngine client(server);
  for (const double gain : {kNan, static_cast<double>(INFINITY), -static_cast<double>(INFINITY)}) {
    said.weighed_words = {{.text = "dog", .gain = gain}};
    const std::string error =
        error_message_of<dali::CaptionError>([&] { client->describe(sound_of(kSound), {}, {}); });
    ck_assert_msg(error.find("a word whose gain is no number") != std::string::npos, "%s",
                  error.c_str());
  }
}
END_TEST

// In front of half a character, so that the rest stays valid UTF-8.
START_TEST(a_text_that_is_too_long_is_cut) {
  const ScriptedEngine engine([](const Window&, const CaptionRequest&, auto) {
    return Caption{.text = std::string(kMostTextBytes - 1, 'a') + "é and more"};
  });
  EngineServer server(engine);
  const PairedEngine client(server);
  const Caption caption = client->describe(sound_of(kSound), {}, {});
  expect_text(caption.text, std::string(kMostTextBytes - 1, 'a'));
}
END_TEST

START_TEST(a_client_knows_what_the_engine_says_of_itself) {
  const ScriptedEngine engine([](const Window&, const CaptionRequest&, auto) { return Caption{}; });
  EngineServer server(engine);
  const PairedEngine client(server);
  expect_text(client->model_name(), "scripted");
  expect_text(client->precision(), "exact, as nothing is computed");
  expect_text(client->description(), "'scripted' in memory, served at the pair");
}
END_TEST

START_TEST(what_the_engine_throws_is_thrown_in_a_line_and_the_next_window_is_described) {
  const ScriptedEngine engine([](const Window& window, const CaptionRequest&, auto) {
    if (!window.audio) throw CaptionError("the window has\nno sound");
    if (window.audio->empty()) throw 7;
    return Caption{.text = "a dog barks"};
  });
  EngineServer server(engine);
  const PairedEngine client(server);
  expect_one_line_with(error_message_of<CaptionError>([&] { client->describe({}, {}, {}); }),
                       "the pair: the window has no sound");
  expect_one_line_with(
      error_message_of<CaptionError>([&] { client->describe(sound_of({}), {}, {}); }),
      "the pair: the model failed without saying why");
  expect_text(client->describe(sound_of(kSound), {}, {}).text, "a dog barks");
}
END_TEST

START_TEST(what_is_too_large_is_refused_before_it_is_sent) {
  const ScriptedEngine engine([](const Window&, const CaptionRequest&, auto) { return Caption{}; });
  EngineServer server(engine);
  const PairedEngine client(server);
  const auto refusal = [&](const Window& window, const CaptionRequest& request) {
    return error_message_of<CaptionError>([&] { client->describe(window, request, {}); });
  };
  const std::vector<std::uint8_t> pixels(100);
  const auto picture = [&](int width_px, int height_px, std::ptrdiff_t stride_bytes) {
    return Window{.audio = {},
                  .frame = FrameView{.pixels = pixels,
                                     .width_px = width_px,
                                     .height_px = height_px,
                                     .stride_bytes = stride_bytes}};
  };
  const int most = std::numeric_limits<int>::max();
  expect_one_line_with(refusal(sound_of(std::vector<float>(kMostSamples + 1)), {}),
                       "a sound of 120 seconds is too long");
  expect_one_line_with(refusal({}, {.question = std::string(kMostTextBytes + 1, 'a')}),
                       "a question of 65537 bytes is too long");
  expect_one_line_with(refusal(picture(most, most, most), {}), "is too large");
  expect_one_line_with(refusal(picture(10, 4, 30), {}), "10 x 4 pixels has only 100 bytes");
  expect_one_line_with(refusal(picture(10, 2, 29), {}), "has only 100 bytes");
  expect_one_line_with(refusal(picture(1, 2, std::numeric_limits<std::ptrdiff_t>::max()), {}),
                       "has only 100 bytes");
  expect_one_line_with(refusal(picture(34, 1, 102), {}), "34 x 1 pixels has only 100 bytes");
  ck_assert_int_eq(engine.begun(), 0);
}
END_TEST

// Windows of files, as two clients ask about them, each with a sound of its own length.
struct Patient {
  explicit Patient(std::size_t windows) {
    sounds.reserve(windows);
    for (std::size_t number = 0; number < windows; ++number) {
      sounds.emplace_back(number + 1, 0.5F);
      asked.push_back({.window = sound_of(sounds.back()), .request = {.may_wait = true}});
    }
  }
  std::vector<std::vector<float>> sounds;
  std::vector<WindowToDescribe> asked;
};

Caption length_of(const Window& window) {
  return {.text = std::to_string(window.audio->size()), .token_count = 1};
}

START_TEST(windows_that_may_wait_are_described_together_and_get_their_own_captions) {
  Gate gate;
  const ScriptedEngine engine(
      [&](const Window& window, auto&, auto) {
        gate.wait();
        if (window.audio->size() == 3) throw CaptionError("no three");
        return length_of(window);
      },
      nullptr, 4);
  EngineServer server(engine, {.threads = 2});
  const PairedEngine client(server);
  ck_assert_int_eq(client->windows_at_once(), 4);
  const Patient patient(9);
  std::vector<Described> described;
  std::jthread asking([&] { described = client->describe_together(patient.asked); });
  engine.wait_until_begun(1);
  gate.open();
  asking.join();
  ck_assert_uint_eq(described.size(), 9);
  for (std::size_t number = 0; number < 9; ++number) {
    if (number == 2) {
      ck_assert(described[number].failure != nullptr);
    } else {
      expect_text(described[number].caption.text, std::to_string(number + 1));
    }
  }
  std::size_t in_all = 0;
  for (const std::size_t count : engine.batches()) {
    ck_assert_uint_le(count, 4);
    in_all += count;
  }
  ck_assert_uint_eq(in_all, 9);
}
END_TEST

// A batch holds all threads, and more of a file wait; what may not is described all the same.
START_TEST(a_window_that_may_not_wait_is_described_beside_those_that_may) {
  Gate gate;
  const ScriptedEngine engine(
      [&](const Window& window, const CaptionRequest& request, auto) {
        if (request.may_wait) gate.wait();
        return length_of(window);
      },
      nullptr, 4);
  EngineServer server(engine, {.threads = 2});
  const PairedEngine client(server);
  const Patient patient(9);
  std::jthread asking([&] { client->describe_together(patient.asked); });
  engine.wait_until_begun(1);
  expect_text(client->describe(sound_of(kSound), {}, {}).text, "3");
  gate.open();
}
END_TEST

// The engine stays with a batch until its last window; who has gone does not wait for that.
START_TEST(a_window_that_is_cancelled_ends_before_its_neighbours) {
  Gate first;
  Gate gate;
  const ScriptedEngine engine(
      [&](const Window& window, auto&, const std::stop_token& stop) {
        if (window.audio->size() == 1) {
          first.wait();
        } else {
          gate.wait();
        }
        return stop.stop_requested() ? Caption{} : length_of(window);
      },
      nullptr, 4);
  EngineServer server(engine, {.threads = 2});
  const PairedEngine client(server);
  Patient patient(4);
  std::stop_source stop;
  std::jthread holding([&] { client->describe_together({patient.asked.data(), 1}); });
  engine.wait_until_begun(1);
  Described stopped;
  std::vector<Described> others;
  patient.asked[1].stop = stop.get_token();
  std::jthread stopping([&] {
    stopped = std::move(client->describe_together({&patient.asked[1], 1}).front());
  });
  std::jthread asking([&] { others = client->describe_together({&patient.asked[2], 2}); });
  first.open();
  engine.wait_until_begun(2);
  stop.request_stop();
  stopping.join();  // while the gate keeps every other
  expect_text(stopped.caption.text, "");
  gate.open();
  asking.join();
  expect_text(others[0].caption.text, "3");
  expect_text(others[1].caption.text, "4");
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("model_service");
  TCase* cases = tcase_create("model_service");
  tcase_add_test(cases, everything_of_a_window_and_its_request_arrives);
  tcase_add_test(cases, everything_of_a_caption_comes_back);
  tcase_add_test(cases, the_classes_of_a_model_come_with_its_name);
  tcase_add_test(cases, a_word_at_an_impossible_time_is_no_answer);
  tcase_add_test(cases, a_gain_that_is_no_number_is_no_answer);
  tcase_add_test(cases, a_text_that_is_too_long_is_cut);
  tcase_add_test(cases, a_client_knows_what_the_engine_says_of_itself);
  tcase_add_test(cases,
                 what_the_engine_throws_is_thrown_in_a_line_and_the_next_window_is_described);
  tcase_add_test(cases, what_is_too_large_is_refused_before_it_is_sent);
  tcase_add_test(cases, windows_that_may_wait_are_described_together_and_get_their_own_captions);
  tcase_add_test(cases, a_window_that_may_not_wait_is_described_beside_those_that_may);
  tcase_add_test(cases, a_window_that_is_cancelled_ends_before_its_neighbours);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
