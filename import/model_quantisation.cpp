// SPDX-License-Identifier: LGPL-2.1-or-later
#include "import/model_quantisation.h"

#include <stdexcept>

#include "import/integer_formats.h"
#include "model/base/directory_replacement.h"
#include "model/base/in_quotes.h"
#include "model/tensor/weight_initialisation.h"
#include "model/weights/load_weights.h"
#include "model/weights/source_classes_json.h"

namespace dali {
namespace {

namespace fs = std::filesystem;

void refuse_integers(const ModelFiles& files) {
  for (const auto& [name, tensor] : files.tensors) {
    if (!is_part_of_integers(name)) continue;
    const auto format = format_of_codes(codes_name(matrix_name(name)), tensor.sizes());
    throw std::runtime_error(
        files.tensor_sources.at(name) + ": " + in_quotes(matrix_name(name)) + " is quantised" +
        (format ? " to " + std::string(to_string(*format)) : "") +
        " already; to quantise it again would add a second error to the first, so start from the "
        "model that it was made of");
  }
}

}  // namespace

ModelQuantisation::ModelQuantisation(const QuantisationRequest& request)
    : request_(request), files_(open_model_directory(request.model)) {
  refuse_integers(files_);
  const UnsetWeights shapes_alone;
  const CaptioningModel model(files_.config);
  check_weights(*model, "", files_.tensors,
                {.source = request.model.string(), .tensor_sources = files_.tensor_sources});
  if (!request.name.empty()) files_.config.name = request.name;
  const auto formats = integer_formats(model, request.format);
  for (const auto& [name, tensor] : files_.tensors) {
    const auto format = formats.find(name);
    tensors_.push_back(
        {.name = name,
         .shape = tensor.sizes().vec(),
         .dtype = tensor.scalar_type(),
         .integers = format == formats.end() ? std::nullopt : std::optional(format->second)});
  }
}

void ModelQuantisation::write(const fs::path& out,
                              const std::function<void()>& after_tensor) const {
  DirectoryReplacement directory(out);
  check_room(directory.temporary_path(), size_bytes(tensors_));
  write_shards(
      directory.temporary_path(), tensors_, request_.largest_shard_bytes,
      [this](const std::string& name, at::ScalarType dtype) { return read(name, dtype); },
      after_tensor);
  if (files_.source_classes) {
    write_source_classes(directory.temporary_path() / "classes.json", *files_.source_classes);
  }
  write_tokenizer_and_config(directory.temporary_path(), files_.tokenizer, files_.config);
  directory.commit();
}

at::Tensor ModelQuantisation::read(const std::string& name, at::ScalarType dtype) const {
  const at::Tensor& stored = files_.tensors.at(name);
  at::Tensor numbers = stored.to(stored.options().dtype(dtype), /*non_blocking=*/false,
                                 /*copy=*/true);
  for (const TensorFile& file : files_.files) file.release_pages();
  if (!is_finite(numbers)) {
    throw std::runtime_error(files_.tensor_sources.at(name) + ": tensor " + in_quotes(name) +
                             " holds NaN or an infinity");
  }
  return numbers;
}

}  // namespace dali
