// Sockets by descriptor, for both families of calls on them.
#pragma once

#include "wasi/calls.h"

namespace umber::wasi {

/// The socket `fd` with these rights, held for the call: Badf, NotSock, NotCapable.
[[nodiscard]] inline Errno get_socket(Context& context, Fd fd, Rights needed, HeldDescriptor& out) {
  const Descriptor* found = context.fds.find(fd);
  if (found == nullptr) return Errno::Badf;
  const FileType type = found->file->type();
  if (type != FileType::SocketStream && type != FileType::SocketDgram) return Errno::NotSock;
  out.hold(*found);
  return out->check(needed);
}

}  // namespace umber::wasi
