// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fetch/published_import.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <map>
#include <new>
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
namespace {

// LibTorch's errors as one line each.
template <typename Work>
auto in_one_line(const Work& work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    throw std::runtime_error(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    throw std::runtime_error("not enough memory");
  }
}

}  // namespace

void import_published(const PublishedPaths& paths, const std::string& precision,
                      const std::string& weights, const std::filesystem::path& out) {
  in_one_line([&] {
    const std::map<std::string, at::ScalarType> dtypes = {
        {"bfloat16", at::kBFloat16}, {"float16", at::kHalf}, {"float32", at::kFloat}};
    ImportRequest request;
    request.llava = paths.llava;
    request.vision = paths.vision;
    request.audio = paths.audio;
    request.prefix = paths.prefix;
    request.projector = paths.projector;
    request.dtype = dtypes.at(precision);
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
  return in_one_line([&] {
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
    return fmt::format("{} tensors, all there and finite, and a tokenizer of {} tokens",
                       files.tensors.size(), words);
  });
}

}  // namespace dali
