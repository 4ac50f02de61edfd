#include "spec-tests/text/module_parser.h"

#include "spec-tests/text/instruction_parser.h"
#include "spec-tests/text/module_fields.h"

namespace umber::text {
namespace {

class ModuleParser {
 public:
  explicit ModuleParser(const TokenList& tokens)
      : cursor_(tokens.tokens, tokens.annotations), scope_(cursor_), fields_(cursor_, scope_, module_) {}

  TextResult<EncodedModule> parse() {
    const bool is_wrapped = cursor_.accept_form("module");
    if (is_wrapped) parse_module_head();
    declare_fields();
    if (is_wrapped) cursor_.expect_close();
    cursor_.expect(TokenKind::End);

    parse_fields(Round::Types);
    parse_fields(Round::Others);
    for (PendingBody& body : fields_.pending_bodies()) parse_body(body);
    check_annotations_taken(cursor_);
    if (!cursor_.ok()) return cursor_.error();
    finish();
    return std::move(module_);
  }

 private:
  enum class Round : uint8_t { Types, Others };
  struct Field {
    std::string_view keyword;
    size_t token_index = 0;  ///< behind the keyword
  };

  void parse_module_head() {
    (void)cursor_.accept_keyword("definition");
    module_.name = cursor_.accept_id();
    const std::optional<std::string> annotated = accept_name_annotation(cursor_);
    if (annotated) module_.name = annotated;
    if (annotated && cursor_.at_annotation("name")) cursor_.fail(cursor_.position(), "@name annotation: multiple module");
  }

  // The first round: ids.

  void declare_fields() {
    take_custom_sections();
    while (cursor_.at(TokenKind::Open)) {
      cursor_.take();
      const std::string_view keyword = cursor_.peek().text;
      if (!declare_field(keyword)) return cursor_.fail_unexpected();
      take_custom_sections();
    }
  }
  void take_custom_sections() {
    while (std::optional<CustomSection> section = accept_custom_annotation(cursor_))
      module_.custom_sections.push_back(std::move(*section));
  }

  /// At the keyword of a field. False if it is none.
  [[nodiscard]] bool declare_field(std::string_view keyword) {
    if (!cursor_.at(TokenKind::Keyword)) return false;
    const Position place = cursor_.position();
    const std::optional<wasm::ExternalKind> kind = external_kind_of(keyword);
    const bool is_segment = keyword == "elem" || keyword == "data";
    const bool is_other =
        keyword == "type" || keyword == "rec" || keyword == "import" || keyword == "export" || keyword == "start";
    if (!kind && !is_segment && !is_other) return false;
    cursor_.take();
    field_list_.push_back({keyword, cursor_.index()});
    if (kind) {
      declare_entity(*kind, place);
    } else if (keyword == "type") {
      scope_.types.names.declare(cursor_);
    } else if (keyword == "rec") {
      declare_rec_group();
    } else if (keyword == "import") {
      declare_import(place);
    } else if (is_segment) {
      (keyword == "elem" ? scope_.elems : scope_.datas).declare(cursor_);
    }
    cursor_.skip_rest_of_form();
    return true;
  }

  void declare_rec_group() {
    while (cursor_.accept_form("type")) {
      scope_.types.names.declare(cursor_);
      cursor_.skip_rest_of_form();
    }
  }

  void declare_entity(wasm::ExternalKind kind, Position place) {
    scope_.space_of(kind).declare(cursor_);
    while (cursor_.accept_form("export")) cursor_.skip_rest_of_form();
    if (cursor_.at_form("import")) return check_import_order(place);
    if (defined_.empty()) defined_ = noun_of(kind);
    declare_inline_segment(kind);
  }
  /// A table may have its elements with it, a memory its data: a segment without id.
  void declare_inline_segment(wasm::ExternalKind kind) {
    const bool is_table = kind == wasm::ExternalKind::Table;
    if (!is_table && kind != wasm::ExternalKind::Memory) return;
    while (!cursor_.at_close()) {
      if (cursor_.at_form(is_table ? "elem" : "data")) return (is_table ? scope_.elems : scope_.datas).declare_anonymous();
      if (cursor_.take().kind == TokenKind::Open) cursor_.skip_rest_of_form();
    }
  }
  void declare_import(Position place) {
    check_import_order(place);
    (void)cursor_.take_name();
    (void)cursor_.take_name();
    cursor_.expect_open();
    const std::optional<wasm::ExternalKind> kind = external_kind_of(cursor_.peek().text);
    if (!kind) return cursor_.fail_unexpected();
    cursor_.take();
    scope_.space_of(*kind).declare(cursor_);
    cursor_.skip_rest_of_form();
  }
  void check_import_order(Position place) {
    if (!defined_.empty()) cursor_.fail(place, "import after " + std::string(defined_));
  }
  [[nodiscard]] static std::string_view noun_of(wasm::ExternalKind kind) {
    switch (kind) {
      case wasm::ExternalKind::Func: return "function";
      case wasm::ExternalKind::Table: return "table";
      case wasm::ExternalKind::Memory: return "memory";
      case wasm::ExternalKind::Global: return "global";
      case wasm::ExternalKind::Tag: return "tag";
    }
    return {};
  }

