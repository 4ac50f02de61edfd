// A branch with what precedes it: the load of what it tests, the increments at the end of a loop. And a loop's charge with the copy
// or sum before it. A load comes first, so that a fault finds everything as it was.
#include "interp/handlers/memory.h"
#include "interp/numeric.h"
#include "interp/pair_families.h"

namespace umber::interp {
namespace {

// D A; constant, offset, distance, weight
template <Op load, int test, bool back, int d, int a>
struct LoadBranch {
  using F = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Word, Word, Word, Word>;
  using Forward = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Word, Word, Word>;
  static Next run(State& s) {
    typename Access<load>::Memory read;
    (void)read_memory<decltype(read), false>(s, uint64_t{F::template get<1>(s)} + F::template word<3>(s), read);
    const uint32_t value = widen<uint32_t>(read);
    const uint32_t bound = F::template word<2>(s);
    F::template put<0>(s, value);
    if (sem::apply<kBranchInt[test]>(value, bound) == 0) {
      s.pc += back ? F::kSize : Forward::kSize;
      return Next::Go;
    }
    if constexpr (back) return jump_back(s, F::template signed_word<4>(s), F::template word<5>(s));
    s.pc += F::template signed_word<4>(s);
    return Next::Branch;
  }
};
struct LoadBranchSpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    constexpr int kTest = op / 2 % static_cast<int>(kLoadTests);
    constexpr Op kLoad = kBranchedLoads[op / 2 / static_cast<int>(kLoadTests)];
    constexpr bool kIsEquality = kTest < 2;
    constexpr bool kIsSigned = kTest % 2 == 0;
    // Backward those occur that look for an end, and a byte with a sign is compared with signs.
    constexpr bool kExists = kIsEquality || (op % 2 == 0 && (kLoad != Op::I32Load8S || kIsSigned));
    return handler_if<kExists && !kIsCompact, LoadBranch<kLoad, kTest, op % 2 == 1, d, a>>();
  }
};

// A B; addend, offset, constant, distance
template <Op load, int shift, int test, int a, int b>
struct ElementBranch {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Word, Word, Word, Word>;
  static Next run(State& s) {
    typename Access<load>::Memory read;
    const uint32_t address = F::template get<0>(s) + (F::template get<1>(s) << shift) + F::template word<2>(s);
    (void)read_memory<decltype(read), false>(s, uint64_t{address} + F::template word<3>(s), read);
    if (sem::apply<kBranchInt[test]>(uint32_t{read}, F::template word<4>(s)) == 0) return F::next(s);
    s.pc += F::template signed_word<5>(s);
    return Next::Branch;
  }
};
struct ElementBranchSpec {
  template <int op, int a, int b>
  static constexpr Handler entry() {
    constexpr IndexedAccess kAccess = kBranchedElements[op / 4];
    constexpr bool kExists = !kIsCompact && op % 2 == 0 && (kAccess.shift != 0 || a <= b);
    return handler_if<kExists, ElementBranch<kAccess.op, kAccess.shift, op / 2 % 2, a, b>>();
  }
};

template <CountTest test>
[[gnu::always_inline]] inline bool holds(uint32_t a, uint32_t b) {
  switch (test) {
    case CountTest::NonZero: return a != 0;
    case CountTest::Ne: return a != b;
    case CountTest::LtS: return static_cast<int32_t>(a) < static_cast<int32_t>(b);
    case CountTest::LtU: return a < b;
  }
  return false;
}
/// What the second operand of a CountTest may be: nothing, encoded as the first register, or a slot or constant.
constexpr bool is_bound(int test, int place) {
  return kIntRegs > 0 && (test == static_cast<int>(CountTest::NonZero) ? place == 0 : place >= kIntRegs);
}

