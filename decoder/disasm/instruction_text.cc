#include "decoder/disasm/instruction_text.h"

#include "decoder/disasm/float_text.h"

namespace umber::wasm {
namespace {

void add_types(TextWriter& out, const char* keyword, std::span<const ValType> types) {
  if (types.empty()) return;
  out.add(" (", keyword);
  for (const ValType type : types) out.add(" ", text_of(type));
  out.add(")");
}

void add_block_type(TextWriter& out, const BlockSignature& block) {
  if (block.kind == BlockSignature::Value) out.add(" (result ", text_of(block.value), ")");
  if (block.kind == BlockSignature::TypeIndex) out.add(" (type ", block.type_idx, ")");
}

/// The elements of a vector immediate, which have been read once and so are well-formed.
WasmReader reader_of(const Immediates& immediates, Features features) { return {immediates.elements, 0, features}; }

void add_labels(TextWriter& out, const Immediates& immediates, Features features) {
  WasmReader reader = reader_of(immediates, features);
  uint32_t depth = 0;
  while (!reader.at_end() && reader.read_u32(depth)) out.add(" ", depth);
}

void add_select_types(TextWriter& out, const Immediates& immediates, Features features) {
  WasmReader reader = reader_of(immediates, features);
  out.add(" (result");
  ValType type;
  while (!reader.at_end() && reader.read_val_type(type)) out.add(" ", text_of(type));
  out.add(")");
}

void add_catches(TextWriter& out, const Immediates& immediates, Features features) {
  WasmReader reader = reader_of(immediates, features);
  CatchClause clause;
  while (!reader.at_end() && read_catch(reader, clause)) {
    out.add(clause.has_tag() ? " (catch" : " (catch_all", clause.has_ref() ? "_ref" : "");
    if (clause.has_tag()) out.add(" ", clause.tag);
    out.add(" ", clause.depth, ")");
  }
}

void add_memarg(TextWriter& out, Immediate kind, const Immediates& immediates) {
  if (immediates.index != 0) out.add(" ", immediates.index);
  if (immediates.offset != 0) out.add(" offset=", immediates.offset);
  if (immediates.align_log2 != alignment_log2_of(kind)) out.add(" align=", uint64_t{1} << (immediates.align_log2 & 63));
}

void add_vector(TextWriter& out, const uint8_t* bytes) {
  out.add(" i32x4");
  for (unsigned i = 0; i < 16; i += 4) out.add(" ", Hex{load_le<uint32_t>(bytes + i)});
}

void add_lanes(TextWriter& out, const uint8_t* bytes) {
  for (unsigned i = 0; i < 16; ++i) out.add(" ", static_cast<unsigned>(bytes[i]));
}

/// Indices that are left out when both are 0, as in `memory.copy`.
void add_unless_zero(TextWriter& out, uint32_t first, uint32_t second) {
  if (first != 0 || second != 0) out.add(" ", first, " ", second);
}

void add_immediates(TextWriter& out, Immediate kind, const Immediates& imm, Features features) {
  switch (kind) {
    case Immediate::None:
    case Immediate::Fence: return;
    case Immediate::Block: return add_block_type(out, imm.block);
    case Immediate::LabelTable: return add_labels(out, imm, features);
    case Immediate::Label:
    case Immediate::Func:
    case Immediate::Type:
    case Immediate::Local:
    case Immediate::Global:
    case Immediate::Table:
    case Immediate::Elem:
    case Immediate::Data:
    case Immediate::Tag: return (void)out.add(" ", imm.index);
    case Immediate::Memory:
      if (imm.index != 0) out.add(" ", imm.index);
      return;
    case Immediate::TableType:
      if (imm.index2 != 0) out.add(" ", imm.index2);
      return (void)out.add(" (type ", imm.index, ")");
    case Immediate::TableTable:
    case Immediate::MemoryMemory: return add_unless_zero(out, imm.index, imm.index2);
    case Immediate::ElemTable:
    case Immediate::DataMemory:
      if (imm.index2 != 0) out.add(" ", imm.index2);
      return (void)out.add(" ", imm.index);
    case Immediate::TypeField:
    case Immediate::TypeData:
    case Immediate::TypeElem:
    case Immediate::TypeType:
    case Immediate::TypeU32: return (void)out.add(" ", imm.index, " ", imm.index2);
    case Immediate::Mem0:
    case Immediate::Mem1:
    case Immediate::Mem2:
    case Immediate::Mem3:
    case Immediate::Mem4:
    case Immediate::Atomic0:
    case Immediate::Atomic1:
    case Immediate::Atomic2:
    case Immediate::Atomic3: return add_memarg(out, kind, imm);
    case Immediate::MemLane0:
    case Immediate::MemLane1:
    case Immediate::MemLane2:
    case Immediate::MemLane3: add_memarg(out, kind, imm); [[fallthrough]];
    case Immediate::Lane2:
    case Immediate::Lane4:
    case Immediate::Lane8:
    case Immediate::Lane16: return (void)out.add(" ", static_cast<unsigned>(imm.lane));
    case Immediate::Shuffle: return add_lanes(out, imm.bytes);
    case Immediate::I32: return (void)out.add(" ", static_cast<int32_t>(imm.constant));
    case Immediate::I64: return (void)out.add(" ", static_cast<int64_t>(imm.constant));
    case Immediate::F32: return (void)out.add(" ", text_of_float(imm.constant, false));
    case Immediate::F64: return (void)out.add(" ", text_of_float(imm.constant, true));
    case Immediate::V128: return add_vector(out, imm.bytes);
    case Immediate::SelectTypes: return add_select_types(out, imm, features);
    case Immediate::HeapType: return;  // the form depends on the instruction
    case Immediate::BrOnCast:
      return (void)out.add(" ", imm.index, " ", text_of(ValType::ref(imm.source_heap_type, imm.source_nullable)), " ",
                           text_of(ValType::ref(imm.heap_type, imm.nullable)));
    case Immediate::TryTable:
      add_block_type(out, imm.block);
      return add_catches(out, imm, features);
  }
}

/// ref.null names a heap type; the others a reference type.
void add_heap_type(TextWriter& out, Op op, const Immediates& immediates) {
  if (op == Op::RefNull) {
    out.add(" ", text_of(immediates.heap_type));
  } else {
    const bool nullable = op == Op::RefTestNull || op == Op::RefCastNull;
    out.add(" ", text_of(ValType::ref(immediates.heap_type, nullable)));
  }
}

}  // namespace

void add_instruction(TextWriter& out, Op op, const Immediates& immediates, Features features) {
  out.add(text_of(op));
  const Immediate kind = info_of(op).immediate;
  if (kind == Immediate::HeapType) add_heap_type(out, op, immediates);
  else add_immediates(out, kind, immediates, features);
}

void add_const_expr(TextWriter& out, std::span<const uint8_t> bytes, uint64_t offset, Features features) {
  InstructionReader reader(bytes, offset, features);
  bool first = true;
  while (reader.next()) {
    if (reader.op() == Op::End && reader.end_offset() == offset + bytes.size()) break;
    out.add(first ? "" : " ");
    add_instruction(out, reader.op(), reader.immediates(), features);
    first = false;
  }
  if (reader.failed()) out.add(" <malformed>");
}

void add_func_type(TextWriter& out, const FuncType& type) {
  add_types(out, "param", type.params);
  add_types(out, "result", type.results);
}

}  // namespace umber::wasm
