// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dali {

// By whose rules a request is read and answered.
enum class RequestForm {
  kCaptions,        // ours, /v1/captions
  kTranscriptions,  // OpenAI's /v1/audio/transcriptions
  kInference        // whisper.cpp's /inference
};

// What an answer looks like.
enum class AnswerForm {
  kAsWritten,   // as dali-caption writes the format
  kText,        // a line a caption
  kTextInJson,  // {"text": ...}
  kVerboseJson  // OpenAI's, with segments
};

using RequestFields = std::map<std::string, std::string>;

// What a client wants of its medium.
struct CaptionRequest {
  std::string format = "json";  // of dali-caption
  AnswerForm answer = AnswerForm::kAsWritten;
  std::vector<std::string> options;  // more of dali-caption's, "--window=5"
  std::string language = "en";
  std::string uri;                   // empty: the medium comes with the request
  bool is_async = false;             // answered with a job to ask for
  std::vector<std::string> ignored;  // fields of that form that mean nothing here
};

// What the fields of a request ask for. Throws RequestError that names the field: one that is
// unknown, said twice with - and _, or out of its range.
CaptionRequest caption_request(RequestForm form, const RequestFields& fields);

// Where a name may be a medium's: not a field's.
constexpr std::string_view kMediumField = "file";

// Of the answer that a request gets: "application/json", "text/vtt; charset=utf-8".
std::string content_type_of(const CaptionRequest& request);

}  // namespace dali
