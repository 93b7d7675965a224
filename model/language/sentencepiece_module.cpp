// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/sentencepiece_module.h"

#include <sentencepiece_processor.h>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct DaliSentencepiece {
  sentencepiece::SentencePieceProcessor processor;
};

namespace {

void give(DaliSentencepieceText receiver, void* context, std::string_view text) {
  receiver(context, text.data(), text.size());
}

DaliSentencepiece* open_model(const char* file, DaliSentencepieceText failure, void* context) try {
  auto model = std::make_unique<DaliSentencepiece>();
  const auto status = model->processor.Load(file);
  if (status.ok()) return model.release();
  give(failure, context, status.error_message());
  return nullptr;
} catch (const std::exception& error) {
  give(failure, context, error.what());
  return nullptr;
}

constexpr DaliSentencepieceFunctions kFunctions = {
    .open = open_model,
    .close = [](DaliSentencepiece* model) { delete model; },
    .size = [](const DaliSentencepiece* model) { return model->processor.GetPieceSize(); },
    .bos_id = [](const DaliSentencepiece* model) { return model->processor.bos_id(); },
    .eos_id = [](const DaliSentencepiece* model) { return model->processor.eos_id(); },
    .unknown_id = [](const DaliSentencepiece* model) { return model->processor.unk_id(); },
    .piece = [](const DaliSentencepiece* model, int id, DaliSentencepieceText text,
                void* context) { give(text, context, model->processor.IdToPiece(id)); },
    .encode =
        [](const DaliSentencepiece* model, const char* text, size_t bytes, DaliSentencepieceId id,
           void* context) {
          std::vector<int> ids;
          // Encoding fails only where no model is loaded.
          if (!model->processor.Encode({text, bytes}, &ids).ok()) return;
          for (const int value : ids) id(context, value);
        },
    .decode =
        [](const DaliSentencepiece* model, const char* const* pieces, size_t count,
           DaliSentencepieceText text, void* context) {
          std::string decoded;
          const std::vector<std::string> spelled(pieces, pieces + count);
          if (model->processor.Decode(spelled, &decoded).ok()) give(text, context, decoded);
        },
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const DaliSentencepieceFunctions*
dali_sentencepiece_functions() {
  return &kFunctions;
}
