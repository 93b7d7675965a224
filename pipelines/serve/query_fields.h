// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "pipelines/serve/caption_request.h"

namespace dali {

// The fields in an address behind its question mark: "format=vtt&prompt=what+is+it%3F". libsoup's
// reader leaves out what it cannot read, and all but the last of a name. Throws RequestError when a
// field has no value, stands twice or is not encoded as it should be.
RequestFields query_fields(std::string_view query);

}  // namespace dali
