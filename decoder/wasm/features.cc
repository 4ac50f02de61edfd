#include "decoder/wasm/features.h"

namespace umber::wasm {
namespace {
constexpr StringRef kNames[kFeatureCount] = {
    "mvp",           "sign-extension", "saturating-float-to-int", "multi-value",          "bulk-memory",
    "reference-types", "simd",         "tail-call",               "extended-const",       "multi-memory",
    "memory64",      "function-references", "gc",                 "exceptions",           "relaxed-simd",
    "legacy-exceptions", "threads",    "custom-page-sizes",       "wide-arithmetic",
};
}  // namespace

StringRef name_of(Feature feature) { return kNames[static_cast<unsigned>(feature)]; }

bool feature_of(StringRef name, Feature& out) {
  for (unsigned i = 0; i < kFeatureCount; ++i) {
    if (kNames[i] != name) continue;
    out = static_cast<Feature>(i);
    return true;
  }
  return false;
}

}  // namespace umber::wasm
