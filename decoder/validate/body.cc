// Where a body or constant expression begins, its locals, and the way from an opcode to its rule.
#include "decoder/validate/type_checker.h"
#include "decoder/wasm/limits.h"

namespace umber::wasm {
namespace {

/// So many locals have their types at hand; the others are looked up among the declarations. A module may declare 50,000
/// locals in ten bytes, and a million such functions: nobody but a sink that asks for it gets them one by one.
constexpr size_t kExpandedLocals = 256;

ValType type_of_letter(char letter, ValType address) {
  switch (letter) {
    case 'i': return ValType::I32;
    case 'l': return ValType::I64;
    case 'f': return ValType::F32;
    case 'd': return ValType::F64;
    case 'v': return ValType::V128;
    default: return address;
  }
}

}  // namespace

bool TypeChecker::begin_function(uint32_t func_idx, bool expand_locals) {
  const ByteRange body = module_.functions[func_idx].body;
  place_ = "func";
  place_idx_ = func_idx;
  place_part_ = {};
  is_const_ = false;
  has_op_ = false;
  visible_globals_ = static_cast<uint32_t>(module_.globals.size());
  function_type_ = module_.func_type(func_idx);
  reader_ = WasmReader(module_.slice(body), body.offset, module_.features);
  start_ = body.offset;
  frames_.clear();
  block_results_.reset();
  top_ = floor_ = stack_;
  if (!read_locals(expand_locals)) return false;
  return reserve(0) && push_frame(FrameKind::Function, {{}, function_type_.results});
}

bool TypeChecker::begin_const_expr(StringRef what, uint32_t idx, StringRef part, ByteRange range, ValType expected,
                                   uint32_t visible_globals) {
  place_ = what;
  place_idx_ = idx;
  place_part_ = part;
  is_const_ = true;
  has_op_ = false;
  visible_globals_ = visible_globals;
  reader_ = WasmReader(module_.slice(range), range.offset, module_.features);
  start_ = range.offset;
  frames_.clear();
  block_results_.reset();
  local_count_ = 0;
  locals_.clear();
  init_log_.clear();
  top_ = floor_ = stack_;
  ValType* result = block_results_.allocate_array<ValType>(1);
  if (result == nullptr) return fail_memory();
  *result = expected;
  function_type_ = {{}, {result, 1}};
  return reserve(0) && push_frame(FrameKind::Function, {{}, function_type_.results});
}

bool TypeChecker::read_locals(bool expand) {
  const auto params = static_cast<uint32_t>(function_type_.params.size());
  uint32_t declarations = 0;
  if (!reader_.read_u32(declarations)) return fail_read();
  runs_.clear();
  uint64_t total = 0;
  bool all_defaultable = true;
  for (uint32_t i = 0; i < declarations; ++i) {
    start_ = reader_.offset();
    uint32_t count = 0;
    ValType type;
    if (!reader_.read_u32(count)) return fail_read();
    total += count;
    if (total > UINT32_MAX) return fail(ErrorCode::Malformed, start_, "too many locals");
    const uint64_t type_offset = reader_.offset();
    if (!reader_.read_val_type(type)) return fail_read();
    const ValType written = type;
    if (!module_.canonicalise(type)) return fail(ErrorCode::Invalid, type_offset, "unknown type ", written.heap_type().type_idx());
    if (count == 0 || params + total > kMaxLocals) continue;
    all_defaultable = all_defaultable && type.is_defaultable();
    if (!runs_.push({params + static_cast<uint32_t>(total), type})) return fail_memory();
  }
  if (params + total > kMaxLocals)
    return fail(ErrorCode::LimitReached, start_, "too many locals: ", params + total, " are beyond the limit of ", kMaxLocals);
  local_count_ = params + static_cast<uint32_t>(total);
  return expand_locals(expand ? local_count_ : kExpandedLocals) && prepare_initialised(all_defaultable);
}

bool TypeChecker::expand_locals(size_t limit) {
  const size_t count = local_count_ < limit ? local_count_ : limit;
  locals_.clear();
  if (!locals_.reserve(count)) return fail_memory();
  for (size_t i = 0; i < function_type_.params.size() && i < count; ++i)
    if (!locals_.push(function_type_.params[i])) return fail_memory();
  for (const LocalRun& run : runs_)
    for (size_t i = locals_.size(); i < run.end && i < count; ++i)
      if (!locals_.push(run.type)) return fail_memory();
  hot_local_count_ = 0;
  for (size_t i = 0; i < kMaxHotLocals && i < count; ++i) {
    if (i >= function_type_.params.size() && !locals_[i].is_defaultable()) break;
    hot_locals_[i] = locals_[i];
    ++hot_local_count_;
  }
  return true;
}

/// Parameters have their values, other locals only if their type has a default.
bool TypeChecker::prepare_initialised(bool all_defaultable) {
  init_log_.clear();
  initialised_.clear();
  if (!initialised_.resize((all_defaultable ? function_type_.params.size() : local_count_) / 32 + 1)) return fail_memory();
  for (uint32_t i = 0; i < function_type_.params.size(); ++i) initialised_[i / 32] |= 1u << (i % 32);
  return true;
}

ValType TypeChecker::local_type_in_runs(uint32_t idx) const {
  if (idx < function_type_.params.size()) return function_type_.params[idx];
  size_t first = 0;
  size_t last = runs_.size() - 1;
  while (first < last) {
    const size_t middle = (first + last) / 2;
    if (runs_[middle].end > idx)
      last = middle;
    else
      first = middle + 1;
  }
  return runs_[first].type;
}

bool TypeChecker::set_initialised(uint32_t idx) {
  if (is_initialised(idx)) return true;
  initialised_[idx / 32] |= 1u << (idx % 32);
  return init_log_.push(idx) || fail_memory();
}

bool TypeChecker::check(Op op) {
  op_ = op;
  has_op_ = true;
  if (info_of(op).signature.regular) return check_regular(op);
  // Opcodes lie in the order of the table, group by group.
  if (op <= Op::TryTable) return check_branch(op);
  if (op <= Op::TableSet) return check_access(op);
  if (op <= Op::MemoryGrow) return check_memory_op(op);
  if (op <= Op::F64Const || op == Op::V128Const) return check_constant_value(op);
  if (op <= Op::BrOnNonNull) return check_reference(op);
  if (op <= Op::I31GetU) return check_object(op);
  if (op <= Op::MemoryFill || op == Op::AtomicFence) return check_memory_op(op);
  return check_table_op(op);
}

bool TypeChecker::check_regular(Op op) {
  const Immediate immediate = info_of(op).immediate;
  switch (immediate) {
    case Immediate::None: return check_regular_types(op);
    case Immediate::Lane2:
    case Immediate::Lane4:
    case Immediate::Lane8:
    case Immediate::Lane16:
      if (!read_immediates(reader_, op, imm_)) return fail_read();
      if (imm_.lane >= lane_count_of(immediate)) return invalid("invalid lane index ", imm_.lane);
      return check_regular_types(op);
    case Immediate::Shuffle:
      if (!read_immediates(reader_, op, imm_)) return fail_read();
      for (unsigned i = 0; i < 16; ++i)
        if (imm_.bytes[i] >= 32) return invalid("invalid lane index ", imm_.bytes[i]);
      return check_regular_types(op);
    default: break;
  }
  if (!read_immediates(reader_, op, imm_)) return fail_read();
  return check_memory_access(immediate) && check_regular_types(op);
}

bool TypeChecker::check_regular_types(Op op) {
  const Signature& signature = info_of(op).signature;
  const ValType address = imm_.operand_is_64 ? ValType::I64 : ValType::I32;
  ValType params[4];
  for (unsigned i = 0; i < signature.param_count; ++i) params[i] = type_of_letter(signature.params[i], address);
  if (!pop_list({params, signature.param_count})) return false;
  for (unsigned i = 0; i < signature.result_count; ++i) push(type_of_letter(signature.results[i], address));
  return true;
}

/// Whether a constant expression may have the instruction (https://webassembly.github.io/spec/core/valid/instructions.html#constant-expressions).
bool TypeChecker::check_constant(Op op) {
  op_ = op;
  has_op_ = true;
  switch (op) {
    case Op::I32Const:
    case Op::I64Const:
    case Op::F32Const:
    case Op::F64Const:
    case Op::V128Const:
    case Op::RefNull:
    case Op::RefFunc:
    case Op::GlobalGet:
    case Op::RefI31:
    case Op::StructNew:
    case Op::StructNewDefault:
    case Op::ArrayNew:
    case Op::ArrayNewDefault:
    case Op::ArrayNewFixed:
    case Op::AnyConvertExtern:
    case Op::ExternConvertAny: return true;
    case Op::I32Add:
    case Op::I32Sub:
    case Op::I32Mul:
    case Op::I64Add:
    case Op::I64Sub:
    case Op::I64Mul:
      if (module_.features.has(Feature::ExtendedConst)) return true;
      return fail(ErrorCode::Unsupported, start_, "constant expression required: feature \"extended-const\" is off");
    default: return invalid("constant expression required");
  }
}

}  // namespace umber::wasm
