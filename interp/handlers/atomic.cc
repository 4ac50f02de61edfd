// Atomic instructions (https://github.com/WebAssembly/threads): sequentially consistent, on any memory, shared or not. All operands
// lie in slots, addresses zero-extended, so what an instruction does follows from its group and the width in memory alone.
#include "interp/handlers/generic_memory.h"

#include "runtime/atomics.h"
#include "runtime/store.h"

namespace umber::interp {
namespace {

using SharedWait = SharedMemory::Wait;
using Wide = Address<AnyMemory64>;

[[nodiscard]] Memory& memory_of(const State& s, uint32_t idx) { return s.ctx->instance->memory(idx); }

/// Checks of every atomic instruction: aligned, then in bounds. `at`: the place in memory.
template <class F, int a, int o, int bytes>
[[nodiscard, gnu::always_inline]] inline Next find_atomic(State& s, uint8_t*& at) {
  const uint64_t offset = F::template word<o + 1>(s) | uint64_t{F::template word<o + 2>(s)} << 32;
  if (((F::template get<a>(s) + offset) & (bytes - 1)) != 0) return trap(TrapKind::UnalignedAtomic);
  at = locate<AnyMemory64, F, a, o, bytes>(s);
  return at == nullptr ? trap(TrapKind::MemoryOutOfBounds) : Next::Go;
}

/// Where the processor needs one, the lock of the memory whose index is in field o.
template <class F, int o>
[[nodiscard, gnu::always_inline]] inline Monitor* lock_of([[maybe_unused]] const State& s) {
  if constexpr (kNativeAtomics) return nullptr;
  const SharedMemory* shared = memory_of(s, F::template word<o>(s)).shared();
  return shared == nullptr ? nullptr : shared->lock();
}

template <class Value>
struct AtomicLoad {
  using F = AccessFields<AnyMemory64, Wide, Wide>;
  static Next run(State& s) {
    uint8_t* at = nullptr;
    if (const Next next = find_atomic<F, 1, 2, sizeof(Value)>(s, at); next != Next::Go) return next;
    const Locked locked(lock_of<F, 2>(s));
    F::template put<0>(s, uint64_t{atomic_load(reinterpret_cast<const Value*>(at))});
    return F::next(s);
  }
};
template <class Value>
struct AtomicStore {
  using F = AccessFields<AnyMemory64, Wide, Wide>;
  static Next run(State& s) {
    uint8_t* at = nullptr;
    if (const Next next = find_atomic<F, 0, 2, sizeof(Value)>(s, at); next != Next::Go) return next;
    const Locked locked(lock_of<F, 2>(s));
    atomic_store(reinterpret_cast<Value*>(at), static_cast<Value>(F::template get<1>(s)));
    return F::next(s);
  }
};
template <AtomicUpdate update, class Value>
struct AtomicRmw {
  using F = AccessFields<AnyMemory64, Wide, Wide, Wide>;
  static Next run(State& s) {
    uint8_t* at = nullptr;
    if (const Next next = find_atomic<F, 1, 3, sizeof(Value)>(s, at); next != Next::Go) return next;
    const Locked locked(lock_of<F, 3>(s));
    const auto value = static_cast<Value>(F::template get<2>(s));
    F::template put<0>(s, uint64_t{atomic_update<update>(reinterpret_cast<Value*>(at), value)});
    return F::next(s);
  }
};
template <class Value>
struct AtomicCompareExchange {
  using F = AccessFields<AnyMemory64, Wide, Wide, Wide, Wide>;
  static Next run(State& s) {
    uint8_t* at = nullptr;
    if (const Next next = find_atomic<F, 1, 4, sizeof(Value)>(s, at); next != Next::Go) return next;
    const Locked locked(lock_of<F, 4>(s));
    const auto expected = static_cast<Value>(F::template get<2>(s));
    const auto replacement = static_cast<Value>(F::template get<3>(s));
    F::template put<0>(s, uint64_t{atomic_compare_exchange(reinterpret_cast<Value*>(at), expected, replacement)});
    return F::next(s);
  }
};

struct AtomicNotify {
  using F = AccessFields<AnyMemory64, Wide, Wide, Wide>;
  static Next run(State& s) {
    uint8_t* at = nullptr;
    if (const Next next = find_atomic<F, 1, 3, 4>(s, at); next != Next::Go) return next;
    Memory& memory = memory_of(s, F::word<3>(s));
    const auto count = static_cast<uint32_t>(F::get<2>(s));
    const auto address = static_cast<uint64_t>(at - memory.base());
    F::put<0>(s, uint64_t{memory.shared() == nullptr ? 0 : memory.shared()->notify(address, count)});
    return F::next(s);
  }
};
template <bool is_64>
struct AtomicWait {
  using F = AccessFields<AnyMemory64, Wide, Wide, Wide, Wide>;
  static Next run(State& s) {
    uint8_t* at = nullptr;
    if (const Next next = find_atomic<F, 1, 4, is_64 ? 8 : 4>(s, at); next != Next::Go) return next;
    Memory& memory = memory_of(s, F::template word<4>(s));
    if (memory.shared() == nullptr) return trap(TrapKind::ExpectedSharedMemory);
    const auto address = static_cast<uint64_t>(at - memory.base());
    const auto timeout_ns = static_cast<int64_t>(F::template get<3>(s));
    const uint64_t value = F::template get<2>(s);
    const uint64_t expected = is_64 ? value : static_cast<uint32_t>(value);
    const SharedWait result = memory.shared()->wait(*s.ctx->execution, address, expected, is_64, timeout_ns);
    if (result == SharedWait::Failed) return Next::Failed;
    if (result == SharedWait::Over) return Next::Spent;
    F::template put<0>(s, static_cast<uint64_t>(result));
    return F::next(s);
  }
};

// From i32.atomic.load on the opcodes are groups of seven: i32, i64, i32 8 16, i64 8 16 32.
constexpr int kWidths = 7;
constexpr int kFirstAccess = static_cast<int>(Op::I32AtomicLoad);
enum Group { kLoad, kStore, kAdd, kSub, kAnd, kOr, kXor, kExchange, kCompareExchange };
static_assert(static_cast<int>(Op::I32AtomicRmwAdd) == kFirstAccess + kAdd * kWidths);
static_assert(static_cast<int>(Op::I32AtomicRmwCmpxchg) == kFirstAccess + kCompareExchange * kWidths);
static_assert(static_cast<int>(Op::I64AtomicRmw32CmpxchgU) == kFirstAccess + (kCompareExchange + 1) * kWidths - 1);

template <int width>
struct Stored {
  using Type = uint32_t;
};
template <>
struct Stored<1> {
  using Type = uint64_t;
};
template <>
struct Stored<2> {
  using Type = uint8_t;
};
template <>
struct Stored<3> {
  using Type = uint16_t;
};
template <>
struct Stored<4> : Stored<2> {};
template <>
struct Stored<5> : Stored<3> {};

template <int group, class Value>
constexpr Handler access_handler() {
  switch (group) {
    case kLoad: return &handler<AtomicLoad<Value>>;
    case kStore: return &handler<AtomicStore<Value>>;
    case kAdd: return &handler<AtomicRmw<AtomicUpdate::Add, Value>>;
    case kSub: return &handler<AtomicRmw<AtomicUpdate::Sub, Value>>;
    case kAnd: return &handler<AtomicRmw<AtomicUpdate::And, Value>>;
    case kOr: return &handler<AtomicRmw<AtomicUpdate::Or, Value>>;
    case kXor: return &handler<AtomicRmw<AtomicUpdate::Xor, Value>>;
    case kExchange: return &handler<AtomicRmw<AtomicUpdate::Exchange, Value>>;
    case kCompareExchange: return &handler<AtomicCompareExchange<Value>>;
  }
  return nullptr;
}

struct AtomicSpec {
  template <int index>
  static constexpr Handler entry() {
    constexpr Op op = atomic_op(index);
    if constexpr (op == Op::MemoryAtomicNotify)
      return &handler<AtomicNotify>;
    else if constexpr (op == Op::MemoryAtomicWait32)
      return &handler<AtomicWait<false>>;
    else if constexpr (op == Op::MemoryAtomicWait64)
      return &handler<AtomicWait<true>>;
    else if constexpr (op == Op::AtomicFence)
      return nullptr;  // Single::AtomicFence
    else
      return access_handler<(static_cast<int>(op) - kFirstAccess) / kWidths,
                            typename Stored<(static_cast<int>(op) - kFirstAccess) % kWidths>::Type>();
  }
};

StringRef name_of_atomic(unsigned op) { return wasm::text_of(atomic_op(static_cast<int>(op))); }

}  // namespace

constinit const Family kFamAtomic = {"", kTable<AtomicSpec, kAtomicOps>.data(), name_of_atomic, "Mwoo", kAtomicOps, {}};

}  // namespace umber::interp
