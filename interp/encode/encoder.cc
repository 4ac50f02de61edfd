// The driver, and where values are.
#include "interp/encode/encoder.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

Encoder::Encoder(Allocator& allocator)
    : emitter_(allocator), plan_(allocator), slots_(allocator), regions_(allocator),
      region_of_loop_(allocator), labels_(allocator), stubs_(allocator), positions_(allocator), handler_order_(allocator),
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

bool Encoder::run(const ir::Function& function, EncodeOptions options) {
  function_ = &function;
  if (!plan_.make(function)) return false;
  begin(function, options);
  const auto count = static_cast<uint32_t>(function.insts.size());
  for (index_ = 0; index_ < count && emitter_.ok(); ++index_) {
    if (index_ >= region_end_) leave_regions();
    const ir::Inst& inst = function.insts[index_];
    if (!positions_.empty()) positions_[index_] = emitter_.position();
    mark(inst.offset);
    emitter_.next_inst();
    keeps_operands_ = (inst.flags & ir::kKeepsOperands) != 0;
    encode_inst(inst);
  }
  if (!positions_.empty()) positions_[index_] = emitter_.position();
  emit_stubs();
  write_header();
  write_handlers();
  return emitter_.ok();
}

void Encoder::begin(const ir::Function& function, EncodeOptions options) {
  memory_ = options.guarded && kGuardedMemory.load_int != nullptr ? &kGuardedMemory : &kCheckedMemory;
  registers_ = options.registers;
  link_ = link_slot(function.param_slots, function.result_slots);
  slot_shift_ = link_ + kLinkSlots - function.param_slots;
  frame_slots_ = physical(function.frame_slots);
  emitter_.begin(frame_slots_);
  slots_.clear();
  regions_.clear();
  region_of_loop_.clear();
  labels_.clear();
  stubs_.clear();
  positions_.clear();
  if (!slots_.resize(function.frame_slots) || !labels_.resize(function.labels.size()) ||
      !region_of_loop_.resize(function.loops.size()))
    emitter_.fail();
  regs_ = {};
  for (Pending& pending : pending_) pending.kind = Pending::Empty;
  pending_count_ = 0;
  load_waits_ = false;
  last_ = {};
  local_slots_ = top_ = function.local_slots;
  reachable_ = true;
  index_ = 0;
  for (unsigned i = 0; i < sizeof(FunctionHeader) / 4; ++i) emitter_.append_word(0);
  open_body();
  open_landings();
}

void Encoder::write_header() {
  if (!emitter_.ok()) return;
  if (emitter_.uses_scratch()) need_frame(physical(function_->frame_slots) + Emitter::kScratchSlots);
  FunctionHeader header{};
  header.frame_bytes = frame_slots_ * static_cast<uint32_t>(sizeof(Slot));
  header.weight = function_->insts.empty() ? 0 : function_->insts[0].imm;
  header.link = static_cast<uint16_t>(link_);
  header.first_zero = static_cast<uint16_t>(link_ + kLinkSlots);
  header.zero_count = static_cast<uint16_t>(function_->local_slots - function_->param_slots);
  header.param_slots = static_cast<uint16_t>(function_->param_slots);
  header.func_idx = function_->func_idx;
  header.has_handlers = positions_.empty() ? 0 : 1;
  header.code_bytes = (emitter_.position() - static_cast<uint32_t>(sizeof header)) & 0x7fff'ffff;
  emitter_.overwrite(0, &header, sizeof header);
}

void Encoder::encode_inst(const ir::Inst& inst) {
  if (pending_count_ != 0) {
    if (inst.dst < local_slots_) flush_readers_of(inst.dst);
    if (load_waits_) flush_loads(inst);
  }
  const Selection selection = selection_of(inst.op);
  switch (selection.way) {
    case Way::Own: return encode_own(inst);
    case Way::HotInt: return encode_int(inst, kFamHotInt, selection.op);
    case Way::ColdInt: return encode_cold_int(inst, selection.op);
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
    case Way::Vector: return kFamVector.table == nullptr ? encode_unsupported(inst) : encode_vector(inst);
    case Way::VectorAccess:
      return encode_access(inst, is_plain_access(inst) ? *memory_->vector : has_64bit_address(inst) ? kFamVectorMemory64 : kFamAnyVector);
    case Way::Atomic: return encode_access(inst, kFamAtomic);
    case Way::Object: return encode_object(inst);
    case Way::Unsupported: return encode_unsupported(inst);
  }
}

