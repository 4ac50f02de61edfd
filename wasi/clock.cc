// Clocks.
#include "wasi/calls.h"

namespace umber::wasi::calls {

Errno clock_res_get(Context* context, uint32_t id, GuestPtr<Timestamp> resolution) {
  if (id >= kClockCount) return Errno::Inval;
  Timestamp value = 0;
  const Errno error = context->platform.clock_resolution(static_cast<ClockId>(id), value);
  if (error == Errno::Success) resolution.set(value);
  return error;
}

Errno clock_time_get(Context* context, uint32_t id, Timestamp, GuestPtr<Timestamp> time) {
  if (id >= kClockCount) return Errno::Inval;
  Timestamp value = 0;
  const Errno error = context->platform.clock_time(static_cast<ClockId>(id), value);
  if (error == Errno::Success) time.set(value);
  return error;
}

}  // namespace umber::wasi::calls
