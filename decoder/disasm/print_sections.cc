#include "decoder/disasm/instruction_text.h"
#include "decoder/disasm/print_wasm.h"

namespace umber::wasm {
namespace {

class SectionPrinter {
 public:
  SectionPrinter(const Module& module, TextOutput& output) : module_(module), out_(output) {}

  void print();

 private:
  void print_types();
  void print_imports();
  void print_functions();
  void print_tables();
  void print_memories();
  void print_globals();
  void print_tags();
  void print_exports();
  void print_elements();
  void print_data();
  void print_custom();

  void heading(const char* name, size_t count);
  void entry(size_t idx) {
    out_.add("  ");
    out_.add_aligned(idx, 4);
    out_.add(" ");
  }
  void add_type(const TypeDef& type);
  void add_field(const FieldType& field);
  void add_limits(const Limits& limits);
  void add_expr(ByteRange range);
  void add_mode(SegmentMode mode, const char* target, uint32_t idx, ByteRange offset);
  /// The entries of an index space that the module defines itself, each by `add`.
  template <class T, class Add>
  void print_defined(const char* name, std::span<T> items, uint32_t imported, Add add);

  const Module& module_;
  TextWriter out_;
};

void SectionPrinter::print() {
  out_.add("module of ", module_.bytes.size(), " bytes");
  out_.newline();
  print_types();
  print_imports();
  print_functions();
  print_tables();
  print_memories();
  print_tags();
  print_globals();
  print_exports();
  if (module_.start != kNoIndex) {
    out_.add("start: function ", module_.start);
    out_.newline();
  }
  print_elements();
  print_data();
  print_custom();
}

void SectionPrinter::heading(const char* name, size_t count) {
  out_.add(name, ": ", count);
  out_.newline();
}

template <class T, class Add>
void SectionPrinter::print_defined(const char* name, std::span<T> items, uint32_t imported, Add add) {
  if (items.size() == imported) return;
  heading(name, items.size() - imported);
  for (size_t i = imported; i < items.size(); ++i) {
    entry(i);
    add(items[i]);
    out_.newline();
  }
}

void SectionPrinter::print_types() {
  print_defined("types", module_.types, 0, [&](const TypeDef& type) {
    add_type(type);
    if (type.group_size > 1) out_.add(" in group of ", type.group_size, " from ", type.group_start);
    if (&module_.types[type.canonical] != &type) out_.add(" = type ", type.canonical);
  });
}

void SectionPrinter::add_type(const TypeDef& type) {
  const bool is_plain = type.is_final && type.super == TypeDef::kNoSuper;
  if (!is_plain) out_.add("(sub ", type.is_final ? "final " : "");
  if (type.super != TypeDef::kNoSuper) out_.add(type.super, " ");
  switch (type.kind) {
    case CompositeKind::Func:
      out_.add("(func");
      add_func_type(out_, type.func);
      break;
    case CompositeKind::Struct:
      out_.add("(struct");
      for (const FieldType& field : type.fields) {
        out_.add(" (field ");
        add_field(field);
        out_.add(")");
      }
      break;
    case CompositeKind::Array:
      out_.add("(array ");
      if (!type.fields.empty()) add_field(type.fields[0]);
      break;
  }
  out_.add(is_plain ? ")" : "))");
}

void SectionPrinter::add_field(const FieldType& field) {
  if (field.is_mutable) out_.add("(mut ", text_of(field.type), ")");
  else out_.add(text_of(field.type));
}

void SectionPrinter::add_limits(const Limits& limits) {
  out_.add(limits.is_64 ? "i64 " : "", limits.min);
  if (limits.has_max) out_.add(" ", limits.max);
  if (limits.is_shared) out_.add(" shared");
}

void SectionPrinter::add_expr(ByteRange range) { add_const_expr(out_, module_.slice(range), range.offset, module_.features); }

void SectionPrinter::print_imports() {
  print_defined("imports", module_.imports, 0, [&](const Import& import) {
    out_.add(Quoted{import.module}, " ", Quoted{import.name}, " ", name_of(import.kind), " ", import.index);
    if (import.kind == ExternalKind::Func) out_.add(" (type ", module_.function_types[import.index], ")");
  });
}

void SectionPrinter::print_functions() {
  print_defined("functions", module_.functions, module_.imported_functions, [&](const Func& func) {
    out_.add("(type ", module_.function_types[static_cast<size_t>(&func - module_.functions.data())], ") body at ", Hex{func.body.offset}, ", ", func.body.size, " bytes");
  });
}

void SectionPrinter::print_tables() {
  print_defined("tables", module_.tables, module_.imported_tables, [&](const Table& table) {
    add_limits(table.type.limits);
    out_.add(" ", text_of(table.type.element));
    if (table.init.size == 0) return;
    out_.add(" = ");
    add_expr(table.init);
  });
}

void SectionPrinter::print_memories() {
  print_defined("memories", module_.memories, module_.imported_memories, [&](const Memory& memory) {
    add_limits(memory.type.limits);
    if (memory.type.page_size_log2 != 16) out_.add(" (pagesize 2^", static_cast<unsigned>(memory.type.page_size_log2), ")");
  });
}

void SectionPrinter::print_globals() {
  print_defined("globals", module_.globals, module_.imported_globals, [&](const Global& global) {
    add_field({global.type.type, global.type.is_mutable});
    out_.add(" = ");
    add_expr(global.init);
  });
}

void SectionPrinter::print_tags() {
  print_defined("tags", module_.tags, module_.imported_tags, [&](const Tag& tag) { out_.add("(type ", tag.type.type_idx, ")"); });
}

void SectionPrinter::print_exports() {
  print_defined("exports", module_.exports, 0, [&](const Export& item) {
    out_.add(Quoted{item.name}, " ", name_of(item.kind), " ", item.index);
  });
}

void SectionPrinter::add_mode(SegmentMode mode, const char* target, uint32_t idx, ByteRange offset) {
  switch (mode) {
    case SegmentMode::Passive: out_.add("passive"); return;
    case SegmentMode::Declarative: out_.add("declarative"); return;
    case SegmentMode::Active:
      out_.add(target, " ", idx, " at ");
      add_expr(offset);
      return;
  }
}

void SectionPrinter::print_elements() {
  print_defined("element segments", module_.elements, 0, [&](const ElementSegment& segment) {
    add_mode(segment.mode, "table", segment.table, segment.offset);
    out_.add(", ", segment.count, " of ", text_of(segment.type));
  });
}

void SectionPrinter::print_data() {
  print_defined("data segments", module_.data, 0, [&](const DataSegment& segment) {
    add_mode(segment.mode, "memory", segment.memory, segment.offset);
    out_.add(", ", segment.bytes.size, " bytes at ", Hex{segment.bytes.offset});
  });
}

void SectionPrinter::print_custom() {
  print_defined("custom sections", module_.custom_sections, 0, [&](const CustomSection& section) {
    out_.add(Quoted{section.name}, ", ", section.content.size, " bytes at ", Hex{section.content.offset});
  });
}

}  // namespace

void print_sections(const Module& module, TextOutput& output) { SectionPrinter(module, output).print(); }

}  // namespace umber::wasm
