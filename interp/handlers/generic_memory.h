// Loads and stores with all operands in slots, on any memory with 32-bit addresses and on any memory with 64-bit ones. Accesses to memory 0 have
// families of their own (load_store.h, vector_access.h).
#pragma once

#include "interp/handlers/memory.h"
#include "interp/handlers/vector_operand.h"

namespace umber::interp {
namespace {

/// Whose width addresses have.
struct AnyMemory {};
struct AnyMemory64 {};

/// Fields of an access: operands, then the memory's index and the offset, of one word or two.
template <class Policy, class... Operands>
struct AccessFieldsOf {
  using Type = Fields<Operands..., Word, Word>;
};
template <class... Operands>
struct AccessFieldsOf<AnyMemory64, Operands...> {
  using Type = Fields<Operands..., Word, Word, Word>;
};
template <class Policy, class... Operands>
using AccessFields = typename AccessFieldsOf<Policy, Operands...>::Type;

template <class T>
using SlotField = Operand<T, kSlot<T>>;

/// The place of `bytes` bytes; null: out of bounds. Field `a` is the address, field `o` the memory's index.
template <class Policy, class F, int a, int o, int bytes>
[[nodiscard, gnu::always_inline]] inline uint8_t* locate(State& s) {
  const uint64_t address = F::template get<a>(s);
  const MemoryView& view = *s.ctx->memories[F::template word<o>(s)];
  uint64_t offset = F::template word<o + 1>(s);
  if constexpr (std::is_same_v<Policy, AnyMemory64>) offset |= uint64_t{F::template word<o + 2>(s)} << 32;
  const uint64_t sum = address + offset;
  if (sum < address || view.size < bytes || sum > view.size - bytes) [[unlikely]] return nullptr;
  return view.base + sum;
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
    F::template put<0>(s, make(value));
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
      store_le(at, F::template get<1>(s));
    else
      store_le(at, static_cast<Memory>(F::template get<1>(s)));
    end_access(s);
    return F::next(s);
  }
};
template <Op op>
using LaneBytes = std::conditional_t<op == Op::V128Load8Lane || op == Op::V128Store8Lane, uint8_t,
                                     std::conditional_t<op == Op::V128Load16Lane || op == Op::V128Store16Lane, uint16_t,
                                                        std::conditional_t<op == Op::V128Load32Lane || op == Op::V128Store32Lane, uint32_t, uint64_t>>>;
/// D = A with a lane from memory. Fields: D, address, A, lane.
template <class Policy, Op op>
struct LoadLane {
  using F = AccessFields<Policy, SlotField<V128>, Address<Policy>, SlotField<V128>, Half>;
  static Next run(State& s) {
    const uint8_t* at = locate<Policy, F, 1, 4, sizeof(LaneBytes<op>)>(s);
    if (at == nullptr) [[unlikely]] return trap(TrapKind::MemoryOutOfBounds);
    const auto value = load_le<LaneBytes<op>>(at);
    end_access(s);
    F::template put<0>(s, sem::kLaneLoaded<op>(F::template get<2>(s), value, F::template half<3>(s)));
    return F::next(s);
  }
};
/// Lane of A to memory. Fields: address, A, lane.
template <class Policy, Op op>
struct StoreLane {
  using F = AccessFields<Policy, Address<Policy>, SlotField<V128>, Half>;
  static Next run(State& s) {
    uint8_t* at = locate<Policy, F, 0, 3, sizeof(LaneBytes<op>)>(s);
    if (at == nullptr) [[unlikely]] return trap(TrapKind::MemoryOutOfBounds);
    store_le(at, lane_of_field<F, 1, LaneBytes<op>>(s, F::template half<2>(s)));
    end_access(s);
    return F::next(s);
  }
};

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

template <class Policy>
struct VectorSpec {
  template <int index>
  static constexpr Handler entry() {
    constexpr Op op = generic_memory_op(index);
    if constexpr (index_in<kVectorLoads>(op) >= 0)
      return &handler<LoadAny<Policy, V128, LoadedBytes<op>, sem::kLoaded<op>>>;
    else if constexpr (op == Op::V128Store)
      return &handler<StoreAny<Policy, V128, V128>>;
    else if constexpr (index_in<kVectorLaneLoads>(op) >= 0)
      return &handler<LoadLane<Policy, op>>;
    else if constexpr (index_in<kVectorLaneStores>(op) >= 0)
      return &handler<StoreLane<Policy, op>>;
    else
      return nullptr;
  }
};

[[nodiscard]] inline StringRef name_of_access(unsigned op) { return wasm::text_of(generic_memory_op(static_cast<int>(op))); }

}  // namespace
}  // namespace umber::interp
