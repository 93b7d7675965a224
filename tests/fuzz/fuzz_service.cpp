// SPDX-License-Identifier: LGPL-2.1-or-later
// A message as a model's server and its clients read it, header and body.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>

#include "model/service/message.h"

namespace {

// Where AddressSanitizer sees a view that leads out of its memory.
void touch(const dali::Window& window) {
  volatile double sum = 0;
  if (window.audio) {
    for (const float sample : *window.audio) sum = sum + sample;
  }
  if (!window.frame || window.frame->width_px < 1) return;
  for (int y = 0; y < window.frame->height_px; ++y) {
    const std::uint8_t* row = window.frame->pixels.data() + y * window.frame->stride_bytes;
    for (int x = 0; x < 3 * window.frame->width_px; ++x) sum = sum + row[x];
  }
}

// What was read is written as it came.
void read_window(std::span<const std::byte> body) {
  auto bytes = std::make_unique<std::byte[]>(body.size());
  std::ranges::copy(body, bytes.get());
  const dali::ReceivedWindow window(std::move(bytes), body.size());
  touch(window.view());
  const dali::Message again = dali::describe_message(window.view(), window.request());
  if (!std::ranges::equal(std::span(again).subspan(dali::MessageHeader::kBytes), body))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < dali::MessageHeader::kBytes) return 0;
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  const auto body = bytes.subspan<dali::MessageHeader::kBytes>();
  try {
    switch (dali::MessageHeader::read(bytes.first<dali::MessageHeader::kBytes>()).kind) {
      case dali::MessageKind::kHello:
        dali::read_hello(body);
        break;
      case dali::MessageKind::kWelcome:
        dali::read_welcome(body);
        break;
      case dali::MessageKind::kDescribe:
        read_window(body);
        break;
      case dali::MessageKind::kCaption:
        dali::read_caption(body);
        break;
      case dali::MessageKind::kError:
        dali::read_error(body);
        break;
      case dali::MessageKind::kCancel:
        break;
    }
  } catch (const dali::ProtocolError&) {
  }
  return 0;
}
