// Vector instructions that only compute, of one operand or with a scalar on one side: shifts, splats, tests, single lanes. What they compute
// is in decoder/wasm/semantics, types included.
#include "interp/handlers/vector_native.h"

namespace umber::interp {
namespace {

template <class T>
inline constexpr int kPlacesOf = kRegsOf<T> + 1;
/// The carriers of an instruction's result and operands.
template <class Function>
struct CarriersOf;
template <class R, class A>
struct CarriersOf<R (*const)(A)> {
  using Result = R;
  using First = A;
};
template <class R, class A, class B>
struct CarriersOf<R (*const)(A, B)> : CarriersOf<R (*const)(A)> {
  using Second = B;
};
template <class R, class A, class B, class C>
struct CarriersOf<R (*const)(A, B, C)> : CarriersOf<R (*const)(A, B)> {};
template <Op op>
using Carriers = CarriersOf<decltype(sem::kMeaning<op>)>;

/// D = op(A)
template <Op op, int d, int a>
struct VectorUnary {
  using F = Fields<Operand<typename Carriers<op>::Result, d>, Operand<typename Carriers<op>::First, a>>;
  static Next run(State& s) {
    F::template put<0>(s, compute<op>(F::template get<1>(s)));
    return F::next(s);
  }
};
/// D = A shifted by B
template <Op op, int d, int a, int b>
struct VectorShift {
  using F = Fields<Operand<V128, d>, Operand<V128, a>, Operand<uint32_t, b>>;
  static Next run(State& s) {
    F::template put<0>(s, compute<op>(F::template get<1>(s), F::template get<2>(s)));
    return F::next(s);
  }
};
/// D = a lane of A
template <Op op, int d, int a>
struct ExtractLane {
  using F = Fields<Operand<typename Carriers<op>::Result, d>, Operand<V128, a>, Half>;
  static Next run(State& s) {
    F::template put<0>(s, compute<op>(F::template get<1>(s), F::template half<2>(s)));
    return F::next(s);
  }
};
/// D = A with B in a lane
template <Op op, int d, int a, int b>
struct ReplaceLane {
  using F = Fields<Operand<V128, d>, Operand<V128, a>, Operand<typename Carriers<op>::Second, b>, Half>;
  static Next run(State& s) {
    F::template put<0>(s, compute<op>(F::template get<1>(s), F::template get<2>(s), F::template half<3>(s)));
    return F::next(s);
  }
};

/// All combinations of the dimensions' places.
template <VectorShape shape, template <Op, int...> class Body>
struct Spec {
  template <int index, int... places>
  static constexpr Handler entry() { return &handler<Body<kVectorOps<shape>[index], places...>>; }
};
template <Op op, int... places>
using UnaryBody = VectorUnary<op, places...>;
template <Op op, int... places>
using ShiftBody = VectorShift<op, places...>;
template <Op op, int... places>
using ExtractBody = ExtractLane<op, places...>;
template <Op op, int... places>
using ReplaceBody = ReplaceLane<op, places...>;

template <VectorShape shape, template <Op, int...> class Body, int... dims>
constexpr Family family_of(StringRef fields) { return vector_family<Spec<shape, Body>, kVectorOps<shape>, dims...>("", fields); }

constexpr int kCount = kIsCompact ? kInt : kIntImm;

}  // namespace

constinit const Family kFamVectorUnary = family_of<VectorShape::Unary, UnaryBody, kVector, kVector>("vv");
constinit const Family kFamVectorShift = family_of<VectorShape::Shift, ShiftBody, kVector, kVector, kCount>("vvi");
constinit const Family kFamSplatInt = family_of<VectorShape::SplatInt, UnaryBody, kVector, kInt>("vl");
constinit const Family kFamSplatFloat = family_of<VectorShape::SplatFloat, UnaryBody, kVector, kFloat>("vd");
constinit const Family kFamVectorTest = family_of<VectorShape::Test, UnaryBody, kInt, kVector>("iv");
constinit const Family kFamExtractInt = family_of<VectorShape::ExtractInt, ExtractBody, kInt, kVector>("lvh");
constinit const Family kFamExtractFloat = family_of<VectorShape::ExtractFloat, ExtractBody, kFloat, kVector>("dvh");
constinit const Family kFamReplaceInt = family_of<VectorShape::ReplaceInt, ReplaceBody, kVector, kVector, kInt>("vvlh");
constinit const Family kFamReplaceFloat = family_of<VectorShape::ReplaceFloat, ReplaceBody, kVector, kVector, kFloat>("vvdh");

}  // namespace umber::interp