// A B C; c, d, distance, weight
template <CountTest test, int a, int b, int c>
struct Increment2Branch {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Operand<uint32_t, c>, Word, Word, Word, Word>;
  static Next run(State& s) {
    F::template put<0>(s, F::template get<0>(s) + F::template word<3>(s));
    const uint32_t sum = F::template get<1>(s) + F::template word<4>(s);
    F::template put<1>(s, sum);
    if (!holds<test>(sum, F::template get<2>(s))) return F::next(s);
    return jump_back(s, F::template signed_word<5>(s), F::template word<6>(s));
  }
};
struct Increment2BranchSpec {
  template <int test, int a, int b, int c>
  static constexpr Handler entry() {
    return handler_if<is_bound(test, c) && !kIsCompact, Increment2Branch<static_cast<CountTest>(test), a, b, c>>();
  }
};

// A B C; distance, weight
template <CountTest test, int a, int b, int c>
struct SumBranch {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Operand<uint32_t, c>, Word, Word>;
  static Next run(State& s) {
    const uint32_t sum = F::template get<0>(s) + F::template get<1>(s);
    F::template put<0>(s, sum);
    if (!holds<test>(sum, F::template get<2>(s))) return F::next(s);
    return jump_back(s, F::template signed_word<3>(s), F::template word<4>(s));
  }
};
struct SumBranchSpec {
  template <int test, int a, int b, int c>
  static constexpr Handler entry() {
    constexpr bool kExists = test != static_cast<int>(CountTest::NonZero) && is_bound(test, c) && !kIsCompact;
    return handler_if<kExists, SumBranch<static_cast<CountTest>(test), a, b, c>>();
  }
};

// A B; c, d, distance, weight
template <int test, int a, int b>
struct IncrementTest {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Word, Word, Word, Word>;
  static Next run(State& s) {
    F::template put<0>(s, F::template get<0>(s) + F::template word<2>(s));
    if (sem::apply<kBranchInt[test]>(F::template get<1>(s), F::template word<3>(s)) == 0) return F::next(s);
    return jump_back(s, F::template signed_word<4>(s), F::template word<5>(s));
  }
};
struct IncrementTestSpec {
  template <int test, int a, int b>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, IncrementTest<test, a, b>>();
  }
};

// D A; c, constant, distance, weight
template <int test, bool back, int d, int a>
struct SumTest {
  using F = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Word, Word, Word, Word>;
  using Forward = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Word, Word, Word>;
  static Next run(State& s) {
    const uint32_t sum = F::template get<1>(s) + F::template word<2>(s);
    const uint32_t bound = F::template word<3>(s);
    F::template put<0>(s, sum);
    if (sem::apply<kBranchInt[test]>(sum, bound) == 0) {
      s.pc += back ? F::kSize : Forward::kSize;
      return Next::Go;
    }
    if constexpr (back) return jump_back(s, F::template signed_word<4>(s), F::template word<5>(s));
    s.pc += F::template signed_word<4>(s);
    return Next::Branch;
  }
};
struct SumTestSpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && op != 1, SumTest<op / 2, op % 2 == 1, d, a>>();
  }
};

// A; c, constant, distance
template <int test, int a>
struct MaskTest {
  using F = Fields<Operand<uint32_t, a>, Word, Word, Word>;
  static Next run(State& s) {
    const uint32_t masked = F::template get<0>(s) & F::template word<1>(s);
    if (sem::apply<kBranchInt[test]>(masked, F::template word<2>(s)) == 0) return F::next(s);
    s.pc += F::template signed_word<3>(s);
    return Next::Branch;
  }
};
struct MaskTestSpec {
  template <int op, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && op % 2 == 0, MaskTest<op / 2, a>>();
  }
};

