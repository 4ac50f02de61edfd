// Bulk memory instructions. Copying four gigabytes takes a second, so long ranges are worked on in pieces, and a request to kill
// is seen between two of them. Lengths cost fuel by the kilobyte.
#include "interp/handlers/single.h"

#include <cstring>

#include "runtime/store.h"

namespace umber::interp::single {

namespace {

constexpr uint64_t kPiece = 1024 * 1024;

[[nodiscard]] Instance& instance_of(const State& s) { return *s.ctx->instance; }

/// Pays for `bytes`; false: the run is to end at once.
[[nodiscard]] bool pay(const State& s, uint64_t bytes) {
  s.ctx->execution->charge(bytes / 1024);
  return !s.ctx->execution->kill_requested();
}

/// What follows an instruction that ended early, or at all: the checkpoint reports the kill.
[[nodiscard]] Next finish(State& s, int size) {
  s.pc += size;
  return s.ctx->budget < 0 || s.ctx->execution->kill_requested() ? Next::Spent : Next::Go;
}

}  // namespace

Next MemorySize::run(State& s) {
  using F = Fields<InSlot<uint64_t>, Word>;
  Memory& memory = instance_of(s).memory(F::word<1>(s));
  memory.refresh();
  F::put<0>(s, memory.size_pages());
  return F::next(s);
}

Next MemoryGrow::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint64_t>, Word>;
  Memory& memory = instance_of(s).memory(F::word<2>(s));
  const uint64_t before = memory.grow(F::get<1>(s));
  // -1 of the address type
  const uint64_t failed = memory.type().limits.is_64 ? UINT64_MAX : UINT32_MAX;
  F::put<0>(s, before == Memory::kGrowFailed ? failed : before);
  s.mem = s.ctx->memory0_base;
  return F::next(s);
}

Next MemoryFill::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint32_t>, InSlot<uint64_t>, Word>;
  const MemoryView& view = *s.ctx->memories[F::word<3>(s)];
  const uint64_t to = F::get<0>(s), count = F::get<2>(s);
  if (count > view.size || to > view.size - count) return trap(TrapKind::MemoryOutOfBounds);
  for (uint64_t done = 0; done < count; done += kPiece) {
    const uint64_t piece = count - done < kPiece ? count - done : kPiece;
    std::memset(view.base + to + done, static_cast<uint8_t>(F::get<1>(s)), static_cast<size_t>(piece));
    if (!pay(s, piece)) break;
  }
  return finish(s, F::kSize);
}

Next MemoryCopy::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>, Word, Word>;
  const MemoryView& to_view = *s.ctx->memories[F::word<3>(s)];
  const MemoryView& from_view = *s.ctx->memories[F::word<4>(s)];
  const uint64_t to = F::get<0>(s), from = F::get<1>(s), count = F::get<2>(s);
  if (count > to_view.size || to > to_view.size - count) return trap(TrapKind::MemoryOutOfBounds);
  if (count > from_view.size || from > from_view.size - count) return trap(TrapKind::MemoryOutOfBounds);
  const bool upwards = to <= from;  // overlapping ranges of one memory
  for (uint64_t done = 0; done < count; done += kPiece) {
    const uint64_t piece = count - done < kPiece ? count - done : kPiece;
    const uint64_t at = upwards ? done : count - done - piece;
    std::memmove(to_view.base + to + at, from_view.base + from + at, static_cast<size_t>(piece));
    if (!pay(s, piece)) break;
  }
  return finish(s, F::kSize);
}

Next MemoryInit::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint32_t>, InSlot<uint32_t>, Word, Word>;
  const TrapKind result = instance_of(s).memory_init(F::word<3>(s), F::word<4>(s), F::get<0>(s), F::get<1>(s), F::get<2>(s));
  if (result != TrapKind::None) return trap(result);
  (void)pay(s, F::get<2>(s));
  return finish(s, F::kSize);
}

Next DataDrop::run(State& s) {
  using F = Fields<Word>;
  instance_of(s).data_drop(F::word<0>(s));
  return F::next(s);
}

}  // namespace umber::interp::single
