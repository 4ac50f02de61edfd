// Operations with an operand in a guarded memory 0: arithmetic, multiply and add, compare and branch. The load is the first thing
// that happens, so a fault finds everything as it was.
#include "interp/handlers/br_table.h"
#include "interp/numeric.h"

namespace umber::interp {
namespace {

/// memory[u32(address + addend) + offset]; the fields addend and offset lie side by side.
template <class T, class F, int address, int addend>
[[gnu::always_inline]] inline T memory_operand(State& s) {
  T value;
  const uint32_t sum = F::template get<address>(s) + F::template word<addend>(s);
  (void)read_memory<T, false>(s, uint64_t{sum} + F::template word<addend + 1>(s), value);
  return value;
}

/// D = A op memory[B]; addend, offset
template <Op op, int d, int a, int b>
struct LoadOpInt {
  using T = OperandOf<op>;
  using F = Fields<Operand<T, d>, Operand<T, a>, Operand<uint32_t, b>, Word, Word>;
  static Next run(State& s) {
    const T value = memory_operand<T, F, 2, 3>(s);
    F::template put<0>(s, sem::apply<op>(F::template get<1>(s), value));
    return F::next(s);
  }
};
struct LoadOpIntSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    return &handler<LoadOpInt<kLoadOpInt[op], d, a, b>>;
  }
};

template <class T, FloatLoadOp op, int d, int a, int b>
struct LoadOpFloat {
  using F = Fields<Operand<T, d>, Operand<T, a>, Operand<uint32_t, b>, Word, Word>;
  static Next run(State& s) {
    const T m = memory_operand<T, F, 2, 3>(s);
    const T x = F::template get<1>(s);
    F::template put<0>(s, op == FloatLoadOp::Add       ? x + m
                          : op == FloatLoadOp::Sub     ? x - m
                          : op == FloatLoadOp::SubFrom ? m - x
                                                       : x * m);
    return F::next(s);
  }
};
template <class T>
struct LoadOpFloatSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    return &handler<LoadOpFloat<T, static_cast<FloatLoadOp>(op), d, a, b>>;
  }
};

/// D = D + A * memory[B], or D - …; addend, offset
template <class T, bool subtracts, int d, int a, int b>
struct LoadMulAdd {
  using F = Fields<Operand<T, d>, Operand<T, a>, Operand<uint32_t, b>, Word, Word>;
  static Next run(State& s) {
    const T m = memory_operand<T, F, 2, 3>(s);
    const T product = F::template get<1>(s) * m;
    F::template put<0>(s, subtracts ? F::template get<0>(s) - product : F::template get<0>(s) + product);
    return F::next(s);
  }
};
template <class T>
struct LoadMulAddSpec {
  template <int op, int d, int a, int b>
  static constexpr Handler entry() {
    return &handler<LoadMulAdd<T, op == 1, d, a, b>>;
  }
};

// A B; addend, offset, distance, weight
template <Op load, int test, bool back, int a, int b>
struct BranchLoad {
  using F = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Word, Word, Word, Word>;
  using Forward = Fields<Operand<uint32_t, a>, Operand<uint32_t, b>, Word, Word, Word>;
  static Next run(State& s) {
    using Memory = typename Access<load>::Memory;
    const uint32_t value = widen<uint32_t>(memory_operand<Memory, F, 0, 2>(s));
    if (sem::apply<kBranchInt[test]>(value, F::template get<1>(s)) == 0) {
      s.pc += back ? F::kSize : Forward::kSize;
      return Next::Go;
    }
    if constexpr (back) return jump_back(s, F::template signed_word<4>(s), F::template word<5>(s));
    s.pc += F::template signed_word<4>(s);
    return Next::Branch;
  }
};
struct BranchLoadSpec {
  template <int op, int a, int b>
  static constexpr Handler entry() {
    constexpr bool kIsByte = op / 2 >= kBranchLoadTests;
    constexpr int kTest = op / 2 % kBranchLoadTests;
    // A byte is compared without signs, and backward for equality.
    constexpr bool kExists = !kIsByte || kIsCompact || kTest < 2 || (kTest % 2 == 1 && op % 2 == 0);
    return handler_if<kExists, BranchLoad<kIsByte ? Op::I32Load8U : Op::I32Load, kTest, op % 2 == 1, a, b>>();
  }
};

struct BranchTableLoadSpec {
  template <int, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, BranchTableLoad<a>>();
  }
};

constexpr int kIntOps = static_cast<int>(std::size(kLoadOpInt));
constexpr int kBranchOps = 2 * 2 * kBranchLoadTests;

StringRef int_name(unsigned op) { return wasm::text_of(kLoadOpInt[op]); }
StringRef float_name(unsigned op) {
  constexpr const char* kNames[] = {"a + m", "a - m", "m - a", "a * m"};
  return kNames[op];
}
StringRef mul_add_name(unsigned op) { return op == 0 ? "d + a * m" : "d - a * m"; }
StringRef branch_name(unsigned op) { return wasm::text_of(kBranchInt[op / 2 % kBranchLoadTests]); }

template <class T>
constexpr Family float_family(StringRef name, StringRef shape) {
  return {name, kTable<LoadOpFloatSpec<T>, kFloatLoadOps, kFloat, kFloat, kInt>.data(), float_name, shape, kFloatLoadOps,
          {kFloat, kFloat, kInt, 0}};
}
template <class T>
constexpr Family mul_add_family(StringRef name, StringRef shape) {
  return {name, kTable<LoadMulAddSpec<T>, 2, kFloat, kFloat, kInt>.data(), mul_add_name, shape, 2, {kFloat, kFloat, kInt, 0}};
}

}  // namespace

constinit const Family kFamLoadOpInt = {"load", kTable<LoadOpIntSpec, kIntOps, kInt, kIntImm, kInt>.data(), int_name, "iii+o", kIntOps,
                                        {kInt, kIntImm, kInt, 0}, index_in<kLoadOpInt>(Op::I64Add)};
constinit const Family kFamLoadOpF32 = float_family<float>("load.f32", "ffi+o");
constinit const Family kFamLoadOpF64 = float_family<double>("load.f64", "ddi+o");
constinit const Family kFamLoadMulAddF32 = mul_add_family<float>("load.f32", "ffi+o");
constinit const Family kFamLoadMulAddF64 = mul_add_family<double>("load.f64", "ddi+o");
constinit const Family kFamBranchTableLoad = {"load.br_table", kTable<BranchTableLoadSpec, 1, kInt>.data(), nullptr, "iot", 1,
                                              {kInt, 0, 0, 0}};
constinit const Family kFamBranchLoad = {"br.load", kTable<BranchLoadSpec, kBranchOps, kInt, kIntImm>.data(), branch_name, "ii+ob", kBranchOps,
                                         {kInt, kIntImm, 0, 0}};

}  // namespace umber::interp
