// SPDX-License-Identifier: LGPL-2.1-or-later
// What a client and the server of a model say to each other, as bytes.
//
//     client                                server
//     kHello: version                  ->
//                                      <-   kWelcome: version, name, description, precision,
//                                           classes
//     kDescribe: request, window       ->
//     (kCancel)                        ->
//                                      <-   kCaption, or kError: why there is none
//     kDescribe ...
//
// One description at a time on a connection. A kCancel that comes after the answer was sent is
// about nothing. The server says kError and closes for what is no message. Each message is its kind
// and the length of what follows, 32 bits each, then that. Numbers lie as the machine has them, for
// a Unix socket has one machine at both ends. Neither end believes the other: every length and
// every enumerator is looked at before it is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/caption.h"
#include "model/base/window.h"
#include "model/captioner/caption_engine.h"
#include "model/service/memory_budget.h"

namespace dali {

inline constexpr std::uint32_t kProtocolVersion = 4;

enum class MessageKind : std::uint32_t {
  kHello = 1,
  kWelcome,
  kDescribe,
  kCancel,
  kCaption,
  kError,
};

// The other end breaks the protocol. In one line.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What begins a message.
struct MessageHeader {
  MessageKind kind = MessageKind::kError;
  std::uint32_t length = 0;  // of what follows, in bytes

  static constexpr std::size_t kBytes = 8;
  // Throws ProtocolError for a kind that there is not, or longer than any of its kind is.
  static MessageHeader read(std::span<const std::byte, kBytes> bytes);
};

// Two minutes of sound: twice the longest window that dalicaptioner cuts.
inline constexpr std::size_t kMostSamples = 120 * kSampleRateHz;
// The largest pictures that cameras take have 200 million pixels, and nobody has a whole one of
// more as a frame.
inline constexpr std::size_t kMostPictureBytes = std::size_t{3} * 208'000'000;
// No model reads a question as long as that, nor says as much of a window.
inline constexpr std::size_t kMostTextBytes = 1 << 16;
// Of all classes of a model, and as many words of a caption as no model says.
inline constexpr std::size_t kMostBytesOfClasses = 2 << 20;
inline constexpr std::size_t kMostWords = 2048;
// That a client asks about together, each on a connection of its own.
inline constexpr int kMostWindowsAtOnce = 16;

// A whole message of the kind, its header included.
using Message = std::vector<std::byte>;

struct Hello {
  std::uint32_t version = kProtocolVersion;
};
Message message_of(const Hello& hello);
Hello read_hello(std::span<const std::byte> body);  // throws ProtocolError, as all of these do

// What the engine says of itself.
struct Welcome {
  std::uint32_t version = kProtocolVersion;
  std::string model_name = {};
  std::string description = {};
  std::string precision = {};
  int windows_at_once = 1;
  std::shared_ptr<const SourceClasses> source_classes = {};  // may be null
};
// Texts beyond kMostTextBytes are cut, and classes beyond kMostBytesOfClasses are none.
Message message_of(const Welcome& welcome);
Welcome read_welcome(std::span<const std::byte> body);

// Throws CaptionError for a window, or a question, that is larger than the protocol allows, and for
// a picture whose pixels end before its last row does.
Message describe_message(const Window& window, const CaptionRequest& request);

// A window with memory of its own for what it is made from.
class ReceivedWindow {
 public:
  // Takes the body, in which the pixels stay, and the memory that it was counted as.
  ReceivedWindow(std::unique_ptr<std::byte[]> body, std::size_t length,
                 MemoryBudget::Share memory = {});

  const CaptionRequest& request() const { return request_; }
  CaptionRequest& request() { return request_; }
  Window view() const;  // borrows from this

 private:
  MemoryBudget::Share memory_;  // given back after the rest
  std::unique_ptr<std::byte[]> body_;
  CaptionRequest request_;
  std::optional<std::vector<float>> samples_;  // in a place of their own, for their alignment
  std::optional<FrameView> frame_;             // in body_
};

Message cancel_message();

// A text beyond kMostTextBytes is cut, and so are words beyond kMostWords.
Message message_of(const Caption& caption);
Caption read_caption(std::span<const std::byte> body);

Message error_message(std::string_view what);
std::string read_error(std::span<const std::byte> body);  // one line

}  // namespace dali
