// Vector instructions that only compute: one handler each, operands and results in slots; the lanes of extract, replace and
// shuffle stand in the instruction. What they compute is in decoder/wasm/semantics, types included.
#include "interp/handlers/vector_operand.h"

namespace umber::interp {
namespace {

constexpr wasm::Immediate kImmediates[] = {
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) wasm::Immediate::immediate,
#include "decoder/wasm/opcodes.def"
#undef OP
};

constexpr bool has_lane(Op op) {
  const wasm::Immediate immediate = kImmediates[static_cast<unsigned>(op)];
  return immediate >= wasm::Immediate::Lane2 && immediate <= wasm::Immediate::Lane16;
}

/// Field types by the function that gives an instruction its meaning: result, operands; the last one may be an immediate.
template <Op op, class Function>
struct VectorOp;
template <Op op, class R, class A>
struct VectorOp<op, R (*const)(A)> {
  using F = Fields<SlotField<R>, SlotField<A>>;
  static Next run(State& s) {
    set_field<F, 0, R>(s, sem::apply<op>(field<F, 1, A>(s)));
    return F::next(s);
  }
};
template <Op op, class R, class A, class B>
struct VectorOp<op, R (*const)(A, B)> {
  using F = Fields<SlotField<R>, SlotField<A>, std::conditional_t<has_lane(op), Half, SlotField<B>>>;
  static Next run(State& s) {
    if constexpr (has_lane(op))
      set_field<F, 0, R>(s, sem::apply<op>(field<F, 1, A>(s), static_cast<B>(F::template half<2>(s))));
    else
      set_field<F, 0, R>(s, sem::apply<op>(field<F, 1, A>(s), field<F, 2, B>(s)));
    return F::next(s);
  }
};
template <Op op, class R, class A, class B, class C>
struct VectorOp<op, R (*const)(A, B, C)> {
  static constexpr bool kIsShuffle = op == Op::I8x16Shuffle;
  using Third = std::conditional_t<has_lane(op), Half, std::conditional_t<kIsShuffle, VectorImm, SlotField<C>>>;
  using F = Fields<SlotField<R>, SlotField<A>, SlotField<B>, Third>;
  static Next run(State& s) {
    if constexpr (has_lane(op))
      set_field<F, 0, R>(s, sem::apply<op>(field<F, 1, A>(s), field<F, 2, B>(s), static_cast<C>(F::template half<3>(s))));
    else
      set_field<F, 0, R>(s, sem::apply<op>(field<F, 1, A>(s), field<F, 2, B>(s), field<F, 3, C>(s)));
    return F::next(s);
  }
};

struct VectorSpec {
  template <int index>
  static constexpr Handler entry() {
    constexpr Op op = static_cast<Op>(static_cast<int>(kFirstVector) + index);
    if constexpr (sem::kHasMeaning<op>)
      return &handler<VectorOp<op, decltype(sem::kMeaning<op>)>>;
    else
      return nullptr;
  }
};

StringRef name_of_vector(unsigned op) { return wasm::text_of(static_cast<Op>(static_cast<unsigned>(kFirstVector) + op)); }

}  // namespace

constinit const Family kFamVector = {"", kTable<VectorSpec, kVectorOps>.data(), name_of_vector, "V", kVectorOps, {}};

}  // namespace umber::interp
