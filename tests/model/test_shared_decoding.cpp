// SPDX-License-Identifier: LGPL-2.1-or-later
// Windows that are continued together: each comes to what it comes to alone, bit by bit, whatever
// its neighbours are, when they come and how they end.
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "model/captioner/captioner.h"
#include "model/captioner/shared_decoding.h"
#include "model/captioner/windows_at_once.h"
#include "model/language/generation.h"
#include "model/weights/load_weights.h"
#include "tests/support/check_suite.h"
#include "tests/support/error_message.h"
#include "tests/support/formula_weights.h"

namespace dali {
namespace {

constexpr std::int64_t kWidth = 64;

Decoder plain_decoder(at::ScalarType dtype) {
  Decoder decoder(DecoderConfig{.vocabulary = 40,
                                .width = kWidth,
                                .layers = 2,
                                .heads = 4,
                                .kv_heads = 2,
                                .mlp_width = 96,
                                .max_tokens = 256});
  set_formula_weights(*decoder);
  decoder->to(dtype);
  return decoder;
}

Decoder integer_decoder(WeightFormat format, at::ScalarType dtype) {
  Decoder decoder = plain_decoder(at::kFloat);
  for (const auto& [name, linear] : linears_of(*decoder)) {
    const at::Tensor weight = linear->weight.detach().contiguous();
    const QuantisedLayout layout = linear->layout(format);
    const auto codes = at::empty({layout.code_bytes()}, at::kByte);
    const auto scales = at::empty({layout.scale_count()}, at::kBFloat16);
    quantise({weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel())}, layout,
             {codes.data_ptr<std::uint8_t>(), static_cast<std::size_t>(codes.numel())},
             {reinterpret_cast<std::uint16_t*>(scales.data_ptr<at::BFloat16>()),
              static_cast<std::size_t>(scales.numel())});
    linear->hold_integers(format, codes, scales);
  }
  for (at::Tensor& parameter : decoder->parameters()) parameter.set_data(parameter.to(dtype));
  return decoder;
}

// Every way in which weights are kept.
Decoder decoder_of_kind(int kind) {
  switch (kind) {
    case 0:
      return plain_decoder(at::kFloat);
    case 1:
      return plain_decoder(at::kBFloat16);
    case 2:
      return integer_decoder(WeightFormat::kInt8, at::kBFloat16);
    default:
      return integer_decoder(WeightFormat::kInt4, at::kFloat);
  }
}
constexpr int kKinds = 4;

// What a sequence came to: its tokens and what the model thought of them, or why there are none.
struct Outcome {
  std::vector<std::int64_t> ids = {};
  std::vector<double> log_probabilities = {};
  std::string failure = {};
  bool operator==(const Outcome&) const = default;
};

template <typename Tokens>
Outcome outcome_of(const Tokens& tokens) {
  try {
    const GeneratedTokens generated = tokens();
    return {.ids = generated.ids, .log_probabilities = generated.log_probabilities};
  } catch (const c10::Error& error) {
    return {.failure = error.what_without_backtrace()};
  }
}

// One of many: prompts of different lengths, greedy and drawn, short and long, some of which end by
// themselves.
struct Asked {
  explicit Asked(int number)
      : prompt(formula_tensor({1, 3 + 5 * number % 17, kWidth}, 1.0, number)),
        options{.sampling = {.temperature = number % 3 == 0 ? 0.0 : 0.7 + 0.2 * number,
                             .repetition_penalty = number % 4 == 3 ? 1.3 : 1.0},
                .seed = 100 + static_cast<std::uint64_t>(number),
                .eos_id = 3,
                .max_new_tokens = 4 + 7 * number % 23} {}

