// The body of the sockets extensions: opening, binding, connecting, datagrams, options, names. What may be reached is for
// wasi/network.h to say.
#include "wasi/iovecs.h"
#include "wasi/sock.h"
#include "wasi/wait.h"

namespace umber::wasi {

Errno open_socket(Context& context, bool is_v6, bool is_stream, GuestPtr<Fd> opened) {
  if (!context.process.fds.has_socket_room()) return Errno::Mfile;
  Descriptor descriptor;
  Errno error = context.platform.open_socket(is_v6, is_stream, descriptor.file);
  if (error != Errno::Success) return error;
  descriptor.rights = rights_of(descriptor.file->type());
  descriptor.inheriting = kSocketRights;
  Fd fd = 0;
  error = context.process.fds.insert(descriptor, fd);
  if (error == Errno::Success) opened.set(fd);
  return error;
}

Errno bind_socket(Context& context, Fd fd, const SocketAddress& address) {
  HeldDescriptor socket(context.process.fds);
  const Errno error = get_socket(context, fd, {}, socket);
  if (error != Errno::Success) return error;
  return context.process.network.may(NetworkUse::Listen, address) ? socket.file().bind(address) : Errno::Acces;
}

Errno listen_socket(Context* context, Fd fd, uint32_t backlog) {
  HeldDescriptor socket(context->process.fds);
  Errno error = get_socket(*context, fd, Right::SockAccept, socket);
  if (error != Errno::Success) return error;
  SocketAddress bound;
  error = socket.file().local_address(bound);
  if (error != Errno::Success) return error;
  const bool is_allowed = bound.port != 0 && context->process.network.may(NetworkUse::Listen, bound);
  return is_allowed ? socket.file().listen(backlog) : Errno::Acces;
}

Interruptible connect_socket(Context& context, Caller& caller, Fd fd, const SocketAddress& address) {
  HeldDescriptor socket(context.process.fds);
  Errno error = get_socket(context, fd, {}, socket);
  if (error != Errno::Success) return error;
  if (!context.process.network.may(NetworkUse::Connect, address)) return Errno::Acces;
  error = retry(context, caller, socket.file(), true, socket.patience(true), [&] { return socket.file().connect(address); });
  if (error != Errno::Again) return finish(caller, error);
  return socket->flags.has(FdFlag::Nonblock) ? Errno::InProgress : Errno::TimedOut;
}

// ---- datagrams -----------------------------------------------------------------------------------------------------

Interruptible send_datagram(Context& context, Caller& caller, Fd fd, Iovecs iovs, const SocketAddress& to, GuestPtr<Size> count) {
  HeldDescriptor socket(context.process.fds);
  Errno error = get_socket(context, fd, Right::FdWrite, socket);
  if (error != Errno::Success) return error;
  if (!context.process.network.may(NetworkUse::Connect, to)) return Errno::Acces;
  Size total = 0;
  error = for_each_part<WritePart>(caller, iovs, total, [&](WriteParts parts, size_t& done) {
    return retry(context, caller, socket.file(), true, total > 0 ? 0 : socket.patience(true), [&] { return socket.file().send_to(parts, to, done); });
  });
  if (error == Errno::Success) count.set(total);
  return finish(caller, error);
}

Errno receive_datagram(Context& context, Caller& caller, Fd fd, Iovecs iovs, RiFlags flags, Size& total, SocketAddress& from) {
  HeldDescriptor socket(context.process.fds);
  const Errno error = get_socket(context, fd, Right::FdRead, socket);
  if (error != Errno::Success) return error;
  return for_each_part<ReadPart>(caller, iovs, total, [&](ReadParts parts, size_t& done) {
    if (total > 0) return Errno::Again;  // one datagram
    return retry(context, caller, socket.file(), false, socket.patience(false), [&] { return socket.file().receive_from(parts, flags, done, from); });
  });
}

// ---- options -------------------------------------------------------------------------------------------------------

Errno set_option(Context& context, Fd fd, SocketOption option, int32_t value) {
  HeldDescriptor socket(context.process.fds);
  const Errno error = get_socket(context, fd, {}, socket);
  return error == Errno::Success ? socket.file().set_option(option, value) : error;
}
Errno get_option(Context& context, Fd fd, SocketOption option, int32_t& value) {
  HeldDescriptor socket(context.process.fds);
  const Errno error = get_socket(context, fd, {}, socket);
  return error == Errno::Success ? socket.file().get_option(option, value) : error;
}

Errno set_patience(Context& context, Fd fd, uint64_t Patience::*patience, uint64_t microseconds) {
  HeldDescriptor socket(context.process.fds);
  const Errno error = get_socket(context, fd, {}, socket);
  if (error != Errno::Success) return error;
  const bool is_limit = microseconds != 0 && microseconds < kWaitForever / 1000;
  Patience* all = context.process.fds.patience_of(fd);
  if (all == nullptr) return Errno::NoMem;
  all->*patience = is_limit ? microseconds * 1000 : kWaitForever;
  return Errno::Success;
}
Errno get_patience(Context& context, Fd fd, uint64_t Patience::*patience, uint64_t& microseconds) {
  HeldDescriptor socket(context.process.fds);
  const Errno error = get_socket(context, fd, {}, socket);
  if (error != Errno::Success) return error;
  const Patience* all = context.process.fds.find(fd)->patience;
  const uint64_t nanoseconds = all == nullptr ? kWaitForever : all->*patience;
  microseconds = nanoseconds == kWaitForever ? 0 : nanoseconds / 1000;
  return Errno::Success;
}

// ---- names ---------------------------------------------------------------------------------------------------------

Errno look_up(Context& context, Caller& caller, StringRef host, StringRef service, Addresses& out) {
  SocketAddress in_figures;  // needs no looking up, only a port
  if (!parse_address(host, in_figures) && !context.process.network.may_look_up(host)) return Errno::Acces;
  File* lookup = nullptr;
  Errno error = context.platform.look_up(host, service, lookup);
  if (error != Errno::Success) return error;
  const ReadPart part = {reinterpret_cast<uint8_t*>(out.found), sizeof out.found};
  size_t bytes = 0;
  error = retry(context, caller, *lookup, false, kWaitForever, [&] { return lookup->read({&part, 1}, bytes); });
  lookup->close();
  out.count = bytes / sizeof(SocketAddress);
  for (size_t i = 0; i < out.count; ++i)
    if (!context.process.network.learn(host, out.found[i])) return Errno::NoMem;
  return error;
}

}  // namespace umber::wasi
