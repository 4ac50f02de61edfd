#include "spec-tests/text/lexer.h"

#include <gtest/gtest.h>

namespace umber::text {
namespace {

/// One letter per token: ( ) k(eyword) $ s(tring) n(at) i(nt) f(loat) ?(reserved).
std::string kinds_of(std::string_view source) {
  const TextResult<TokenList> list = tokenize(source);
  if (!list.ok()) return list.error().to_string();
  std::string kinds;
  for (const Token& token : list.value().tokens) kinds += "()k$snif?"[static_cast<size_t>(token.kind)];
  EXPECT_EQ(kinds.back(), '\0');
  kinds.pop_back();
  return kinds;
}

std::string error_of(std::string_view source) {
  const TextResult<TokenList> list = tokenize(source);
  return list.ok() ? "accepted" : list.error().to_string();
}

TEST(Lexer, ClassifiesWords) {
  EXPECT_EQ(kinds_of("(func $f \"text\" 12 -3 1.5)"), "(k$snif)");
  EXPECT_EQ(kinds_of("0 0xF_f 1_000 +0 -0x8"), "nnnii");
  EXPECT_EQ(kinds_of("inf -inf nan +nan nan:0x1 1. 1.e5 .8 0x1p-4 0x1.8P+3 1e7_0"), "fffffff?fff");
  EXPECT_EQ(kinds_of("nan:canonical nan:1 i32.add offset=4"), "kkkk");
  EXPECT_EQ(kinds_of("1__0 _1 0x 0xg 1e 08q #a A"), "????????");
}

TEST(Lexer, TakesTheLongestWord) {
  EXPECT_EQ(kinds_of("0$l"), "?");
  EXPECT_EQ(kinds_of("$l\"a\""), "?");
  EXPECT_EQ(kinds_of("\"a\"\"b\""), "?");
  EXPECT_EQ(kinds_of("a,b"), "?");
  EXPECT_EQ(kinds_of("a;b"), "?");
  EXPECT_EQ(kinds_of("nop;;comment"), "k");
  EXPECT_EQ(kinds_of("nop(;comment;)nop(nop)\"s\""), "kk(k)s");
}

TEST(Lexer, SkipsCommentsAndUnknownAnnotations) {
  EXPECT_EQ(kinds_of("(; (; nested ;) ;) a ;; (; \n b"), "kk");
  EXPECT_EQ(kinds_of("(@a (b \")\") , ; ] {} x\"y\"z (@) (@ c)) a"), "k");
  EXPECT_EQ(kinds_of("(@\"quoted id\" ( (;) ;) ))"), "");
}

TEST(Lexer, KeepsKnownAnnotations) {
  const TextResult<TokenList> list = tokenize("(func (@name \"f\") (@other) nop)");
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list.value().annotations.size(), 1u);
  const Annotation& annotation = list.value().annotations[0];
  EXPECT_EQ(annotation.id, "name");
  EXPECT_EQ(annotation.before_token, 2u);
  ASSERT_EQ(annotation.tokens.size(), 2u);
  EXPECT_EQ(annotation.tokens[0].text, "\"f\"");
  EXPECT_EQ(annotation.tokens[1].kind, TokenKind::End);
}

TEST(Lexer, CountsLinesAndColumns) {
  const TextResult<TokenList> list = tokenize("a\n b\r\n  c\r(;\n;)d", {10, 5});
  ASSERT_TRUE(list.ok());
  const std::vector<Token>& tokens = list.value().tokens;
  ASSERT_EQ(tokens.size(), 5u);
  EXPECT_EQ(tokens[0].position, (Position{10, 5}));
  EXPECT_EQ(tokens[1].position, (Position{11, 2}));
  EXPECT_EQ(tokens[2].position, (Position{12, 3}));
  EXPECT_EQ(tokens[3].position, (Position{14, 3}));
}

TEST(Lexer, DecodesStringsAndIds) {
  EXPECT_EQ(decode_string(R"("a\t\n\r\"\'\\\00\fF\u{20_ac}")"), std::string("a\t\n\r\"'\\\0\xff\xe2\x82\xac", 12));
  EXPECT_EQ(decode_string("\"\""), "");
  EXPECT_EQ(decode_id("$a.b"), "a.b");
  EXPECT_EQ(decode_id("$\"\\41 b\""), "A b");
}

TEST(Lexer, NamesTheDefectAndItsPlace) {
  EXPECT_EQ(error_of("a (; (; ;)"), "1:3: unclosed comment");
  EXPECT_EQ(error_of("\n \"abc"), "2:2: unclosed string");
  EXPECT_EQ(error_of("\"abc\ndef\""), "1:1: unclosed string");
  EXPECT_EQ(error_of("\"a\tb\""), "1:3: illegal character in string literal");
  EXPECT_EQ(error_of("\"a\\qb\""), "1:3: illegal escape");
  EXPECT_EQ(error_of("\"\\u{d800}\""), "1:2: illegal escape");
  EXPECT_EQ(error_of("\"\\u{110000}\""), "1:2: illegal escape");
  EXPECT_EQ(error_of("\"\\u{}\""), "1:2: illegal escape");
  EXPECT_EQ(error_of("\"\\"), "1:2: illegal escape");
  EXPECT_EQ(error_of("a \x01"), "1:3: illegal character");
  EXPECT_EQ(error_of("a \xc3\x9f"), "1:3: illegal character");
  EXPECT_EQ(error_of(";; \xff"), "1:4: malformed UTF-8 encoding");
  EXPECT_EQ(error_of("\"\xed\xa0\x80\""), "1:2: malformed UTF-8 encoding");
  EXPECT_EQ(error_of("(func $)"), "1:7: empty identifier");
  EXPECT_EQ(error_of("(func $\"\")"), "1:7: empty identifier");
  EXPECT_EQ(error_of("(func $\"a\nb\")"), "1:7: empty identifier");
  EXPECT_EQ(error_of("(func $\"\\ff\")"), "1:7: malformed UTF-8 encoding");
  EXPECT_EQ(error_of("(@)"), "1:1: empty annotation id");
  EXPECT_EQ(error_of("(@\"\")"), "1:1: empty annotation id");
  EXPECT_EQ(error_of(" (@x (y)"), "1:2: unclosed annotation");
}

}  // namespace
}  // namespace umber::text
