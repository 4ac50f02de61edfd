// A module that containers run: decoded and validated once, shared by all of them, together with the tier that interprets it. It may
// come in a compiled image; if that does not fit this machine, and the whole module is in it, it is interpreted.
#pragma once

#include "container/host.h"
#include "decoder/wasm/module.h"
#include "runtime/type_registry.h"

namespace umber::container {

class Image {
 public:
  /// `bytes` are used in place and must outlive the image: a module, or a compiled image, which must be executable memory aligned to
  /// 16 bytes. The error says what is wrong with the module, and where. `has_guards`: memories can have guard regions.
  [[nodiscard]] static Result<Image*> create(Allocator& allocator, std::span<const uint8_t> bytes, wasm::Features features,
                                             TierFactory& tiers, bool has_guards);
  void destroy();

  [[nodiscard]] const wasm::Module& module() const { return module_; }
  /// The module's types, for every store of a container.
  [[nodiscard]] const TypeRegistry& types() const { return types_; }
  /// Null for one that is compiled.
  [[nodiscard]] Tier* tier() const { return tier_; }
  [[nodiscard]] bool is_compiled() const { return compiled_.header != nullptr; }
  /// Whether a run of it can be limited in fuel.
  [[nodiscard]] bool counts_fuel() const { return !is_compiled() || (compiled_.header->flags & aot::kImageBudget) != 0; }
  /// Of a compiled one: a tier for one run, given back with unload. Null when there is no memory.
  [[nodiscard]] Tier* load(Allocator& allocator, uint32_t stack_bytes) const { return tiers_.load(allocator, compiled_, stack_bytes); }
  void unload(Allocator& allocator, Tier* tier) const { tiers_.unload(allocator, tier); }

  uint32_t users = 0;  ///< containers; guarded by the runtime's lock

 private:
  friend class umber::Allocator;
  Image(Allocator& allocator, TierFactory& tiers) : allocator_(allocator), tiers_(tiers), module_(allocator), types_(allocator) {}
  ~Image() = default;

  Allocator& allocator_;
  TierFactory& tiers_;
  wasm::Module module_;
  TypeRegistry types_;
  [[nodiscard]] Status add_types();
  [[nodiscard]] Status open_compiled(std::span<const uint8_t>& bytes, bool has_guards);

  aot::Image compiled_;  ///< without a header: interpreted
  Tier* tier_ = nullptr;
};

}  // namespace umber::container
