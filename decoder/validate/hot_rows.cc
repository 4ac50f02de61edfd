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

constexpr HotAction action_of(Op op, Immediate immediate, bool is_regular) {
  if (is_regular && immediate == Immediate::None) return HotAction::Compute;
  if (is_regular && immediate >= Immediate::Mem0 && immediate <= Immediate::Mem3) return HotAction::Access;
  switch (op) {
    case Op::LocalGet: return HotAction::LocalGet;
    case Op::LocalSet: return HotAction::LocalSet;
    case Op::LocalTee: return HotAction::LocalTee;
    case Op::I32Const:
    case Op::I64Const:
    case Op::F32Const:
    case Op::F64Const: return HotAction::Constant;
    default: return HotAction::Other;
  }
}

constexpr HotRow make_row(Op op, Immediate immediate, const char* signature, Feature feature) {
  HotRow row;
  row.op = op;
  row.feature = feature;
  const bool is_regular = signature[0] != '*';
  row.action = action_of(op, immediate, is_regular);
  if (!is_regular) return row;
  if (row.action == HotAction::Access) row.align_log2 = static_cast<uint8_t>(immediate) - static_cast<uint8_t>(Immediate::Mem0);
  const char* at = signature;
  for (; *at != ':'; ++at, ++row.pops) {
    row.expected = row.expected >> 32 | uint64_t{type_of_letter(*at).bits()} << 32;
    row.mask = row.mask >> 32 | uint64_t{0xffff'ffff} << 32;
  }
  for (++at; *at != 0; ++at, ++row.pushes) row.result = type_of_letter(*at);
  if (row.pops > 2 || row.pushes > 1) row.action = HotAction::Other;
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
