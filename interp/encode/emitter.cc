#include "interp/encode/emitter.h"

#include <array>
#include <cstring>

namespace umber::interp {

namespace {

[[nodiscard]] bool is_float_letter(char letter) { return (letter & ~2) == 'd'; }  // 'd' or 'f'

/// An instruction with places is never longer, and is written by stores that may reach so far.
constexpr size_t kMostBytes = kRefBytes + 4 * 2 + sizeof(PlainFields::halves) + 4 * 8 + sizeof(PlainFields::words);

/// What a place means for an operand: its number in the dimension, and which fields it has.
struct PlaceRow {
  uint8_t number = 0;
  uint8_t misfits = 1;  ///< it can't be there
  uint8_t half_bytes = 0;
  uint8_t word_bytes = 0;
};
constexpr PlaceRow make_row(PlaceSet set, bool is_wide, unsigned place) {
  if (set == PlaceSet::Vector || set == PlaceSet::VectorImm) {
    if (place == Place::kNumberOfVector && kVectorRegs != 0) return {0, 0, 0, 0};
    if (place == Place::kNumberOfSlot) return {kVectorRegs, 0, 2, 0};
    if (place == Place::kNumberOfVectorImm && set == PlaceSet::VectorImm) return {kVectorRegs + 1, 0, 0, 0};
    return {};
  }
  const bool is_float = set >= PlaceSet::Float;
  const unsigned first = is_float ? kIntRegs : 0, count = is_float ? kFloatRegs : kIntRegs;
  if (place < kRegs) {
    const bool is_ours = place >= first && place < first + count;
    return {static_cast<uint8_t>(is_ours ? place - first : 0), static_cast<uint8_t>(is_ours ? 0 : 1), 0, 0};
  }
  if (place == Place::kNumberOfSlot) return {static_cast<uint8_t>(count), 0, 2, 0};
  if (place >= Place::kNumberOfNone) return {};
  const auto number = static_cast<uint8_t>(count + 1);
  switch (set) {
    case PlaceSet::Int:
    case PlaceSet::Float:
    case PlaceSet::Vector:
    case PlaceSet::VectorImm: return {};
    case PlaceSet::F32Imm: return {number, 0, 0, 4};
    case PlaceSet::F64Imm: return {number, 0, 0, 8};
    case PlaceSet::IntImm: break;
  }
  if (place > (is_wide ? Place::kFitsAny : Place::kFitsNarrow)) return {};
  return {number, 0, kIsCompact ? uint8_t{2} : uint8_t{0}, kIsCompact ? uint8_t{0} : uint8_t{4}};
}

/// By width of integer immediates, set of places and number of the place.
struct PlaceTable {
  static constexpr unsigned kRowsOfSet = 16;  ///< a power of two: a place is found by shifting
  static_assert(Place::kNumbers <= kRowsOfSet);
  PlaceRow rows[2][kPlaceSets][kRowsOfSet];
  constexpr PlaceTable() {
    for (unsigned is_wide = 0; is_wide < 2; ++is_wide)
      for (unsigned set = 0; set < kPlaceSets; ++set)
        for (unsigned place = 0; place < Place::kNumbers; ++place)
          rows[is_wide][set][place] = make_row(static_cast<PlaceSet>(set), is_wide != 0, place);
  }
};
constexpr PlaceTable kPlaces;
[[nodiscard]] const PlaceRow& row_of(const Family& family, unsigned op, unsigned i, const Place& place) {
  return kPlaces.rows[op >= family.wide_from ? 1 : 0][static_cast<unsigned>(family.sets[i])][place.number];
}

/// The handler of a combination; null if there is none.
[[nodiscard]] Handler find(const Family& family, unsigned op, std::span<const Place> places) {
  unsigned index = op;
  for (unsigned i = 0; i < places.size(); ++i) {
    const PlaceRow& row = row_of(family, op, i, places[i]);
    if (row.misfits != 0) return nullptr;
    index = index * family.dims[i] + row.number;
  }
  return family.table[index];
}

}  // namespace

constinit const PlainFields Emitter::kNoFields;

bool Emitter::exists(const Family& family, unsigned op, std::span<const Place> places) { return find(family, op, places) != nullptr; }

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
    if (places[i].is_imm() && row_of(family, op, i, places[i]).misfits != 0) places[i] = to_scratch(family.shape[i], places[i]);
  if (find(family, op, places) != nullptr) return false;
  // The fewest moves: one operand, then all but immediates, then all.
  for (unsigned i = count; i-- > 0;) {
    if (!places[i].is_reg()) continue;
    const Place before = places[i];
    places[i] = Place::in_slot(before.slot);
    const bool exists = find(family, op, places) != nullptr;
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
  if (find(family, op, places) == nullptr)
    for (unsigned i = 1; i < count; ++i)
      if (places[i].is_imm()) places[i] = to_scratch(family.shape[i], places[i]);
  return moved_result;
}

/// A combination that does not exist, or no room.
template <size_t count>
[[gnu::noinline]] void Emitter::emit_legal(const Family& family, unsigned op, const Place (&given)[count], const PlainFields& fields) {
  if (!code_.make_room(kMostBytes)) return fail();
  Place places[count];
  for (unsigned i = 0; i < count; ++i) places[i] = given[i];
  const Place wanted = places[0];
  const bool moves_result = find(family, op, places) == nullptr && legalize(family, op, places);
  if (find(family, op, places) == nullptr || !code_.make_room(kMostBytes)) return fail();
  emit_places(family, op, places, fields);
  if (moves_result)
    emit(is_float_letter(family.shape[0]) ? kFamMoveF64 : kFamMoveI64, 0, {wanted, Place::in_slot(wanted.slot)});
}

/// Slots, plain 16-bit fields, immediates, plain 32-bit fields. Which operands have which field is as random as code is, so there is
/// one question, at the end of looking the combination up, and each field is written where the next one begins, and counts only
/// if it is one. The bits behind the last 16-bit field are the padding.
template <size_t count>
void Emitter::emit_places(const Family& family, unsigned op, const Place (&places)[count], const PlainFields& fields) {
  const auto& rows = kPlaces.rows[op >= family.wide_from ? 1 : 0];
  PlaceRow row[count];
  unsigned index = op;
  unsigned misfits = 0;
  for (size_t i = 0; i < count; ++i) {
    row[i] = rows[static_cast<unsigned>(family.sets[i])][places[i].number];
    index = index * family.dims[i] + row[i].number;
    misfits |= row[i].misfits;
  }
  const Handler handler = misfits != 0 ? nullptr : family.table[index];
  if (handler == nullptr || !code_.has_room(kMostBytes)) [[unlikely]] return emit_legal(family, op, places, fields);
  Code* const start = code_.end();
  last_start_ = position();
  write_ref(start, handler);
  Code* at = start + kRefBytes;
  for (size_t i = 0; i < count; ++i) {
    store_le(at, places[i].slot);
    at += row[i].half_bytes;
  }
  store_le(at, fields.halves);
  at += fields.half_bytes;
  at += -(at - start) & (kFieldAlignment - 1);
  for (size_t i = 0; i < count; ++i) {
    store_le(at, places[i].bits);
    at += row[i].word_bytes;
  }
  std::memcpy(at, fields.words, sizeof fields.words);
  code_.set_end(at + fields.word_bytes);
}

template void Emitter::emit_places<1>(const Family&, unsigned, const Place (&)[1], const PlainFields&);
template void Emitter::emit_places<2>(const Family&, unsigned, const Place (&)[2], const PlainFields&);
template void Emitter::emit_places<3>(const Family&, unsigned, const Place (&)[3], const PlainFields&);
template void Emitter::emit_places<4>(const Family&, unsigned, const Place (&)[4], const PlainFields&);

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
  if (kIsCompact && to.is_slot() && from.is_imm() && (type != ir::Type::I32 || !fits_immediate(from.bits, false)))
    return constant(to.slot, from.bits);
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
