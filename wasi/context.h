// What one guest's WASI calls share: its descriptors, arguments, environment, and the platform. Internal; embedders use
// wasi/wasi.h.
//
// Threads of a guest have one Process in common and each a Context with a platform of its own, because waiting belongs to the thread.
// A call holds the process's lock but for the time it waits: wasi/wait.cc, the one place that waits, gives it back meanwhile.
#pragma once

#include "runtime/scheduler.h"
#include "wasi/fd_table.h"
#include "wasi/network.h"
#include "wasi/text_list.h"

namespace umber::wasi {

struct Process {
  Process(Allocator& allocator, uint32_t max_fds, uint32_t max_sockets)
      : args(allocator), environ(allocator), fds(allocator, max_fds, max_sockets), network(allocator) {}

  TextList args;
  TextList environ;
  FdTable fds;
  Network network;
  Monitor* lock = nullptr;  ///< null while there is one thread
};

struct Context {
  Context(Allocator& allocator, Platform& platform, Process& process)
      : allocator(allocator), platform(platform), process(process) {}

  Allocator& allocator;
  Platform& platform;
  Process& process;
};

}  // namespace umber::wasi
