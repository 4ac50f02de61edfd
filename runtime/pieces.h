// Bulk memory instructions on long ranges: copying four gigabytes takes a second, so they work in pieces, pay fuel for each by the
// kilobyte, and end between two of them when the run is to end.
#pragma once

#include "runtime/store.h"

namespace umber {

inline constexpr uint64_t kPieceBytes = 1024 * 1024;

/// Pays for `bytes` just worked on. Killed or DeadlineExceeded when the run is to end at once; None also without an execution, as while
/// a module is instantiated.
[[nodiscard]] inline TrapKind pay_for_piece(Execution* execution, uint64_t bytes) {
  if (execution == nullptr) return TrapKind::None;
  execution->charge(bytes / 1024);
  if (execution->kill_requested()) return TrapKind::Killed;
  if (bytes < kPieceBytes || execution->deadline_ns() == kNoDeadline) return TrapKind::None;  // short: the next checkpoint is near
  Clock* clock = execution->store().clock();
  return clock != nullptr && clock->now_ns() >= execution->deadline_ns() ? TrapKind::DeadlineExceeded : TrapKind::None;
}

/// Calls `work(offset, size)` for the pieces of `count` bytes, backwards if so told.
template <class Work>
[[nodiscard]] TrapKind in_pieces(Execution* execution, uint64_t count, bool backwards, Work&& work) {
  for (uint64_t done = 0; done < count;) {
    const uint64_t piece = count - done < kPieceBytes ? count - done : kPieceBytes;
    work(backwards ? count - done - piece : done, static_cast<size_t>(piece));
    done += piece;
    if (const TrapKind end = pay_for_piece(execution, piece); end != TrapKind::None) return end;
  }
  return TrapKind::None;
}

}  // namespace umber
