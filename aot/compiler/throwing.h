// What is known of functions before any is compiled: how they are left, how long they run and how deep their calls go. Calls of a function that no exception may leave
// are not followed by a question; where a module catches nothing there are no questions at all: an exception then ends its activation
// like a trap. Only a module with tail calls pays for a calling convention that has them. Coarse interruption need not look at short functions.
#pragma once

#include <vector>

#include "base/allocator.h"
#include "base/error.h"
#include "decoder/ir/ir.h"
#include "decoder/wasm/module.h"

namespace umber::aot {

/// Frames of so many slots, 8 bytes each, fit into what the loader keeps free below the limit of the stack.
inline constexpr uint32_t kShallowSlots = 256;

struct Throwing {
  bool catches = false;          ///< some function has a handler
  bool tail_calls = false;       ///< some function ends with a tail call
  std::vector<bool> may_throw;   ///< by function index; what is imported may
  std::vector<bool> is_short;    ///< by function index: has neither loops nor calls
  std::vector<bool> is_shallow;  ///< by function index: with all that it calls it needs at most kShallowSlots of frames
};

/// Whether it calls a Wasm or host function, tail calls included.
[[nodiscard]] bool is_call(ir::Op op);

/// Looks at all function bodies, in linear time. Fails where a body is invalid.
[[nodiscard]] Result<Throwing> find_throwing(const wasm::Module& module, Allocator& allocator);

}  // namespace umber::aot
