#include "decoder/ir/verify.h"

#include "base/vec.h"
#include "decoder/ir/handler_order.h"
#include "decoder/ir/shape.h"
#include "decoder/ir/verify_values.h"
#include "decoder/wasm/limits.h"

namespace umber::ir {
namespace {

class StructureVerifier {
 public:
  StructureVerifier(const Function& function, Allocator& allocator)
      : function_(function), module_(*function.module), open_(allocator) {}

  Status run();

 private:
  template <class... Parts>
  Error error(uint32_t idx, const Parts&... parts) const;
  Status check_frame() const;
  Status check_labels() const;
  Status check_loops();
  Status check_handlers() const;
  Status check_nesting();
  Status check_inst(uint32_t idx) const;
  Status check_aux(uint32_t idx) const;
  Status check_imm(uint32_t idx) const;
  Status check_list(uint32_t idx) const;
  Status check_sources(uint32_t idx) const;
  Status check_results(uint32_t idx) const;
  Status check_target(uint32_t idx, uint32_t label) const;
  Status check_lines() const;
  [[nodiscard]] bool is_in_extra(uint32_t at) const {
    return at < function_.extra.size() && function_.extra[at] < function_.extra.size() - at;
  }
  [[nodiscard]] bool is_type(uint32_t idx, wasm::CompositeKind kind) const {
    return idx < module_.types.size() && module_.types[idx].kind == kind;
  }

