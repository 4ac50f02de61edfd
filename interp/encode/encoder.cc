// The driver, and where values are.
#include "interp/encode/encoder.h"

#include <algorithm>
#include <cstring>

namespace umber::interp {

using ir::Operand;
using ir::Type;

namespace {
constexpr uint64_t kNoConstant = 0;
}  // namespace

Encoder::Encoder(Allocator& allocator)
    : emitter_(allocator), plan_(allocator), spots_(allocator), local_regs_(allocator), regions_(allocator),
      region_of_loop_(allocator), labels_(allocator), stubs_(allocator), loop_entries_(allocator), positions_(allocator), handler_order_(allocator),
      handler_rows_(allocator) {}

Result<std::span<const Code>> Encoder::encode(const ir::Function& function, EncodeOptions options) {
  probe_ = kNone;
  if (!run(function, options)) return Error::out_of_memory("a function's code");
  return emitter_.code();
}

uint32_t Encoder::offset_at(const ir::Function& function, EncodeOptions options, uint32_t position) {
  probe_ = position;
  probe_offset_ = 0;
  return run(function, options) ? probe_offset_ : 0;
}

void Encoder::begin(const ir::Function& function, EncodeOptions options) {
  memory_ = options.guarded && kGuardedMemory.load_int != nullptr ? &kGuardedMemory : &kCheckedMemory;
  registers_ = options.registers;
  version_ = options.version;
  joins_ = registers_ || is_draft();
  patience_ = options.patience;
  const bool has_registers = joins_ && applies(Technique::Registers);
  for (unsigned type = 0; type < std::size(usable_); ++type)
    usable_[type] = has_registers ? mask_of(class_of(static_cast<Type>(type))) : 0;
  link_ = link_slot(function.param_slots, function.result_slots);
  param_slots_ = function.param_slots;
  slot_shift_ = link_ + kLinkSlots - param_slots_;
  spare_ = function.frame_slots;
  constants_ = function.constants.empty() ? &kNoConstant : function.constants.data();
  frame_slots_ = physical(function.frame_slots);
  emitter_.begin(frame_slots_);
  regions_.clear();
  region_of_loop_.clear();
  labels_.clear();
  stubs_.clear();
  loop_entries_.clear();
  positions_.clear();
  if (!place_slots(function) || !labels_.resize(function.labels.size()) || !region_of_loop_.resize(function.loops.size())) emitter_.fail();
  regs_ = {};
  for (Pending& pending : pending_) pending.kind = Pending::Empty;
  pending_count_ = 0;
  load_waits_ = false;
  last_ = {};
  vector_ = {};
  header_table_.position = Emitter::kNoCode;
  local_slots_ = top_ = function.local_slots;
  temporaries_ = function.frame_slots - local_slots_;
  reachable_ = true;
  index_ = 0;
  for (unsigned i = 0; i < sizeof(FunctionHeader) / 4; ++i) emitter_.append_word(0);
  open_body();
  open_landings();
  if (is_draft()) count_visit(wasm::kNoIndex);
  if (is_successor() && !loop_entries_.resize(function.loops.size())) emitter_.fail();
}

/// Everything lies in its slot at first. False: out of memory.
bool Encoder::place_slots(const ir::Function& function) {
  spots_.clear();
  local_regs_.clear();
  first_constant_ = spare_ + 1 - Operand::constant(0).bits();
  Spot* spot = spots_.extend(spare_ + size_t{1} + function.constants.size());
  int8_t* const regs = local_regs_.extend(function.local_slots + size_t{1});
  if (spot == nullptr || regs == nullptr) return false;
  for (uint32_t slot = 0; slot <= spare_; ++slot) *spot++ = Spot::in_slot(physical(slot));
  for (const uint64_t bits : function.constants) *spot++ = Spot::imm(bits);
  std::memset(regs, -1, function.local_slots);
  return true;
}

void Encoder::write_header() {
  if (!emitter_.ok()) return;
  if (emitter_.uses_scratch()) need_frame(physical(function_->frame_slots) + Emitter::kScratchSlots);
  need_frame(link_ + kLinkSlots + kZeroedAlways);
  FunctionHeader header{};
  header.frame_bytes = frame_slots_ * static_cast<uint32_t>(sizeof(Slot));
  header.weight = function_->insts.empty() ? 0 : function_->insts[0].imm;
  header.link = static_cast<uint16_t>(link_);
  header.first_zero = static_cast<uint16_t>(link_ + kLinkSlots);
  header.zero_count = static_cast<uint16_t>(function_->local_slots - function_->param_slots);
  header.param_slots = static_cast<uint16_t>(function_->param_slots);
  header.func_idx = function_->func_idx;
  header.has_handlers = positions_.empty() ? 0 : 1;
  header.is_draft = is_draft() ? 1 : 0;
  header.has_loop_entries = is_successor() ? 1 : 0;
  header.code_bytes = (emitter_.position() - static_cast<uint32_t>(sizeof header)) & 0x1fff'ffff;
  emitter_.overwrite(0, &header, sizeof header);
}

/// Notes where the instruction's code begins.
void Encoder::keep_track(const ir::Inst& inst) {
  if (!positions_.empty()) {
    positions_[index_] = emitter_.position();
    last_.kind = Last::None;  // what is joined would lie on both sides of the position
  }
  mark(inst.offset);
}

[[gnu::always_inline]] inline void Encoder::encode_inst(const ir::Inst& inst) {
  if (pending_count_ != 0) {
    if (inst.dst < local_slots_) flush_readers_of(inst.dst);
    if (load_waits_) flush_loads(inst);
  }
  const Selection selection = selection_of(inst.op);
  switch (selection.way) {
    case Way::Own: return encode_own(inst);
    case Way::Label: return bind(inst);
    case Way::LoopHeader: return enter_loop(inst);
    case Way::Copy: return encode_copy(inst);
    case Way::Jump:
      flush_all();
      return jump(inst.aux);
    case Way::BranchIf: return branch(condition_of(inst.a, false), inst.aux);
    case Way::BranchUnless: return branch(condition_of(inst.a, true), inst.aux);
    case Way::Return: return encode_return(inst);
    case Way::Call: return encode_call(inst);
    case Way::Global: return encode_global(inst);
    case Way::Sum: return encode_plus(inst, selection.op);
    case Way::HotInt: return encode_int(inst, kFamHotInt, selection.op);
    case Way::ColdInt: return encode_int(inst, kFamColdInt, selection.op);
    case Way::CompareInt: return encode_compare_int(inst, selection.op);
    case Way::UnaryInt: return encode_unary(inst, kFamUnaryInt, selection.op);
    case Way::BinaryF32: return encode_float(inst, kFamBinaryF32, selection.op);
    case Way::BinaryF64: return encode_float(inst, kFamBinaryF64, selection.op);
    case Way::CompareF32: return encode_float(inst, kFamCompareF32, selection.op);
    case Way::CompareF64: return encode_float(inst, kFamCompareF64, selection.op);
    case Way::F32ToInt: return encode_unary(inst, kFamF32ToInt, selection.op);
    case Way::F64ToInt: return encode_unary(inst, kFamF64ToInt, selection.op);
    case Way::IntToFloat: return encode_unary(inst, kFamIntToFloat, selection.op);
    case Way::UnaryFloat: return encode_unary(inst, kFamUnaryFloat, selection.op);
    case Way::LoadInt:
    case Way::LoadFloat: return encode_load(inst, selection);
    case Way::StoreInt:
    case Way::StoreFloat: return encode_store(inst, selection);
    case Way::VectorUnary:
    case Way::VectorBinary:
    case Way::VectorTernary:
    case Way::VectorShift:
    case Way::Shuffle:
    case Way::SplatInt:
    case Way::SplatFloat:
    case Way::VectorTest:
    case Way::ExtractInt:
    case Way::ExtractFloat:
    case Way::ReplaceInt:
    case Way::ReplaceFloat: return encode_vector(inst, selection);
    case Way::VectorLoad:
    case Way::VectorStore:
    case Way::VectorLoadLane:
    case Way::VectorStoreLane: return encode_vector_access(inst, selection);
    case Way::Atomic: return encode_access(inst, kFamAtomic);
    case Way::Object: return encode_object(inst);
    case Way::Unsupported: return encode_unsupported(inst);
  }
}

/// The rare instructions that no family covers.
void Encoder::encode_own(const ir::Inst& inst) {
  switch (inst.op) {
    case ir::Op::Entry: return;
    case ir::Op::Select: return encode_select(inst);
    case ir::Op::BrTable: return branch_table(inst);
    case ir::Op::ReturnCall:
    case ir::Op::ReturnCallIndirect:
    case ir::Op::ReturnCallRef: return encode_tail_call(inst);
    case ir::Op::Throw:
    case ir::Op::ThrowRef: return encode_throw(inst);
    default: return encode_single(inst);
  }
}

bool Encoder::run(const ir::Function& function, EncodeOptions options) {
  function_ = &function;
  if (options.version == Version::Draft) options.registers = false;
  if (!(options.registers ? plan_.make(function) : plan_.make_blank(function))) return false;
  begin(function, options);
  const auto count = static_cast<uint32_t>(function.insts.size());
  const bool keeps_track = !positions_.empty() || probe_ != kNone;
  for (index_ = 0; index_ < count && emitter_.ok(); ++index_) {
    if (index_ >= region_end_) leave_regions();
    const ir::Inst& inst = function.insts[index_];
    if (keeps_track) [[unlikely]] keep_track(inst);
    emitter_.next_inst();
    keeps_operands_ = (inst.flags & ir::kKeepsOperands) != 0;
    encode_inst(inst);
  }
  if (!positions_.empty()) positions_[index_] = emitter_.position();
  emit_stubs();
  if (is_successor()) emit_loop_entries();
  write_header();
  write_handlers();
  return emitter_.ok();
}

/// What exit_at has found, once more.
void Encoder::encode_exit([[maybe_unused]] uint32_t first) {
  if constexpr (!kIsCompact) {
    const uint32_t index = index_;
    for (index_ = first; reachable_ && emitter_.ok(); ++index_) {
      const ir::Inst& inst = function_->insts[index_];
      mark(inst.offset);
      emitter_.next_inst();
      keeps_operands_ = (inst.flags & ir::kKeepsOperands) != 0;
      encode_inst(inst);
    }
    index_ = index;
  }
}

// ---- where values are ----------------------------------------------------------------------------------------------

/// Of a value that waits: it has to be computed first.
Place Encoder::use_pending(Operand operand) {
  flush(pending_[spots_[operand.slot()].number]);
  return use(operand);
}

uint32_t Encoder::use_slot(Operand operand, Type type) {
  const Place place = use(operand);
  if (type != Type::V128) return emitter_.slot_of(type, place);
  if (place.is_slot()) return place.slot;
  const uint32_t slot = emitter_.take_scratch(2);
  emitter_.copy_vector(slot, place, function_->constants[operand.constant_idx() + 1]);
  return slot;
}

uint32_t Encoder::use_wide_slot(Operand operand, Type type) {
  const Place place = use(operand);
  if (!kIsCompact || type != Type::I32 || place.is_imm()) return emitter_.slot_of(type, place);
  const uint32_t slot = emitter_.take_scratch(1);
  emitter_.emit(kFamUnaryInt, static_cast<unsigned>(index_in<kUnaryInt>(wasm::Op::I64ExtendI32U)), {Place::in_slot(slot), place});
  return slot;
}

void Encoder::release_list(std::span<const uint32_t> items) {
  for (uint32_t bits : items) release(Operand::of_bits(bits));
}

void Encoder::set_temporary(unsigned reg, uint32_t slot) {
  if constexpr (kRegs != 0) regs_.slot[reg] = slot;
  regs_.temporaries |= 1u << reg;
  move_to_reg(slot, reg);
}

Place Encoder::define(uint32_t slot, Type type) {
  int reg;
  if (is_temporary(slot)) {
    forget_temporary(slot);
    if (slot + 1 > top_) top_ = slot + 1;
    reg = choose(belongs_in_slot(slot), -1, take_register(type));
    regs_.temporaries |= bit_of(reg) & kRegMask;
  } else {
    reg = local_regs_[slot];
    regs_.valid |= bit_of(reg) & kRegMask;
    regs_.dirty |= bit_of(reg) & kRegMask;
    regs_.lent &= ~bit_of(reg);
  }
  regs_.slot[static_cast<uint32_t>(reg) & (kRegArray - 1)] = slot;
  Spot& spot = spots_[slot];
  const Spot in_slot = Spot::in_slot(spot.slot), in_reg = Spot::in_reg(static_cast<unsigned>(reg), spot.slot);
  spot = choose(reg >= 0, in_reg, in_slot);
  return {spot};
}

Place Encoder::define_in(const Place& wanted, uint32_t slot, Type type) {
  const uint32_t taken = (regs_.locals & ~regs_.lent) | regs_.temporaries | regs_.held;
  const bool is_free = wanted.is_reg() && (taken >> wanted.number & 1) == 0;
  if (!is_free || !is_temporary(slot) || plan_.to_slot(index_)) return define(slot, type);
  forget_temporary(slot);
  if (slot + 1 > top_) top_ = slot + 1;
  set_temporary(wanted.number, slot);
  return {spots_[slot]};
}

/// Whether a local's value is read no more once the current instruction has made `temporary` of it: a few lines further on, without a
/// branch or call between, an operation of floats makes the local's next value of that temporary, as in sums of several terms.
bool Encoder::is_replaced(uint32_t local, uint32_t temporary) const {
  constexpr size_t kReach = 24;
  const Operand value = Operand::slot(local), result = Operand::slot(temporary);
  const size_t end = std::min(index_ + kReach, function_->insts.size());
  for (size_t i = index_ + 1; i < end; ++i) {
    const ir::Inst& inst = function_->insts[i];
    if (!is_plain(inst.op) || inst.a == value || inst.b == value || inst.c == value) return false;
    const Way way = selection_of(inst.op).way;
    if (inst.dst == local) return (way == Way::BinaryF32 || way == Way::BinaryF64) && (inst.a == result || inst.b == result);
  }
  return false;
}

/// Before a temporary is defined of a local's value, which lies at `place`: if nobody reads that again, the temporary may have its register.
void Encoder::lend(Operand local, const Place& place, uint32_t temporary) {
  if (!place.is_reg() || is_temporary(local) || !is_temporary(temporary) || plan_.to_slot(index_)) return;
  for (const Pending& pending : pending_)
    for (const uint32_t read : pending.locals)
      if (pending.kind != Pending::Empty && read == local.slot()) return;
  if (!is_replaced(local.slot(), temporary)) return;
  const uint32_t bit = bit_of(place.number);
  regs_.lent |= bit;
  regs_.valid &= ~bit;
  move_to_slot(local.slot());
}

uint32_t Encoder::define_slot(uint32_t slot, Type type) {
  if (is_temporary(slot)) {
    const uint32_t end = slot + slots_of(type);
    for (uint32_t part = slot; part < end; ++part) forget_temporary(part);  // of a vector's upper half too
    if (end > top_) top_ = end;
  }
  if (physical(slot) == vector_.slot) vector_ = {};
  return physical(slot);
}

void Encoder::finish_slot(uint32_t slot, Type) {
  if (is_temporary(slot)) return;
  const int reg = local_regs_[slot];
  if (reg < 0) return;
  move_to_slot(slot);
  regs_.valid &= ~(1u << reg);  // the slot is newer
  regs_.dirty &= ~(1u << reg);
}

}  // namespace umber::interp
