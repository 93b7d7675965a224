// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <libsoup/soup.h>

#include <cstdint>
#include <string>

#include "pipelines/serve/live_media.h"

namespace dali {

// An answer that is a live source's picture and sound, as long as its run lasts. A client that does
// not keep up misses what it cannot take, from one key frame to another. On the thread of the main
// loop.
class LiveMediaStream {
 public:
  // Begins the answer of a message that waits for one. Borrows both; the media have begun.
  LiveMediaStream(SoupServerMessage* message, LiveMedia& media);
  LiveMediaStream(const LiveMediaStream&) = delete;
  LiveMediaStream& operator=(const LiveMediaStream&) = delete;

  // No more comes.
  void end();

  // So much of it was taken by the client.
  void note_written(std::uint64_t bytes) { written_bytes_ += bytes; }

 private:
  void send(const LiveMedia::Piece& piece);
  void append(const std::string& bytes);

  SoupServerMessage* const message_;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;
  std::uint64_t missed_bytes_ = 0;
  bool is_behind_ = false;
  bool has_ended_ = false;
  LiveMedia::Subscription subscription_;
};

}  // namespace dali
