// What one guest's WASI calls share: its descriptors, arguments, environment, and the platform. Internal; embedders use
// wasi/wasi.h.
#pragma once

#include "wasi/fd_table.h"
#include "wasi/text_list.h"

namespace umber::wasi {

struct Context {
  Context(Allocator& allocator, Platform& platform, uint32_t max_fds)
      : allocator(allocator), platform(platform), args(allocator), environ(allocator), fds(allocator, max_fds) {}

  Allocator& allocator;
  Platform& platform;
  TextList args;
  TextList environ;
  FdTable fds;
};

}  // namespace umber::wasi
