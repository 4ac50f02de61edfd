#include "spec-tests/matcher.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace umber::spectest {
namespace {

using text::LanePattern;
using text::ResultPattern;
using Referent = RunValue::Referent;

/// The bit layout of a float of that width: all exponent bits, and the significand's top bit.
struct FloatLayout {
  uint64_t exponent;
  uint64_t quiet;
  uint64_t payload;
};
constexpr FloatLayout layout_of(unsigned bits) {
  if (bits == 32) return {0x7f80'0000, 0x0040'0000, 0x007f'ffff};
  return {0x7ff0'0000'0000'0000, 0x0008'0000'0000'0000, 0x000f'ffff'ffff'ffff};
}

bool lane_matches(uint64_t bits, const LanePattern& pattern, unsigned width) {
  const FloatLayout layout = layout_of(width);
  switch (pattern.kind) {
    case LanePattern::Kind::Bits: return bits == pattern.bits;
    case LanePattern::Kind::NanCanonical:
      return (bits & layout.exponent) == layout.exponent && (bits & layout.payload) == layout.quiet;
    case LanePattern::Kind::NanArithmetic: return (bits & layout.exponent) == layout.exponent && (bits & layout.quiet) != 0;
  }
  return false;
}

uint64_t read_lane(const std::array<uint8_t, 16>& v128, unsigned lane_bits, size_t lane) {
  uint64_t bits = 0;
  std::memcpy(&bits, v128.data() + lane * lane_bits / 8, lane_bits / 8);
  return bits;
}

bool vector_matches(const RunValue& value, const ResultPattern& pattern) {
  if (pattern.lane_bits == 0 || pattern.lanes.size() != 128u / pattern.lane_bits) return false;
  for (size_t i = 0; i < pattern.lanes.size(); ++i) {
    if (!lane_matches(read_lane(value.v128, pattern.lane_bits, i), pattern.lanes[i], pattern.lane_bits)) return false;
  }
  return true;
}

bool number_matches(const RunValue& value, RunValue::Kind kind, const ResultPattern& pattern) {
  const bool is_32 = kind == RunValue::Kind::I32 || kind == RunValue::Kind::F32;
  return value.kind == kind && pattern.lanes.size() == 1 && lane_matches(value.bits, pattern.lanes[0], is_32 ? 32 : 64);
}

bool is_one_of(Referent referent, std::initializer_list<Referent> list) {
  return std::find(list.begin(), list.end(), referent) != list.end();
}

bool is_host_value(const RunValue& value, const std::optional<uint32_t>& number) {
  return value.referent == Referent::Host && (!number || value.bits == *number);
}

bool ref_matches(const RunValue& value, const ResultPattern& pattern) {
  if (value.kind != RunValue::Kind::Ref) return false;
  const Referent referent = value.referent;
  switch (pattern.kind) {
    case ResultPattern::Kind::RefNull: return referent == Referent::Null;
    case ResultPattern::Kind::RefExtern:
      return pattern.number ? is_host_value(value, pattern.number) : value.is_extern && referent != Referent::Null;
    case ResultPattern::Kind::RefHost: return is_host_value(value, pattern.number);
    case ResultPattern::Kind::RefFunc: return referent == Referent::Func;
    case ResultPattern::Kind::RefExn: return referent == Referent::Exception;
    case ResultPattern::Kind::RefI31: return referent == Referent::I31;
    case ResultPattern::Kind::RefStruct: return is_one_of(referent, {Referent::Struct, Referent::Object});
    case ResultPattern::Kind::RefArray: return is_one_of(referent, {Referent::Array, Referent::Object});
    case ResultPattern::Kind::RefEq:
      return is_one_of(referent, {Referent::I31, Referent::Struct, Referent::Array, Referent::Object});
    case ResultPattern::Kind::RefAny:
      return !value.is_extern &&
             is_one_of(referent, {Referent::I31, Referent::Struct, Referent::Array, Referent::Object, Referent::Host});
    default: return false;
  }
}

std::string hex(uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

std::string number_text(const char* type, uint64_t bits) { return std::string("(") + type + ".const " + hex(bits) + ")"; }

/// "1.5 (0x3fc00000)", "nan:0x400000"
std::string float_text(uint64_t bits, unsigned width) {
  const FloatLayout layout = layout_of(width);
  if ((bits & layout.exponent) == layout.exponent && (bits & layout.payload) != 0) {
    const bool negative = (bits >> (width - 1)) != 0;
    return (negative ? "-nan:" : "nan:") + hex(bits & layout.payload);
  }
  char text[48];
  if (width == 32) {
    const auto narrow = static_cast<uint32_t>(bits);
    float value = 0;
    std::memcpy(&value, &narrow, sizeof value);
    std::snprintf(text, sizeof text, "%.9g", static_cast<double>(value));
  } else {
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    std::snprintf(text, sizeof text, "%.17g", value);
  }
  return std::string(text) + " (" + hex(bits) + ")";
}

std::string lane_text(const LanePattern& lane, unsigned width, bool is_float) {
  switch (lane.kind) {
    case LanePattern::Kind::Bits: return is_float ? float_text(lane.bits, width) : hex(lane.bits);
    case LanePattern::Kind::NanCanonical: return "nan:canonical";
    case LanePattern::Kind::NanArithmetic: return "nan:arithmetic";
  }
  return "";
}

std::string shape_text(unsigned lane_bits, bool is_float) {
  return (is_float ? "f" : "i") + std::to_string(lane_bits) + "x" + std::to_string(128 / lane_bits);
}

const char* name_of(Referent referent) {
  switch (referent) {
    case Referent::Null: return "null";
    case Referent::Func: return "func";
    case Referent::Host: return "host";
    case Referent::I31: return "i31";
    case Referent::Struct: return "struct";
    case Referent::Array: return "array";
    case Referent::Object: return "object";
    case Referent::Exception: return "exn";
  }
  return "";
}

std::string either_text(const ResultPattern& pattern) {
  std::string text = "(either";
  for (const ResultPattern& alternative : pattern.alternatives) text += " " + to_string(alternative);
  return text + ")";
}

std::string vector_text(const ResultPattern& pattern) {
  if (pattern.lane_bits == 0) return "(v128.const)";
  std::string text = "(v128.const " + shape_text(pattern.lane_bits, pattern.is_float_shape);
  for (const LanePattern& lane : pattern.lanes) text += " " + lane_text(lane, pattern.lane_bits, pattern.is_float_shape);
  return text + ")";
}

/// A vector in the shape of what was expected of it.
std::string text_like(const RunValue& value, const ResultPattern& pattern) {
  if (value.kind != RunValue::Kind::V128 || pattern.kind != ResultPattern::Kind::V128) return to_string(value);
  ResultPattern actual = pattern;
  for (size_t i = 0; i < actual.lanes.size(); ++i) {
    actual.lanes[i] = {LanePattern::Kind::Bits, read_lane(value.v128, pattern.lane_bits, i)};
  }
  return to_string(actual);
}

}  // namespace

bool matches(const RunValue& value, const ResultPattern& pattern) {
  switch (pattern.kind) {
    case ResultPattern::Kind::I32: return number_matches(value, RunValue::Kind::I32, pattern);
    case ResultPattern::Kind::I64: return number_matches(value, RunValue::Kind::I64, pattern);
    case ResultPattern::Kind::F32: return number_matches(value, RunValue::Kind::F32, pattern);
    case ResultPattern::Kind::F64: return number_matches(value, RunValue::Kind::F64, pattern);
    case ResultPattern::Kind::V128: return value.kind == RunValue::Kind::V128 && vector_matches(value, pattern);
    case ResultPattern::Kind::Either:
      return std::any_of(pattern.alternatives.begin(), pattern.alternatives.end(),
                         [&](const ResultPattern& alternative) { return matches(value, alternative); });
    default: return ref_matches(value, pattern);
  }
}

bool matches(std::span<const RunValue> values, std::span<const ResultPattern> patterns, std::string& why) {
  if (values.size() != patterns.size()) {
    why = "expected " + std::to_string(patterns.size()) + " results, got " + std::to_string(values.size());
    return false;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (matches(values[i], patterns[i])) continue;
    why = "expected " + to_string(patterns[i]) + ", got " + text_like(values[i], patterns[i]);
    if (values.size() > 1) why = "result " + std::to_string(i) + ": " + why;
    return false;
  }
  return true;
}

bool message_matches(std::string_view expected, std::string_view actual) {
  return actual.find(expected) != std::string_view::npos ||
         (!actual.empty() && expected.find(actual) != std::string_view::npos);
}

std::string to_string(const RunValue& value) {
  switch (value.kind) {
    case RunValue::Kind::I32: return number_text("i32", value.bits);
    case RunValue::Kind::I64: return number_text("i64", value.bits);
    case RunValue::Kind::F32: return "(f32.const " + float_text(value.bits, 32) + ")";
    case RunValue::Kind::F64: return "(f64.const " + float_text(value.bits, 64) + ")";
    case RunValue::Kind::V128: {
      std::string text = "(v128.const i8x16";
      for (const uint8_t byte : value.v128) text += " " + hex(byte);
      return text + ")";
    }
    case RunValue::Kind::Ref: {
      std::string text = std::string("(ref.") + name_of(value.referent);
      if (value.referent == Referent::Host) text += " " + std::to_string(value.bits);
      return text + ")";
    }
  }
  return "";
}

std::string to_string(const ResultPattern& pattern) {
  const auto number = [&](const char* type, unsigned width, bool is_float) {
    return std::string("(") + type + ".const " +
           (pattern.lanes.empty() ? "" : lane_text(pattern.lanes[0], width, is_float)) + ")";
  };
  const auto reference = [&](const char* name) {
    return std::string("(ref.") + name + (pattern.number ? " " + std::to_string(*pattern.number) : "") + ")";
  };
  switch (pattern.kind) {
    case ResultPattern::Kind::I32: return number("i32", 32, false);
    case ResultPattern::Kind::I64: return number("i64", 64, false);
    case ResultPattern::Kind::F32: return number("f32", 32, true);
    case ResultPattern::Kind::F64: return number("f64", 64, true);
    case ResultPattern::Kind::V128: return vector_text(pattern);
    case ResultPattern::Kind::RefNull: return reference("null");
    case ResultPattern::Kind::RefExtern: return reference("extern");
    case ResultPattern::Kind::RefHost: return reference("host");
    case ResultPattern::Kind::RefFunc: return reference("func");
    case ResultPattern::Kind::RefExn: return reference("exn");
    case ResultPattern::Kind::RefI31: return reference("i31");
    case ResultPattern::Kind::RefStruct: return reference("struct");
    case ResultPattern::Kind::RefArray: return reference("array");
    case ResultPattern::Kind::RefEq: return reference("eq");
    case ResultPattern::Kind::RefAny: return reference("any");
    case ResultPattern::Kind::Either: return either_text(pattern);
  }
  return "";
}

}  // namespace umber::spectest
