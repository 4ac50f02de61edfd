// Values from place to place: copies and constants, the batches that save registers to their slots and load them again,
// globals, and select.
#include "interp/families.h"
#include "interp/operand.h"

namespace umber::interp {
namespace {

template <class T, int d, int a>
struct Move {
  using F = Fields<Operand<T, d>, Operand<T, a>>;
  static Next run(State& s) {
    F::template put<0>(s, F::template get<1>(s));
    return F::next(s);
  }
};
template <class T>
struct MoveSpec {
  template <int, int d, int a>
  static constexpr Handler entry() {
    return &handler<Move<T, d, a>>;
  }
};

/// Two moves, the second after the first: D = A, then E = B.
template <int d, int a, int e, int b>
struct Move2 {
  using F = Fields<Copied<d>, Copied<a>, Copied<e>, Copied<b>>;
  static Next run(State& s) {
    F::template put<0>(s, uint64_t{F::template get<1>(s)});
    F::template put<2>(s, uint64_t{F::template get<3>(s)});
    return F::next(s);
  }
};
struct Move2Spec {
  template <int, int d, int a, int e, int b>
  static constexpr Handler entry() {
    // A register is not moved to itself.
    return handler_if<!kIsCompact && (d != a || is_int_slot(d)) && (e != b || is_int_slot(e)), Move2<d, a, e, b>>();
  }
};

/// A jump with the move before it: D = A; distance, weight.
template <bool back, int d, int a>
struct MoveJump {
  using F = Fields<Copied<d>, Copied<a>, Word, Word>;
  static Next run(State& s) {
    F::template put<0>(s, uint64_t{F::template get<1>(s)});
    if constexpr (back) return jump_back(s, F::template signed_word<2>(s), F::template word<3>(s));
    s.pc += F::template signed_word<2>(s);
    return Next::Go;
  }
};
struct MoveJumpSpec {
  template <int op, int d, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact && (d != a || is_int_slot(d)), MoveJump<op == 1, d, a>>();
  }
};
StringRef move_jump_name(unsigned op) { return op == 0 ? "move.jump" : "move.jump_back"; }

// ---- batches: the registers of a mask, their slots one after the other ---------------------------------------------------

/// Where the slot field of `reg` is: behind those of the lower registers in the mask.
[[maybe_unused]] constexpr int field_of(unsigned mask, int reg) {
  return kRefBytes + 2 * std::popcount(mask & ((1u << reg) - 1));
}
[[maybe_unused]] constexpr int batch_size(unsigned mask) { return first_word_after(std::popcount(mask)); }

template <unsigned mask, bool is_float, bool loads>
struct Batch {
  template <int reg>
  [[gnu::always_inline]] static void one(State& s) {
    if constexpr ((mask >> reg & 1) != 0) {
      Slot& slot = s.fp[load_field<uint16_t>(s.pc + field_of(mask, reg))];
      if constexpr (is_float && loads) s.f[reg] = slot.f64;
      if constexpr (is_float && !loads) slot.f64 = s.f[reg];
      if constexpr (!is_float && loads) s.r[reg] = slot.u64;
      if constexpr (!is_float && !loads) slot.u64 = s.r[reg];
    }
  }
  static Next run(State& s) {
    [&]<int... reg>(std::integer_sequence<int, reg...>) {
      (one<reg>(s), ...);
    }(std::make_integer_sequence<int, is_float ? kFloatRegs : kIntRegs>());
    s.pc += batch_size(mask);
    return Next::Go;
  }
};
template <bool is_float, bool loads>
struct BatchSpec {
  template <int mask>
  static constexpr Handler entry() {
    return handler_if<mask != 0, Batch<mask, is_float, loads>>();
  }
};

// ---- globals of the instance itself ----------------------------------------------------------------------------------

template <class T, int d>
struct GlobalGet {
  using F = Fields<Operand<T, d>, Word>;
  static Next run(State& s) {
    F::template put<0>(s, load_le<T>(reinterpret_cast<const uint8_t*>(s.ctx) + F::template word<1>(s)));
    return F::next(s);
  }
};
template <class T, int a>
struct GlobalSet {
  using F = Fields<Operand<T, a>, Word>;
  static Next run(State& s) {
    uint8_t* cell = reinterpret_cast<uint8_t*>(s.ctx) + F::template word<1>(s);
    store_le(cell, F::template get<0>(s));  // the upper half of an i32's is zero from the start
    return F::next(s);
  }
};
template <class T32, class T64, template <class, int> class Body>
struct GlobalSpec {
  template <int op, int place>
  static constexpr Handler entry() {
    return &handler<Body<std::conditional_t<op == 0, T32, T64>, place>>;
  }
};

/// The global grows by a constant: D is the sum, and, as a prologue has it, the global too.
template <bool sets, int d>
struct GlobalSum {
  using F = Fields<Operand<uint32_t, d>, Word, Word>;
  static Next run(State& s) {
    uint8_t* cell = reinterpret_cast<uint8_t*>(s.ctx) + F::template word<1>(s);
    const uint32_t sum = load_le<uint32_t>(cell) + F::template word<2>(s);
    if constexpr (sets) store_le(cell, uint64_t{sum});
    F::template put<0>(s, sum);
    return F::next(s);
  }
};
struct GlobalSumSpec {
  template <int op, int d>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, GlobalSum<op == 1, d>>();
  }
};
template <int a>
struct GlobalSetSum {
  using F = Fields<Operand<uint32_t, a>, Word, Word>;
  static Next run(State& s) {
    store_le(reinterpret_cast<uint8_t*>(s.ctx) + F::template word<2>(s), uint64_t{F::template get<0>(s) + F::template word<1>(s)});
    return F::next(s);
  }
};
struct GlobalSetSumSpec {
  template <int, int a>
  static constexpr Handler entry() {
    return handler_if<!kIsCompact, GlobalSetSum<a>>();
  }
};

