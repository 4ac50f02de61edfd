#include "runtime/const_expr.h"

#include <cstring>

#include "runtime/heap/array.h"
#include "runtime/store.h"

namespace umber {

using wasm::Op;

ConstEvaluator::ConstEvaluator(Instance& instance) : instance_(instance), stack_(instance.store().allocator()), roots_(instance.store().objects()) {}

Result<GlobalCell> ConstEvaluator::evaluate(wasm::ByteRange expression) {
  const wasm::Module& module = instance_.module();
  wasm::InstructionReader reader(module.slice(expression), expression.offset, module.features);
  return run(reader);
}

/// Up to the expression's `end`.
Result<GlobalCell> ConstEvaluator::run(wasm::InstructionReader& reader) {
  stack_.clear();
  if (!stack_.reserve(1)) return Error::out_of_memory("a constant expression");  // nearly all have one value
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
    default: return make_object(op, immediates);
  }
}

Status ConstEvaluator::make_object(Op op, const wasm::Immediates& immediates) {
  const uint32_t type_id = instance_.context().type_ids[immediates.index];
  switch (op) {
    case Op::StructNew: return make_struct(type_id, false);
    case Op::StructNewDefault: return make_struct(type_id, true);
    case Op::ArrayNewDefault: return make_array(type_id, GlobalCell{}, static_cast<uint32_t>(pop()));
    case Op::ArrayNewFixed: return make_fixed_array(type_id, immediates.index2);
    case Op::ArrayNew: {
      const auto length = static_cast<uint32_t>(pop());
      const GlobalCell value = stack_.back();
      const Status made = make_array(type_id, value, length);
      if (made.ok()) {  // the value stayed where the collector sees it
        stack_[stack_.size() - 2] = stack_.back();
        stack_.pop();
      }
      return made;
    }
    default: return Error::of(ErrorCode::Unsupported, wasm::text_of(op), " in a constant expression");
  }
}

Result<uint8_t*> ConstEvaluator::allocate(uint64_t bytes, uint32_t type_id) {
  if (!ObjectHeap::is_present()) return Error::of(ErrorCode::Unsupported, "this build has no garbage-collected objects");
  roots_.set(stack_.data(), stack_.size() * 2);
  uint8_t* object = instance_.store().objects().allocate(bytes, type_id);
  roots_.set(nullptr, 0);
  if (object == nullptr) return Error::out_of_memory("an object in a constant expression");
  return object;
}

Status ConstEvaluator::make_struct(uint32_t type_id, bool is_default) {
  const StoreType& type = instance_.store().types()[type_id];
  Result<uint8_t*> object = allocate(type.object_bytes, type_id);
  if (!object.ok()) return object.error();
  std::memset(*object + sizeof(uint32_t), 0, type.object_bytes - sizeof(uint32_t));
  if (!is_default) {
    const size_t first = stack_.size() - type.fields().size();
    for (size_t i = 0; i < type.fields().size(); ++i)
      write_field(*object + type.fields()[i].offset, type.fields()[i].type, stack_[first + i].value);
    stack_.truncate(first);
  }
  return push(ref_to(*object));
}

Status ConstEvaluator::make_array(uint32_t type_id, const GlobalCell& value, uint32_t length) {
  const uint32_t bytes = wasm::bytes_of(instance_.store().types()[type_id].fields()[0].type);
  Result<uint8_t*> object = allocate(array_bytes(length, bytes), type_id);
  if (!object.ok()) return object.error();
  store_le(*object + wasm::kArrayLength, length);
  fill_elements(*object + wasm::kArrayElements, bytes, value.value, length);
  return push(ref_to(*object));
}

Status ConstEvaluator::make_fixed_array(uint32_t type_id, uint32_t length) {
  const wasm::ValType element = instance_.store().types()[type_id].fields()[0].type;
  const uint32_t bytes = wasm::bytes_of(element);
  Result<uint8_t*> object = allocate(array_bytes(length, bytes), type_id);
  if (!object.ok()) return object.error();
  store_le(*object + wasm::kArrayLength, length);
  const size_t first = stack_.size() - length;
  for (uint32_t i = 0; i < length; ++i) write_field(*object + array_bytes(i, bytes), element, stack_[first + i].value);
  stack_.truncate(first);
  return push(ref_to(*object));
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
