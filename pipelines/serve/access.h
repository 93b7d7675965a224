// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace dali {

// What a request says of who sends it.
struct RequestOrigin {
  std::optional<std::string> authorization;
  std::optional<std::string> host;
  std::optional<std::string> origin;  // of the page that makes a browser send it
};

// Who may ask. Without a token whoever reaches the server, which then listens to its own machine
// alone, except for pages of other places in a browser on it.
class Access {
 public:
  // `token` empty: none is needed.
  explicit Access(std::string token) : token_(std::move(token)) {}

  // Throws RequestError.
  void check(const RequestOrigin& request) const;

  bool needs_token() const { return !token_.empty(); }

 private:
  std::string token_;
};

// The first line of a file. Throws std::runtime_error that names the file when it cannot be read or
// the token is too short to be one.
std::string token_in(const std::filesystem::path& file);

// "127.0.0.1", "::1", "localhost"; with a port behind it or not.
bool is_loopback_host(std::string_view host);

}  // namespace dali
