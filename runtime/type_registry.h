// Store-wide type identity. Modules number their types for themselves; here every recursion group is hash-consed over all
// modules of a store (https://webassembly.github.io/spec/core/valid/conventions.html#rolling-and-unrolling), so that two
// types are equivalent exactly if their ids are equal: call_indirect compares two numbers. Each type carries its display,
// the ids of all its supertypes by depth, so a subtype test is one more load and compare.
//
// "Store types" are ValType and HeapType whose type indices are ids of this registry. All types of runtime objects are.
#pragma once

#include "base/vec.h"
#include "decoder/wasm/module.h"

namespace umber {

/// One defined type. The spans live as long as the registry.
struct StoreType {
  constexpr StoreType() : func() {}

  wasm::CompositeKind kind = wasm::CompositeKind::Func;
  bool is_final = true;
  uint8_t depth = 0;                        ///< number of supertypes
  const uint32_t* display = nullptr;        ///< ids of the supertypes, outermost first, then the type's own: depth + 1
  union {
    wasm::FuncType func;                      ///< kind == Func
    std::span<const wasm::FieldType> fields;  ///< kind == Struct or Array
  };
  /// Where a struct, or the payload of an exception (kind == Func, parameters as slots), refers to objects of the heap: byte
  /// offsets, for exceptions slots. Of an array the elements' offset, if they do.
  std::span<const uint32_t> object_refs;
  union {
    uint32_t param_slots = 0;  ///< kind == Func: 8-byte slots of parameters (v128 takes two)
    uint32_t object_bytes;     ///< kind == Struct, header included
  };
  uint32_t result_slots = 0;
};

class TypeRegistry {
 public:
  /// `known`: types that are there from the start, with the same ids: of a module, say, whose instances each have a store. It outlives
  /// this one and does not change meanwhile; nothing is copied before a type is added that it lacks.
  explicit TypeRegistry(Allocator& allocator, const TypeRegistry* known = nullptr);
  TypeRegistry(const TypeRegistry&) = delete;
  TypeRegistry& operator=(const TypeRegistry&) = delete;
  ~TypeRegistry();

  /// Adds a validated module's types: ids[i] becomes the id of type index i. `ids` has one element per type.
  [[nodiscard]] Status add_module(const wasm::Module& module, std::span<uint32_t> ids);
  /// The id of a final function type without supertype, such as a host function's. The types are store types.
  [[nodiscard]] Result<uint32_t> add_func(std::span<const wasm::ValType> params, std::span<const wasm::ValType> results);

  [[nodiscard]] const StoreType& operator[](uint32_t id) const { return view_[id]; }
  [[nodiscard]] uint32_t size() const { return content_ == nullptr ? 0 : static_cast<uint32_t>(content_->types.size()); }

  /// Constant time.
  [[nodiscard]] bool is_subtype(uint32_t sub, uint32_t super) const {
    if (sub == super) return true;
    const StoreType& type = view_[sub];
    const uint8_t depth = view_[super].depth;
    return depth < type.depth && type.display[depth] == super;
  }
  [[nodiscard]] bool is_subtype(wasm::HeapType sub, wasm::HeapType super) const;
  [[nodiscard]] bool is_subtype(wasm::ValType sub, wasm::ValType super) const;

  /// A module's type as a store type; `ids` as filled by add_module.
  [[nodiscard]] static wasm::HeapType to_store(wasm::HeapType type, const uint32_t* ids);
  [[nodiscard]] static wasm::ValType to_store(wasm::ValType type, const uint32_t* ids);

 private:
  struct Group {
    uint32_t hash = 0;
    uint32_t first_id = 0;
    uint32_t size = 0;  ///< types
  };
  [[nodiscard]] Status own_tables();
  [[nodiscard]] const Group* find_group() const;
  [[nodiscard]] Status reserve_group(uint32_t type_count, size_t more_types);
  [[nodiscard]] Status commit_group(uint32_t first_id);
  [[nodiscard]] Status grow_buckets();
  [[nodiscard]] Status add_group(const wasm::Module& module, uint32_t first, std::span<uint32_t> ids);
  [[nodiscard]] bool has_key(const Group& group) const;
  [[nodiscard]] bool define(const wasm::TypeDef& type, const uint32_t* ids, uint32_t id, std::span<const wasm::TypeDef> module_types);
  [[nodiscard]] bool define_objects(const wasm::TypeDef& type, std::span<const wasm::TypeDef> module_types, StoreType& out);
  [[nodiscard]] uint32_t hash_key() const;

  struct Tables {
    explicit Tables(Allocator& allocator);
    Arena arena;
    Vec<StoreType> types;
    Vec<Group> groups;
    Vec<uint32_t> buckets;  ///< open addressing; group number + 1, 0 for empty; a power of two
  };
  const void* const seed_;           ///< of the hashes
  const Tables* content_ = nullptr;  ///< own_, or the known ones; null: no types
  const StoreType* view_ = nullptr;  ///< content_->types.data()
  Tables* own_ = nullptr;            ///< null until a type is added
  Vec<uint32_t> key_;      ///< the group being looked up, as words
};

}  // namespace umber
