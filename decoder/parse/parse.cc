#include "decoder/parse/parse.h"

#include "decoder/parse/parser.h"
#include "decoder/parse/utf8.h"
#include "decoder/wasm/limits.h"

namespace umber::wasm {
namespace {

enum SectionId : uint8_t {
  kCustom, kType, kImport, kFunction, kTable, kMemory, kGlobal, kExport, kStart, kElement, kCode, kData, kDataCount, kTag,
};
constexpr uint8_t kSectionCount = 14;

constexpr StringRef kSectionNames[kSectionCount] = {
    "custom", "type",  "import",  "function", "table", "memory",     "global",
    "export", "start", "element", "code",     "data",  "data count", "tag",
};

/// Where a section stands in the order that the binary format prescribes.
constexpr uint8_t kRanks[kSectionCount] = {
    0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6,
};

}  // namespace

Parser::Parser(std::span<const uint8_t> bytes, Features features, Module& module)
    : module_(module),
      types_(module.arena.allocator()),
      custom_sections_(module.arena.allocator()),
      functions_(module.arena.allocator()),
      tables_(module.arena.allocator()),
      memories_(module.arena.allocator()),
      globals_(module.arena.allocator()),
      tags_(module.arena.allocator()) {
  module_.bytes = bytes;
  module_.features = features;
}

Status Parser::run() {
  if (parse_header() && parse_sections() && check_counts() && finish()) return {};
  return error_;
}

bool Parser::parse_header() {
  if (module_.bytes.size() > kMaxModuleBytes) return fail(ErrorCode::LimitReached, 0, "a module of more than 4 GiB");
  reader_ = WasmReader(module_.bytes, 0, module_.features);
  uint32_t magic = 0;
  uint32_t version = 0;
  constexpr uint32_t kMagic = 0x6d73'6100;
  constexpr StringRef kTooShort = "unexpected end: a module has a header of 8 bytes";
  if (!reader_.read_le(magic)) return fail(ErrorCode::Malformed, 0, kTooShort);
  if (magic != kMagic) return fail(ErrorCode::Malformed, 0, "magic header not detected");
  if (!reader_.read_le(version)) return fail(ErrorCode::Malformed, 4, kTooShort);
  if (version == 1) return true;
  constexpr uint32_t kComponent = 0x0001'000d;
  if (version == kComponent) return fail(ErrorCode::Malformed, 4, "unknown binary version: this is a component, not a core module");
  return fail(ErrorCode::Malformed, 4, "unknown binary version ", version);
}

bool Parser::parse_sections() {
  WasmReader outer = reader_;
  while (!outer.at_end()) {
    const uint64_t offset = outer.offset();
    uint8_t id = 0;
    uint32_t size = 0;
    std::span<const uint8_t> content;
    const bool has_header = outer.read_u8(id) && outer.read_u32(size);
    reader_ = outer;
    section_ = {};
    if (!has_header) return fail_read();
    if (!enter_section(id, offset)) return false;
    const uint64_t start = outer.offset();
    if (!outer.read_bytes(size, content))
      return fail(ErrorCode::Malformed, offset, "length out of bounds: ", size, " bytes announced, ", outer.remaining(), " left");
    reader_ = WasmReader(content, start, module_.features);
    if (!parse_section(id)) return false;
    entry_ = kNoIndex;
    if (!reader_.at_end())
      return fail(ErrorCode::Malformed, reader_.offset(), "section size mismatch: ", reader_.remaining(), " bytes left over");
  }
  section_ = {};
  return true;
}

bool Parser::enter_section(uint8_t id, uint64_t offset) {
  if (id >= kSectionCount) return fail(ErrorCode::Malformed, offset, "malformed section id ", id);
  section_ = kSectionNames[id];
  entry_ = kNoIndex;
  if (id == kCustom) return true;
  if (id == kTag && !module_.features.has(Feature::Exceptions))
    return fail(ErrorCode::Unsupported, offset, "malformed section id ", id, ": feature \"", name_of(Feature::Exceptions), "\" is off");
  if (kRanks[id] == last_rank_) return fail(ErrorCode::Malformed, offset, "unexpected content after last section: there is one already");
  if (kRanks[id] < last_rank_)
    return fail(ErrorCode::Malformed, offset, "unexpected content after last section: it must come before the ",
                kSectionNames[last_section_], " section");
  last_rank_ = kRanks[id];
  last_section_ = id;
  return true;
}

bool Parser::parse_section(uint8_t id) {
  switch (static_cast<SectionId>(id)) {
    case kCustom: return parse_custom();
    case kType: return parse_types();
    case kImport: return parse_imports();
    case kFunction: return parse_functions();
    case kTable: return parse_tables();
    case kMemory: return parse_memories();
    case kGlobal: return parse_globals();
    case kExport: return parse_exports();
    case kStart: return parse_start();
    case kElement: return parse_elements();
    case kCode: return parse_code();
    case kData: return parse_data();
    case kDataCount: return parse_data_count();
    case kTag: return parse_tags();
  }
  return false;
}

bool Parser::parse_custom() {
  CustomSection section;
  if (!read_name(section.name)) return false;
  section.after = last_section_;
  section.content = {here(), static_cast<uint32_t>(reader_.remaining())};
  return (reader_.skip(reader_.remaining()) && custom_sections_.push(section)) || fail_memory();
}

bool Parser::parse_data_count() {
  module_.has_data_count = true;
  return read_count(0, kMaxSegments, "data segments", module_.data_count);
}

bool Parser::check_counts() {
  const uint64_t end = module_.bytes.size();
  if (bodies_ != functions_.defined)
    return fail(ErrorCode::Malformed, end, "function and code section have inconsistent lengths: ", functions_.defined, " and ", bodies_);
  if (module_.has_data_count && !has_data_ && module_.data_count != 0)
    return fail(ErrorCode::Malformed, end, "data count and data section have inconsistent lengths: ", module_.data_count, " and 0");
  return true;
}

bool Parser::finish() {
  reader_ = {};
  const auto settle = [&](auto& space, auto& out, uint32_t& imported) {
    if (space.all.empty() && !space.imported.empty() && !allocate(0, 1, space)) return false;
    out = space.all;
    imported = static_cast<uint32_t>(space.imported.size());
    return true;
  };
  if (!settle(functions_, module_.function_types, module_.imported_functions) ||
      !settle(tables_, module_.tables, module_.imported_tables) ||
      !settle(memories_, module_.memories, module_.imported_memories) ||
      !settle(globals_, module_.globals, module_.imported_globals) || !settle(tags_, module_.tags, module_.imported_tags))
    return false;
  if (module_.functions.empty() && !allocate_bodies()) return false;
  if (!declare_function(kNoIndex)) return false;
  if (!allocate_array(custom_sections_.size(), module_.custom_sections)) return false;
  for (size_t i = 0; i < custom_sections_.size(); ++i) module_.custom_sections[i] = custom_sections_[i];
  return true;
}

bool Parser::read_name(StringRef& out) {
  const uint64_t offset = reader_.offset();
  uint32_t size = 0;
  std::span<const uint8_t> bytes;
  if (!read_u32(size)) return false;
  if (!reader_.read_bytes(size, bytes))
    return fail(ErrorCode::Malformed, offset, "unexpected end, length out of bounds: a name of ", size, " bytes, ", reader_.remaining(),
                " left");
  if (!is_utf8(bytes)) return fail(ErrorCode::Malformed, offset, "malformed UTF-8 encoding");
  out = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  return true;
}

bool Parser::read_count(uint64_t present, uint32_t limit, StringRef what, uint32_t& out) {
  const uint64_t offset = reader_.offset();
  if (!read_u32(out)) return false;
  if (present + out <= limit) return true;
  return fail(ErrorCode::LimitReached, offset, present + out, " ", what, " are more than the limit of ", limit);
}

bool Parser::read_ref_type(ValType& out) {
  const uint64_t offset = reader_.offset();
  return reader_.read_ref_type(out) ? canonicalise(out, offset) : fail_read();
}

bool Parser::read_val_type(ValType& out) {
  const uint64_t offset = reader_.offset();
  return reader_.read_val_type(out) ? canonicalise(out, offset) : fail_read();
}

bool Parser::canonicalise(ValType& type, uint64_t offset) {
  const ValType written = type;
  return module_.canonicalise(type) || fail(ErrorCode::Invalid, offset, "unknown type ", written.heap_type().type_idx());
}

bool Parser::fail_read() {
  const ReadFailure failure = reader_.failure();
  return fail(failure.code, failure.offset, text_of(failure, module_.bytes).str());
}

bool Parser::fail_memory() { return fail(ErrorCode::OutOfMemory, Error::kNoOffset, "out of memory"); }

Status parse(std::span<const uint8_t> bytes, Features features, Module& module) { return Parser(bytes, features, module).run(); }

}  // namespace umber::wasm
