// A module that containers run: decoded and validated once, shared by all of them, together with the tier that runs its code.
#pragma once

#include "container/host.h"
#include "decoder/wasm/module.h"

namespace umber::container {

class Image {
 public:
  /// `bytes` are used in place and must outlive the image. The error says what is wrong with the module, and where.
  [[nodiscard]] static Result<Image*> create(Allocator& allocator, std::span<const uint8_t> bytes, wasm::Features features,
                                             TierFactory& tiers);
  void destroy();

  [[nodiscard]] const wasm::Module& module() const { return module_; }
  [[nodiscard]] Tier& tier() const { return *tier_; }

  uint32_t users = 0;  ///< containers; guarded by the runtime's lock

 private:
  friend class umber::Allocator;
  Image(Allocator& allocator, TierFactory& tiers) : allocator_(allocator), tiers_(tiers), module_(allocator) {}
  ~Image() = default;

  Allocator& allocator_;
  TierFactory& tiers_;
  wasm::Module module_;
  Tier* tier_ = nullptr;
};

}  // namespace umber::container
