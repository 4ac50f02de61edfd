// The frames of an activation from the inside out, for backtraces and for exceptions.
#pragma once

#include "interp/activation.h"

namespace umber::interp {

class FrameWalk {
 public:
  /// Starts at the instruction at `s.pc`.
  explicit FrameWalk(const State& s) : activation_(activation_of(s.ctx)), ctx_(s.ctx), pc_(s.pc), fp_(s.fp) {}

  /// The function of this frame; null if the address is nobody's.
  [[nodiscard]] const Code* function() const;
  /// Inside the instruction where this frame is, from its function's header.
  [[nodiscard]] uint32_t position(const Code* function) const { return static_cast<uint32_t>(pc_ - function) - (is_return_address_ ? 1 : 0); }
  [[nodiscard]] VmContext* ctx() const { return ctx_; }
  [[nodiscard]] Slot* fp() const { return fp_; }
  /// Goes to the caller's frame; false at the activation's first function. `function`: this frame's.
  [[nodiscard]] bool to_caller(const Code* function);

 private:
  const Activation& activation_;
  VmContext* ctx_;
  const Code* pc_;
  Slot* fp_;
  bool is_return_address_ = false;
};

/// Looks for a handler of the exception on its way (Execution::current_trap) among the frames of this activation. True: it is
/// caught, and `s` goes on at the landing. False: no exception, or nobody catches it.
[[nodiscard]] bool catch_exception(State& s);

}  // namespace umber::interp