// ---- select -----------------------------------------------------------------------------------------------------------

/// D = C ? A : B
template <class T, int d, int a, int b, int c>
struct Select {
  using F = Fields<Operand<T, d>, Operand<T, a>, Operand<T, b>, Operand<uint32_t, c>>;
  static Next run(State& s) {
    const T first = F::template get<1>(s);
    const T second = F::template get<2>(s);
    F::template put<0>(s, F::template get<3>(s) != 0 ? first : second);
    return F::next(s);
  }
};
struct SelectIntSpec {
  template <int op, int d, int a, int b, int c>
  static constexpr Handler entry() {
    // Where an i32 is zero-extended, the width matters to immediates only.
    constexpr bool kHasWidth = kIsCompact || a == kInt || b == kInt;
    using T = std::conditional_t<op == 0 && kHasWidth, uint32_t, uint64_t>;
    return handler_if<op == 0 || kHasWidth, Select<T, d, a, b, c>>();
  }
};
struct SelectFloatSpec {
  template <int, int d, int a, int b, int c>
  static constexpr Handler entry() {
    return &handler<Select<double, d, a, b, c>>;  // an f32 is the low half
  }
};

constexpr int kIntMasks = 1 << kIntRegs;
constexpr int kFloatMasks = 1 << kFloatRegs;

StringRef get_name(unsigned op) { return op == 0 ? "global.get32" : "global.get64"; }
StringRef sum_name(unsigned op) { return op == 0 ? "global.get.sum" : "global.grow"; }
StringRef set_name(unsigned op) { return op == 0 ? "global.set32" : "global.set64"; }

template <class T, int d, int a>
constexpr Family move_family(StringRef name, StringRef shape) {
  return {name, kTable<MoveSpec<T>, 1, d, a>.data(), nullptr, shape, 1, {d, a, 0, 0}, sizeof(T) == 8 ? 0 : 1};
}

}  // namespace

constinit const Family kFamMoveI32 = move_family<uint32_t, kInt, kIntImm>("move.i32", "ii");
constinit const Family kFamMoveI64 = move_family<uint64_t, kInt, kIntImm>("move.i64", "ll");
constinit const Family kFamMoveF32 = move_family<float, kFloat, kFloatImm>("move.f32", "ff");
constinit const Family kFamMoveF64 = move_family<double, kFloat, kFloatImm>("move.f64", "dd");
constinit const Family kFamSaveInt = {"save", kTable<BatchSpec<false, false>, kIntMasks>.data(), nullptr, "m", kIntMasks, {}};
constinit const Family kFamLoadInt = {"reload", kTable<BatchSpec<false, true>, kIntMasks>.data(), nullptr, "m", kIntMasks, {}};
constinit const Family kFamSaveFloat = {"save.f", kTable<BatchSpec<true, false>, kFloatMasks>.data(), nullptr, "m", kFloatMasks, {}};
constinit const Family kFamLoadFloat = {"reload.f", kTable<BatchSpec<true, true>, kFloatMasks>.data(), nullptr, "m", kFloatMasks, {}};
constinit const Family kFamMove2 = {"move2", kTable<Move2Spec, 1, kInt, kIntImm, kInt, kIntImm>.data(), nullptr, "llll", 1,
                                    {kInt, kIntImm, kInt, kIntImm}};
constinit const Family kFamMoveJump = {"move.jump", kTable<MoveJumpSpec, 2, kInt, kIntImm>.data(), move_jump_name, "llb", 2,
                                       {kInt, kIntImm, 0, 0}};
constinit const Family kFamSelectInt = {"select", kTable<SelectIntSpec, 2, kInt, kIntImm, kIntImm, kInt>.data(), nullptr,
                                        "llli", 2, {kInt, kIntImm, kIntImm, kInt}, 1};
constinit const Family kFamSelectFloat = {"select.f", kTable<SelectFloatSpec, 1, kFloat, kFloat, kFloat, kInt>.data(), nullptr,
                                          "dddi", 1, {kFloat, kFloat, kFloat, kInt}};
constinit const Family kFamGlobalSum = {"global", kTable<GlobalSumSpec, 2, kInt>.data(), sum_name, "iw+", 2, {kInt, 0, 0, 0}};
constinit const Family kFamGlobalSetSum = {"global.set.sum", kTable<GlobalSetSumSpec, 1, kInt>.data(), nullptr, "i+w", 1, {kInt, 0, 0, 0}};
constinit const Family kFamGlobalGet = {"global.get", kTable<GlobalSpec<uint32_t, uint64_t, GlobalGet>, 2, kInt>.data(), get_name,
                                        "lw", 2, {kInt, 0, 0, 0}};
constinit const Family kFamGlobalSet = {"global.set", kTable<GlobalSpec<uint32_t, uint64_t, GlobalSet>, 2, kIntImm>.data(), set_name,
                                        "lw", 2, {kIntImm, 0, 0, 0}, 1};
constinit const Family kFamGlobalGetFloat = {"global.get.f", kTable<GlobalSpec<float, double, GlobalGet>, 2, kFloat>.data(), get_name,
                                             "dw", 2, {kFloat, 0, 0, 0}};
constinit const Family kFamGlobalSetFloat = {"global.set.f", kTable<GlobalSpec<float, double, GlobalSet>, 2, kFloat>.data(), set_name,
                                             "dw", 2, {kFloat, 0, 0, 0}};

}  // namespace umber::interp