/// Instructions that no family covers: control, copies, globals, and what has one handler.
void Encoder::encode_own(const ir::Inst& inst) {
  switch (inst.op) {
    case ir::Op::Entry: return;
    case ir::Op::Label: return bind(inst);
    case ir::Op::LoopHeader: return enter_loop(inst);
    case ir::Op::Copy: return encode_copy(inst);
    case ir::Op::Select: return encode_select(inst);
    case ir::Op::Br:
      flush_all();
      return jump(inst.aux);
    case ir::Op::BrIf: return branch(condition_of(inst.a, false), inst.aux);
    case ir::Op::BrUnless: return branch(condition_of(inst.a, true), inst.aux);
    case ir::Op::BrTable: return branch_table(inst);
    case ir::Op::Return: return encode_return(inst);
    case ir::Op::Call:
    case ir::Op::CallIndirect:
    case ir::Op::CallRef: return encode_call(inst);
    case ir::Op::ReturnCall:
    case ir::Op::ReturnCallIndirect:
    case ir::Op::ReturnCallRef: return encode_tail_call(inst);
    case ir::Op::Throw:
    case ir::Op::ThrowRef: return encode_throw(inst);
    case ir::Op::GlobalGet:
    case ir::Op::GlobalSet: return encode_global(inst);
    default: return encode_single(inst);
  }
}

// ---- where values are ----------------------------------------------------------------------------------------------

Place Encoder::use(Operand operand) {
  if (operand.is_constant()) return Place::imm(constant(operand));
  const uint32_t slot = operand.slot();
  if (slots_[slot].pending != 0) flush(pending_[slots_[slot].pending - 1]);
  const auto reg = static_cast<uint32_t>(slots_[slot].reg);  // no register: a bit that is never set
  const bool is_reg = (regs_.valid >> (reg & 31) & 1) != 0;
  // Registers and slots are as likely as each other: no branch.
  return {is_reg ? Place::Reg : Place::Slot, static_cast<uint8_t>(is_reg ? reg : Place::kNumberOfSlot), static_cast<uint16_t>(physical(slot)), 0};
}

uint32_t Encoder::use_slot(Operand operand, Type type) {
  const Place place = use(operand);
  if (type != Type::V128) return emitter_.slot_of(type, place);
  if (place.is_slot()) return place.slot;
  const uint32_t slot = emitter_.take_scratch(2);
  emitter_.copy_vector(slot, place, function_->constants[operand.constant_idx() + 1]);
  return slot;
}

void Encoder::release_list(std::span<const uint32_t> items) {
  for (uint32_t bits : items) release(Operand::of_bits(bits));
}

int Encoder::take_register(RegClass reg_class) {
  if (!registers_ || !applies(Technique::Registers)) return -1;
  const uint32_t free = mask_of(reg_class) & ~(regs_.locals | regs_.temporaries | regs_.held);
  return free == 0 ? -1 : std::countr_zero(free);
}

void Encoder::set_temporary(unsigned reg, uint32_t slot) {
  if constexpr (kRegs != 0) regs_.slot[reg] = slot;
  regs_.temporaries |= 1u << reg;
  regs_.valid |= 1u << reg;
  slots_[slot].reg = static_cast<int8_t>(reg);
}

Place Encoder::define(uint32_t slot, Type type) {
  if (!is_temporary(slot)) {
    const int reg = slots_[slot].reg;
    if (reg < 0) return Place::in_slot(physical(slot));
    regs_.valid |= 1u << reg;
    regs_.dirty |= 1u << reg;
    return Place::in_reg(static_cast<unsigned>(reg), physical(slot));
  }
  forget_temporary(slot);
  if (slot + 1 > top_) top_ = slot + 1;
  if (plan_.to_slot(index_)) return Place::in_slot(physical(slot));
  const int reg = take_register(class_of(type));
  if (reg < 0) return Place::in_slot(physical(slot));
  set_temporary(static_cast<unsigned>(reg), slot);
  return Place::in_reg(static_cast<unsigned>(reg), physical(slot));
}

uint32_t Encoder::define_slot(uint32_t slot, Type type) {
  if (is_temporary(slot)) {
    const uint32_t end = slot + slots_of(type);
    for (uint32_t part = slot; part < end; ++part) forget_temporary(part);  // of a vector's upper half too
    if (end > top_) top_ = end;
  }
  return physical(slot);
}

void Encoder::finish_slot(uint32_t slot, Type) {
  if (is_temporary(slot)) return;
  const int reg = slots_[slot].reg;
  if (reg < 0) return;
  regs_.valid &= ~(1u << reg);  // the slot is newer
  regs_.dirty &= ~(1u << reg);
}

}  // namespace umber::interp
