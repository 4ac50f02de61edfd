// Integer arithmetic. Most of what programs execute is here, so the frequent operations come in every combination of
// operand places; the others have those that write the register they read, or a slot.
#include "interp/families.h"
#include "interp/numeric.h"
#include "interp/operand.h"

namespace umber::interp {
namespace {

template <Op op, int d, int a, int b>
struct Binary {
  using F = Fields<Operand<ValueOf<op>, d>, Operand<OperandOf<op>, a>, Operand<OperandOf<op>, b>>;
  static Next run(State& s) {
    const auto result = sem::apply<op>(F::template get<1>(s), F::template get<2>(s));
    if constexpr (sem::kCanTrap<sem::ResultOf<op>>)
      if (sem::trap_of(result) != sem::Trap::None) [[unlikely]] return trap(kind_of(sem::trap_of(result)));
    F::template put<0>(s, sem::value_of(result));
    return F::next(s);
  }
};

constexpr bool commutes(Op op) {
  switch (op) {
    case Op::I32Add:
    case Op::I32Mul:
    case Op::I32And:
    case Op::I32Or:
    case Op::I32Xor:
    case Op::I64Add:
    case Op::I64Mul:
    case Op::I64And:
    case Op::I64Or:
    case Op::I64Xor: return true;
    default: return false;
  }
}

struct HotSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    // A commutative operation has its operands in ascending order of place. Rotations by what is no constant are rare.
    constexpr bool kIsRotation = kHotBinaryInt[op] == Op::I32Rotl || kHotBinaryInt[op] == Op::I64Rotl;
    constexpr bool kIsFrequent = !kIsRotation || kIsCompact || b == kInt || d == a || is_int_slot(d);
    return handler_if<(!commutes(kHotBinaryInt[op]) || a <= b) && kIsFrequent, Binary<kHotBinaryInt[op], d, a, b>>();
  }
};

struct ColdSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    return handler_if<(d == a || is_int_slot(d)) && (!kIsCompact || b != kInt), Binary<kColdBinaryInt[op], d, a, b>>();
  }
};

struct CompareSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    return handler_if<has_comparison(op, a, b, kInt) && (!kIsCompact || b != kInt), Binary<kBranchInt[op], d, a, b>>();
  }
};

template <Op op, int d, int b>
struct Reversed {
  using F = Fields<Operand<OperandOf<op>, d>, Operand<OperandOf<op>, b>, Operand<OperandOf<op>, kImm<OperandOf<op>>>>;
  static Next run(State& s) {
    F::template put<0>(s, sem::apply<op>(F::template get<2>(s), F::template get<1>(s)));
    return F::next(s);
  }
};
struct ReversedSpec {
  template <int op, int d, int b>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, Reversed<kReversedInt[op], d, b>>();
  }
};

template <Op op, int d, int a>
struct Unary {
  using F = Fields<Operand<ValueOf<op>, d>, Operand<OperandOf<op>, a>>;
  static Next run(State& s) {
    F::template put<0>(s, sem::apply<op>(F::template get<1>(s)));
    return F::next(s);
  }
};
struct UnarySpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    constexpr bool kIsRare = kUnaryInt[op] == Op::I32Popcnt || kUnaryInt[op] == Op::I64Popcnt;  // and long
    return handler_if<!kIsRare || d == a || is_int_slot(d), Unary<kUnaryInt[op], d, a>>();
  }
};

constexpr int kHotOps = std::size(kHotBinaryInt);
constexpr int kColdOps = std::size(kColdBinaryInt);
constexpr int kCompareOps = std::size(kBranchInt);
constexpr int kReversedOps = std::size(kReversedInt);
constexpr int kUnaryOps = std::size(kUnaryInt);

template <const auto& list>
StringRef name_in(unsigned op) { return wasm::text_of(list[op]); }

}  // namespace

constinit const Family kFamHotInt = {"int", kTable<HotSpec, kHotOps, kInt, kInt, kIntImm>.data(), name_in<kHotBinaryInt>, "iii",
                                     kHotOps, {kInt, kInt, kIntImm, 0}, index_in<kHotBinaryInt>(Op::I64Add)};
constinit const Family kFamColdInt = {"int", kTable<ColdSpec, kColdOps, kInt, kInt, kIntImm>.data(), name_in<kColdBinaryInt>,
                                      "iii", kColdOps, {kInt, kInt, kIntImm, 0}, index_in<kColdBinaryInt>(Op::I64Rotr)};
constinit const Family kFamCompareInt = {"int", kTable<CompareSpec, kCompareOps, kInt, kInt, kIntImm>.data(), name_in<kBranchInt>,
                                         "iii", kCompareOps, {kInt, kInt, kIntImm, 0}, kBranchIntPerWidth};
constinit const Family kFamReversedInt = {"reversed", kTable<ReversedSpec, kReversedOps, kInt, kInt>.data(),
                                          name_in<kReversedInt>, "iiw", kReversedOps, {kInt, kInt, 0, 0}};
constinit const Family kFamUnaryInt = {"unary", kTable<UnarySpec, kUnaryOps, kInt, kInt>.data(), name_in<kUnaryInt>, "ii",
                                       kUnaryOps, {kInt, kInt, 0, 0}};

}  // namespace umber::interp
