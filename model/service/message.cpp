// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/message.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "model/base/one_line.h"
#include "model/service/byte_fields.h"

namespace dali {
namespace {

using Reader = FieldReader<ProtocolError>;

// What whoever listens at another socket, and speaks another protocol, does not begin with.
constexpr std::string_view kMagic = "dali-model";

constexpr std::size_t kMostFieldBytes = 1 << 10;  // of what else a message holds, far less
constexpr std::size_t kMostBytesOfTexts = kMostFieldBytes + 5 * kMostTextBytes;

std::size_t most_bytes(MessageKind kind) {
  switch (kind) {
    case MessageKind::kCancel:
      return 0;
    case MessageKind::kHello:
      return kMostFieldBytes;
    case MessageKind::kDescribe:
      return kMostFieldBytes + kMostTextBytes + kMostSamples * sizeof(float) + kMostPictureBytes;
    case MessageKind::kWelcome:
      return kMostBytesOfTexts + kMostBytesOfClasses;
    case MessageKind::kCaption:
    case MessageKind::kError:
      return kMostBytesOfTexts;
  }
  throw ProtocolError("a message of kind " + std::to_string(static_cast<std::uint32_t>(kind)));
}

// Fills in the header, which could not be written before the length was known.
template <typename WriteBody>
Message message(MessageKind kind, const WriteBody& write_body, std::size_t most_bytes = 0) {
  Message bytes;
  bytes.reserve(most_bytes);
  bytes.resize(MessageHeader::kBytes);
  FieldWriter writer(bytes);
  write_body(writer);
  const std::array header = {static_cast<std::uint32_t>(kind),
                             static_cast<std::uint32_t>(bytes.size() - MessageHeader::kBytes)};
  static_assert(sizeof(header) == MessageHeader::kBytes);
  std::memcpy(bytes.data(), header.data(), sizeof(header));
  return bytes;
}

// Not through the middle of a character of UTF-8.
std::string_view cut(std::string_view text) {
  if (text.size() <= kMostTextBytes) return text;
  std::size_t length = kMostTextBytes;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

std::size_t bytes_of(const SourceClasses& classes) {
  std::size_t bytes = 0;
  for (const auto& [name, words] : classes) {
    bytes += 2 * sizeof(std::uint32_t) + name.size();
    for (const std::string& word : words) bytes += sizeof(std::uint32_t) + word.size();
  }
  return bytes;
}

void write_classes(FieldWriter& writer, const SourceClasses* classes) {
  const bool has_any = classes != nullptr && bytes_of(*classes) <= kMostBytesOfClasses;
  writer.number<std::uint8_t>(has_any ? 1 : 0);
  if (!has_any) return;
  writer.number(static_cast<std::uint32_t>(classes->size()));
  for (const auto& [name, words] : *classes) {
    writer.text(name);
    writer.number(static_cast<std::uint32_t>(words.size()));
    for (const std::string& word : words) writer.text(word);
  }
}

// Each count is of fields that follow, so none can be larger than the message.
std::shared_ptr<const SourceClasses> read_classes(Reader& reader) {
  if (!reader.truth()) return nullptr;
  auto classes = std::make_shared<SourceClasses>();
  const auto count = reader.number<std::uint32_t>();
  for (std::uint32_t at = 0; at < count; ++at) {
    std::vector<std::string>& words = (*classes)[reader.text(kMostTextBytes)];
    const auto word_count = reader.number<std::uint32_t>();
    for (std::uint32_t word = 0; word < word_count; ++word) {
      words.push_back(reader.text(kMostTextBytes));
    }
  }
  return classes;
}

std::string_view short_text(const std::string& word) {
  return word.size() > kMostFieldBytes ? std::string_view() : std::string_view(word);
}

void write_words(FieldWriter& writer, const std::vector<LocatedWord>& words) {
  const std::size_t count = std::min(words.size(), kMostWords);
  writer.number(static_cast<std::uint32_t>(count));
  for (std::size_t at = 0; at < count; ++at) {
    writer.text(short_text(words[at].text));
    writer.number(words[at].start_s);
    writer.number(words[at].end_s);
  }
}

std::vector<LocatedWord> read_words(Reader& reader) {
  const auto count = reader.number<std::uint32_t>();
  if (count > kMostWords) throw ProtocolError(std::to_string(count) + " words with times");
  std::vector<LocatedWord> words;
  for (std::uint32_t at = 0; at < count; ++at) {
    LocatedWord word{.text = reader.text(kMostFieldBytes)};
    word.start_s = reader.number<double>();
    word.end_s = reader.number<double>();
    const bool is_span = word.start_s >= 0.0 && word.end_s >= word.start_s &&
                         word.end_s <= static_cast<double>(kMostSamples) / kSampleRateHz;
    if (!is_span) throw ProtocolError("a word at no time of its window");
    words.push_back(std::move(word));
  }
  return words;
}

void write_gains(FieldWriter& writer, const std::vector<WeighedWord>& words) {
  const std::size_t count = std::min(words.size(), kMostWords);
  writer.number(static_cast<std::uint32_t>(count));
  for (std::size_t at = 0; at < count; ++at) {
    writer.text(short_text(words[at].text));
    writer.number(words[at].gain);
  }
}

std::vector<WeighedWord> read_gains(Reader& reader) {
  const auto count = reader.number<std::uint32_t>();
  if (count > kMostWords) throw ProtocolError(std::to_string(count) + " words with gains");
  std::vector<WeighedWord> words;
  for (std::uint32_t at = 0; at < count; ++at) {
    WeighedWord word{.text = reader.text(kMostFieldBytes)};
    word.gain = reader.number<double>();
    if (!std::isfinite(word.gain)) throw ProtocolError("a word whose gain is no number");
    words.push_back(std::move(word));
  }
  return words;
}

Modality read_modality(Reader& reader) {
  const auto number = reader.number<std::uint8_t>();
  if (number > static_cast<std::uint8_t>(Modality::kAudiovisual)) {
    throw ProtocolError("a modality of number " + std::to_string(number));
  }
  return static_cast<Modality>(number);
}

void write_request(FieldWriter& writer, const CaptionRequest& request) {
  writer.number(static_cast<std::uint8_t>(request.modality));
  writer.number<std::uint8_t>(request.question ? 1 : 0);
  if (request.question) writer.text(*request.question);
  writer.optional(request.max_new_tokens);
  writer.optional(request.temperature);
  writer.optional(request.repetition_penalty);
  writer.number(request.seed);
  writer.number<std::uint8_t>(request.locates_words ? 1 : 0);
  writer.number<std::uint8_t>(request.weighs_words ? 1 : 0);
  writer.number(request.threads);
  writer.number<std::uint8_t>(request.may_wait ? 1 : 0);
}

CaptionRequest read_request(Reader& reader) {
  CaptionRequest request;
  request.modality = read_modality(reader);
  if (reader.truth()) request.question = reader.text(kMostTextBytes);
  request.max_new_tokens = reader.optional<int>();
  request.temperature = reader.optional<double>();
  request.repetition_penalty = reader.optional<double>();
  request.seed = reader.number<std::uint64_t>();
  request.locates_words = reader.truth();
  request.weighs_words = reader.truth();
  request.threads = reader.number<int>();
  request.may_wait = reader.truth();
  return request;
}

std::size_t row_bytes(const FrameView& frame) {
  return 3 * static_cast<std::size_t>(frame.width_px);
}

bool has_pixels(const FrameView& frame) {
  return frame.width_px > 0 && frame.height_px > 0;
}

// Without overflow, whatever width and height are.
bool is_too_large(const FrameView& frame) {
  return has_pixels(frame) &&
         row_bytes(frame) > kMostPictureBytes / static_cast<std::size_t>(frame.height_px);
}

std::string size_text(const FrameView& frame) {
  return std::to_string(frame.width_px) + " x " + std::to_string(frame.height_px) + " pixels";
}

// A frame without pixels passes as it is: the engine says what it thinks of it.
void check(const FrameView& frame) {
  if (!has_pixels(frame)) return;
  if (is_too_large(frame)) {
    throw CaptionError("a picture of " + size_text(frame) + " is too large for a served model");
  }
  const auto rows_before_last = static_cast<std::size_t>(frame.height_px - 1);
  const bool has_whole_rows = frame.stride_bytes >= static_cast<std::ptrdiff_t>(row_bytes(frame));
  if (!has_whole_rows || frame.pixels.size() < row_bytes(frame) ||
      (rows_before_last > 0 && (frame.pixels.size() - row_bytes(frame)) / rows_before_last <
                                   static_cast<std::size_t>(frame.stride_bytes))) {
    throw CaptionError("a picture of " + size_text(frame) + " has only " +
                       std::to_string(frame.pixels.size()) + " bytes");
  }
}

void write_frame(FieldWriter& writer, const FrameView& frame) {
  writer.number(frame.width_px);
  writer.number(frame.height_px);
  if (!has_pixels(frame)) return;
  for (int y = 0; y < frame.height_px; ++y) {
    writer.raw(frame.pixels.data() + y * frame.stride_bytes, row_bytes(frame));
  }
}

FrameView read_frame(Reader& reader) {
  FrameView frame;
  frame.width_px = reader.number<int>();
  frame.height_px = reader.number<int>();
  if (!has_pixels(frame)) return frame;
  if (is_too_large(frame)) throw ProtocolError("a picture of " + size_text(frame));
  frame.stride_bytes = static_cast<std::ptrdiff_t>(row_bytes(frame));
  const std::span<const std::byte> pixels =
      reader.raw(row_bytes(frame) * static_cast<std::size_t>(frame.height_px));
  frame.pixels = {reinterpret_cast<const std::uint8_t*>(pixels.data()), pixels.size()};
  return frame;
}

}  // namespace

MessageHeader MessageHeader::read(std::span<const std::byte, kBytes> bytes) {
  Reader reader(bytes);
  MessageHeader header{.kind = static_cast<MessageKind>(reader.number<std::uint32_t>())};
  header.length = reader.number<std::uint32_t>();
  if (header.length > most_bytes(header.kind)) {
    throw ProtocolError("a message of kind " +
                        std::to_string(static_cast<std::uint32_t>(header.kind)) + " and " +
                        std::to_string(header.length) + " bytes");
  }
  return header;
}

Message message_of(const Hello& hello) {
  return message(MessageKind::kHello, [&](FieldWriter& writer) {
    writer.text(kMagic);
    writer.number(hello.version);
  });
}

Hello read_hello(std::span<const std::byte> body) {
  Reader reader(body);
  if (reader.text(kMostFieldBytes) != kMagic) throw ProtocolError("no client of a model");
  // What later versions say behind it is theirs.
  return {.version = reader.number<std::uint32_t>()};
}

Message message_of(const Welcome& welcome) {
  return message(MessageKind::kWelcome, [&](FieldWriter& writer) {
    writer.text(kMagic);
    writer.number(welcome.version);
    writer.text(cut(welcome.model_name));
    writer.text(cut(welcome.description));
    writer.text(cut(welcome.precision));
    writer.number(welcome.windows_at_once);
    write_classes(writer, welcome.source_classes.get());
  });
}

Welcome read_welcome(std::span<const std::byte> body) {
  Reader reader(body);
  if (reader.text(kMostFieldBytes) != kMagic) throw ProtocolError("no server of a model");
  Welcome welcome;
  welcome.version = reader.number<std::uint32_t>();
  welcome.model_name = reader.text(kMostTextBytes);
  welcome.description = reader.text(kMostTextBytes);
  welcome.precision = reader.text(kMostTextBytes);
  // Another version has other fields; what is wrong with it is the version.
  if (welcome.version != kProtocolVersion) return welcome;
  welcome.windows_at_once = std::clamp(reader.number<int>(), 1, kMostWindowsAtOnce);
  welcome.source_classes = read_classes(reader);
  reader.expect_end();
  return welcome;
}

Message describe_message(const Window& window, const CaptionRequest& request) {
  if (request.question && request.question->size() > kMostTextBytes) {
    throw CaptionError("a question of " + std::to_string(request.question->size()) +
                       " bytes is too long for a served model");
  }
  if (window.audio && window.audio->size() > kMostSamples) {
    throw CaptionError("a sound of " + std::to_string(window.audio->size() / kSampleRateHz) +
                       " seconds is too long for a served model");
  }
  if (window.frame) check(*window.frame);
  const std::size_t bytes = kMostFieldBytes + (request.question ? request.question->size() : 0) +
                            (window.audio ? window.audio->size_bytes() : 0) +
                            (window.frame ? window.frame->pixels.size() : 0);
  const auto write = [&](FieldWriter& writer) {
    write_request(writer, request);
    writer.number<std::uint8_t>(window.audio ? 1 : 0);
    if (window.audio) {
      writer.number(static_cast<std::uint32_t>(window.audio->size()));
      writer.raw(window.audio->data(), window.audio->size_bytes());
    }
    writer.number<std::uint8_t>(window.frame ? 1 : 0);
    if (window.frame) write_frame(writer, *window.frame);
  };
  return message(MessageKind::kDescribe, write, bytes);
}

ReceivedWindow::ReceivedWindow(std::unique_ptr<std::byte[]> body, std::size_t length,
                               MemoryBudget::Share memory)
    : memory_(std::move(memory)), body_(std::move(body)) {
  Reader reader({body_.get(), length});
  request_ = read_request(reader);
  if (reader.truth()) {
    const std::size_t count = reader.number<std::uint32_t>();
    if (count > kMostSamples) throw ProtocolError(std::to_string(count) + " samples of sound");
    const std::span<const std::byte> bytes = reader.raw(count * sizeof(float));
    samples_.emplace(count);
    if (count > 0) std::memcpy(samples_->data(), bytes.data(), bytes.size());
  }
  if (reader.truth()) frame_ = read_frame(reader);
  reader.expect_end();
}

Window ReceivedWindow::view() const {
  Window window;
  if (samples_) window.audio = *samples_;
  window.frame = frame_;
  return window;
}

Message cancel_message() {
  return message(MessageKind::kCancel, [](FieldWriter&) {});
}

Message message_of(const Caption& caption) {
  return message(MessageKind::kCaption, [&](FieldWriter& writer) {
    writer.text(cut(caption.text));
    writer.number(caption.mean_log_probability);
    writer.number(caption.token_count);
    const CaptionTiming& timing = caption.timing;
    for (const double stage_s :
         {timing.mel_s, timing.pixels_s, timing.audio_tower_s, timing.vision_tower_s,
          timing.prefill_s, timing.decoding_s, timing.locating_s, timing.weighing_s}) {
      writer.number(stage_s);
    }
    write_words(writer, caption.words);
    write_gains(writer, caption.weighed_words);
  });
}

Caption read_caption(std::span<const std::byte> body) {
  Reader reader(body);
  Caption caption;
  caption.text = reader.text(kMostTextBytes);
  caption.mean_log_probability = reader.number<double>();
  caption.token_count = reader.number<int>();
  CaptionTiming& timing = caption.timing;
  for (double* stage_s :
       {&timing.mel_s, &timing.pixels_s, &timing.audio_tower_s, &timing.vision_tower_s,
        &timing.prefill_s, &timing.decoding_s, &timing.locating_s, &timing.weighing_s}) {
    *stage_s = reader.number<double>();
  }
  caption.words = read_words(reader);
  caption.weighed_words = read_gains(reader);
  reader.expect_end();
  return caption;
}

Message error_message(std::string_view what) {
  return message(MessageKind::kError, [&](FieldWriter& writer) { writer.text(cut(what)); });
}

std::string read_error(std::span<const std::byte> body) {
  Reader reader(body);
  const std::string what = reader.text(kMostTextBytes);
  reader.expect_end();
  return on_one_line(what);
}

}  // namespace dali
