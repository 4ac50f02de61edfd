// The longest match decides in this grammar: "0$x" is one reserved word, not a number and an id. So the lexer takes the
// longest run of word characters and strings first (scan_word), and only then asks what it has got (classify_word).
#include "spec-tests/text/lexer.h"

#include <array>
#include <optional>

#include "spec-tests/text/literals.h"
#include "spec-tests/text/utf8.h"

namespace umber::text {
namespace {

constexpr bool is_id_char(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return c != 0 && std::string_view("!#$%&'*+-./:<=>?@\\^_`|~").find(c) != std::string_view::npos;
}
/// Characters that may occur in a reserved word but in no token.
constexpr bool is_separator(char c) { return c != 0 && std::string_view(",;[]{}").find(c) != std::string_view::npos; }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_control(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }

/// Annotations that are kept; all others are white space.
constexpr std::array<std::string_view, 3> kKnownAnnotations = {"name", "custom", "metadata.code.branch_hint"};
bool is_known_annotation(std::string_view id) {
  for (std::string_view known : kKnownAnnotations)
    if (id == known) return true;
  return false;
}

class Lexer {
 public:
  Lexer(std::string_view source, Position start) : source_(source), start_(start), line_(start.line) {}

  TextResult<TokenList> run() {
    while (!error_ && skip_space()) lex_token();
    if (!error_ && annotation_) fail(annotation_->position, "unclosed annotation");
    if (error_) return *error_;
    push(TokenKind::End, at_, at_);
    return std::move(result_);
  }

 private:
  /// An annotation that is being read.
  struct OpenAnnotation {
    Position position;
    size_t depth = 0;       ///< open parentheses inside
    bool is_known = false;  ///< its tokens go to result_.annotations.back()
  };

  [[nodiscard]] char peek(size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }
  [[nodiscard]] bool looking_at(std::string_view text) const { return source_.substr(at_, text.size()) == text; }
  [[nodiscard]] Position position_of(size_t offset) const {
    const size_t column = offset - line_start_ + (line_start_ == 0 ? start_.column : 1);
    return {line_, static_cast<uint32_t>(column)};
  }
  void fail(Position position, std::string message) {
    if (!error_) error_ = TextError(position, std::move(message));
  }
  void fail_here(std::string message) { fail(position_of(at_), std::move(message)); }

  // White space and comments. Each returns with at_ behind what it took.

  /// False at the end of the source or on an error.
  bool skip_space() {
    while (at_ < source_.size() && !error_) {
      if (is_space(peek())) {
        take_space();
      } else if (looking_at(";;")) {
        skip_line_comment();
      } else if (looking_at("(;")) {
        skip_block_comment();
      } else {
        return true;
      }
    }
    return false;
  }
  void take_space() {
    const char c = source_[at_++];
    const bool ends_line = c == '\n' || (c == '\r' && peek() != '\n');
    if (!ends_line) return;
    ++line_;
    line_start_ = at_;
  }
  /// One code point inside a comment.
  void skip_code_point() {
    const size_t length = utf8_length(source_.substr(at_));
    if (length == 0) return fail_here("malformed UTF-8 encoding");
    at_ += length;
  }
  void skip_line_comment() {
    while (at_ < source_.size() && peek() != '\n' && peek() != '\r' && !error_) skip_code_point();
  }
  void skip_block_comment() {
    const Position opening = position_of(at_);
    size_t depth = 0;
    while (at_ < source_.size() && !error_) {
      if (looking_at("(;")) {
        ++depth;
        at_ += 2;
      } else if (looking_at(";)")) {
        at_ += 2;
        if (--depth == 0) return;
      } else if (is_space(peek())) {
        take_space();
      } else {
        skip_code_point();
      }
    }
    fail(opening, "unclosed comment");
  }

  // Tokens.

  void lex_token() {
    const char c = peek();
    if (c == '(') {
      if (peek(1) == '@' && !annotation_) return open_annotation();
      if (annotation_) ++annotation_->depth;
      push(TokenKind::Open, at_, at_ + 1);
      ++at_;
    } else if (c == ')') {
      close();
    } else if (is_id_char(c) || is_separator(c) || c == '"') {
      lex_word();
    } else if (static_cast<uint8_t>(c) >= 0x80 && utf8_length(source_.substr(at_)) == 0) {
      fail_here("malformed UTF-8 encoding");
    } else {
      fail_here("illegal character");
    }
  }

  void close() {
    if (annotation_ && annotation_->depth-- == 0) {
      push(TokenKind::End, at_, at_);
      annotation_.reset();
    } else {
      push(TokenKind::Close, at_, at_ + 1);
    }
    ++at_;
  }

  void lex_word() {
    const size_t begin = at_;
    const Position position = position_of(begin);
    scan_word();
    if (error_) return;
    const std::string_view word = source_.substr(begin, at_ - begin);
    const TokenKind kind = classify_word(word);
    if (!annotation_ && kind == TokenKind::Id) check_id(word, position);
    push(kind, begin, at_);
  }

  /// Takes the longest run of word characters, separators and strings.
  void scan_word() {
    const size_t begin = at_;
    while (at_ < source_.size() && !error_) {
      if (peek() == '"') {
        // After a lone '$' a broken string means that the id has no name.
        const bool names_id = at_ == begin + 1 && source_[begin] == '$' && !annotation_;
        if (names_id && !is_closed_string(at_)) return;
        skip_string();
      } else if (is_id_char(peek()) || (is_separator(peek()) && !looking_at(";;"))) {
        ++at_;
      } else {
        return;
      }
    }
  }

