// Validation of everything outside function bodies (https://webassembly.github.io/spec/core/valid/modules.html).
#include "decoder/validate/type_checker.h"
#include "decoder/validate/validate.h"

namespace umber::wasm {
namespace {

constexpr uint64_t kMaxPages32 = 65536;

/// Constant expressions, with the rules of function bodies.
class ConstExprValidator : public TypeChecker {
 public:
  ConstExprValidator(const Module& module, Allocator& allocator) : TypeChecker(module, allocator) {}

  /// Checks that the expression at the start of `range` has type `expected`; `end` becomes the offset behind it. It may refer to
  /// the globals below `visible_globals`. "global 3 offset" is `what`, `idx`, `part`.
  [[nodiscard]] bool validate(StringRef what, uint32_t idx, StringRef part, ByteRange range, ValType expected,
                              uint32_t visible_globals, uint32_t& end) {
    if (!begin_const_expr(what, idx, part, range, expected, visible_globals)) return false;
    while (!frames_.empty())
      if (!step()) return false;
    end = static_cast<uint32_t>(reader_.offset());
    return true;
  }

 private:
  [[nodiscard]] bool step() {
    start_ = reader_.offset();
    has_op_ = false;
    Op op = Op::End;
    if (reader_.at_end()) return fail_missing_end();
    if (!read_op(reader_, op)) return fail_read();
    if (!reserve(0)) return false;
    return op == Op::End ? leave_block() : check_constant(op) && check(op);
  }
};

class DeclarationsValidator {
 public:
  DeclarationsValidator(const Module& module, Allocator& allocator) : module_(module), expressions_(module, allocator) {}

  [[nodiscard]] bool run() {
    return check_types() && check_tags() && check_tables() && check_memories() && check_globals() && check_exports() &&
           check_start() && check_elements() && check_data();
  }
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  [[nodiscard]] bool check_types();
  [[nodiscard]] bool check_sub_type(uint32_t idx);
  [[nodiscard]] bool matches_super(const TypeDef& sub, const TypeDef& super) const;
  [[nodiscard]] bool matches_func(const FuncType& sub, const FuncType& super) const;
  [[nodiscard]] bool matches_field(const FieldType& sub, const FieldType& super) const;
  [[nodiscard]] bool check_tags();
  [[nodiscard]] bool check_tables();
  [[nodiscard]] bool check_memories();
  [[nodiscard]] bool check_memory(uint32_t idx);
  [[nodiscard]] bool check_globals();
  [[nodiscard]] bool check_exports();
  [[nodiscard]] bool check_start();
  [[nodiscard]] bool check_elements();
  [[nodiscard]] bool check_element_target(uint32_t idx);
  [[nodiscard]] bool check_element_items(uint32_t idx);
  [[nodiscard]] bool check_data();
  [[nodiscard]] bool check_limits(StringRef what, uint32_t idx, uint32_t position, const Limits& limits, uint64_t most);
  [[nodiscard]] uint32_t all_globals() const { return static_cast<uint32_t>(module_.globals.size()); }

  [[nodiscard]] bool expression(StringRef what, uint32_t idx, StringRef part, ByteRange range, ValType expected, uint32_t visible_globals,
                                uint32_t& end) {
    if (expressions_.validate(what, idx, part, range, expected, visible_globals, end)) return true;
    error_ = expressions_.error();
    return false;
  }
  template <class... Parts>
  [[gnu::cold]] bool fail(ErrorCode code, uint32_t position, const Parts&... parts) {
    error_ = Error::at(code, position, parts...);
    return false;
  }
  template <class... Parts>
  [[gnu::cold]] bool invalid(uint32_t position, const Parts&... parts) {
    return fail(ErrorCode::Invalid, position, parts...);
  }

