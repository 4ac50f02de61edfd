// Vector accesses: one handler each, for memory 0 guarded, memory 0 checked, and any memory.
#include "interp/handlers/generic_memory.h"

namespace umber::interp {
namespace {

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

constinit const Family kFamAnyVector = {"any", kTable<VectorSpec<AnyMemory>, kGenericMemoryOps>.data(), name_of_access, "M",
                                        kGenericMemoryOps, {}};
constinit const Family kFamGuardedVector = {"guarded", kTable<VectorSpec<Memory0Guarded>, kGenericMemoryOps>.data(), name_of_access,
                                            "M", kGenericMemoryOps, {}};
constinit const Family kFamCheckedVector = {"checked", kTable<VectorSpec<Memory0Checked>, kGenericMemoryOps>.data(), name_of_access,
                                            "M", kGenericMemoryOps, {}};

}  // namespace umber::interp
