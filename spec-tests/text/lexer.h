// The lexical format (https://webassembly.github.io/spec/core/text/lexical.html): source text to tokens. White space and
// comments vanish here. So do annotations, except the few that mean something to us: they are set aside with the place
// they were found at, so that the grammar proper never sees them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spec-tests/text/text_error.h"

namespace umber::text {

enum class TokenKind : uint8_t {
  Open,      ///< (
  Close,     ///< )
  Keyword,   ///< a word starting with a lower-case letter
  Id,        ///< $name or $"name"
  String,    ///< "…", escapes well-formed
  Nat,       ///< an integer without sign
  Int,       ///< an integer with sign
  Float,     ///< a floating-point number, inf, nan, nan:0x…; a Nat or Int may stand for one, too
  Reserved,  ///< looks like a token but is none
  End,       ///< after the last token
};

struct Token {
  TokenKind kind = TokenKind::End;
  Position position;
  std::string_view text;  ///< as in the source, quotes and '$' included
};

/// An annotation that Umber understands (https://webassembly.github.io/spec/core/appendix/custom.html).
struct Annotation {
  std::string id;  ///< without the '@'
  Position position;
  size_t before_token = 0;    ///< index into TokenList::tokens of the token that follows it
  std::vector<Token> tokens;  ///< what is between the id and the closing parenthesis, then End
};

struct TokenList {
  std::vector<Token> tokens;  ///< the last one is End
  std::vector<Annotation> annotations;
};

/// `start` is the place of source[0] in its file. The tokens point into `source`.
[[nodiscard]] TextResult<TokenList> tokenize(std::string_view source, Position start = {});

/// The bytes that a string literal stands for. `literal` includes its quotes and must come from a String token.
[[nodiscard]] std::string decode_string(std::string_view literal);

/// The name of an Id token without '$' and quotes: $a and $"a" are the same.
[[nodiscard]] std::string decode_id(std::string_view id);

}  // namespace umber::text
