// What the engine gives back for one result, in a form that knows nothing of the runtime, so that matching it against the
// expectations of a script can be tested by itself.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace umber::spectest {

struct RunValue {
  enum class Kind : uint8_t { I32, I64, F32, F64, V128, Ref };
  /// What a reference refers to. Object: a struct or array of which nothing more is known.
  enum class Referent : uint8_t { Null, Func, Host, I31, Struct, Array, Object, Exception };

  Kind kind = Kind::I32;
  uint64_t bits = 0;  ///< zero-extended for I32 and F32; for Referent::Host the host's number
  std::array<uint8_t, 16> v128 = {};
  Referent referent = Referent::Null;  ///< Kind::Ref
  bool is_extern = false;              ///< Kind::Ref: of the extern hierarchy
};

/// "(i32.const 7)", "(f32.const nan:0x400000)", "(v128.const i8x16 …)", "(ref.func)".
[[nodiscard]] std::string to_string(const RunValue& value);

}  // namespace umber::spectest
