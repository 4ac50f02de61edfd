#include "aot/compiler/throwing.h"

#include <algorithm>

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

/// What a call takes of the stack beside the callee's frame slots, in slots: saved registers, arguments.
constexpr uint32_t kCallSlots = 16;

/// Which functions call only what is shallow itself, from those that call nothing upwards; what is recursive is never reached.
class Depths {
 public:
  explicit Depths(uint32_t functions) : waits_for_(functions), slots_(functions) {}
  void add_function(uint32_t func_idx, uint32_t frame_slots) { slots_[func_idx] = frame_slots + kCallSlots; }
  void add_call(uint32_t caller) { ++waits_for_[caller]; }
  /// Imports, which are called as well, wait for what never comes, like functions that call what is not known here.
  void add_unknown(uint32_t func_idx) { ++waits_for_[func_idx]; }
  std::vector<bool> find_shallow(const std::vector<std::vector<uint32_t>>& callers);

 private:
  std::vector<uint32_t> waits_for_;  ///< callees whose depth is not known yet
  std::vector<uint64_t> slots_;      ///< with the deepest callee's so far
};

std::vector<bool> Depths::find_shallow(const std::vector<std::vector<uint32_t>>& callers) {
  std::vector<bool> shallow(slots_.size());
  std::vector<uint64_t> deepest(slots_.size());
  std::vector<uint32_t> work;
  for (uint32_t func_idx = 0; func_idx < slots_.size(); ++func_idx)
    if (waits_for_[func_idx] == 0) work.push_back(func_idx);
  while (!work.empty()) {
    const uint32_t func_idx = work.back();
    work.pop_back();
    const uint64_t depth = slots_[func_idx] + deepest[func_idx];
    shallow[func_idx] = depth <= kShallowSlots;
    for (const uint32_t caller : callers[func_idx]) {
      deepest[caller] = std::max(deepest[caller], depth);
      if (--waits_for_[caller] == 0) work.push_back(caller);
    }
  }
  return shallow;
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
  Depths depths(count);
  for (uint32_t func_idx = 0; func_idx < module.imported_functions; ++func_idx) {
    mark(func_idx);
    depths.add_unknown(func_idx);
  }
  ir::FunctionBuilder bodies(module, allocator);
  for (auto func_idx = static_cast<uint32_t>(module.imported_functions); func_idx < count; ++func_idx) {
    const Result<ir::Function> body = bodies.build(func_idx);
    if (!body.ok()) return body.error();
    throwing.catches = throwing.catches || !body.value().handlers.empty();
    throwing.is_short[func_idx] = true;
    depths.add_function(func_idx, body.value().frame_slots);
    for (const ir::Inst& inst : body.value().insts) {
      if (is_call(inst.op) || inst.op == ir::Op::LoopHeader) throwing.is_short[func_idx] = false;
      if (is_source(inst)) mark(func_idx);
      if (is_tail_call(inst.op)) throwing.tail_calls = true;
      const bool calls = inst.op == ir::Op::Call || inst.op == ir::Op::ReturnCall;
      if (!calls && is_call(inst.op)) depths.add_unknown(func_idx);
      if (calls && (callers[inst.imm].empty() || callers[inst.imm].back() != func_idx)) {
        callers[inst.imm].push_back(func_idx);
        depths.add_call(func_idx);
      }
    }
  }
  while (!work.empty()) {
    const uint32_t thrower = work.back();
    work.pop_back();
    for (const uint32_t caller : callers[thrower]) mark(caller);
  }
  throwing.is_shallow = depths.find_shallow(callers);
  return throwing;
}

}  // namespace umber::aot
