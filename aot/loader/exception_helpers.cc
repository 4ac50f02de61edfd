#include "aot/loader/exception_helpers.h"

#include <cstring>

#include "aot/loader/frames.h"
#include "runtime/exception.h"
#include "runtime/store.h"

namespace umber::aot {

void leave_thrown(VmContext& context, const TrapSite& site) {
  const auto& activation = *static_cast<const Activation*>(context.execution->native_activation);
  const bool is_exception = context.execution->current_trap().kind == TrapKind::UncaughtException;
  if (!is_exception || (activation.image->header->flags & kImageCatches) == 0) leave_activation(context, site);
  // Where it came from is known only here, and needed only if nobody catches it.
  add_frames(activation, *context.instance, site, Trap::kMaxFrames);
  context.is_throwing = 1;
}

uint64_t catch_exception(VmContext* context, uint32_t tag, Slot* payload) {
  Trap& trap = context->execution->current_trap();
  const Ref exception = trap.exception;
  const ExceptionView view(exception);
  if (tag != wasm::kNoIndex && &context->instance->tag(tag) != &view.tag()) return kNullRef;
  if (payload != nullptr) {
    const std::span<const Slot> values = view.payload(context->execution->store());
    std::memcpy(payload, values.data(), values.size_bytes());
  }
  trap.clear();
  context->is_throwing = 0;
  return exception;
}

}  // namespace umber::aot
