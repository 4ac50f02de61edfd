#include "decoder/validate/type_checker.h"

#include "decoder/wasm/limits.h"

namespace umber::wasm {
namespace {

/// "[i32 (ref 3)]"; of a long list only the end, which is where operands differ.
template <class Text>
void add_types(Text& text, std::span<const ValType> types) {
  constexpr size_t kShown = 6;
  text.add("[");
  if (types.size() > kShown) {
    text.add("... ");
    types = types.last(kShown);
  }
  for (size_t i = 0; i < types.size(); ++i) text.add(i == 0 ? "" : " ", text_of(types[i]).str());
  text.add("]");
}

}  // namespace

TypeChecker::TypeChecker(const Module& module, Allocator& allocator)
    : module_(module),
      allocator_(allocator),
      frames_(allocator),
      runs_(allocator),
      locals_(allocator),
      initialised_(allocator),
      init_log_(allocator),
      labels_(allocator),
      catches_(allocator),
      block_results_(allocator, 1024) {}

TypeChecker::~TypeChecker() {
  if (memory_ != nullptr) allocator_.release(memory_, capacity_ * sizeof(ValType), alignof(ValType));
}

bool TypeChecker::grow_stack(size_t count) {
  // Operands become frame slots; a function that needs more of them can't run.
  if (height() + count > kMaxFrameSlots)
    return fail(ErrorCode::LimitReached, start_, "more operands on the stack than the limit of ", kMaxFrameSlots);
  const size_t used = kBelow + height();
  constexpr size_t kMost = kBelow + kMaxFrameSlots + kSlack;
  size_t capacity = capacity_ + capacity_ / 2 + 64;
  if (capacity < used + count + kSlack) capacity = used + count + kSlack;
  if (capacity > kMost) capacity = kMost;
  auto* memory = static_cast<ValType*>(
      allocator_.resize(memory_, capacity_ * sizeof(ValType), capacity * sizeof(ValType), alignof(ValType)));
  if (memory == nullptr) return fail_memory();
  const auto floor = floor_ - stack_;
  const auto top = top_ - stack_;
  memory_ = memory;
  capacity_ = capacity;
  stack_ = memory_ + kBelow;
  floor_ = stack_ + floor;
  top_ = stack_ + top;
  limit_ = memory_ + capacity_;
  for (size_t i = 0; i < kBelow; ++i) memory_[i] = ValType::of_bits(0xffff'ffff);
  return true;
}

bool TypeChecker::pop_slow(std::span<const ValType> expected) {
  ValType* const top = top_;
  for (size_t i = expected.size(); i-- > 0;) {
    if (top_ == floor_) {
      if (frames_.back().is_unreachable) return true;
    } else if (matches(*--top_, expected[i])) {
      continue;
    }
    top_ = top;
    return fail_operands(expected);
  }
  return true;
}

bool TypeChecker::pop_repeated(ValType expected, uint32_t count) {
  for (; count > 0; --count) {
    if (top_ == floor_ && frames_.back().is_unreachable) return true;
    if (!pop(expected)) return false;
  }
  return true;
}

bool TypeChecker::pop_any(ValType& out) {
  out = ValType::Bottom;
  if (top_ != floor_) {
    out = *--top_;
    return true;
  }
  return frames_.back().is_unreachable || invalid("type mismatch: expected an operand, stack is []");
}

bool TypeChecker::pop_ref(ValType& out) {
  ValType* const top = top_;
  if (!pop_any(out)) return false;
  if (out == ValType::Bottom) out = ValType::ref(HeapType::Bottom, false);
  if (out.is_ref()) return true;
  top_ = top;
  return invalid("type mismatch: expected a reference, stack is [", text_of(out).str(), "]");
}

/// What the instruction wants, and as many of the operands that are there, or `extra` more.
bool TypeChecker::fail_operands(std::span<const ValType> expected, size_t extra) {
  Error::Text text;
  text.add("type mismatch: expected ");
  add_types(text, expected);
  const size_t wanted = expected.size() + extra;
  const size_t shown = operands() < wanted ? operands() : wanted;
  text.add(", stack is ");
  add_types(text, {top_ - shown, shown});
  return invalid(text.str());
}

bool TypeChecker::fail_unknown_local() { return invalid("unknown local ", imm_.index, ", there are ", local_count_); }

bool TypeChecker::fail_uninitialised() {
  return invalid("uninitialized local ", imm_.index, " of type ", text_of(local_type(imm_.index)).str());
}

bool TypeChecker::fail_missing_end() {
  has_op_ = false;
  return fail(ErrorCode::Malformed, reader_.offset(), "END opcode expected: unexpected end of section or function");
}

bool TypeChecker::fail_leftover() {
  has_op_ = false;
  return fail(ErrorCode::Malformed, reader_.offset(), "section size mismatch: bytes behind the end of the function");
}

bool TypeChecker::fail_read() {
  const ReadFailure failure = reader_.failure();
  return fail_with(failure.code, failure.offset, text_of(failure, module_.bytes).str());
}

bool TypeChecker::fail_memory() { return fail(ErrorCode::OutOfMemory, start_, "out of memory"); }

/// `func 3 "parse": i32.add: `
template <class Text>
void TypeChecker::add_place(Text& text) const {
  text.add(place_, " ", place_idx_);
  if (!is_const_) {
    constexpr size_t kShown = 60;
    const StringRef name = module_.function_name(place_idx_);
    if (!name.empty()) text.add(" ", Quoted{name.substr(0, kShown)});
  }
  text.add(place_part_, ": ");
  if (has_op_) text.add(text_of(op_), ": ");
}

bool TypeChecker::fail_with(ErrorCode code, uint64_t offset, StringRef sentence) {
  Error::Text text;
  add_place(text);
  text.add(sentence);
  error_ = Error::at(code, offset, text.str());
  return false;
}

}  // namespace umber::wasm