  const Function& function_;
  const wasm::Module& module_;
  Vec<uint32_t> open_;
};

template <class... Parts>
Error StructureVerifier::error(uint32_t idx, const Parts&... parts) const {
  const bool exists = idx < function_.insts.size();
  return Error::at(ErrorCode::Invalid, exists ? function_.insts[idx].offset : Error::kNoOffset, "IR of func ",
                   function_.func_idx, ", operation ", idx, exists ? " " : "", exists ? text_of(function_.insts[idx].op) : "",
                   ": ", parts...);
}

Status StructureVerifier::run() {
  UMBER_TRY(check_frame());
  UMBER_TRY(check_labels());
  UMBER_TRY(check_loops());
  UMBER_TRY(check_handlers());
  UMBER_TRY(check_nesting());
  for (uint32_t i = 0; i < function_.insts.size(); ++i) UMBER_TRY(check_inst(i));
  return check_lines();
}

Status StructureVerifier::check_frame() const {
  uint32_t slots = 0;
  for (wasm::ValType type : function_.locals) slots += type.slots();
  if (slots != function_.local_slots) return error(0, "local_slots is ", function_.local_slots, ", not ", slots);
  if (function_.param_slots > slots || slots > function_.frame_slots || function_.frame_slots > wasm::kMaxFrameSlots)
    return error(0, "bad frame size");
  if (function_.insts.empty() || function_.insts[0].op != Op::Entry) return error(0, "no entry");
  return {};
}

/// Labels and the instructions that carry them name each other.
Status StructureVerifier::check_labels() const {
  for (uint32_t label = 0; label < function_.labels.size(); ++label) {
    const uint32_t idx = function_.labels[label];
    if (idx >= function_.insts.size()) return error(idx, "label ", label, " is nowhere");
    const Inst& inst = function_.insts[idx];
    if ((inst.op != Op::Label && inst.op != Op::LoopHeader) || inst.aux != label)
      return error(idx, "label ", label, " is not here");
  }
  for (uint32_t i = 0; i < function_.insts.size(); ++i) {
    const Inst& inst = function_.insts[i];
    if (inst.op != Op::Label && inst.op != Op::LoopHeader) continue;
    if (inst.aux >= function_.labels.size() || function_.labels[inst.aux] != i) return error(i, "unregistered label ", inst.aux);
  }
  return {};
}

Status StructureVerifier::check_loops() {
  open_.clear();
  uint32_t previous = 0;
  for (uint32_t i = 0; i < function_.loops.size(); ++i) {
    const LoopRange& loop = function_.loops[i];
    if (loop.first <= previous || loop.first >= loop.end || loop.end > function_.insts.size())
      return error(loop.first, "bad range of loop ", i);
    previous = loop.first;
    while (!open_.empty() && function_.loops[open_.back()].end <= loop.first) open_.pop();
    const uint32_t parent = open_.empty() ? wasm::kNoIndex : open_.back();
    if (loop.parent != parent) return error(loop.first, "wrong parent of loop ", i);
    if (parent != wasm::kNoIndex && function_.loops[parent].end < loop.end) return error(loop.first, "loops overlap");
    const Inst& header = function_.insts[loop.first];
    if (header.op != Op::LoopHeader || header.b.bits() != i || header.aux != loop.label)
      return error(loop.first, "not the header of loop ", i);
    if (!open_.push(i)) return Error::out_of_memory("verifying IR");
  }
  size_t headers = 0;
  for (const Inst& inst : function_.insts) headers += inst.op == Op::LoopHeader;
  return headers == function_.loops.size() ? Status() : error(0, "a loop header without a loop");
}

Status StructureVerifier::check_handlers() const {
  for (const HandlerRange& range : function_.handlers) {
    if (range.first >= range.end || range.end > function_.insts.size()) return error(range.first, "bad handler range");
    if (range.catch_count == 0 || range.catch_count > function_.catches.size() ||
        range.first_catch > function_.catches.size() - range.catch_count)
      return error(range.first, "bad catch clauses");
    for (const Catch& clause : function_.catches.subspan(range.first_catch, range.catch_count)) {
      if (clause.kind <= CatchKind::TagRef && clause.tag >= module_.tags.size()) return error(range.first, "bad tag");
      if (clause.label >= function_.labels.size() || function_.labels[clause.label] < range.end)
        return error(range.first, "a catch must land behind its range");
    }
  }
  return {};
}

/// Handler ranges do not overlap partly, and inner ones are listed before outer ones.
Status StructureVerifier::check_nesting() {
  open_.clear();
  Vec<uint32_t> order(open_.allocator());
  UMBER_TRY(order_handlers(function_, order));
  for (const uint32_t i : order) {
    const HandlerRange& range = function_.handlers[i];
    while (!open_.empty() && function_.handlers[open_.back()].end <= range.first) open_.pop();
    if (!open_.empty() && (range.end > function_.handlers[open_.back()].end || i > open_.back()))
      return error(range.first, "handlers overlap or are out of order");
    if (!open_.push(i)) return Error::out_of_memory("verifying IR");
  }
  return {};
}

Status StructureVerifier::check_inst(uint32_t idx) const {
  const Inst& inst = function_.insts[idx];
  if (static_cast<unsigned>(inst.op) >= kOpCount) return error(idx, "no such operation");
  const bool is_wasm = static_cast<unsigned>(inst.op) < wasm::kOpCount;
  if (is_wasm && wasm::info_of(wasm_op_of(inst.op)).lowering == wasm::Lowering::Gone) return error(idx, "not an IR operation");
  if (inst.op == Op::Entry && idx != 0) return error(idx, "only allowed at the start");
  UMBER_TRY(check_aux(idx));
  UMBER_TRY(check_imm(idx));
  UMBER_TRY(check_list(idx));
  UMBER_TRY(check_sources(idx));
  return check_results(idx);
}

Status StructureVerifier::check_aux(uint32_t idx) const {
  const Inst& inst = function_.insts[idx];
  const auto below = [&](size_t count) { return inst.aux < count ? Status() : error(idx, "aux is out of range"); };
  switch (shape_of(inst.op).aux) {
    case Aux::None:
    case Aux::LabelDef:
    case Aux::Heap: return {};
    case Aux::Label: return check_target(idx, inst.aux);
    case Aux::Memory: return below(module_.memories.size());
    case Aux::Table: return below(module_.tables.size());
    case Aux::Type: return below(module_.types.size());
    case Aux::Global: return below(module_.globals.size());
    case Aux::Tag: return below(module_.tags.size());
  }
  return {};
}

Status StructureVerifier::check_imm(uint32_t idx) const {
  const Inst& inst = function_.insts[idx];
  const auto below = [&](uint32_t value, size_t count) {
    return value < count ? Status() : error(idx, "imm is out of range");
  };
  switch (shape_of(inst.op).imm) {
    case Imm::None:
    case Imm::Weight: return {};
    case Imm::Offset: return (inst.flags & kWideOffset) != 0 ? below(inst.imm, function_.constants.size()) : Status();
    case Imm::Labels:
      if (!is_in_extra(inst.imm) || function_.list(inst.imm).empty()) return error(idx, "bad list of labels");
      for (uint32_t label : function_.list(inst.imm)) UMBER_TRY(check_target(idx, label));
      return {};
    case Imm::Func: return below(inst.imm, module_.functions.size());
    case Imm::Memory: return below(inst.imm, module_.memories.size());
    case Imm::Table: return below(inst.imm, module_.tables.size());
    case Imm::Data: return below(inst.imm, module_.data.size());
    case Imm::Elem: return below(inst.imm, module_.elements.size());
    case Imm::Field:
      if (!is_type(inst.aux, wasm::CompositeKind::Struct)) return error(idx, "not a struct type");
      return below(inst.imm, module_.types[inst.aux].fields.size());
    case Imm::DataInB: return below(inst.b.bits(), module_.data.size());
    case Imm::ElemInB: return below(inst.b.bits(), module_.elements.size());
  }
  return {};
}

Status StructureVerifier::check_list(uint32_t idx) const {
  const Inst& inst = function_.insts[idx];
  const Shape& shape = shape_of(inst.op);
  if (shape.list == ListAt::No) return {};
  if (!is_in_extra(shape.list == ListAt::C ? inst.c.bits() : inst.imm)) return error(idx, "bad list");
  const size_t count = items_of(function_, inst).size();
  size_t wanted = count;
  switch (shape.items[0]) {
    case 'P': wanted = callee_type_of(module_, inst).params.size(); break;
    case 'R': wanted = module_.func_type(function_.func_idx).results.size(); break;
    case 'F':
      if (!is_type(inst.aux, wasm::CompositeKind::Struct)) return error(idx, "not a struct type");
      wanted = module_.types[inst.aux].fields.size();
      break;
    case 'E':
      if (!is_type(inst.aux, wasm::CompositeKind::Array)) return error(idx, "not an array type");
      break;
    default:
      wanted = 0;
      while (wanted < sizeof(shape.items) && shape.items[wanted] != 0) ++wanted;
      break;
  }
  return count == wanted ? Status() : error(idx, "list of ", count, " items, not ", wanted);
}

Status StructureVerifier::check_sources(uint32_t idx) const {
  bool good = true;
  for_each_use(function_, function_.insts[idx], [&](Operand operand, Type type) {
    const size_t width = slots_of(type);
    if (operand.is_none()) good = false;
    else if (operand.is_slot()) good = good && operand.slot() + width <= function_.frame_slots;
    else good = good && operand.constant_idx() + width <= function_.constants.size();
  });
  return good ? Status() : error(idx, "a source is out of range");
}

Status StructureVerifier::check_results(uint32_t idx) const {
  const Inst& inst = function_.insts[idx];
  bool any = false;
  bool good = true;
  for_each_result(function_, inst, [&](uint32_t slot, Type type) {
    any = true;
    good = good && slot < function_.frame_slots && slot + slots_of(type) <= function_.frame_slots;
  });
  if (!good) return error(idx, "dst is out of range");
  return any || inst.dst == kNoSlot ? Status() : error(idx, "dst without a result");
}

/// Forward to a label, or back to the header of a loop around the branch.
Status StructureVerifier::check_target(uint32_t idx, uint32_t label) const {
  if (label >= function_.labels.size()) return error(idx, "no label ", label);
  const uint32_t target = function_.labels[label];
  const Inst& mark = function_.insts[target];
  if (target > idx) return mark.op == Op::Label ? Status() : error(idx, "enters a loop from outside");
  if (mark.op != Op::LoopHeader) return error(idx, "goes back to a plain label");
  return idx < function_.loops[mark.b.bits()].end ? Status() : error(idx, "goes back from outside the loop");
}

/// What follows the end of a straight line is a label; the function does not run off its end.
Status StructureVerifier::check_lines() const {
  const auto count = static_cast<uint32_t>(function_.insts.size());
  for (uint32_t i = 0; i < count; ++i) {
    if (!is_terminator(function_.insts[i].op)) {
      if (i + 1 == count) return error(i, "runs off the end");
    } else if (i + 1 < count && function_.insts[i + 1].op != Op::Label) {
      return error(i + 1, "cannot be reached");
    }
  }
  return {};
}

}  // namespace

Status verify(const Function& function, Allocator& allocator) {
  UMBER_TRY(StructureVerifier(function, allocator).run());
  return verify_values(function, allocator);
}

}  // namespace umber::ir
