// Everything about an operation's fields comes from its shape; the only special cases are the marks (labels) that read
// better in a form of their own.
#include "decoder/ir/print.h"

#include "decoder/disasm/float_text.h"
#include "decoder/ir/shape.h"

namespace umber::ir {

StringRef text_of(Type type) {
  switch (type) {
    case Type::I32: return "i32";
    case Type::I64: return "i64";
    case Type::F32: return "f32";
    case Type::F64: return "f64";
    case Type::V128: return "v128";
    case Type::Ref: return "ref";
  }
  return "?";
}

namespace {

constexpr size_t kOffsetColumn = 56;

class Printer {
 public:
  Printer(const Function& function, TextOutput& output, PrintOptions options)
      : function_(function), module_(*function.module), out_(output), options_(options) {}

  void print_function();

 private:
  void print_header();
  void print_inst(uint32_t idx);
  void print_mark(const Inst& inst);
  void print_results(const Inst& inst);
  void print_uses(const Inst& inst);
  void print_operand(Operand operand, Type type);
  void print_constant(uint32_t idx, Type type);
  void print_slot(uint32_t slot) { out_.add(slot < function_.local_slots ? "v" : "t", slot); }
  void print_aux(const Inst& inst);
  void print_imm(const Inst& inst);
  void print_types(std::span<const wasm::ValType> types);
  void print_ranges();
  void print_catch(const Catch& clause);

