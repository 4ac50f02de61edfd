// Bulk memory instructions. Long ranges are worked on in pieces (runtime/pieces.h).
#include "interp/handlers/single.h"

#include <cstring>

#include "runtime/pieces.h"
#include "runtime/store.h"

namespace umber::interp::single {

namespace {

[[nodiscard]] Instance& instance_of(const State& s) { return *s.ctx->instance; }

/// What follows an instruction that ended with `end`: the checkpoint reports why the run is to end.
[[nodiscard]] Next finish(State& s, TrapKind end, int size) {
  s.pc += size;
  return s.ctx->budget < 0 || end != TrapKind::None ? Next::Spent : Next::Go;
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
  const TrapKind end = in_pieces(s.ctx->execution, count, false, [&](uint64_t at, size_t size) {
    std::memset(view.base + to + at, static_cast<uint8_t>(F::get<1>(s)), size);
  });
  return finish(s, end, F::kSize);
}

Next MemoryCopy::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>, Word, Word>;
  const MemoryView& to_view = *s.ctx->memories[F::word<3>(s)];
  const MemoryView& from_view = *s.ctx->memories[F::word<4>(s)];
  const uint64_t to = F::get<0>(s), from = F::get<1>(s), count = F::get<2>(s);
  if (count > to_view.size || to > to_view.size - count) return trap(TrapKind::MemoryOutOfBounds);
  if (count > from_view.size || from > from_view.size - count) return trap(TrapKind::MemoryOutOfBounds);
  const TrapKind end = in_pieces(s.ctx->execution, count, to > from, [&](uint64_t at, size_t size) {  // overlapping ranges of one memory
    std::memmove(to_view.base + to + at, from_view.base + from + at, size);
  });
  return finish(s, end, F::kSize);
}

Next MemoryInit::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint32_t>, InSlot<uint32_t>, Word, Word>;
  const TrapKind result = instance_of(s).memory_init(F::word<3>(s), F::word<4>(s), F::get<0>(s), F::get<1>(s), F::get<2>(s));
  if (result == TrapKind::MemoryOutOfBounds) return trap(result);
  return finish(s, result, F::kSize);
}

Next DataDrop::run(State& s) {
  using F = Fields<Word>;
  instance_of(s).data_drop(F::word<0>(s));
  return F::next(s);
}

}  // namespace umber::interp::single