  // The other rounds.

  void parse_fields(Round round) {
    for (const Field& field : field_list_) {
      cursor_.seek(field.token_index);
      const bool is_type = field.keyword == "type" || field.keyword == "rec";
      if (is_type != (round == Round::Types)) continue;
      if (!is_type)
        fields_.parse_field(field.keyword);
      else if (field.keyword == "type")
        scope_.types.parse_type_field();
      else
        scope_.types.parse_rec_field();
    }
  }

  void parse_body(PendingBody& pending) {
    cursor_.seek(pending.token_index);
    ByteSink body;
    take_locals(pending.locals, body);
    InstructionParser instructions(cursor_, scope_, pending.locals, body);
    instructions.parse_sequence();
    body.put_u8(static_cast<uint8_t>(wasm::info_of(wasm::Op::End).code));
    cursor_.expect_close();

    Section& section = module_.section(SectionKind::Code);
    section.entries.put_sized(body);
    ++section.count;
    module_.local_names.resize(pending.function_idx + 1);
    module_.local_names.back() = pending.locals.names();
    put_branch_hints(pending.function_idx, instructions.branch_hints());
  }

  /// Writes runs of locals of one type.
  void take_locals(IndexSpace& locals, ByteSink& out) {
    std::vector<wasm::ValType> types;
    while (cursor_.accept_form("local")) {
      if (at_declared_name(cursor_)) {
        locals.declare(cursor_);
        types.push_back(scope_.types.take_val_type());
      } else {
        for (; !cursor_.at_close(); locals.declare_anonymous()) types.push_back(scope_.types.take_val_type());
      }
      cursor_.expect_close();
    }
    ByteSink runs;
    uint32_t run_count = 0;
    for (size_t begin = 0; begin < types.size(); ++run_count) {
      size_t end = begin;
      while (end < types.size() && types[end] == types[begin]) ++end;
      runs.put_unsigned(end - begin);
      put_val_type(runs, types[begin]);
      begin = end;
    }
    out.put_unsigned(run_count);
    out.put_bytes(runs.bytes());
  }

  void put_branch_hints(uint32_t function_idx, const std::vector<BranchHint>& hints) {
    if (hints.empty()) return;
    ++hints_.count;
    hints_.entries.put_unsigned(function_idx);
    hints_.entries.put_unsigned(hints.size());
    for (const BranchHint& hint : hints) {
      hints_.entries.put_unsigned(hint.offset);
      hints_.entries.put_unsigned(1);
      hints_.entries.put_u8(hint.value);
    }
  }

  void finish() {
    module_.section(SectionKind::Type) = std::move(scope_.types.section);
    if (scope_.uses_data_in_code) module_.data_count = module_.section(SectionKind::Data).count;
    if (hints_.count > 0) {
      ByteSink content;
      content.put_unsigned(hints_.count);
      content.put_bytes(hints_.entries.bytes());
      const std::string bytes(content.bytes().begin(), content.bytes().end());
      module_.custom_sections.push_back({"metadata.code.branch_hint", bytes, SectionKind::Code, true});
    }
    module_.function_names = scope_.functions.names();
    module_.type_names = scope_.types.names.names();
    module_.table_names = scope_.tables.names();
    module_.memory_names = scope_.memories.names();
    module_.global_names = scope_.globals.names();
    module_.elem_names = scope_.elems.names();
    module_.data_names = scope_.datas.names();
    module_.tag_names = scope_.tags.names();
  }

  TokenCursor cursor_;
  ModuleScope scope_;
  EncodedModule module_;
  ModuleFields fields_;
  std::vector<Field> field_list_;
  std::string_view defined_;  ///< noun of the first entity that is not imported
  Section hints_;             ///< of the functions that have any
};

}  // namespace

TextResult<EncodedModule> parse_module(const TokenList& tokens) { return ModuleParser(tokens).parse(); }

}  // namespace umber::text
