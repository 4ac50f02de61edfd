#include "aot/compiler/compiling_tier.h"

#include <sys/mman.h>

#include <cstring>

#include "runtime/instance.h"

namespace umber::aot {

ExecutableImage::~ExecutableImage() {
  if (memory_ != nullptr) munmap(memory_, size_);
}

Status ExecutableImage::init(std::span<const uint8_t> bytes) {
  void* memory = mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return Error::out_of_memory("compiled code");
  memory_ = memory;
  size_ = bytes.size();
  std::memcpy(memory, bytes.data(), bytes.size());
  if (mprotect(memory, bytes.size(), PROT_READ | PROT_EXEC) != 0) return Error::of(ErrorCode::Denied, "memory can't be made executable");
  const Result<Image> image = open_image({static_cast<const uint8_t*>(memory), bytes.size()});
  if (!image.ok()) return image.error();
  image_ = image.value();
  return {};
}

Status CompilingTier::prepare(Instance& instance) {
  std::unique_ptr<ExecutableImage>& compiled = images_[&instance.module()];
  if (compiled == nullptr) {
    const Result<std::vector<uint8_t>> bytes = compile(instance.module(), options_, Output::Image);
    if (!bytes.ok()) return bytes.error();
    auto executable = std::make_unique<ExecutableImage>();
    UMBER_TRY(executable->init(bytes.value()));
    compiled = std::move(executable);
  }
  return attach_image(instance, compiled->image(), kDefaultNativeStack);
}

}  // namespace umber::aot
