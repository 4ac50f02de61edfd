#include "base/byte_reader.h"

namespace umber {

bool ByteReader::read_unsigned(unsigned bits, uint64_t& out) {
  const uint8_t* at = cursor_;
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (shift >= bits) return fail(ReadError::LebTooLong);
    if (at == end_) {
      cursor_ = at;
      return fail(ReadError::UnexpectedEnd);
    }
    const uint8_t byte = *at++;
    const unsigned room = bits - shift;
    if (room < 7) {
      if ((byte & 0x80) != 0) return fail(ReadError::LebTooLong);
      if ((byte >> room) != 0) return fail(ReadError::LebTooLarge);
    }
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) break;
  }
  cursor_ = at;
  out = value;
  return true;
}

bool ByteReader::read_signed(unsigned bits, int64_t& out) {
  const uint8_t* at = cursor_;
  uint64_t value = 0;
  unsigned shift = 0;
  uint8_t byte = 0;
  do {
    if (shift >= bits) return fail(ReadError::LebTooLong);
    if (at == end_) {
      cursor_ = at;
      return fail(ReadError::UnexpectedEnd);
    }
    byte = *at++;
    const unsigned room = bits - shift;
    if (room < 7) {
      if ((byte & 0x80) != 0) return fail(ReadError::LebTooLong);
      // The bits beyond the value must all repeat its sign bit.
      const auto extra = static_cast<uint8_t>((byte & 0x7f) >> (room - 1));
      const auto all_ones = static_cast<uint8_t>(0x7f >> (room - 1));
      if (extra != 0 && extra != all_ones) return fail(ReadError::LebTooLarge);
    }
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    shift += 7;
  } while ((byte & 0x80) != 0);
  if (shift < 64 && (byte & 0x40) != 0) value |= ~uint64_t{0} << shift;
  cursor_ = at;
  out = static_cast<int64_t>(value);
  return true;
}

}  // namespace umber
