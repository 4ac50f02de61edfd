// Feature groups that can be switched at run time. A row in the opcode table names one; the decoder rejects what is off.
#pragma once

#include <cstdint>

#include "base/string_ref.h"

namespace umber::wasm {

/// Wasm 1.0 plus what later versions folded in, then the proposals that Umber supports beyond 3.0.
enum class Feature : uint8_t {
  Mvp,
  SignExtension,
  SaturatingConversion,
  MultiValue,
  BulkMemory,
  ReferenceTypes,
  Simd,
  TailCall,
  ExtendedConst,
  MultiMemory,
  Memory64,
  FunctionReferences,
  Gc,
  Exceptions,
  RelaxedSimd,
  // beyond Wasm 3.0
  LegacyExceptions,
  Threads,
  CustomPageSizes,
  WideArithmetic,
};
inline constexpr unsigned kFeatureCount = 19;

/// The name used on the command line and in messages, as the proposals spell it, e.g. "tail-call".
[[nodiscard]] StringRef name_of(Feature feature);
/// Finds a feature by that name; false when there is none.
[[nodiscard]] bool feature_of(StringRef name, Feature& out);

class Features {
 public:
  constexpr Features() = default;
  [[nodiscard]] static constexpr Features mvp() { return Features{1}; }
  [[nodiscard]] static constexpr Features wasm2() { return Features{(1u << (static_cast<unsigned>(Feature::Simd) + 1)) - 1}; }
  [[nodiscard]] static constexpr Features wasm3() {
    return Features{(1u << (static_cast<unsigned>(Feature::RelaxedSimd) + 1)) - 1};
  }
  [[nodiscard]] static constexpr Features all() { return Features{(1u << kFeatureCount) - 1}; }

  [[nodiscard]] constexpr bool has(Feature feature) const { return (bits_ >> static_cast<unsigned>(feature) & 1) != 0; }
  [[nodiscard]] constexpr Features with(Feature feature) const { return Features{bits_ | 1u << static_cast<unsigned>(feature)}; }
  [[nodiscard]] constexpr Features without(Feature feature) const {
    return Features{bits_ & ~(1u << static_cast<unsigned>(feature))};
  }

 private:
  explicit constexpr Features(uint32_t bits) : bits_(bits) {}
  uint32_t bits_ = 1;
};

}  // namespace umber::wasm
