#include "spec-tests/text/token_cursor.h"

#include <algorithm>

#include "spec-tests/text/keywords.h"
#include "spec-tests/text/literals.h"
#include "spec-tests/text/utf8.h"

namespace umber::text {

void TokenCursor::fail(Position position, std::string message) {
  if (error_) return;
  error_ = TextError(position, std::move(message));
  index_ = tokens_.size() - 1;
}

void TokenCursor::fail_unexpected() {
  const Token& token = peek();
  const std::string text(token.text);
  if (at_unknown_word())
    fail(token.position, "unknown operator " + text);
  else
    fail(token.position, token.kind == TokenKind::End ? "unexpected token: end of input" : "unexpected token " + text);
}

bool TokenCursor::at_unknown_word() const {
  return at(TokenKind::Reserved) || (at(TokenKind::Keyword) && !is_keyword(peek().text));
}

const Token& TokenCursor::take() {
  const Token& token = peek();
  if (index_ + 1 < tokens_.size()) ++index_;
  return token;
}

void TokenCursor::seek(size_t index) {
  if (ok()) index_ = index;
}

bool TokenCursor::accept(TokenKind kind) {
  if (!at(kind)) return false;
  take();
  return true;
}

bool TokenCursor::accept_keyword(std::string_view keyword) {
  if (!at_keyword(keyword)) return false;
  take();
  return true;
}

bool TokenCursor::accept_form(std::string_view keyword) {
  if (!at_form(keyword)) return false;
  take();
  take();
  return true;
}

void TokenCursor::expect(TokenKind kind) {
  if (!accept(kind)) fail_unexpected();
}

void TokenCursor::expect_keyword(std::string_view keyword) {
  if (!accept_keyword(keyword)) fail_unexpected();
}

void TokenCursor::skip_rest_of_form() {
  for (size_t depth = 1; depth > 0;) {
    if (at_end()) return fail_unexpected();
    const TokenKind kind = take().kind;
    if (kind == TokenKind::Open) ++depth;
    if (kind == TokenKind::Close) --depth;
  }
}

std::string TokenCursor::take_string() {
  if (at(TokenKind::String)) return decode_string(take().text);
  fail_unexpected();
  return {};
}

std::string TokenCursor::take_name() {
  const Position place = position();
  std::string name = take_string();
  if (!is_utf8(name)) fail(place, "malformed UTF-8 encoding");
  return name;
}

std::string TokenCursor::take_strings() {
  std::string bytes;
  while (at(TokenKind::String)) bytes += decode_string(take().text);
  return bytes;
}

std::optional<std::string> TokenCursor::accept_id() {
  if (!at(TokenKind::Id)) return std::nullopt;
  return decode_id(take().text);
}

uint64_t TokenCursor::take_nat(unsigned bits) {
  if (!at(TokenKind::Nat)) {
    fail_unexpected();
    return 0;
  }
  const Token& token = take();
  const std::optional<uint64_t> value = parse_nat(token.text, bits);
  if (!value) fail(token.position, "i" + std::to_string(bits) + " constant out of range");
  return value.value_or(0);
}

std::optional<size_t> TokenCursor::find_annotation(std::string_view id) const {
  const auto is_before = [](const Annotation& annotation, size_t index) { return annotation.before_token < index; };
  const auto first = std::lower_bound(annotations_.begin(), annotations_.end(), index_, is_before);
  for (auto i = static_cast<size_t>(first - annotations_.begin()); i < annotations_.size(); ++i) {
    if (annotations_[i].before_token != index_) break;
    if (!is_taken_[i] && annotations_[i].id == id) return i;
  }
  return std::nullopt;
}

const Annotation* TokenCursor::accept_annotation(std::string_view id) {
  const std::optional<size_t> found = find_annotation(id);
  if (!found) return nullptr;
  is_taken_[*found] = true;
  return &annotations_[*found];
}

const Annotation* TokenCursor::untaken_annotation() const {
  const auto found = std::find(is_taken_.begin(), is_taken_.end(), false);
  return found == is_taken_.end() ? nullptr : &annotations_[static_cast<size_t>(found - is_taken_.begin())];
}

}  // namespace umber::text
