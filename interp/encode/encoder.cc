// The driver, and where values are.
#include "interp/encode/encoder.h"

namespace umber::interp {

using ir::Operand;
using ir::Type;

namespace {
constexpr uint64_t kNoConstant = 0;
}  // namespace

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

void Encoder::begin(const ir::Function& function, EncodeOptions options) {
  memory_ = options.guarded && kGuardedMemory.load_int != nullptr ? &kGuardedMemory : &kCheckedMemory;
  registers_ = options.registers;
  const bool has_registers = registers_ && applies(Technique::Registers);
  for (unsigned type = 0; type < std::size(usable_); ++type)
    usable_[type] = has_registers ? mask_of(class_of(static_cast<Type>(type))) : 0;
  link_ = link_slot(function.param_slots, function.result_slots);
  param_slots_ = function.param_slots;
  slot_shift_ = link_ + kLinkSlots - param_slots_;
  spare_ = function.frame_slots;
  constants_ = function.constants.empty() ? &kNoConstant : function.constants.data();
  frame_slots_ = physical(function.frame_slots);
  emitter_.begin(frame_slots_);
  slots_.clear();
  regions_.clear();
  region_of_loop_.clear();
  labels_.clear();
  stubs_.clear();
  positions_.clear();
  if (!slots_.resize(function.frame_slots + size_t{1}) || !labels_.resize(function.labels.size()) ||
      !region_of_loop_.resize(function.loops.size()))
    emitter_.fail();
  regs_ = {};
  for (Pending& pending : pending_) pending.kind = Pending::Empty;
  pending_count_ = 0;
  load_waits_ = false;
  last_ = {};
  local_slots_ = top_ = function.local_slots;
  temporaries_ = function.frame_slots - local_slots_;
  reachable_ = true;
  index_ = 0;
  for (unsigned i = 0; i < sizeof(FunctionHeader) / 4; ++i) emitter_.append_word(0);
  open_body();
  open_landings();
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
  header.code_bytes = (emitter_.position() - static_cast<uint32_t>(sizeof header)) & 0x7fff'ffff;
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
    case Way::Vector: return kFamVector.table == nullptr ? encode_unsupported(inst) : encode_vector(inst);
    case Way::VectorAccess:
      return encode_access(inst, is_plain_access(inst) ? *memory_->vector : has_64bit_address(inst) ? kFamVectorMemory64 : kFamAnyVector);
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
  if (!plan_.make(function)) return false;
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
  write_header();
  write_handlers();
  return emitter_.ok();
}

// ---- where values are ----------------------------------------------------------------------------------------------

Place Encoder::use(Operand operand) {
  const bool is_constant = !operand.is_slot();
  const uint32_t slot = choose(is_constant, spare_, operand.bits());
  const SlotState& state = slots_[slot];
  if (state.pending != 0) [[unlikely]] return use_pending(operand);
  const uint64_t bits = constants_[choose(is_constant, operand.constant_idx(), 0u)];
  const bool is_reg = ((regs_.valid | regs_.temporaries) & bit_of(state.reg)) != 0;
  const Place imm = Place::imm(bits);
  const auto number = choose<uint32_t>(is_reg, static_cast<uint8_t>(state.reg), Place::kNumberOfSlot);
  return {choose(is_constant, Place::Imm, choose(is_reg, Place::Reg, Place::Slot)),
          static_cast<uint8_t>(choose<uint32_t>(is_constant, imm.number, number)),
          static_cast<uint16_t>(choose<uint32_t>(is_constant, imm.slot, physical(slot))), choose(is_constant, bits, uint64_t{0})};
}

/// The same of a value that waits: it has to be computed first.
Place Encoder::use_pending(Operand operand) {
  flush(pending_[slots_[operand.slot()].pending - 1]);
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

void Encoder::release_list(std::span<const uint32_t> items) {
  for (uint32_t bits : items) release(Operand::of_bits(bits));
}

void Encoder::set_temporary(unsigned reg, uint32_t slot) {
  if constexpr (kRegs != 0) regs_.slot[reg] = slot;
  regs_.temporaries |= 1u << reg;
  slots_[slot].reg = static_cast<int8_t>(reg);
}

Place Encoder::define(uint32_t slot, Type type) {
  SlotState& state = slots_[slot];
  int reg = state.reg;
  if (is_temporary(slot)) {
    forget_temporary(slot);
    if (slot + 1 > top_) top_ = slot + 1;
    reg = choose(plan_.to_slot(index_), -1, take_register(type));
    const uint32_t bit = bit_of(reg) & kRegMask;
    regs_.temporaries |= bit;
    regs_.slot[static_cast<uint32_t>(reg) & (kRegArray - 1)] = slot;
    state.reg = static_cast<int8_t>(reg);
  } else {
    regs_.valid |= bit_of(reg) & kRegMask;
    regs_.dirty |= bit_of(reg) & kRegMask;
  }
  const bool is_reg = reg >= 0;
  return {choose(is_reg, Place::Reg, Place::Slot), static_cast<uint8_t>(choose<int>(is_reg, reg, Place::kNumberOfSlot)),
          static_cast<uint16_t>(physical(slot)), 0};
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
