#include "aot/loader/frames.h"

#include "runtime/store.h"

namespace umber::aot {
namespace {

/// What a frame pointer points at.
struct FrameRecord {
  uintptr_t outer;           ///< the caller's frame pointer
  uintptr_t return_address;
};

const FrameRecord& record_at(uintptr_t frame) {
#if defined(__riscv)
  return reinterpret_cast<const FrameRecord*>(frame)[-1];  // the frame pointer is the stack pointer at entry
#else
  return *reinterpret_cast<const FrameRecord*>(frame);
#endif
}

}  // namespace

bool find_code(const Image& image, uintptr_t address, uint32_t& code) {
  const auto begin = reinterpret_cast<uintptr_t>(image.code.data());
  if (address < begin || address - begin >= image.code.size()) return false;
  code = static_cast<uint32_t>(address - begin);
  return true;
}

void add_frames(const Activation& activation, const Instance& instance, uintptr_t frame, uint32_t offset) {
  const Image& image = *activation.image;
  Trap& trap = activation.execution->current_trap();
  const uint32_t imported = static_cast<uint32_t>(instance.module().imported_functions);
  const uint32_t function = function_at(image, offset);
  if (function == kNoCode) return;
  trap.add_frame(instance, imported + function, offset);
  // The stack grows down, so frames rise up to the activation; anything else is no frame of compiled code.
  const auto end = reinterpret_cast<uintptr_t>(&activation);
  uintptr_t previous = 0;
  while (frame > previous && frame < end && frame % sizeof(uintptr_t) == 0) {
    const FrameRecord& record = record_at(frame);
    uint32_t code = 0;
    ImagePlace place{};
    // The call is in front of the return address; thunks lie in front of all functions.
    if (!find_code(image, record.return_address - 1, code) || !place_of(image, code, place)) return;
    trap.add_frame(instance, imported + place.function, place.offset);
    previous = frame;
    frame = record.outer;
  }
}

}  // namespace umber::aot
