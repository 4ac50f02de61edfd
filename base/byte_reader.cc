#include "base/byte_reader.h"

namespace umber {
namespace {

/// The first bytes of a LEB128 number that ends among them. Linkers pad numbers to five bytes, so long forms are common.
struct Prefix {
  uint64_t value;   ///< seven bits of each byte
  unsigned length;  ///< in bytes, 0 if it does not end within five
};

Prefix read_prefix(const uint8_t* at) {
  const auto bytes = load_le<uint64_t>(at);
  const uint64_t ends = ~bytes & 0x80'8080'8080;
  if (ends == 0) return {0, 0};
  const uint64_t used = bytes & (ends ^ (ends - 1));
  const uint64_t value = (used & 0x7f) | (used >> 1 & 0x3f80) | (used >> 2 & 0x1f'c000) | (used >> 3 & 0xfe0'0000) |
                         (used >> 4 & 0x7'f000'0000);
  return {value, static_cast<unsigned>(std::countr_zero(ends)) / 8 + 1};
}

}  // namespace

bool ByteReader::read_unsigned(unsigned bits, uint64_t& out) {
  if (remaining() >= sizeof(uint64_t)) {
    const Prefix prefix = read_prefix(cursor_);
    if (prefix.length != 0 && prefix.value >> (bits - 1) <= 1) {
      cursor_ += prefix.length;
      out = prefix.value;
      return true;
    }
  }
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
  if (remaining() >= sizeof(uint64_t)) {
    const Prefix prefix = read_prefix(cursor_);
    const unsigned unused = 64 - 7 * prefix.length;
    const int64_t value = prefix.length == 0 ? 0 : static_cast<int64_t>(prefix.value << unused) >> unused;
    const bool fits = bits >= 35 || value >> (bits - 1) == value >> 63;
    if (prefix.length != 0 && fits) {
      cursor_ += prefix.length;
      out = value;
      return true;
    }
  }
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
