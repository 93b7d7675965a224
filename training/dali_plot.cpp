// SPDX-License-Identifier: LGPL-2.1-or-later
// The paper's figures 4 and 7, from any model and manifest, and what transport does.

#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "command/comma_list.h"
#include "command/command_line.h"
#include "command/help_format.h"
#include "command/option_description.h"
#include "command/standard_streams.h"
#include "model/tensor/threads.h"
#include "training/config/threads_key.h"
#include "training/data/clip_set.h"
#include "training/data/trained_model.h"
#include "training/plot/attention_plot.h"
#include "training/plot/plan_plot.h"
#include "training/plot/token_plot.h"
#include "training/stages/stage_command.h"

namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "dali-plot";
constexpr const char* kPurpose =
    "Draws the paper's figures of any model, and what transport does, as SVG.";

struct Figure {
  const char* name;
  const char* what;
  int (*plot)(int argc, char** argv);
};

// "ot=runs/ot,runs/mmd" -> (ot, runs/ot), (mmd, runs/mmd)
std::vector<std::pair<std::string, fs::path>> named_models(const std::string& list) {
  std::vector<std::pair<std::string, fs::path>> models;
  for (const std::string& part : dali::parts_of(list)) {
    const auto equals = part.find('=');
    const fs::path directory = equals == std::string::npos ? part : part.substr(equals + 1);
    // "runs/mmd/" ends in an empty name.
    const fs::path named = directory.has_filename() ? directory : directory.parent_path();
    models.emplace_back(
        equals == std::string::npos ? named.filename().string() : part.substr(0, equals),
        directory);
  }
  return models;
}

int plot_tokens(int argc, char** argv) {
  std::string models;
  fs::path manifest;
  int max_clips = 300;
  int threads = 0;
  dali::ConfigFields fields;
  fields.add_required("models", &models,
                      "model directories, a panel each, separated by commas: [NAME=]DIR");
  fields.add_required("manifest", &manifest, "extracted clips with sound and frames");
  fields.add("max_clips", &max_clips, "draw the first so many clips; 0: all");
  fields.add("threads", &threads, dali::kThreadsHelp);
  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-plot tokens",
       .purpose = "Draws the mean tokens of sounds and of pictures along their two principal "
                  "components, a panel a model (the paper's figure 4). Writes tokens.svg."},
      fields, [&](const fs::path& out) {
        dali::compute_with_threads(threads);
        std::vector<dali::NamedTokenMeans> named;
        for (const auto& [name, directory] : named_models(models)) {
          auto trained = dali::load_trained_model(directory);
          const auto clips = dali::ClipSet::load(manifest, trained.model->config, max_clips);
          named.push_back({.name = name, .means = dali::token_means(trained.model, clips)});
        }
        dali::token_plot(named).save(out / "tokens.svg");
      });
}

// The clip's place in the set; an empty id means the first.
std::int64_t find_clip(const dali::ClipSet& clips, const std::string& id) {
  if (id.empty()) return 0;
  for (std::int64_t clip = 0; clip < clips.size(); ++clip) {
    if (clips.clip(clip).id == id) return clip;
  }
  throw std::invalid_argument("the manifest has no clip '" + id + "'");
}

int plot_attention(int argc, char** argv) {
  fs::path model;
  fs::path scorers;
  fs::path manifest;
  std::string id;
  int threads = 0;
  dali::ConfigFields fields;
  fields.add_required("model", &model,
                      "model directory that dali-align wrote with loss = attentive-ot");
  fields.add("scorers", &scorers,
             "what weighs the tokens; empty: scorers/weights.safetensors of the model");
  fields.add_required("manifest", &manifest, "extracted clips with sound and frames");
  fields.add("clip", &id, "the clip's id; empty: the first one");
  fields.add("threads", &threads, dali::kThreadsHelp);
  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-plot attention",
       .purpose = "Draws how much attentive optimal transport lets each token of a clip's picture "
                  "and sound weigh (the paper's figure 7). Writes attention.svg."},
      fields, [&](const fs::path& out) {
        dali::compute_with_threads(threads);
        auto trained = dali::load_trained_model(model);
        const auto& config = trained.model->config;
        dali::AttentiveTransport loss(config.audio_tower.output_width);
        dali::read_loss_weights(scorers.empty() ? dali::loss_weights_file(model) : scorers, loss);

        // Read before there are inference tensors, which the reading threads could not write to.
        const auto clips = dali::ClipSet::load(manifest, config);
        const c10::InferenceMode no_gradients;
        const std::array<std::int64_t, 1> clip = {find_clip(clips, id)};
        const auto pixels = clips.pixels(clip).select(1, clips.frames_per_clip() / 2);
        const auto spectrogram = clips.spectrograms(clip);
        const auto weights = loss.weights(trained.model->audio_tokens(spectrogram),
                                          trained.model->image_tokens(pixels));
        dali::attention_plot(config, pixels[0], spectrogram[0], weights)
            .save(out / "attention.svg");
      });
}

int plot_plans(int argc, char** argv) {
  dali::ConfigFields fields;
  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-plot plans",
       .purpose = "Draws what plain, attentive and unbalanced optimal transport make of the same "
                  "few tokens in a plane. Writes plans.svg."},
      fields, [&](const fs::path& out) {
        const dali::PlaneTokens tokens = dali::example_tokens();
        const std::array plans = {dali::plain_plan(tokens), dali::attentive_plan(tokens, 0.5),
                                  dali::attentive_plan(tokens, 0.02),
                                  dali::unbalanced_plan(tokens)};
        dali::plan_plot(tokens, plans).save(out / "plans.svg");
      });
}

constexpr std::array kFigures = {
    Figure{"tokens", "figure 4: where models put the mean tokens of sounds and of pictures",
           plot_tokens},
    Figure{"attention", "figure 7: how much attentive optimal transport lets tokens weigh",
           plot_attention},
    Figure{"plans", "what plain, attentive and unbalanced transport make of the same tokens",
           plot_plans},
};

std::string help() {
  std::string text = kPurpose;
  text += "\n\nUsage: dali-plot FIGURE [OPTIONS] [key=value...]\n\nFigures:\n";
  for (const Figure& figure : kFigures) text += dali::help_entry(figure.name, figure.what);
  text += "\nOptions:\n" + dali::help_entry("-h,--help", "Print this help message and exit") +
          dali::help_entry("--version", "Display program version information and exit");
  return text + "\ndali-plot FIGURE --help lists the options and keys of a figure.\n";
}

int answer(const std::string& text) {
  return dali::run_command(kProgram, [&] { dali::write_to_standard_output(text); });
}

// What is said of each figure follows what is said of the program.
int describe() {
  CLI::App app(kPurpose);
  app.set_version_flag("--version", DALI_VERSION);
  int status = answer(dali::describe_options(app, kProgram, {}));
  for (const Figure& figure : kFigures) {
    std::string name = figure.name;
    std::string option = dali::kDescribeOptions;
    std::array<char*, 3> words = {name.data(), option.data(), nullptr};
    status = std::max(status, figure.plot(2, words.data()));
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  for (const Figure& figure : kFigures) {
    if (word == figure.name) return figure.plot(argc - 1, argv + 1);
  }
  if (word == "--help" || word == "-h") return answer(help());
  if (word == "--version") return answer("dali-plot " DALI_VERSION "\n");
  if (word == dali::kDescribeOptions) return describe();
  return dali::refuse_command_line(
      kProgram, fmt::format("'{}' is none of tokens, attention, plans; see --help", word));
}
