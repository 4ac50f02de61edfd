// How a container's last run ended. A trap is never success, and neither is being killed.
#pragma once

#include "base/format.h"
#include "runtime/trap.h"

namespace umber::container {

enum class ExitKind : uint8_t {
  None,         ///< has not ended yet
  Exited,       ///< by itself, with a code
  Trapped,      ///< `trap` says why; the backtrace is kept beside
  Killed,
  OutOfMemory,
  OutOfFuel,
  Refused,      ///< never ran: `message` says which permission, import or limit
};

[[nodiscard]] constexpr StringRef text_of(ExitKind kind) {
  switch (kind) {
    case ExitKind::None: return "none";
    case ExitKind::Exited: return "exited";
    case ExitKind::Trapped: return "trapped";
    case ExitKind::Killed: return "killed";
    case ExitKind::OutOfMemory: return "out-of-memory";
    case ExitKind::OutOfFuel: return "out-of-fuel";
    case ExitKind::Refused: return "refused";
  }
  return "";
}

struct ExitRecord {
  ExitKind kind = ExitKind::None;
  TrapKind trap = TrapKind::None;
  int32_t code = 0;            ///< for Exited
  FixedText<240> message;      ///< one sentence; empty for Exited

  [[nodiscard]] bool is_success() const { return kind == ExitKind::Exited && code == 0; }
};

/// The exit code that a shell would see: the guest's; 134 trapped, 137 killed or out of memory, 124 out of fuel, 125 refused.
[[nodiscard]] constexpr int shell_code(const ExitRecord& record) {
  switch (record.kind) {
    case ExitKind::None: return 0;
    case ExitKind::Exited: return record.code & 0xff;
    case ExitKind::Trapped: return 134;
    case ExitKind::Killed: return 137;
    case ExitKind::OutOfMemory: return 137;
    case ExitKind::OutOfFuel: return 124;
    case ExitKind::Refused: return 125;
  }
  return 1;
}

}  // namespace umber::container
