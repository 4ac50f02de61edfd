// Integer operations in one: a shifted operand, sums of three, bit fields, increments in pairs, and the increment that ends a loop.
// Each saves a dispatch, which costs more than the operation itself.
#include "interp/families.h"
#include "interp/numeric.h"
#include "interp/operand.h"

namespace umber::interp {
namespace {

/// D = A op (B shifted by k).
template <Op op, Op shift, int d, int a, int b>
struct Shifted {
  using T = OperandOf<op>;
  using F = Fields<Operand<T, d>, Operand<T, a>, Operand<T, b>, Half>;
  static Next run(State& s) {
    const T shifted = sem::apply<shift>(F::template get<2>(s), static_cast<T>(F::template half<3>(s)));
    F::template put<0>(s, sem::apply<op>(F::template get<1>(s), shifted));
    return F::next(s);
  }
};
struct ShiftedSpec {
  template <int i, int d, int a, int b>
  static constexpr Handler entry() {
    constexpr Op op = kShiftedOps[i / 2];
    constexpr Op shift = kShifts[(op >= Op::I64Clz ? 2 : 0) + i % 2];
    return &handler<Shifted<op, shift, d, a, b>>;
  }
};

template <int d, int a, int b, int c>
struct Sum3 {
  using F = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Operand<uint32_t, b>, Operand<uint32_t, c>>;
  static Next run(State& s) {
    F::template put<0>(s, F::template get<1>(s) + F::template get<2>(s) + F::template get<3>(s));
    return F::next(s);
  }
};
struct Sum3Spec {
  template <int, int d, int a, int b, int c>
  static constexpr Handler entry() {
    return handler_if<a <= b && (c == kInt || b <= c), Sum3<d, a, b, c>>();
  }
};

/// (A >> k) & mask, or (A & mask) << k.
template <class T, bool up, int d, int a>
struct Field {
  using F = Fields<Operand<T, d>, Operand<T, a>, Half, Word>;
  static Next run(State& s) {
    const T value = F::template get<1>(s);
    const uint32_t count = F::template half<2>(s) & (sizeof(T) * 8 - 1);
    const T mask = static_cast<T>(int64_t{F::template signed_word<3>(s)});
    F::template put<0>(s, static_cast<T>(up ? (value & mask) << count : (value >> count) & mask));
    return F::next(s);
  }
};
struct FieldSpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    return &handler<Field<std::conditional_t<op % 2 == 0, uint32_t, uint64_t>, op / 2 == 1, d, a>>;
  }
};

template <int a, int b>
struct Increment2 {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Word, Word>;
  static Next run(State& s) {
    F::template put<0>(s, F::template get<0>(s) + F::template word<2>(s));
    F::template put<1>(s, F::template get<1>(s) + F::template word<3>(s));
    return F::next(s);
  }
};
struct Increment2Spec {
  template <int, int a, int b>
  static constexpr Handler entry() {
    return &handler<Increment2<a, b>>;
  }
};

// A B; c, distance, weight
template <int test, int a, int b>
struct IncrementBranch {
  static constexpr bool kTestsZero = test == kBranchIntPerWidth;
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Word, Word, Word>;
  static Next run(State& s) {
    const uint32_t sum = F::template get<0>(s) + F::template word<2>(s);
    F::template put<0>(s, sum);
    if (!holds(s, sum)) return F::next(s);
    return jump_back(s, F::template signed_word<3>(s), F::template word<4>(s));
  }
  [[gnu::always_inline]] static bool holds(const State& s, uint32_t sum) {
    if constexpr (kTestsZero)
      return sum != 0;
    else
      return sem::apply<kBranchInt[test]>(sum, F::template get<1>(s)) != 0;
  }
};
struct IncrementBranchSpec {
  template <int test, int a, int b>
  static constexpr Handler entry() {
    // The test for zero has no second operand: it is encoded as the first register, which takes no field.
    return handler_if<test != static_cast<int>(kBranchIntPerWidth) || (b == 0 && kIntRegs > 0), IncrementBranch<test, a, b>>();
  }
};

