// Writing instructions. The emitter turns a family, an operation and the places of its operands into bytes. Where the family has
// no handler for a combination of places it moves operands through slots, so that whoever selects instructions never
// asks what exists.
#pragma once

#include <initializer_list>

#include "base/vec.h"
#include "decoder/ir/buffer.h"
#include "interp/encode/place.h"
#include "interp/families.h"

namespace umber::interp {

/// Plain fields that come with places. They are always written as one value of each width, of which so many bytes count.
struct PlainFields {
  static constexpr size_t kMost = 4;

  constexpr PlainFields() = default;
  PlainFields(std::initializer_list<uint32_t> half_fields, std::initializer_list<uint32_t> word_fields) {
    for (const uint32_t field : half_fields) add_half(field);
    for (const uint32_t field : word_fields) add_word(field);
  }
  void add_half(uint32_t field) {
    halves |= uint64_t{field & 0xffff} << 8 * half_bytes;
    half_bytes += 2;
  }
  void add_word(uint32_t field) {
    words[word_bytes / 4] = field;
    word_bytes += 4;
  }

  uint64_t halves = 0;
  uint32_t words[kMost] = {};
  uint32_t half_bytes = 0;
  uint32_t word_bytes = 0;
};

class Emitter {
 public:
  static constexpr uint32_t kNoCode = 0xffff'ffff;

  explicit Emitter(Allocator& allocator) : code_(allocator), fixups_(allocator) {}

  /// `scratch`: the first of kScratchSlots slots that nobody else uses.
  void begin(uint32_t scratch);
  [[nodiscard]] bool ok() const { return ok_; }
  void fail() { ok_ = false; }
  [[nodiscard]] std::span<const Code> code() const { return code_; }
  [[nodiscard]] uint32_t position() const { return static_cast<uint32_t>(code_.size()); }
  [[nodiscard]] bool uses_scratch() const { return uses_scratch_; }
  static constexpr uint32_t kScratchSlots = 8;

  /// Start of an IR instruction: scratch slots are free again.
  void next_inst() { scratch_used_ = 0; }
  /// `places` for the family's dimensions, at most four; then plain 16-bit fields, then plain 32-bit fields, at most four of each.
  template <size_t count>
  void emit(const Family& family, unsigned op, const Place (&places)[count], std::initializer_list<uint32_t> halves,
            std::initializer_list<uint32_t> words = {}) {
    emit_places(family, op, places, PlainFields(halves, words));
  }
  template <size_t count>
  void emit(const Family& family, unsigned op, const Place (&places)[count]) {
    emit_places(family, op, places, kNoFields);
  }
  template <size_t count>
  void emit_places(const Family& family, unsigned op, const Place (&places)[count], const PlainFields& fields);
  /// Whether a family that has not every combination has this one.
  [[nodiscard]] static bool exists(const Family& family, unsigned op, std::span<const Place> places);
  void emit(Single op, std::initializer_list<uint32_t> halves, std::initializer_list<uint32_t> words = {});
  /// All operands in slots, any number of fields.
  void emit_handler(Handler handler, std::span<const uint32_t> halves, std::span<const uint32_t> words);

  /// D = A for a value of `type` that is no vector.
  void move(ir::Type type, const Place& to, const Place& from);
  void copy_vector(uint32_t to, const Place& from, uint64_t high);
  /// Saves or loads the registers of a mask; `slots[reg]` are the slots.
  void save(uint32_t mask, const uint16_t* slots) { batch(kFamSaveInt, kFamSaveFloat, mask, slots); }
  void load(uint32_t mask, const uint16_t* slots) { batch(kFamLoadInt, kFamLoadFloat, mask, slots); }
  /// A slot that holds the value, for operands that must lie in one: its own, its home after a save, or a scratch slot.
  [[nodiscard]] uint32_t slot_of(ir::Type type, const Place& place);
  [[nodiscard]] uint32_t take_scratch(uint32_t slots);

  // Branches: the distance field that was emitted last in the instruction at `start` goes to a place not yet known.
  struct Fixup {
    uint32_t field;  ///< position of the distance
    uint32_t start;  ///< of the instruction, from which distances count
    uint32_t next;
  };
  /// Adds the field to a chain of fixups.
  void add_fixup(uint32_t& chain, uint32_t field, uint32_t start);
  void resolve(uint32_t chain, uint32_t target);
  void patch(uint32_t field, uint32_t start, uint32_t target);
  void append_word(uint32_t word);
  /// Zeroes up to a position that is a multiple of 4.
  void pad_to_word();
  void overwrite(uint32_t at, const void* bytes, size_t size);
  /// Takes back everything from `position`, the start of an instruction that nothing refers to.
  void rewind(uint32_t position) { code_.set_end(code_.data() + position); }
  /// Where the last instruction starts.
  [[nodiscard]] uint32_t last_start() const { return last_start_; }

 private:
  void batch(const Family& ints, const Family& floats, uint32_t mask, const uint16_t* slots);
  [[nodiscard]] bool legalize(const Family& family, unsigned op, std::span<Place> places);
  void constant(uint32_t slot, uint64_t bits);
  [[nodiscard]] Place to_scratch(char letter, const Place& place);
  static const PlainFields kNoFields;

  template <size_t count>
  void emit_legal(const Family& family, unsigned op, const Place (&given)[count], const PlainFields& fields);

  ir::Buffer<Code> code_;
  Vec<Fixup> fixups_;
  uint32_t last_start_ = 0;
  uint32_t scratch_ = 0;
  uint32_t scratch_used_ = 0;
  bool uses_scratch_ = false;
  bool ok_ = true;
};

}  // namespace umber::interp
