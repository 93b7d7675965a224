// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/access.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <stdexcept>

#include "pipelines/serve/header_parameters.h"
#include "pipelines/serve/request_error.h"

namespace dali {
namespace {

constexpr std::string_view kScheme = "bearer ";
constexpr std::size_t kShortestToken = 16;

// Takes as long for a token that is right at its beginning as for any other.
bool are_equal(std::string_view given, std::string_view wanted) {
  unsigned difference = given.size() == wanted.size() ? 0U : 1U;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const char byte = i < given.size() ? given[i] : '\0';
    difference |= static_cast<unsigned>(static_cast<unsigned char>(byte ^ wanted[i]));
  }
  return difference == 0;
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  if (std::count(host.begin(), host.end(), ':') > 1) return host;  // IPv6 as it is
  return host.substr(0, host.find(':'));
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  const std::string name = in_small_letters(without_port(host));
  const bool is_ipv4_loopback =
      name.starts_with("127.") && std::all_of(name.begin(), name.end(), [](unsigned char letter) {
        return std::isdigit(letter) != 0 || letter == '.';
      });
  return name == "localhost" || name == "::1" || is_ipv4_loopback;
}

void Access::check(const RequestOrigin& request) const {
  // A browser says which page a request comes from, where it is not the server's own.
  if (request.origin && request.origin != "http://" + request.host.value_or("") &&
      request.origin != "https://" + request.host.value_or("")) {
    throw RequestError(403, "forbidden", "Pages of other places may not ask this server.");
  }
  if (!needs_token()) {
    // A name that its owner lets point to this machine makes a page of theirs one of the server's.
    if (request.host && !is_loopback_host(*request.host)) {
      throw RequestError(
          403, "forbidden",
          "Without a token this server answers as localhost alone, not as another name.");
    }
    return;
  }
  const std::string_view given =
      request.authorization ? *request.authorization : std::string_view();
  const bool has_scheme = in_small_letters(given.substr(0, kScheme.size())) == kScheme;
  if (!has_scheme || !are_equal(without_spaces_around(given.substr(kScheme.size())), token_)) {
    throw RequestError(
        401, "authentication_error",
        "The header 'Authorization: Bearer TOKEN' with the server's token is needed.");
  }
}

std::string token_in(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string token;
  if (!std::getline(stream, token))
    throw std::runtime_error(file.string() + ": no token can be read");
  token = without_spaces_around(token.ends_with('\r') ? token.substr(0, token.size() - 1) : token);
  const bool is_plain =
      std::all_of(token.begin(), token.end(), [](char byte) { return byte > ' ' && byte <= '~'; });
  if (token.size() < kShortestToken || !is_plain) {
    throw std::runtime_error(file.string() + ": a token has 16 printable characters or more");
  }
  return token;
}

}  // namespace dali
