// Instruction sequences, flat, folded, or mixed (https://webassembly.github.io/spec/core/text/instructions.html), straight
// to the binary format.
//
// Folding is only a notation: "(i32.add A B)" is A B i32.add. The parser keeps the parentheses that are open on a stack of
// its own and sets the bytes of an instruction aside until its operands have been written. So nesting costs no native
// stack, and no tree is ever built.
#pragma once

#include <vector>

#include "spec-tests/text/immediates.h"

namespace umber::text {

struct BranchHint {
  size_t offset = 0;  ///< of the branch in the output
  uint8_t value = 0;
};

class InstructionParser {
 public:
  InstructionParser(TokenCursor& cursor, ModuleScope& scope, const IndexSpace& locals, ByteSink& out)
      : cursor_(cursor), out_(out), immediates_(cursor, scope, locals, labels_, out) {}

  /// Instructions up to the parenthesis that closes the surrounding form; `end` is not written.
  void parse_sequence();
  /// Exactly one folded instruction.
  void parse_folded();
  [[nodiscard]] const std::vector<BranchHint>& branch_hints() const { return hints_; }

 private:
  /// What may follow inside an open parenthesis.
  enum class Form : uint8_t {
    Operands,        ///< "(i32.add": folded instructions; then comes what was set aside
    Body,            ///< "(block": instructions
    Condition,       ///< "(if": folded instructions, then "(then"
    Then,            ///< "(then": instructions
    AfterThen,       ///< "(else", or the end of the if
    Else,            ///< "(else": instructions
    Try,             ///< "(try": "(do"
    Do,              ///< "(do": instructions
    AfterDo,         ///< "(catch" and so on, or the end of the try
    Catch,           ///< "(catch" or "(catch_all": instructions
    Closed,          ///< an if or a try that can only end
    ClosedDelegate,  ///< a try with a delegate, which stands for the end
  };
  struct Fold {
    Form form = Form::Operands;
    size_t aside = 0;  ///< where its bytes start in aside_
    std::optional<std::string> label;
    std::optional<uint8_t> hint;
  };

  void run(bool only_one);
  void open_folded();
  [[nodiscard]] bool open_part();
  void open_instruction();
  void open_then();
  [[nodiscard]] bool open_handler(Fold& parent);
  void close_folded();
  void parse_flat();
  void continue_flat(wasm::Op op);
  void continue_try(wasm::Op op);
  void check_repeated_label();
  [[nodiscard]] bool allows_flat() const;

  /// The instruction that the present word names; fails if there is none.
  [[nodiscard]] std::optional<wasm::Op> find_mnemonic();
  /// A branch hint in front of the present token; `ahead` is how far the mnemonic is.
  [[nodiscard]] std::optional<uint8_t> take_hint(size_t ahead);
  void put_structured(wasm::Op op, bool is_folded);
  void end_block();
  void put_aside(size_t start);
  void restore(const Fold& fold);
  void put_hint(std::optional<uint8_t> hint);

  TokenCursor& cursor_;
  ByteSink& out_;
  LabelStack labels_;
  Immediates immediates_;
  std::vector<Fold> folds_;
  ByteSink aside_;  ///< instructions that wait for their operands, innermost last
  std::vector<BranchHint> hints_;
};

}  // namespace umber::text
