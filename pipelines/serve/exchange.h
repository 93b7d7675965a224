// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <libsoup/soup.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pipelines/serve/live_media_stream.h"
#include "pipelines/serve/live_stream.h"
#include "pipelines/serve/routes.h"
#include "pipelines/serve/server_parts.h"
#include "pipelines/serve/upload.h"

namespace dali {

// One request and its answer, from its header on. Owned by libsoup's message, as whose handlers its
// functions are called. On the thread of the main loop.
class Exchange {
 public:
  // Borrows both.
  Exchange(ServerParts& parts, SoupServerMessage* message);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // In the order of libsoup's signals.
  void got_headers();
  void got_chunk(std::string_view bytes);
  void got_body();
  void note_written(std::uint64_t bytes);
  void finished();
  // In place of finished(), where the connection goes on as one of these.
  void became(SoupWebsocketConnection* connection);

 private:
  void begin_medium();
  void submit();
  void answer(const Job& job);
  void answer_job_accepted();
  void answer_now();
  void answer_live();
  void answer_live_media();
  std::string last_event_id() const;

  // Does a step; what it throws is the answer.
  template <typename Step>
  void or_refuse(const Step& step);
  // The answer is an error. What the client still sends is not waited for.
  void refuse(const RequestError& error);
  bool has_body_to_come() const;
  void close_early();
  void give_up_job(const RequestError& error);
  void write_log(int status) const;

  ServerParts& parts_;
  SoupServerMessage* const message_;
  const std::int64_t begun_us_;
  Route route_;
  std::string path_;
  RequestFields query_;
  std::uint64_t received_bytes_ = 0;
  std::unique_ptr<Upload> upload_;  // while the body comes
  std::shared_ptr<Job> job_;
  std::string job_id_;                             // for the log
  std::string error_;                              // likewise
  std::unique_ptr<LiveStream> stream_;             // of a live source's events
  std::unique_ptr<LiveMediaStream> media_stream_;  // or of its picture and sound
  LoopSource closing_;
  bool is_refused_ = false;
  bool is_async_ = false;
};

}  // namespace dali
