#include "spec-tests/text/binary_writer.h"

#include <algorithm>

namespace umber::text {
namespace {

constexpr uint8_t kCustomSectionId = 0;

uint8_t id_of(SectionKind kind) {
  switch (kind) {
    case SectionKind::Type: return 1;
    case SectionKind::Import: return 2;
    case SectionKind::Func: return 3;
    case SectionKind::Table: return 4;
    case SectionKind::Memory: return 5;
    case SectionKind::Global: return 6;
    case SectionKind::Export: return 7;
    case SectionKind::Start: return 8;
    case SectionKind::Elem: return 9;
    case SectionKind::Code: return 10;
    case SectionKind::Data: return 11;
    case SectionKind::DataCount: return 12;
    case SectionKind::Tag: return 13;
    case SectionKind::First:
    case SectionKind::Last: break;
  }
  return kCustomSectionId;
}

void put_section(ByteSink& out, uint8_t id, const ByteSink& content) {
  out.put_u8(id);
  out.put_sized(content);
}

void put_custom_section(ByteSink& out, std::string_view name, std::string_view content) {
  ByteSink section;
  section.put_name(name);
  section.put_text(content);
  put_section(out, kCustomSectionId, section);
}

void put_known_section(ByteSink& out, const EncodedModule& module, SectionKind kind) {
  const std::optional<uint32_t> number = kind == SectionKind::Start       ? module.start
                                         : kind == SectionKind::DataCount ? module.data_count
                                                                          : std::nullopt;
  const Section& section = module.section(kind);
  ByteSink content;
  if (number) {
    content.put_unsigned(*number);
  } else if (section.count > 0) {
    content.put_unsigned(section.count);
    content.put_bytes(section.entries.bytes());
  } else {
    return;
  }
  put_section(out, id_of(kind), content);
}

// The name section (https://webassembly.github.io/spec/core/appendix/custom.html#name-section).

bool has_names(const EntityNames& names) {
  return std::any_of(names.begin(), names.end(), [](const auto& name) { return name.has_value(); });
}

void put_name_map(ByteSink& out, const EntityNames& names) {
  const auto count = std::count_if(names.begin(), names.end(), [](const auto& name) { return name.has_value(); });
  out.put_unsigned(static_cast<uint64_t>(count));
  for (size_t i = 0; i < names.size(); ++i) {
    if (!names[i]) continue;
    out.put_unsigned(i);
    out.put_name(*names[i]);
  }
}

void put_name_subsection(ByteSink& out, uint8_t id, const EntityNames& names) {
  if (!has_names(names)) return;
  ByteSink content;
  put_name_map(content, names);
  put_section(out, id, content);
}

void put_local_names(ByteSink& out, const std::vector<EntityNames>& functions) {
  ByteSink maps;
  uint32_t count = 0;
  for (size_t i = 0; i < functions.size(); ++i) {
    if (!has_names(functions[i])) continue;
    maps.put_unsigned(i);
    put_name_map(maps, functions[i]);
    ++count;
  }
  if (count == 0) return;
  ByteSink content;
  content.put_unsigned(count);
  content.put_bytes(maps.bytes());
  put_section(out, 2, content);
}

void put_name_section(ByteSink& out, const EncodedModule& module) {
  ByteSink names;
  if (module.name) {
    ByteSink content;
    content.put_name(*module.name);
    put_section(names, 0, content);
  }
  put_name_subsection(names, 1, module.function_names);
  put_local_names(names, module.local_names);
  put_name_subsection(names, 4, module.type_names);
  put_name_subsection(names, 5, module.table_names);
  put_name_subsection(names, 6, module.memory_names);
  put_name_subsection(names, 7, module.global_names);
  put_name_subsection(names, 8, module.elem_names);
  put_name_subsection(names, 9, module.data_names);
  put_name_subsection(names, 11, module.tag_names);
  if (names.size() == 0) return;
  const std::string_view content(reinterpret_cast<const char*>(names.bytes().data()), names.size());
  put_custom_section(out, "name", content);
}

}  // namespace

std::vector<uint8_t> write_binary(const EncodedModule& module) {
  ByteSink out;
  out.put_text(std::string_view("\0asm\1\0\0\0", 8));
  const auto put_custom = [&](SectionKind anchor, bool is_before) {
    for (const CustomSection& section : module.custom_sections)
      if (section.anchor == anchor && section.is_before == is_before)
        put_custom_section(out, section.name, section.content);
  };
  for (auto kind = SectionKind::First; kind <= SectionKind::Last;
       kind = static_cast<SectionKind>(static_cast<int>(kind) + 1)) {
    put_custom(kind, true);
    if (kind != SectionKind::First && kind != SectionKind::Last) put_known_section(out, module, kind);
    put_custom(kind, false);
  }
  put_name_section(out, module);
  return out.take();
}

}  // namespace umber::text
