// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/caption_request.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

#include "model/base/in_quotes.h"
#include "model/base/nearest_name.h"
#include "pipelines/serve/request_error.h"

namespace dali {
namespace {

using Value = const std::string&;

struct Field {
  const char* name;
  // Checks the value and puts it into the request; empty: known, and ignored.
  std::function<void(CaptionRequest&, Value)> take;
};

RequestError wrong_value(const std::string& field, Value value, const std::string& wanted) {
  return invalid_request("The field '" + field + "' is " + in_quotes(value) + ", not " + wanted +
                         ".");
}

double number_of(const std::string& field, Value value, double least, double most,
                 const std::string& wanted) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool is_number = error == std::errc() && end == value.data() + value.size();
  if (!is_number || !(number >= least && number <= most)) throw wrong_value(field, value, wanted);
  return number;
}

std::string listed(const std::vector<std::string>& choices) {
  std::string list;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) list += i + 1 == choices.size() ? " or " : ", ";
    list += choices[i];
  }
  return list;
}

void check_choice(const std::string& field, Value value, const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    throw wrong_value(field, value, listed(choices));
  }
}

void add_option(CaptionRequest& request, const std::string& name, Value value) {
  request.options.push_back("--" + name + "=" + value);
}

Field number_field(const char* name, double least, double most, const char* wanted) {
  return {name, [=](CaptionRequest& request, Value value) {
            number_of(name, value, least, most, wanted);
            add_option(request, name, value);
          }};
}

Field whole_number_field(const char* name, double most, const char* wanted) {
  return {name, [=](CaptionRequest& request, Value value) {
            if (!std::all_of(value.begin(), value.end(),
                             [](char digit) { return digit >= '0' && digit <= '9'; })) {
              throw wrong_value(name, value, wanted);
            }
            number_of(name, value, 0, most, wanted);
            add_option(request, name, value);
          }};
}

Field flag_field(const char* name, bool CaptionRequest::*member) {
  return {name, [=](CaptionRequest& request, Value value) {
            check_choice(name, value, {"0", "1", "true", "false"});
            request.*member = value == "1" || value == "true";
          }};
}

// One of dali-caption's that has no value.
Field flag_field(const char* name) {
  return {name, [=](CaptionRequest& request, Value value) {
            check_choice(name, value, {"0", "1", "true", "false"});
            if (value == "1" || value == "true") {
              request.options.push_back(std::string("--") + name);
            }
          }};
}

Field choice_field(const char* name, const std::vector<std::string>& choices) {
  return {name, [=](CaptionRequest& request, Value value) {
            check_choice(name, value, choices);
            add_option(request, name, value);
          }};
}

bool is_language_code(Value value) {
  return (value.size() == 2 || value.size() == 3) &&
         std::all_of(value.begin(), value.end(),
                     [](char letter) { return letter >= 'a' && letter <= 'z'; });
}

// One line that a person wrote: it becomes a word of a command line.
Field text_field(const char* name) {
  return {name, [=](CaptionRequest& request, Value value) {
            constexpr std::size_t kLongest = 2000;
            const bool has_controls = std::any_of(value.begin(), value.end(), [](char byte) {
              return static_cast<unsigned char>(byte) < ' ' || byte == '\x7f';
            });
            if (value.empty() || value.size() > kLongest || has_controls) {
              throw invalid_request(std::string("The field '") + name +
                                    "' is not one line of up to 2000 bytes.");
            }
            add_option(request, name, value);
          }};
}

Field track_field(const char* name) {
  return {name, [=](CaptionRequest& request, Value value) {
            constexpr std::size_t kLongest = 35;
            const bool is_plain = std::all_of(value.begin(), value.end(), [](char letter) {
              return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                     (letter >= 'A' && letter <= 'Z') || letter == '-';
            });
            if (value.empty() || value.size() > kLongest || !is_plain || value.front() == '-') {
              throw wrong_value(name, value, "a number from 1 or a language such as en");
            }
            add_option(request, name, value);
          }};
}

Field ignored_field(const char* name) {
  return {name, nullptr};
}

const std::vector<Field>& caption_fields() {
  static const std::vector<Field> fields = {
      {"format",
       [](CaptionRequest& request, Value value) {
         check_choice("format", value, {"json", "vtt", "srt", "ttml", "svg"});
         request.format = value;
       }},
      choice_field("modality", {"auto", "audio", "image", "audiovisual"}),
      number_field("window", 1, 60, "a number of seconds from 1 to 60"),
      number_field("interval", 0.001, 60, "a number of seconds from 0.001 to 60"),
      choice_field("window-cuts", {"grid", "shots"}),
      number_field("shortest-window", 0.001, 60, "a number of seconds from 0.001 to 60"),
      choice_field("picture-at", {"middle", "loudest-change"}),
      flag_field("events"),
      flag_field("tell-stops"),
      number_field("refresh", 0.001, 86400, "a number of seconds from 0.001 to 86400"),
      flag_field("locate-words"),
      flag_field("off-screen"),
      choice_field("detail", {"low", "normal", "high"}),
      {"language",
       [](CaptionRequest& request, Value value) {
         if (!is_language_code(value))
           throw wrong_value("language", value, "a code such as en or eng");
         request.language = value;
         add_option(request, "language", value);
       }},
      text_field("prompt"),
      whole_number_field("max-new-tokens", 4096, "a number from 0 to 4096"),
      number_field("temperature", 0, 10, "a number from 0 to 10"),
      whole_number_field("seed", 4294967295.0, "a number from 0 to 4294967295"),
      track_field("audio-track"),
      track_field("video-track"),
      flag_field("async", &CaptionRequest::is_async),
      {"uri", [](CaptionRequest& request, Value value) { request.uri = value; }},
  };
  return fields;
}

