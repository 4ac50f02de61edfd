// Loads and stores with all operands in slots, in four policies: memory 0 guarded, memory 0 checked, any memory with 32-bit addresses, and
// any memory with 64-bit ones. Vector accesses come in all four; scalar ones on memory 0 have families of their own (load_store.h).
#pragma once

#include "interp/handlers/memory.h"
#include "interp/handlers/vector_operand.h"

namespace umber::interp {
namespace {

/// Where an access goes: fields behind the operands, and the checked address.
struct Memory0Guarded {
  using Tail = Word;
  static constexpr bool kChecked = false;
};
struct Memory0Checked {
  using Tail = Word;
  static constexpr bool kChecked = true;
};
struct AnyMemory {};
struct AnyMemory64 {};

/// Fields of an access: operands, then for memory 0 the offset; for any memory its index and the offset, of one word or two.
template <class Policy, class... Operands>
struct AccessFieldsOf {
  using Type = Fields<Operands..., Word>;
};
template <class... Operands>
struct AccessFieldsOf<AnyMemory, Operands...> {
  using Type = Fields<Operands..., Word, Word>;
};
template <class... Operands>
struct AccessFieldsOf<AnyMemory64, Operands...> {
  using Type = Fields<Operands..., Word, Word, Word>;
};
template <class Policy, class... Operands>
using AccessFields = typename AccessFieldsOf<Policy, Operands...>::Type;

/// The place of `bytes` bytes; null: out of bounds. Field `a` is the address, field `o` the first of the policy's.
template <class Policy, class F, int a, int o, int bytes>
[[nodiscard, gnu::always_inline]] inline uint8_t* locate(State& s) {
  if constexpr (std::is_same_v<Policy, AnyMemory> || std::is_same_v<Policy, AnyMemory64>) {
    const uint64_t address = F::template get<a>(s);
    const MemoryView& view = *s.ctx->memories[F::template word<o>(s)];
    uint64_t offset = F::template word<o + 1>(s);
    if constexpr (std::is_same_v<Policy, AnyMemory64>) offset |= uint64_t{F::template word<o + 2>(s)} << 32;
    const uint64_t sum = address + offset;
    if (sum < address || view.size < bytes || sum > view.size - bytes) [[unlikely]] return nullptr;
    return view.base + sum;
  } else {
    size_t at = 0;
    if (!find_place<Policy::kChecked, bytes>(s, F::template get<a>(s), F::template word<o>(s), at)) [[unlikely]] return nullptr;
    return s.mem + at;
  }
}
template <class Policy>
using AddressOf = std::conditional_t<std::is_same_v<Policy, AnyMemory64>, uint64_t, uint32_t>;
template <class Policy>
using Address = Operand<AddressOf<Policy>, kSlot<AddressOf<Policy>>>;

template <class Policy, class Value, class Memory, Value (*make)(Memory)>
struct LoadAny {
  using F = AccessFields<Policy, SlotField<Value>, Address<Policy>>;
  static Next run(State& s) {
    const uint8_t* at = locate<Policy, F, 1, 2, sizeof(Memory)>(s);
    if (at == nullptr) [[unlikely]] return trap(TrapKind::MemoryOutOfBounds);
    const Memory value = load_le<Memory>(at);
    end_access(s);
    set_field<F, 0, Value>(s, make(value));
    return F::next(s);
  }
};
template <class Policy, class Value, class Memory>
struct StoreAny {
  using F = AccessFields<Policy, Address<Policy>, SlotField<Value>>;
  static Next run(State& s) {
    uint8_t* at = locate<Policy, F, 0, 2, sizeof(Memory)>(s);
    if (at == nullptr) [[unlikely]] return trap(TrapKind::MemoryOutOfBounds);
    if constexpr (std::is_same_v<Value, V128>)
      store_le(at, field<F, 1, V128>(s));
    else
      store_le(at, static_cast<Memory>(field<F, 1, Value>(s)));
    end_access(s);
    return F::next(s);
  }
};
/// D = A with lane `replace` from memory. Fields: D, address, A, lane.
template <class Policy, Op replace, class Value, class Memory>
struct LoadLane {
  using F = AccessFields<Policy, VectorSlot, Address<Policy>, VectorSlot, Half>;
  static Next run(State& s) {
    const uint8_t* at = locate<Policy, F, 1, 4, sizeof(Memory)>(s);
    if (at == nullptr) [[unlikely]] return trap(TrapKind::MemoryOutOfBounds);
    const auto value = static_cast<Value>(load_le<Memory>(at));
    end_access(s);
    set_field<F, 0, V128>(s, sem::apply<replace>(field<F, 2, V128>(s), value, F::template half<3>(s)));
    return F::next(s);
  }
};
/// Lane of A to memory. Fields: address, A, lane.
template <class Policy, class Memory>
struct StoreLane {
  using F = AccessFields<Policy, Address<Policy>, VectorSlot, Half>;
  static Next run(State& s) {
    uint8_t* at = locate<Policy, F, 0, 3, sizeof(Memory)>(s);
    if (at == nullptr) [[unlikely]] return trap(TrapKind::MemoryOutOfBounds);
    const auto* lanes = reinterpret_cast<const uint8_t*>(s.fp + F::template half<1>(s));
    store_le(at, load_le<Memory>(lanes + F::template half<2>(s) * sizeof(Memory)));
    end_access(s);
    return F::next(s);
  }
};

[[nodiscard]] inline V128 same(V128 value) { return value; }
/// The low half from memory, through a vector instruction.
template <Op op>
[[nodiscard, gnu::always_inline]] inline V128 low_half(uint64_t value) {
  const uint64_t both[2] = {value, 0};
  return sem::apply<op>(load_le<V128>(both));
}
template <class Memory>
[[nodiscard, gnu::always_inline]] inline V128 zero_extended(Memory value) {
  const uint64_t both[2] = {value, 0};
  return load_le<V128>(both);
}
template <Op splat, class Value, class Memory>
[[nodiscard, gnu::always_inline]] inline V128 splat_of(Memory value) { return sem::apply<splat>(static_cast<Value>(value)); }

template <Op op>
[[nodiscard, gnu::always_inline]] inline typename Access<op>::Value widened(typename Access<op>::Memory value) {
  return widen<typename Access<op>::Value>(value);
}
/// The handlers of scalar accesses, counted from i32.load; those of vectors come behind (VectorSpec).
template <class Policy>
struct ScalarSpec {
  template <int index>
  static constexpr Handler entry() {
    constexpr Op op = generic_memory_op(index);
    if constexpr (op >= Op::I32Load && op <= Op::I64Load32U)
      return &handler<LoadAny<Policy, typename Access<op>::Value, typename Access<op>::Memory, widened<op>>>;
    else if constexpr (op >= Op::I32Store && op <= Op::I64Store32)
      return &handler<StoreAny<Policy, typename Access<op>::Value, typename Access<op>::Memory>>;
    else
      return nullptr;
  }
};

/// The handler of a vector access, or null for any other instruction.
template <class Policy, Op op>
constexpr Handler vector_access() {
  switch (op) {
#define UMBER_CASE(id, ...) \
  case Op::id: return &handler<__VA_ARGS__>;
    UMBER_CASE(V128Load, LoadAny<Policy, V128, V128, same>)
    UMBER_CASE(V128Load8x8S, LoadAny<Policy, V128, uint64_t, low_half<Op::I16x8ExtendLowI8x16S>>)
    UMBER_CASE(V128Load8x8U, LoadAny<Policy, V128, uint64_t, low_half<Op::I16x8ExtendLowI8x16U>>)
    UMBER_CASE(V128Load16x4S, LoadAny<Policy, V128, uint64_t, low_half<Op::I32x4ExtendLowI16x8S>>)
    UMBER_CASE(V128Load16x4U, LoadAny<Policy, V128, uint64_t, low_half<Op::I32x4ExtendLowI16x8U>>)
    UMBER_CASE(V128Load32x2S, LoadAny<Policy, V128, uint64_t, low_half<Op::I64x2ExtendLowI32x4S>>)
    UMBER_CASE(V128Load32x2U, LoadAny<Policy, V128, uint64_t, low_half<Op::I64x2ExtendLowI32x4U>>)
    UMBER_CASE(V128Load8Splat, LoadAny<Policy, V128, uint8_t, splat_of<Op::I8x16Splat, uint32_t, uint8_t>>)
    UMBER_CASE(V128Load16Splat, LoadAny<Policy, V128, uint16_t, splat_of<Op::I16x8Splat, uint32_t, uint16_t>>)
    UMBER_CASE(V128Load32Splat, LoadAny<Policy, V128, uint32_t, splat_of<Op::I32x4Splat, uint32_t, uint32_t>>)
    UMBER_CASE(V128Load64Splat, LoadAny<Policy, V128, uint64_t, splat_of<Op::I64x2Splat, uint64_t, uint64_t>>)
    UMBER_CASE(V128Load32Zero, LoadAny<Policy, V128, uint32_t, zero_extended<uint32_t>>)
    UMBER_CASE(V128Load64Zero, LoadAny<Policy, V128, uint64_t, zero_extended<uint64_t>>)
    UMBER_CASE(V128Store, StoreAny<Policy, V128, V128>)
    UMBER_CASE(V128Load8Lane, LoadLane<Policy, Op::I8x16ReplaceLane, uint32_t, uint8_t>)
    UMBER_CASE(V128Load16Lane, LoadLane<Policy, Op::I16x8ReplaceLane, uint32_t, uint16_t>)
    UMBER_CASE(V128Load32Lane, LoadLane<Policy, Op::I32x4ReplaceLane, uint32_t, uint32_t>)
    UMBER_CASE(V128Load64Lane, LoadLane<Policy, Op::I64x2ReplaceLane, uint64_t, uint64_t>)
    UMBER_CASE(V128Store8Lane, StoreLane<Policy, uint8_t>)
    UMBER_CASE(V128Store16Lane, StoreLane<Policy, uint16_t>)
    UMBER_CASE(V128Store32Lane, StoreLane<Policy, uint32_t>)
    UMBER_CASE(V128Store64Lane, StoreLane<Policy, uint64_t>)
#undef UMBER_CASE
    default: return nullptr;
  }
}
template <class Policy>
struct VectorSpec {
  template <int index>
  static constexpr Handler entry() {
    constexpr Op op = generic_memory_op(index);
    if constexpr (op < Op::V128Load)
      return nullptr;
    else
      return vector_access<Policy, op>();
  }
};

[[nodiscard]] inline StringRef name_of_access(unsigned op) { return wasm::text_of(generic_memory_op(static_cast<int>(op))); }

}  // namespace
}  // namespace umber::interp
