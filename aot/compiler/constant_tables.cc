#include "aot/compiler/constant_tables.h"

#include "base/byte_reader.h"
#include "decoder/ir/build.h"

namespace umber::aot {
namespace {

/// Larger tables would cost more in every object than they save.
constexpr uint64_t kMaxElements = 4096;

constexpr uint8_t kI32Const = 0x41;
constexpr uint8_t kI64Const = 0x42;
constexpr uint8_t kRefNull = 0xd0;
constexpr uint8_t kRefFunc = 0xd2;
constexpr uint8_t kEnd = 0x0b;

/// The value of "const N end"; other expressions depend on the instance.
bool read_offset(const wasm::Module& module, wasm::ByteRange range, uint64_t& out) {
  ByteReader reader(module.bytes.subspan(range.offset, range.size));
  uint8_t opcode = 0;
  int64_t value = 0;
  if (!reader.read_u8(opcode) || (opcode != kI32Const && opcode != kI64Const) || !reader.read_s64(value)) return false;
  out = opcode == kI32Const ? static_cast<uint32_t>(value) : static_cast<uint64_t>(value);
  return reader.read_u8(opcode) && opcode == kEnd && reader.at_end();
}

/// The next element: a function index, or "ref.func N end", or "ref.null T end".
bool read_element(ByteReader& items, bool is_index, uint32_t& out) {
  if (is_index) return items.read_u32(out);
  uint8_t opcode = 0;
  int64_t heap_type = 0;
  if (!items.read_u8(opcode)) return false;
  if (opcode == kRefNull) {
    out = wasm::kNoIndex;
    return items.read_s33(heap_type) && items.read_u8(opcode) && opcode == kEnd;
  }
  return opcode == kRefFunc && items.read_u32(out) && items.read_u8(opcode) && opcode == kEnd;
}

bool fill(const wasm::Module& module, const wasm::ElementSegment& segment, std::vector<uint32_t>& table) {
  uint64_t at = 0;
  if (!read_offset(module, segment.offset, at) || at > table.size() || segment.count > table.size() - at) return false;
  ByteReader items(module.bytes.subspan(segment.items.offset, segment.items.size));
  for (uint32_t i = 0; i < segment.count; ++i)
    if (!read_element(items, segment.is_func_indices, table[at + i])) return false;
  return true;
}

/// The table that an instruction writes, or kNoIndex.
uint32_t written_table(const ir::Inst& inst) {
  switch (inst.op) {
    case ir::Op::TableSet:
    case ir::Op::TableGrow:
    case ir::Op::TableFill:
    case ir::Op::TableCopy:
    case ir::Op::TableInit: return inst.aux;
    default: return wasm::kNoIndex;
  }
}

}  // namespace

Result<ConstantTables> find_constant_tables(const wasm::Module& module, Allocator& allocator) {
  ConstantTables tables(module.tables.size());
  std::vector<bool> may_change(module.tables.size());
  for (const wasm::Import& import : module.imports)
    if (import.kind == wasm::ExternalKind::Table) may_change[import.index] = true;
  for (const wasm::Export& item : module.exports)
    if (item.kind == wasm::ExternalKind::Table) may_change[item.index] = true;
  for (size_t i = 0; i < tables.size(); ++i) {
    const wasm::Table& table = module.tables[i];
    if (table.init.size != 0 || table.type.limits.min > kMaxElements) may_change[i] = true;
    if (!may_change[i]) tables[i].resize(static_cast<size_t>(table.type.limits.min), wasm::kNoIndex);
  }
  for (const wasm::ElementSegment& segment : module.elements) {
    if (segment.mode != wasm::SegmentMode::Active || may_change[segment.table]) continue;
    if (!fill(module, segment, tables[segment.table])) may_change[segment.table] = true;
  }
  ir::FunctionBuilder bodies(module, allocator);
  for (auto func_idx = static_cast<uint32_t>(module.imported_functions); func_idx < module.functions.size() && !tables.empty(); ++func_idx) {
    const Result<ir::Function> body = bodies.build(func_idx);
    if (!body.ok()) return body.error();
    for (const ir::Inst& inst : body.value().insts)
      if (const uint32_t table = written_table(inst); table != wasm::kNoIndex) may_change[table] = true;
  }
  for (size_t i = 0; i < tables.size(); ++i)
    if (may_change[i]) tables[i].clear();
  return tables;
}

}  // namespace umber::aot
