// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <libsoup/soup.h>

#include <string>
#include <string_view>

#include "pipelines/serve/request_error.h"

namespace dali {

// What a message is answered with. libsoup sends it once the request has come, and once the message
// is not paused.
void respond(SoupServerMessage* message, int status, std::string_view content_type,
             std::string_view body);

// {"error": {"message": ..., "type": ...}}
void respond_with_error(SoupServerMessage* message, const RequestError& error);
std::string error_json(const RequestError& error);

void set_response_header(SoupServerMessage* message, const char* name, const std::string& value);

}  // namespace dali
