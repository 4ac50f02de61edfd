// How exceptions travel through compiled code. In an image with handlers all functions return, as far as one that catches;
// otherwise the activation is left at once.
#pragma once

#include "aot/loader/image_tier.h"

namespace umber::aot {

/// The run's trap is set, the code at `site` is the innermost of this activation. Returns, with VmContext::is_throwing set, if that is
/// an exception which the image may catch; a trap and everything else leaves the activation.
void leave_thrown(VmContext& context, const TrapSite& site);

/// The helper; see native_abi.h.
[[nodiscard]] uint64_t catch_exception(VmContext* context, uint32_t tag, Slot* payload);

}  // namespace umber::aot
