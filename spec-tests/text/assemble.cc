#include "spec-tests/text/assemble.h"

#include "spec-tests/text/module_parser.h"
#include "spec-tests/text/module_source.h"

namespace umber::text {

ModuleSource take_module_source(TokenCursor& cursor) {
  ModuleSource module;
  module.position = cursor.position();
  const Token& opening = cursor.take();
  cursor.expect_keyword("module");
  module.is_definition = cursor.accept_keyword("definition");
  module.name = cursor.accept_id();
  const bool is_binary = cursor.accept_keyword("binary");
  if (is_binary || cursor.accept_keyword("quote")) {
    module.form = is_binary ? ModuleForm::Binary : ModuleForm::Quote;
    module.bytes = cursor.take_strings();
    cursor.expect_close();
    return module;
  }
  cursor.skip_rest_of_form();
  const char* end = cursor.previous().text.data() + 1;
  module.text = {opening.text.data(), static_cast<size_t>(end - opening.text.data())};
  return module;
}

TextResult<std::vector<uint8_t>> assemble(std::string_view source, Position start) {
  const TextResult<TokenList> tokens = tokenize(source, start);
  if (!tokens.ok()) return tokens.error();
  TokenCursor cursor(tokens.value().tokens);
  if (cursor.at_form("module")) {
    const ModuleSource module = take_module_source(cursor);
    if (module.form != ModuleForm::Text) {
      cursor.expect(TokenKind::End);
      if (!cursor.ok()) return cursor.error();
      return assemble(module);
    }
  }
  const TextResult<EncodedModule> module = parse_module(tokens.value());
  if (!module.ok()) return module.error();
  return write_binary(module.value());
}

TextResult<std::vector<uint8_t>> assemble(const ModuleSource& module) {
  switch (module.form) {
    case ModuleForm::Text: return assemble(module.text, module.position);
    case ModuleForm::Binary: return std::vector<uint8_t>(module.bytes.begin(), module.bytes.end());
    case ModuleForm::Quote: return assemble(module.bytes);
  }
  return std::vector<uint8_t>();
}

}  // namespace umber::text
