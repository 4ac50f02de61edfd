// A build without threads (UMBER_THREADS=OFF): in place of shared_memory.cc. Nothing makes a shared memory, so nothing uses one.
#include "runtime/shared_memory.h"

namespace umber {

Result<SharedMemory*> SharedMemory::create(const Config&) {
  return Error::of(ErrorCode::Unsupported, "shared memories are not in this build");
}
void SharedMemory::add_user() {}
void SharedMemory::remove_user() {}
uint64_t SharedMemory::grow(uint64_t) { return kFailed; }
SharedMemory::Wait SharedMemory::wait(Execution&, uint64_t, uint64_t, bool, int64_t) { return Wait::Failed; }
uint32_t SharedMemory::notify(uint64_t, uint32_t) { return 0; }

}  // namespace umber
