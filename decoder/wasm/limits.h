// Implementation limits, all in one place. A module beyond one of them is refused with LimitReached and a sentence that
// names the limit. The values follow what real toolchains emit (and the JavaScript API's limits where those are wider).
#pragma once

#include <cstdint>

namespace umber::wasm {

inline constexpr uint64_t kMaxModuleBytes = 0xffff'0000;  ///< offsets are 32 bits wide
inline constexpr uint32_t kMaxTypes = 1'000'000;          ///< type indices take 23 bits
inline constexpr uint32_t kMaxFunctions = 4'000'000;      ///< defined and imported together
inline constexpr uint32_t kMaxImports = 1'000'000;
inline constexpr uint32_t kMaxExports = 4'000'000;
inline constexpr uint32_t kMaxGlobals = 1'000'000;
inline constexpr uint32_t kMaxTables = 100'000;
inline constexpr uint32_t kMaxMemories = 100;
inline constexpr uint32_t kMaxTags = 1'000'000;
inline constexpr uint32_t kMaxSegments = 10'000'000;       ///< element and data segments, each
inline constexpr uint32_t kMaxFunctionBytes = 7'654'321;
inline constexpr uint32_t kMaxLocals = 50'000;             ///< parameters included
inline constexpr uint32_t kMaxParams = 1'000;
inline constexpr uint32_t kMaxResults = 1'000;
inline constexpr uint32_t kMaxStructFields = 10'000;
inline constexpr uint32_t kMaxArrayNewFixed = 10'000;
inline constexpr uint32_t kMaxSubtypingDepth = 63;
inline constexpr uint32_t kMaxTableElements = 10'000'000;
inline constexpr uint32_t kMaxFrameSlots = 65'000;         ///< 8-byte slots of one function's frame, temporaries included
inline constexpr uint32_t kMaxControlDepth = 100'000;
inline constexpr uint32_t kMaxBrTableTargets = 7'654'321;

}  // namespace umber::wasm
