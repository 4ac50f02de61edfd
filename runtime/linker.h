// Names for what modules may import. Deny by default: what is not defined here does not resolve.
#pragma once

#include "runtime/store.h"

namespace umber {

class Linker {
 public:
  explicit Linker(Store& store);
  Linker(const Linker&) = delete;
  Linker& operator=(const Linker&) = delete;

  /// What `module` does not import is passed over: a host that offers many functions pays for those that are used, and no name is copied.
  /// Before anything is defined. The module outlives the linker; its instances are the only ones to be linked. OutOfMemory.
  [[nodiscard]] Status serve_only(const wasm::Module& module);

  /// Defines one import. A second definition of the same name replaces the first. Names are copied.
  [[nodiscard]] Status define(StringRef module, StringRef name, const Extern& item);
  /// Defines a host function (see runtime/host_function.h): define("env", "log", host_function<&log>(state)).
  [[nodiscard]] Status define(StringRef module, StringRef name, const HostFunction& function);
  /// Adds a function to those of the same name: an import resolves to the one that has its type. (Embedders before us gave the same
  /// names to different functions.) A later `define` replaces all of them.
  [[nodiscard]] Status define_overload(StringRef module, StringRef name, const HostFunction& function);
  /// Makes all exports of `instance` importable under `module`. Single definitions of the same module name win.
  [[nodiscard]] Status define_instance(StringRef module, const Instance& instance);

  /// False when nothing has that name. `nth`: of several functions of the name, in the order of their definition.
  [[nodiscard]] bool find(StringRef module, StringRef name, Extern& out, size_t nth = 0) const;
  /// One Extern per import of `module`; Unlinkable ("unknown import") for the first that has no definition.
  [[nodiscard]] Status resolve(const wasm::Module& module, Vec<Extern>& out) const;
  /// resolve, then Store::instantiate.
  [[nodiscard]] Result<Instance*> instantiate(const wasm::Module& module, Tier& tier, Execution& execution);

  [[nodiscard]] Store& store() const { return store_; }

 private:
  /// One import, or with `instance` all exports of an instance under the module's name (`name` is empty then).
  struct Entry {
    StringRef module = {};
    StringRef name = {};
    bool is_instance = false;
    const Instance* instance = nullptr;
    Extern item = {};
    bool is_overload = false;    ///< in no bucket, but in the list of the first of that name
    uint32_t next_overload = 0;  ///< entry number + 1; 0: none

    [[nodiscard]] uint64_t hash(const void* seed) const;
    [[nodiscard]] bool same_name(const Entry& other) const;
  };
  /// What an import of the only module to be linked resolves to.
  enum class Choice : uint8_t { Nothing, Instance, OtherType, Definition };
  [[nodiscard]] Status insert(Entry entry);
  [[nodiscard]] Status insert_function(const Entry& entry, const HostFunction& function);
  void choose(const Entry& entry);
  [[nodiscard]] Status check_choices() const;
  [[nodiscard]] const Entry* lookup(const Entry& name) const;
  [[nodiscard]] bool find_typed(const wasm::Module& module, const wasm::Import& import, Extern& out) const;
  [[nodiscard]] size_t bucket_of(const Entry& entry) const;
  [[nodiscard]] bool rehash();
  [[nodiscard]] bool copy_text(StringRef& text);

  [[nodiscard]] StringRef nearest_to(const wasm::Import& import) const;
  [[nodiscard]] bool is_wanted(StringRef module, StringRef name) const;
  [[nodiscard]] bool has_type(const wasm::Module& module, const wasm::Import& import, const Extern& item) const;

  Store& store_;
  const wasm::Module* only_for_ = nullptr;  ///< null: for any
  Vec<Extern> chosen_;                      ///< for only_for_'s imports; nothing below is used then but choices_, which say how
  Vec<Choice> choices_;
  Arena names_;
  Vec<Entry> entries_;
  Vec<uint32_t> buckets_;  ///< open addressing; entry number + 1, 0 for empty; a power of two
};

}  // namespace umber
