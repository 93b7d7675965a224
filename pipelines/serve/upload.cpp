// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/upload.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "media/text/utf8.h"
#include "model/base/in_quotes.h"
#include "model/base/one_line.h"
#include "pipelines/serve/request_error.h"

namespace dali {
namespace {

constexpr std::size_t kMostFieldBytes = 65536;
constexpr std::size_t kLongestFileName = 100;

// For messages: valid, on one line, and not so long that it hides what is said.
std::string shown_name(const std::string& file_name) {
  std::string name = on_one_line(only_utf8(file_name));
  if (code_point_count(name) > kLongestFileName) {
    name = to_utf8(from_utf8(name).substr(0, kLongestFileName)) + "...";
  }
  return name.empty() ? "the medium" : name;
}

// The disk's faults in the client's terms.
template <typename Write>
auto on_disk(const Write& write) {
  try {
    return write();
  } catch (const std::system_error& error) {
    const int number = error.code().value();
    if (number == ENOSPC || number == EDQUOT || number == EFBIG) {
      throw RequestError(507, "storage_full", "The server has no room for this medium now.");
    }
    throw RequestError(500, "server_error",
                       std::string("The medium cannot be stored: ") + error.code().message() + ".");
  }
}

}  // namespace

Upload::Upload(std::string_view content_type, std::filesystem::path folder,
               std::uint64_t most_bytes)
    : folder_(std::move(folder)), most_bytes_(most_bytes) {
  if (const auto boundary = form_boundary(content_type)) {
    Taker& taker = *this;
    form_ = std::make_unique<MultipartReader>(*boundary, taker);
  }
}

void Upload::push(std::string_view bytes) {
  if (form_) {
    form_->push(bytes);
  } else {
    content(bytes);
  }
}

void Upload::finish() {
  if (form_) form_->finish();
}

void Upload::begin_part(const MultipartReader::Part& part) {
  field_.reset();
  if (part.name == kMediumField) {
    if (file_) throw invalid_request("The form has two files; a request captions one.");
    file_ = on_disk([&] { return OpenFile(folder_); });
    if (part.file_name) file_name_ = shown_name(*part.file_name);
    return;
  }
  if (part.file_name) {
    throw invalid_request("The form's file is called " + in_quotes(part.name) +
                          "; its field should be 'file'.");
  }
  if (!fields_.try_emplace(part.name).second) {
    throw invalid_request("The field " + in_quotes(part.name) + " stands twice.");
  }
  field_ = part.name;
}

void Upload::content(std::string_view bytes) {
  if (field_) {
    field_bytes_ += bytes.size();
    if (field_bytes_ > kMostFieldBytes) throw too_large("The form's fields are too long.");
    fields_[*field_] += bytes;
    return;
  }
  if (!file_) file_ = on_disk([&] { return OpenFile(folder_); });
  if (file_->size() + bytes.size() > most_bytes_) {
    throw medium_too_large(most_bytes_);
  }
  on_disk([&] {
    file_->append(bytes);
    return true;
  });
}

void Upload::end_part() {
  field_.reset();
}

RequestError medium_too_large(std::uint64_t most_bytes) {
  return too_large(fmt::format("The medium is larger than the {} MiB that this server takes.",
                               most_bytes >> 20));
}

}  // namespace dali
