// Table instructions, references, globals that are imported or vectors, and wide arithmetic: all rare enough to be plain
// functions over slots.
#include "interp/handlers/single.h"

#include <cstring>

#include "runtime/store.h"

namespace umber::interp::single {

namespace {

[[nodiscard]] Instance& instance_of(const State& s) { return *s.ctx->instance; }

/// Elements cost fuel as bytes of memory do.
[[nodiscard]] Next finish(State& s, int size, uint64_t elements) {
  s.ctx->execution->charge(elements / 128);
  s.pc += size;
  return s.ctx->budget < 0 ? Next::Spent : Next::Go;
}

}  // namespace

Next TableGet::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint64_t>, Word>;
  const TableView& view = *s.ctx->tables[F::word<2>(s)];
  const uint64_t index = F::get<1>(s);
  if (index >= view.size) return trap(TrapKind::TableOutOfBounds);
  F::put<0>(s, view.elements[index]);
  return F::next(s);
}

Next TableSet::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint64_t>, Word>;
  const TableView& view = *s.ctx->tables[F::word<2>(s)];
  const uint64_t index = F::get<0>(s);
  if (index >= view.size) return trap(TrapKind::TableOutOfBounds);
  view.elements[index] = F::get<1>(s);
  return F::next(s);
}

Next TableSize::run(State& s) {
  using F = Fields<InSlot<uint64_t>, Word>;
  F::put<0>(s, s.ctx->tables[F::word<1>(s)]->size);
  return F::next(s);
}

Next TableGrow::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>, Word>;
  Table& table = instance_of(s).table(F::word<3>(s));
  const uint64_t delta = F::get<2>(s);
  const uint64_t before = table.grow(delta, F::get<1>(s));
  const uint64_t failed = table.type().limits.is_64 ? UINT64_MAX : UINT32_MAX;
  F::put<0>(s, before == Table::kGrowFailed ? failed : before);
  return finish(s, F::kSize, before == Table::kGrowFailed ? 0 : delta);
}

Next TableFill::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>, Word>;
  const TrapKind result = instance_of(s).table_fill(F::word<3>(s), F::get<0>(s), F::get<1>(s), F::get<2>(s));
  if (result != TrapKind::None) return trap(result);
  return finish(s, F::kSize, F::get<2>(s));
}

Next TableCopy::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>, Word, Word>;
  const TrapKind result =
      instance_of(s).table_copy(F::word<3>(s), F::word<4>(s), F::get<0>(s), F::get<1>(s), F::get<2>(s));
  if (result != TrapKind::None) return trap(result);
  return finish(s, F::kSize, F::get<2>(s));
}

Next TableInit::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint32_t>, InSlot<uint32_t>, Word, Word>;
  const TrapKind result = instance_of(s).table_init(F::word<3>(s), F::word<4>(s), F::get<0>(s), F::get<1>(s), F::get<2>(s));
  if (result != TrapKind::None) return trap(result);
  return finish(s, F::kSize, F::get<2>(s));
}

Next ElemDrop::run(State& s) {
  using F = Fields<Word>;
  instance_of(s).elem_drop(F::word<0>(s));
  return F::next(s);
}

Next RefFunc::run(State& s) {
  using F = Fields<InSlot<uint64_t>, Word>;
  F::put<0>(s, uint64_t{reinterpret_cast<uintptr_t>(s.ctx->func(F::word<1>(s)))});
  return F::next(s);
}

Next RefAsNonNull::run(State& s) {
  using F = Fields<InSlot<uint64_t>, InSlot<uint64_t>>;
  const uint64_t reference = F::get<1>(s);
  if (reference == kNullRef) return trap(TrapKind::NullReference);
  F::put<0>(s, reference);
  return F::next(s);
}

Next GlobalGetFar::run(State& s) {
  using F = Fields<Half, Half, Word>;
  std::memcpy(s.fp + F::half<0>(s), s.ctx->global(F::word<2>(s)).value, F::half<1>(s) * sizeof(Slot));
  return F::next(s);
}

Next GlobalSetFar::run(State& s) {
  using F = Fields<Half, Half, Word>;
  std::memcpy(s.ctx->global(F::word<2>(s)).value, s.fp + F::half<0>(s), F::half<1>(s) * sizeof(Slot));
  return F::next(s);
}

Next CopySlots::run(State& s) {
  using F = Fields<Half, Half, Word>;
  std::memmove(s.fp + F::half<0>(s), s.fp + F::half<1>(s), F::word<2>(s) * sizeof(Slot));
  return F::next(s);
}

Next Unsupported::run(State& s) {
  const auto op = static_cast<Op>(Fields<Word>::word<0>(s));
  (void)s.ctx->execution->trap(TrapKind::Unsupported, wasm::text_of(op), " was left out of it");
  return Next::Failed;
}

namespace {

using WideFields = Fields<InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>>;
using MulFields = Fields<InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>, InSlot<uint64_t>>;

template <Op op>
Next wide(State& s) {
  using F = WideFields;
  const sem::I64Pair result = sem::apply<op>(F::get<2>(s), F::get<3>(s), F::get<4>(s), F::get<5>(s));
  F::put<0>(s, result.low);
  F::put<1>(s, result.high);
  return F::next(s);
}
template <Op op>
Next mul_wide(State& s) {
  using F = MulFields;
  const sem::I64Pair result = sem::apply<op>(F::get<2>(s), F::get<3>(s));
  F::put<0>(s, result.low);
  F::put<1>(s, result.high);
  return F::next(s);
}

}  // namespace

Next Add128::run(State& s) { return wide<Op::I64Add128>(s); }
Next Sub128::run(State& s) { return wide<Op::I64Sub128>(s); }
Next MulWideS::run(State& s) { return mul_wide<Op::I64MulWideS>(s); }
Next MulWideU::run(State& s) { return mul_wide<Op::I64MulWideU>(s); }

}  // namespace umber::interp::single