  [[nodiscard]] bool is_closed_string(size_t begin) const {
    for (size_t i = begin + 1; i < source_.size() && !is_control(source_[i]); ++i) {
      if (source_[i] == '"') return true;
      if (source_[i] == '\\') ++i;
    }
    return false;
  }

  void skip_string() {
    const Position opening = position_of(at_);
    ++at_;
    while (!error_) {
      if (at_ == source_.size() || peek() == '\n' || peek() == '\r') return fail(opening, "unclosed string");
      if (peek() == '"') {
        ++at_;
        return;
      }
      if (is_control(peek())) return fail_here("illegal character in string literal");
      if (peek() == '\\')
        skip_escape();
      else
        skip_code_point();
    }
  }
  void skip_escape() {
    const std::string_view rest = source_.substr(at_ + 1);
    if (!rest.empty() && std::string_view("tnr\"'\\").find(rest[0]) != std::string_view::npos) {
      at_ += 2;
    } else if (rest.size() >= 2 && hex_digit_value(rest[0]) >= 0 && hex_digit_value(rest[1]) >= 0) {
      at_ += 3;
    } else if (rest.starts_with("u{")) {
      const size_t end = rest.find('}');
      const std::optional<uint64_t> code_point =
          end == std::string_view::npos ? std::nullopt : parse_hex_digits(rest.substr(2, end - 2));
      const bool is_scalar = code_point && *code_point <= 0x10'ffff && (*code_point < 0xd800 || *code_point > 0xdfff);
      if (!is_scalar) return fail_here("illegal escape");
      at_ += end + 2;
    } else {
      fail_here("illegal escape");
    }
  }

  [[nodiscard]] static TokenKind classify_word(std::string_view word) {
    const size_t quote = word.find('"');
    if (quote != std::string_view::npos) {
      const bool is_one_string = string_end(word, quote) == word.size();
      if (is_one_string && quote == 0) return TokenKind::String;
      return is_one_string && quote == 1 && word[0] == '$' ? TokenKind::Id : TokenKind::Reserved;
    }
    for (char c : word)
      if (is_separator(c)) return TokenKind::Reserved;
    if (word[0] == '$') return TokenKind::Id;
    if (is_nat(word)) return TokenKind::Nat;
    if (is_int(word)) return TokenKind::Int;
    if (is_float(word)) return TokenKind::Float;
    return word[0] >= 'a' && word[0] <= 'z' ? TokenKind::Keyword : TokenKind::Reserved;
  }
  /// Behind the closing quote of the string that starts at `begin`.
  [[nodiscard]] static size_t string_end(std::string_view word, size_t begin) {
    size_t i = begin + 1;
    while (word[i] != '"') i += word[i] == '\\' ? 2 : 1;
    return i + 1;
  }

  void check_id(std::string_view id, Position position) {
    const std::string name = decode_id(id);
    if (name.empty()) fail(position, "empty identifier");
    if (!is_utf8(name)) fail(position, "malformed UTF-8 encoding");
  }

  void open_annotation() {
    const Position position = position_of(at_);
    at_ += 2;
    const size_t begin = at_;
    if (peek() == '"') {
      if (!is_closed_string(at_)) return fail(position, "empty annotation id");
      skip_string();
    } else {
      while (is_id_char(peek())) ++at_;
    }
    if (error_) return;
    const std::string_view text = source_.substr(begin, at_ - begin);
    const std::string id = text.starts_with('"') ? decode_string(text) : std::string(text);
    if (id.empty()) return fail(position, "empty annotation id");
    if (!is_utf8(id)) return fail(position, "malformed UTF-8 encoding");
    const bool is_known = is_known_annotation(id);
    if (is_known) result_.annotations.push_back({id, position, result_.tokens.size(), {}});
    annotation_ = OpenAnnotation{position, 0, is_known};
  }

  void push(TokenKind kind, size_t begin, size_t end) {
    if (annotation_ && !annotation_->is_known) return;
    std::vector<Token>& out = annotation_ ? result_.annotations.back().tokens : result_.tokens;
    out.push_back({kind, position_of(begin), source_.substr(begin, end - begin)});
  }

  std::string_view source_;
  Position start_;
  size_t at_ = 0;
  uint32_t line_;
  size_t line_start_ = 0;
  std::optional<OpenAnnotation> annotation_;  ///< inside one, "(@" is nothing special
  TokenList result_;
  std::optional<TextError> error_;
};

}  // namespace

TextResult<TokenList> tokenize(std::string_view source, Position start) { return Lexer(source, start).run(); }

std::string decode_string(std::string_view literal) {
  std::string bytes;
  bytes.reserve(literal.size());
  const std::string_view text = literal.substr(1, literal.size() - 2);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes.push_back(text[i]);
      continue;
    }
    const char c = text[++i];
    if (c == 't') {
      bytes.push_back('\t');
    } else if (c == 'n') {
      bytes.push_back('\n');
    } else if (c == 'r') {
      bytes.push_back('\r');
    } else if (c == 'u') {
      const size_t end = text.find('}', i);
      append_utf8(bytes, static_cast<uint32_t>(*parse_hex_digits(text.substr(i + 2, end - i - 2))));
      i = end;
    } else if (hex_digit_value(c) >= 0) {
      bytes.push_back(static_cast<char>(hex_digit_value(c) << 4 | hex_digit_value(text[++i])));
    } else {
      bytes.push_back(c);
    }
  }
  return bytes;
}

std::string decode_id(std::string_view id) {
  id.remove_prefix(1);
  return id.starts_with('"') ? decode_string(id) : std::string(id);
}

}  // namespace umber::text