  const Function& function_;
  const wasm::Module& module_;
  TextWriter out_;
  PrintOptions options_;
};

void Printer::print_function() {
  print_header();
  for (uint32_t i = 0; i < function_.insts.size(); ++i) print_inst(i);
  print_ranges();
}

void Printer::print_types(std::span<const wasm::ValType> types) {
  out_.add("(");
  for (size_t i = 0; i < types.size(); ++i) out_.add(i == 0 ? "" : " ", wasm::text_of(types[i]));
  out_.add(")");
}

void Printer::print_header() {
  out_.add("func ", function_.func_idx);
  const StringRef name = module_.function_name(function_.func_idx);
  if (!name.empty()) out_.add(" ", Quoted{name});
  const wasm::FuncType& type = module_.func_type(function_.func_idx);
  out_.add(" ");
  print_types(type.params);
  out_.add(" -> ");
  print_types(type.results);
  out_.add(", ", function_.frame_slots, " slots");
  out_.newline();
  if (function_.locals.size() == type.params.size()) return;
  out_.add("     locals");
  uint32_t slot = 0;
  for (size_t i = 0; i < function_.locals.size(); ++i) {
    if (i >= type.params.size()) out_.add(" v", slot, ":", text_of(type_of(function_.locals[i])));
    slot += function_.locals[i].slots();
  }
  out_.newline();
}

void Printer::print_inst(uint32_t idx) {
  const Inst& inst = function_.insts[idx];
  out_.add_aligned(idx, 4);
  out_.add(inst.op == Op::Label || inst.op == Op::LoopHeader ? " " : "   ");
  if (inst.op == Op::Label || inst.op == Op::LoopHeader) {
    print_mark(inst);
  } else {
    print_results(inst);
    out_.add(text_of(inst.op));
    print_uses(inst);
    print_aux(inst);
    print_imm(inst);
    if (shape_of(inst.op).has_lane) out_.add(" lane=", static_cast<unsigned>(inst.lane));
    if ((inst.flags & kKeepsOperands) != 0) out_.add(" keep");
  }
  if (options_.offsets) {
    out_.pad_to(kOffsetColumn);
    out_.add("; @", Hex{inst.offset});
  }
  out_.newline();
}

void Printer::print_mark(const Inst& inst) {
  out_.add("L", inst.aux, ":");
  if (inst.op == Op::LoopHeader) out_.add(" loop ", inst.b.bits(), " weight=", inst.imm);
}

void Printer::print_results(const Inst& inst) {
  bool any = false;
  for_each_result(function_, inst, [&](uint32_t slot, Type type) {
    if (any) out_.add(", ");
    print_slot(slot);
    out_.add(":", text_of(type));
    any = true;
  });
  if (any) out_.add(" = ");
}

void Printer::print_uses(const Inst& inst) {
  bool any = false;
  for_each_use(function_, inst, [&](Operand operand, Type type) {
    out_.add(any ? ", " : " ");
    print_operand(operand, type);
    any = true;
  });
}

void Printer::print_operand(Operand operand, Type type) {
  if (operand.is_slot()) print_slot(operand.slot());
  else if (operand.is_constant()) print_constant(operand.constant_idx(), type);
  else out_.add("none");
}

void Printer::print_constant(uint32_t idx, Type type) {
  const uint64_t bits = function_.constants[idx];
  switch (type) {
    case Type::I32: out_.add(static_cast<int32_t>(bits)); break;
    case Type::I64: out_.add(static_cast<int64_t>(bits)); break;
    case Type::F32: out_.add(wasm::text_of_float(bits, false)); break;
    case Type::F64: out_.add(wasm::text_of_float(bits, true)); break;
    case Type::V128: out_.add(Hex{bits}, ",", Hex{function_.constants[idx + 1]}); break;
    case Type::Ref:
      if (bits == 0) out_.add("null");
      else out_.add(Hex{bits});
      break;
  }
  out_.add(":", text_of(type));
}

void Printer::print_aux(const Inst& inst) {
  switch (shape_of(inst.op).aux) {
    case Aux::None:
    case Aux::LabelDef: return;
    case Aux::Label: out_.add(" -> L", inst.aux); return;
    case Aux::Memory:
      if (inst.aux != 0) out_.add(" memory=", inst.aux);
      return;
    case Aux::Table: out_.add(" table=", inst.aux); return;
    case Aux::Type: out_.add(" type=", inst.aux); return;
    case Aux::Global: out_.add(" global=", inst.aux); return;
    case Aux::Tag: out_.add(" tag=", inst.aux); return;
    case Aux::Heap:
      out_.add(" heap=", wasm::text_of(wasm::HeapType::of_bits(inst.aux)));
      if ((inst.flags & kNullable) != 0) out_.add(" or null");
      return;
  }
}

void Printer::print_imm(const Inst& inst) {
  switch (shape_of(inst.op).imm) {
    case Imm::None: return;
    case Imm::Offset:
      if ((inst.flags & kWideOffset) != 0) out_.add(" offset=", function_.constants[inst.imm]);
      else if (inst.imm != 0) out_.add(" offset=", inst.imm);
      return;
    case Imm::Weight: out_.add(" weight=", inst.imm); return;
    case Imm::Labels: {
      out_.add(" ->");
      for (uint32_t label : function_.list(inst.imm)) out_.add(" L", label);
      return;
    }
    case Imm::Func: out_.add(" func=", inst.imm); return;
    case Imm::Memory: out_.add(" from=", inst.imm); return;
    case Imm::Table: out_.add(shape_of(inst.op).aux == Aux::Table ? " from=" : " table=", inst.imm); return;
    case Imm::Data: out_.add(" data=", inst.imm); return;
    case Imm::Elem: out_.add(" elem=", inst.imm); return;
    case Imm::Field: out_.add(" field=", inst.imm); return;
    case Imm::DataInB: out_.add(" data=", inst.b.bits()); return;
    case Imm::ElemInB: out_.add(" elem=", inst.b.bits()); return;
  }
}

void Printer::print_ranges() {
  for (size_t i = 0; i < function_.loops.size(); ++i) {
    const LoopRange& loop = function_.loops[i];
    out_.add("     loop ", i, ": L", loop.label, " [", loop.first, ", ", loop.end, ")");
    if (loop.parent != wasm::kNoIndex) out_.add(" in loop ", loop.parent);
    out_.newline();
  }
  for (const HandlerRange& range : function_.handlers) {
    out_.add("     try [", range.first, ", ", range.end, ")");
    for (const Catch& clause : function_.catches.subspan(range.first_catch, range.catch_count)) print_catch(clause);
    out_.newline();
  }
}

void Printer::print_catch(const Catch& clause) {
  const bool has_tag = clause.kind == CatchKind::Tag || clause.kind == CatchKind::TagRef;
  const bool has_ref = clause.kind == CatchKind::TagRef || clause.kind == CatchKind::AllRef;
  out_.add(has_tag ? " catch" : " catch_all", has_ref ? "_ref" : "");
  if (has_tag) out_.add(" tag=", clause.tag);
  if (has_tag || has_ref) {
    out_.add(" ");
    print_slot(clause.dst);
  }
  out_.add(" -> L", clause.label);
}

}  // namespace

void print(const Function& function, TextOutput& output, PrintOptions options) {
  Printer(function, output, options).print_function();
}

}  // namespace umber::ir
