// Vector instructions of two and three operands that only compute. What they compute is in decoder/wasm/semantics.
#include "interp/handlers/vector_native.h"

namespace umber::interp {
namespace {

template <Op op, int d, int a, int b>
struct VectorBinary {
  using F = Fields<Operand<V128, d>, Operand<V128, a>, Operand<V128, b>>;
  static Next run(State& s) {
    F::template put<0>(s, compute<op>(F::template get<1>(s), F::template get<2>(s)));
    return F::next(s);
  }
};
/// The same where bytes are picked by one instruction; `Slow` finds out whether there is one, and does without.
template <Op op, int d, int a, int b>
struct SlowSwizzle {
  using F = Fields<Operand<V128, d>, Operand<V128, a>, Operand<V128, b>>;
  static Next run(State& s) {
    find_byte_shuffle();
    return VectorBinary<op, d, a, b>::run(s);
  }
};
template <Op op, int d, int a, int b>
struct Swizzle {
  using F = Fields<Operand<V128, d>, Operand<V128, a>, Operand<V128, b>>;
  using Slow = SlowSwizzle<op, d, a, b>;
  static Next run(State& s) {
    if (!shuffles_bytes()) [[unlikely]] return Next::Slow;
    F::template put<0>(s, look_up(F::template get<1>(s), F::template get<2>(s)));
    return F::next(s);
  }
};
template <Op op, int d, int a, int b>
struct BinaryBody {
  using Type = VectorBinary<op, d, a, b>;
};
template <Op op, int d, int a, int b>
  requires(kMayShuffleBytes && (op == Op::I8x16Swizzle || op == Op::I8x16RelaxedSwizzle))
struct BinaryBody<op, d, a, b> {
  using Type = Swizzle<op, d, a, b>;
};

struct BinarySpec {
  template <int index, int d, int a, int b>
  static constexpr Handler entry() {
    constexpr Op op = kVectorOps<VectorShape::Binary>[index];
    constexpr bool kFits = count_places(kInVector, a, b) <= 1 && count_places(kVectorConstant, a, b) <= 1;
    constexpr bool kInOrder = !commutes_in_lanes(op) || a <= b;
    return handler_if<kFits && kInOrder && (a != kVectorConstant || takes_constant_first(op)), typename BinaryBody<op, d, a, b>::Type>();
  }
};

template <Op op, int d, int a, int b, int c>
struct VectorTernary {
  using F = Fields<Operand<V128, d>, Operand<V128, a>, Operand<V128, b>, Operand<V128, c>>;
  static Next run(State& s) {
    F::template put<0>(s, compute<op>(F::template get<1>(s), F::template get<2>(s), F::template get<3>(s)));
    return F::next(s);
  }
};
struct TernarySpec {
  template <int index, int d, int a, int b, int c>
  static constexpr Handler entry() {
    constexpr Op op = kVectorOps<VectorShape::Ternary>[index];
    constexpr bool kFits = count_places(kInVector, a, b, c) <= 1 && count_places(kVectorConstant, a, b, c) <= 1;
    constexpr bool kHasConstant = count_places(kVectorConstant, a, b, c) != 0;
    return handler_if<kFits && (!kHasConstant || op == Op::V128Bitselect), VectorTernary<op, d, a, b, c>>();
  }
};

/// Bytes of two vectors by number, those of the second from 16 on; from 32 on zero.
template <class LookUp>
[[nodiscard, gnu::always_inline]] inline V128 pick(V128 lanes, LookUp look_up_in) {
  const V128 beyond = sem::apply<Op::I8x16Sub>(lanes, sem::apply<Op::I8x16Splat>(uint32_t{16}));
  return sem::apply<Op::V128Or>(look_up_in(lanes, false), look_up_in(beyond, true));
}
/// D = lanes of A and B, or zeros: kZeroLane. Fields: D A B, 16 lanes.
template <int d, int a, int b>
struct SlowShuffle {
  using F = Fields<Operand<V128, d>, Operand<V128, a>, Operand<V128, b>, Operand<V128, kVectorConstant>>;
  static Next run(State& s) {
    find_byte_shuffle();
    const V128 lanes = F::template get<3>(s);
    if constexpr (kIsCompact)
      F::template put<0>(s, sem::apply<Op::I8x16Shuffle>(F::template get<1>(s), F::template get<2>(s), lanes));
    else
      F::template put<0>(s, pick(lanes, [&](V128 indices, bool second) {
        return sem::apply<Op::I8x16Swizzle>(second ? F::template get<2>(s) : F::template get<1>(s), indices);
      }));
    return F::next(s);
  }
};
template <int d, int a, int b>
struct Shuffle {
  using Slow = SlowShuffle<d, a, b>;
  using F = typename Slow::F;
  static Next run(State& s) {
    if (!shuffles_bytes()) [[unlikely]] return Next::Slow;
    F::template put<0>(s, pick(F::template get<3>(s), [&](V128 indices, bool second) {
      return look_up(second ? F::template get<2>(s) : F::template get<1>(s), indices);
    }));
    return F::next(s);
  }
};
struct ShuffleSpec {
  template <int, int d, int a, int b>
  static constexpr Handler entry() { 
    using Body = std::conditional_t<kMayShuffleBytes, Shuffle<d, a, b>, SlowShuffle<d, a, b>>;
    return handler_if<count_places(kInVector, a, b) <= 1, Body>();
  }
};

// The compact profile takes no constants.
constexpr int kSource = kIsCompact ? kVector : kVectorImm;

}  // namespace

constinit const Family kFamVectorBinary =
    vector_family<BinarySpec, kVectorOps<VectorShape::Binary>, kVector, kSource, kSource>("", "vvv");
constinit const Family kFamVectorTernary =
    vector_family<TernarySpec, kVectorOps<VectorShape::Ternary>, kVector, kSource, kSource, kSource>("", "vvvv");
constinit const Family kFamShuffle = vector_family<ShuffleSpec, kVectorOps<VectorShape::Shuffle>, kVector, kVector, kVector>("", "vvvxxxx");

}  // namespace umber::interp
