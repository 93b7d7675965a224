// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/served_connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace dali {
// A window in the queue, of which nobody wants to know any more when this goes.
class ServedConnection::Asked {
 public:
  Asked(DescriptionQueue& queue, ReceivedWindow window)
      : queue_(queue), description_(queue.add(std::move(window))) {}
  ~Asked() { cancel(); }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  void cancel() const { queue_.cancel(description_); }
  int ended() const { return description_->ended(); }
  const Message& answer() const { return description_->answer(); }

 private:
  DescriptionQueue& queue_;
  const std::shared_ptr<Description> description_;
};

void ServedConnection::converse() noexcept {
  try {
    greet_and_answer();
  } catch (const ProtocolError& error) {
    say_last("the client sends ", error.what());
  } catch (const std::bad_alloc&) {
    say_last("the model's server has not enough memory for the window");
  } catch (const std::exception& error) {
    say_last("the model's server fails: ", error.what());
  }
}

Patience ServedConnection::patience_for_message() const {
  return for_so_long(model_.patience_for_message, model_.stop.descriptor());
}

bool ServedConnection::send(const Message& message) {
  return send_all(socket_.get(), message, patience_for_message()) == Transfer::kDone;
}

// Where there is memory for it, and room in the socket.
void ServedConnection::say_last(const char* what, const char* detail) noexcept try {
  const Message message = error_message(std::string(what) + detail);
  static_cast<void>(send_all(socket_.get(), message, for_so_long(std::chrono::milliseconds(0))));
} catch (const std::exception&) {
}

bool ServedConnection::greet() {
  ReceivedMessage message;
  if (receive_message(socket_.get(), message,
                      for_so_long(model_.patience_for_hello, model_.stop.descriptor())) !=
      Transfer::kDone) {
    return false;
  }
  if (message.header.kind != MessageKind::kHello) throw ProtocolError("no greeting");
  if (read_hello(message.body()).version != kProtocolVersion) {
    say_last("the model's server is of another version of gst-dali");
    return false;
  }
  return send(message_of(Welcome{.model_name = model_.engine.model_name(),
                                 .description = model_.engine.description(),
                                 .precision = model_.engine.precision(),
                                 .windows_at_once = model_.engine.windows_at_once(),
                                 .source_classes = model_.engine.source_classes()}));
}

void ServedConnection::greet_and_answer() {
  if (!greet()) return;
  while (true) {
    const Transfer waited =
        wait_for_bytes(socket_.get(), {.interruption = model_.stop.descriptor()});
    if (waited != Transfer::kDone) return;
    const Patience patience = patience_for_message();
    ReceivedMessage message;
    if (receive_header(socket_.get(), message, patience) != Transfer::kDone) return;
    // One that crossed the answer is about nothing.
    if (message.header.kind == MessageKind::kCancel) continue;
    if (message.header.kind != MessageKind::kDescribe) throw ProtocolError("no question");
    // Other clients' windows lie in it until they are described.
    std::optional<MemoryBudget::Share> memory =
        model_.windows.take(message.header.length, *patience.until);
    if (!memory) return say_last("the model's server has too many windows waiting for its memory");
    if (receive_body(socket_.get(), message, patience) != Transfer::kDone) return;
    if (describe(std::move(message), std::move(*memory)) == Next::kEnd) return;
  }
}

ServedConnection::Next ServedConnection::describe(ReceivedMessage message,
                                                  MemoryBudget::Share memory) {
  ReceivedWindow window(std::move(message.bytes), message.header.length, std::move(memory));
  CaptionRequest& request = window.request();
  // What is no number of threads, the engine says so.
  request.threads =
      request.threads == 0 ? model_.threads : std::min(request.threads, model_.most_threads);
  const Asked asked(model_.queue, std::move(window));
  switch (wait_for_end(asked)) {
    case Ended::kAnswered:
      return send(asked.answer()) ? Next::kGoOn : Next::kEnd;
    case Ended::kServerEnds:
      say_last("the model's server is ending");
      return Next::kEnd;
    case Ended::kClientGone:
      break;
  }
  return Next::kEnd;
}

ServedConnection::Ended ServedConnection::wait_for_end(const Asked& asked) {
  while (true) {
    std::array<pollfd, 3> waited = {
        pollfd{.fd = asked.ended(), .events = POLLIN, .revents = 0},
        pollfd{.fd = model_.stop.descriptor(), .events = POLLIN, .revents = 0},
        pollfd{.fd = socket_.get(), .events = POLLIN, .revents = 0}};
    if (::poll(waited.data(), waited.size(), -1) < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category());
    }
    if (waited[1].revents != 0) return Ended::kServerEnds;
    if (waited[0].revents != 0) return Ended::kAnswered;
    ReceivedMessage message;
    if (receive_message(socket_.get(), message, patience_for_message()) != Transfer::kDone) {
      return Ended::kClientGone;
    }
    if (message.header.kind != MessageKind::kCancel)
      throw ProtocolError("a question before the answer");
    asked.cancel();
  }
}

}  // namespace dali
