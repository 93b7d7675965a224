// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "pipelines/serve/caption_request.h"

namespace dali {

// What dali-caption wrote, in the form that the request asks for. Throws std::exception when it is
// none of dali-caption's.
std::string answer_of(const CaptionRequest& request, const std::string& written);

}  // namespace dali
