#include "decoder/wasm/immediates.h"

namespace umber::wasm {
namespace {

bool read_u8_below(WasmReader& reader, uint8_t limit, StringRef phrase, uint8_t& out) {
  const uint64_t start = reader.offset();
  if (!reader.read_u8(out)) return false;
  return out < limit || reader.reject(start, phrase);
}

template <class T>
bool read_constant(WasmReader& reader, Immediates& out) {
  T bits = 0;
  if (!reader.read_le(bits)) return false;
  out.constant = bits;
  return true;
}

bool read_16_bytes(WasmReader& reader, Immediates& out) {
  std::span<const uint8_t> bytes;
  if (!reader.read_bytes(16, bytes)) return false;
  out.bytes = bytes.data();
  return true;
}

/// A vector of `extra` more elements than its count says, each read by `read_element`.
template <class ReadElement>
bool read_elements(WasmReader& reader, uint32_t extra, Immediates& out, ReadElement read_element) {
  if (!reader.read_u32(out.count)) return false;
  const uint8_t* begin = reader.cursor();
  const uint64_t count = uint64_t{out.count} + extra;
  for (uint64_t i = 0; i < count; ++i)
    if (!read_element()) return false;
  out.count = static_cast<uint32_t>(count);
  out.elements = {begin, reader.cursor()};
  return true;
}

bool read_label_table(WasmReader& reader, Immediates& out) {
  uint32_t depth = 0;
  return read_elements(reader, 1, out, [&] { return reader.read_u32(depth); });
}

bool read_select_types(WasmReader& reader, Immediates& out) {
  return read_elements(reader, 0, out, [&] { return reader.read_val_type(out.type); });
}

bool read_try_table(WasmReader& reader, Immediates& out) {
  CatchClause clause;
  return reader.read_block_type(out.block) && read_elements(reader, 0, out, [&] { return read_catch(reader, clause); });
}

bool read_br_on_cast(WasmReader& reader, Immediates& out) {
  uint8_t flags = 0;
  if (!read_u8_below(reader, 4, "malformed br_on_cast flags", flags)) return false;
  out.source_nullable = (flags & 1) != 0;
  out.nullable = (flags & 2) != 0;
  return reader.read_u32(out.index) && reader.read_heap_type(out.source_heap_type) && reader.read_heap_type(out.heap_type);
}

bool read_i32(WasmReader& reader, Immediates& out) {
  int32_t value = 0;
  if (!reader.read_s32(value)) return false;
  out.constant = static_cast<uint32_t>(value);
  return true;
}

bool read_i64(WasmReader& reader, Immediates& out) {
  int64_t value = 0;
  if (!reader.read_s64(value)) return false;
  out.constant = static_cast<uint64_t>(value);
  return true;
}

/// A memory index; before multi-memory its place holds a zero byte.
bool read_memory(WasmReader& reader, uint32_t& out) {
  const uint64_t start = reader.offset();
  if (!reader.read_u32(out)) return false;
  const bool is_zero_byte = out == 0 && reader.offset() == start + 1;
  return is_zero_byte || reader.require(Feature::MultiMemory, start, "zero byte expected");
}

}  // namespace

bool read_op(WasmReader& reader, Op& out) {
  const uint64_t start = reader.offset();
  uint8_t first = 0;
  if (!reader.read_u8(first)) return false;
  uint32_t code = first;
  if (is_prefix(first)) {
    if (!reader.read_u32(code)) return false;
    if (!op_of(first, code, out)) return reader.reject(start, kIllegalOpcode);
  } else if (!op_of(0, code, out)) {
    return reader.reject(start, kIllegalOpcode);
  }
  return reader.require(info_of(out).feature, start, kIllegalOpcode);
}

bool read_catch(WasmReader& reader, CatchClause& out) {
  uint8_t kind = 0;
  if (!read_u8_below(reader, 4, "malformed catch clause", kind)) return false;
  out.kind = static_cast<CatchClause::Kind>(kind);
  out.tag = 0;
  return (!out.has_tag() || reader.read_u32(out.tag)) && reader.read_u32(out.depth);
}

bool read_memarg_slow(WasmReader& reader, uint32_t flags, uint64_t flags_offset, Immediates& out) {
  constexpr StringRef kMalformed = "malformed memop flags";
  constexpr uint32_t kHasMemory = 0x40;
  if (flags >= 2 * kHasMemory) return reader.reject(flags_offset, kMalformed);
  out.align_log2 = static_cast<uint8_t>(flags & (kHasMemory - 1));
  out.index = 0;
  if ((flags & kHasMemory) != 0) {
    if (!reader.require(Feature::MultiMemory, flags_offset, kMalformed) || !reader.read_u32(out.index)) return false;
  }
  return reader.read_u64(out.offset);
}

bool read_immediates(WasmReader& reader, Op op, Immediates& out) {
  switch (info_of(op).immediate) {
    case Immediate::None: return true;
    case Immediate::Block: return reader.read_block_type(out.block);
    case Immediate::Label:
    case Immediate::Func:
    case Immediate::Type:
    case Immediate::Local:
    case Immediate::Global:
    case Immediate::Table:
    case Immediate::Elem:
    case Immediate::Data:
    case Immediate::Tag: return reader.read_u32(out.index);
    case Immediate::TableType:
    case Immediate::TableTable:
    case Immediate::ElemTable:
    case Immediate::TypeField:
    case Immediate::TypeData:
    case Immediate::TypeElem:
    case Immediate::TypeType:
    case Immediate::TypeU32: return reader.read_u32(out.index) && reader.read_u32(out.index2);
    case Immediate::Memory: return read_memory(reader, out.index);
    case Immediate::MemoryMemory: return read_memory(reader, out.index) && read_memory(reader, out.index2);
    case Immediate::DataMemory: return reader.read_u32(out.index) && read_memory(reader, out.index2);
    case Immediate::LabelTable: return read_label_table(reader, out);
    case Immediate::Mem0:
    case Immediate::Mem1:
    case Immediate::Mem2:
    case Immediate::Mem3:
    case Immediate::Mem4:
    case Immediate::Atomic0:
    case Immediate::Atomic1:
    case Immediate::Atomic2:
    case Immediate::Atomic3: return read_memarg(reader, out);
    case Immediate::MemLane0:
    case Immediate::MemLane1:
    case Immediate::MemLane2:
    case Immediate::MemLane3: return read_memarg(reader, out) && reader.read_u8(out.lane);
    case Immediate::Fence: return read_u8_below(reader, 1, "zero byte expected", out.lane);
    case Immediate::Lane2:
    case Immediate::Lane4:
    case Immediate::Lane8:
    case Immediate::Lane16: return reader.read_u8(out.lane);
    case Immediate::Shuffle:
    case Immediate::V128: return read_16_bytes(reader, out);
    case Immediate::I32: return read_i32(reader, out);
    case Immediate::I64: return read_i64(reader, out);
    case Immediate::F32: return read_constant<uint32_t>(reader, out);
    case Immediate::F64: return read_constant<uint64_t>(reader, out);
    case Immediate::SelectTypes: return read_select_types(reader, out);
    case Immediate::HeapType: return reader.read_heap_type(out.heap_type);
    case Immediate::BrOnCast: return read_br_on_cast(reader, out);
    case Immediate::TryTable: return read_try_table(reader, out);
  }
  return false;
}

bool InstructionReader::next() {
  start_ = reader_.offset();
  if (reader_.at_end()) return false;
  failed_ = !read_op(reader_, op_) || !read_immediates(reader_, op_, immediates_);
  return !failed_;
}

}  // namespace umber::wasm
