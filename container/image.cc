#include "container/image.h"

#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"

namespace umber::container {

Result<Image*> Image::create(Allocator& allocator, std::span<const uint8_t> bytes, wasm::Features features, TierFactory& tiers) {
  Image* image = allocator.create<Image>(allocator, tiers);
  if (image == nullptr) return Error::out_of_memory("an image");
  Status status = wasm::parse(bytes, features, image->module_);
  if (status.ok()) status = wasm::validate(image->module_, allocator);
  if (status.ok()) {
    image->tier_ = tiers.create(allocator, image->module_);
    if (image->tier_ == nullptr) status = Error::out_of_memory("an image's tier");
  }
  if (status.ok()) return image;
  image->destroy();
  return status.error();
}

void Image::destroy() {
  if (tier_ != nullptr) tiers_.release(allocator_, tier_);
  allocator_.destroy(this);
}

}  // namespace umber::container
