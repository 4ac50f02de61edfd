// Value, reference, heap and composite types as the binary format has them
// (https://webassembly.github.io/spec/core/binary/types.html), packed so that equality is one comparison.
#pragma once

#include <cstdint>
#include <span>

#include "base/format.h"

namespace umber::wasm {

/// A heap type: an abstract one (func, extern, any, …) or a type index.
/// Type indices inside a Module are canonical: equivalent types of one module have the same number.
class HeapType {
 public:
  /// Encodings of the binary format.
  enum Abstract : uint8_t {
    Exn = 0x69, Array = 0x6a, Struct = 0x6b, I31 = 0x6c, Eq = 0x6d, Any = 0x6e, Extern = 0x6f, Func = 0x70,
    None = 0x71, NoExtern = 0x72, NoFunc = 0x73, NoExn = 0x74,
    Bottom = 0x00,  ///< in no binary: what a reference of unknown type refers to in unreachable code; below every other
  };
  constexpr HeapType() = default;
  constexpr HeapType(Abstract code) : bits_(kAbstractBit | code) {}
  static constexpr HeapType of_index(uint32_t type_idx) { return HeapType(type_idx, 0); }
  static constexpr HeapType of_bits(uint32_t bits) { return HeapType(bits, 0); }

  [[nodiscard]] constexpr bool is_abstract() const { return (bits_ & kAbstractBit) != 0; }
  [[nodiscard]] constexpr Abstract abstract() const { return static_cast<Abstract>(bits_ & 0xff); }
  [[nodiscard]] constexpr uint32_t type_idx() const { return bits_; }
  [[nodiscard]] constexpr uint32_t bits() const { return bits_; }  ///< 24 bits
  friend constexpr bool operator==(HeapType, HeapType) = default;

 private:
  static constexpr uint32_t kAbstractBit = 0x80'0000;
  constexpr HeapType(uint32_t bits, int) : bits_(bits) {}
  uint32_t bits_ = kAbstractBit | Func;
};

/// A value type, or Bottom: the type of a value popped in unreachable code.
/// Storage types I8 and I16 occur only as field types.
class ValType {
 public:
  enum Kind : uint8_t {
    Bottom = 0x00, RefNonNull = 0x64, RefNull = 0x63, I16 = 0x77, I8 = 0x78, V128 = 0x7b, F64 = 0x7c, F32 = 0x7d, I64 = 0x7e,
    I32 = 0x7f,
  };
  constexpr ValType() = default;
  constexpr ValType(Kind kind) : bits_(kind) {}
  static constexpr ValType ref(HeapType heap_type, bool nullable) {
    return of_bits(heap_type.bits() << 8 | (nullable ? RefNull : RefNonNull));
  }
  static constexpr ValType of_bits(uint32_t bits) {
    ValType type;
    type.bits_ = bits;
    return type;
  }
  static constexpr ValType funcref() { return ref(HeapType::Func, true); }
  static constexpr ValType externref() { return ref(HeapType::Extern, true); }

  [[nodiscard]] constexpr Kind kind() const { return static_cast<Kind>(bits_ & 0xff); }
  [[nodiscard]] constexpr bool is_ref() const { return kind() == RefNull || kind() == RefNonNull; }
  [[nodiscard]] constexpr bool is_number() const { return kind() >= F64; }
  [[nodiscard]] constexpr bool is_vector() const { return kind() == V128; }
  [[nodiscard]] constexpr bool is_packed() const { return kind() == I8 || kind() == I16; }
  [[nodiscard]] constexpr bool is_nullable() const { return kind() == RefNull; }
  /// Has a default value (zero or null).
  [[nodiscard]] constexpr bool is_defaultable() const { return kind() != RefNonNull; }
  [[nodiscard]] constexpr HeapType heap_type() const { return HeapType::of_bits(bits_ >> 8); }
  [[nodiscard]] constexpr uint32_t bits() const { return bits_; }
  /// How many 8-byte frame slots a value takes.
  [[nodiscard]] constexpr uint32_t slots() const { return kind() == V128 ? 2 : 1; }
  friend constexpr bool operator==(ValType, ValType) = default;

 private:
  uint32_t bits_ = Bottom;
};

/// "i32", "(ref null 5)", "funcref": the text format's words.
using TypeText = FixedText<32>;
[[nodiscard]] TypeText text_of(ValType type);
[[nodiscard]] TypeText text_of(HeapType type);

struct FuncType {
  std::span<const ValType> params;
  std::span<const ValType> results;
};

struct FieldType {
  ValType type;  ///< may be packed
  bool is_mutable : 1 = false;
  uint32_t offset : 31 = 0;  ///< in bytes from the object's start, see object_layout.h; of an array's first element
};

enum class CompositeKind : uint8_t { Func, Struct, Array };

/// One defined type (https://webassembly.github.io/spec/core/syntax/types.html#recursive-types).
struct TypeDef {
  static constexpr uint32_t kNoSuper = 0xffff'ffff;

  CompositeKind kind = CompositeKind::Func;
  bool is_final = true;
  bool is_defaultable = true;       ///< all fields have a default value
  uint8_t subtyping_depth = 0;      ///< length of the supertype chain
  uint32_t super = kNoSuper;        ///< canonical type index of the declared supertype
  uint32_t canonical = 0;           ///< first type of the module equivalent to this one
  uint32_t group_start = 0;         ///< the recursion group it belongs to
  uint32_t group_size = 1;
  uint32_t position = 0;            ///< absolute byte offset, for messages
  FuncType func;                         ///< kind == Func
  std::span<const FieldType> fields;     ///< kind == Struct; for Array the one element field
};

/// Limits of a memory (in pages) or a table (in elements).
struct Limits {
  uint64_t min = 0;
  uint64_t max = UINT64_MAX;  ///< meaningful only if has_max
  bool has_max = false;
  bool is_64 = false;         ///< addresses are i64
  bool is_shared = false;
};

struct MemoryType {
  Limits limits;
  uint8_t page_size_log2 = 16;  ///< 16, or 0 with custom-page-sizes; below 64 before validation
};

struct TableType {
  ValType element;
  Limits limits;
};

struct GlobalType {
  ValType type;
  bool is_mutable = false;
};

struct TagType {
  uint32_t type_idx = 0;  ///< canonical; a function type without results
};

}  // namespace umber::wasm
