// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "pipelines/serve/glib_handles.h"

namespace dali {

// A client's connection, which serves one request: libsoup reads and writes it, and has no limit of
// time for either. It goes when its stream does.
class Connection {
 public:
  enum class Phase {
    kHeaders,    // of the request, to come within a time, whole
    kBody,       // of the request, to come at a rate
    kAnswering,  // nothing to be sent yet: the client may take its time, and may leave
    kWriting     // the answer, some of which has to be taken within a time
  };

  void enter(Phase phase);
  void note_body_bytes(std::uint64_t bytes) { body_bytes_ += bytes; }
  void note_progress();  // some of the answer was taken

  // Both ways, at once: libsoup then finds that it has ended.
  void cut();

  // The client has closed its side while it is answered: an answer has no reader. Told once, and
  // not in another phase.
  std::function<void()> when_left;

  Phase phase() const { return phase_; }

 private:
  friend class Connections;
  GSocket* socket_ = nullptr;  // the stream's, which owns this
  Phase phase_ = Phase::kHeaders;
  std::int64_t since_us_ = 0;  // of the phase, or of the last progress in it
  std::uint64_t body_bytes_ = 0;
  LoopSource leaving_;
};

// Takes connections from sockets and gives them to libsoup, so many and no more, and cuts those
// that keep it waiting. On the thread of the main loop.
class Connections {
 public:
  struct Limits {
    int connections = 2048;
    int header_seconds = 20;
    int body_grace_seconds = 20;               // before its rate is looked at
    std::uint64_t body_bytes_a_second = 1024;  // since its beginning, at least
    int write_seconds = 60;                    // without progress
  };

  // `server` is borrowed.
  Connections(SoupServer* server, const Limits& limits);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  // Takes connections from a socket that listens.
  void accept_from(ObjectHandle<GSocket> socket);
  void stop_accepting();

  std::size_t count() const { return connections_.size(); }
  std::uint64_t cut_for_slowness() const { return cut_for_slowness_; }
  std::uint64_t turned_away() const { return turned_away_; }

  // The one that a request came by; null: it has gone, or is not from here.
  static Connection* of(SoupServerMessage* message);

 private:
  struct Listener {
    ObjectHandle<GSocket> socket;
    LoopSource source;
  };

  void listen(Listener& listener);
  void accept_all(Listener& listener);
  void take(ObjectHandle<GSocket> socket);
  void cut_slow_ones();
  bool is_too_slow(const Connection& connection, std::int64_t now_us) const;

  SoupServer* server_;
  const Limits limits_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::list<std::unique_ptr<Connection>> connections_;
  LoopSource looking_;
  LoopSource waiting_for_descriptors_;
  std::uint64_t cut_for_slowness_ = 0;
  std::uint64_t turned_away_ = 0;
};

}  // namespace dali
