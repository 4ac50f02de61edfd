// The instruction of drafts (Version::Draft): it counts how often it is executed, and when it has been patient long enough the
// function goes on in its successor, in the same frame.
#pragma once

#include "interp/family.h"

namespace umber::interp {

/// Visits left, which it counts down in its own code; function; loop, or kNoIndex at the function's start.
extern const Family kFamDraft;

}  // namespace umber::interp
