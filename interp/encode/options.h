// What kind of code the encoder makes.
#pragma once

namespace umber::interp {

struct EncodeOptions {
  bool guarded = false;   ///< memory 0 has guard regions: no checks
  bool registers = true;  ///< false: everything stays in slots and nothing is fused; for testing
  friend bool operator==(const EncodeOptions&, const EncodeOptions&) = default;
};

}  // namespace umber::interp
