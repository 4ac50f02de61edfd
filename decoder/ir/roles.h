// How the builder takes each instruction. One byte per opcode decides with a single indirect jump for the common ones.
#pragma once

#include "decoder/ir/shape.h"

namespace umber::ir {

enum class Role : uint8_t { LocalGet, LocalSet, LocalTee, Const, Unary, Binary, Load, Store, Other };

struct RoleRow {
  Role role;
  Type type;  ///< of the result, or of the value stored
};

constexpr RoleRow role_of(wasm::Op op, const char* signature, wasm::Immediate immediate) {
  switch (op) {
    case wasm::Op::LocalGet: return {Role::LocalGet, Type::I32};
    case wasm::Op::LocalSet: return {Role::LocalSet, Type::I32};
    case wasm::Op::LocalTee: return {Role::LocalTee, Type::I32};
    case wasm::Op::I32Const: return {Role::Const, Type::I32};
    case wasm::Op::I64Const: return {Role::Const, Type::I64};
    case wasm::Op::F32Const: return {Role::Const, Type::F32};
    case wasm::Op::F64Const: return {Role::Const, Type::F64};
    default: break;
  }
  unsigned operands = 0;
  while (signature[operands] != ':' && signature[operands] != '*') ++operands;
  if (signature[operands] == '*') return {Role::Other, Type::I32};
  const char result = signature[operands + 1];
  const Type type = type_of_plain_letter(result != 0 ? result : signature[operands - 1]);
  const bool is_access = immediate >= wasm::Immediate::Mem0 && immediate <= wasm::Immediate::Mem4;
  if (is_access && operands == 1) return {Role::Load, type};
  if (is_access && operands == 2 && result == 0) return {Role::Store, type};
  if (immediate != wasm::Immediate::None || signature[operands + 2] != 0) return {Role::Other, type};
  return {operands == 1 ? Role::Unary : operands == 2 ? Role::Binary : Role::Other, type};
}

inline constexpr RoleRow kRoles[] = {
#define OP(prefix, code, id, text, immediate, signature, feature, lowering) \
  role_of(wasm::Op::id, signature, wasm::Immediate::immediate),
#include "decoder/wasm/opcodes.def"
#undef OP
};

}  // namespace umber::ir
