// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/sentencepiece_library.h"

#include <dlfcn.h>

#include <stdexcept>
#include <system_error>

#include "model/base/installation.h"
#include "model/language/sentencepiece_module.h"

// The module's file: its name, or the complete path that a test gives.
#ifndef DALI_SENTENCEPIECE_MODULE
#define DALI_SENTENCEPIECE_MODULE "dali-sentencepiece.so"
#endif

namespace dali {
namespace {

// Loads the module so that names inside it and inside libsentencepiece are looked up there first,
// and nobody else finds theirs. The sanitizers' runtimes refuse RTLD_DEEPBIND; a namespace of its
// own separates as well, but brings a second C library into the process.
void* load_apart(const std::filesystem::path& module) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return dlmopen(LM_ID_NEWLM, module.c_str(), RTLD_NOW | RTLD_LOCAL);
#else
  return dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
#endif
}

// Beside the library in a build folder, else where it was installed.
std::filesystem::path module_file() {
  const auto beside =
      folder_of(reinterpret_cast<const void*>(&load_apart)) / DALI_SENTENCEPIECE_MODULE;
  std::error_code error;
  return std::filesystem::exists(beside, error)
             ? beside
             : installed_file(InstalledFolder::kModules, DALI_SENTENCEPIECE_MODULE);
}

const DaliSentencepieceFunctions& load_functions() {
  void* handle = load_apart(module_file());
  void* entry = handle == nullptr ? nullptr : dlsym(handle, DALI_SENTENCEPIECE_ENTRY);
  if (entry == nullptr) {
    throw std::runtime_error(std::string(dlerror()) +
                             "; install gst-dali's library whole: that file belongs to it");
  }
  return *reinterpret_cast<DaliSentencepieceEntry>(entry)();
}

const DaliSentencepieceFunctions& functions() {
  static const DaliSentencepieceFunctions& loaded = load_functions();
  return loaded;
}

void store_text(void* context, const char* text, std::size_t bytes) {
  static_cast<std::string*>(context)->assign(text, bytes);
}

void append_id(void* context, int id) {
  static_cast<std::vector<std::int64_t>*>(context)->push_back(id);
}

}  // namespace

void SentencepieceModel::Closer::operator()(DaliSentencepiece* model) const {
  functions().close(model);
}

SentencepieceModel::SentencepieceModel(const std::filesystem::path& file) {
  std::string failure;
  model_.reset(functions().open(file.c_str(), store_text, &failure));
  if (!model_) {
    throw std::runtime_error(file.string() + ": no sentencepiece model: " + failure);
  }
}

int SentencepieceModel::size() const {
  return functions().size(model_.get());
}
int SentencepieceModel::bos_id() const {
  return functions().bos_id(model_.get());
}
int SentencepieceModel::eos_id() const {
  return functions().eos_id(model_.get());
}
int SentencepieceModel::unknown_id() const {
  return functions().unknown_id(model_.get());
}

std::string SentencepieceModel::piece(int id) const {
  std::string text;
  functions().piece(model_.get(), id, store_text, &text);
  return text;
}

std::vector<std::int64_t> SentencepieceModel::encode(std::string_view text) const {
  std::vector<std::int64_t> ids;
  functions().encode(model_.get(), text.data(), text.size(), append_id, &ids);
  return ids;
}

std::string SentencepieceModel::decode(const std::vector<std::string>& pieces) const {
  std::vector<const char*> spelled;
  for (const std::string& piece : pieces) spelled.push_back(piece.c_str());
  std::string text;
  functions().decode(model_.get(), spelled.data(), spelled.size(), store_text, &text);
  return text;
}

}  // namespace dali
