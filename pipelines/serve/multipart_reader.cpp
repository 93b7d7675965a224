// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/multipart_reader.h"

#include <algorithm>

#include "pipelines/serve/header_parameters.h"
#include "pipelines/serve/request_error.h"

namespace dali {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::size_t kLongestBoundary = 70;  // RFC 2046

std::string checked_delimiter(const std::string& boundary) {
  const bool is_printable = std::all_of(boundary.begin(), boundary.end(),
                                        [](char byte) { return byte >= ' ' && byte <= '~'; });
  if (boundary.empty() || boundary.size() > kLongestBoundary || !is_printable) {
    throw invalid_request("The boundary of the form is not one of 1 to 70 printable characters.");
  }
  return "\r\n--" + boundary;
}

// Of the header lines of a part.
MultipartReader::Part part_of(std::string_view headers) {
  while (!headers.empty()) {
    const std::size_t end = std::min(headers.find(kLineEnd), headers.size());
    const std::string_view line = headers.substr(0, end);
    headers.remove_prefix(std::min(end + kLineEnd.size(), headers.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (in_small_letters(without_spaces_around(line.substr(0, colon))) != "content-disposition") {
      continue;
    }
    HeaderValue disposition = parsed_header_value(line.substr(colon + 1));
    const auto name = disposition.parameters.find("name");
    if (disposition.value != "form-data" || name == disposition.parameters.end()) break;
    MultipartReader::Part part{.name = std::move(name->second), .file_name = std::nullopt};
    if (const auto file = disposition.parameters.find("filename");
        file != disposition.parameters.end()) {
      part.file_name = std::move(file->second);
    }
    return part;
  }
  throw invalid_request("A part of the form does not say its name.");
}

}  // namespace

MultipartReader::MultipartReader(const std::string& boundary, Taker& taker)
    : delimiter_(checked_delimiter(boundary)),
      taker_(taker),
      waiting_(kLineEnd) {
}  // so that the first boundary, in the first line, is found as the others

void MultipartReader::push(std::string_view bytes) {
  if (state_ == State::kEpilogue) return;
  waiting_ += bytes;
  bool goes_on = true;
  while (goes_on) {
    switch (state_) {
      case State::kPreamble:
      case State::kContent:
        goes_on = read_to_boundary();
        break;
      case State::kAfterBoundary:
        goes_on = read_after_boundary();
        break;
      case State::kHeaders:
        goes_on = read_headers();
        break;
      case State::kEpilogue:
        goes_on = false;
        break;
    }
  }
}

bool MultipartReader::read_to_boundary() {
  const std::size_t found = waiting_.find(delimiter_);
  const bool is_there = found != std::string::npos;
  // What may be the beginning of a boundary has to wait.
  const std::size_t certain =
      is_there ? found : waiting_.size() - std::min(waiting_.size(), delimiter_.size() - 1);
  if (state_ == State::kContent && certain > 0) {
    taker_.content(std::string_view(waiting_).substr(0, certain));
  }
  waiting_.erase(0, is_there ? found + delimiter_.size() : certain);
  if (!is_there) return false;
  if (state_ == State::kContent) taker_.end_part();
  state_ = State::kAfterBoundary;
  return true;
}

bool MultipartReader::read_after_boundary() {
  // Spaces may follow: they are padding.
  const std::size_t begin = std::min(waiting_.find_first_not_of(" \t"), waiting_.size());
  if (begin > kMostHeaderBytes) throw invalid_request("A boundary of the form does not end.");
  if (waiting_.size() < begin + 2) return false;
  const std::string_view next = std::string_view(waiting_).substr(begin, 2);
  if (next == "--" && begin == 0) {
    waiting_.clear();
    state_ = State::kEpilogue;
    return false;
  }
  if (next != kLineEnd)
    throw invalid_request("A boundary of the form does not end in a line's end.");
  // The line's end stays, so that headers end in an empty line even where there are none.
  waiting_.erase(0, begin);
  state_ = State::kHeaders;
  return true;
}

bool MultipartReader::read_headers() {
  const std::size_t end = waiting_.find("\r\n\r\n");
  if (std::min(end, waiting_.size()) > kMostHeaderBytes) {
    throw invalid_request("The header of a part of the form is too long.");
  }
  if (end == std::string::npos) return false;
  if (++parts_ > kMostParts) throw invalid_request("The form has too many parts.");
  const Part part = part_of(std::string_view(waiting_).substr(0, end));
  waiting_.erase(0, end + 2 * kLineEnd.size());
  taker_.begin_part(part);
  state_ = State::kContent;
  return true;
}

void MultipartReader::finish() const {
  if (state_ != State::kEpilogue) {
    throw invalid_request("The form breaks off: its last boundary has not come.");
  }
}

std::optional<std::string> form_boundary(std::string_view content_type) {
  HeaderValue type = parsed_header_value(content_type);
  if (type.value != "multipart/form-data") return std::nullopt;
  const auto boundary = type.parameters.find("boundary");
  if (boundary == type.parameters.end()) {
    throw invalid_request("The type multipart/form-data needs a boundary.");
  }
  return std::move(boundary->second);
}

}  // namespace dali
