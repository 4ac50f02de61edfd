// A module instance (https://webassembly.github.io/spec/core/exec/runtime.html#module-instances): the context that code
// runs in, and the functions, memories, tables, globals and tags that it defines or imports. Created by Store::instantiate,
// owned by the store, alive until the store goes: other instances' tables may refer to its functions.
#pragma once

#include "base/vec.h"
#include "runtime/extern.h"
#include "runtime/tier.h"

namespace umber {

class Store;
template <class Signature>
class TypedFunc;

class Instance {
 public:
  Instance(Store& store, const wasm::Module& module, Tier* tier);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();

  [[nodiscard]] const wasm::Module& module() const { return module_; }
  [[nodiscard]] Store& store() const { return store_; }
  [[nodiscard]] VmContext& context() const { return *context_; }
  /// What backtraces call the module: a borrowed text, empty by default.
  StringRef name;
  /// The tier's own; see Tier::prepare.
  void* tier_state = nullptr;

  /// By index space, imports first. The index must be in range.
  [[nodiscard]] Func& func(uint32_t idx) const { return *context_->func(idx); }
  [[nodiscard]] Memory& memory(uint32_t idx) const { return *memories_[idx]; }
  [[nodiscard]] Table& table(uint32_t idx) const { return *tables_[idx]; }
  [[nodiscard]] Global global(uint32_t idx) const;
  [[nodiscard]] Tag& tag(uint32_t idx) const { return *tags_[idx]; }
  [[nodiscard]] uint32_t memory_count() const { return static_cast<uint32_t>(module_.memories.size()); }

  /// False when there is no export of that name.
  [[nodiscard]] bool find_export(StringRef name, Extern& out) const;
  /// An exported function of a known C++ type: func<int32_t(int32_t)>("f"). Defined in umber/typed_func.h.
  template <class Signature>
  [[nodiscard]] Result<TypedFunc<Signature>> func(StringRef export_name) const;
  /// Null when there is no export of that name and kind.
  [[nodiscard]] Func* find_func(StringRef name) const;
  [[nodiscard]] Memory* find_memory(StringRef name) const;

  // -- Instructions that work on segments (https://webassembly.github.io/spec/core/exec/instructions.html) ---------------
  // TrapKind::None on success; out of bounds: the trap, and nothing is written.

  [[nodiscard]] TrapKind memory_init(uint32_t memory, uint32_t segment, uint64_t to, uint64_t from, uint64_t count);
  [[nodiscard]] TrapKind memory_copy(uint32_t to_memory, uint32_t from_memory, uint64_t to, uint64_t from, uint64_t count);
  [[nodiscard]] TrapKind memory_fill(uint32_t memory, uint64_t to, uint8_t value, uint64_t count);
  [[nodiscard]] TrapKind table_init(uint32_t table, uint32_t segment, uint64_t to, uint64_t from, uint64_t count);
  [[nodiscard]] TrapKind table_copy(uint32_t to_table, uint32_t from_table, uint64_t to, uint64_t from, uint64_t count);
  [[nodiscard]] TrapKind table_fill(uint32_t table, uint64_t to, Ref value, uint64_t count);
  void data_drop(uint32_t segment);
  void elem_drop(uint32_t segment);
  /// What the segment still holds; empty once dropped.
  [[nodiscard]] std::span<const uint8_t> data(uint32_t segment) const;
  [[nodiscard]] std::span<const Ref> elements(uint32_t segment) const { return elements_[segment]; }

  // -- For the store ----------------------------------------------------------------------------------------------------

  /// Builds everything up to, but without, effects on imported objects. On an error the instance can only be destroyed.
  [[nodiscard]] Status build(std::span<const Extern> imports);
  /// Calls visit(words, count) for own globals, tables and segments that may refer to objects.
  template <class Visit>
  void each_root(Visit visit) const;
  /// Active segments, in order. An Error with ErrorCode::Trap on the first that does not fit; `trap` says which trap.
  [[nodiscard]] Status apply_segments(TrapKind& trap);

 private:
  friend class Memory;
  friend class Store;
  class Layout;
  [[nodiscard]] Status allocate();
  void place(Layout& layout);
  [[nodiscard]] Status bind_imports(std::span<const Extern> imports);
  void define_functions();
  [[nodiscard]] Status define_memories();
  [[nodiscard]] Status define_globals();
  [[nodiscard]] Status define_tables();
  [[nodiscard]] Status define_elements();
  [[nodiscard]] Status define_tags();
  void attach_memory0();
  void detach_memory0();

  Store& store_;
  const wasm::Module& module_;
  VmContext* context_ = nullptr;
  size_t context_bytes_ = 0;  ///< with all arrays below
  // Arrays behind the context, besides those that it points at itself; how many elements each has is the module's to know.
  Memory** memories_ = nullptr;
  Table** tables_ = nullptr;
  Tag** tags_ = nullptr;
  std::span<Ref>* elements_ = nullptr;  ///< by segment; empty once dropped
  uint32_t* dropped_data_ = nullptr;    ///< one bit a segment
  Tier* tier_ = nullptr;
  bool prepared_ = false;
  bool attached_ = false;     ///< on the list of memory 0's users
  Instance* next_ = nullptr;  ///< the store's list
  Instance* next_memory0_user_ = nullptr;
};

template <class Visit>
void Instance::each_root(Visit visit) const {
  const auto refers_to_objects = [this](wasm::ValType type) {
    return type.is_ref() && wasm::top_of(module_, type.heap_type()) != wasm::HeapType::Func;
  };
  for (size_t i = module_.imported_globals; i < module_.globals.size(); ++i)
    if (refers_to_objects(module_.globals[i].type.type)) visit(context_->global(static_cast<uint32_t>(i)).value, 1);
  for (size_t i = module_.imported_tables; i < module_.tables.size(); ++i) {
    if (tables_[i] == nullptr || !refers_to_objects(module_.tables[i].type.element)) continue;
    visit(tables_[i]->elements().data(), tables_[i]->elements().size());
  }
  for (size_t i = 0; i < module_.elements.size(); ++i)
    if (refers_to_objects(module_.elements[i].type)) visit(elements_[i].data(), elements_[i].size());
}

}  // namespace umber
