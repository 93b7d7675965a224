// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/live_media_stream.h"

#include "pipelines/serve/connections.h"
#include "pipelines/serve/responses.h"

namespace dali {
namespace {

// Beyond what every client is given at its beginning.
constexpr std::uint64_t kMostBehindBytes = LiveMedia::kMostKeptBytes + (std::uint64_t{4} << 20);
constexpr std::uint64_t kCaughtUpBytes = std::uint64_t{1} << 20;
// Of what it missed meanwhile: it has stopped.
constexpr std::uint64_t kMostMissedBytes = std::uint64_t{16} << 20;

}  // namespace

LiveMediaStream::LiveMediaStream(SoupServerMessage* message, LiveMedia& media) : message_(message) {
  respond(message, 200, media.content_type(), "");
  set_response_header(message, "Cache-Control", "no-store");
  SoupMessageBody* const body = soup_server_message_get_response_body(message);
  soup_message_body_truncate(body);  // it has only begun
  soup_message_body_set_accumulate(body, FALSE);
  soup_message_headers_set_encoding(soup_server_message_get_response_headers(message),
                                    SOUP_ENCODING_CHUNKED);
  for (const LiveMedia::Piece& piece : media.beginning()) append(*piece.bytes);
  subscription_ = media.watch([this](const LiveMedia::Piece* piece) {
    if (piece == nullptr) {
      end();
    } else {
      send(*piece);
    }
  });
}

void LiveMediaStream::send(const LiveMedia::Piece& piece) {
  const std::uint64_t behind_bytes = sent_bytes_ - written_bytes_;
  if (behind_bytes > kMostBehindBytes) is_behind_ = true;
  if (is_behind_ && piece.is_beginning && behind_bytes < kCaughtUpBytes) is_behind_ = false;
  if (!is_behind_) {
    missed_bytes_ = 0;
    append(*piece.bytes);
    return;
  }
  missed_bytes_ += piece.bytes->size();
  if (missed_bytes_ < kMostMissedBytes || has_ended_) return;
  has_ended_ = true;
  if (Connection* const connection = Connections::of(message_)) connection->cut();
  soup_server_message_unpause(message_);
}

void LiveMediaStream::append(const std::string& bytes) {
  if (has_ended_) return;
  soup_message_body_append(soup_server_message_get_response_body(message_), SOUP_MEMORY_COPY,
                           bytes.data(), bytes.size());
  sent_bytes_ += bytes.size();
  soup_server_message_unpause(message_);
}

void LiveMediaStream::end() {
  if (has_ended_) return;
  has_ended_ = true;
  soup_message_body_complete(soup_server_message_get_response_body(message_));
  soup_server_message_unpause(message_);
}

}  // namespace dali
