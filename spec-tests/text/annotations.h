// The annotations that end up in a custom section (https://webassembly.github.io/spec/core/appendix/custom.html):
// (@name "…"), (@custom "…" …) and (@metadata.code.branch_hint "…").
#pragma once

#include <optional>
#include <string>

#include "spec-tests/text/token_cursor.h"

namespace umber::text {

/// Sections of the binary format in the order in which they stand in a module; custom ones go before or after any.
enum class SectionKind : uint8_t {
  First,
  Type,
  Import,
  Func,
  Table,
  Memory,
  Tag,
  Global,
  Export,
  Start,
  Elem,
  DataCount,
  Code,
  Data,
  Last,
};

struct CustomSection {
  std::string name;
  std::string content;
  SectionKind anchor = SectionKind::Last;
  bool is_before = false;  ///< before the anchor, otherwise after it
};

/// An id or a @name annotation comes next.
[[nodiscard]] bool at_declared_name(const TokenCursor& cursor);
/// What a @name annotation in front of the present token says.
[[nodiscard]] std::optional<std::string> accept_name_annotation(TokenCursor& cursor);
/// The @custom annotation in front of the present token.
[[nodiscard]] std::optional<CustomSection> accept_custom_annotation(TokenCursor& cursor);
/// 0 (unlikely) or 1 (likely) for the branch that comes next.
[[nodiscard]] std::optional<uint8_t> accept_branch_hint(TokenCursor& cursor);

/// Fails if an annotation stands where it means nothing. To be called when the whole module has been read.
void check_annotations_taken(TokenCursor& cursor);

}  // namespace umber::text
