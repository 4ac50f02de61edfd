// The sockets extension of preview 1 as WAMR defined it and its lib-socket uses it: sock_open and what follows, in
// wasi_snapshot_preview1. Names, layouts and numbers are those of that library's wasi_socket_ext.h; sock_ops.cc does the work.
#include "wasi/import_table.h"
#include "wasi/sock.h"
#include "wasi/wait.h"

namespace umber::wasi {

namespace {

/// __wasi_addr_t. IPv4: four bytes, then the port; IPv6: eight groups, then the port, all in the guest's byte order.
struct GuestAddress {
  uint32_t kind;  ///< 0 IPv4, 1 IPv6
  uint8_t bytes[20];
};
static_assert(sizeof(GuestAddress) == 24);
/// __wasi_addr_info_t.
struct GuestAddressInfo {
  GuestAddress address;
  int32_t type;  ///< 0 datagram, 1 stream
};
static_assert(sizeof(GuestAddressInfo) == 28);
/// __wasi_addr_info_hints_t.
struct GuestHints {
  int32_t type;     ///< as above, -1 any
  uint32_t family;  ///< 0 IPv4, 1 IPv6, 2 any
  uint8_t enabled;
  uint8_t padding[3];
};
static_assert(sizeof(GuestHints) == 12);

constexpr uint32_t kV4 = 0, kV6 = 1, kAnyFamily = 2;
constexpr int32_t kDatagram = 0, kStream = 1, kAnyType = -1;

bool from_guest(const GuestAddress& in, SocketAddress& out) {
  if (in.kind > kV6) return false;
  out.is_v6 = in.kind == kV6;
  if (!out.is_v6) {
    std::memcpy(out.bytes, in.bytes, 4);
    out.port = load_le<uint16_t>(in.bytes + 4);
    return true;
  }
  for (int i = 0; i < 16; ++i) out.bytes[i] = in.bytes[i ^ 1];
  out.port = load_le<uint16_t>(in.bytes + 16);
  return true;
}

GuestAddress to_guest(const SocketAddress& in) {
  GuestAddress out{};
  out.kind = in.is_v6 ? kV6 : kV4;
  if (in.is_v6)
    for (int i = 0; i < 16; ++i) out.bytes[i] = in.bytes[i ^ 1];
  else
    std::memcpy(out.bytes, in.bytes, 4);
  store_le(out.bytes + (in.is_v6 ? 16 : 4), in.port);
  return out;
}

using AddressIn = GuestPtr<const GuestAddress>;
using AddressOut = GuestPtr<GuestAddress>;

Errno sock_open(Context* context, Fd, uint32_t family, uint32_t type, GuestPtr<Fd> opened) {
  if (family > kV6) return Errno::AfNoSupport;
  if (type > static_cast<uint32_t>(kStream)) return Errno::ProtoNoSupport;
  return open_socket(*context, family == kV6, type == static_cast<uint32_t>(kStream), opened);
}

Errno sock_bind(Context* context, Fd fd, AddressIn address) {
  SocketAddress parsed;
  return from_guest(address.get(), parsed) ? bind_socket(*context, fd, parsed) : Errno::AfNoSupport;
}

Interruptible sock_connect(Context* context, Caller& caller, Fd fd, AddressIn address) {
  SocketAddress parsed;
  return from_guest(address.get(), parsed) ? connect_socket(*context, caller, fd, parsed) : Interruptible(Errno::AfNoSupport);
}

template <Errno (File::*kAsk)(SocketAddress&)>
Errno sock_address(Context* context, Fd fd, AddressOut address) {
  SocketAddress found;
  const Errno error = get_address<kAsk>(*context, fd, found);
  if (error == Errno::Success) address.set(to_guest(found));
  return error;
}

// ---- names ---------------------------------------------------------------------------------------------------------

/// A zero-terminated text of the guest, copied: it may change under our eyes.
Errno read_text(Caller& caller, uint32_t address, HostText& out) {
  for (size_t i = 0; i <= kMaxName; ++i) {
    GuestSpan<const char> one;
    if (!guest_range(caller, address + static_cast<uint32_t>(i), 1, one)) return Errno::Fault;
    const char c = one.get(0);
    if (c == 0) return Errno::Success;
    if (i < kMaxName) out.add(c);
  }
  return Errno::NameTooLong;
}

Interruptible sock_addr_resolve(Context* context, Caller& caller, uint32_t host, uint32_t service, GuestPtr<const GuestHints> hints,
                                uint32_t infos, Size size, GuestPtr<Size> total) {
  GuestSpan<GuestAddressInfo> out;
  if (!guest_range(caller, infos, size, out)) return Errno::Fault;
  HostText host_text, service_text;
  Errno error = read_text(caller, host, host_text);
  if (error == Errno::Success) error = read_text(caller, service, service_text);
  if (error != Errno::Success) return error;
  const GuestHints given = hints.get();
  const int32_t type = given.enabled != 0 ? given.type : kAnyType;
  const uint32_t family = given.enabled != 0 ? given.family : kAnyFamily;

  Addresses addresses;
  error = look_up(*context, caller, host_text.str(), service_text.str(), addresses);
  if (error != Errno::Success) return finish(caller, error);
  Size count = 0;
  for (size_t i = 0; i < addresses.count; ++i) {
    const GuestAddress address = to_guest(addresses.found[i]);
    if (family != kAnyFamily && family != address.kind) continue;
    for (int32_t kind : {kDatagram, kStream}) {
      if (type != kAnyType && type != kind) continue;
      if (count < out.size()) out.set(count, {address, kind});
      ++count;
    }
  }
  total.set(count);
  return Errno::Success;
}

// ---- datagrams -----------------------------------------------------------------------------------------------------

Interruptible sock_send_to(Context* context, Caller& caller, Fd fd, Iovecs iovs, uint32_t flags, AddressIn address, GuestPtr<Size> count) {
  if (flags != 0) return Errno::Inval;
  SocketAddress to;
  return from_guest(address.get(), to) ? send_datagram(*context, caller, fd, iovs, to, count) : Interruptible(Errno::AfNoSupport);
}

Interruptible sock_recv_from(Context* context, Caller& caller, Fd fd, Iovecs iovs, uint32_t ri_flags, AddressOut address,
                             GuestPtr<Size> count) {
  RiFlags flags;
  if (!RiFlags::parse(ri_flags, flags)) return Errno::Inval;
  SocketAddress from;
  Size total = 0;
  const Errno error = receive_datagram(*context, caller, fd, iovs, flags, total, from);
  if (error == Errno::Success) {
    address.set(to_guest(from));
    count.set(total);
  }
  return finish(caller, error);
}

// ---- options -------------------------------------------------------------------------------------------------------

/// `Value`: what the guest's pointer points at; a bool has one byte.
template <SocketOption kOption, class Value>
Errno set_value(Context* context, Fd fd, uint32_t value) {
  if (std::is_same_v<Value, bool>) value = value != 0 ? 1 : 0;
  return value > INT32_MAX ? Errno::Inval : set_option(*context, fd, kOption, static_cast<int32_t>(value));
}
template <SocketOption kOption, class Value>
Errno get_value(Context* context, Fd fd, GuestPtr<Value> out) {
  int32_t value = 0;
  const Errno error = get_option(*context, fd, kOption, value);
  if (error == Errno::Success) out.set(static_cast<Value>(value));
  return error;
}

Errno set_linger(Context* context, Fd fd, uint32_t enabled, int32_t seconds) {
  if (enabled != 0 && seconds < 0) return Errno::Inval;
  return set_option(*context, fd, SocketOption::Linger, enabled != 0 ? seconds : -1);
}
Errno get_linger(Context* context, Fd fd, GuestPtr<bool> enabled, GuestPtr<int32_t> seconds) {
  int32_t value = 0;
  const Errno error = get_option(*context, fd, SocketOption::Linger, value);
  if (error != Errno::Success) return error;
  enabled.set(value >= 0);
  seconds.set(value >= 0 ? value : 0);
  return error;
}
Errno set_multicast_loop(Context* context, Fd fd, uint32_t is_v6, uint32_t value) {
  return set_option(*context, fd, is_v6 != 0 ? SocketOption::Ipv6MulticastLoop : SocketOption::MulticastLoop, value != 0 ? 1 : 0);
}
Errno get_multicast_loop(Context* context, Fd fd, uint32_t is_v6, GuestPtr<bool> out) {
  int32_t value = 0;
  const Errno error = get_option(*context, fd, is_v6 != 0 ? SocketOption::Ipv6MulticastLoop : SocketOption::MulticastLoop, value);
  if (error == Errno::Success) out.set(value != 0);
  return error;
}
/// Groups reach hosts that no rule can name.
Errno no_membership(Context* context, Fd fd, AddressIn, uint32_t) {
  HeldDescriptor socket(context->process.fds);
  const Errno error = get_socket(*context, fd, {}, socket);
  return error == Errno::Success ? Errno::NoProtoOpt : error;
}
/// In microseconds; 0 for no limit.
template <uint64_t Patience::*kPatience>
Errno set_timeout(Context* context, Fd fd, uint64_t microseconds) {
  return set_patience(*context, fd, kPatience, microseconds);
}
template <uint64_t Patience::*kPatience>
Errno get_timeout(Context* context, Fd fd, GuestPtr<uint64_t> out) {
  uint64_t microseconds = 0;
  const Errno error = get_patience(*context, fd, kPatience, microseconds);
  if (error == Errno::Success) out.set(microseconds);
  return error;
}

#define UMBER_SOCKET_OPTION(name, option, type)                               \
  {"sock_set_" name, make<&set_value<SocketOption::option, type>>}, {         \
    "sock_get_" name, make<&get_value<SocketOption::option, type>>            \
  }
constexpr Import kSockets[] = {
    {"sock_open", make<&sock_open>},
    {"sock_bind", make<&sock_bind>},
    {"sock_listen", make<&listen_socket>},
    {"sock_connect", make<&sock_connect>},
    {"sock_addr_local", make<&sock_address<&File::local_address>>},
    {"sock_addr_remote", make<&sock_address<&File::remote_address>>},
    {"sock_addr_resolve", make<&sock_addr_resolve>},
    {"sock_send_to", make<&sock_send_to>},
    {"sock_recv_from", make<&sock_recv_from>},
    {"sock_close", make<&calls::fd_close>},
    UMBER_SOCKET_OPTION("reuse_addr", ReuseAddress, bool),
    UMBER_SOCKET_OPTION("reuse_port", ReusePort, bool),
    UMBER_SOCKET_OPTION("keep_alive", KeepAlive, bool),
    UMBER_SOCKET_OPTION("broadcast", Broadcast, bool),
    UMBER_SOCKET_OPTION("recv_buf_size", ReceiveBuffer, uint32_t),
    UMBER_SOCKET_OPTION("send_buf_size", SendBuffer, uint32_t),
    UMBER_SOCKET_OPTION("tcp_no_delay", NoDelay, bool),
    UMBER_SOCKET_OPTION("tcp_quick_ack", QuickAck, bool),
    UMBER_SOCKET_OPTION("tcp_fastopen_connect", FastOpenConnect, bool),
    UMBER_SOCKET_OPTION("tcp_keep_idle", KeepIdle, uint32_t),
    UMBER_SOCKET_OPTION("tcp_keep_intvl", KeepInterval, uint32_t),
    UMBER_SOCKET_OPTION("ip_ttl", Ttl, uint8_t),
    UMBER_SOCKET_OPTION("ip_multicast_ttl", MulticastTtl, uint8_t),
    UMBER_SOCKET_OPTION("ipv6_only", Ipv6Only, bool),
    {"sock_set_linger", make<&set_linger>},
    {"sock_get_linger", make<&get_linger>},
    {"sock_set_ip_multicast_loop", make<&set_multicast_loop>},
    {"sock_get_ip_multicast_loop", make<&get_multicast_loop>},
    {"sock_set_ip_add_membership", make<&no_membership>},
    {"sock_set_ip_drop_membership", make<&no_membership>},
    {"sock_set_recv_timeout", make<&set_timeout<&Patience::read_ns>>},
    {"sock_get_recv_timeout", make<&get_timeout<&Patience::read_ns>>},
    {"sock_set_send_timeout", make<&set_timeout<&Patience::write_ns>>},
    {"sock_get_send_timeout", make<&get_timeout<&Patience::write_ns>>},
};
#undef UMBER_SOCKET_OPTION

}  // namespace

Status add_wamr_sockets(Linker& linker, Context& context) { return define_all(linker, "wasi_snapshot_preview1", kSockets, context); }

}  // namespace umber::wasi
