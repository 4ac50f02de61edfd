// One instruction without its operands and its body: the mnemonic and the immediates behind it, written as the binary
// format has them. The Immediate column of opcodes.def decides about the syntax; the few mnemonics that stand for more than
// one opcode are resolved here, too.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "decoder/wasm/opcode.h"
#include "spec-tests/text/module_scope.h"

namespace umber::text {

/// A structured instruction that is open at some point of a function.
struct Label {
  std::optional<std::string> name;
  wasm::Op opener = wasm::Op::Block;
  bool is_folded = false;     ///< opened as "(block", so a parenthesis ends it
  bool has_catch = false;     ///< so it cannot delegate
  bool is_last_part = false;  ///< no else, catch or catch_all may follow any more
};

/// The open structured instructions, outermost first.
class LabelStack {
 public:
  [[nodiscard]] bool empty() const { return labels_.empty(); }
  [[nodiscard]] Label& top() { return labels_.back(); }
  void push(Label label);
  void pop();
  /// Reads a label: how many labels out it is.
  [[nodiscard]] uint32_t take_index(TokenCursor& cursor) const;

 private:
  std::vector<Label> labels_;
  /// Where the labels of each name stand in labels_. An inner label hides an outer one of the same name.
  std::unordered_map<std::string, std::vector<size_t>> places_;
};

class Immediates {
 public:
  Immediates(TokenCursor& cursor, ModuleScope& scope, const IndexSpace& locals, const LabelStack& labels, ByteSink& out)
      : cursor_(cursor), scope_(scope), locals_(locals), labels_(labels), out_(out) {}

  void put_opcode(wasm::Op op);
  /// Writes the opcode and the immediates, which are the next tokens; the mnemonic has been taken. The label of a
  /// structured instruction, which comes in front of them, must have been taken, too.
  void parse(wasm::Op op);

 private:
  void parse_cast(wasm::Op non_null, wasm::Op nullable);
  void put_index(const IndexSpace& space) { out_.put_unsigned(space.take_index(cursor_)); }
  uint32_t put_type_index();
  void put_data_index();
  /// An index that may be left out, which means 0.
  [[nodiscard]] uint32_t take_optional_index(const IndexSpace& space);
  /// Two indices of one space, or none, which means 0 0.
  void put_index_pair(const IndexSpace& space);
  /// "segment" or "container segment"; the binary format has the segment first.
  void put_segment_and_container(const IndexSpace& segments, const IndexSpace& containers);
  void parse_label_table();
  void parse_call_indirect();
  void parse_br_on_cast();
  void parse_catch_clauses();
  /// "memory? offset=n? align=n?", and a lane where the immediate has one.
  void parse_memory_argument(wasm::Immediate immediate);
  /// The number behind "offset=" or "align=".
  [[nodiscard]] std::optional<uint64_t> accept_assignment(std::string_view key);
  void put_lane();
  void parse_shuffle();
  void parse_v128();

  TokenCursor& cursor_;
  ModuleScope& scope_;
  const IndexSpace& locals_;
  const LabelStack& labels_;
  ByteSink& out_;
};

}  // namespace umber::text
