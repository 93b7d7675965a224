// SPDX-License-Identifier: LGPL-2.1-or-later
// What dali-import refuses, and what is left behind when it is stopped.

#include <ATen/Parallel.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <limits>

#include "import/published_config.h"
#include "model/weights/strict_json.h"
#include "tests/support/check_suite.h"
#include "tests/support/published_files.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

START_TEST(what_cannot_be_computed_is_refused_by_its_key) {
  const struct {
    const char* key;
    nlohmann::json value;
  } rows[] = {
      {"hidden_act", "gelu"},
      {"rope_scaling", {{"type", "linear"}, {"factor", 2.0}}},
      {"mm_projector_type", "linear"},
      {"mm_vision_select_feature", "cls_patch"},
      {"mm_use_im_start_end", true},
      {"attention_bias", true},
      {"head_dim", 16},
      {"hidden_size", "wide"},
      {"hidden_size", 1e30},
      {"num_hidden_layers", 4294967298},
      {"rms_norm_eps", "small"},
  };
  for (const auto& row : rows) {
    nlohmann::json config = llava_config();
    config[row.key] = row.value;
    const std::string message =
        error_message_of([&] { read_llava_config(config, "llava/config.json"); });
    expect_one_line_with(message, std::string("llava/config.json: ") + row.key);
  }
}
END_TEST

START_TEST(what_disagrees_is_refused_in_one_line_that_names_both) {
  const PublishedFiles files;
  const auto with_llava = [&](const char* key, const nlohmann::json& value) {
    nlohmann::json config = llava_config();
    config[key] = value;
    write_file(files.directory / "llava" / "config.json", config.dump());
    const std::string message = import_error(files.request());
    write_file(files.directory / "llava" / "config.json", llava_config().dump());
    return message;
  };
  const struct {
    const char* key;
    int value;
    const char* tensor;
  } rows[] = {
      {"vocab_size", 301, "' has shape [300, 32], but"},
      {"num_hidden_layers", 1, "model.layers.1."},
      {"num_hidden_layers", 3, "asks for 'decoder.layers.2."},
      {"num_key_value_heads", 4, "k_proj.weight"},
      {"intermediate_size", 49, "has shape [32, 48], but"},
  };
  for (const auto& row : rows) {
    const std::string message = with_llava(row.key, row.value);
    expect_one_line_with(message, row.tensor);
    expect_one_line_with(message, "llava/config.json");
  }
  expect_one_line_with(with_llava("vocab_size", 280), "tokenizer.model: has 286 tokens");
  expect_one_line_with(with_llava("mm_vision_select_layer", -9), "hidden state -9");

  nlohmann::json clip = clip_vision_config();
  clip["image_size"] = 42;
  write_file(files.directory / "clip" / "config.json", clip.dump());
  expect_one_line_with(import_error(files.request()), "position_embedding.weight' has shape [5,");
  write_file(files.directory / "clip" / "config.json", clip_vision_config().dump());
  write_file(files.directory / "clip" / "preprocessor_config.json", R"({"crop_size": 224})");
  expect_one_line_with(import_error(files.request()), "crop_size is 224");
}
END_TEST

START_TEST(a_tensor_that_cannot_be_stored_is_named) {
  const PublishedFiles files;
  const struct {
    const char* what;
    double value;
    const char* message;
  } rows[] = {{"NaN", std::numeric_limits<double>::quiet_NaN(), "holds NaN"},
              {"too large", 1e6, "too large for Half"}};
  for (const auto& row : rows) {
    TensorMap prefix = {{"model.audio_tower.prefix", at::full({4, 32}, row.value)}};
    write_file(files.directory / "prefix.bin", torch_file(prefix));
    ImportRequest request = files.request();
    request.dtype = at::kHalf;
    const ModelImport model_import(request);
    const std::string message = error_message_of([&] { model_import.write(files.out(), [] {}); });
    expect_one_line_with(message, row.message);
    expect_one_line_with(message, "prefix.bin: tensor 'model.audio_tower.prefix'");
    ck_assert(!fs::exists(files.out()));
    ck_assert(!fs::exists(files.out().string() + ".partial"));
  }
}
END_TEST

