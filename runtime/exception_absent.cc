// A build without exceptions (UMBER_EXCEPTIONS=OFF): in place of exception.cc. Nothing ever throws.
#include "runtime/exception.h"
#include "runtime/host.h"

namespace umber {

std::span<const Slot> ExceptionView::payload(const Store&) const { return {}; }
Ref make_exception(Store&, const Tag&, const Slot*, const RunRoots&) { return kNullRef; }
HostResult Caller::throw_exception(const Tag&, const Slot*) { return trap(TrapKind::Unsupported, "exceptions"); }
void Execution::describe_exception() {}

}  // namespace umber
