// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes one complete model directory of an overlay and its bases.

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <stdexcept>

#include "command/narration.h"
#include "model/weights/model_directory.h"
#include "model/weights/quantised_tensors.h"
#include "model/weights/source_classes_json.h"
#include "training/stages/stage_command.h"

int main(int argc, char** argv) {
  std::filesystem::path model_directory;
  std::string name;
  std::string precision = "bfloat16";
  std::filesystem::path classes;

  dali::ConfigFields fields;
  fields.add_required("model", &model_directory, "model directory, with or without bases");
  fields.add("name", &name, "of the new model; empty: as it was");
  fields.add("precision", &precision, "of the weights: float32 or bfloat16");
  fields.add("classes", &classes,
             "classes.json for the new model, the sources that captions of events are of; empty: "
             "that of the model, if it has one");

  return dali::run_stage_command(
      argc, argv,
      {.name = "dali-merge",
       .purpose = "Writes a model directory and all its bases as one directory that stands alone."},
      fields, [&](const std::filesystem::path& out) {
        if (precision != "float32" && precision != "bfloat16") {
          throw std::invalid_argument("precision '" + precision +
                                      "' is neither float32 nor bfloat16");
        }
        dali::ModelFiles files = dali::open_model_directory(model_directory);
        dali::narrate("{}: {} tensors, written to {} in {}", model_directory.string(),
                      files.tensors.size(), out.string(), precision);
        if (!name.empty()) files.config.name = name;
        for (auto& [tensor_name, tensor] : files.tensors) {
          if (dali::is_part_of_integers(tensor_name)) continue;  // they stay as they are
          tensor = tensor.to(precision == "float32" ? at::kFloat : at::kBFloat16);
        }
        if (!classes.empty()) {
          files.source_classes =
              std::make_shared<const dali::SourceClasses>(dali::read_source_classes(classes));
        }
        // Before config.json, with which a folder is a model.
        if (files.source_classes) {
          dali::write_source_classes(out / "classes.json", *files.source_classes);
        }
        dali::write_model_directory(out, files.config, files.tensors, files.tokenizer);
        std::filesystem::remove(out / "training.toml");
      });
}
