// Sections that fill the index spaces: imports, functions, tables, memories, tags, globals; exports and start.
#include "decoder/parse/parser.h"
#include "decoder/wasm/hash.h"
#include "decoder/wasm/limits.h"

namespace umber::wasm {
namespace {

enum LimitsFlag : uint8_t { kHasMax = 1, kShared = 2, k64 = 4, kPageSize = 8 };

}  // namespace

bool Parser::parse_imports() {
  uint32_t count = 0;
  std::span<Import> imports;
  if (!read_count(0, kMaxImports, "imports", count) || !allocate(count, 4, imports)) return false;
  entry_name_ = "import ";
  for (uint32_t i = 0; i < count; ++i) {
    entry_ = i;
    Import entry;
    if (!parse_import(entry)) return false;
    imports[i] = entry;
  }
  module_.imports = imports;
  return true;
}

bool Parser::parse_import(Import& entry) {
  entry.offset = here();
  if (!read_name(entry.module) || !read_name(entry.name)) return false;
  const uint64_t offset = reader_.offset();
  uint8_t kind = 0;
  if (!read_u8(kind)) return false;
  if (kind > static_cast<uint8_t>(ExternalKind::Tag)) return fail(ErrorCode::Malformed, offset, "malformed import kind ", Hex{kind});
  entry.kind = static_cast<ExternalKind>(kind);
  if (entry.kind == ExternalKind::Tag && !module_.features.has(Feature::Exceptions))
    return fail(ErrorCode::Unsupported, offset, "malformed import kind: feature \"exceptions\" is off");
  return parse_import_desc(entry);
}

bool Parser::parse_import_desc(Import& entry) {
  const auto add = [&](auto& space, const auto& item) {
    entry.index = static_cast<uint32_t>(space.imported.size());
    return space.imported.push(item) || fail_memory();
  };
  switch (entry.kind) {
    case ExternalKind::Func: {
      uint32_t type_idx = 0;
      return parse_func_type_idx(type_idx) && add(functions_, type_idx);
    }
    case ExternalKind::Table: {
      Table table;
      table.position = entry.offset;
      return parse_table_type(table.type) && add(tables_, table);
    }
    case ExternalKind::Memory: {
      Memory memory;
      memory.position = entry.offset;
      return parse_memory_type(memory.type) && add(memories_, memory);
    }
    case ExternalKind::Global: {
      Global global;
      global.position = entry.offset;
      return parse_global_type(global.type) && add(globals_, global);
    }
    case ExternalKind::Tag: {
      Tag tag;
      tag.position = entry.offset;
      return parse_tag_type(tag.type) && add(tags_, tag);
    }
  }
  return false;
}

bool Parser::parse_func_type_idx(uint32_t& type_idx) {
  const uint64_t offset = reader_.offset();
  if (!read_u32(type_idx)) return false;
  const uint32_t written = type_idx;
  if (!module_.canonicalise(type_idx)) return fail(ErrorCode::Invalid, offset, "unknown type ", written);
  if (module_.types[type_idx].kind == CompositeKind::Func) return true;
  return fail(ErrorCode::Invalid, offset, "type mismatch: type ", written, " is no function type");
}

bool Parser::parse_functions() {
  uint32_t count = 0;
  if (!read_count(functions_.imported.size(), kMaxFunctions, "functions", count) || !allocate(count, 1, functions_)) return false;
  entry_name_ = "func ";
  const auto imported = static_cast<uint32_t>(functions_.imported.size());
  for (uint32_t i = 0; i < count; ++i) {
    entry_ = imported + i;
    uint32_t type_idx = 0;
    if (!parse_func_type_idx(type_idx)) return false;
    functions_.all[entry_] = type_idx;
  }
  return true;
}

bool Parser::parse_tables() {
  uint32_t count = 0;
  if (!read_count(tables_.imported.size(), kMaxTables, "tables", count) || !allocate(count, 3, tables_)) return false;
  entry_name_ = "table ";
  const auto imported = static_cast<uint32_t>(tables_.imported.size());
  for (uint32_t i = 0; i < count; ++i) {
    entry_ = imported + i;
    Table table;
    if (!parse_table(table)) return false;
    tables_.all[entry_] = table;
  }
  return true;
}

bool Parser::parse_table(Table& table) {
  table.position = here();
  constexpr uint8_t kWithInit = 0x40;
  uint8_t first = 0;
  if (!reader_.peek_u8(first) || first != kWithInit) return parse_table_type(table.type);
  if (!module_.features.has(Feature::FunctionReferences))
    return fail(ErrorCode::Unsupported, here(), "malformed reference type: feature \"function-references\" is off");
  uint8_t zero = 0;
  if (!read_u8(first) || !read_u8(zero)) return false;
  if (zero != 0) return fail(ErrorCode::Malformed, here() - 1, "zero byte expected");
  return parse_table_type(table.type) && parse_const_expr(table.init);
}

bool Parser::parse_table_type(TableType& type) {
  if (!read_ref_type(type.element)) return false;
  const uint64_t offset = reader_.offset();
  uint8_t flags = 0;
  if (!read_u8(flags)) return false;
  if ((flags & ~(kHasMax | k64)) != 0) return fail(ErrorCode::Malformed, offset, "malformed limits flags ", Hex{flags});
  return parse_limits(flags, type.limits);
}

bool Parser::parse_limits(uint8_t flags, Limits& limits) {
  limits.has_max = (flags & kHasMax) != 0;
  limits.is_shared = (flags & kShared) != 0;
  limits.is_64 = (flags & k64) != 0;
  const auto require = [&](bool used, Feature feature) {
    return !used || reader_.require(feature, reader_.offset() - 1, "malformed limits flags");
  };
  if (!require(limits.is_shared, Feature::Threads) || !require(limits.is_64, Feature::Memory64)) return fail_read();
  // Wider than 32 bits is only a question of validity since there are 64-bit memories.
  const bool is_wide = reader_.features().has(Feature::Memory64);
  const auto read = [&](uint64_t& limit) {
    if (is_wide) return reader_.read_u64(limit);
    uint32_t narrow = 0;
    const bool ok = reader_.read_u32(narrow);
    limit = narrow;
    return ok;
  };
  return (read(limits.min) && (!limits.has_max || read(limits.max))) || fail_read();
}

bool Parser::parse_memories() {
  uint32_t count = 0;
  if (!read_count(memories_.imported.size(), kMaxMemories, "memories", count) || !allocate(count, 2, memories_)) return false;
  entry_name_ = "memory ";
  const auto imported = static_cast<uint32_t>(memories_.imported.size());
  for (uint32_t i = 0; i < count; ++i) {
    entry_ = imported + i;
    Memory memory;
    memory.position = here();
    if (!parse_memory_type(memory.type)) return false;
    memories_.all[entry_] = memory;
  }
  return true;
}

bool Parser::parse_memory_type(MemoryType& type) {
  const uint64_t offset = reader_.offset();
  uint8_t flags = 0;
  if (!read_u8(flags)) return false;
  if ((flags & ~(kHasMax | kShared | k64 | kPageSize)) != 0)
    return fail(ErrorCode::Malformed, offset, "malformed limits flags ", Hex{flags});
  if ((flags & kPageSize) != 0 && !reader_.require(Feature::CustomPageSizes, offset, "malformed limits flags")) return fail_read();
  if (!parse_limits(flags, type.limits)) return false;
  if ((flags & kPageSize) == 0) return true;
  const uint64_t size_offset = reader_.offset();
  uint32_t page_size_log2 = 0;
  if (!read_u32(page_size_log2)) return false;
  if (page_size_log2 >= 64) return fail(ErrorCode::Malformed, size_offset, "invalid custom page size 2^", page_size_log2);
  type.page_size_log2 = static_cast<uint8_t>(page_size_log2);
  return true;
}

bool Parser::parse_tags() {
  uint32_t count = 0;
  if (!read_count(tags_.imported.size(), kMaxTags, "tags", count) || !allocate(count, 2, tags_)) return false;
  entry_name_ = "tag ";
  const auto imported = static_cast<uint32_t>(tags_.imported.size());
  for (uint32_t i = 0; i < count; ++i) {
    entry_ = imported + i;
    Tag tag;
    tag.position = here();
    if (!parse_tag_type(tag.type)) return false;
    tags_.all[entry_] = tag;
  }
  return true;
}

bool Parser::parse_tag_type(TagType& type) {
  const uint64_t offset = reader_.offset();
  uint8_t attribute = 0;
  if (!read_u8(attribute)) return false;
  if (attribute != 0) return fail(ErrorCode::Malformed, offset, "malformed tag attribute ", Hex{attribute});
  return parse_func_type_idx(type.type_idx);
}

bool Parser::parse_globals() {
  uint32_t count = 0;
  if (!read_count(globals_.imported.size(), kMaxGlobals, "globals", count) || !allocate(count, 3, globals_)) return false;
  entry_name_ = "global ";
  const auto imported = static_cast<uint32_t>(globals_.imported.size());
  for (uint32_t i = 0; i < count; ++i) {
    entry_ = imported + i;
    Global global;
    global.position = here();
    if (!parse_global_type(global.type) || !parse_const_expr(global.init)) return false;
    globals_.all[entry_] = global;
  }
  return true;
}

bool Parser::parse_global_type(GlobalType& type) { return read_val_type(type.type) && parse_mutability(type.is_mutable); }

bool Parser::parse_mutability(bool& is_mutable) {
  const uint64_t offset = reader_.offset();
  uint8_t flag = 0;
  if (!read_u8(flag)) return false;
  if (flag > 1) return fail(ErrorCode::Malformed, offset, "malformed mutability ", Hex{flag});
  is_mutable = flag == 1;
  return true;
}

bool Parser::parse_exports() {
  Hash seed(0);
  seed.add(std::span(reader_.cursor(), reader_.remaining()));
  module_.export_seed = seed.value();
  uint32_t count = 0;
  std::span<Export> exports;
  if (!read_count(0, kMaxExports, "exports", count) || !allocate(count, 3, exports)) return false;
  entry_name_ = "export ";
  for (uint32_t i = 0; i < count; ++i) {
    entry_ = i;
    Export entry;
    if (!parse_export(entry)) return false;
    exports[i] = entry;
  }
  module_.exports = exports;
  return index_exports();
}

bool Parser::parse_export(Export& entry) {
  entry.offset = here();
  if (!read_name(entry.name)) return false;
  const uint64_t offset = reader_.offset();
  uint8_t kind = 0;
  if (!read_u8(kind)) return false;
  if (kind > static_cast<uint8_t>(ExternalKind::Tag)) return fail(ErrorCode::Malformed, offset, "malformed export kind ", Hex{kind});
  entry.kind = static_cast<ExternalKind>(kind);
  if (!read_u32(entry.index)) return false;
  return entry.kind != ExternalKind::Func || declare_function(entry.index);
}

bool Parser::index_exports() {
  const size_t size = hash_table_size(module_.exports.size());
  std::span<uint32_t> table;
  if (!allocate_array(size, table)) return false;
  for (uint32_t& slot : table) slot = kNoIndex;
  module_.export_table = table;
  for (uint32_t i = 0; i < module_.exports.size(); ++i) {
    const Export& entry = module_.exports[i];
    uint32_t& slot = table[module_.find_export_slot(entry.name)];
    if (slot != kNoIndex) {
      entry_ = i;
      return fail(ErrorCode::Invalid, entry.offset, "duplicate export name ", Quoted{entry.name});
    }
    slot = i;
  }
  return true;
}

bool Parser::parse_start() {
  module_.start_position = here();
  if (!read_u32(module_.start)) return false;
  return module_.start != kNoIndex || fail(ErrorCode::Invalid, module_.start_position, "unknown function ", module_.start);
}

}  // namespace umber::wasm
