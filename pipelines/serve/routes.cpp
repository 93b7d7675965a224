// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/routes.h"

#include <algorithm>
#include <array>
#include <optional>

#include "model/base/in_quotes.h"
#include "pipelines/serve/request_error.h"

namespace dali {
namespace {

using Kind = Route::Kind;

struct Place {
  const char* method;
  const char* path;  // "ID" stands for one part of any name
  Kind kind;
  bool is_open = false;
  RequestForm form = RequestForm::kCaptions;
};

constexpr std::array kPlaces = {
    Place{"GET", "/", Kind::kIndex, true},
    Place{"GET", "/page/ID", Kind::kPageFile, true},
    Place{"GET", "/healthz", Kind::kHealth, true},
    Place{"GET", "/metrics", Kind::kMetrics},
    Place{"GET", "/v1/models", Kind::kModels},
    Place{"POST", "/v1/captions", Kind::kMedium},
    Place{"POST", "/v1/audio/transcriptions", Kind::kMedium, false, RequestForm::kTranscriptions},
    Place{"POST", "/inference", Kind::kMedium, false, RequestForm::kInference},
    Place{"GET", "/v1/jobs/ID", Kind::kJob},
    Place{"DELETE", "/v1/jobs/ID", Kind::kJob},
    Place{"GET", "/v1/jobs/ID/captions", Kind::kJobCaptions},
    Place{"GET", "/live", Kind::kLive},
    Place{"GET", "/live/ID/events", Kind::kLiveEvents},
    Place{"GET", "/live/ID/events.jsonl", Kind::kLiveLines},
    Place{"GET", "/live/ID/captions.vtt", Kind::kLiveVtt},
    Place{"GET", "/live/ID/socket", Kind::kLiveSocket},
    Place{"GET", "/live/ID/media", Kind::kLiveMedia},
};

constexpr std::string_view kAnyName = "ID";

// What stands for ID in `path`; nothing when it is another path.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  const std::size_t at = pattern.find(kAnyName);
  if (at == std::string_view::npos) {
    return pattern == path ? std::optional<std::string>("") : std::nullopt;
  }
  const std::string_view before = pattern.substr(0, at);
  const std::string_view after = pattern.substr(at + kAnyName.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) ||
      !path.ends_with(after)) {
    return std::nullopt;
  }
  const std::string_view name =
      path.substr(before.size(), path.size() - before.size() - after.size());
  return name.find('/') == std::string_view::npos ? std::optional<std::string>(name) : std::nullopt;
}

}  // namespace

Route route_of(std::string_view method, std::string_view path) {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  std::string methods;
  for (const Place& place : kPlaces) {
    auto id = match(place.path, path);
    if (!id) continue;
    if (wanted == place.method) {
      return {.kind = place.kind,
              .pattern = place.path,
              .is_open = place.is_open,
              .form = place.form,
              .id = std::move(*id)};
    }
    methods += (methods.empty() ? "" : " or ") + std::string(place.method);
  }
  if (methods.empty()) {
    throw RequestError(404, "not_found", "There is no " + in_quotes(path) + " here.");
  }
  throw RequestError(405, "method_not_allowed", in_quotes(path) + " takes " + methods + ".");
}

std::string index_text() {
  std::string text = "dali-serve " DALI_VERSION ": captions of what media sound and look like.\n\n";
  for (const Place& place : kPlaces) {
    std::string method = place.method;
    method.resize(7, ' ');
    text += method + place.path + "\n";
  }
  return text;
}

}  // namespace dali