  const Module& module_;
  ConstExprValidator expressions_;
  Error error_;
};

bool DeclarationsValidator::check_types() {
  for (uint32_t i = 0; i < module_.types.size(); ++i)
    if (module_.types[i].super != TypeDef::kNoSuper && !check_sub_type(i)) return false;
  return true;
}

bool DeclarationsValidator::check_sub_type(uint32_t idx) {
  const TypeDef& sub = module_.types[idx];
  const TypeDef& super = module_.types[sub.super];
  if (super.is_final) return invalid(sub.position, "type ", idx, ": sub type of type ", sub.super, ", which is final");
  if (sub.kind == super.kind && matches_super(sub, super)) return true;
  return invalid(sub.position, "type ", idx, ": sub type does not match its super type ", sub.super);
}

bool DeclarationsValidator::matches_super(const TypeDef& sub, const TypeDef& super) const {
  if (sub.kind == CompositeKind::Func) return matches_func(sub.func, super.func);
  if (sub.fields.size() < super.fields.size()) return false;
  for (size_t i = 0; i < super.fields.size(); ++i)
    if (!matches_field(sub.fields[i], super.fields[i])) return false;
  return true;
}

bool DeclarationsValidator::matches_func(const FuncType& sub, const FuncType& super) const {
  if (sub.params.size() != super.params.size() || sub.results.size() != super.results.size()) return false;
  for (size_t i = 0; i < sub.params.size(); ++i)
    if (!is_subtype(module_, super.params[i], sub.params[i])) return false;
  for (size_t i = 0; i < sub.results.size(); ++i)
    if (!is_subtype(module_, sub.results[i], super.results[i])) return false;
  return true;
}

bool DeclarationsValidator::matches_field(const FieldType& sub, const FieldType& super) const {
  if (sub.is_mutable != super.is_mutable) return false;
  return sub.is_mutable ? sub.type == super.type : is_subtype(module_, sub.type, super.type);
}

bool DeclarationsValidator::check_tags() {
  for (uint32_t i = 0; i < module_.tags.size(); ++i)
    if (!module_.types[module_.tags[i].type.type_idx].func.results.empty())
      return invalid(module_.tags[i].position, "tag ", i, ": non-empty tag result type");
  return true;
}

bool DeclarationsValidator::check_limits(StringRef what, uint32_t idx, uint32_t position, const Limits& limits, uint64_t most) {
  if (limits.min > most || (limits.has_max && limits.max > most))
    return invalid(position, what, " ", idx, ": ", what, " size must be at most ", most, what == "memory" ? " pages" : " elements",
                   most == kMaxPages32 ? " (4GiB)" : "");
  if (limits.has_max && limits.min > limits.max)
    return invalid(position, what, " ", idx, ": size minimum must not be greater than maximum");
  return true;
}

bool DeclarationsValidator::check_tables() {
  if (module_.tables.size() > 1 && !module_.features.has(Feature::ReferenceTypes))
    return fail(ErrorCode::Unsupported, module_.tables[1].position, "multiple tables: feature \"reference-types\" is off");
  for (uint32_t i = 0; i < module_.tables.size(); ++i) {
    const Table& table = module_.tables[i];
    const uint64_t most = table.type.limits.is_64 ? UINT64_MAX : UINT32_MAX;
    uint32_t end = 0;
    if (!check_limits("table", i, table.position, table.type.limits, most)) return false;
    if (table.init.size != 0) {
      if (!expression("table", i, "", table.init, table.type.element, module_.imported_globals, end)) return false;
    } else if (i >= module_.imported_tables && !table.type.element.is_defaultable()) {
      return invalid(table.position, "table ", i, ": type mismatch: elements of type ", text_of(table.type.element).str(),
                     " need an initial value");
    }
  }
  return true;
}

bool DeclarationsValidator::check_memories() {
  if (module_.memories.size() > 1 && !module_.features.has(Feature::MultiMemory))
    return fail(ErrorCode::Unsupported, module_.memories[1].position, "multiple memories: feature \"multi-memory\" is off");
  for (uint32_t i = 0; i < module_.memories.size(); ++i)
    if (!check_memory(i)) return false;
  return true;
}

bool DeclarationsValidator::check_memory(uint32_t idx) {
  const Memory& memory = module_.memories[idx];
  const Limits& limits = memory.type.limits;
  const unsigned page = memory.type.page_size_log2;
  if (page != 0 && page != 16) return invalid(memory.position, "memory ", idx, ": invalid custom page size 2^", page);
  // All addresses at most, and the number of pages must be an address.
  const uint64_t last_address = limits.is_64 ? UINT64_MAX : UINT32_MAX;
  const uint64_t most = page == 0 ? last_address : (last_address >> page) + 1;
  if (!check_limits("memory", idx, memory.position, limits, most)) return false;
  if (limits.is_shared && !limits.has_max) return invalid(memory.position, "memory ", idx, ": shared memory must have maximum");
  return true;
}

bool DeclarationsValidator::check_globals() {
  for (uint32_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
    const Global& global = module_.globals[i];
    uint32_t end = 0;
    if (!expression("global", i, "", global.init, global.type.type, i, end)) return false;
  }
  return true;
}

bool DeclarationsValidator::check_exports() {
  for (const Export& entry : module_.exports) {
    size_t count = 0;
    switch (entry.kind) {
      case ExternalKind::Func: count = module_.functions.size(); break;
      case ExternalKind::Table: count = module_.tables.size(); break;
      case ExternalKind::Memory: count = module_.memories.size(); break;
      case ExternalKind::Global: count = module_.globals.size(); break;
      case ExternalKind::Tag: count = module_.tags.size(); break;
    }
    if (entry.index >= count)
      return invalid(entry.offset, "export ", Quoted{entry.name.substr(0, 60)}, ": unknown ", name_of(entry.kind), " ", entry.index);
  }
  return true;
}

bool DeclarationsValidator::check_start() {
  if (module_.start == kNoIndex) return true;
  if (module_.start >= module_.functions.size()) return invalid(module_.start_position, "start: unknown function ", module_.start);
  const FuncType& type = module_.func_type(module_.start);
  if (type.params.empty() && type.results.empty()) return true;
  return invalid(module_.start_position, "start function must take and return nothing");
}

bool DeclarationsValidator::check_elements() {
  for (uint32_t i = 0; i < module_.elements.size(); ++i)
    if (!check_element_target(i) || !check_element_items(i)) return false;
  return true;
}

bool DeclarationsValidator::check_element_target(uint32_t idx) {
  const ElementSegment& segment = module_.elements[idx];
  if (segment.mode != SegmentMode::Active) return true;
  if (segment.table >= module_.tables.size())
    return invalid(segment.position, "element segment ", idx, ": unknown table ", segment.table);
  const TableType& table = module_.tables[segment.table].type;
  if (!is_subtype(module_, segment.type, table.element))
    return invalid(segment.position, "element segment ", idx, ": type mismatch: ", text_of(segment.type).str(), " in a table of ",
                   text_of(table.element).str());
  uint32_t end = 0;
  return expression("element segment", idx, ", offset", segment.offset, table.limits.is_64 ? ValType::I64 : ValType::I32, all_globals(),
                    end);
}

bool DeclarationsValidator::check_element_items(uint32_t idx) {
  const ElementSegment& segment = module_.elements[idx];
  if (segment.is_func_indices) {
    ByteReader reader(module_.slice(segment.items), segment.items.offset);
    for (uint32_t i = 0; i < segment.count; ++i) {
      uint32_t func_idx = 0;
      if (!reader.read_u32(func_idx) || func_idx >= module_.functions.size())
        return invalid(segment.position, "element segment ", idx, ": unknown function ", func_idx);
    }
    return true;
  }
  ByteRange rest = segment.items;
  for (uint32_t i = 0; i < segment.count; ++i) {
    uint32_t end = 0;
    if (!expression("element segment", idx, "", rest, segment.type, all_globals(), end)) return false;
    rest.size -= end - rest.offset;
    rest.offset = end;
  }
  return true;
}

bool DeclarationsValidator::check_data() {
  for (uint32_t i = 0; i < module_.data.size(); ++i) {
    const DataSegment& segment = module_.data[i];
    if (segment.mode != SegmentMode::Active) continue;
    if (segment.memory >= module_.memories.size())
      return invalid(segment.position, "data segment ", i, ": unknown memory ", segment.memory);
    uint32_t end = 0;
    const bool is_64 = module_.memories[segment.memory].type.limits.is_64;
    if (!expression("data segment", i, ", offset", segment.offset, is_64 ? ValType::I64 : ValType::I32, all_globals(), end)) return false;
  }
  return true;
}

}  // namespace

Status validate_declarations(const Module& module, Allocator& allocator) {
  DeclarationsValidator validator(module, allocator);
  if (validator.run()) return {};
  return validator.error();
}

}  // namespace umber::wasm
