// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/loop/event_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>

namespace dali {
namespace {

static_assert(std::endian::native == std::endian::little, "records are written as memory has them");

// Fields of event.proto and summary.proto.
constexpr int kEventWallTime = 1;
constexpr int kEventStep = 2;
constexpr int kEventFileVersion = 3;
constexpr int kEventSummary = 5;
constexpr int kEventSessionLog = 7;
constexpr int kSessionLogStatus = 1;
constexpr std::uint64_t kSessionStart = 1;
constexpr int kSummaryValue = 1;
constexpr int kValueTag = 1;
constexpr int kValueSimple = 2;

// Wire types of protocol buffers.
enum Wire : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void append_varint(std::string& message, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) message += static_cast<char>(number | 0x80);
  message += static_cast<char>(number);
}

void append_key(std::string& message, int field, Wire wire) {
  append_varint(message, static_cast<std::uint64_t>(field) << 3 | wire);
}

template <class Number>
std::string bytes_of(Number number) {
  return std::string(reinterpret_cast<const char*>(&number), sizeof number);
}

void append_number(std::string& message, int field, std::uint64_t number) {
  append_key(message, field, kVarint);
  append_varint(message, number);
}

void append_double(std::string& message, int field, double number) {
  append_key(message, field, kFixed64);
  message += bytes_of(number);
}

void append_float(std::string& message, int field, float number) {
  append_key(message, field, kFixed32);
  message += bytes_of(number);
}

void append_bytes(std::string& message, int field, std::string_view bytes) {
  append_key(message, field, kBytes);
  append_varint(message, bytes.size());
  message += bytes;
}

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table = {};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = remainder >> 1 ^ ((remainder & 1) != 0 ? 0x82F63B78u : 0u);
    }
    table[byte] = remainder;
  }
  return table;
}

// TFRecord's: a checksum of data that hold checksums is no good, so they are turned and shifted.
std::uint32_t masked_crc(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xA282EAD8u;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto kTable = crc_table();
  std::uint32_t remainder = 0xFFFFFFFFu;
  for (const char byte : bytes) {
    remainder = kTable[(remainder ^ static_cast<unsigned char>(byte)) & 0xFF] ^ remainder >> 8;
  }
  return ~remainder;
}

EventFile::EventFile(const std::filesystem::path& folder, std::int64_t first_step)
    : records_(folder / fmt::format("events.out.tfevents.{}.{}",
                                    std::chrono::system_clock::now().time_since_epoch() /
                                        std::chrono::milliseconds(1),
                                    ::getpid())) {
  std::string version;
  append_bytes(version, kEventFileVersion, "brain.Event:2");
  write_event(0, version);
  std::string status;
  append_number(status, kSessionLogStatus, kSessionStart);
  std::string session;
  append_bytes(session, kEventSessionLog, status);
  write_event(first_step, session);
}

void EventFile::add(std::int64_t step, const std::map<std::string, double>& scalars) {
  std::string summary;
  for (const auto& [tag, number] : scalars) {
    std::string value;
    append_bytes(value, kValueTag, tag);
    append_float(value, kValueSimple, static_cast<float>(number));
    append_bytes(summary, kSummaryValue, value);
  }
  std::string fields;
  append_bytes(fields, kEventSummary, summary);
  write_event(step, fields);
}

void EventFile::write_event(std::int64_t step, std::string_view fields) {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  std::string event;
  append_double(event, kEventWallTime, now.count());
  append_number(event, kEventStep, static_cast<std::uint64_t>(step));
  event += fields;
  const std::string length = bytes_of(static_cast<std::uint64_t>(event.size()));
  records_.append(length + bytes_of(masked_crc(length)) + event + bytes_of(masked_crc(event)));
}

}  // namespace dali
