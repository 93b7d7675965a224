// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/query_fields.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>

#include "model/base/in_quotes.h"
#include "pipelines/serve/request_error.h"

namespace dali {
namespace {

constexpr std::size_t kMostFields = 64;

// "%3F" and '+' as they were written.
std::string decoded(std::string_view text) {
  constexpr int kHexadecimal = 16;
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      plain += text[at] == '+' ? ' ' : text[at];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(at + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, kHexadecimal);
    if (digits.size() < 2 || error != std::errc() || end != digits.data() + 2 || byte == 0) {
      throw invalid_request("The address has " + in_quotes(text) + ", which is not encoded right.");
    }
    plain += static_cast<char>(byte);
    at += 2;
  }
  return plain;
}

}  // namespace

RequestFields query_fields(std::string_view query) {
  RequestFields fields;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view field = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (field.empty()) continue;
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) {
      throw invalid_request("The field " + in_quotes(field) + " in the address has no value.");
    }
    const std::string name = decoded(field.substr(0, equals));
    if (!fields.emplace(name, decoded(field.substr(equals + 1))).second) {
      throw invalid_request("The field " + in_quotes(name) + " stands twice.");
    }
    if (fields.size() > kMostFields) throw invalid_request("The address has too many fields.");
  }
  return fields;
}

}  // namespace dali
