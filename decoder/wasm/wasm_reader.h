// A byte reader that knows the small pieces of grammar which sections and function bodies share: value, reference, heap and
// block types, and the features that gate them (https://webassembly.github.io/spec/core/binary/types.html).
// Type indices come out as written; Module::canonicalise checks and translates them.
#pragma once

#include <cstdint>
#include <span>

#include "base/byte_reader.h"
#include "base/error.h"
#include "decoder/wasm/features.h"
#include "decoder/wasm/types.h"

namespace umber::wasm {

/// A block type as written.
struct BlockSignature {
  static constexpr uint8_t kEmptyCode = 0x40;
  enum Kind : uint8_t { Empty, Value, TypeIndex } kind = Empty;
  ValType value;          ///< kind == Value: the one result
  uint32_t type_idx = 0;  ///< kind == TypeIndex: as written
};

inline constexpr StringRef kIllegalOpcode = "illegal opcode";

/// Why a read failed.
struct ReadFailure {
  ErrorCode code = ErrorCode::Malformed;
  uint64_t offset = 0;
  StringRef phrase;                ///< static text; the official test suite's wording where it has one
  Feature feature = Feature::Mvp;  ///< the one that is off, if code is Unsupported
};

/// The sentence for it: the phrase, the bytes of an illegal opcode, the feature that is off.
using ReadFailureText = FixedText<128>;
[[nodiscard]] ReadFailureText text_of(const ReadFailure& failure, std::span<const uint8_t> module_bytes);

class WasmReader : public ByteReader {
 public:
  WasmReader() = default;
  WasmReader(std::span<const uint8_t> bytes, uint64_t base_offset, Features features)
      : ByteReader(bytes, base_offset), features_(features) {}

  [[nodiscard]] Features features() const { return features_; }
  /// Call only after a read returned false.
  [[nodiscard]] ReadFailure failure() const;

  [[nodiscard]] bool read_val_type(ValType& out);
  [[nodiscard]] bool read_ref_type(ValType& out);
  /// A value type or a packed one.
  [[nodiscard]] bool read_storage_type(ValType& out);
  [[nodiscard]] bool read_heap_type(HeapType& out);
  [[nodiscard]] bool read_block_type(BlockSignature& out);

  /// Rejects what was read: `offset` is where it began. Always false.
  bool reject(uint64_t offset, StringRef phrase);
  /// False, with the phrase as the reason, if the feature is off.
  [[nodiscard]] bool require(Feature feature, uint64_t offset, StringRef phrase) {
    return features_.has(feature) || refuse(feature, offset, phrase);
  }

 private:
  bool refuse(Feature feature, uint64_t offset, StringRef phrase);
  [[nodiscard]] bool read_type(ValType& out, StringRef phrase);

  Features features_;
  ReadFailure rejected_;  ///< empty phrase: the ByteReader failed
};

}  // namespace umber::wasm
