// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipelines/serve/listening_sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gio/gunixsocketaddress.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace dali {
namespace {

constexpr int kFirstInherited = 3;
constexpr int kWaitingConnections = 512;

std::runtime_error cannot_listen(const std::string& where, const GError* error) {
  return std::runtime_error(fmt::format("cannot listen at {}: {}", where, error->message));
}

int number_in(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? 0 : std::atoi(text);
}

ObjectHandle<GSocketAddress> local_address(GSocket* socket) {
  return ObjectHandle<GSocketAddress>(g_socket_get_local_address(socket, nullptr));
}

}  // namespace

ObjectHandle<GSocket> listening_socket(const std::string& address, std::uint16_t port) {
  const std::string where = fmt::format("{} port {}", address, port);
  const ObjectHandle<GSocketAddress> place(
      g_inet_socket_address_new_from_string(address.c_str(), port));
  if (!place) throw std::runtime_error(address + " is no address such as 127.0.0.1 or ::1");
  g_autoptr(GError) error = nullptr;
  ObjectHandle<GSocket> socket(g_socket_new(g_socket_address_get_family(place.get()),
                                            G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error));
  if (!socket) throw cannot_listen(where, error);
  g_socket_set_listen_backlog(socket.get(), kWaitingConnections);
  if (g_socket_bind(socket.get(), place.get(), /*allow_reuse=*/TRUE, &error) == FALSE ||
      g_socket_listen(socket.get(), &error) == FALSE) {
    throw cannot_listen(where, error);
  }
  return socket;
}

std::vector<ObjectHandle<GSocket>> inherited_sockets() {
  std::vector<ObjectHandle<GSocket>> sockets;
  if (number_in("LISTEN_PID") != ::getpid()) return sockets;
  for (int i = 0; i < number_in("LISTEN_FDS"); ++i) {
    const int descriptor = kFirstInherited + i;
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    int listens = 0;
    socklen_t size = sizeof listens;
    g_autoptr(GError) error = nullptr;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) {
      throw std::runtime_error(
          fmt::format("LISTEN_FDS: descriptor {} is no socket that listens", descriptor));
    }
    ObjectHandle<GSocket> socket(g_socket_new_from_fd(descriptor, &error));
    if (!socket) throw cannot_listen(fmt::format("descriptor {}", descriptor), error);
    sockets.push_back(std::move(socket));
  }
  return sockets;
}

bool is_of_this_machine(GSocket* socket) {
  const auto address = local_address(socket);
  if (!address || !G_IS_INET_SOCKET_ADDRESS(address.get())) return true;
  return g_inet_address_get_is_loopback(
             g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address.get()))) != FALSE;
}

std::string address_text(GSocket* socket) {
  const auto address = local_address(socket);
  if (!address) return "a socket";
  if (!G_IS_INET_SOCKET_ADDRESS(address.get())) {
    return G_IS_UNIX_SOCKET_ADDRESS(address.get())
               ? std::string("unix:") +
                     g_unix_socket_address_get_path(G_UNIX_SOCKET_ADDRESS(address.get()))
               : "a socket";
  }
  auto* const inet = G_INET_SOCKET_ADDRESS(address.get());
  g_autofree gchar* host = g_inet_address_to_string(g_inet_socket_address_get_address(inet));
  const bool is_ipv6 = g_socket_address_get_family(address.get()) == G_SOCKET_FAMILY_IPV6;
  const std::string shown = is_ipv6 ? fmt::format("[{}]", host) : std::string(host);
  return fmt::format("http://{}:{}", shown, g_inet_socket_address_get_port(inet));
}

}  // namespace dali