[[maybe_unused, gnu::always_inline]] inline Next charge(State& s, uint32_t weight, int size) {
  const int64_t left = s.ctx->budget - weight;
  s.pc += size;
  s.ctx->budget = left;
  return left < 0 ? Next::Spent : Next::Go;
}
template <int d, int a>
struct MoveCharge {
  using F = Fields<Copied<d>, Copied<a>, Word>;
  static Next run(State& s) {
    const uint32_t weight = F::template word<2>(s);
    F::template put<0>(s, uint64_t{F::template get<1>(s)});
    return charge(s, weight, F::kSize);
  }
};
struct MoveChargeSpec {
  template <int, int d, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && (d != a || is_int_slot(d)), MoveCharge<d, a>>();
  }
};
template <int d, int a>
struct SumCharge {
  using F = Fields<Operand<uint32_t, d>, Operand<uint32_t, a>, Word, Word>;
  static Next run(State& s) {
    const uint32_t weight = F::template word<3>(s);
    F::template put<0>(s, F::template get<1>(s) + F::template word<2>(s));
    return charge(s, weight, F::kSize);
  }
};
struct SumChargeSpec {
  template <int, int d, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, SumCharge<d, a>>();
  }
};

constexpr int kLoadBranchOps = 2 * static_cast<int>(kLoadTests) * static_cast<int>(std::size(kBranchedLoads));

constexpr int kElementBranchOps = 2 * 2 * static_cast<int>(std::size(kBranchedElements));

StringRef load_branch_name(unsigned op) { return wasm::text_of(kBranchInt[op / 2 % kLoadTests]); }
StringRef element_branch_name(unsigned op) { return wasm::text_of(kBranchInt[op / 2 % 2]); }
StringRef count_name(unsigned op) {
  constexpr const char* kNames[] = {"nonzero32", "i32.ne", "i32.lt_s", "i32.lt_u"};
  return kNames[op];
}
StringRef sum_test_name(unsigned op) { return wasm::text_of(kBranchInt[op / 2]); }
StringRef test_name(unsigned op) { return wasm::text_of(kBranchInt[op]); }

}  // namespace

constinit const Family kFamLoadBranch = {"br.loaded", kTable<LoadBranchSpec, kLoadBranchOps, kInt, kInt>.data(), load_branch_name, "iiwob",
                                         kLoadBranchOps, {kInt, kInt, 0, 0}};
constinit const Family kFamElementBranch = {"br.element", kTable<ElementBranchSpec, kElementBranchOps, kInt, kInt>.data(),
                                            element_branch_name, "ii+owb", kElementBranchOps, {kInt, kInt, 0, 0}};
constinit const Family kFamIncrement2Branch = {"increment2.br.back", kTable<Increment2BranchSpec, kCountTests, kInt, kInt, kIntImm>.data(),
                                               count_name, "iii++bc", kCountTests, {kInt, kInt, kIntImm, 0}};
constinit const Family kFamSumBranch = {"add.br.back", kTable<SumBranchSpec, kCountTests, kInt, kInt, kIntImm>.data(), count_name, "iiibc",
                                        kCountTests, {kInt, kInt, kIntImm, 0}};
constinit const Family kFamIncrementTest = {"increment, br.back", kTable<IncrementTestSpec, kLoadTests, kInt, kInt>.data(), test_name,
                                            "ii++bc", kLoadTests, {kInt, kInt, 0, 0}};
constinit const Family kFamSumTest = {"br.sum", kTable<SumTestSpec, 2 * kLoadTests, kInt, kInt>.data(), sum_test_name, "ii+wb", 2 * kLoadTests,
                                      {kInt, kInt, 0, 0}};
constinit const Family kFamMaskTest = {"br.masked", kTable<MaskTestSpec, 4, kInt>.data(), sum_test_name, "i+wb", 4, {kInt, 0, 0, 0}};
constinit const Family kFamMoveCharge = {"move.charge", kTable<MoveChargeSpec, 1, kInt, kIntImm>.data(), nullptr, "llc", 1,
                                         {kInt, kIntImm, 0, 0}};
constinit const Family kFamSumCharge = {"i32.add.charge", kTable<SumChargeSpec, 1, kInt, kInt>.data(), nullptr, "ii+c", 1, {kInt, kInt, 0, 0}};

}  // namespace umber::interp
