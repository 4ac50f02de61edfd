// What calls on sockets do, whatever the layouts of the guest: preview 1's own calls and the two sockets extensions stand on it.
#pragma once

#include "wasi/calls.h"

namespace umber::wasi {

inline constexpr size_t kMaxAddresses = 16;
/// The addresses that a name has.
struct Addresses {
  SocketAddress found[kMaxAddresses];
  size_t count = 0;
};
using HostText = FixedText<kMaxName>;

/// The socket `fd` with these rights, held for the call: Badf, NotSock, NotCapable.
[[nodiscard]] inline Errno get_socket(Context& context, Fd fd, Rights needed, HeldDescriptor& out) {
  const Descriptor* found = context.process.fds.find(fd);
  if (found == nullptr) return Errno::Badf;
  const FileType type = found->file->type();
  if (type != FileType::SocketStream && type != FileType::SocketDgram) return Errno::NotSock;
  out.hold(*found);
  return out->check(needed);
}

// sock_ops.cc. All of them: Badf, NotSock; Acces for what no network rule names.
Errno open_socket(Context& context, bool is_v6, bool is_stream, GuestPtr<Fd> opened);
Errno bind_socket(Context& context, Fd fd, const SocketAddress& address);
/// Acces for a socket that was never bound: it would get a port that no rule gave, as has one that has tried to connect.
Errno listen_socket(Context* context, Fd fd, uint32_t backlog);
Interruptible connect_socket(Context& context, Caller& caller, Fd fd, const SocketAddress& address);
Interruptible send_datagram(Context& context, Caller& caller, Fd fd, Iovecs iovs, const SocketAddress& to, GuestPtr<Size> count);
/// `total` and `from` hold with Success only; then for wait.h's finish.
Errno receive_datagram(Context& context, Caller& caller, Fd fd, Iovecs iovs, RiFlags flags, Size& total, SocketAddress& from);

Errno set_option(Context& context, Fd fd, SocketOption option, int32_t value);
Errno get_option(Context& context, Fd fd, SocketOption option, int32_t& value);
/// How long reads or writes wait at most.
Errno set_patience(Context& context, Fd fd, uint64_t Patience::*patience, uint64_t microseconds);
/// 0 for no limit.
Errno get_patience(Context& context, Fd fd, uint64_t Patience::*patience, uint64_t& microseconds);
template <Errno (File::*kAsk)(SocketAddress&)>
Errno get_address(Context& context, Fd fd, SocketAddress& out) {
  HeldDescriptor socket(context.process.fds);
  const Errno error = get_socket(context, fd, {}, socket);
  return error == Errno::Success ? (socket.file().*kAsk)(out) : error;
}

/// Acces unless `host` is an address in figures or a name that a rule gives; what is found counts as that name from then on. For
/// wait.h's finish.
Errno look_up(Context& context, Caller& caller, StringRef host, StringRef service, Addresses& out);

}  // namespace umber::wasi
