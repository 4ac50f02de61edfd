// Scatter and gather straight from guest memory: each (address, length) of an iovec list is checked and becomes a part of a
// platform read or write. Nothing is copied.
#pragma once

#include <array>

#include "wasi/calls.h"

namespace umber::wasi {

/// Parts handed to the platform at once; longer lists take several rounds.
inline constexpr size_t kPartsPerRound = sizeof(void*) == 8 ? 64 : 8;

/// Fault if any buffer lies outside the caller's memory; Inval when all together are more than a count can say.
inline Errno check_iovecs(Caller& caller, Iovecs iovs) {
  uint64_t total = 0;
  for (size_t i = 0; i < iovs.size(); ++i) {
    const Iovec iov = iovs.get(i);
    Buffer buffer;
    if (!guest_range(caller, iov.buf, iov.buf_len, buffer)) return Errno::Fault;
    total += iov.buf_len;
    if (total > UINT32_MAX) return Errno::Inval;
  }
  return Errno::Success;
}

/// Calls `transfer(parts, count)`, which returns an Errno, for all buffers until one call transfers less than it was given.
/// `total`: bytes transferred. An error after some bytes is not reported, unless it ends the run (Intr).
template <class Part, class Transfer>
Errno for_each_part(Caller& caller, Iovecs iovs, Size& total, Transfer&& transfer) {
  total = 0;
  if (iovs.size() > kPartsPerRound)  // what fits in one round is checked while it is gathered
    if (const Errno bad = check_iovecs(caller, iovs); bad != Errno::Success) return bad;
  size_t next = 0;
  do {
    std::array<Part, kPartsPerRound> parts;
    size_t part_count = 0;
    uint64_t bytes = 0;
    for (; next < iovs.size() && part_count < parts.size(); ++next) {
      // In later rounds for the second time: what was just read may have overwritten the list.
      const Iovec iov = iovs.get(next);
      Buffer buffer;
      if (!guest_range(caller, iov.buf, iov.buf_len, buffer)) return Errno::Fault;
      if (buffer.empty()) continue;
      parts[part_count++] = Part{buffer.data(), buffer.size()};
      bytes += buffer.size();
    }
    if (bytes > UINT32_MAX) return Errno::Inval;
    if (part_count == 0) break;
    size_t count = 0;
    const Errno error = transfer(std::span<const Part>(parts.data(), part_count), count);
    total += static_cast<Size>(count);
    if (error == Errno::Intr || (error != Errno::Success && total == 0)) return error;
    if (error != Errno::Success || count < bytes) break;
  } while (next < iovs.size());
  return Errno::Success;
}

/// Repeats `transfer(parts, count)` with what is left until all is transferred, it transfers nothing, or it fails; a failure
/// after some bytes counts as success, unless it ends the run (Intr).
template <class Part, class Transfer>
Errno transfer_all(std::span<const Part> parts, size_t& count, Transfer&& transfer) {
  count = 0;
  size_t done_in_part = 0;  // of the first part that is left
  while (!parts.empty()) {
    const Part rest{parts[0].data + done_in_part, parts[0].size - done_in_part};
    const std::span<const Part> now = done_in_part > 0 ? std::span<const Part>(&rest, 1) : parts;
    size_t moved = 0;
    const Errno error = transfer(now, moved);
    count += moved;
    if (error != Errno::Success) return error == Errno::Intr || count == 0 ? error : Errno::Success;
    if (moved == 0) break;
    moved += done_in_part;
    while (!parts.empty() && moved >= parts[0].size) {
      moved -= parts[0].size;
      parts = parts.subspan(1);
    }
    done_in_part = moved;
  }
  return Errno::Success;
}

}  // namespace umber::wasi
