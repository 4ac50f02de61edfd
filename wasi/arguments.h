// Arguments that several calls check the same way.
#pragma once

#include "wasi/platform.h"

namespace umber::wasi {

/// Offsets and sizes are non-negative 64-bit integers to every file system.
inline constexpr FileSize kMaxFileSize = INT64_MAX;

/// False for unknown flags, or a time that is to be both a value and now.
[[nodiscard]] inline bool parse_times(Timestamp atim, Timestamp mtim, uint32_t fst_flags, TimeChange& out) {
  out.atim = atim;
  out.mtim = mtim;
  return FstFlags::parse(fst_flags, out.flags) && !out.flags.has(FstFlag::Atim | FstFlag::AtimNow) &&
         !out.flags.has(FstFlag::Mtim | FstFlag::MtimNow);
}

}  // namespace umber::wasi
