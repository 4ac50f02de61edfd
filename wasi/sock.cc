// Sockets: preview 1 can use those that it was given and accept from those that listen, not open new ones.
#include "wasi/sock.h"

#include "wasi/iovecs.h"
#include "wasi/wait.h"

namespace umber::wasi::calls {

Interruptible sock_accept(Context* context, Caller& caller, Fd fd, uint32_t flags, GuestPtr<Fd> accepted) {
  FdFlags parsed;
  if (!FdFlags::parse(flags, parsed) || parsed.without(FdFlag::Nonblock).any()) return Errno::Inval;
  HeldDescriptor listener(context->process.fds);
  Errno error = get_socket(*context, fd, Right::SockAccept, listener);
  if (error != Errno::Success) return error;
  if (!context->process.fds.has_socket_room()) return Errno::Mfile;

  File* file = nullptr;
  error = retry(*context, caller, *listener->file, false, listener.patience(false), [&] { return listener->file->accept(file); });
  if (error != Errno::Success) return finish(caller, error);
  Descriptor descriptor;
  descriptor.file = file;
  descriptor.rights = rights_of(file->type()).without(Right::SockAccept) & listener->inheriting;
  descriptor.flags = parsed;
  Fd number = 0;
  error = context->process.fds.insert(descriptor, number);
  if (error == Errno::Success) accepted.set(number);
  return error;
}

Interruptible sock_recv(Context* context, Caller& caller, Fd fd, Iovecs iovs, uint32_t ri_flags, GuestPtr<Size> count,
                        GuestPtr<uint16_t> ro_flags) {
  RiFlags flags;
  if (!RiFlags::parse(ri_flags, flags)) return Errno::Inval;
  HeldDescriptor socket(context->process.fds);
  Errno error = get_socket(*context, fd, Right::FdRead, socket);
  if (error != Errno::Success) return error;

  // Waitall is done here, bit by bit, so that waiting stays interruptible; what is peeked at cannot come in bits.
  const RiFlags peek = flags & RiFlag::RecvPeek;
  const bool wait_all = flags.has(RiFlag::RecvWaitall) && !peek.any() && socket->file->type() == FileType::SocketStream;
  const bool one_message = peek.any() || socket->file->type() == FileType::SocketDgram;
  RoFlags out_flags;
  Size total = 0;
  error = for_each_part<ReadPart>(caller, iovs, total, [&](ReadParts parts, size_t& done) {
    if (one_message && total > 0) return Errno::Again;
    auto receive = [&](ReadParts rest, size_t& count) {
      const bool enough = !wait_all && total > 0;
      return retry(*context, caller, *socket->file, false, enough ? 0 : socket.patience(false),
                   [&] { return socket->file->receive(rest, peek, count, out_flags); });
    };
    return wait_all ? transfer_all(parts, done, receive) : receive(parts, done);
  });
  if (error == Errno::Success) {
    count.set(total);
    ro_flags.set(out_flags.bits());
  }
  return finish(caller, error);
}

Interruptible sock_send(Context* context, Caller& caller, Fd fd, Iovecs iovs, uint32_t si_flags, GuestPtr<Size> count) {
  if (si_flags != 0) return Errno::Inval;
  HeldDescriptor socket(context->process.fds);
  Errno error = get_socket(*context, fd, Right::FdWrite, socket);
  if (error != Errno::Success) return error;
  Size total = 0;
  error = for_each_part<WritePart>(caller, iovs, total, [&](WriteParts parts, size_t& done) {
    return retry(*context, caller, *socket->file, true, total > 0 ? 0 : socket.patience(true),
                 [&] { return socket->file->send(parts, done); });
  });
  if (error == Errno::Success) count.set(total);
  return finish(caller, error);
}

Errno sock_shutdown(Context* context, Fd fd, uint32_t how) {
  HeldDescriptor socket(context->process.fds);
  const Errno error = get_socket(*context, fd, Right::SockShutdown, socket);
  if (error != Errno::Success) return error;
  SdFlags flags;
  if (!SdFlags::parse(how, flags) || !flags.any()) return Errno::Inval;
  return socket->file->shutdown(flags);
}

}  // namespace umber::wasi::calls
