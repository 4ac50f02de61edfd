// Text that may be anything: as a module and as a script with all its modules. Only crashes, leaks and hangs count.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spec-tests/text/assemble.h"
#include "spec-tests/text/script.h"

namespace {

using namespace umber::text;

void assemble_module(const ModuleSource& module) { (void)assemble(module).ok(); }

void assemble_all(const std::vector<Command>& commands) {
  for (const Command& command : commands) {
    if (const auto* module = std::get_if<ModuleSource>(&command.body)) assemble_module(*module);
    if (const auto* malformed = std::get_if<AssertMalformed>(&command.body)) assemble_module(malformed->module);
    if (const auto* invalid = std::get_if<AssertInvalid>(&command.body)) assemble_module(invalid->module);
    if (const auto* thread = std::get_if<Thread>(&command.body)) assemble_all(thread->commands);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  (void)assemble(source).ok();
  const TextResult<std::vector<Command>> script = parse_script(source);
  if (script.ok()) assemble_all(script.value());
  return 0;
}
