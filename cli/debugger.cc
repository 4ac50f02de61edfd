// gdb and lldb look for two symbols in every program and stop it at the one that is a function: the JIT compilation interface,
// https://sourceware.org/gdb/current/onlinedocs/gdb.html/JIT-Interface.html. What they read there is an ELF file in memory whose addresses are
// the process's own.
#include "cli/debugger.h"

#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <vector>

#include "aot/image/debug_file.h"
#include "cli/report.h"

extern "C" {
[[gnu::used]] jit_descriptor __jit_debug_descriptor = {1, 0, nullptr, nullptr};
[[gnu::used, gnu::noinline]] void __jit_debug_register_code() { __asm__ volatile("" ::: "memory"); }
}

namespace umber::cli {
namespace {

constexpr uint32_t kRegister = 1;

/// Adds `base` to every address; false if the file does not say where they are.
bool relocate(std::vector<char>& file, uint64_t base) {
  aot::DebugFileEnd end, expected;
  if (file.size() < sizeof end) return false;
  size_t rest = file.size() - sizeof end;
  std::memcpy(&end, file.data() + rest, sizeof end);
  if (std::memcmp(end.magic, expected.magic, sizeof end.magic) != 0 || end.count > rest / sizeof(uint64_t)) return false;
  rest -= end.count * sizeof(uint64_t);
  for (uint64_t i = 0; i < end.count; ++i) {
    uint64_t place = 0, address = 0;
    std::memcpy(&place, file.data() + rest + i * sizeof place, sizeof place);
    if (place > rest || rest - place < sizeof address) return false;
    std::memcpy(&address, file.data() + place, sizeof address);
    address += base;
    std::memcpy(file.data() + place, &address, sizeof address);
  }
  file.resize(rest);
  return true;
}

}  // namespace

bool tell_debuggers(const std::string& file, const aot::Image& image) {
  static std::deque<std::vector<char>> files;  // a debugger may come at any time
  static std::deque<jit_code_entry> entries;
  const std::string path = file + ".debug";
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    report_error(path, "can't be read; umberc --debug writes it");
    return false;
  }
  std::vector<char>& bytes = files.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  if (!relocate(bytes, reinterpret_cast<uintptr_t>(image.code.data()))) {
    report_error(path, "is no file for debuggers of an image that runs here");
    return false;
  }
  jit_code_entry& entry = entries.emplace_back(jit_code_entry{__jit_debug_descriptor.first_entry, nullptr, bytes.data(), bytes.size()});
  if (entry.next_entry != nullptr) entry.next_entry->prev_entry = &entry;
  __jit_debug_descriptor.first_entry = __jit_debug_descriptor.relevant_entry = &entry;
  __jit_debug_descriptor.action_flag = kRegister;
  __jit_debug_register_code();
  return true;
}

}  // namespace umber::cli