// What both take of the many fields that speech needs and captions have no use for.
void take_response_format(CaptionRequest& request, Value value) {
  check_choice("response_format", value, {"json", "text", "srt", "vtt", "verbose_json"});
  request.format = value == "srt" || value == "vtt" ? value : "json";
  request.answer = value == "json"           ? AnswerForm::kTextInJson
                   : value == "text"         ? AnswerForm::kText
                   : value == "verbose_json" ? AnswerForm::kVerboseJson
                                             : AnswerForm::kAsWritten;
}

// The language is of the speech in the medium there, and says nothing about captions in whatever
// language the model speaks.
const std::vector<Field>& transcription_fields() {
  static const std::vector<Field> fields = {
      {"response_format", take_response_format},
      number_field("temperature", 0, 1, "a number from 0 to 1"),
      {"stream",
       [](CaptionRequest&, Value value) {
         if (value != "false" && value != "0") {
           throw invalid_request(
               "The field 'stream' asks for events, and this server answers as a whole.");
         }
       }},
      ignored_field("model"),
      ignored_field("language"),
      ignored_field("prompt"),
      ignored_field("timestamp_granularities[]"),
      ignored_field("include[]"),
      ignored_field("chunking_strategy"),
  };
  return fields;
}

const std::vector<Field>& inference_fields() {
  static const std::vector<Field> fields = {
      {"response_format", take_response_format},
      number_field("temperature", 0, 1, "a number from 0 to 1"),
      ignored_field("temperature_inc"),
      ignored_field("language"),
      ignored_field("prompt"),
      ignored_field("encode"),
      ignored_field("no_timestamps"),
      ignored_field("translate"),
      ignored_field("best_of"),
      ignored_field("beam_size"),
      ignored_field("suppress_nst"),
      ignored_field("suppress_non_speech"),
      ignored_field("no_context"),
      ignored_field("token_timestamps"),
      ignored_field("max_len"),
      ignored_field("split_on_word"),
      ignored_field("word_thold"),
      ignored_field("entropy_thold"),
      ignored_field("logprob_thold"),
      ignored_field("no_speech_thold"),
      ignored_field("vad"),
      ignored_field("diarize"),
      ignored_field("tinydiarize"),
      ignored_field("detect_language"),
  };
  return fields;
}

const std::vector<Field>& fields_of(RequestForm form) {
  switch (form) {
    case RequestForm::kTranscriptions:
      return transcription_fields();
    case RequestForm::kInference:
      return inference_fields();
    case RequestForm::kCaptions:
      break;
  }
  return caption_fields();
}

// What dali-caption refuses too, in words for who wrote fields and not options.
void check_together(const CaptionRequest& request) {
  const auto has = [&](std::string_view option) {
    return std::any_of(request.options.begin(), request.options.end(), [&](const auto& each) {
      return each == option || each.starts_with(std::string(option) + "=");
    });
  };
  const auto refuse = [](std::string_view field, std::string_view other) {
    throw invalid_request("The field '" + std::string(field) + "' needs the field '" +
                          std::string(other) + "'.");
  };
  if (has("--tell-stops") && !has("--events")) refuse("tell_stops", "events");
  if (has("--refresh") && !has("--events")) refuse("refresh", "events");
  if (has("--shortest-window") && !has("--window-cuts")) refuse("shortest_window", "window_cuts");
  if (has("--window-cuts=shots") && has("--events")) {
    throw invalid_request(
        "The field 'window_cuts' may not be shots with 'events', whose windows overlap.");
  }
}

// In our own form people write either max-new-tokens or max_new_tokens.
std::string name_in(RequestForm form, std::string name) {
  if (form == RequestForm::kCaptions) std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

}  // namespace

CaptionRequest caption_request(RequestForm form, const RequestFields& fields) {
  CaptionRequest request;
  if (form != RequestForm::kCaptions) request.answer = AnswerForm::kTextInJson;
  const std::vector<Field>& known = fields_of(form);
  std::vector<std::string> seen;
  for (const auto& [typed_name, value] : fields) {
    const std::string name = name_in(form, typed_name);
    const auto field = std::find_if(known.begin(), known.end(),
                                    [&](const Field& each) { return each.name == name; });
    if (field == known.end()) {
      std::vector<std::string> names;
      for (const Field& each : known) names.emplace_back(each.name);
      throw invalid_request("The field " + in_quotes(typed_name) + " is unknown; do you mean " +
                            nearest_name(name, names) + "?");
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
      throw invalid_request("The field '" + name + "' stands twice.");
    }
    seen.push_back(name);
    if (field->take) {
      field->take(request, value);
    } else {
      request.ignored.push_back(name);
    }
  }
  check_together(request);
  return request;
}

std::string content_type_of(const CaptionRequest& request) {
  switch (request.answer) {
    case AnswerForm::kText:
      return "text/plain; charset=utf-8";
    case AnswerForm::kTextInJson:
    case AnswerForm::kVerboseJson:
      return "application/json";
    case AnswerForm::kAsWritten:
      break;
  }
  if (request.format == "vtt") return "text/vtt; charset=utf-8";
  if (request.format == "srt") return "application/x-subrip; charset=utf-8";
  if (request.format == "ttml") return "application/ttml+xml; charset=utf-8";
  if (request.format == "svg") return "image/svg+xml; charset=utf-8";
  return "application/json";
}

}  // namespace dali
