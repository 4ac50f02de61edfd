// From the sections of a module to its bytes (https://webassembly.github.io/spec/core/binary/modules.html), with a "name"
// section for whatever had a name in the text.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "spec-tests/text/annotations.h"
#include "spec-tests/text/types.h"

namespace umber::text {

/// The id of an entity, or nothing, by index.
using EntityNames = std::vector<std::optional<std::string>>;

/// A module whose entries are encoded already.
struct EncodedModule {
  [[nodiscard]] Section& section(SectionKind kind) { return sections[static_cast<size_t>(kind)]; }
  [[nodiscard]] const Section& section(SectionKind kind) const { return sections[static_cast<size_t>(kind)]; }

  std::array<Section, static_cast<size_t>(SectionKind::Last)> sections;  ///< by SectionKind; Start, DataCount are unused
  std::optional<uint32_t> start;
  std::optional<uint32_t> data_count;
  std::vector<CustomSection> custom_sections;  ///< in the order of the text

  std::optional<std::string> name;
  EntityNames function_names;
  std::vector<EntityNames> local_names;  ///< by function, parameters included
  EntityNames type_names;
  EntityNames table_names;
  EntityNames memory_names;
  EntityNames global_names;
  EntityNames elem_names;
  EntityNames data_names;
  EntityNames tag_names;
};

[[nodiscard]] std::vector<uint8_t> write_binary(const EncodedModule& module);

}  // namespace umber::text
