// An image that may be anything, with and without a valid digest: the reader, and the look-up of places in what it accepts.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "aot/image/image.h"
#include "base/sha256.h"

namespace {

using namespace umber;

void look_at(std::span<const uint8_t> bytes) {
  const Result<aot::Image> image = aot::open_image(bytes);
  if (!image.ok()) return;
  (void)aot::check_host(image.value(), aot::this_host(true)).ok();
  aot::ImagePlace place{};
  for (uint32_t code = 0; code < image.value().code.size(); code += 7) {
    if (!aot::place_of(image.value(), code, place)) continue;
    while (place.scope != 0) place = {image.value().scopes[place.scope - 1].offset, image.value().scopes[place.scope - 1].outer};
    (void)aot::function_at(image.value(), place.offset);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  struct alignas(16) Block {
    uint8_t bytes[16];
  };
  std::vector<Block> storage(size / 16 + 1);
  auto* bytes = reinterpret_cast<uint8_t*>(storage.data());
  if (size != 0) std::memcpy(bytes, data, size);
  look_at({bytes, size});
  if (size < sizeof(aot::ImageHeader)) return 0;
  // What a forger would do: everything right that can be made right.
  aot::ImageHeader header;
  std::memcpy(&header, bytes, sizeof(header));
  std::memcpy(header.magic, aot::kImageMagic, sizeof(header.magic));
  header.format_version = aot::kImageFormatVersion;
  header.image_size = static_cast<uint32_t>(size);
  header.image_digest = {};
  std::memcpy(bytes, &header, sizeof(header));
  header.image_digest = Sha256::of({bytes, size});
  std::memcpy(bytes, &header, sizeof(header));
  look_at({bytes, size});
  return 0;
}