  torch::Tensor prompt;
  GenerationOptions options;
};

// All of them together; number n comes when the others have made n passes.
std::vector<Outcome> outcomes_together(Decoder decoder, const std::vector<Asked>& asked) {
  std::list<Continuation> sequences;
  std::vector<Continuation*> growing;
  while (sequences.size() < asked.size() || !growing.empty()) {
    if (sequences.size() < asked.size()) {
      const Asked& next = asked[sequences.size()];
      growing.push_back(&sequences.emplace_back(decoder, next.prompt, next.options));
    }
    std::erase_if(growing, [](const Continuation* sequence) { return sequence->has_ended(); });
    if (!growing.empty()) continue_together(decoder, growing);
    std::erase_if(growing, [](const Continuation* sequence) { return sequence->has_ended(); });
  }
  std::vector<Outcome> outcomes;
  for (Continuation& sequence : sequences) {
    outcomes.push_back(outcome_of([&] { return sequence.take(); }));
  }
  return outcomes;
}

START_TEST(each_sequence_comes_to_what_it_comes_to_alone) {
  const c10::InferenceMode inference;
  Decoder decoder = decoder_of_kind(_i);
  std::vector<Asked> asked;
  std::vector<Outcome> alone;
  std::size_t shortest = 1000;
  std::size_t longest = 0;
  for (int number = 0; number < 9; ++number) {
    const Asked& one = asked.emplace_back(number);
    alone.push_back(outcome_of([&] { return generate(decoder, one.prompt, one.options); }));
    shortest = std::min(shortest, alone.back().ids.size());
    longest = std::max(longest, alone.back().ids.size());
  }
  ck_assert_uint_lt(shortest, longest);
  for (const std::size_t count : {2, 3, 4, 5, 9}) {
    const std::vector<Asked> some(asked.begin(),
                                  asked.begin() + static_cast<std::ptrdiff_t>(count));
    const auto together = outcomes_together(decoder, some);
    for (std::size_t number = 0; number < count; ++number) {
      ck_assert_msg(together[number] == alone[number], "%zu of %zu", number, count);
    }
  }
}
END_TEST

// A word that the model cannot go on from: whoever says it fails, and nobody else.
START_TEST(a_sequence_that_is_not_finite_fails_alone) {
  const c10::InferenceMode inference;
  Decoder decoder = decoder_of_kind(_i);
  std::vector<Asked> asked;
  for (int number = 0; number < 6; ++number) asked.emplace_back(number);
  const auto first = generate(decoder, asked[0].prompt, asked[0].options);
  ck_assert_uint_gt(first.ids.size(), 2);
  decoder->token_embedding->weight.select(0, first.ids[1])
      .fill_(std::numeric_limits<float>::quiet_NaN());
  std::vector<Outcome> alone;
  int failures = 0;
  for (const Asked& one : asked) {
    alone.push_back(outcome_of([&] { return generate(decoder, one.prompt, one.options); }));
    failures += alone.back().failure.empty() ? 0 : 1;
  }
  ck_assert_int_gt(failures, 0);
  ck_assert_int_lt(failures, 6);
  const auto together = outcomes_together(decoder, asked);
  for (std::size_t number = 0; number < asked.size(); ++number) {
    ck_assert_msg(together[number] == alone[number], "%zu", number);
  }
}
END_TEST

// One of them has no room in its cache, so that no pass of all can be made.
START_TEST(a_pass_that_cannot_be_made_is_made_one_by_one) {
  const c10::InferenceMode inference;
  Decoder decoder = decoder_of_kind(0);
  const Asked one(0);
  const Asked two(1);
  const auto expected = outcome_of([&] { return generate(decoder, one.prompt, one.options); });
  Continuation sequence(decoder, one.prompt, one.options);
  Continuation full(decoder, two.prompt, {.eos_id = -1, .max_new_tokens = 1});
  ck_assert(full.has_ended());
  while (!sequence.has_ended()) {
    Continuation* const both[] = {&sequence, &full};
    continue_together(decoder, both);
  }
  ck_assert(outcome_of([&] { return sequence.take(); }) == expected);
  ck_assert(!outcome_of([&] { return full.take(); }).failure.empty());
}
END_TEST

START_TEST(whoever_is_there_waits_for_those_that_read_until_it_is_stopped) {
  const c10::InferenceMode inference;
  Decoder decoder = decoder_of_kind(0);
  const Asked asked(3);
  SharedDecoding decoding;
  ck_assert(decoding.has_room(1));
  const SharedDecoding::Place reading(decoding);
  ck_assert(!decoding.has_room(1) && decoding.has_room(2));
  SharedDecoding::Place place(decoding);
  Continuation sequence(decoder, asked.prompt, asked.options);
  std::stop_source stop;
  std::jthread other([&] {
    const SharedDecoding::Seated seated{&place, &sequence, stop.get_token()};
    decoding.run(decoder, {&seated, 1});
  });
  stop.request_stop();  // nothing else ends its waiting
  other.join();
  ck_assert_uint_eq(sequence.take().ids.size(), 1);
}
END_TEST

// Several who share passes, one of which is stopped in the middle.
START_TEST(who_is_stopped_leaves_the_others_alone) {
  Decoder decoder = decoder_of_kind(_i);
  constexpr int kCallers = 4;
  std::vector<Asked> asked;
  std::vector<Outcome> expected;
  for (int number = 0; number < kCallers; ++number) {
    asked.emplace_back(number);
    asked.back().options.max_new_tokens = 60;
    asked.back().options.eos_id = -1;
    expected.push_back(
        outcome_of([&] { return generate(decoder, asked.back().prompt, asked.back().options); }));
  }
  SharedDecoding decoding;
  std::vector<Outcome> outcomes(kCallers);
  std::stop_source stop;
  {
    std::vector<std::jthread> callers;
    for (int number = 0; number < kCallers; ++number) {
      callers.emplace_back([&, number] {
        const auto place = std::make_unique<SharedDecoding::Place>(decoding);
        const auto index = static_cast<std::size_t>(number);
        Continuation sequence(decoder, asked[index].prompt, asked[index].options);
        const SharedDecoding::Seated seated{place.get(), &sequence,
                                            number == 0 ? stop.get_token() : std::stop_token()};
        decoding.run(decoder, {&seated, 1});
        outcomes[index] = outcome_of([&] { return sequence.take(); });
      });
    }
    stop.request_stop();
  }
  for (std::size_t number = 1; number < kCallers; ++number) {
    ck_assert_msg(outcomes[number] == expected[number], "%zu", number);
  }
  // What it had come to is how its sequence begins.
  ck_assert_uint_le(outcomes[0].ids.size(), expected[0].ids.size());
  ck_assert(std::equal(outcomes[0].ids.begin(), outcomes[0].ids.end(), expected[0].ids.begin()));
  ck_assert(decoding.has_room(1));
}
END_TEST

// Windows of every kind, and some that cannot be described.
struct Windows {
  Windows() {
    for (int number = 0; number < 4; ++number) {
      auto& sound = sounds.emplace_back();
      for (int i = 0; i < kSampleRateHz * (1 + number); ++i) {
        sound.push_back(0.4f * std::sin(0.02f * static_cast<float>((number + 1) * i % 5003)));
      }
      auto& picture = pictures.emplace_back();
      for (int i = 0; i < 64 * 48 * 3; ++i) {
        picture.push_back(static_cast<std::uint8_t>(i * (3 + number)));
      }
    }
    spoilt = sounds[1];
    spoilt[777] = std::numeric_limits<float>::quiet_NaN();
    const auto frame = [&](std::size_t number) {
      return FrameView{pictures[number], 64, 48, 64 * 3};
    };
    all = {
        {.window = {.audio = sounds[0], .frame = frame(0)}, .request = {}},
        {.window = {.audio = spoilt, .frame = {}}, .request = {}},
        {.window = {.audio = sounds[1], .frame = {}},
         .request = {.question = "Which thing is it?", .temperature = 1.1, .seed = 9}},
        {.window = {.audio = {}, .frame = {}}, .request = {}},
        {.window = {.audio = {}, .frame = frame(2)}, .request = {.max_new_tokens = 2}},
        {.window = {.audio = sounds[3], .frame = frame(3)},
         .request = {.temperature = 0.8, .seed = 5, .locates_words = true, .weighs_words = true}},
        {.window = {.audio = sounds[2], .frame = {}}, .request = {.max_new_tokens = 0}},
        {.window = {.audio = sounds[2], .frame = frame(1)}, .request = {.temperature = 2.0}}};
    for (WindowToDescribe& asked : all) asked.request.threads = 1;
  }

