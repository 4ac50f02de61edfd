// Reading a token list in order. The first error sticks, and after it the list reads as ended: every loop
// over tokens stops by itself, values read are harmless defaults, and no caller has to check each step. Callers may
// therefore run on after an error, but must look at ok() before they trust a result.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "spec-tests/text/lexer.h"

namespace umber::text {

class TokenCursor {
 public:
  /// The last token must be End; the tokens must outlive the cursor.
  explicit TokenCursor(std::span<const Token> tokens, std::span<const Annotation> annotations = {})
      : tokens_(tokens), annotations_(annotations), is_taken_(annotations.size()) {}

  [[nodiscard]] bool ok() const { return !error_; }
  [[nodiscard]] const TextError& error() const { return *error_; }
  /// Keeps the first error and ends the list.
  void fail(Position position, std::string message);
  /// The present token does not fit: "unknown operator" for words that mean nothing, otherwise "unexpected token".
  void fail_unexpected();

  [[nodiscard]] const Token& peek(size_t ahead = 0) const {
    return tokens_[index_ + ahead < tokens_.size() ? index_ + ahead : tokens_.size() - 1];
  }
  const Token& take();
  /// The token taken last; there must be one.
  [[nodiscard]] const Token& previous() const { return tokens_[index_ == 0 ? 0 : index_ - 1]; }
  [[nodiscard]] Position position() const { return peek().position; }
  [[nodiscard]] size_t index() const { return index_; }
  /// Continues at a token passed before; without effect after an error.
  void seek(size_t index);

  [[nodiscard]] bool at(TokenKind kind) const { return peek().kind == kind; }
  [[nodiscard]] bool at_end() const { return at(TokenKind::End); }
  /// At a closing parenthesis, or nothing is left to read.
  [[nodiscard]] bool at_close() const { return at(TokenKind::Close) || at_end(); }
  [[nodiscard]] bool at_keyword(std::string_view keyword, size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::Keyword && peek(ahead).text == keyword;
  }
  /// At "(keyword".
  [[nodiscard]] bool at_form(std::string_view keyword) const { return at(TokenKind::Open) && at_keyword(keyword, 1); }
  /// At something that is no token, or a word that means nothing anywhere.
  [[nodiscard]] bool at_unknown_word() const;
  /// At something that may name an entity: a Nat or an Id.
  [[nodiscard]] bool at_index() const { return at(TokenKind::Nat) || at(TokenKind::Id); }

  [[nodiscard]] bool accept(TokenKind kind);
  [[nodiscard]] bool accept_keyword(std::string_view keyword);
  /// Takes "(keyword" if it is there.
  [[nodiscard]] bool accept_form(std::string_view keyword);

  void expect(TokenKind kind);
  void expect_keyword(std::string_view keyword);
  void expect_open() { expect(TokenKind::Open); }
  void expect_close() { expect(TokenKind::Close); }
  /// Passes everything up to the closing parenthesis of the form we are in, and that, too.
  void skip_rest_of_form();

  /// The bytes of the next string.
  [[nodiscard]] std::string take_string();
  /// The next string, which must be UTF-8.
  [[nodiscard]] std::string take_name();
  /// All strings up to the next other token, joined.
  [[nodiscard]] std::string take_strings();
  /// The name of the next token if that is an Id.
  [[nodiscard]] std::optional<std::string> accept_id();
  /// An unsigned number; "i32 constant out of range" if it does not fit.
  [[nodiscard]] uint64_t take_nat(unsigned bits);
  [[nodiscard]] uint32_t take_u32() { return static_cast<uint32_t>(take_nat(32)); }

  /// There is an annotation with this id in front of the present token that nobody has taken yet.
  [[nodiscard]] bool at_annotation(std::string_view id) const { return find_annotation(id).has_value(); }
  /// Takes the first such annotation, or answers null.
  [[nodiscard]] const Annotation* accept_annotation(std::string_view id);
  /// The first annotation in the list that nobody has taken, or null.
  [[nodiscard]] const Annotation* untaken_annotation() const;

 private:
  [[nodiscard]] std::optional<size_t> find_annotation(std::string_view id) const;

  std::span<const Token> tokens_;
  std::span<const Annotation> annotations_;  ///< in the order of before_token
  std::vector<bool> is_taken_;               ///< of each annotation
  size_t index_ = 0;
  std::optional<TextError> error_;
};

}  // namespace umber::text
