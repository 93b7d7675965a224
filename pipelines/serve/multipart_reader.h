// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dali {

// Takes a body of the type multipart/form-data (RFC 7578) apart while it comes, in pieces of any
// size, and keeps no more of it than a boundary's length. libsoup reads such a body whole, in
// memory. One thread.
class MultipartReader {
 public:
  struct Part {
    std::string name;
    std::optional<std::string> file_name;  // as the client says it: never to be opened
  };

  // Who takes what is in the parts: begin_part(), content() any number of times, end_part(), and
  // the next. What they throw comes out of push().
  class Taker {
   public:
    virtual ~Taker() = default;
    virtual void begin_part(const Part& part) = 0;
    virtual void content(std::string_view bytes) = 0;
    virtual void end_part() = 0;
  };

  // Of a part's header lines together.
  static constexpr std::size_t kMostHeaderBytes = 8192;
  static constexpr int kMostParts = 64;

  // `boundary`: the parameter of the body's type. `taker` is borrowed. Throws RequestError when it
  // is no boundary.
  MultipartReader(const std::string& boundary, Taker& taker);

  // The next bytes of the body. Throws RequestError when they are no such body.
  void push(std::string_view bytes);

  // The body has come to its end. Throws RequestError when the last boundary has not come.
  void finish() const;

 private:
  enum class State { kPreamble, kAfterBoundary, kHeaders, kContent, kEpilogue };

  // Each goes as far as what has come allows: whether anything is left to be looked at.
  bool read_to_boundary();
  bool read_after_boundary();
  bool read_headers();

  const std::string delimiter_;  // with the line's end before it
  Taker& taker_;
  State state_ = State::kPreamble;
  std::string waiting_;  // has come and is not decided yet
  int parts_ = 0;
};

// The boundary in "multipart/form-data; boundary=..."; nothing in another type. Throws RequestError
// when the type is that one and has no boundary.
std::optional<std::string> form_boundary(std::string_view content_type);

}  // namespace dali
