// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "pipelines/serve/caption_request.h"

namespace dali {

// What the server can be asked for.
struct Route {
  enum class Kind {
    kIndex,
    kPageFile,
    kHealth,
    kMetrics,
    kModels,
    kMedium,
    kJob,
    kJobCaptions,
    kLive,
    kLiveEvents,
    kLiveLines,
    kLiveVtt,
    kLiveSocket,
    kLiveMedia
  };
  Kind kind = Kind::kIndex;
  const char* pattern = "-";                  // in metrics: "/v1/jobs/ID"
  bool is_open = false;                       // to those without a token, too
  RequestForm form = RequestForm::kCaptions;  // of kMedium
  std::string id;                             // of a job, a live source, or a file of the page

  bool is_of_live_source() const {
    return kind == Kind::kLiveEvents || kind == Kind::kLiveLines || kind == Kind::kLiveVtt ||
           kind == Kind::kLiveSocket || kind == Kind::kLiveMedia;
  }
};

// `method`: as sent. Throws RequestError: nothing is called so, or not to be had by that method.
Route route_of(std::string_view method, std::string_view path);

// For people who look at the server's address.
std::string index_text();

}  // namespace dali
