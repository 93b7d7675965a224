// SPDX-License-Identifier: LGPL-2.1-or-later
// A model that several use at the same time: whose turn it is, with how many threads, and what a
// stop ends.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "model/service/description_queue.h"
#include "model/service/engine_server.h"
#include "model/service/message.h"
#include "tests/support/check_for_cpp.h"
#include "tests/support/check_suite.h"
#include "tests/support/scripted_engine.h"

namespace dali {
namespace {

START_TEST(threads_are_granted_up_to_those_of_the_server) {
  int threads = 0;
  const ScriptedEngine engine([&](const Window&, const CaptionRequest& request, auto) {
    threads = request.threads;
    return Caption{};
  });
  EngineServer server(engine, {.threads = 3});
  const PairedEngine client(server);
  for (const auto& [asked, granted] : std::vector<std::array<int, 2>>{
           {0, 3}, {1, 1}, {3, 3}, {4, 3}, {std::numeric_limits<int>::max(), 3}, {-1, -1}}) {
    client->describe(sound_of(kSound), {.threads = asked}, {});
    ck_assert_int_eq(threads, granted);
  }
}
END_TEST

// As an engine in this process returns what it has.
START_TEST(a_stop_ends_what_runs_and_brings_what_it_has) {
  const ScriptedEngine engine([](const Window&, const CaptionRequest&, std::stop_token stop) {
    Gate never;
    never.wait(stop);
    return Caption{.text = "half a"};
  });
  EngineServer server(engine);
  const PairedEngine client(server);
  std::stop_source stop;
  const std::jthread stopper([&] {
    engine.wait_until_begun(1);
    stop.request_stop();
  });
  expect_text(client->describe(sound_of(kSound), {}, stop.get_token()).text, "half a");
  // The connection goes on.
  stop = {};
  const std::jthread second_stopper([&] {
    engine.wait_until_begun(2);
    stop.request_stop();
  });
  expect_text(client->describe(sound_of(kSound), {}, stop.get_token()).text, "half a");
}
END_TEST

START_TEST(a_stop_takes_what_waits_out_of_the_queue) {
  Gate gate;
  const ScriptedEngine engine([&](const Window&, const CaptionRequest&, auto) {
    gate.wait();
    return Caption{.text = "described"};
  });
  EngineServer server(engine);
  const PairedEngine first(server);
  const PairedEngine second(server);
  std::jthread describing([&] { first->describe(sound_of(kSound), {}, {}); });
  engine.wait_until_begun(1);
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  expect_text(second->describe(sound_of(kSound), {}, stop.get_token()).text, "");
  stop = std::stop_source();
  stop.request_stop();
  expect_text(second->describe(sound_of(kSound), {}, stop.get_token()).text, "");
  gate.open();
  describing.join();
  ck_assert_int_eq(engine.begun(), 1);
  expect_text(second->describe(sound_of(kSound), {}, {}).text, "described");
}
END_TEST

// Two clients with two threads each; every answer goes to who asked.
START_TEST(clients_at_the_same_time_get_their_own_answers_one_by_one) {
  std::atomic<int> at_once = 0;
  std::atomic<int> most_at_once = 0;
  const ScriptedEngine engine([&](const Window& window, const CaptionRequest& request, auto) {
    most_at_once = std::max<int>(most_at_once, ++at_once);
    const auto text = std::to_string(window.audio->front()) + " " + std::to_string(request.seed);
    --at_once;
    return Caption{.text = text};
  });
  EngineServer server(engine);
  const std::array<PairedEngine, 2> clients = {PairedEngine(server), PairedEngine(server)};
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> askers;
    for (int asker = 0; asker < 4; ++asker) {
      askers.emplace_back([&, asker] {
        const std::vector<float> sound(16000, static_cast<float>(asker));
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
          const Caption caption = clients[asker % 2]->describe(sound_of(sound), {.seed = seed}, {});
          const auto wanted = std::to_string(sound.front()) + " " + std::to_string(seed);
          if (caption.text == wanted) ++right;
        }
      });
    }
  }
  ck_assert_int_eq(right, 200);
  ck_assert_int_eq(most_at_once, 1);
}
END_TEST

