// Address space by mmap. Reserved pages have no access and no swap reservation; committing changes their protection, and
// the kernel finds page frames when they are touched.
#include <sys/mman.h>
#include <unistd.h>

#include "ports/linux/fault_handler.h"
#include "ports/linux/platform.h"

namespace umber::linux_port {

PageMemory::PageMemory() : page_size_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) { install_fault_handlers(); }

void* PageMemory::reserve(size_t bytes) {
  void* address = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return address == MAP_FAILED ? nullptr : address;
}

bool PageMemory::commit(void* address, size_t bytes) {
  return bytes == 0 || mprotect(address, bytes, PROT_READ | PROT_WRITE) == 0;
}

void PageMemory::release(void* address, size_t bytes) { munmap(address, bytes); }

FaultTarget* PageMemory::exchange_fault_target(FaultTarget* target) { return linux_port::exchange_fault_target(target); }

bool PageMemory::start_heartbeat() { return linux_port::start_heartbeat(); }

}  // namespace umber::linux_port
