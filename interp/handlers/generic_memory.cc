// Scalar accesses to memories other than memory 0, with 64-bit addresses, or with offsets that have no field: one handler each.
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

/// Counted from i32.load; vector accesses come behind (vector_memory.cc).
struct AnySpec {
  template <int index>
  static constexpr Handler entry() {
    constexpr Op op = generic_memory_op(index);
    if constexpr (op >= Op::I32Load && op <= Op::I64Load32U)
      return scalar_load<op>();
    else if constexpr (op >= Op::I32Store && op <= Op::I64Store32)
      return scalar_store<op>();
    else
      return nullptr;
  }
};
StringRef name_of_access(unsigned op) { return wasm::text_of(generic_memory_op(static_cast<int>(op))); }

}  // namespace

constinit const Family kFamGenericMemory = {"any", kTable<AnySpec, kGenericMemoryOps>.data(), name_of_access, "M", kGenericMemoryOps, {}};
}  // namespace umber::interp
