// SPDX-License-Identifier: LGPL-2.1-or-later
// For tests that link sentencepiece, and so not LibTorch (model/language/sentencepiece_module.h
// says why).
#pragma once

#include <sentencepiece_trainer.h>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace dali {

// Hands sentences to the trainer one by one; borrows them.
class TrainingSentences : public sentencepiece::SentenceIterator {
 public:
  explicit TrainingSentences(const std::vector<std::string>& sentences) : sentences_(sentences) {}

  bool done() const override { return index_ == sentences_.size(); }
  void Next() override { ++index_; }
  const std::string& value() const override { return sentences_[index_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& sentences_;
  std::size_t index_ = 0;
};

// The bytes of a model of byte pair encoding that is trained on them. `options`: more of the
// trainer's, by their names.
inline std::string trained_tokenizer(const std::vector<std::string>& sentences,
                                     std::unordered_map<std::string, std::string> options) {
  options.insert({{"model_type", "bpe"},
                  {"hard_vocab_limit", "false"},
                  {"character_coverage", "1.0"},
                  {"normalization_rule_name", "identity"},
                  {"num_threads", "1"},
                  {"minloglevel", "2"}});
  TrainingSentences iterator(sentences);
  std::string model;
  const auto status = sentencepiece::SentencePieceTrainer::Train(options, &iterator, &model);
  if (!status.ok()) throw std::runtime_error(status.ToString());
  return model;
}

}  // namespace dali
