// Atomic access to linear memory. Where the processor has no atomic instructions of every width, whoever calls holds the
// memory's lock (SharedMemory::lock) and plain accesses do.
#pragma once

#include <type_traits>

namespace umber {

/// The processor has sequentially consistent operations of 1, 2, 4 and 8 bytes.
inline constexpr bool kNativeAtomics = __atomic_always_lock_free(1, nullptr) && __atomic_always_lock_free(2, nullptr) &&
                                       __atomic_always_lock_free(4, nullptr) && __atomic_always_lock_free(8, nullptr);

template <class T>
[[nodiscard]] inline T atomic_load(const T* at) {
  if constexpr (kNativeAtomics)
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);
  else
    return *static_cast<const volatile T*>(at);
}

template <class T>
inline void atomic_store(T* at, T value) {
  if constexpr (kNativeAtomics)
    __atomic_store_n(at, value, __ATOMIC_SEQ_CST);
  else
    *static_cast<volatile T*>(at) = value;
}

/// Stores `replacement` if `expected` is there; what was there.
template <class T>
[[nodiscard]] inline T atomic_compare_exchange(T* at, T expected, T replacement) {
  if constexpr (kNativeAtomics) {
    __atomic_compare_exchange_n(at, &expected, replacement, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
  } else {
    const T before = atomic_load(at);
    if (before == expected) atomic_store(at, replacement);
    return before;
  }
}

enum class AtomicUpdate { Add, Sub, And, Or, Xor, Exchange };

/// What was there before.
template <AtomicUpdate update, class T>
[[nodiscard]] inline T atomic_update(T* at, T value) {
  if constexpr (kNativeAtomics) {
    switch (update) {
      case AtomicUpdate::Add: return __atomic_fetch_add(at, value, __ATOMIC_SEQ_CST);
      case AtomicUpdate::Sub: return __atomic_fetch_sub(at, value, __ATOMIC_SEQ_CST);
      case AtomicUpdate::And: return __atomic_fetch_and(at, value, __ATOMIC_SEQ_CST);
      case AtomicUpdate::Or: return __atomic_fetch_or(at, value, __ATOMIC_SEQ_CST);
      case AtomicUpdate::Xor: return __atomic_fetch_xor(at, value, __ATOMIC_SEQ_CST);
      case AtomicUpdate::Exchange: return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST);
    }
  }
  const T before = atomic_load(at);
  switch (update) {
    case AtomicUpdate::Add: atomic_store(at, static_cast<T>(before + value)); break;
    case AtomicUpdate::Sub: atomic_store(at, static_cast<T>(before - value)); break;
    case AtomicUpdate::And: atomic_store(at, static_cast<T>(before & value)); break;
    case AtomicUpdate::Or: atomic_store(at, static_cast<T>(before | value)); break;
    case AtomicUpdate::Xor: atomic_store(at, static_cast<T>(before ^ value)); break;
    case AtomicUpdate::Exchange: atomic_store(at, value); break;
  }
  return before;
}

}  // namespace umber