START_TEST(files_that_do_not_fit_their_option_are_refused) {
  const PublishedFiles files;
  const auto with = [&](fs::path ImportRequest::*option, const fs::path& path) {
    ImportRequest request = files.request();
    request.*option = path;
    return import_error(request);
  };
  const fs::path prefix = files.directory / "prefix.bin";
  expect_one_line_with(with(&ImportRequest::audio, prefix), "is unknown: neither used nor known");
  expect_one_line_with(with(&ImportRequest::prefix, files.directory / "prefixMLP.bin"),
                       "holds nothing that --prefix is read for");
  expect_one_line_with(with(&ImportRequest::vision, files.directory / "none"), "none");
  expect_one_line_with(with(&ImportRequest::llava, files.directory / "clip"), "clip");
  expect_one_line_with(with(&ImportRequest::llava, ""), "--llava");
  expect_one_line_with(with(&ImportRequest::vision, ""), "holds no vision tower");
  expect_one_line_with(with(&ImportRequest::base, files.directory / "clip"), "--base");
  expect_one_line_with(with(&ImportRequest::tokenizer, files.directory / "none"), "none");

  TensorMap strange = published_audio(tiny_published_weights());
  strange["module.unheard_of"] = at::full({2, 3}, 1.0);
  write_file(files.directory / "strange.pth", torch_file(strange));
  expect_one_line_with(with(&ImportRequest::audio, files.directory / "strange.pth"),
                       "strange.pth: tensor 'module.unheard_of' of shape [2, 3] is unknown");

  fs::remove(files.directory / "llava" / "pytorch_model-00002-of-00002.bin");
  expect_one_line_with(import_error(files.request()), "pytorch_model-00002-of-00002.bin");
}
END_TEST

START_TEST(what_exists_is_not_written_over_and_what_fails_leaves_nothing) {
  const PublishedFiles files;
  const ModelImport model_import(files.request());
  write_file(files.directory / "a-file", "mine");
  expect_one_line_with(
      error_message_of([&] { model_import.write(files.directory / "a-file", [] {}); }),
      "a-file: exists already");
  expect_one_line_with(
      error_message_of([&] { model_import.write(files.directory / "clip", [] {}); }),
      "clip: exists already");
  expect_one_line_with(
      error_message_of([&] { model_import.write(files.directory / "a-file" / "model", [] {}); }),
      "a-file/model: cannot be created");

  int written = 0;
  expect_one_line_with(error_message_of([&] {
                         model_import.write(files.out(), [&] {
                           if (++written == 20) throw std::runtime_error("enough");
                         });
                       }),
                       "enough");
  ck_assert(!fs::exists(files.out()));
  ck_assert(!fs::exists(files.out().string() + ".partial"));

  fs::create_directory(files.out());
  model_import.write(files.out(), [] {});  // an empty folder may be there
  open_model_directory(files.out());
}
END_TEST

START_TEST(two_imports_to_one_place_do_not_mix) {
  const PublishedFiles files;
  const ModelImport model_import(files.request());
  std::string second_error;
  model_import.write(files.out(), [&] {
    if (second_error.empty()) {
      second_error = error_message_of([&] { model_import.write(files.out(), [] {}); });
    }
  });
  expect_one_line_with(second_error, "another process is writing it");
  ck_assert_uint_eq(open_model_directory(files.out()).tensors.size(),
                    tiny_published_weights().size());
}
END_TEST

// Runs `body` in a process of its own and waits for it: the status of waitpid().
template <typename Body>
int in_child(Body&& body) {
  const pid_t child = ::fork();
  ck_assert_int_ge(child, 0);
  if (child == 0) {
    body();
    std::_Exit(EXIT_SUCCESS);
  }
  int status = 0;
  ck_assert_int_eq(::waitpid(child, &status, 0), child);
  return status;
}

START_TEST(a_killed_import_leaves_no_model_and_the_next_one_succeeds) {
  const PublishedFiles files;
  const ModelImport model_import(files.request());
  const auto tensors = static_cast<int>(model_import.plan().names().size());
  at::set_num_threads(1);  // a child process has none of its parent's threads
  for (const int last : {1, 2, tensors / 2, tensors - 1, tensors}) {
    const int status = in_child([&] {
      int written = 0;
      model_import.write(files.out(), [&] {
        if (++written == last) ::raise(SIGKILL);
      });
    });
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_assert(!fs::exists(files.out()));
    error_message_of([&] { open_model_directory(files.out().string() + ".partial"); });
  }
  model_import.write(files.out(), [] {});
  ck_assert_uint_eq(open_model_directory(files.out()).tensors.size(),
                    static_cast<std::size_t>(tensors));
  ck_assert(!fs::exists(files.out().string() + ".partial"));
}
END_TEST

