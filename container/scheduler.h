// The machine's tasks, locks and conditions, as containers use them: those of the runtime.
#pragma once

#include "runtime/scheduler.h"

namespace umber::container {

using umber::kForever;
using umber::Locked;
using umber::Monitor;
using umber::Priority;
using umber::Scheduler;
using umber::TaskConfig;

}  // namespace umber::container
