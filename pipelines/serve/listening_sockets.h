// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gio/gio.h>

#include <cstdint>
#include <string>
#include <vector>

#include "pipelines/serve/glib_handles.h"

namespace dali {

// A socket that listens at an address of the internet protocols; port 0: any that is free. Throws
// std::runtime_error that names both when it cannot.
ObjectHandle<GSocket> listening_socket(const std::string& address, std::uint16_t port);

// Those that the service manager listens at for this process (LISTEN_FDS, systemd's protocol); none
// without it. Throws std::runtime_error when one of them is no such socket.
std::vector<ObjectHandle<GSocket>> inherited_sockets();

// Whether only this machine reaches it.
bool is_of_this_machine(GSocket* socket);

// "http://127.0.0.1:8088", or what a socket of another kind is bound to.
std::string address_text(GSocket* socket);

}  // namespace dali
