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

/// Adds the frame of an instruction and those of the inlined calls around it.
void add_place(const Image& image, const Instance& instance, ImagePlace place, Trap& trap) {
  const auto imported = static_cast<uint32_t>(instance.module().imported_functions);
  for (;;) {
    const uint32_t function = function_at(image, place.offset);
    if (function == kNoCode) return;
    trap.add_frame(instance, imported + function, place.offset);
    if (place.scope == 0) return;
    const ImageScope& scope = image.scopes[place.scope - 1];
    place = {scope.offset, scope.outer};
  }
}

}  // namespace

bool find_code(const Image& image, uintptr_t address, uint32_t& code) {
  const auto begin = reinterpret_cast<uintptr_t>(image.code.data());
  if (address < begin || address - begin >= image.code.size()) return false;
  code = static_cast<uint32_t>(address - begin);
  return true;
}

void add_frames(const Activation& activation, const Instance& instance, const TrapSite& site, uint32_t most) {
  const Image& image = *activation.image;
  Trap& trap = activation.execution->current_trap();
  uint32_t code = 0;
  ImagePlace place{};
  if (!find_code(image, site.pc, code) || !place_of(image, code, place)) place.scope = 0;
  add_place(image, instance, {site.offset, place.scope}, trap);
  // The stack grows down, so frames rise up to the activation; anything else is no frame of compiled code.
  const auto end = reinterpret_cast<uintptr_t>(&activation);
  uintptr_t previous = 0;
  for (uintptr_t frame = site.frame; frame > previous && frame < end && frame % sizeof(uintptr_t) == 0 && most != 0; --most) {
    const FrameRecord& record = record_at(frame);
    // Thunks lie in front of all functions.
    if (!find_code(image, call_before(record.return_address), code) || !place_of(image, code, place)) return;
    add_place(image, instance, place, trap);
    previous = frame;
    frame = record.outer;
  }
}

}  // namespace umber::aot
