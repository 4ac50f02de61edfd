// Where a value is while code is being encoded: a register, a frame slot, or nowhere but in the instruction.
#pragma once

#include <bit>

#include "decoder/ir/ir.h"
#include "interp/dispatch.h"

namespace umber::interp {

/// Integers and references share one register file, floats the other; vectors live in slots.
enum class RegClass : uint8_t { Int, Float, None };
[[nodiscard]] constexpr RegClass class_of(ir::Type type) {
  switch (type) {
    case ir::Type::I32:
    case ir::Type::I64:
    case ir::Type::Ref: return RegClass::Int;
    case ir::Type::F32:
    case ir::Type::F64: return RegClass::Float;
    case ir::Type::V128: return RegClass::None;
  }
  return RegClass::None;
}

/// Whether a 64-bit value can stand in an instruction as 32 bits, sign-extended.
[[nodiscard]] constexpr bool fits_signed(uint64_t bits) {
  return bits == static_cast<uint64_t>(int64_t{static_cast<int32_t>(bits)});
}

/// Whether an integer of 32 or (is_wide) 64 bits can be an immediate: sign-extended from 32 bits, in the compact profile from 16.
[[nodiscard]] constexpr bool fits_immediate(uint64_t bits, bool is_wide) {
  const int64_t value = is_wide ? static_cast<int64_t>(bits) : int64_t{static_cast<int32_t>(bits)};
  return value == (kIsCompact ? int64_t{static_cast<int16_t>(value)} : int64_t{static_cast<int32_t>(value)});
}

/// Registers are numbered integers first, then floats.
inline constexpr uint32_t kIntMask = (1u << kIntRegs) - 1;
inline constexpr uint32_t kFloatMask = ((1u << kFloatRegs) - 1) << kIntRegs;
/// Length of an array by register in which `kRegArray - 1` is free for those who have none.
inline constexpr unsigned kRegArray = std::bit_ceil(kRegs + 1u);
inline constexpr uint32_t kRegMask = kIntMask | kFloatMask;
[[nodiscard]] constexpr uint32_t mask_of(RegClass reg_class) {
  return reg_class == RegClass::Int ? kIntMask : reg_class == RegClass::Float ? kFloatMask : 0;
}

/// Calls `visit(reg)` for every register of a mask, in ascending order.
template <class Visit>
inline void for_each_register([[maybe_unused]] uint32_t mask, [[maybe_unused]] Visit visit) {
  if constexpr (kRegs != 0)
    for (; mask != 0; mask &= mask - 1) visit(static_cast<unsigned>(std::countr_zero(mask)));
}

/// A place without the value of an immediate.
struct Spot {
  enum Kind : uint8_t { None, Reg, Slot, Imm } kind = None;
  uint8_t number = kNumberOfNone;  ///< Reg: its number; then kNumberOfSlot and, for Imm, one of the three behind that
  uint16_t slot = 0;   ///< Slot; of a Reg, its home: the frame slot of the value it holds; Imm: its low bits

  static constexpr uint8_t kNumberOfSlot = kRegs;
  static constexpr uint8_t kFitsAny = kRegs + 1;     ///< as an integer immediate of 32 and of 64 bits
  static constexpr uint8_t kFitsNarrow = kRegs + 2;  ///< of 32 bits only
  static constexpr uint8_t kFitsNone = kRegs + 3;
  static constexpr uint8_t kNumberOfNone = kRegs + 4;
  static constexpr uint8_t kNumberOfVector = kRegs + 5;     ///< Reg: the vector register
  static constexpr uint8_t kNumberOfVectorImm = kRegs + 6;  ///< Imm: a vector; its words are plain fields
  static constexpr unsigned kNumbers = kRegs + 7;

  [[nodiscard]] static Spot in_reg(unsigned reg, unsigned home) {
    return {Reg, static_cast<uint8_t>(reg), static_cast<uint16_t>(home)};
  }
  [[nodiscard]] static Spot in_slot(unsigned slot) { return {Slot, kNumberOfSlot, static_cast<uint16_t>(slot)}; }
  [[nodiscard]] static Spot imm(uint64_t bits) {
    const unsigned misfits = (fits_immediate(bits, true) ? 0 : 1) + (fits_immediate(bits, false) ? 0 : 1);
    return {Imm, static_cast<uint8_t>(kFitsAny + misfits), static_cast<uint16_t>(bits)};
  }
  [[nodiscard]] bool is_reg() const { return kind == Reg; }
  [[nodiscard]] bool is_slot() const { return kind == Slot; }
  [[nodiscard]] bool is_imm() const { return kind == Imm; }
};
static_assert(sizeof(Spot) == 4);

struct Place : Spot {
  uint64_t bits = 0;   ///< Imm: an i32 or f32 zero-extended

  [[nodiscard]] static Place in_reg(unsigned reg, unsigned home) { return {Spot::in_reg(reg, home)}; }
  [[nodiscard]] static Place in_slot(unsigned slot) { return {Spot::in_slot(slot)}; }
  [[nodiscard]] static Place imm(uint64_t bits) { return {Spot::imm(bits), bits}; }
  [[nodiscard]] static Place in_vector(unsigned home) { return {{Reg, kNumberOfVector, static_cast<uint16_t>(home)}}; }
  [[nodiscard]] static Place vector_imm() { return {{Imm, kNumberOfVectorImm, 0}}; }
  friend bool operator==(const Place& a, const Place& b) {
    if (a.kind != b.kind) return false;
    switch (a.kind) {
      case None: return true;
      case Reg: return a.number == b.number;
      case Slot: return a.slot == b.slot;
      case Imm: return a.bits == b.bits;
    }
    return false;
  }
};

/// Registers in ascending order, then a slot, then an immediate: the order of a commutative operation's operands.
[[nodiscard]] inline unsigned order_of(const Place& place) {
  return place.number < Place::kFitsAny ? place.number : Place::kFitsAny;
}

}  // namespace umber::interp
