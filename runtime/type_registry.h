// Store-wide type identity. Modules number their types for themselves; here every recursion group is hash-consed over all
// modules of a store (https://webassembly.github.io/spec/core/valid/conventions.html#rolling-and-unrolling), so that two
// types are equivalent exactly if their ids are equal: call_indirect compares two numbers. Each type carries its display,
// the ids of all its supertypes by depth, so a subtype test is one more load and compare.
//
// "Store types" are ValType and HeapType whose type indices are ids of this registry. All types of runtime objects are.
#pragma once

#include "base/vec.h"
#include "decoder/wasm/limits.h"
#include "decoder/wasm/module.h"

namespace umber {

/// One defined type. The spans live as long as the registry. Kept small, since a store has one for each type of its modules: lists are a
/// pointer and a count of 16 bits, which the limits of the decoder allow.
class StoreType {
 public:
  constexpr StoreType() : values_(nullptr) {}

  wasm::CompositeKind kind = wasm::CompositeKind::Func;
  bool is_final = true;
  uint8_t depth = 0;  ///< number of supertypes

 private:
  friend class TypeRegistry;
  bool starts_group_ = true;  ///< the types behind it up to the next that does are of the same recursion group
  uint16_t count_ = 0;        ///< of parameters or fields
  uint16_t result_count_ = 0;
  uint16_t object_ref_count_ = 0;

 public:
  uint16_t result_slots = 0;  ///< kind == Func, as param_slots
  union {
    uint32_t param_slots = 0;  ///< kind == Func: 8-byte slots of parameters (v128 takes two)
    uint32_t object_bytes;     ///< kind == Struct, header included
  };
  const uint32_t* display = nullptr;  ///< ids of the supertypes, outermost first: as many as depth says

  /// kind == Func
  [[nodiscard]] wasm::FuncType func() const { return {{values_, count_}, {values_ + count_, result_count_}}; }
  /// kind == Struct or Array
  [[nodiscard]] std::span<const wasm::FieldType> fields() const { return {fields_, count_}; }
  /// Where a struct, or the payload of an exception (kind == Func, parameters as slots), refers to objects of the heap: byte
  /// offsets, for exceptions slots. Of an array the elements' offset, if they do.
  [[nodiscard]] std::span<const uint32_t> object_refs() const { return {object_refs_, object_ref_count_}; }

 private:
  const uint32_t* object_refs_ = nullptr;
  union {
    const wasm::ValType* values_;    ///< kind == Func: parameters, then results
    const wasm::FieldType* fields_;  ///< otherwise
  };
};
static_assert(wasm::kMaxParams <= UINT16_MAX / 2 && wasm::kMaxResults <= UINT16_MAX / 2 && wasm::kMaxStructFields <= UINT16_MAX);

class TypeRegistry {
 public:
  /// `known`: types that are there from the start, with the same ids: of a module, say, whose instances each have a store. It outlives
  /// this one and does not change meanwhile; nothing is copied before a type is added that it lacks.
  explicit TypeRegistry(Allocator& allocator, const TypeRegistry* known = nullptr);
  TypeRegistry(const TypeRegistry&) = delete;
  TypeRegistry& operator=(const TypeRegistry&) = delete;
  ~TypeRegistry();

  /// Room for that many types where there are none yet, so that the table of a store with one module is as large as the module's.
  [[nodiscard]] Status reserve(size_t type_count);
  /// Adds a validated module's types: ids[i] becomes the id of type index i. `ids` has one element per type.
  [[nodiscard]] Status add_module(const wasm::Module& module, std::span<uint32_t> ids);
  /// The id of a final function type without supertype, such as a host function's. The types are store types. LimitReached beyond
  /// the decoder's limits of parameters and results.
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
  [[nodiscard]] Status own_tables();
  [[nodiscard]] uint32_t find_group() const;
  [[nodiscard]] Status reserve_group(uint32_t type_count, size_t more_types);
  void commit_group(uint32_t first_id);
  [[nodiscard]] Status grow_buckets();
  [[nodiscard]] Status add_group(const wasm::Module& module, uint32_t first, std::span<uint32_t> ids);
  [[nodiscard]] bool has_key(uint32_t first_id) const;
  [[nodiscard]] uint32_t group_size(uint32_t first_id) const;
  template <class Out>
  [[nodiscard]] bool encode_group(uint32_t first_id, Out& out) const;
  [[nodiscard]] bool define(const wasm::TypeDef& type, const uint32_t* ids, std::span<const wasm::TypeDef> module_types);
  [[nodiscard]] bool define_objects(const wasm::TypeDef& type, std::span<const wasm::TypeDef> module_types, StoreType& out);
  struct KeyHash;
  [[nodiscard]] uint32_t hash_key() const;
  [[nodiscard]] static wasm::TypeDef definition_of(const StoreType& type);

  struct Tables {
    explicit Tables(Allocator& allocator);
    Arena arena;
    Vec<StoreType> types;
    uint32_t group_count = 0;
    Vec<uint32_t> buckets;  ///< open addressing; a group's first id + 1, 0 for empty; a power of two
  };
  const void* const seed_;           ///< of the hashes
  const Tables* content_ = nullptr;  ///< own_, or the known ones; null: no types
  const StoreType* view_ = nullptr;  ///< content_->types.data()
  Tables* own_ = nullptr;            ///< null until a type is added
  Vec<uint32_t> key_;      ///< the group being looked up, as words
};

}  // namespace umber
