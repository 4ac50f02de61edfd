#include "decoder/ir/builder_inline.h"

#include <cstring>

#include "base/bits.h"
#include "decoder/wasm/limits.h"

namespace umber::ir {

Builder::Builder(Allocator& allocator)
    : allocator_(allocator), local_types_(allocator), locals_(allocator), pending_(allocator), stack_(allocator),
      controls_(allocator), clauses_(allocator), edges_(allocator), insts_(allocator), constants_(allocator), extra_(allocator),
      labels_(allocator), loops_(allocator), handlers_(allocator), catches_(allocator) {}

void Builder::fail(Failure failure) {
  if (failure_ == Failure::None) failure_ = failure;
  live_ = false;
  dead_depth_ = 1u << 31;  // never comes back to life
}

Error Builder::failure() const {
  if (failure_ == Failure::FrameTooLarge)
    return Error::at(ErrorCode::LimitReached, offset_, "func ", func_idx_, ": frame of more than ", wasm::kMaxFrameSlots,
                     " slots");
  return Error::out_of_memory("the IR of a function");
}

// ---- a function's life ---------------------------------------------------------------------------------------------

void Builder::begin_function(const wasm::Module& module, uint32_t func_idx, std::span<const wasm::ValType> locals) {
  module_ = &module;
  func_idx_ = func_idx;
  offset_ = module.functions[func_idx].body.offset;
  failure_ = Failure::None;
  live_ = true;
  dead_depth_ = local_slots_ = frame_slots_ = flushed_ = weight_ = table_count_ = 0;
  last_result_ = kNoSlot;
  stack_.clear();
  controls_.clear();
  clauses_.clear();
  edges_.clear();
  join_ = {};
  insts_.clear();
  constants_.clear();
  extra_.clear();
  labels_.clear();
  loops_.clear();
  handlers_.clear();
  catches_.clear();
  local_types_.clear();
  locals_.clear();
  pending_.clear();

  const wasm::FuncType& type = module.func_type(func_idx);
  (void)insts_.make_room(module.functions[func_idx].body.size / 5 + 16);  // what compilers' output needs; a guess
  if (!local_types_.append(locals) || !locals_.reserve(locals.size()) || !extra_.push(0)) return fail(Failure::OutOfMemory);
  for (const wasm::ValType local : locals) {
    (void)locals_.push({local_slots_, type_of(local)});
    local_slots_ += local.slots();
  }
  if (!pending_.reserve(local_slots_ + 1)) return fail(Failure::OutOfMemory);
  for (uint32_t i = 0; i <= local_slots_; ++i) (void)pending_.push(kNone);
  height_ = local_slots_;
  reserve_frame(height_);
  if (height_ > wasm::kMaxFrameSlots) return fail(Failure::FrameTooLarge);

  Control control{};
  control.kind = wasm::BlockKind::Block;
  control.base = height_;
  control.results = type.results;
  if (!controls_.push(control)) return fail(Failure::OutOfMemory);
  (void)emit(Op::Entry, Type::I32);
}

Function Builder::describe() const {
  Function function;
  function.module = module_;
  function.func_idx = func_idx_;
  const wasm::FuncType& type = module_->func_type(func_idx_);
  for (wasm::ValType param : type.params) function.param_slots += param.slots();
  for (wasm::ValType result : type.results) function.result_slots += result.slots();
  function.local_slots = local_slots_;
  function.frame_slots = frame_slots_;
  function.locals = local_types_;
  function.insts = insts_;
  function.constants = constants_;
  function.extra = extra_;
  function.labels = labels_;
  function.loops = loops_;
  function.handlers = handlers_;
  function.catches = catches_;
  return function;
}

Result<Function> Builder::view() const {
  if (!ok()) return failure();
  return describe();
}

namespace {

/// Replaces `items` by a copy in the arena.
template <class T>
bool move_to(Arena& arena, std::span<const T>& items) {
  if (items.empty()) return true;
  T* copy = arena.allocate_array<T>(items.size());
  if (copy == nullptr) return false;
  std::memcpy(copy, items.data(), items.size_bytes());
  items = {copy, items.size()};
  return true;
}

}  // namespace

Result<Function> Builder::finish(Arena& arena) const {
  if (!ok()) return failure();
  Function function = describe();
  if (move_to(arena, function.locals) && move_to(arena, function.insts) && move_to(arena, function.constants) &&
      move_to(arena, function.extra) && move_to(arena, function.labels) && move_to(arena, function.loops) &&
      move_to(arena, function.handlers) && move_to(arena, function.catches))
    return function;
  return Error::out_of_memory("the IR of a function");
}

// ---- emission ------------------------------------------------------------------------------------------------------

Inst& Builder::emit_copy(uint32_t dst, Operand source, Type type) {
  Inst& inst = emit(Op::Copy, type, dst);
  inst.a = source;
  return inst;
}

void Builder::emit_copy_before(uint32_t dst, Operand source, Type type, uint32_t before) {
  const uint32_t last_result = last_result_;
  emit_copy(dst, source, type);
  if (before == kNoSlot || last_result != before || !ok()) return;
  std::swap(insts_[insts_.size() - 1], insts_[insts_.size() - 2]);
  last_result_ = last_result;
}

uint32_t Builder::add_vector(const uint8_t* bytes) {
  const auto idx = static_cast<uint32_t>(constants_.size());
  if (!constants_.make_room(2)) {
    fail(Failure::OutOfMemory);
    return 0;
  }
  constants_.push(load_le<uint64_t>(bytes));
  constants_.push(load_le<uint64_t>(bytes + 8));
  return idx;
}

uint32_t Builder::pop_list(uint32_t count) {
  if (count == 0) return 0;  // the shared empty list
  const auto at = static_cast<uint32_t>(extra_.size());
  if (!extra_.resize(at + 1 + count)) {
    fail(Failure::OutOfMemory);
    truncate(static_cast<uint32_t>(stack_.size()) - count);
    return 0;
  }
  extra_[at] = count;
  for (uint32_t i = count; i > 0; --i) extra_[at + i] = pop().operand.bits();
  return at;
}

// ---- operand stack -------------------------------------------------------------------------------------------------

/// Every value takes a slot at least, so a frame far beyond the limit is noticed here, before the stack takes much memory.
bool Builder::make_stack_room() {
  if (height_ > wasm::kMaxFrameSlots) fail(Failure::FrameTooLarge);
  else if (!stack_.make_room(1)) fail(Failure::OutOfMemory);
  return ok();
}

bool Builder::make_inst_room() {
  if (!insts_.make_room(1)) fail(Failure::OutOfMemory);
  return ok();
}

/// Pushes a value that was popped; its operand must still be valid.
void Builder::push_again(const Value& value) {
  const auto idx = static_cast<uint32_t>(stack_.size());
  push(value.operand, value.type);
  if (!is_pending_local(value) || !ok()) return;
  uint32_t& youngest = pending_[value.operand.slot()];
  stack_.back().older = youngest;
  youngest = idx;
  if (idx < flushed_) flushed_ = idx;
}

void Builder::push_temporaries(std::span<const wasm::ValType> types) {
  for (const wasm::ValType type : types) push_temporary(type_of(type));
}

void Builder::truncate(uint32_t size) {
  while (stack_.size() > size) (void)pop();
}

/// Gives the constants among the top `count` values their own temporaries.
void Builder::materialize_constants(size_t count, uint32_t before) {
  for (size_t i = stack_.size() - count; i < stack_.size(); ++i) {
    Value& value = stack_[i];
    if (!value.operand.is_constant()) continue;
    emit_copy_before(value.slot, value.operand, value.type, before);
    value.operand = Operand::slot(value.slot);
  }
}

// ---- locals --------------------------------------------------------------------------------------------------------

/// Copies every pending read of a local that is about to be written. `before`: the last instruction will be what writes.
void Builder::flush_reads(uint32_t local_slot, uint32_t before) {
  for (uint32_t i = pending_[local_slot]; i != kNone; i = stack_[i].older) {
    Value& value = stack_[i];
    emit_copy_before(value.slot, value.operand, value.type, before);
    value.operand = Operand::slot(value.slot);
  }
  pending_[local_slot] = kNone;
}

/// Copies every pending read: what follows may write locals on some paths only. Linear over a whole function, because
/// `flushed_` remembers up to where the stack has been looked at.
void Builder::flush_locals(uint32_t before) {
  for (; flushed_ < stack_.size(); ++flushed_) {
    Value& value = stack_[flushed_];
    if (!is_pending_local(value)) continue;
    pending_[value.operand.slot()] = kNone;
    emit_copy_before(value.slot, value.operand, value.type, before);
    value.operand = Operand::slot(value.slot);
  }
}

void Builder::write_local(uint32_t local, bool keep) {
  const auto [slot, type] = locals_[local];
  const Value value = pop();
  if (value.operand != Operand::slot(slot)) {
    const bool retargets = is_in_place(value) && last_result_ == value.slot;
    if (pending_[slot] != kNone) flush_reads(slot, retargets ? value.slot : kNoSlot);
    if (!ok()) return;
    if (retargets) {
      insts_.back().dst = slot;
      last_result_ = kNoSlot;
    } else if (!retarget_join(value, slot)) {
      emit_copy(slot, value.operand, type);
    }
  }
  if (keep) (void)push_local(local);
}

}  // namespace umber::ir
