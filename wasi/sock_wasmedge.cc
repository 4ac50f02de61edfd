// The sockets extension of preview 1 as WasmEdge defined it and its Rust crates and C libraries use it. It shares names with WAMR's
// (sock_wamr.cc) but not signatures, so the linker gives each import the function of its type. An address is a buffer of the guest's:
// 4 bytes are IPv4, 16 IPv6, 128 a family and then the address; the port goes beside it. Functions ending in _v2 are the same ones
// under another name, as WasmEdge has them. sock_ops.cc does the work.
#include "wasi/import_table.h"
#include "wasi/sock.h"
#include "wasi/wait.h"

namespace umber::wasi {

namespace {

constexpr uint32_t kUnspecified = 0, kInet4 = 1, kInet6 = 2;    // __wasi_address_family_t
constexpr uint32_t kAny = 0, kDatagram = 1, kStream = 2;        // __wasi_sock_type_t
constexpr uint32_t kProtocolIp = 0, kTcp = 1, kUdp = 2;         // __wasi_protocol_t
constexpr uint32_t kStorageSize = 128;                          // an address of any family
// Errors beyond preview 1's.
constexpr Errno kNoSuchFamily = Errno{81}, kNoMemory = Errno{82}, kNoName = Errno{84};

/// __wasi_address_t.
struct GuestAddress {
  uint32_t buf;
  uint32_t buf_len;
};
static_assert(sizeof(GuestAddress) == 8);
/// __wasi_sockaddr_t. `data`: the port in network order and the address, as in C's sockaddr behind the family.
struct GuestSockaddr {
  uint8_t family;
  uint8_t padding[3];
  uint32_t data_len;
  uint32_t data;
};
static_assert(sizeof(GuestSockaddr) == 12);
/// __wasi_addrinfo_t. The guest makes a list of them with room for the results.
struct GuestAddrinfo {
  uint16_t flags;
  uint8_t family;
  uint8_t type;
  uint32_t protocol;
  uint32_t addrlen;
  uint32_t addr;  ///< a GuestSockaddr
  uint32_t canonname;
  uint32_t canonname_len;
  uint32_t next;
};
static_assert(sizeof(GuestAddrinfo) == 28);

using AddressArg = GuestPtr<const GuestAddress>;

uint32_t family_of(const SocketAddress& address) { return address.is_v6 ? kInet6 : kInet4; }
uint32_t bytes_of(const SocketAddress& address) { return address.is_v6 ? 16 : 4; }

Errno read_address(Caller& caller, AddressArg arg, uint32_t port, SocketAddress& out) {
  const GuestAddress given = arg.get();
  Buffer buffer;
  if (!guest_range(caller, given.buf, given.buf_len, buffer)) return Errno::Fault;
  size_t at = 0;
  uint32_t family = given.buf_len == 4 ? kInet4 : kInet6;
  if (given.buf_len == kStorageSize) {
    family = buffer.get(0) | static_cast<uint32_t>(buffer.get(1)) << 8;
    at = 2;
  } else if (given.buf_len != 4 && given.buf_len != 16) {
    return Errno::Inval;
  }
  if (family != kInet4 && family != kInet6) return Errno::AfNoSupport;
  out = {};
  out.is_v6 = family == kInet6;
  out.port = static_cast<uint16_t>(port);
  for (uint32_t i = 0; i < bytes_of(out); ++i) out.bytes[i] = buffer.get(at + i);
  return Errno::Success;
}

/// Inval for a buffer whose size is none of those, or too small for the address.
Errno write_address(Caller& caller, AddressArg arg, const SocketAddress& address) {
  const GuestAddress given = arg.get();
  Buffer buffer;
  if (!guest_range(caller, given.buf, given.buf_len, buffer)) return Errno::Fault;
  const size_t at = given.buf_len == kStorageSize ? 2 : 0;
  if ((given.buf_len != 4 && given.buf_len != 16 && given.buf_len != kStorageSize) || given.buf_len < at + bytes_of(address)) return Errno::Inval;
  if (at != 0) {
    buffer.set(0, static_cast<uint8_t>(family_of(address)));
    buffer.set(1, 0);
  }
  for (uint32_t i = 0; i < bytes_of(address); ++i) buffer.set(at + i, address.bytes[i]);
  return Errno::Success;
}

// ---- connections ---------------------------------------------------------------------------------------------------

Errno sock_open(Context* context, uint32_t family, uint32_t type, GuestPtr<Fd> opened) {
  if (family != kInet4 && family != kInet6) return Errno::AfNoSupport;
  if (type != kDatagram && type != kStream) return Errno::ProtoNoSupport;
  return open_socket(*context, family == kInet6, type == kStream, opened);
}

Errno sock_bind(Context* context, Caller& caller, Fd fd, AddressArg address, uint32_t port) {
  SocketAddress parsed;
  const Errno error = read_address(caller, address, port, parsed);
  return error == Errno::Success ? bind_socket(*context, fd, parsed) : error;
}

Interruptible sock_connect(Context* context, Caller& caller, Fd fd, AddressArg address, uint32_t port) {
  SocketAddress parsed;
  const Errno error = read_address(caller, address, port, parsed);
  return error == Errno::Success ? connect_socket(*context, caller, fd, parsed) : Interruptible(error);
}

Interruptible sock_accept(Context* context, Caller& caller, Fd fd, GuestPtr<Fd> accepted) {
  return calls::sock_accept(context, caller, fd, 0, accepted);
}

/// The first version says the family as 4 or 6.
template <Errno (File::*kAsk)(SocketAddress&)>
Errno sock_address(Context* context, Caller& caller, Fd fd, AddressArg address, GuestPtr<uint32_t> version, GuestPtr<uint32_t> port) {
  SocketAddress found;
  Errno error = get_address<kAsk>(*context, fd, found);
  if (error == Errno::Success) error = write_address(caller, address, found);
  if (error != Errno::Success) return error;
  version.set(found.is_v6 ? 6 : 4);
  port.set(found.port);
  return error;
}
template <Errno (File::*kAsk)(SocketAddress&)>
Errno sock_address_v2(Context* context, Caller& caller, Fd fd, AddressArg address, GuestPtr<uint32_t> port) {
  SocketAddress found;
  Errno error = get_address<kAsk>(*context, fd, found);
  if (error == Errno::Success) error = write_address(caller, address, found);
  if (error == Errno::Success) port.set(found.port);
  return error;
}

// ---- datagrams -----------------------------------------------------------------------------------------------------

Interruptible sock_send_to(Context* context, Caller& caller, Fd fd, Iovecs iovs, AddressArg address, uint32_t port, uint32_t flags,
                           GuestPtr<Size> count) {
  if (flags != 0) return Errno::Inval;
  SocketAddress to;
  const Errno error = read_address(caller, address, port, to);
  return error == Errno::Success ? send_datagram(*context, caller, fd, iovs, to, count) : Interruptible(error);
}

Interruptible receive(Context* context, Caller& caller, Fd fd, Iovecs iovs, AddressArg address, uint32_t ri_flags, GuestPtr<Size> count,
                      GuestPtr<uint16_t> ro_flags, const GuestPtr<uint16_t>* port) {
  RiFlags flags;
  if (!RiFlags::parse(ri_flags, flags)) return Errno::Inval;
  SocketAddress from;
  Size total = 0;
  Errno error = receive_datagram(*context, caller, fd, iovs, flags, total, from);
  if (error == Errno::Success) error = write_address(caller, address, from);
  if (error != Errno::Success) return finish(caller, error);
  if (port != nullptr) port->set(from.port);
  count.set(total);
  ro_flags.set(0);
  return error;
}

Interruptible sock_recv_from(Context* context, Caller& caller, Fd fd, Iovecs iovs, AddressArg address, uint32_t ri_flags, GuestPtr<Size> count,
                             GuestPtr<uint16_t> ro_flags) {
  return receive(context, caller, fd, iovs, address, ri_flags, count, ro_flags, nullptr);
}
Interruptible sock_recv_from_v2(Context* context, Caller& caller, Fd fd, Iovecs iovs, AddressArg address, uint32_t ri_flags,
                                GuestPtr<uint16_t> port, GuestPtr<Size> count, GuestPtr<uint16_t> ro_flags) {
  return receive(context, caller, fd, iovs, address, ri_flags, count, ro_flags, &port);
}

// ---- options -------------------------------------------------------------------------------------------------------

/// __wasi_sock_opt_so_t; the level is always that of the socket.
enum class Option : uint32_t { ReuseAddress = 0, Type = 1, Error = 2, Broadcast = 4, SendBuffer = 5, ReceiveBuffer = 6, KeepAlive = 7, Linger = 9,
                               ReceiveTimeout = 11, SendTimeout = 12, Listening = 13 };

/// C's struct timeval and linger on wasm32.
struct GuestTime {
  int64_t seconds;
  int64_t microseconds;
};
struct GuestLinger {
  int32_t enabled;
  int32_t seconds;
};

bool as_plain_option(uint32_t name, SocketOption& out) {
  switch (static_cast<Option>(name)) {
    case Option::ReuseAddress: out = SocketOption::ReuseAddress; return true;
    case Option::Broadcast: out = SocketOption::Broadcast; return true;
    case Option::SendBuffer: out = SocketOption::SendBuffer; return true;
    case Option::ReceiveBuffer: out = SocketOption::ReceiveBuffer; return true;
    case Option::KeepAlive: out = SocketOption::KeepAlive; return true;
    case Option::Error: out = SocketOption::PendingError; return true;
    case Option::Listening: out = SocketOption::Listening; return true;
    default: return false;
  }
}

uint64_t Patience::*patience_of(uint32_t name) {
  if (name == static_cast<uint32_t>(Option::ReceiveTimeout)) return &Patience::read_ns;
  if (name == static_cast<uint32_t>(Option::SendTimeout)) return &Patience::write_ns;
  return nullptr;
}

/// A value of the guest's in `size` bytes at `address`.
template <class T>
Errno read_value(Caller& caller, uint32_t address, Size size, T& out) {
  GuestPtr<const T> value;
  if (size < sizeof(T)) return Errno::Inval;
  if (!GuestPtr<const T>::check(caller.memory(), address, value)) return Errno::Fault;
  out = value.get();
  return Errno::Success;
}
template <class T>
Errno write_value(Caller& caller, uint32_t address, GuestPtr<Size> size, T in) {
  GuestPtr<T> value;
  if (size.get() < sizeof(T)) return Errno::Inval;
  if (!GuestPtr<T>::check(caller.memory(), address, value)) return Errno::Fault;
  value.set(in);
  size.set(sizeof(T));
  return Errno::Success;
}

Errno sock_setsockopt(Context* context, Caller& caller, Fd fd, uint32_t level, uint32_t name, uint32_t address, Size size) {
  if (level != 0) return Errno::NoProtoOpt;
  SocketOption plain{};
  if (as_plain_option(name, plain)) {
    int32_t value = 0;
    const Errno error = read_value(caller, address, size, value);
    return error == Errno::Success ? set_option(*context, fd, plain, value) : error;
  }
  if (name == static_cast<uint32_t>(Option::Linger)) {
    GuestLinger value{};
    const Errno error = read_value(caller, address, size, value);
    if (error != Errno::Success) return error;
    if (value.enabled != 0 && value.seconds < 0) return Errno::Inval;
    return set_option(*context, fd, SocketOption::Linger, value.enabled != 0 ? value.seconds : -1);
  }
  if (uint64_t Patience::*const patience = patience_of(name); patience != nullptr) {
    GuestTime value{};
    const Errno error = read_value(caller, address, size, value);
    if (error != Errno::Success) return error;
    if (value.seconds < 0 || value.seconds > INT32_MAX || value.microseconds < 0 || value.microseconds >= 1'000'000) return Errno::Inval;
    return set_patience(*context, fd, patience, static_cast<uint64_t>(value.seconds * 1'000'000 + value.microseconds));
  }
  return Errno::NoProtoOpt;
}

Errno get_type(Context& context, Fd fd, int32_t& out) {
  HeldDescriptor socket(context.process.fds);
  const Errno error = get_socket(context, fd, {}, socket);
  if (error == Errno::Success) out = static_cast<int32_t>(socket.file().type() == FileType::SocketStream ? kStream : kDatagram);
  return error;
}

Errno sock_getsockopt(Context* context, Caller& caller, Fd fd, uint32_t level, uint32_t name, uint32_t address, GuestPtr<Size> size) {
  if (level != 0) return Errno::NoProtoOpt;
  SocketOption plain{};
  int32_t value = 0;
  if (as_plain_option(name, plain) || name == static_cast<uint32_t>(Option::Type)) {
    const Errno error = name == static_cast<uint32_t>(Option::Type) ? get_type(*context, fd, value) : get_option(*context, fd, plain, value);
    return error == Errno::Success ? write_value(caller, address, size, value) : error;
  }
  if (name == static_cast<uint32_t>(Option::Linger)) {
    const Errno error = get_option(*context, fd, SocketOption::Linger, value);
    return error == Errno::Success ? write_value(caller, address, size, GuestLinger{value >= 0, value >= 0 ? value : 0}) : error;
  }
  if (uint64_t Patience::*const patience = patience_of(name); patience != nullptr) {
    uint64_t microseconds = 0;
    const Errno error = get_patience(*context, fd, patience, microseconds);
    const GuestTime time = {static_cast<int64_t>(microseconds / 1'000'000), static_cast<int64_t>(microseconds % 1'000'000)};
    return error == Errno::Success ? write_value(caller, address, size, time) : error;
  }
  return Errno::NoProtoOpt;
}

// ---- names ---------------------------------------------------------------------------------------------------------

/// Copied, without the zero byte that some callers count.
Errno read_text(GuestSpan<const char> text, HostText& out) {
  size_t size = text.size();
  if (size > 0 && text.get(size - 1) == 0) --size;
  if (size > kMaxName) return Errno::NameTooLong;
  for (size_t i = 0; i < size; ++i) out.add(text.get(i));
  return Errno::Success;
}

/// Fills one element of the guest's list and says which is the next.
Errno write_info(Caller& caller, uint32_t& at, const SocketAddress& address, uint32_t type) {
  GuestPtr<GuestAddrinfo> info;
  GuestPtr<GuestSockaddr> sockaddr;
  if (!GuestPtr<GuestAddrinfo>::check(caller.memory(), at, info)) return Errno::Fault;
  GuestAddrinfo value = info.get();
  if (!GuestPtr<GuestSockaddr>::check(caller.memory(), value.addr, sockaddr)) return Errno::Fault;
  // sockaddr_in: port, address, 8 zeros; sockaddr_in6: port, flow, address, scope.
  uint8_t data[26] = {static_cast<uint8_t>(address.port >> 8), static_cast<uint8_t>(address.port)};
  const uint32_t data_len = address.is_v6 ? 26 : 14;
  std::memcpy(data + (address.is_v6 ? 6 : 2), address.bytes, bytes_of(address));
  Buffer buffer;
  GuestSockaddr where = sockaddr.get();
  if (!guest_range(caller, where.data, data_len, buffer)) return Errno::Fault;
  for (uint32_t i = 0; i < data_len; ++i) buffer.set(i, data[i]);
  where.family = static_cast<uint8_t>(family_of(address));
  where.data_len = data_len;
  sockaddr.set(where);
  value.flags = 0;
  value.family = where.family;
  value.type = static_cast<uint8_t>(type);
  value.protocol = type == kStream ? kTcp : kUdp;
  value.addrlen = data_len + 2;
  value.canonname_len = 0;
  info.set(value);
  at = value.next;
  return Errno::Success;
}

/// What an empty name stands for.
StringRef default_host(const GuestAddrinfo& hints) {
  constexpr uint16_t kPassive = 1;
  if ((hints.flags & kPassive) != 0) return hints.family == kInet6 ? "::" : "0.0.0.0";
  return hints.family == kInet6 ? "::1" : "127.0.0.1";
}

Interruptible sock_getaddrinfo(Context* context, Caller& caller, GuestSpan<const char> node, GuestSpan<const char> service,
                               GuestPtr<const GuestAddrinfo> hints_at, GuestPtr<const uint32_t> list, Size max_count, GuestPtr<Size> total) {
  HostText host, service_text;
  Errno error = read_text(node, host);
  if (error == Errno::Success) error = read_text(service, service_text);
  if (error != Errno::Success) return error;
  const GuestAddrinfo hints = hints_at.get();
  if (hints.family > kInet6) return kNoSuchFamily;
  if (hints.type > kStream || (hints.protocol & 0xff) > kUdp) return Errno::NoSys;
  if (max_count == 0) return kNoMemory;
  if (host.str().empty() && service_text.str().empty()) return kNoName;

  Addresses addresses;
  error = look_up(*context, caller, host.str().empty() ? default_host(hints) : host.str(), service_text.str(), addresses);
  if (error != Errno::Success) return finish(caller, error == Errno::NoEnt ? kNoName : error);
  Size count = 0;
  uint32_t at = list.get();
  for (size_t i = 0; i < addresses.count; ++i) {
    if (hints.family != kUnspecified && hints.family != family_of(addresses.found[i])) continue;
    for (const uint32_t type : {kStream, kDatagram}) {
      const uint32_t protocol = type == kStream ? kTcp : kUdp;
      if ((hints.type != kAny && hints.type != type) || ((hints.protocol & 0xff) != kProtocolIp && (hints.protocol & 0xff) != protocol)) continue;
      if (count == max_count) break;
      error = write_info(caller, at, addresses.found[i], type);
      if (error != Errno::Success) return error;
      ++count;
    }
  }
  total.set(count);
  return count > 0 ? Errno::Success : kNoName;
}

/// Under WasmEdge's old names (some of them WAMR's or preview 1's with other types), then those of its second version.
constexpr Import kSockets[] = {
    {"sock_open", make<&sock_open>},
    {"sock_bind", make<&sock_bind>},
    {"sock_connect", make<&sock_connect>},
    {"sock_accept", make<&sock_accept>},
    {"sock_recv_from", make<&sock_recv_from>},
    {"sock_recv_from", make<&sock_recv_from_v2>},
    {"sock_send_to", make<&sock_send_to>},
    {"sock_getlocaladdr", make<&sock_address<&File::local_address>>},
    {"sock_getlocaladdr", make<&sock_address_v2<&File::local_address>>},
    {"sock_getpeeraddr", make<&sock_address<&File::remote_address>>},
    {"sock_getpeeraddr", make<&sock_address_v2<&File::remote_address>>},
    {"sock_getsockopt", make<&sock_getsockopt>},
    {"sock_setsockopt", make<&sock_setsockopt>},
    {"sock_getaddrinfo", make<&sock_getaddrinfo>},
    {"sock_open_v2", make<&sock_open>},
    {"sock_bind_v2", make<&sock_bind>},
    {"sock_connect_v2", make<&sock_connect>},
    {"sock_listen_v2", make<&listen_socket>},
    {"sock_accept_v2", make<&calls::sock_accept>},
    {"sock_recv_v2", make<&calls::sock_recv>},
    {"sock_recv_from_v2", make<&sock_recv_from_v2>},
    {"sock_send_v2", make<&calls::sock_send>},
    {"sock_send_to_v2", make<&sock_send_to>},
    {"sock_getlocaladdr_v2", make<&sock_address_v2<&File::local_address>>},
    {"sock_getpeeraddr_v2", make<&sock_address_v2<&File::remote_address>>},
};

}  // namespace

Status add_wasmedge_sockets(Linker& linker, Context& context) {
  for (const Import& import : kSockets) UMBER_TRY(linker.define_overload("wasi_snapshot_preview1", import.name, import.make(&context)));
  return {};
}

}  // namespace umber::wasi
