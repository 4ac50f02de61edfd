// The states of a container, and every way from one to another:
//
//                     ┌──────── restart policy, start ─────────┐
//                     ▼                                        │
//   create ──▶ Created ──start──▶ Running ──end, trap, kill──▶ Exited ──remove──▶ Removed
//                 │               │ ▲   │                       ▲ │                  ▲
//                 │         pause │ │   │ stop                  │ └─ (waiting for    │
//                 │               ▼ │   ▼                       │     its back-off)  │
//                 │             Paused  Stopping ──end, kill────┘                    │
//                 │               │      ▲                                           │
//                 │               └─stop─┘  (kill leads from Paused to Exited too)   │
//                 └──────────────────────────remove──────────────────────────────────┘
//
// Each state change is made under the container's lock, announced to the runtime's observer, and wakes whoever waits for it.
#pragma once

#include <cstdint>

#include "base/string_ref.h"

namespace umber::container {

enum class State : uint8_t { Created, Running, Paused, Stopping, Exited, Removed };

[[nodiscard]] constexpr StringRef text_of(State state) {
  switch (state) {
    case State::Created: return "created";
    case State::Running: return "running";
    case State::Paused: return "paused";
    case State::Stopping: return "stopping";
    case State::Exited: return "exited";
    case State::Removed: return "removed";
  }
  return "";
}

/// The arrows of the picture.
[[nodiscard]] constexpr bool may_follow(State from, State to) {
  switch (to) {
    case State::Created: return false;
    case State::Running: return from == State::Created || from == State::Exited || from == State::Paused;
    case State::Paused: return from == State::Running;
    case State::Stopping: return from == State::Running || from == State::Paused;
    case State::Exited: return from == State::Running || from == State::Paused || from == State::Stopping;
    case State::Removed: return from == State::Created || from == State::Exited;
  }
  return false;
}

/// A run is going on: the container has a task, memory and descriptors.
[[nodiscard]] constexpr bool is_live(State state) {
  return state == State::Running || state == State::Paused || state == State::Stopping;
}

}  // namespace umber::container
