// Random numbers, in pieces, so that a guest that asks for gigabytes can be stopped in between.
#include "wasi/wait.h"

namespace umber::wasi::calls {

Interruptible random_get(Context* context, Caller& caller, Buffer buf) {
  constexpr size_t kPiece = 64 * 1024;
  std::span<uint8_t> left = buf.bytes();
  while (!left.empty()) {
    const std::span<uint8_t> piece = left.first(left.size() < kPiece ? left.size() : kPiece);
    const Errno error = run_is_over(caller) ? Errno::Intr : context->platform.random(piece);
    if (error != Errno::Success) return finish(caller, error);
    left = left.subspan(piece.size());
  }
  return Errno::Success;
}

}  // namespace umber::wasi::calls
