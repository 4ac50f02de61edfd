#include "container/image.h"

#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"

namespace umber::container {

Result<Image*> Image::create(Allocator& allocator, std::span<const uint8_t> bytes, wasm::Features features, TierFactory& tiers,
                              bool has_guards) {
  Image* image = allocator.create<Image>(allocator, tiers);
  if (image == nullptr) return Error::out_of_memory("an image");
  Status status;
  if (aot::is_image(bytes)) status = image->open_compiled(bytes, has_guards);
  if (status.ok()) status = wasm::parse(bytes, features, image->module_);
  if (status.ok()) status = wasm::validate(image->module_, allocator);
  if (status.ok()) status = image->add_types();
  if (status.ok() && !image->is_compiled()) {
    image->tier_ = tiers.create(allocator, image->module_);
    if (image->tier_ == nullptr) status = Error::out_of_memory("an image's tier");
  }
  if (status.ok()) return image;
  image->destroy();
  return status.error();
}

Status Image::add_types() {
  Vec<uint32_t> ids(allocator_);
  if (!ids.resize(module_.types.size())) return Error::out_of_memory("an image's types");
  return types_.add_module(module_, ids);
}

/// `bytes` becomes the module in it.
Status Image::open_compiled(std::span<const uint8_t>& bytes, bool has_guards) {
  const Result<aot::Image> opened = aot::open_image(bytes);
  if (!opened.ok()) return opened.error();
  bytes = opened.value().module;
  Status runs = aot::check_host(opened.value(), aot::this_host(has_guards));
  if (runs.ok() && !tiers_.loads_images()) runs = Error::of(ErrorCode::Unsupported, "compiled images are not loaded here");
  if (runs.ok()) compiled_ = opened.value();
  const bool can_interpret = (opened.value().header->flags & aot::kImageWholeModule) != 0;
  return runs.ok() || can_interpret ? Status() : runs;
}

void Image::destroy() {
  if (tier_ != nullptr) tiers_.release(allocator_, tier_);
  allocator_.destroy(this);
}

}  // namespace umber::container
