// Parses and validates in tests, from bytes or text.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "spec-tests/text/assemble.h"
#include "tests/support/support.h"

namespace umber::test {

/// The bytes of a module in the text format, or of a `(module binary …)`; an error message in `error` if the text is wrong.
inline std::vector<uint8_t> assemble(std::string_view text, std::string* error = nullptr) {
  auto result = umber::text::assemble(text);
  if (result.ok()) return std::move(result.value());
  if (error != nullptr) *error = result.error().to_string();
  return {};
}

/// A module with its bytes and allocator.
class DecodedModule {
 public:
  explicit DecodedModule(std::vector<uint8_t> bytes, wasm::Features features = wasm::Features::all())
      : bytes_(std::move(bytes)), module_(allocator_) {
    Status status = wasm::parse(bytes_, features, module_);
    parsed_ = status.ok();
    if (status.ok()) status = wasm::validate(module_, allocator_);
    if (!status.ok()) {
      error_ = status.error();
      message_ = error_.message().c_str();
    }
  }
  explicit DecodedModule(std::string_view text) : DecodedModule(assemble(text)) {}

  [[nodiscard]] bool ok() const { return message_.empty(); }
  [[nodiscard]] bool parsed() const { return parsed_; }
  [[nodiscard]] const Error& error() const { return error_; }
  /// Empty if the module is valid.
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] TestAllocator& allocator() { return allocator_; }
  const wasm::Module& operator*() const { return module_; }
  const wasm::Module* operator->() const { return &module_; }

 private:
  TestAllocator allocator_;
  std::vector<uint8_t> bytes_;
  wasm::Module module_;
  bool parsed_ = false;
  Error error_;
  std::string message_;
};

}  // namespace umber::test
