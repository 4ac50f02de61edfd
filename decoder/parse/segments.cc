// Element, code and data sections, and constant expressions: what is recorded as ranges of the module's bytes.
#include "decoder/parse/parser.h"
#include "decoder/wasm/immediates.h"
#include "decoder/wasm/limits.h"

namespace umber::wasm {
namespace {

/// Bits of an element segment's first number.
enum ElementFlag : uint32_t { kNotActive = 1, kExplicit = 2, kExpressions = 4 };
constexpr uint32_t kMaxElementFlags = 7;

bool opens_block(Op op) {
  return op == Op::Block || op == Op::Loop || op == Op::If || op == Op::TryTable || op == Op::Try;
}

}  // namespace

bool Parser::parse_elements() {
  uint32_t count = 0;
  std::span<ElementSegment> segments;
  if (!read_count(0, kMaxSegments, "element segments", count) || !allocate(count, 2, segments)) return false;
  entry_name_ = "element segment ";
  for (uint32_t i = 0; i < count; ++i) {
    entry_ = i;
    ElementSegment segment;
    if (!parse_element(segment)) return false;
    segments[i] = segment;
  }
  module_.elements = segments;
  return true;
}

bool Parser::parse_element(ElementSegment& segment) {
  segment.position = here();
  uint32_t flags = 0;
  if (!read_u32(flags)) return false;
  if (flags > kMaxElementFlags) return fail(ErrorCode::Malformed, segment.position, "malformed elements segment kind ", flags);
  if (flags != 0 && !reader_.require(Feature::BulkMemory, segment.position, "malformed elements segment kind")) return fail_read();
  if ((flags & kNotActive) == 0) {
    segment.mode = SegmentMode::Active;
    if ((flags & kExplicit) != 0 && !read_u32(segment.table)) return false;
    if (!parse_const_expr(segment.offset)) return false;
  } else {
    segment.mode = (flags & kExplicit) != 0 ? SegmentMode::Declarative : SegmentMode::Passive;
  }
  segment.is_func_indices = (flags & kExpressions) == 0;
  return parse_element_type(flags, segment) && parse_element_items(segment);
}

bool Parser::parse_element_type(uint32_t flags, ElementSegment& segment) {
  segment.type = ValType::ref(HeapType::Func, !segment.is_func_indices);
  if ((flags & (kNotActive | kExplicit)) == 0) return true;
  if (!segment.is_func_indices) return read_ref_type(segment.type);
  const uint64_t offset = reader_.offset();
  uint8_t kind = 0;
  if (!read_u8(kind)) return false;
  return kind == 0 || fail(ErrorCode::Malformed, offset, "malformed element kind ", Hex{kind});
}

bool Parser::parse_element_items(ElementSegment& segment) {
  if (!read_u32(segment.count)) return false;
  segment.items.offset = here();
  for (uint32_t i = 0; i < segment.count; ++i) {
    if (segment.is_func_indices) {
      uint32_t func_idx = 0;
      if (!read_u32(func_idx) || !declare_function(func_idx)) return false;
    } else {
      ByteRange item;
      if (!parse_const_expr(item)) return false;
    }
  }
  segment.items.size = here() - segment.items.offset;
  return true;
}

bool Parser::parse_data() {
  const uint64_t offset = reader_.offset();
  uint32_t count = 0;
  std::span<DataSegment> segments;
  has_data_ = true;
  if (!read_count(0, kMaxSegments, "data segments", count)) return false;
  if (module_.has_data_count && module_.data_count != count)
    return fail(ErrorCode::Malformed, offset, "data count and data section have inconsistent lengths: ", module_.data_count, " and ",
                count);
  if (!allocate(count, 2, segments)) return false;
  entry_name_ = "data segment ";
  for (uint32_t i = 0; i < count; ++i) {
    entry_ = i;
    DataSegment segment;
    if (!parse_data_segment(segment)) return false;
    segments[i] = segment;
  }
  module_.data = segments;
  return true;
}

bool Parser::parse_data_segment(DataSegment& segment) {
  enum : uint32_t { kActive, kPassive, kActiveExplicit };
  segment.position = here();
  uint32_t flags = 0;
  if (!read_u32(flags)) return false;
  if (flags > kActiveExplicit) return fail(ErrorCode::Malformed, segment.position, "malformed data segment kind ", flags);
  if (flags != kActive && !reader_.require(Feature::BulkMemory, segment.position, "malformed data segment kind")) return fail_read();
  if (flags == kActiveExplicit && !read_u32(segment.memory)) return false;
  segment.mode = flags == kPassive ? SegmentMode::Passive : SegmentMode::Active;
  if (flags != kPassive && !parse_const_expr(segment.offset)) return false;
  if (!read_u32(segment.bytes.size)) return false;
  segment.bytes.offset = here();
  return reader_.skip(segment.bytes.size) || fail_read();
}

/// Those of imports stay empty.
bool Parser::allocate_bodies() {
  if (!allocate_array(functions_.all.size(), module_.functions)) return false;
  for (size_t i = 0; i < functions_.imported.size(); ++i) module_.functions[i] = {};
  return true;
}

bool Parser::parse_code() {
  const uint64_t offset = reader_.offset();
  if (!read_u32(bodies_)) return false;
  if (bodies_ != functions_.defined)
    return fail(ErrorCode::Malformed, offset, "function and code section have inconsistent lengths: ", functions_.defined, " and ",
                bodies_);
  if (!allocate_bodies()) return false;
  entry_name_ = "func ";
  const auto imported = static_cast<uint32_t>(functions_.imported.size());
  for (uint32_t i = 0; i < bodies_; ++i) {
    entry_ = imported + i;
    const uint64_t body_offset = reader_.offset();
    ByteRange body;
    if (!read_u32(body.size)) return false;
    body.offset = here();
    if (!reader_.skip(body.size)) return fail_read();
    if (body.size > kMaxFunctionBytes)
      return fail(ErrorCode::LimitReached, body_offset, "a body of ", body.size, " bytes is beyond the limit of ", kMaxFunctionBytes);
    module_.functions[entry_].body = body;
  }
  return true;
}

/// Finds the matching `end`; what is between is the validator's.
bool Parser::parse_const_expr(ByteRange& out) {
  out.offset = here();
  Immediates immediates;
  for (uint32_t depth = 1; depth > 0;) {
    Op op = Op::End;
    if (!read_op(reader_, op) || !read_immediates(reader_, op, immediates)) return fail_read();
    if (opens_block(op)) ++depth;
    if (op == Op::End || op == Op::Delegate) --depth;
    if (op == Op::RefFunc && !declare_function(immediates.index)) return false;
  }
  out.size = here() - out.offset;
  return true;
}

/// Marks a function as one that `ref.func` may name; numbers out of range are the validator's.
bool Parser::declare_function(uint32_t func_idx) {
  const size_t count = functions_.imported.size() + functions_.defined;
  if (module_.declared_functions.empty() && count > 0) {
    if (!allocate_array((count + 31) / 32, module_.declared_functions)) return false;
    for (uint32_t& word : module_.declared_functions) word = 0;
  }
  if (func_idx < count) module_.declared_functions[func_idx / 32] |= 1u << (func_idx % 32);
  return true;
}

}  // namespace umber::wasm
