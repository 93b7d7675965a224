// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/answer_forms.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace dali {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

std::string joined_text(const json& captions, char between) {
  std::string text;
  for (const json& caption : captions) {
    if (!text.empty()) text += between;
    text += caption.at("text").get<std::string>();
  }
  return text;
}

// A caption's confidence is the mean probability of its tokens. What else clients of Whisper look
// at, to leave out what was no speech, are the numbers of a certain answer.
ordered_json segment_of(const json& caption, std::size_t number) {
  return {{"id", number},
          {"seek", 0},
          {"start", caption.at("start")},
          {"end", caption.at("end")},
          {"text", caption.at("text")},
          {"tokens", json::array()},
          {"temperature", 0.0},
          {"avg_logprob", std::log(std::max(caption.at("confidence").get<double>(), 1e-4))},
          {"compression_ratio", 1.0},
          {"no_speech_prob", 0.0},
          {"confidence", caption.at("confidence")},
          {"modality", caption.at("modality")}};
}

std::string verbose_json(const CaptionRequest& request, const json& captions) {
  ordered_json segments = ordered_json::array();
  for (const json& caption : captions) segments.push_back(segment_of(caption, segments.size()));
  const ordered_json answer = {
      {"task", "caption"},
      {"language", request.language},
      {"duration", captions.empty() ? json(0.0) : captions.back().at("end")},
      {"text", joined_text(captions, ' ')},
      {"segments", segments}};
  return answer.dump() + '\n';
}

}  // namespace

std::string answer_of(const CaptionRequest& request, const std::string& written) {
  if (request.answer == AnswerForm::kAsWritten) return written;
  json captions = json::array();
  for (const json& each : json::parse(written)) {
    if (each.contains("text")) captions.push_back(each);  // the others are of sources alone
  }
  if (request.answer == AnswerForm::kText) return joined_text(captions, '\n') + '\n';
  if (request.answer == AnswerForm::kVerboseJson) return verbose_json(request, captions);
  return json{{"text", joined_text(captions, ' ')}}.dump() + '\n';
}

}  // namespace dali
