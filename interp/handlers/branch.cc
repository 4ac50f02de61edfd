// Conditional branches: comparisons of every kind that decide at once where to go on. Each comes in two directions. Forward it
// only moves the program counter. Backward, to a loop header, it pays the loop's fuel as well, so that a turn of a loop
// costs no operation of its own, and a spent budget stops the run with the state that the header expects.
#include "interp/handlers/br_table.h"
#include "interp/numeric.h"
#include "interp/operand.h"

namespace umber::interp {
namespace {

/// Takes a backward branch whose distance is at byte `at` of the instruction, the weight behind it. In the compact profile all
/// backward branches share it; in the other one it is a part of each.
template <int at>
struct TakeBack {
  static Next run(State& s) { return jump_back(s, load_field<int32_t>(s.pc + at), load_field<uint32_t>(s.pc + at + 4)); }
};

/// Takes the branch of the instruction whose distance and weight are words w and w + 1.
template <class F, bool back, int w>
[[gnu::always_inline]] inline Next take(State& s) {
  if constexpr (back && kIsCompact) return Next::Slow;
  if constexpr (back) return TakeBack<F::at(w)>::run(s);
  s.pc += F::template signed_word<w>(s);
  return Next::Branch;
}

/// The operands, then the distance and, backward, the weight.
template <bool back, class... Operands>
struct BranchFieldsOf {
  using Type = Fields<Operands..., Word>;
};
template <class... Operands>
struct BranchFieldsOf<true, Operands...> {
  using Type = Fields<Operands..., Word, Word>;
};
template <bool back, class... Operands>
using BranchFields = typename BranchFieldsOf<back, Operands...>::Type;

template <Op op, bool back, int a, int b>
struct BranchInt {
  using F = BranchFields<back, Operand<OperandOf<op>, a>, Operand<OperandOf<op>, b>>;
  using Slow = TakeBack<F::at(2)>;
  static Next run(State& s) {
    if (sem::apply<op>(F::template get<0>(s), F::template get<1>(s)) != 0) return take<F, back, 2>(s);
    return F::next(s);
  }
};
struct BranchIntSpec {
  template <int op, int a, int b>
  static constexpr Handler entry() {
    return handler_if<has_comparison(op / 2, a, b, kInt), BranchInt<kBranchInt[op / 2], op % 2 == 1, a, b>>();
  }
};

template <class T, bool on_zero, bool back, int a>
struct BranchTruth {
  using F = BranchFields<back, Operand<T, a>>;
  using Slow = TakeBack<F::at(1)>;
  static Next run(State& s) {
    if ((F::template get<0>(s) == 0) == on_zero) return take<F, back, 1>(s);
    return F::next(s);
  }
};
template <class T, bool on_zero, bool back, int a, int b>
struct BranchMask {
  using F = BranchFields<back, Operand<T, a>, Operand<T, b>>;
  using Slow = TakeBack<F::at(2)>;
  static Next run(State& s) {
    if (((F::template get<0>(s) & F::template get<1>(s)) == 0) == on_zero) return take<F, back, 2>(s);
    return F::next(s);
  }
};
template <int test>
using TruthType = std::conditional_t<test / 2 == 0, uint32_t, uint64_t>;
struct BranchTruthSpec {
  template <int op, int a>
  static constexpr Handler entry() {
    return &handler<BranchTruth<TruthType<op / 2>, op / 2 % 2 == 0, op % 2 == 1, a>>;
  }
};
struct BranchMaskSpec {
  template <int op, int a, int b>
  static constexpr Handler entry() {
    return handler_if<a <= b && (!kIsCompact || op < 4), BranchMask<TruthType<op / 2>, op / 2 % 2 == 0, op % 2 == 1, a, b>>();
  }
};

template <class T, FloatTest test>
[[gnu::always_inline]] inline bool holds(T a, T b) {
  switch (test) {
    case FloatTest::Eq: return a == b;
    case FloatTest::Lt: return a < b;
    case FloatTest::Le: return a <= b;
    case FloatTest::Ne: return !(a == b);
    case FloatTest::NotLt: return !(a < b);
    case FloatTest::NotLe: return !(a <= b);
  }
  return false;
}
template <class T, FloatTest test, bool back, int a, int b>
struct BranchFloat {
  using F = BranchFields<back, Operand<T, a>, Operand<T, b>>;
  using Slow = TakeBack<F::at(2)>;
  static Next run(State& s) {
    if (holds<T, test>(F::template get<0>(s), F::template get<1>(s))) return take<F, back, 2>(s);
    return F::next(s);
  }
};
template <class T>
struct BranchFloatSpec {
  template <int op, int a, int b>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, BranchFloat<T, static_cast<FloatTest>(op / 2), op % 2 == 1, a, b>>();
  }
};

struct BranchTableSpec {
  template <int, int a>
  static constexpr Handler entry() {
    return &handler<BranchTable<a>>;
  }
};

constexpr int kIntOps = 2 * static_cast<int>(std::size(kBranchInt));

StringRef int_name(unsigned op) { return wasm::text_of(kBranchInt[op / 2]); }
StringRef truth_name(unsigned op) {
  constexpr const char* kNames[] = {"zero32", "nonzero32", "zero64", "nonzero64"};
  return kNames[op / 2];
}
StringRef float_name(unsigned op) {
  constexpr const char* kNames[] = {"eq", "lt", "le", "ne", "not_lt", "not_le"};
  return kNames[op / 2];
}

template <class T>
constexpr Family float_family(StringRef name, StringRef shape) {
  return {name, kTable<BranchFloatSpec<T>, 2 * kFloatTests, kFloat, kFloat>.data(), float_name, shape, 2 * kFloatTests,
          {kFloat, kFloat, 0, 0}};
}

}  // namespace

constinit const Family kFamBranchInt = {"br", kTable<BranchIntSpec, kIntOps, kInt, kIntImm>.data(), int_name, "iib", kIntOps,
                                        {kInt, kIntImm, 0, 0}, 2 * kBranchIntPerWidth};
constinit const Family kFamBranchTruth = {"br", kTable<BranchTruthSpec, 8, kInt>.data(), truth_name, "ib", 8, {kInt, 0, 0, 0}};
constinit const Family kFamBranchMask = {"br.and", kTable<BranchMaskSpec, 8, kInt, kIntImm>.data(), truth_name, "iib", 8,
                                         {kInt, kIntImm, 0, 0}, 4};
constinit const Family kFamBranchF32 = float_family<float>("br.f32", "ffb");
constinit const Family kFamBranchF64 = float_family<double>("br.f64", "ddb");
constinit const Family kFamBranchTable = {"br_table", kTable<BranchTableSpec, 1, kInt>.data(), nullptr, "it", 1, {kInt, 0, 0, 0}};

}  // namespace umber::interp
