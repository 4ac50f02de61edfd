// Between the system's socket addresses and WASI's.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "base/allocator.h"
#include "wasi/platform.h"

namespace umber::posix {

struct SystemAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

[[nodiscard]] inline SystemAddress to_system(const wasi::SocketAddress& address) {
  SystemAddress out;
  if (address.is_v6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, address.bytes, 16);
    std::memcpy(&out.storage, &v6, out.size = sizeof v6);
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, address.bytes, 4);
    std::memcpy(&out.storage, &v4, out.size = sizeof v4);
  }
  return out;
}

/// False for other kinds of addresses.
[[nodiscard]] inline bool from_system(const sockaddr& in, socklen_t size, wasi::SocketAddress& out) {
  out = {};
  if (in.sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    sockaddr_in v4;
    std::memcpy(&v4, &in, sizeof v4);
    out.port = ntohs(v4.sin_port);
    std::memcpy(out.bytes, &v4.sin_addr, 4);
    return true;
  }
  if (in.sa_family != AF_INET6 || size < sizeof(sockaddr_in6)) return false;
  sockaddr_in6 v6;
  std::memcpy(&v6, &in, sizeof v6);
  out.is_v6 = true;
  out.port = ntohs(v6.sin6_port);
  std::memcpy(out.bytes, &v6.sin6_addr, 16);
  return true;
}

/// lookup.cc; see wasi::Platform::look_up.
wasi::Errno start_lookup(Allocator& allocator, StringRef host, StringRef service, wasi::File*& out);

}  // namespace umber::posix
