#include "spec-tests/text/instruction_parser.h"

#include "spec-tests/text/keywords.h"

namespace umber::text {

using wasm::Op;

namespace {

/// Opens a label.
bool is_structured(Op op) {
  return op == Op::Block || op == Op::Loop || op == Op::If || op == Op::Try || op == Op::TryTable;
}
/// Continues or ends a structured instruction.
bool is_part(Op op) {
  return op == Op::Else || op == Op::End || op == Op::Catch || op == Op::CatchAll || op == Op::Delegate;
}

}  // namespace

void InstructionParser::parse_sequence() { run(false); }

void InstructionParser::parse_folded() {
  if (!cursor_.at(TokenKind::Open)) return cursor_.fail_unexpected();
  run(true);
}

void InstructionParser::run(bool only_one) {
  do {
    if (cursor_.at(TokenKind::Open)) {
      open_folded();
    } else if (cursor_.at_close()) {
      if (folds_.empty()) break;
      close_folded();
    } else {
      parse_flat();
    }
  } while (cursor_.ok() && !(only_one && folds_.empty()));
  if (!labels_.empty()) cursor_.fail_unexpected();  // a flat block without its end
}

std::optional<Op> InstructionParser::find_mnemonic() {
  const std::optional<Op> op = cursor_.at(TokenKind::Keyword) ? op_of_text(cursor_.peek().text) : std::nullopt;
  if (!op) cursor_.fail_unexpected();
  return op;
}

std::optional<uint8_t> InstructionParser::take_hint(size_t ahead) {
  const Position place = cursor_.position();
  const bool is_target = cursor_.at_keyword("if", ahead) || cursor_.at_keyword("br_if", ahead);
  const std::optional<uint8_t> hint = accept_branch_hint(cursor_);
  if (hint && !is_target) cursor_.fail(place, "@metadata.code.branch_hint annotation: invalid target");
  return hint;
}

void InstructionParser::put_hint(std::optional<uint8_t> hint) {
  if (hint) hints_.push_back({out_.size(), *hint});
}

// Structured instructions in either notation.

/// Label, block type and what else belongs to the opening of a block, loop, if, try or try_table.
void InstructionParser::put_structured(Op op, bool is_folded) {
  Label label{cursor_.accept_id(), op, is_folded, false, false};
  immediates_.parse(op);
  labels_.push(std::move(label));
}

void InstructionParser::end_block() {
  immediates_.put_opcode(Op::End);
  labels_.pop();
}

// Flat notation.

bool InstructionParser::allows_flat() const {
  if (folds_.empty()) return true;
  const Form form = folds_.back().form;
  return form == Form::Body || form == Form::Then || form == Form::Else || form == Form::Do || form == Form::Catch;
}

void InstructionParser::parse_flat() {
  if (!allows_flat()) return cursor_.fail_unexpected();
  put_hint(take_hint(0));
  const std::optional<Op> op = find_mnemonic();
  if (!op) return;
  if (is_part(*op)) return continue_flat(*op);
  cursor_.take();
  if (is_structured(*op))
    put_structured(*op, false);
  else
    immediates_.parse(*op);
}

void InstructionParser::check_repeated_label() {
  const Position place = cursor_.position();
  const std::optional<std::string> name = cursor_.accept_id();
  if (name && name != labels_.top().name) cursor_.fail(place, "mismatching label $" + *name);
}

/// else, catch, catch_all, delegate and end of a block that was opened in the flat notation.
void InstructionParser::continue_flat(Op op) {
  if (labels_.empty() || labels_.top().is_folded) return cursor_.fail_unexpected();
  Label& label = labels_.top();
  if (op == Op::End) {
    cursor_.take();
    check_repeated_label();
    return end_block();
  }
  if (op != Op::Else) return continue_try(op);
  if (label.opener != Op::If || label.is_last_part) return cursor_.fail_unexpected();
  label.is_last_part = true;
  cursor_.take();
  check_repeated_label();
  immediates_.put_opcode(Op::Else);
}

void InstructionParser::continue_try(Op op) {
  Label& label = labels_.top();
  const bool is_delegate_late = op == Op::Delegate && label.has_catch;
  if (label.opener != Op::Try || label.is_last_part || is_delegate_late) return cursor_.fail_unexpected();
  cursor_.take();
  label.has_catch = true;
  label.is_last_part = op == Op::CatchAll;
  if (op == Op::Delegate) labels_.pop();  // its label counts from outside the try, which ends here
  immediates_.parse(op);
}

// Folded notation.

void InstructionParser::open_folded() {
  if (!open_part()) open_instruction();
}

/// The parts of a folded if or try. False if an instruction should come instead.
bool InstructionParser::open_part() {
  if (folds_.empty()) return false;
  Fold& parent = folds_.back();
  switch (parent.form) {
    case Form::Operands:
    case Form::Body:
    case Form::Then:
    case Form::Else:
    case Form::Do:
    case Form::Catch: return false;
    case Form::Condition:
      if (!cursor_.accept_form("then")) return false;
      open_then();
      return true;
    case Form::AfterThen:
      if (cursor_.accept_form("else")) {
        parent.form = Form::Closed;
        immediates_.put_opcode(Op::Else);
        folds_.push_back({Form::Else, aside_.size(), {}, {}});
        return true;
      }
      break;
    case Form::Try:
      if (cursor_.accept_form("do")) {
        parent.form = Form::AfterDo;
        folds_.push_back({Form::Do, aside_.size(), {}, {}});
        return true;
      }
      break;
    case Form::AfterDo:
      if (open_handler(parent)) return true;
      break;
    case Form::Closed:
    case Form::ClosedDelegate: break;
  }
  (void)cursor_.accept(TokenKind::Open);
  cursor_.fail_unexpected();
  return true;
}

/// "(then": the condition is complete, so now comes the if itself.
void InstructionParser::open_then() {
  Fold& parent = folds_.back();
  parent.form = Form::AfterThen;
  put_hint(parent.hint);
  restore(parent);
  labels_.push({parent.label, Op::If, true, false, false});
  folds_.push_back({Form::Then, aside_.size(), {}, {}});
}

/// "(catch x", "(catch_all" or "(delegate l)" behind the body of a try.
bool InstructionParser::open_handler(Fold& parent) {
  Label& label = labels_.top();
  if (!label.has_catch && cursor_.accept_form("delegate")) {
    parent.form = Form::ClosedDelegate;
    labels_.pop();
    immediates_.parse(Op::Delegate);
    cursor_.expect_close();
    return true;
  }
  const bool is_catch = cursor_.accept_form("catch");
  if (!is_catch && !cursor_.accept_form("catch_all")) return false;
  label.has_catch = true;
  if (!is_catch) parent.form = Form::Closed;
  immediates_.parse(is_catch ? Op::Catch : Op::CatchAll);
  folds_.push_back({Form::Catch, aside_.size(), {}, {}});
  return true;
}

void InstructionParser::open_instruction() {
  const std::optional<uint8_t> hint = take_hint(1);
  cursor_.expect_open();
  const std::optional<Op> op = find_mnemonic();
  if (!op) return;
  if (is_part(*op)) return cursor_.fail_unexpected();
  cursor_.take();
  if (is_structured(*op) && *op != Op::If) {
    put_structured(*op, true);
    return folds_.push_back({*op == Op::Try ? Form::Try : Form::Body, aside_.size(), {}, {}});
  }
  Fold fold{Form::Operands, aside_.size(), {}, hint};
  if (*op == Op::If) {
    fold.form = Form::Condition;
    fold.label = cursor_.accept_id();
  }
  const size_t start = out_.size();
  immediates_.parse(*op);
  put_aside(start);
  folds_.push_back(std::move(fold));
}

void InstructionParser::close_folded() {
  const Fold fold = folds_.back();
  switch (fold.form) {
    case Form::Operands:
      put_hint(fold.hint);
      restore(fold);
      break;
    case Form::Condition:
    case Form::Try: return cursor_.fail_unexpected();
    case Form::Body:
    case Form::Then:
    case Form::Else:
    case Form::Do:
    case Form::Catch:
      if (!labels_.top().is_folded) return cursor_.fail_unexpected();
      if (fold.form == Form::Body) end_block();
      break;
    case Form::AfterThen:
    case Form::AfterDo:
    case Form::Closed: end_block(); break;
    case Form::ClosedDelegate: break;
  }
  cursor_.expect_close();
  folds_.pop_back();
}

/// Moves what has been written since `start` out of the way.
void InstructionParser::put_aside(size_t start) {
  aside_.put_bytes(out_.bytes().subspan(start));
  out_.truncate(start);
}

void InstructionParser::restore(const Fold& fold) {
  out_.put_bytes(aside_.bytes().subspan(fold.aside));
  aside_.truncate(fold.aside);
}

}  // namespace umber::text
