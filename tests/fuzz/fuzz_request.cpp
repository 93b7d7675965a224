// SPDX-License-Identifier: LGPL-2.1-or-later
// What dali-serve reads of a request by itself: its fields in the address, its host, the type of
// its body, and a body that is a form, which comes in pieces. The first line is all of the first;
// in the body, the byte 0xff cuts. However a form is cut, it must be read alike.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "pipelines/serve/access.h"
#include "pipelines/serve/multipart_reader.h"
#include "pipelines/serve/query_fields.h"
#include "pipelines/serve/request_error.h"

namespace {

class Written : public dali::MultipartReader::Taker {
 public:
  std::string text;

  void begin_part(const dali::MultipartReader::Part& part) override {
    if (is_in_part_) std::abort();
    is_in_part_ = true;
    text += part.name + '\0' + part.file_name.value_or("") + '\0';
  }
  void content(std::string_view bytes) override {
    if (!is_in_part_) std::abort();
    text += bytes;
  }
  void end_part() override {
    if (!is_in_part_) std::abort();
    is_in_part_ = false;
    text += '\1';
  }

 private:
  bool is_in_part_ = false;
};

// Nothing: it is no form.
std::optional<std::string> read_form(const std::string& boundary, std::string_view body,
                                     bool is_cut) {
  Written written;
  try {
    dali::MultipartReader reader(boundary, written);
    while (!body.empty()) {
      const std::size_t end = is_cut ? std::min(body.find('\xff') + 1, body.size()) : body.size();
      const std::size_t taken = end == 0 ? body.size() : end;
      reader.push(body.substr(0, taken));
      body.remove_prefix(taken);
    }
    reader.finish();
  } catch (const dali::RequestError&) {
    return std::nullopt;
  }
  return written.text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = std::min(text.find('\n'), text.size());
  try {
    dali::query_fields(text.substr(0, line_end));
  } catch (const dali::RequestError&) {
  }
  dali::is_loopback_host(text.substr(0, line_end));
  std::optional<std::string> boundary;
  try {
    boundary = dali::form_boundary(text.substr(0, line_end));
  } catch (const dali::RequestError&) {
  }
  if (!boundary) return 0;
  const std::string_view body = text.substr(std::min(line_end + 1, text.size()));
  if (read_form(*boundary, body, true) != read_form(*boundary, body, false)) std::abort();
  return 0;
}
