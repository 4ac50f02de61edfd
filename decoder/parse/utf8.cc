#include "decoder/parse/utf8.h"

#include "base/bits.h"

namespace umber::wasm {
namespace {

/// What may follow a lead byte: how many bytes, and the range of the first of them (all others are 80…bf).
/// The ranges exclude overlong forms, surrogates and numbers beyond U+10FFFF; see table 3-7 of the Unicode Standard.
struct Tail {
  unsigned length = 0;
  uint8_t low = 0x80;
  uint8_t high = 0xbf;
};

Tail tail_of(uint8_t lead) {
  if (lead < 0xc2) return {};
  if (lead < 0xe0) return {1};
  if (lead == 0xe0) return {2, 0xa0};
  if (lead == 0xed) return {2, 0x80, 0x9f};
  if (lead < 0xf0) return {2};
  if (lead == 0xf0) return {3, 0x90};
  if (lead < 0xf4) return {3};
  if (lead == 0xf4) return {3, 0x80, 0x8f};
  return {};
}

bool matches(std::span<const uint8_t> bytes, Tail tail) {
  if (bytes.size() < tail.length) return false;
  for (unsigned i = 0; i < tail.length; ++i) {
    if (bytes[i] < tail.low || bytes[i] > tail.high) return false;
    tail.low = 0x80;
    tail.high = 0xbf;
  }
  return true;
}

}  // namespace

bool is_utf8(std::span<const uint8_t> bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    constexpr uint64_t kHighBits = 0x8080'8080'8080'8080;
    if (bytes.size() - at >= sizeof(uint64_t) && (load_le<uint64_t>(bytes.data() + at) & kHighBits) == 0) {
      at += sizeof(uint64_t);
      continue;
    }
    const uint8_t lead = bytes[at++];
    if (lead < 0x80) continue;
    const Tail tail = tail_of(lead);
    if (tail.length == 0 || !matches(bytes.subspan(at), tail)) return false;
    at += tail.length;
  }
  return true;
}

}  // namespace umber::wasm
