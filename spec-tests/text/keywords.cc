#include "spec-tests/text/keywords.h"

#include <unordered_map>
#include <unordered_set>

namespace umber::text {
namespace {

// clang-format off
constexpr std::string_view kKeywords[] = {
    // types
    "i8", "i16", "i32", "i64", "f32", "f64", "v128", "i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2", "ref", "null",
    "any", "eq", "i31", "struct", "array", "none", "func", "nofunc", "extern", "noextern", "exn", "noexn", "anyref", "eqref",
    "i31ref", "structref", "arrayref", "nullref", "funcref", "nullfuncref", "externref", "nullexternref", "exnref",
    "nullexnref", "mut", "field", "rec", "sub", "final", "param", "result", "shared", "pagesize",
    // module fields
    "module", "binary", "quote", "definition", "instance", "type", "import", "export", "table", "memory", "global", "tag",
    "local", "start", "elem", "data", "declare", "offset", "item", "code",
    // parts of instructions
    "then", "do", "catch_ref", "catch_all_ref",
    // scripts
    "register", "invoke", "get", "either", "thread", "wait", "assert_return", "assert_trap", "assert_exhaustion",
    "assert_exception", "assert_malformed", "assert_malformed_custom", "assert_invalid", "assert_invalid_custom",
    "assert_unlinkable", "ref.extern", "ref.host", "ref.struct", "ref.array", "ref.any", "ref.exn", "nan:canonical",
    "nan:arithmetic",
};
// clang-format on

}  // namespace

std::optional<wasm::Op> op_of_text(std::string_view text) {
  static const std::unordered_map<std::string_view, wasm::Op> ops = [] {
    std::unordered_map<std::string_view, wasm::Op> map;
    for (unsigned i = 0; i < wasm::kOpCount; ++i) {
      const auto op = static_cast<wasm::Op>(i);
      const StringRef mnemonic = wasm::text_of(op);
      map.emplace(std::string_view(mnemonic.data(), mnemonic.size()), op);
    }
    return map;
  }();
  const auto found = ops.find(text);
  return found == ops.end() ? std::nullopt : std::optional(found->second);
}

bool is_keyword(std::string_view text) {
  static const std::unordered_set<std::string_view> keywords(std::begin(kKeywords), std::end(kKeywords));
  const bool is_mem_argument = text.starts_with("offset=") || text.starts_with("align=");
  return keywords.contains(text) || op_of_text(text).has_value() || is_mem_argument;
}

}  // namespace umber::text
