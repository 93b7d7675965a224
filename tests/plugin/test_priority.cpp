// SPDX-License-Identifier: LGPL-2.1-or-later
// The threads of the model run at lower priority than those of the pipeline.
#include <sys/resource.h>

#include <atomic>

#include "tests/plugin/captioner_run.h"
#include "tests/support/check_suite.h"

using dali::CaptionerRun;
using Inputs = dali::CaptionerRun::Inputs;

namespace {

constexpr int kNobodyYet = -100;

int own_nice() {
  return getpriority(PRIO_PROCESS, 0);
}

// Where a window is described.
int nice_of_describing(const char* priority) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  if (priority) gst_util_set_object_arg(G_OBJECT(run.element), "priority", priority);
  std::atomic<int> nice = kNobodyYet;
  run.engine->answer_with([&](const dali::Window&, const dali::CaptionRequest&, std::stop_token) {
    nice = own_nice();
    return dali::Caption{.text = "a bell"};
  });
  run.open();
  run.push_sound(0, 1000);
  run.end();
  run.captions_until_eos();
  return nice;
}

}  // namespace

START_TEST(windows_are_described_at_the_priority_that_is_set) {
  const int own = own_nice();
  ck_assert_int_eq(nice_of_describing(nullptr), own + 10);
  ck_assert_int_eq(nice_of_describing("normal"), own);
  ck_assert_int_eq(nice_of_describing("low"), own + 10);
  ck_assert_int_eq(nice_of_describing("lowest"), 19);
  ck_assert_int_eq(own_nice(), own);
}
END_TEST

START_TEST(the_priority_changes_while_it_plays) {
  CaptionerRun run(Inputs::kAudio, "window", "1000");
  std::vector<int> seen;
  run.engine->answer_with([&](const dali::Window&, const dali::CaptionRequest&, std::stop_token) {
    seen.push_back(own_nice());
    return dali::Caption{.text = "bell " + std::to_string(seen.size())};
  });
  run.open();
  const char* const priorities[] = {"lowest", "normal", "low"};
  for (std::size_t window = 0; window < 3; ++window) {
    gst_util_set_object_arg(G_OBJECT(run.element), "priority", priorities[window]);
    const int from_ms = 1000 * static_cast<int>(window);
    run.push_sound(from_ms, from_ms + 1000);
    run.text_until("caption", window + 1);
  }
  run.end();
  run.captions_until_eos();
  const int own = own_nice();
  ck_assert(seen == std::vector<int>({19, own, own + 10}));
}
END_TEST

// Downstream, posted messages and the text's own thread are the pipeline's.
START_TEST(everybody_elses_threads_keep_their_priority) {
  CaptionerRun run(Inputs::kBoth, "window", "1000");
  std::atomic<int> most = kNobodyYet;
  const auto look = [](GstPad*, GstPadProbeInfo*, gpointer seen) {
    auto& nicest = *static_cast<std::atomic<int>*>(seen);
    nicest = std::max(nicest.load(), own_nice());
    return GST_PAD_PROBE_OK;
  };
  for (const char* name : {"audio_src", "video_src", "text_src"}) {
    g_autoptr(GstPad) pad = gst_element_get_static_pad(run.element, name);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, look, &most, nullptr);
  }
  run.open();
  for (int at_ms = 0; at_ms < 3000; at_ms += 1000) {
    run.push_sound(at_ms, at_ms + 1000);
    run.push_frames(at_ms, at_ms + 1000);
  }
  run.end();
  ck_assert_uint_eq(run.captions_until_eos().size(), 3);
  ck_assert_int_eq(most, own_nice());
}
END_TEST

// A model takes as much to load as to run; what brings its libraries holds the loader's lock.
START_TEST(models_load_at_low_priority_and_their_libraries_do_not) {
  struct Factory final : dali::EngineFactory {
    std::filesystem::path embedded_directory() const override { return "/embedded"; }
    void prepare(const dali::EngineKey&) const override { preparing = own_nice(); }
    std::shared_ptr<const dali::CaptionEngine> load(const dali::EngineKey&) const override {
      loading = own_nice();
      return std::make_shared<dali::FakeEngine>();
    }
    mutable std::atomic<int> preparing = kNobodyYet;
    mutable std::atomic<int> loading = kNobodyYet;
  };
  CaptionerRun run(Inputs::kAudio);
  gst_element_set_state(run.element, GST_STATE_NULL);
  const auto factory = std::make_shared<Factory>();
  dali::EnginePool::shared().set_factory(factory);
  g_object_set(run.element, "model", "/another", nullptr);
  gst_element_set_state(run.element, GST_STATE_READY);
  gst_element_set_state(run.element, GST_STATE_NULL);  // waits for it
  ck_assert_int_eq(factory->preparing, own_nice());
  ck_assert_int_eq(factory->loading, own_nice() + 10);
}
END_TEST

int main(int argc, char** argv) {
  gst_check_init(&argc, &argv);
  TCase* tcase = tcase_create("priority");
  tcase_add_test(tcase, windows_are_described_at_the_priority_that_is_set);
  tcase_add_test(tcase, the_priority_changes_while_it_plays);
  tcase_add_test(tcase, everybody_elses_threads_keep_their_priority);
  tcase_add_test(tcase, models_load_at_low_priority_and_their_libraries_do_not);
  Suite* suite = suite_create("priority");
  suite_add_tcase(suite, tcase);
  return dali::run_suite(suite);
}
