// A build without threads (UMBER_THREADS=OFF): in place of threads.cc.
#include "wasi/threads.h"

namespace umber::wasi {

Threads::Threads(const ThreadsConfig& config) : config_(config) {}
Threads::~Threads() = default;
Status Threads::add_to(Linker&) { return Error::of(ErrorCode::Unsupported, "threads are not in this build"); }
RunStatus Threads::finish(RunStatus status) { return status; }
const Trap& Threads::trap() const { return config_.main.last_trap(); }

}  // namespace umber::wasi