  std::vector<std::vector<float>> sounds;
  std::vector<std::vector<std::uint8_t>> pictures;
  std::vector<float> spoilt;
  std::vector<WindowToDescribe> all;
};

std::string failure_of(const Described& described) {
  if (!described.failure) return {};
  return error_message_of<CaptionError>([&] { std::rethrow_exception(described.failure); });
}

void expect_same(const Described& left, const Described& right) {
  ck_assert(failure_of(left) == failure_of(right));
  ck_assert_str_eq(left.caption.text.c_str(), right.caption.text.c_str());
  ck_assert_double_eq(left.caption.mean_log_probability, right.caption.mean_log_probability);
  ck_assert_int_eq(left.caption.token_count, right.caption.token_count);
  ck_assert_uint_eq(left.caption.words.size(), right.caption.words.size());
  for (std::size_t word = 0; word < left.caption.words.size(); ++word) {
    ck_assert_double_eq(left.caption.words[word].start_s, right.caption.words[word].start_s);
    ck_assert_double_eq(left.caption.words[word].end_s, right.caption.words[word].end_s);
  }
  ck_assert_uint_eq(left.caption.weighed_words.size(), right.caption.weighed_words.size());
  for (std::size_t word = 0; word < left.caption.weighed_words.size(); ++word) {
    ck_assert_double_eq(left.caption.weighed_words[word].gain,
                        right.caption.weighed_words[word].gain);
  }
}

std::vector<Described> one_by_one(const Captioner& captioner, const Windows& windows) {
  std::vector<Described> described;
  int failures = 0;
  for (const WindowToDescribe& asked : windows.all) {
    described.push_back(std::move(captioner.describe_together({&asked, 1}).front()));
    failures += described.back().failure ? 1 : 0;
  }
  ck_assert_int_eq(failures, 3);
  return described;
}

START_TEST(captions_of_windows_together_are_those_of_each_alone) {
  const auto captioner = Captioner::load(
      embedded_model_directory(), {.device = "cpu", .precision = _i == 0 ? "float32" : "bfloat16"});
  ck_assert_int_ge(captioner->windows_at_once(), 1);
  ck_assert_int_le(captioner->windows_at_once(), 4);
  Windows windows;
  const auto alone = one_by_one(*captioner, windows);
  for (WindowToDescribe& asked : windows.all) asked.request.may_wait = true;
  const auto together = captioner->describe_together(windows.all);
  ck_assert_uint_eq(together.size(), alone.size());
  for (std::size_t number = 0; number < alone.size(); ++number) {
    expect_same(together[number], alone[number]);
  }
}
END_TEST

// As two elements with one model are, of which one has a live stream.
START_TEST(callers_that_share_a_model_get_the_captions_that_each_gets_alone) {
  const auto captioner = Captioner::load(embedded_model_directory(), {.device = "cpu"});
  Windows windows;
  const auto alone = one_by_one(*captioner, windows);
  std::vector<std::vector<Described>> of_callers(3);
  {
    std::vector<std::jthread> callers;
    for (std::size_t caller = 0; caller < of_callers.size(); ++caller) {
      callers.emplace_back([&, caller] {
        auto own = windows.all;
        for (WindowToDescribe& asked : own) asked.request.may_wait = caller != 0;
        of_callers[caller] = captioner->describe_together(own);
      });
    }
  }
  for (const auto& described : of_callers) {
    for (std::size_t number = 0; number < alone.size(); ++number) {
      expect_same(described[number], alone[number]);
    }
  }
}
END_TEST

START_TEST(a_window_that_is_stopped_is_empty_and_its_neighbours_are_not) {
  const auto captioner = Captioner::load(embedded_model_directory(), {.device = "cpu"});
  Windows windows;
  const auto alone = one_by_one(*captioner, windows);
  std::stop_source stop;
  stop.request_stop();
  for (WindowToDescribe& asked : windows.all) asked.request.may_wait = true;
  windows.all[2].stop = stop.get_token();
  const auto together = captioner->describe_together(windows.all);
  for (std::size_t number = 0; number < alone.size(); ++number) {
    if (number != 2) expect_same(together[number], alone[number]);
  }
  ck_assert(!together[2].failure && together[2].caption.token_count == 0);
}
END_TEST

START_TEST(memory_says_how_many_windows_there_are_at_once) {
  constexpr std::size_t kGib = std::size_t{1} << 30;
  ck_assert_int_eq(windows_at_once(kGib, 0), 1);
  ck_assert_int_eq(windows_at_once(kGib, 7 * kGib), 1);
  ck_assert_int_eq(windows_at_once(kGib, 8 * kGib), 2);
  ck_assert_int_eq(windows_at_once(kGib, 15 * kGib), 3);
  ck_assert_int_eq(windows_at_once(kGib, 1000 * kGib), 4);
  ck_assert_int_eq(windows_at_once(0, kGib), 4);
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("shared_decoding");
  TCase* sequences = tcase_create("sequences");
  tcase_add_loop_test(sequences, each_sequence_comes_to_what_it_comes_to_alone, 0, kKinds);
  tcase_add_loop_test(sequences, a_sequence_that_is_not_finite_fails_alone, 0, kKinds);
  tcase_add_test(sequences, a_pass_that_cannot_be_made_is_made_one_by_one);
  tcase_add_test(sequences, whoever_is_there_waits_for_those_that_read_until_it_is_stopped);
  tcase_add_loop_test(sequences, who_is_stopped_leaves_the_others_alone, 0, kKinds);
  suite_add_tcase(suite, sequences);
  TCase* captions = tcase_create("captions");
  // LibTorch's convolutions ask the processor itself for bfloat16, and oneDNN then refuses them
  // where it was told to pretend another.
  const char* const limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  const bool is_limited = limit != nullptr && std::string_view(limit) != "ALL";
  tcase_add_loop_test(captions, captions_of_windows_together_are_those_of_each_alone, 0,
                      is_limited ? 1 : 2);
  tcase_add_test(captions, callers_that_share_a_model_get_the_captions_that_each_gets_alone);
  tcase_add_test(captions, a_window_that_is_stopped_is_empty_and_its_neighbours_are_not);
  tcase_add_test(captions, memory_says_how_many_windows_there_are_at_once);
  suite_add_tcase(suite, captions);
  return run_suite(suite);
}
