#include "spec-tests/text/constants.h"

#include "spec-tests/text/literals.h"

namespace umber::text {
namespace {

constexpr Shape kShapes[] = {
    {"i8x16", 8, false},  {"i16x8", 16, false}, {"i32x4", 32, false},
    {"i64x2", 64, false}, {"f32x4", 32, true},  {"f64x2", 64, true},
};

bool is_number(const Token& token) {
  return token.kind == TokenKind::Nat || token.kind == TokenKind::Int || token.kind == TokenKind::Float;
}

void fail_range(TokenCursor& cursor, Position place, char type, unsigned bits) {
  cursor.fail(place, type + std::to_string(bits) + " constant out of range");
}

}  // namespace

bool at_number(const TokenCursor& cursor) { return is_number(cursor.peek()); }

uint64_t take_int(TokenCursor& cursor, unsigned bits) {
  if (!cursor.at(TokenKind::Nat) && !cursor.at(TokenKind::Int)) {
    cursor.fail_unexpected();
    return 0;
  }
  const Token& token = cursor.take();
  const std::optional<uint64_t> value = parse_int(token.text, bits);
  if (!value) fail_range(cursor, token.position, 'i', bits);
  return value.value_or(0);
}

uint64_t take_float(TokenCursor& cursor, unsigned bits) {
  if (!at_number(cursor)) {
    cursor.fail_unexpected();
    return 0;
  }
  const Token& token = cursor.take();
  const std::optional<uint64_t> value = bits == 32 ? std::optional<uint64_t>(parse_f32(token.text)) : parse_f64(token.text);
  if (!value) fail_range(cursor, token.position, 'f', bits);
  return value.value_or(0);
}

const Shape& take_shape(TokenCursor& cursor) {
  for (const Shape& shape : kShapes)
    if (cursor.accept_keyword(shape.word)) return shape;
  cursor.fail_unexpected();
  return kShapes[0];
}

uint64_t take_lane(TokenCursor& cursor, const Shape& shape) {
  return shape.is_float ? take_float(cursor, shape.lane_bits) : take_int(cursor, shape.lane_bits);
}

void check_lane_count(TokenCursor& cursor, const Shape& shape) {
  unsigned count = 0;
  while (is_number(cursor.peek(count)) || cursor.peek(count).text.starts_with("nan:")) ++count;
  if (count == shape.lane_count()) return;
  while (count-- > 0) cursor.take();
  if (cursor.at_unknown_word()) return cursor.fail_unexpected();
  cursor.fail(cursor.position(), "wrong number of lane literals");
}

}  // namespace umber::text
