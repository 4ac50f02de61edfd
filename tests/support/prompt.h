// What "at once" means in a test.
#pragma once

#include <chrono>

namespace umber::test {

/// Far below the hour or the forever that the guests of these tests would otherwise take, far above what a busy machine and a
/// sanitizer add. A test tells prompt from hung; how many microseconds a kill takes is measured by bench/containers.
inline constexpr std::chrono::seconds kPrompt{20};

}  // namespace umber::test
