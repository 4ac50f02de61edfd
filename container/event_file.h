// The inbox as a file that a guest reads events from. A read takes one event; one that does not fit stays, and the error is MsgSize.
#pragma once

#include "container/guest_context.h"

namespace umber::container {

/// Null when there is no memory. `guest` outlives the file.
[[nodiscard]] wasi::File* new_event_file(GuestContext& guest);

}  // namespace umber::container
