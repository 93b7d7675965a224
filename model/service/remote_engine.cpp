// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/service/remote_engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "model/service/message_io.h"
#include "model/service/model_socket.h"
#include "model/service/socket_io.h"
#include "model/service/wakeup.h"

namespace dali {
namespace {

using namespace std::chrono_literals;

// A server greets as soon as one of its threads gets to run, or once it has loaded its model.
constexpr auto kPatienceForWelcome = 30s;
// What runs when a description is cancelled ends within a token; what has not begun to generate may
// take longer, and nobody waits for it.
constexpr auto kPatienceForCancelled = 2s;

// What was said in place of an answer.
[[noreturn]] void fail(const std::string& name, const ReceivedMessage& message) {
  if (message.header.kind == MessageKind::kError) {
    throw CaptionError(name + ": " + read_error(message.body()));
  }
  throw ProtocolError("an answer to nothing that was asked");
}

// Calls work() with what can go wrong on the way as a CaptionError that begins with the name.
template <typename Work>
auto with_caption_errors(const std::string& name, const Work& work) {
  try {
    return work();
  } catch (const ProtocolError& error) {
    throw CaptionError(name + ": is no server of a model that this program understands: it sends " +
                       error.what());
  } catch (const std::bad_alloc&) {
    throw CaptionError(name + ": not enough memory");
  } catch (const std::system_error& error) {
    throw CaptionError(name + ": " + error.what());
  }
}

}  // namespace

RemoteEngine::RemoteEngine(const std::filesystem::path& socket)
    : RemoteEngine(socket.string(), [socket] { return connected_socket(socket); }) {}

RemoteEngine::RemoteEngine(std::string name, Connect connect)
    : name_(std::move(name)), connect_(std::move(connect)) {
  FileDescriptor first = with_caption_errors(name_, [&] { return connection(-1); });
  idle_.push_back(std::move(first));
}

Welcome RemoteEngine::welcome() const {
  const std::lock_guard lock(mutex_);
  return welcome_;
}

std::string RemoteEngine::model_name() const {
  return welcome().model_name;
}

std::string RemoteEngine::description() const {
  return welcome().description + ", served at " + name_;
}

std::shared_ptr<const SourceClasses> RemoteEngine::source_classes() const {
  return welcome().source_classes;
}

std::string RemoteEngine::precision() const {
  return welcome().precision;
}

// One that is idle, or a new one that was greeted; closed where it was interrupted.
FileDescriptor RemoteEngine::connection(int interruption) const {
  {
    const std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      FileDescriptor taken = std::move(idle_.back());
      idle_.pop_back();
      // Nothing is to come on it, so what can be read is its end.
      if (wait_for_bytes(taken.get(), for_so_long(0ms)) == Transfer::kLate) return taken;
    }
  }
  FileDescriptor made = connect_();
  const Patience patience = for_so_long(kPatienceForWelcome, interruption);
  ReceivedMessage message;
  // A server that refuses says why before it closes, so that is listened to, sent or not.
  Transfer transfer = send_all(made.get(), message_of(Hello{}), patience);
  if (transfer == Transfer::kDone || transfer == Transfer::kClosed) {
    transfer = receive_message(made.get(), message, patience);
  }
  if (transfer == Transfer::kInterrupted) return {};
  if (transfer == Transfer::kLate)
    throw CaptionError(name_ + ": the model's server does not answer");
  if (transfer == Transfer::kClosed) throw CaptionError(name_ + ": the model's server has gone");
  if (message.header.kind != MessageKind::kWelcome) fail(name_, message);
  Welcome welcome = read_welcome(message.body());
  if (welcome.version != kProtocolVersion) {
    throw CaptionError(name_ + ": the model's server is of another version of gst-dali");
  }
  const std::lock_guard lock(mutex_);
  welcome_ = std::move(welcome);
  return made;
}

Caption RemoteEngine::describe(const Window& window, const CaptionRequest& request,
                               std::stop_token stop) const {
  return with_caption_errors(name_, [&] {
    const Message question = describe_message(window, request);
    return stop.stop_requested() ? Caption{} : ask(question, stop);
  });
}

int RemoteEngine::windows_at_once() const {
  return welcome().windows_at_once;
}

// A connection each, so that all of them wait at the server at the same time.
std::vector<Described> RemoteEngine::describe_together(
    std::span<const WindowToDescribe> windows) const {
  std::vector<Described> described(windows.size());
  std::atomic<std::size_t> next = 0;
  const auto ask_about_what_is_left = [&] {
    for (std::size_t number = next++; number < windows.size(); number = next++) {
      described[number] =
          std::move(CaptionEngine::describe_together({&windows[number], 1}).front());
    }
  };
  std::vector<std::jthread> others;  // that wait for their answers
  try {
    const std::size_t most = std::min<std::size_t>(windows.size(), kMostWindowsAtOnce);
    for (std::size_t count = 1; count < most; ++count) others.emplace_back(ask_about_what_is_left);
  } catch (const std::system_error&) {
    // The system has no thread left: those that there are ask one by one.
  }
  ask_about_what_is_left();
  others.clear();
  return described;
}

Caption RemoteEngine::ask(const Message& question, const std::stop_token& stop) const {
  const Wakeup stopped;
  const std::stop_callback wake(stop, [&] { stopped.signal(); });
  const Patience patience{.interruption = stopped.descriptor()};
  FileDescriptor socket = connection(stopped.descriptor());
  if (!socket.is_open()) return {};
  Transfer transfer = send_all(socket.get(), question, patience);
  // Half a question cannot be taken back: the end of the connection says that nobody asks.
  if (transfer == Transfer::kInterrupted) return {};
  transfer = wait_for_bytes(socket.get(), patience);
  std::optional<Patience> last_patience;
  if (transfer == Transfer::kInterrupted) {
    last_patience = for_so_long(kPatienceForCancelled);
    transfer = send_all(socket.get(), cancel_message(), *last_patience);
  }
  ReceivedMessage message;
  if (transfer == Transfer::kDone) {
    transfer = receive_message(socket.get(), message, last_patience.value_or(patience));
  }
  if (last_patience && transfer != Transfer::kDone) return {};
  if (transfer == Transfer::kInterrupted) return {};  // in the middle of the answer
  if (transfer == Transfer::kClosed) throw CaptionError(name_ + ": the model's server has gone");
  // The server may end the connection after an error: the next window gets another one.
  if (message.header.kind != MessageKind::kCaption) fail(name_, message);
  Caption caption = read_caption(message.body());
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(socket));
  return caption;
}

}  // namespace dali
