#include "decoder/validate/hot_rows.h"

namespace umber::wasm {
namespace {

constexpr ValType type_of_letter(char letter) {
  switch (letter) {
    case 'l': return ValType::I64;
    case 'f': return ValType::F32;
    case 'd': return ValType::F64;
    default: return ValType::I32;  // 'i', and 'm' of a memory with 32-bit addresses
  }
}

constexpr HotAction action_of(Op op) {
  switch (op) {
    case Op::LocalGet: return HotAction::LocalGet;
    case Op::LocalSet: return HotAction::LocalSet;
    case Op::LocalTee: return HotAction::LocalTee;
    case Op::I32Const: return HotAction::I32Const;
    case Op::Block: return HotAction::Block;
    case Op::Loop: return HotAction::Loop;
    case Op::If: return HotAction::If;
    case Op::End: return HotAction::End;
    case Op::Br: return HotAction::Br;
    case Op::BrIf: return HotAction::BrIf;
    case Op::Call: return HotAction::Call;
    default: return HotAction::Other;
  }
}

/// The row of a regular instruction; false if its operands are too many for one.
constexpr bool fill_regular(HotRow& row, Immediate immediate, const char* signature) {
  const char* at = signature;
  for (; *at != ':'; ++at, ++row.pops) {
    row.operands = row.operands >> 32 | uint64_t{type_of_letter(*at).bits()} << 32;
    row.mask = row.mask >> 32 | uint64_t{0xffff'ffff} << 32;
  }
  const bool has_result = at[1] != 0;
  if (has_result) row.result = type_of_letter(at[1]);
  if (immediate == Immediate::None) {
    row.action = HotAction::Compute;
    return row.pops <= 2 && has_result;
  }
  row.action = has_result ? HotAction::Load : HotAction::Store;
  row.align_log2 = static_cast<uint8_t>(static_cast<int>(immediate) - static_cast<int>(Immediate::Mem0));
  return row.pops <= 2 && immediate >= Immediate::Mem0 && immediate <= Immediate::Mem3;
}

constexpr HotRow make_row(Op op, Immediate immediate, const char* signature, Feature feature) {
  HotRow row;
  row.op = op;
  if (feature != Feature::Mvp) return row;
  const bool is_regular = signature[0] != '*';
  row.action = action_of(op);
  if (is_regular && !fill_regular(row, immediate, signature)) row.action = HotAction::Other;
  return row;
}

constexpr std::array<HotRow, 256> make_rows() {
  std::array<HotRow, 256> rows{};
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) \
  if constexpr (prefix == 0) rows[code & 0xff] = make_row(Op::id, Immediate::immediate, signature, Feature::feature);
#include "decoder/wasm/opcodes.def"
#undef OP
  return rows;
}

}  // namespace

constinit const std::array<HotRow, 256> kHotRows = make_rows();

}  // namespace umber::wasm
