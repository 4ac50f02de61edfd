#include "aot/compiler/throwing.h"

#include "decoder/ir/build.h"

namespace umber::aot {
namespace {

/// Throws by itself, or calls what is not known here.
bool is_source(const ir::Inst& inst) {
  switch (inst.op) {
    case ir::Op::Throw:
    case ir::Op::ThrowRef:
    case ir::Op::CallIndirect:
    case ir::Op::CallRef:
    case ir::Op::ReturnCallIndirect:
    case ir::Op::ReturnCallRef: return true;
    default: return false;
  }
}

bool is_tail_call(ir::Op op) { return op == ir::Op::ReturnCall || op == ir::Op::ReturnCallIndirect || op == ir::Op::ReturnCallRef; }

}  // namespace

bool is_call(ir::Op op) {
  switch (op) {
    case ir::Op::Call:
    case ir::Op::CallIndirect:
    case ir::Op::CallRef:
    case ir::Op::ReturnCall:
    case ir::Op::ReturnCallIndirect:
    case ir::Op::ReturnCallRef: return true;
    default: return false;
  }
}

Result<Throwing> find_throwing(const wasm::Module& module, Allocator& allocator) {
  Throwing throwing;
  const auto count = static_cast<uint32_t>(module.functions.size());
  throwing.may_throw.resize(count);
  throwing.is_short.resize(count);
  std::vector<std::vector<uint32_t>> callers(count);
  std::vector<uint32_t> work;
  const auto mark = [&](uint32_t func_idx) {
    if (throwing.may_throw[func_idx]) return;
    throwing.may_throw[func_idx] = true;
    work.push_back(func_idx);
  };
  for (uint32_t func_idx = 0; func_idx < module.imported_functions; ++func_idx) mark(func_idx);
  ir::FunctionBuilder bodies(module, allocator);
  for (auto func_idx = static_cast<uint32_t>(module.imported_functions); func_idx < count; ++func_idx) {
    const Result<ir::Function> body = bodies.build(func_idx);
    if (!body.ok()) return body.error();
    throwing.catches = throwing.catches || !body.value().handlers.empty();
    throwing.is_short[func_idx] = true;
    for (const ir::Inst& inst : body.value().insts) {
      if (is_call(inst.op) || inst.op == ir::Op::LoopHeader) throwing.is_short[func_idx] = false;
      if (is_source(inst)) mark(func_idx);
      if (is_tail_call(inst.op)) throwing.tail_calls = true;
      const bool calls = inst.op == ir::Op::Call || inst.op == ir::Op::ReturnCall;
      if (calls && (callers[inst.imm].empty() || callers[inst.imm].back() != func_idx)) callers[inst.imm].push_back(func_idx);
    }
  }
  while (!work.empty()) {
    const uint32_t thrower = work.back();
    work.pop_back();
    for (const uint32_t caller : callers[thrower]) mark(caller);
  }
  return throwing;
}

}  // namespace umber::aot
