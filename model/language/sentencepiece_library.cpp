// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/language/sentencepiece_library.h"

#include <dlfcn.h>

#include <stdexcept>

#include "model/language/sentencepiece_module.h"

// The module's file: a name beside this library, or the complete path that a test gives.
#ifndef DALI_SENTENCEPIECE_MODULE
#define DALI_SENTENCEPIECE_MODULE "dali-sentencepiece.so"
#endif

namespace dali {
namespace {

// The folder that the code of this library was loaded from; the module lies beside it, in a build
// folder as well as installed.
std::filesystem::path own_folder() {
  Dl_info info;
  const bool is_known = dladdr(reinterpret_cast<const void*>(&own_folder), &info) != 0;
  return is_known ? std::filesystem::path(info.dli_fname).parent_path() : std::filesystem::path();
}

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

const DaliSentencepieceFunctions& load_functions() {
  const auto module = own_folder() / DALI_SENTENCEPIECE_MODULE;
  void* handle = load_apart(module);
  void* entry = handle == nullptr ? nullptr : dlsym(handle, DALI_SENTENCEPIECE_ENTRY);
  if (entry == nullptr) {
    throw std::runtime_error(std::string(dlerror()) +
                             "; install gst-dali's library whole: that file lies beside it");
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