START_TEST(windows_that_leave_threads_are_described_beside_each_other) {
  Gate both_run;
  std::atomic<int> running = 0;
  const ScriptedEngine engine([&](const Window&, const CaptionRequest&, auto) {
    if (++running == 2) both_run.open();
    both_run.wait();
    return Caption{.text = "together"};
  });
  EngineServer server(engine, {.threads = 2});
  const PairedEngine client(server);
  const CaptionRequest half{.threads = 1};
  std::jthread other([&] { client->describe(sound_of(kSound), half, {}); });
  expect_text(client->describe(sound_of(kSound), half, {}).text, "together");
}
END_TEST

// As the queue has it.
ReceivedWindow window_for(int threads) {
  const Message message = describe_message(sound_of(kSound), {.threads = threads});
  const auto body = std::span(message).subspan(MessageHeader::kBytes);
  auto bytes = std::make_unique<std::byte[]>(body.size());
  std::ranges::copy(body, bytes.get());
  return {std::move(bytes), body.size()};
}

// One that needs all threads waits until they are free, and what came after it waits for it.
START_TEST(nobody_overtakes_a_window_that_waits_for_its_threads) {
  Gate gate;
  std::mutex mutex;
  std::vector<int> order;  // of the threads that windows are described with
  const ScriptedEngine engine([&](const Window&, const CaptionRequest& request, auto) {
    {
      const std::lock_guard lock(mutex);
      order.push_back(request.threads);
    }
    gate.wait();
    return Caption{};
  });
  DescriptionQueue queue(engine, 3);
  std::vector<std::shared_ptr<Description>> descriptions;
  for (const int threads : {1, 3, 2}) descriptions.push_back(queue.add(window_for(threads)));
  engine.wait_until_begun(1);
  gate.open();
  for (const auto& description : descriptions) description->answer();
  ck_assert(order == std::vector<int>({1, 3, 2}));
}
END_TEST

START_TEST(a_window_that_is_taken_back_lets_smaller_ones_begin) {
  Gate both_run;
  std::atomic<int> running = 0;
  const ScriptedEngine engine([&](const Window&, const CaptionRequest&, auto) {
    if (++running == 2) both_run.open();
    both_run.wait();
    return Caption{};
  });
  DescriptionQueue queue(engine, 3);
  const auto first = queue.add(window_for(1));
  const auto large = queue.add(window_for(0));
  const auto second = queue.add(window_for(2));
  queue.cancel(large);
  for (const auto& description : {first, large, second}) description->answer();
  ck_assert_int_eq(engine.begun(), 2);
}
END_TEST

// There are no more workers than threads, and none is lost.
START_TEST(a_thousand_windows_of_all_sizes_are_described) {
  std::atomic<int> threads_in_use = 0;
  std::atomic<bool> were_too_many = false;
  const ScriptedEngine engine([&](const Window&, const CaptionRequest& request, auto) {
    if ((threads_in_use += request.threads) > 5) were_too_many = true;
    threads_in_use -= request.threads;
    return Caption{};
  });
  DescriptionQueue queue(engine, 5);
  std::vector<std::shared_ptr<Description>> descriptions;
  for (int i = 0; i < 1000; ++i) {
    descriptions.push_back(queue.add(window_for(1 + i % 5)));
    if (i % 7 == 0) queue.cancel(descriptions[descriptions.size() / 2]);
  }
  for (const auto& description : descriptions) description->answer();
  ck_assert(!were_too_many);
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("shared_model");
  TCase* cases = tcase_create("shared_model");
  tcase_add_test(cases, threads_are_granted_up_to_those_of_the_server);
  tcase_add_test(cases, a_stop_ends_what_runs_and_brings_what_it_has);
  tcase_add_test(cases, a_stop_takes_what_waits_out_of_the_queue);
  tcase_add_test(cases, clients_at_the_same_time_get_their_own_answers_one_by_one);
  tcase_add_test(cases, windows_that_leave_threads_are_described_beside_each_other);
  tcase_add_test(cases, nobody_overtakes_a_window_that_waits_for_its_threads);
  tcase_add_test(cases, a_window_that_is_taken_back_lets_smaller_ones_begin);
  tcase_add_test(cases, a_thousand_windows_of_all_sizes_are_described);
  suite_add_tcase(suite, cases);
  return run_suite(suite);
}
