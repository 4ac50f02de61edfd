#include "runtime/const_expr.h"

#include "runtime/store.h"

namespace umber {

using wasm::Op;

ConstEvaluator::ConstEvaluator(Instance& instance) : instance_(instance), stack_(instance.store().allocator()) {}

Result<GlobalCell> ConstEvaluator::evaluate(wasm::ByteRange expression) {
  const wasm::Module& module = instance_.module();
  wasm::InstructionReader reader(module.slice(expression), expression.offset, module.features);
  return run(reader);
}

/// Up to the expression's `end`.
Result<GlobalCell> ConstEvaluator::run(wasm::InstructionReader& reader) {
  stack_.clear();
  while (reader.next()) {
    if (reader.op() == Op::End && stack_.size() == 1) return stack_[0];
    UMBER_TRY(step(reader.op(), reader.immediates()));
  }
  return Error::at(ErrorCode::Malformed, reader.offset(), "unexpected end of a constant expression");
}

Status ConstEvaluator::push(uint64_t low, uint64_t high) {
  GlobalCell cell;
  cell.value[0].bits = low;
  cell.value[1].bits = high;
  if (!stack_.push(cell)) return Error::out_of_memory("a constant expression");
  return {};
}

uint64_t ConstEvaluator::pop() {
  const uint64_t bits = stack_.back().value[0].bits;
  stack_.pop();
  return bits;
}

Status ConstEvaluator::step(Op op, const wasm::Immediates& immediates) {
  const auto binary = [this](auto compute) {
    const uint64_t b = pop();
    const uint64_t a = pop();
    return push(compute(a, b));
  };
  switch (op) {
    case Op::I32Const:
    case Op::I64Const:
    case Op::F32Const:
    case Op::F64Const: return push(immediates.constant);
    case Op::V128Const: return push(load_le<uint64_t>(immediates.bytes), load_le<uint64_t>(immediates.bytes + 8));
    case Op::I32Add: return binary([](uint64_t a, uint64_t b) { return uint64_t{static_cast<uint32_t>(a + b)}; });
    case Op::I32Sub: return binary([](uint64_t a, uint64_t b) { return uint64_t{static_cast<uint32_t>(a - b)}; });
    case Op::I32Mul: return binary([](uint64_t a, uint64_t b) { return uint64_t{static_cast<uint32_t>(a * b)}; });
    case Op::I64Add: return binary([](uint64_t a, uint64_t b) { return a + b; });
    case Op::I64Sub: return binary([](uint64_t a, uint64_t b) { return a - b; });
    case Op::I64Mul: return binary([](uint64_t a, uint64_t b) { return a * b; });
    case Op::GlobalGet: {
      const GlobalCell& cell = instance_.context().global(immediates.index);
      return push(cell.value[0].bits, cell.value[1].bits);
    }
    case Op::RefNull: return push(kNullRef);
    case Op::RefFunc: return push(reinterpret_cast<uintptr_t>(&instance_.func(immediates.index)));
    case Op::RefI31: return push(i31_ref(static_cast<uint32_t>(pop())));
    case Op::AnyConvertExtern:
    case Op::ExternConvertAny: return {};  // the identity on the representation
    default: return allocate_object(op);
  }
}

Status ConstEvaluator::allocate_object(Op op) {
  return Error::of(ErrorCode::Unsupported, wasm::text_of(op), " in a constant expression needs the object heap");
}

ConstEvaluator::Elements::Elements(ConstEvaluator& evaluator, const wasm::ElementSegment& segment)
    : evaluator_(evaluator),
      is_func_indices_(segment.is_func_indices),
      expressions_(evaluator.instance_.module().slice(segment.items), segment.items.offset,
                   evaluator.instance_.module().features),
      indices_(evaluator.instance_.module().slice(segment.items), segment.items.offset) {}

Result<Ref> ConstEvaluator::Elements::next() {
  if (is_func_indices_) {
    uint32_t func_idx = 0;
    if (!indices_.read_u32(func_idx)) return Error::at(ErrorCode::Malformed, indices_.offset(), text_of(indices_.error()));
    return Ref{reinterpret_cast<uintptr_t>(&evaluator_.instance_.func(func_idx))};
  }
  Result<GlobalCell> value = evaluator_.run(expressions_);
  if (!value.ok()) return value.error();
  return Ref{value->value[0].bits};
}

}  // namespace umber
