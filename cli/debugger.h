// Compiled functions for debuggers.
#pragma once

#include <string>

#include "aot/image/image.h"

// What a debugger reads. Names, types and values are its interface's.
extern "C" {
struct jit_code_entry {
  jit_code_entry* next_entry;
  jit_code_entry* prev_entry;
  const char* symfile_addr;
  uint64_t symfile_size;
};
struct jit_descriptor {
  uint32_t version;
  uint32_t action_flag;
  jit_code_entry* relevant_entry;
  jit_code_entry* first_entry;
};
extern jit_descriptor __jit_debug_descriptor;
}

namespace umber::cli {

/// Tells a debugger, one that runs this process or attaches to it later, of an image's functions and lines, from the file FILE.debug that
/// `umberc --debug` wrote beside FILE. Stays so for good. Says on stderr what fails.
[[nodiscard]] bool tell_debuggers(const std::string& file, const aot::Image& image);

}  // namespace umber::cli
