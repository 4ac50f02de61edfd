// Numeric constants as tokens: what follows i32.const, f64.const, v128.const in modules and in scripts. Values are bits,
// zero-extended to 64.
#pragma once

#include "spec-tests/text/token_cursor.h"

namespace umber::text {

/// How a v128 is divided, such as i16x8.
struct Shape {
  std::string_view word;
  uint8_t lane_bits = 8;
  bool is_float = false;
  [[nodiscard]] unsigned lane_count() const { return 128u / lane_bits; }
};

/// The next token is a number, whether in range or not.
[[nodiscard]] bool at_number(const TokenCursor& cursor);
/// "i8 constant out of range" and the like if the value does not fit.
[[nodiscard]] uint64_t take_int(TokenCursor& cursor, unsigned bits);
[[nodiscard]] uint64_t take_float(TokenCursor& cursor, unsigned bits);
[[nodiscard]] const Shape& take_shape(TokenCursor& cursor);
[[nodiscard]] uint64_t take_lane(TokenCursor& cursor, const Shape& shape);
/// Fails unless the next tokens are as many numbers (or NaN patterns) as the shape has lanes.
void check_lane_count(TokenCursor& cursor, const Shape& shape);

}  // namespace umber::text
