// The entities of one kind in a module (https://webassembly.github.io/spec/core/text/modules.html#indices): how many there
// are, and which ids they have.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "spec-tests/text/annotations.h"

namespace umber::text {

class IndexSpace {
 public:
  /// `noun` is how messages call one entity: "unknown func $f".
  explicit IndexSpace(std::string_view noun) : noun_(noun) {}

  /// Adds an entity and takes its id, if there is one; fails on an id that is taken. The name section gets the id, or
  /// what a @name annotation behind it says.
  uint32_t declare(TokenCursor& cursor) {
    const Position place = cursor.position();
    std::optional<std::string> name = cursor.accept_id();
    if (name && !indices_.emplace(*name, size()).second)
      cursor.fail(place, "duplicate " + std::string(noun_) + " $" + *name);
    std::optional<std::string> annotated = accept_name_annotation(cursor);
    names_.push_back(annotated ? std::move(annotated) : std::move(name));
    return size() - 1;
  }
  void declare_anonymous(uint32_t count = 1) { names_.resize(names_.size() + count); }

  /// Reads an index or an id. An index is not checked: that is validation.
  [[nodiscard]] uint32_t take_index(TokenCursor& cursor) const {
    const Position place = cursor.position();
    const std::optional<std::string> name = cursor.accept_id();
    if (!name) return cursor.take_u32();
    const auto found = indices_.find(*name);
    if (found != indices_.end()) return found->second;
    cursor.fail(place, "unknown " + std::string(noun_) + " $" + *name);
    return 0;
  }

  [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(names_.size()); }
  /// For the name section.
  [[nodiscard]] const std::vector<std::optional<std::string>>& names() const { return names_; }

 private:
  std::string_view noun_;
  std::vector<std::optional<std::string>> names_;
  std::unordered_map<std::string, uint32_t> indices_;
};

}  // namespace umber::text
