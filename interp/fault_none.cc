// Builds in which the machine state cannot be found in the registers of a faulting handler.
#include "interp/fault.h"

#if !(defined(__linux__) && defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__)))

namespace umber::interp {

bool can_recover_faults() { return false; }
bool recover_fault(FaultTarget&, const FaultFrame&) { return false; }

}  // namespace umber::interp

#endif
