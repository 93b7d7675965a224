// SPDX-License-Identifier: LGPL-2.1-or-later
#include "toyworld/train_tokenizer.h"

#include <sentencepiece_trainer.h>

#include <stdexcept>
#include <unordered_map>

#include "model/base/file_replacement.h"

namespace dali {
namespace {

// Hands the sentences to the trainer one by one; borrows them.
class Sentences : public sentencepiece::SentenceIterator {
 public:
  explicit Sentences(const std::vector<std::string>& sentences) : sentences_(sentences) {}

  bool done() const override { return next_ == sentences_.size(); }
  void Next() override { ++next_; }
  const std::string& value() const override { return sentences_[next_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& sentences_;
  std::size_t next_ = 0;
};

}  // namespace

void train_tokenizer(const std::vector<std::string>& sentences, int vocabulary,
                     const std::filesystem::path& file) {
  const std::unordered_map<std::string, std::string> options = {
      {"model_type", "bpe"},
      {"vocab_size", std::to_string(vocabulary)},
      {"byte_fallback", "true"},
      {"character_coverage", "1.0"},
      {"normalization_rule_name", "identity"},
      {"remove_extra_whitespaces", "false"},
      {"num_threads", "1"},
      {"minloglevel", "2"},
  };
  Sentences iterator(sentences);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(options, &iterator, &model);
  if (!status.ok()) throw std::runtime_error(file.string() + ": " + status.ToString());
  replace_file(file, model, Sync::kLater);
}

}  // namespace dali
