// Vector accesses: to memory 0, guarded or checked, with the address in a register, and to any memory with 32-bit addresses.
#include "interp/handlers/generic_memory.h"
#include "interp/handlers/vector_operand.h"

namespace umber::interp {
namespace {

/// Operands, then in the speed profile an addend to the address, then the offset.
template <class... Operands>
using VectorFields = std::conditional_t<kIsCompact, Fields<Operands..., Word>, Fields<Operands..., Word, Word>>;

/// The access at operand a + field o (the addend) + the field behind it.
template <class F, int a, int o, bool checked, class Memory>
[[nodiscard, gnu::always_inline]] inline bool read_vector(State& s, Memory& value) {
  if constexpr (kIsCompact)
    return read_memory<Memory, checked>(s, F::template get<a>(s), F::template word<o>(s), value);
  else
    return read_memory<Memory, checked>(s, F::template get<a>(s) + F::template word<o>(s), F::template word<o + 1>(s), value);
}
template <class F, int a, int o, bool checked, class Memory>
[[nodiscard, gnu::always_inline]] inline bool write_vector(State& s, Memory value) {
  if constexpr (kIsCompact)
    return write_memory<Memory, checked>(s, F::template get<a>(s), F::template word<o>(s), value);
  else
    return write_memory<Memory, checked>(s, F::template get<a>(s) + F::template word<o>(s), F::template word<o + 1>(s), value);
}

/// D = what memory makes it
template <bool checked, Op op, int d, int a>
struct Load {
  using F = VectorFields<Operand<V128, d>, Operand<uint32_t, a>>;
  static Next run(State& s) {
    LoadedBytes<op> value;
    if (!read_vector<F, 1, 2, checked>(s, value)) return trap(TrapKind::MemoryOutOfBounds);
    F::template put<0>(s, sem::kLoaded<op>(value));
    return F::next(s);
  }
};
/// memory = B
template <bool checked, Op, int a, int b>
struct Store {
  using F = VectorFields<Operand<uint32_t, a>, Operand<V128, b>>;
  static Next run(State& s) {
    if (!write_vector<F, 0, 2, checked>(s, F::template get<1>(s))) return trap(TrapKind::MemoryOutOfBounds);
    return F::next(s);
  }
};
/// D = B with a lane from memory
template <bool checked, Op op, int d, int a, int b>
struct LoadOfLane {
  using F = VectorFields<Operand<V128, d>, Operand<uint32_t, a>, Operand<V128, b>, Half>;
  static Next run(State& s) {
    LaneBytes<op> value;
    if (!read_vector<F, 1, 4, checked>(s, value)) return trap(TrapKind::MemoryOutOfBounds);
    F::template put<0>(s, sem::kLaneLoaded<op>(F::template get<2>(s), value, F::template half<3>(s)));
    return F::next(s);
  }
};
/// memory = a lane of B
template <bool checked, Op op, int a, int b>
struct StoreOfLane {
  using F = VectorFields<Operand<uint32_t, a>, Operand<V128, b>, Half>;
  static Next run(State& s) {
    const auto value = lane_of_field<F, 1, LaneBytes<op>>(s, F::template half<2>(s));
    if (!write_vector<F, 0, 3, checked>(s, value)) return trap(TrapKind::MemoryOutOfBounds);
    return F::next(s);
  }
};

template <bool checked, const auto& list, template <bool, Op, int...> class Body>
struct AccessSpec {
  template <int index, int... places>
  static constexpr Handler entry() { return &handler<Body<checked, list[index], places...>>; }
};
template <bool checked, Op op, int... places>
using LoadBody = Load<checked, op, places...>;
template <bool checked, Op op, int... places>
using StoreBody = Store<checked, op, places...>;
template <bool checked, Op op, int... places>
using LoadLaneBody = LoadOfLane<checked, op, places...>;
template <bool checked, Op op, int... places>
using StoreLaneBody = StoreOfLane<checked, op, places...>;

template <bool checked, const auto& list, template <bool, Op, int...> class Body, int... dims>
constexpr Family access_family(StringRef fields, StringRef compact_fields) {
  return vector_family<AccessSpec<checked, list, Body>, list, dims...>(checked ? "checked" : "guarded", kIsCompact ? compact_fields : fields);
}
template <bool checked>
constexpr VectorAccesses kAccesses = {
    access_family<checked, kVectorLoads, LoadBody, kVector, kInt>("vi+o", "vio"),
    access_family<checked, kVectorStores, StoreBody, kInt, kVector>("iv+o", "ivo"),
    access_family<checked, kVectorLaneLoads, LoadLaneBody, kVector, kInt, kVector>("vivh+o", "vivho"),
    access_family<checked, kVectorLaneStores, StoreLaneBody, kInt, kVector>("ivh+o", "ivho"),
};

}  // namespace

constinit const VectorAccesses kGuardedVectors = kAccesses<false>, kCheckedVectors = kAccesses<true>;
constinit const Family kFamAnyVector = {"any", kTable<VectorSpec<AnyMemory>, kGenericMemoryOps>.data(), name_of_access, "Mwo",
                                        kGenericMemoryOps, {}};

}  // namespace umber::interp
