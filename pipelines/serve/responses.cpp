// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/responses.h"

#include <nlohmann/json.hpp>

namespace dali {

void respond(SoupServerMessage* message, int status, std::string_view content_type,
             std::string_view body) {
  SoupMessageHeaders* const headers = soup_server_message_get_response_headers(message);
  soup_message_headers_replace(headers, "Content-Type", std::string(content_type).c_str());
  // Each connection serves one request, which clients that keep theirs have to know.
  soup_message_headers_replace(headers, "Connection", "close");
  soup_message_headers_replace(headers, "Cache-Control", "no-store");
  soup_message_headers_replace(headers, "X-Content-Type-Options", "nosniff");
  SoupMessageBody* const answer = soup_server_message_get_response_body(message);
  soup_message_body_truncate(answer);
  if (!body.empty()) soup_message_body_append(answer, SOUP_MEMORY_COPY, body.data(), body.size());
  soup_message_body_complete(answer);
  soup_server_message_set_status(message, static_cast<guint>(status), nullptr);
}

std::string error_json(const RequestError& error) {
  const nlohmann::ordered_json answer = {
      {"error", {{"message", error.what()}, {"type", error.type()}}}};
  return answer.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

void respond_with_error(SoupServerMessage* message, const RequestError& error) {
  if (error.retry_after_s) {
    set_response_header(message, "Retry-After", std::to_string(*error.retry_after_s));
  }
  respond(message, error.status(), "application/json", error_json(error));
}

void set_response_header(SoupServerMessage* message, const char* name, const std::string& value) {
  soup_message_headers_replace(soup_server_message_get_response_headers(message), name,
                               value.c_str());
}

}  // namespace dali
