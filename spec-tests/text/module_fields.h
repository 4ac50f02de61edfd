// The module fields other than types and function bodies, each from behind its opening keyword to its closing parenthesis.
#pragma once

#include <array>
#include <vector>

#include "spec-tests/text/binary_writer.h"
#include "spec-tests/text/module_scope.h"

namespace umber::text {

/// A function whose signature has been read. Its locals and instructions start at a token.
struct PendingBody {
  uint32_t function_idx = 0;
  size_t token_index = 0;
  IndexSpace locals;
};

class ModuleFields {
 public:
  ModuleFields(TokenCursor& cursor, ModuleScope& scope, EncodedModule& module)
      : cursor_(cursor), scope_(scope), module_(module) {}

  void parse_field(std::string_view keyword);
  [[nodiscard]] std::vector<PendingBody>& pending_bodies() { return pending_bodies_; }

 private:
  using Kind = wasm::ExternalKind;
  /// The contents of an element segment. Function indices are kept in both forms: which one is written depends on the
  /// type.
  struct Elements {
    bool is_indices = false;  ///< given as function indices
    wasm::ValType type;       ///< otherwise of this type
    uint32_t count = 0;
    ByteSink function_indices;
    ByteSink expressions;
  };

  void parse_import();
  void parse_export();
  void parse_start();
  void parse_func();
  void parse_table();
  void parse_memory();
  void parse_global();
  void parse_tag();
  void parse_elem();
  void parse_data();

  /// A new entry of a section; the caller writes what is in it.
  [[nodiscard]] ByteSink& begin_entry(SectionKind kind);
  [[nodiscard]] Kind take_kind();
  void put_export(const std::string& name, Kind kind, uint32_t index);
  void begin_import(const std::string& module_name, const std::string& name, Kind kind);
  void finish_import(Kind kind);
  /// What may stand in front of an entity's type: its id, "(export …)"*, "(import …)". True if there was an import; the
  /// field has been read to its end then.
  [[nodiscard]] bool take_inline_import_export(Kind kind);
  void take_tag_type(ByteSink& out);

  void parse_expression(ByteSink& out);
  void parse_folded_expression(ByteSink& out);
  void parse_short_expression(std::string_view word, ByteSink& out);
  void put_zero(ByteSink& out, bool is_64);
  [[nodiscard]] bool at_active_segment() const;
  [[nodiscard]] uint32_t take_use(std::string_view word, const IndexSpace& space);

  void parse_table_with_elements(uint32_t table_idx, bool is_64);
  void take_element_list(Elements& elements);
  void take_function_indices(Elements& elements);
  void take_element_expressions(Elements& elements);
  void put_elements(uint8_t flags, const ByteSink& table_and_offset, const Elements& elements);
  void put_active_elements(uint32_t table_idx, const ByteSink& offset, const Elements& elements);
  void parse_memory_with_data(uint32_t memory_idx, bool is_64);
  void put_active_data(uint32_t memory_idx, const ByteSink& offset, const std::string& bytes);

  TokenCursor& cursor_;
  ModuleScope& scope_;
  EncodedModule& module_;
  std::array<uint32_t, 5> counts_ = {};  ///< entities read so far, by Kind
  std::vector<PendingBody> pending_bodies_;
};

/// The kind of entity that a module field or an import describes, such as "func".
[[nodiscard]] std::optional<wasm::ExternalKind> external_kind_of(std::string_view keyword);

}  // namespace umber::text
