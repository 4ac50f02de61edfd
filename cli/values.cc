#include "cli/values.h"

#include <charconv>
#include <cstring>
#include <limits>

namespace umber::cli {
namespace {

/// Decimal or hexadecimal magnitude with an optional sign, of at most `bits` bits, signed or unsigned.
bool parse_integer(std::string_view text, unsigned bits, uint64_t& value) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  uint64_t magnitude = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), magnitude, hexadecimal ? 16 : 10);
  if (error != std::errc{} || rest != text.data() + text.size() || text.empty()) return false;
  const uint64_t most = bits == 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
  if (magnitude > (negative ? most / 2 + 1 : most)) return false;
  value = (negative ? ~magnitude + 1 : magnitude) & most;
  return true;
}

template <class Float>
bool parse_float(std::string_view text, Float& value) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative || (!text.empty() && text[0] == '+')) text.remove_prefix(1);
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  if (text.empty() || text[0] == '-') return false;
  const auto format = hexadecimal ? std::chars_format::hex : std::chars_format::general;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, format);
  if (error != std::errc{} || rest != text.data() + text.size()) return false;
  if (negative) value = -value;
  return true;
}

bool parse_vector(std::string_view text, Slot& low, Slot& high) {
  if (!text.starts_with("0x") || text.size() > 34 || text.size() == 2) return false;
  text.remove_prefix(2);
  const size_t split = text.size() > 16 ? text.size() - 16 : 0;
  high.u64 = 0;
  if (split != 0 && !parse_integer("0x" + std::string(text.substr(0, split)), 64, high.u64)) return false;
  return parse_integer("0x" + std::string(text.substr(split)), 64, low.u64);
}

template <class Number>
std::string print_number(Number value) {
  char digits[64];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  return error == std::errc{} ? std::string(digits, end) : std::string();
}

std::string print_hexadecimal(uint64_t value, int digits) {
  char text[24];
  std::snprintf(text, sizeof(text), "%0*llx", digits, static_cast<unsigned long long>(value));
  return text;
}

std::string print_reference(Ref ref) {
  if (ref == kNullRef) return "null";
  if (is_i31_ref(ref)) return "(ref.i31 " + print_number(static_cast<int32_t>(static_cast<uint32_t>(ref)) >> 1) + ")";
  if (is_host_ref(ref)) return "(ref.host " + print_number(host_value_of(ref)) + ")";
  return "(ref)";
}

}  // namespace

bool parse_value(std::string_view text, wasm::ValType type, std::vector<Slot>& slots) {
  Slot low{};
  Slot high{};
  bool ok = false;
  switch (type.kind()) {
    case wasm::ValType::I32: ok = parse_integer(text, 32, low.u64); break;
    case wasm::ValType::I64: ok = parse_integer(text, 64, low.u64); break;
    case wasm::ValType::F32: ok = parse_float(text, low.f32); break;
    case wasm::ValType::F64: ok = parse_float(text, low.f64); break;
    case wasm::ValType::V128: ok = parse_vector(text, low, high); break;
    default: ok = type.is_nullable() && text == "null"; break;
  }
  if (!ok) return false;
  slots.push_back(low);
  if (type.is_vector()) slots.push_back(high);
  return true;
}

std::string print_value(const Slot* slots, wasm::ValType type) {
  switch (type.kind()) {
    case wasm::ValType::I32: return print_number(slots->i32);
    case wasm::ValType::I64: return print_number(slots->i64);
    case wasm::ValType::F32: return print_number(slots->f32);
    case wasm::ValType::F64: return print_number(slots->f64);
    case wasm::ValType::V128: return "0x" + print_hexadecimal(slots[1].u64, 16) + print_hexadecimal(slots[0].u64, 16);
    default: return print_reference(slots->bits);
  }
}

}  // namespace umber::cli