// dali-import's exit status and what it said on standard error, after `prepare` in its process.
struct Outcome {
  int exit_status = -1;
  std::string errors;
};

template <typename Prepare>
Outcome run_dali_import(const PublishedFiles& files, Prepare&& prepare) {
  const std::string errors = (files.directory / "errors").string();
  const std::string llava = (files.directory / "llava").string();
  const std::string vision = (files.directory / "clip").string();
  const std::string audio = (files.directory / "audio_backbone.pth").string();
  const std::string out = files.out().string();
  const int status = in_child([&] {
    if (std::freopen(errors.c_str(), "w", stderr) == nullptr ||
        std::freopen("/dev/null", "w", stdout) == nullptr) {
      std::_Exit(99);
    }
    prepare();
    ::execl(DALI_IMPORT, DALI_IMPORT, "--llava", llava.c_str(), "--vision", vision.c_str(),
            "--audio", audio.c_str(), "--out", out.c_str(), static_cast<char*>(nullptr));
    std::_Exit(98);
  });
  ck_assert(WIFEXITED(status));
  return {WEXITSTATUS(status), read_text_file(errors, 1 << 20)};
}

void expect_failure_that_leaves_nothing(const PublishedFiles& files, const Outcome& outcome,
                                        const std::string& message) {
  ck_assert_msg(outcome.exit_status == EXIT_FAILURE, "%d: %s", outcome.exit_status,
                outcome.errors.c_str());
  const std::string line = outcome.errors.substr(0, outcome.errors.find('\n'));
  expect_one_line_with(line, "dali-import: ");
  expect_one_line_with(line, message);
  ck_assert_uint_eq(line.size() + 1, outcome.errors.size());
  ck_assert(!fs::exists(files.out()));
  ck_assert(!fs::exists(files.out().string() + ".partial"));
}

START_TEST(a_signal_stops_the_program_and_leaves_nothing) {
  const PublishedFiles files;
  for (const int signal : {SIGINT, SIGTERM}) {
    // Held back, and so still there when the program looks for it.
    const Outcome outcome = run_dali_import(files, [&] {
      sigset_t held;
      sigemptyset(&held);
      sigaddset(&held, signal);
      ::sigprocmask(SIG_BLOCK, &held, nullptr);
      ::raise(signal);
    });
    expect_failure_that_leaves_nothing(files, outcome, "interrupted; nothing was written");
  }
}
END_TEST

START_TEST(a_file_that_cannot_grow_stops_the_program_and_leaves_nothing) {
  const PublishedFiles files;
  const Outcome outcome = run_dali_import(files, [] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {50'000, 50'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  });
  expect_failure_that_leaves_nothing(files, outcome, "model.safetensors: cannot be written");
}
END_TEST

START_TEST(the_program_makes_a_model) {
  const PublishedFiles files;
  const Outcome outcome = run_dali_import(files, [] {});
  ck_assert_msg(outcome.exit_status == EXIT_SUCCESS, "%s", outcome.errors.c_str());
  ck_assert(open_model_directory(files.out()).config.name == "model");
}
END_TEST

}  // namespace
}  // namespace dali

int main() {
  using namespace dali;
  Suite* suite = suite_create("import-errors");
  TCase* errors = tcase_create("errors");
  tcase_add_test(errors, what_cannot_be_computed_is_refused_by_its_key);
  tcase_add_test(errors, what_disagrees_is_refused_in_one_line_that_names_both);
  tcase_add_test(errors, a_tensor_that_cannot_be_stored_is_named);
  tcase_add_test(errors, files_that_do_not_fit_their_option_are_refused);
  tcase_add_test(errors, what_exists_is_not_written_over_and_what_fails_leaves_nothing);
  tcase_add_test(errors, two_imports_to_one_place_do_not_mix);
  suite_add_tcase(suite, errors);
  TCase* stopped = tcase_create("stopped");
  tcase_add_test(stopped, a_killed_import_leaves_no_model_and_the_next_one_succeeds);
  tcase_add_test(stopped, a_signal_stops_the_program_and_leaves_nothing);
  tcase_add_test(stopped, a_file_that_cannot_grow_stops_the_program_and_leaves_nothing);
  tcase_add_test(stopped, the_program_makes_a_model);
  suite_add_tcase(suite, stopped);
  return run_suite(suite);
}
