// What the IR's tests share: a module from text, its functions' IR, and text output into a string.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "decoder/disasm/text_writer.h"
#include "decoder/ir/build.h"
#include "decoder/ir/verify.h"
#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "spec-tests/text/assemble.h"
#include "tests/support/support.h"

namespace umber::test {

struct StringOutput final : TextOutput {
  void write(StringRef part) override { text.append(part.data(), part.size()); }
  std::string text;
};

/// Assembles, decodes and checks the declarations of a module; a failure fails the test.
class ModuleUnderTest {
 public:
  explicit ModuleUnderTest(std::string_view source) : module_(allocator), arena_(allocator) {
    text::TextResult<std::vector<uint8_t>> assembled = text::assemble(source);
    EXPECT_TRUE(assembled.ok()) << (assembled.ok() ? "" : assembled.error().to_string());
    if (assembled.ok()) bytes_ = *assembled;
    Status status = wasm::parse(bytes_, wasm::Features::all(), module_);
    if (status.ok()) {
      const Status declarations = wasm::validate_declarations(module_, allocator);
      EXPECT_TRUE(declarations.ok()) << declarations.error().message().c_str();
    }
    EXPECT_TRUE(status.ok()) << status.error().message().c_str();
  }

  [[nodiscard]] Result<ir::Function> build(uint32_t func_idx) { return ir::build(module_, func_idx, arena_, allocator); }
  const wasm::Module* operator->() const { return &module_; }
  const wasm::Module& operator*() const { return module_; }

  TestAllocator allocator;

 private:
  std::vector<uint8_t> bytes_;
  wasm::Module module_;
  Arena arena_;
};

}  // namespace umber::test
