// Where the fields of an object lie. The layout follows from the sequence of field sizes alone, field by field, so that a
// subtype, whose fields begin with its supertype's, has those at the same places; and it is the same on every target, so
// that code is encoded without knowing where it will run.
//
// An object starts with a header of 4 bytes. Fields are placed in order, naturally aligned up to 8; a field smaller than 8
// bytes takes the smallest gap that earlier ones left. Arrays keep their length behind the header and their elements
// behind that.
#pragma once

#include "decoder/wasm/types.h"

namespace umber::wasm {

inline constexpr uint32_t kArrayLength = 4;    ///< offset of an array's length, u32
inline constexpr uint32_t kArrayElements = 8;  ///< offset of its first element

/// Size of a field or element, a power of two.
[[nodiscard]] constexpr uint32_t bytes_of(ValType storage) {
  switch (storage.kind()) {
    case ValType::I8: return 1;
    case ValType::I16: return 2;
    case ValType::I32:
    case ValType::F32: return 4;
    case ValType::V128: return 16;
    default: return 8;
  }
}

class ObjectLayout {
 public:
  /// The offset of the next field.
  constexpr uint32_t place(uint32_t bytes) {
    if (bytes >= 8) {
      const uint32_t at = end_;
      end_ += bytes;
      return at;
    }
    unsigned gap = 0;
    while ((1u << gap) < bytes || (gap < kGaps && gaps_[gap] == 0)) ++gap;
    uint32_t at = end_;
    if (gap < kGaps) {
      at = gaps_[gap];
      gaps_[gap] = 0;
    } else {
      end_ += 8;
    }
    while ((1u << gap) > bytes) {  // the upper halves of what was taken are gaps now
      --gap;
      gaps_[gap] = at + (1u << gap);
    }
    return at;
  }
  /// Of the object so far, header included; a multiple of 8.
  [[nodiscard]] constexpr uint32_t size() const { return end_; }

 private:
  static constexpr unsigned kGaps = 3;
  uint32_t end_ = 8;
  uint32_t gaps_[kGaps] = {0, 0, 4};  ///< offsets of the gaps of 1, 2 and 4 bytes; 0: none. Never more than one each
};

}  // namespace umber::wasm
