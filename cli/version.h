#pragma once

namespace umber::cli {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace umber::cli
