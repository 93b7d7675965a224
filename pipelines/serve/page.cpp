// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/page.h"

#include <algorithm>

#include "model/base/in_quotes.h"
#include "pipelines/serve/page_files.h"
#include "pipelines/serve/request_error.h"
#include "pipelines/serve/responses.h"
#include "pipelines/serve/routes.h"

namespace dali {
namespace {

constexpr std::string_view kIndexName = "index.html";

// The page is made of its own files and asks its own server alone. Media that the user opens, and
// their captions, are "blob:" addresses, which belong to the page.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; media-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

const char* content_type_of_file(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "text/javascript; charset=utf-8";
}

// Browsers say that they want HTML, when a page is to be shown.
bool wants_html(SoupServerMessage* message) {
  const char* const wanted =
      soup_message_headers_get_list(soup_server_message_get_request_headers(message), "Accept");
  return wanted != nullptr && std::string_view(wanted).find("text/html") != std::string_view::npos;
}

}  // namespace

void answer_with_index(SoupServerMessage* message) {
  if (wants_html(message)) {
    answer_with_page_file(message, kIndexName);
  } else {
    respond(message, 200, "text/plain; charset=utf-8", index_text());
  }
  set_response_header(message, "Vary", "Accept");
}

void answer_with_page_file(SoupServerMessage* message, std::string_view name) {
  const auto files = page_files();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const PageFile& each) { return each.name == name; });
  if (found == files.end()) {
    throw RequestError(404, "not_found", "The page has no file " + in_quotes(name) + ".");
  }
  set_response_header(message, "Content-Security-Policy", kPolicy);
  set_response_header(message, "Referrer-Policy", "no-referrer");
  respond(message, 200, content_type_of_file(name), found->text);
}

}  // namespace dali