/// A jump with the sum before it: D = A + c; distance, weight.
template <bool back, int d, int a>
struct SumJump {
  using F = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Word, Word, Word>;
  static Next run(State& s) {
    F::template put<0>(s, F::template get<1>(s) + F::template word<2>(s));
    if constexpr (back) return jump_back(s, F::template signed_word<3>(s), F::template word<4>(s));
    s.pc += F::template signed_word<3>(s);
    return Next::Go;
  }
};
struct SumJumpSpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, SumJump<op == 1, d, a>>();
  }
};
StringRef sum_jump_name(unsigned op) { return op == 0 ? "i32.add.jump" : "i32.add.jump_back"; }

// ---- loops: load the registers, then charge or jump back -----------------------------------------------------------------

template <unsigned mask, bool jumps>
struct LoadThen {
  static constexpr int kFirstWord = first_word_after(std::popcount(mask));
  template <int reg>
  [[gnu::always_inline]] static void one(State& s) {
    if constexpr ((mask >> reg & 1) != 0)
      s.r[reg] = s.fp[load_field<uint16_t>(s.pc + kRefBytes + 2 * std::popcount(mask & ((1u << reg) - 1)))].u64;
  }
  static Next run(State& s) {
    [&]<int... reg>(std::integer_sequence<int, reg...>) { (one<reg>(s), ...); }(std::make_integer_sequence<int, kIntRegs>());
    const int64_t left = s.ctx->budget - load_field<uint32_t>(s.pc + kFirstWord + (jumps ? 4 : 0));
    s.pc += jumps ? load_field<int32_t>(s.pc + kFirstWord) : kFirstWord + 4;
    s.ctx->budget = left;
    return left < 0 ? Next::Spent : Next::Go;
  }
};
template <bool jumps>
struct LoadThenSpec {
  template <int mask>
  static constexpr Handler entry() {
    return handler_if<mask != 0, LoadThen<mask, jumps>>();
  }
};

constexpr int kShiftedCount = 2 * static_cast<int>(std::size(kShiftedOps));
constexpr int kMasks = 1 << kIntRegs;

StringRef shifted_name(unsigned i) {
  constexpr const char* kNames[] = {"i32.add <<", "i32.add >>", "i32.xor <<", "i32.xor >>", "i32.or <<", "i32.or >>",
                                    "i64.add <<", "i64.add >>", "i64.xor <<", "i64.xor >>", "i64.or <<", "i64.or >>"};
  return kNames[i];
}
StringRef field_name(unsigned op) {
  constexpr const char* kNames[] = {"i32.shr_and", "i64.shr_and", "i32.and_shl", "i64.and_shl"};
  return kNames[op];
}
StringRef increment_branch_name(unsigned test) { return test == kBranchIntPerWidth ? "nonzero32" : wasm::text_of(kBranchInt[test]); }

}  // namespace

constinit const Family kFamShifted = {"shifted", kTable<ShiftedSpec, kShiftedCount, kInt, kInt, kInt>.data(), shifted_name, "iiih",
                                      kShiftedCount, {kInt, kInt, kInt, 0}};
constinit const Family kFamSum3 = {"i32.sum", kTable<Sum3Spec, 1, kInt, kInt, kInt, kIntImm>.data(), nullptr, "iiii", 1,
                                   {kInt, kInt, kInt, kIntImm}};
constinit const Family kFamField = {"field", kTable<FieldSpec, 4, kInt, kInt>.data(), field_name, "iihw", 4, {kInt, kInt, 0, 0}};
constinit const Family kFamIncrement2 = {"i32.increment2", kTable<Increment2Spec, 1, kInt, kInt>.data(), nullptr, "ii++", 1,
                                         {kInt, kInt, 0, 0}};
constinit const Family kFamIncrementBranch = {"increment.br.back", kTable<IncrementBranchSpec, kIncrementTests, kInt, kIntImm>.data(),
                                              increment_branch_name, "ii+bc", kIncrementTests, {kInt, kIntImm, 0, 0}};
constinit const Family kFamSumJump = {"i32.add.jump", kTable<SumJumpSpec, 2, kInt, kInt>.data(), sum_jump_name, "ii+b", 2,
                                      {kInt, kInt, 0, 0}};
constinit const Family kFamEnterInt = {"reload.charge", kTable<LoadThenSpec<false>, kMasks>.data(), nullptr, "mc", kMasks, {}};
constinit const Family kFamJumpBackInt = {"reload.jump_back", kTable<LoadThenSpec<true>, kMasks>.data(), nullptr, "mbc", kMasks, {}};

}  // namespace umber::interp
