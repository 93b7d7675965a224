// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch/published_import.h"

#include <fmt/format.h>

#include <stdexcept>

#include "command/stop_signal.h"
#include "import/model_command.h"
#include "import/model_import.h"
#include "model/base/in_quotes.h"
#include "model/captioner/captioning_model.h"
#include "model/language/tokenizer.h"
#include "model/tensor/threads.h"
#include "model/tensor/weight_initialisation.h"
#include "model/weights/load_weights.h"
#include "model/weights/model_directory.h"

namespace dali {

void import_published(const PublishedPaths& paths, const std::string& precision,
                      const std::string& weights, const std::filesystem::path& out) {
  with_errors_in_one_line([&] {
    ImportRequest request;
    request.llava = paths.llava;
    request.vision = paths.vision;
    request.audio = paths.audio;
    request.prefix = paths.prefix;
    request.projector = paths.projector;
    request.dtype = dtype_named(precision);
    if (!weights.empty()) request.weights = weight_format_named(weights);
    compute_with_threads(0);
    const ModelImport model_import(request);
    for (const std::string& note : model_import.notes()) fmt::print("note: {}\n", note);
    write_with_progress(
        out, model_import.plan().names().size(),
        [&](const std::function<void()>& after_tensor) { model_import.write(out, after_tensor); });
  });
}

std::string verified_model(const std::filesystem::path& directory) {
  std::string what;
  with_errors_in_one_line([&] {
    const ModelFiles files = open_model_directory(directory);
    const UnsetWeights shapes_alone;
    const CaptioningModel model(files.config);
    check_weights(*model, "", files.tensors,
                  {.keeps_integers = true,
                   .source = directory.string(),
                   .tensor_sources = files.tensor_sources});
    const int words = Tokenizer(files.tokenizer).vocabulary_size();
    if (words > files.config.decoder.vocabulary) {
      throw std::runtime_error(fmt::format("{}: has {} tokens, more than the model's {}",
                                           files.tokenizer.string(), words,
                                           files.config.decoder.vocabulary));
    }
    for (const auto& [name, tensor] : files.tensors) {
      if (tensor.is_floating_point() && !is_finite(tensor)) {
        throw std::runtime_error(files.tensor_sources.at(name) + ": tensor " + in_quotes(name) +
                                 " holds NaN or an infinity");
      }
      for (const TensorFile& file : files.files) file.release_pages();
      if (StopSignal::received() != 0) throw std::runtime_error("interrupted");
    }
    what = fmt::format("{} tensors, all there and finite, and a tokenizer of {} tokens",
                       files.tensors.size(), words);
  });
  return what;
}

}  // namespace dali
