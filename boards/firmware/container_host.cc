#include "boards/firmware/container_host.h"

namespace umber::baremetal {

wasi::Platform* BoardHost::create_platform(Allocator& allocator) { return allocator.create<GuestPlatform>(nullptr, &scheduler_); }

void BoardHost::release_platform(Allocator& allocator, wasi::Platform* platform) {
  allocator.destroy(static_cast<GuestPlatform*>(platform));
}

Result<wasi::File*> BoardHost::open(wasi::Platform&, const container::Grant& grant) {
  return Error::of(ErrorCode::Unsupported, "this board has nothing to open for ", Quoted{grant.text()});
}

StringRef BoardHost::machine() {
#if defined(__arm__)
  return "arm";
#else
  return "riscv";
#endif
}

}  // namespace umber::baremetal
