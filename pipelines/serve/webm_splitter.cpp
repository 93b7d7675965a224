// SPDX-License-Identifier: LGPL-2.1-or-later
// The elements are those of RFC 8794 (EBML) and RFC 9559 (Matroska).
#include "pipelines/serve/webm_splitter.h"

#include <stdexcept>
#include <utility>

namespace dali {
namespace {

constexpr std::size_t kEbml = 0x1A45DFA3;
constexpr std::size_t kSegment = 0x18538067;
constexpr std::size_t kInfo = 0x1549A966;
constexpr std::size_t kTracks = 0x1654AE6B;
constexpr std::size_t kCluster = 0x1F43B675;
constexpr std::size_t kTimestamp = 0xE7;
constexpr std::size_t kSimpleBlock = 0xA3;
constexpr std::size_t kBlockGroup = 0xA0;

constexpr std::size_t kLargestElement = std::size_t{4} << 20;
constexpr std::size_t kLargestHeader = std::size_t{64} << 10;
constexpr unsigned kKeyFrame = 0x80;

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

// How many bytes a number has whose first is this; 0: none has so many.
std::size_t length_of(unsigned first, std::size_t most) {
  std::size_t length = 1;
  for (unsigned bit = 0x80; bit != 0 && (first & bit) == 0; bit >>= 1) ++length;
  return length <= most ? length : 0;
}

// A SimpleBlock: its track's number, two bytes of time, flags.
bool is_key_frame(std::string_view block) {
  const std::size_t track_bytes = block.empty() ? 0 : length_of(byte_at(block, 0), 8);
  const std::size_t flags = track_bytes + 2;
  return track_bytes > 0 && flags < block.size() && (byte_at(block, flags) & kKeyFrame) != 0;
}

// What is kept until a block comes.
void extend(std::string& head, std::string_view bytes) {
  head += bytes;
  if (head.size() > kLargestHeader) throw std::runtime_error("the media's header is too large");
}

}  // namespace

void WebmSplitter::push(std::string_view bytes) {
  waiting_ += bytes;
  std::size_t taken = 0;
  while (const std::size_t count = take_one(std::string_view(waiting_).substr(taken))) {
    taken += count;
  }
  waiting_.erase(0, taken);
}

bool WebmSplitter::parse(std::string_view bytes, Element& element) {
  if (bytes.empty()) return false;
  const std::size_t id_bytes = length_of(byte_at(bytes, 0), 4);
  if (id_bytes == 0) throw std::runtime_error("the media are no WebM");
  if (bytes.size() <= id_bytes) return false;
  const std::size_t size_bytes = length_of(byte_at(bytes, id_bytes), 8);
  if (size_bytes == 0) throw std::runtime_error("the media are no WebM");
  element.head_bytes = id_bytes + size_bytes;
  if (bytes.size() < element.head_bytes) return false;
  for (std::size_t at = 0; at < id_bytes; ++at) element.id = element.id << 8 | byte_at(bytes, at);
  std::size_t all_ones = 0;
  for (std::size_t at = id_bytes; at < element.head_bytes; ++at) {
    const unsigned mask = at == id_bytes ? 0xFFU >> size_bytes : 0xFFU;
    element.size = element.size << 8 | (byte_at(bytes, at) & mask);
    all_ones = all_ones << 8 | mask;
  }
  element.is_size_known = element.size != all_ones;
  return true;
}

std::size_t WebmSplitter::take_one(std::string_view bytes) {
  Element element;
  if (!parse(bytes, element)) return 0;
  if (header_.empty() && element.id != kEbml) throw std::runtime_error("the media are no WebM");
  // These are gone into; their own lengths are of no use in a stream.
  const std::string_view head = bytes.substr(0, element.head_bytes);
  if (element.id == kSegment) {
    if (!has_begun_) extend(header_, head);
    return element.head_bytes;
  }
  if (element.id == kCluster) {
    if (!std::exchange(has_begun_, true)) listener_.header(header_);
    cluster_head_ = head;
    return element.head_bytes;
  }
  if (!element.is_size_known || element.size > kLargestElement) {
    throw std::runtime_error("the media have an element that is too large");
  }
  const std::size_t whole = element.head_bytes + element.size;
  if (bytes.size() < whole) return 0;
  take_inside(element, bytes.substr(0, whole));
  return whole;
}

void WebmSplitter::take_inside(const Element& element, std::string_view bytes) {
  if (!has_begun_) {
    // Tags and the like are left out.
    const bool is_needed = element.id == kEbml || element.id == kInfo || element.id == kTracks;
    if (is_needed) extend(header_, bytes);
    return;
  }
  if (element.id == kTimestamp && !cluster_head_.empty()) {
    extend(cluster_head_, bytes);
    return;
  }
  if (element.id != kSimpleBlock && element.id != kBlockGroup) return;
  Piece piece;
  piece.begins_cluster = !cluster_head_.empty();
  piece.is_key_frame = piece.begins_cluster && element.id == kSimpleBlock &&
                       is_key_frame(bytes.substr(element.head_bytes));
  piece.bytes = std::exchange(cluster_head_, {}) + std::string(bytes);
  listener_.piece(std::move(piece));
}

}  // namespace dali
