// The accesses that have one handler each: vectors, and everything on memories other than memory 0 or with 64-bit addresses.
#include "interp/handlers/generic_memory.h"

namespace umber::interp {
namespace {

template <Op op>
[[nodiscard, gnu::always_inline]] inline typename Access<op>::Value widened(typename Access<op>::Memory value) {
  return widen<typename Access<op>::Value>(value);
}
template <Op op>
constexpr Handler scalar_load() {
  using A = Access<op>;
  return &handler<LoadAny<AnyMemory, typename A::Value, typename A::Memory, widened<op>>>;
}
template <Op op>
constexpr Handler scalar_store() {
  using A = Access<op>;
  return &handler<StoreAny<AnyMemory, typename A::Value, typename A::Memory>>;
}

/// Scalar accesses are counted from i32.load, vector accesses behind them.
struct AnySpec {
  template <int index>
  static constexpr Handler entry() {
    constexpr Op op = generic_memory_op(index);
    if constexpr (op >= Op::I32Load && op <= Op::I64Load32U)
      return scalar_load<op>();
    else if constexpr (op >= Op::I32Store && op <= Op::I64Store32)
      return scalar_store<op>();
    else
      return vector_access<AnyMemory, op>();
  }
};
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

StringRef name_of_access(unsigned op) { return wasm::text_of(generic_memory_op(static_cast<int>(op))); }

}  // namespace

constinit const Family kFamGenericMemory = {"any", kTable<AnySpec, kGenericMemoryOps>.data(), name_of_access, "M", kGenericMemoryOps, {}};
constinit const Family kFamGuardedVector = {"guarded", kTable<VectorSpec<Memory0Guarded>, kGenericMemoryOps>.data(), name_of_access,
                                            "M", kGenericMemoryOps, {}};
constinit const Family kFamCheckedVector = {"checked", kTable<VectorSpec<Memory0Checked>, kGenericMemoryOps>.data(), name_of_access,
                                            "M", kGenericMemoryOps, {}};

}  // namespace umber::interp
