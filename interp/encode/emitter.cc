#include "interp/encode/emitter.h"

#include <array>
#include <cstring>

namespace umber::interp {

namespace {

/// Most plain fields of one width that come with places.
constexpr unsigned kMaxFields = 4;

[[nodiscard]] bool is_float_letter(char letter) { return (letter & ~2) == 'd'; }  // 'd' or 'f'

/// The number of a place in a dimension, by class of the dimension, kind and register; kNoNumber if it can't be there.
/// Registers come first, then a slot, then an immediate.
constexpr uint8_t kNoNumber = 0xff;
constexpr auto kNumbers = [] {
  std::array<std::array<std::array<uint8_t, 8>, 4>, 2> numbers{};
  static_assert(kRegs <= 8);
  for (unsigned is_float = 0; is_float < 2; ++is_float) {
    const unsigned first = is_float != 0 ? kIntRegs : 0;
    const unsigned count = is_float != 0 ? kFloatRegs : kIntRegs;
    for (unsigned reg = 0; reg < 8; ++reg) {
      numbers[is_float][Place::None][reg] = kNoNumber;
      numbers[is_float][Place::Reg][reg] = static_cast<uint8_t>(reg >= first && reg < first + count ? reg - first : kNoNumber);
      numbers[is_float][Place::Slot][reg] = static_cast<uint8_t>(count);
      numbers[is_float][Place::Imm][reg] = static_cast<uint8_t>(count + 1);
    }
  }
  return numbers;
}();
[[nodiscard]] unsigned number_of(char letter, const Place& place) {
  return kNumbers[is_float_letter(letter) ? 1 : 0][place.kind][place.reg];
}
[[nodiscard]] bool fits_imm(const Family& family, unsigned op, unsigned i, uint64_t bits) {
  return is_float_letter(family.shape[i]) || fits_immediate(bits, op >= family.wide_from);
}
/// The handler of a combination; null if there is none. One question at the end: places are as random as code is.
template <size_t count>
[[nodiscard, gnu::always_inline]] inline Handler find(const Family& family, unsigned op, std::span<const Place, count> places) {
  const char* const letters = family.shape.data();
  const bool is_wide = op >= family.wide_from;
  unsigned index = op;
  unsigned misfits = 0;
  for (unsigned i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    const bool is_float = is_float_letter(letters[i]);
    const unsigned number = kNumbers[is_float ? 1 : 0][place.kind][place.reg];
    const bool is_short = is_float | fits_immediate(place.bits, is_wide);  // the bits of other places are 0
    misfits |= static_cast<unsigned>(number >= family.dims[i]) | static_cast<unsigned>(!is_short);
    index = index * family.dims[i] + number;
  }
  return misfits != 0 ? nullptr : family.table[index];
}
[[nodiscard, gnu::noinline]] Handler find_any(const Family& family, unsigned op, std::span<const Place> places) {
  return find(family, op, places);
}

}  // namespace

void Emitter::begin(uint32_t scratch) {
  code_.clear();
  fixups_.clear();
  scratch_ = scratch;
  scratch_used_ = 0;
  uses_scratch_ = false;
  ok_ = true;
}

uint32_t Emitter::take_scratch(uint32_t slots) {
  const uint32_t slot = scratch_ + scratch_used_;
  scratch_used_ += slots;
  uses_scratch_ = true;
  if (scratch_used_ > kScratchSlots) ok_ = false;
  return slot;
}

/// A copy of the value in a scratch slot.
Place Emitter::to_scratch(char letter, const Place& place) {
  const Place slot = Place::in_slot(take_scratch(1));
  if (is_float_letter(letter) && !place.is_imm())
    emit(kFamMoveF64, 0, {slot, place});
  else if (!place.is_imm())
    emit(kFamMoveI64, 0, {slot, place});
  else
    constant(slot.slot, place.bits);
  return slot;
}

/// A constant of any width and type to a slot.
void Emitter::constant(uint32_t slot, uint64_t bits) {
  const auto low = static_cast<uint32_t>(bits);
  if (fits_immediate(bits, true)) return emit(kFamMoveI64, 0, {Place::in_slot(slot), Place::imm(bits)});
  if (kIsCompact && low == bits) return emit(Single::Const32, {slot}, {low});
  emit(Single::Const64, {slot}, {low, static_cast<uint32_t>(bits >> 32)});
}

uint32_t Emitter::slot_of(ir::Type type, const Place& place) {
  if (place.is_slot()) return place.slot;
  return to_scratch(class_of(type) == RegClass::Float ? 'd' : 'l', place).slot;
}

/// Moves operands to slots until the combination exists; true if the result, places[0], must be moved back.
bool Emitter::legalize(const Family& family, unsigned op, std::span<Place> places) {
  const auto count = static_cast<unsigned>(places.size());
  for (unsigned i = 0; i < count; ++i)
    if (places[i].is_imm() &&
        (number_of(family.shape[i], places[i]) >= family.dims[i] || !fits_imm(family, op, i, places[i].bits)))
      places[i] = to_scratch(family.shape[i], places[i]);
  if (find_any(family, op, places) != nullptr) return false;
  // The fewest moves: one operand, then all but immediates, then all.
  for (unsigned i = count; i-- > 0;) {
    if (!places[i].is_reg()) continue;
    const Place before = places[i];
    places[i] = Place::in_slot(before.slot);
    const bool exists = find_any(family, op, places) != nullptr;
    places[i] = before;
    if (!exists) continue;
    if (i == 0) {
      places[0] = Place::in_slot(before.slot);
      return true;
    }
    places[i] = to_scratch(family.shape[i], before);
    return false;
  }
  const bool moved_result = places[0].is_reg();
  if (moved_result) places[0] = Place::in_slot(places[0].slot);
  for (unsigned i = 1; i < count; ++i)
    if (places[i].is_reg()) places[i] = to_scratch(family.shape[i], places[i]);
  if (find_any(family, op, places) == nullptr)
    for (unsigned i = 1; i < count; ++i)
      if (places[i].is_imm()) places[i] = to_scratch(family.shape[i], places[i]);
  return moved_result;
}

template <size_t count>
void Emitter::emit_places(const Family& family, unsigned op, std::span<const Place, count> places, std::span<const uint32_t> halves,
                          std::span<const uint32_t> words) {
  const Handler handler = find(family, op, places);
  if (handler == nullptr) [[unlikely]] return emit_legal(family, op, places, halves, words);
  write(handler, family.shape.data(), places, halves, words);
}

/// A combination that does not exist.
template <size_t count>
[[gnu::noinline]] void Emitter::emit_legal(const Family& family, unsigned op, std::span<const Place, count> given,
                                           std::span<const uint32_t> halves, std::span<const uint32_t> words) {
  Place places[count];
  for (unsigned i = 0; i < count; ++i) places[i] = given[i];
  const Place wanted = places[0];
  const bool moves_result = legalize(family, op, places);
  const Handler legal = find_any(family, op, places);
  if (legal == nullptr) return fail();
  write(legal, family.shape.data(), std::span<const Place, count>(places), halves, words);
  if (moves_result)
    emit(is_float_letter(family.shape[0]) ? kFamMoveF64 : kFamMoveI64, 0, {wanted, Place::in_slot(wanted.slot)});
}

/// Slots, plain 16-bit fields, immediates, plain 32-bit fields. Which operands have which field is as random as code is, so each is
/// written where the next field begins, and counts only if it is one.
template <size_t count>
[[gnu::always_inline]] inline void Emitter::write(Handler handler, const char* letters, std::span<const Place, count> places,
                                                  std::span<const uint32_t> halves, std::span<const uint32_t> words) {
  constexpr size_t kMostBytes = kRefBytes + 2 * (count + kMaxFields) + 2 + 4 * (2 * count + kMaxFields) + 8;
  if (!code_.make_room(kMostBytes)) [[unlikely]] return fail();
  last_start_ = position();
  Code* const start = code_.end();
  write_ref(start, handler);
  Code* at = start + kRefBytes;
  const auto is_short = [&](size_t i) { return kIsCompact && places[i].is_imm() && !is_float_letter(letters[i]); };
  for (size_t i = 0; i < count; ++i) {
    const bool shortened = is_short(i);
    store_le(at, shortened ? static_cast<uint16_t>(places[i].bits) : places[i].slot);
    at += places[i].is_slot() || shortened ? 2 : 0;
  }
  for (size_t i = 0; i < kMaxFields && i < halves.size(); ++i, at += 2) store_le(at, static_cast<uint16_t>(halves[i]));
  store_le(at, uint16_t{0});
  at += -(at - start) & (kFieldAlignment - 1);
  for (size_t i = 0; i < count; ++i) {
    store_le(at, places[i].bits);
    const size_t width = letters[i] == 'd' ? 8 : 4;
    at += places[i].is_imm() && !is_short(i) ? width : 0;
  }
  for (size_t i = 0; i < kMaxFields && i < words.size(); ++i, at += 4) store_le(at, words[i]);
  code_.set_end(at);
}

template void Emitter::emit_places<1>(const Family&, unsigned, std::span<const Place, 1>, std::span<const uint32_t>, std::span<const uint32_t>);
template void Emitter::emit_places<2>(const Family&, unsigned, std::span<const Place, 2>, std::span<const uint32_t>, std::span<const uint32_t>);
template void Emitter::emit_places<3>(const Family&, unsigned, std::span<const Place, 3>, std::span<const uint32_t>, std::span<const uint32_t>);
template void Emitter::emit_places<4>(const Family&, unsigned, std::span<const Place, 4>, std::span<const uint32_t>, std::span<const uint32_t>);

void Emitter::emit(Single op, std::initializer_list<uint32_t> halves, std::initializer_list<uint32_t> words) {
  emit_handler(kFamSingle.table[static_cast<unsigned>(op)], {halves.begin(), halves.size()}, {words.begin(), words.size()});
}

void Emitter::emit_handler(Handler handler, std::span<const uint32_t> halves, std::span<const uint32_t> words) {
  const auto first_word = static_cast<size_t>(first_word_after(static_cast<int>(halves.size())));
  const size_t bytes = first_word + 4 * words.size();
  if (!code_.make_room(bytes)) [[unlikely]] return fail();
  last_start_ = position();
  Code* const at = code_.end();
  write_ref(at, handler);
  for (size_t i = 0; i < halves.size(); ++i) store_le(at + kRefBytes + 2 * i, static_cast<uint16_t>(halves[i]));
  if (first_word != kRefBytes + 2 * halves.size()) store_le(at + first_word - 2, uint16_t{0});
  for (size_t i = 0; i < words.size(); ++i) store_le(at + first_word + 4 * i, words[i]);
  code_.set_end(at + bytes);
}

void Emitter::move(ir::Type type, const Place& to, const Place& from) {
  if (to == from) return;
  if (kIsCompact && to.is_slot() && from.is_imm()) return constant(to.slot, from.bits);
  switch (type) {
    case ir::Type::I32: return emit(kFamMoveI32, 0, {to, from});
    case ir::Type::I64:
    case ir::Type::Ref: break;
    case ir::Type::F32:
      if (to.is_slot() && from.is_imm()) return emit(kFamMoveI32, 0, {to, from});
      return emit(kFamMoveF32, 0, {to, from});
    case ir::Type::F64:
      if (to.is_slot() && from.is_imm()) break;
      return emit(kFamMoveF64, 0, {to, from});
    case ir::Type::V128: return fail();
  }
  if (!from.is_imm() || fits_signed(from.bits)) return emit(kFamMoveI64, 0, {to, from});
  if (to.is_slot()) return constant(to.slot, from.bits);
  emit(kFamMoveI64, 0, {to, to_scratch('l', from)});
}

void Emitter::copy_vector(uint32_t to, const Place& from, uint64_t high) {
  if (from.is_slot()) {
    if (from.slot != to) emit(Single::CopyVector, {to, from.slot});
    return;
  }
  emit(Single::ConstVector, {to},
       {static_cast<uint32_t>(from.bits), static_cast<uint32_t>(from.bits >> 32), static_cast<uint32_t>(high),
        static_cast<uint32_t>(high >> 32)});
}

void Emitter::batch(const Family& ints, const Family& floats, uint32_t mask, const uint16_t* slots) {
  const auto part = [&](const Family& family, uint32_t bits, unsigned first) {
    if (bits == 0) return;
    uint32_t halves[kRegs];
    unsigned count = 0;
    for_each_register(bits, [&](unsigned reg) { halves[count++] = slots[first + reg]; });
    emit_handler(family.table[bits], {halves, count}, {});
  };
  part(ints, mask & kIntMask, 0);
  part(floats, mask >> kIntRegs, kIntRegs);
}

// ---- branches ------------------------------------------------------------------------------------------------------

void Emitter::patch(uint32_t field, uint32_t start, uint32_t target) {
  if (ok_) store_le(code_.data() + field, static_cast<int32_t>(target - start));
}

void Emitter::add_fixup(uint32_t& chain, uint32_t field, uint32_t start) {
  if (!fixups_.push({field, start, chain})) return fail();
  chain = static_cast<uint32_t>(fixups_.size() - 1);
}

void Emitter::resolve(uint32_t chain, uint32_t target) {
  for (; ok_ && chain != kNoCode; chain = fixups_[chain].next) patch(fixups_[chain].field, fixups_[chain].start, target);
}

void Emitter::pad_to_word() {
  const size_t padding = -code_.size() % 4;
  if (!code_.make_room(padding)) return fail();
  std::memset(code_.end(), 0, padding);
  code_.set_end(code_.end() + padding);
}

void Emitter::append_word(uint32_t word) {
  if (!code_.make_room(4)) return fail();
  store_le(code_.end(), word);
  code_.set_end(code_.end() + 4);
}

void Emitter::overwrite(uint32_t at, const void* bytes, size_t size) { std::memcpy(code_.data() + at, bytes, size); }

}  // namespace umber::interp
