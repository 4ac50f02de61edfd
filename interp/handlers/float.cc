// Floating-point arithmetic and conversions. Sums and products come in every combination of places; the rest writes a slot.
#include "interp/families.h"
#include "interp/numeric.h"
#include "interp/operand.h"

namespace umber::interp {
namespace {

template <Op op, int d, int a, int b>
struct Binary {
  using F = Fields<Operand<ValueOf<op>, d>, Operand<OperandOf<op>, a>, Operand<OperandOf<op>, b>>;
  static Next run(State& s) {
    F::template put<0>(s, sem::apply<op>(F::template get<1>(s), F::template get<2>(s)));
    return F::next(s);
  }
};

/// The first four of both lists are add, sub, mul, div.
constexpr bool is_hot(int op) { return op < 4; }

template <const auto& list>
struct BinarySpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    constexpr bool kSmall = !kIsCompact || is_float_slot(b);
    return handler_if<(is_hot(op) || is_float_slot(d)) && kSmall, Binary<list[op], d, a, b>>();
  }
};
template <const auto& list>
struct CompareSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    return handler_if<!is_float_slot(a) || is_float_slot(b), Binary<list[op], d, a, b>>();
  }
};

template <Op op, int d, int a>
struct Unary {
  using F = Fields<Operand<ValueOf<op>, d>, Operand<OperandOf<op>, a>>;
  static Next run(State& s) {
    const auto result = sem::apply<op>(F::template get<1>(s));
    if constexpr (sem::kCanTrap<sem::ResultOf<op>>)
      if (sem::trap_of(result) != sem::Trap::None) [[unlikely]] return trap(kind_of(sem::trap_of(result)));
    F::template put<0>(s, sem::value_of(result));
    return F::next(s);
  }
};
/// Long and rare: rounding to integers, which plain x86-64 has no instruction for, and conversions other than those of C's int.
constexpr bool is_rare(Op op) {
  switch (op) {
    case Op::F32Ceil:
    case Op::F32Floor:
    case Op::F32Trunc:
    case Op::F32Nearest:
    case Op::F64Ceil:
    case Op::F64Floor:
    case Op::F64Trunc:
    case Op::F64Nearest:
    case Op::I32TruncF32U:
    case Op::I32TruncF64U:
    case Op::I64TruncF32S:
    case Op::I64TruncF32U:
    case Op::I64TruncF64S:
    case Op::I64TruncF64U:
    case Op::I32TruncSatF32U:
    case Op::I64TruncSatF32S:
    case Op::I64TruncSatF32U:
    case Op::I64TruncSatF64U:
    case Op::F32ConvertI64U:
    case Op::F64ConvertI64U: return true;
    default: return false;
  }
}
template <const auto& list>
struct UnarySpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    constexpr bool kToSlot = d == kRegsOf<ValueOf<list[op]>>;
    return handler_if<!is_rare(list[op]) || kToSlot, Unary<list[op], d, a>>();
  }
};

template <const auto& list>
StringRef name_in(unsigned op) { return wasm::text_of(list[op]); }

template <const auto& list>
constexpr int kOps = static_cast<int>(std::size(list));

template <const auto& list>
constexpr Family binary_family(StringRef shape) {
  return {"float", kTable<BinarySpec<list>, kOps<list>, kFloat, kFloat, kFloatImm>.data(), name_in<list>, shape, kOps<list>,
          {kFloat, kFloat, kFloatImm, 0}};
}
template <const auto& list>
constexpr Family compare_family(StringRef shape) {
  return {"compare", kTable<CompareSpec<list>, kOps<list>, kInt, kFloat, kFloat>.data(), name_in<list>, shape, kOps<list>,
          {kInt, kFloat, kFloat, 0}};
}
template <const auto& list, int d, int a>
constexpr Family unary_family(StringRef shape) {
  return {"unary", kTable<UnarySpec<list>, kOps<list>, d, a>.data(), name_in<list>, shape, kOps<list>, {d, a, 0, 0}};
}

}  // namespace

constinit const Family kFamBinaryF32 = binary_family<kBinaryF32>("fff");
constinit const Family kFamBinaryF64 = binary_family<kBinaryF64>("ddd");
constinit const Family kFamCompareF32 = compare_family<kCompareF32>("iff");
constinit const Family kFamCompareF64 = compare_family<kCompareF64>("idd");
constinit const Family kFamUnaryFloat = unary_family<kUnaryFloat, kFloat, kFloat>("dd");
constinit const Family kFamF32ToInt = unary_family<kF32ToInt, kInt, kFloat>("if");
constinit const Family kFamF64ToInt = unary_family<kF64ToInt, kInt, kFloat>("id");
constinit const Family kFamIntToFloat = unary_family<kIntToFloat, kFloat, kInt>("di");

}  // namespace umber::interp
