// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <libsoup/soup.h>

#include "pipelines/serve/glib_handles.h"
#include "pipelines/serve/server_parts.h"

namespace dali {

// libsoup's server: an Exchange for each request that comes by a connection. On the thread of the
// main loop.
class HttpFront {
 public:
  explicit HttpFront(ServerParts& parts);  // borrows
  ~HttpFront();
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  SoupServer* server() const { return server_.get(); }

 private:
  ServerParts& parts_;
  ObjectHandle<SoupServer> server_;
};

}  // namespace dali
