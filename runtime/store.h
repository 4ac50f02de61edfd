// The store (https://webassembly.github.io/spec/core/exec/runtime.html#store) owns everything that instances are made of.
// Nothing in it is freed before the store itself, so references between instances need no counting; a host that wants
// memory back after each container gives each its own store. A store and all in it are used by one thread at a time.
#pragma once

#include "base/vec.h"
#include "decoder/wasm/limits.h"
#include "runtime/execution.h"
#include "runtime/heap/heap.h"
#include "runtime/host.h"
#include "runtime/instance.h"
#include "runtime/type_registry.h"

namespace umber {

enum class BoundsMode : uint8_t {
  Guarded,  ///< guard regions where the memory's type allows; needs VirtualMemory and a 64-bit host, else as Checked
  Checked,  ///< explicit checks everywhere
};

struct StoreConfig {
  BoundsMode bounds = BoundsMode::Guarded;
  bool move_memory_on_grow = false;              ///< hostile testing: every grow of a checked memory moves it
  uint64_t max_memory_bytes = UINT64_MAX;        ///< of each memory; growing beyond fails, a larger minimum is refused
  uint64_t max_total_memory_bytes = UINT64_MAX;  ///< of all memories of the store together
  uint64_t max_table_elements = wasm::kMaxTableElements;  ///< of each table
  uint64_t max_total_table_elements = UINT64_MAX;
  uint32_t max_instances = 10'000;
  HeapConfig heap;  ///< of the store's objects
  const TypeRegistry* types = nullptr;  ///< known from the start; see TypeRegistry
};

class Store {
 public:
  /// All must outlive the store. Without `virtual_memory` memories come from the allocator and are checked; without `clock`
  /// deadlines are ignored; without `scheduler` guest code can't wait for other threads.
  Store(Allocator& allocator, const StoreConfig& config = {}, VirtualMemory* virtual_memory = nullptr,
        Clock* clock = nullptr, Scheduler* scheduler = nullptr);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  /// Everything goes: instances, functions, memories. No execution of the store may be running or suspended.
  ~Store();

  /// Instantiates a validated module (https://webassembly.github.io/spec/core/exec/modules.html#instantiation).
  /// The module must outlive the store. `imports`: one per import, in order, of this store. `tier` runs its functions.
  /// Active segments are applied and the start function is run in `execution`; if that is paused meanwhile, the instance is
  /// returned with execution.suspended(). Errors: Unlinkable, LimitReached, OutOfMemory, Unsupported: nothing has changed.
  /// Trap: execution.last_trap() says why; effects on imported objects stay, and so does what they refer to.
  [[nodiscard]] Result<Instance*> instantiate(const wasm::Module& module, std::span<const Extern> imports, Tier& tier,
                                              Execution& execution);

  // Objects of the host. Types are store types; those without type indices are the same everywhere.
  [[nodiscard]] Result<Func*> create_func(const HostFunction& function);
  [[nodiscard]] Result<Memory*> create_memory(const wasm::MemoryType& type);
  /// A memory of this store that is the same as another store's: `shared` is its Memory::shared(). This is how threads share
  /// memory, one store each. What both stores use (virtual memory, allocator, scheduler) must outlive both.
  [[nodiscard]] Result<Memory*> attach_memory(SharedMemory& shared);
  [[nodiscard]] Result<Table*> create_table(const wasm::TableType& type, Ref value = kNullRef);
  /// `value`: one slot, two for v128.
  [[nodiscard]] Result<Global> create_global(const wasm::GlobalType& type, const Slot* value);
  [[nodiscard]] Result<Tag*> create_tag(uint32_t type_id);

  [[nodiscard]] Allocator& allocator() const { return allocator_; }
  [[nodiscard]] VirtualMemory* virtual_memory() const { return virtual_memory_; }
  [[nodiscard]] Clock* clock() const { return clock_; }
  [[nodiscard]] Scheduler* scheduler() const { return scheduler_; }
  [[nodiscard]] const StoreConfig& config() const { return config_; }
  [[nodiscard]] TypeRegistry& types() { return types_; }
  [[nodiscard]] const TypeRegistry& types() const { return types_; }
  /// Structs, arrays and exceptions of all instances.
  [[nodiscard]] ObjectHeap& objects() { return objects_; }
  /// The function's type as store types.
  [[nodiscard]] const StoreType& type_of(const Func& func) const { return types_[func.type_id]; }

  /// The mode of every memory of that type in this store.
  [[nodiscard]] bool is_guarded(const wasm::MemoryType& type) const;

  // For the collector.
  /// Calls visit(words, count) for all words of instances and host objects that may refer to objects.
  template <class Visit>
  void each_root(Visit visit) const;
  /// All executions of the store; see Execution::next.
  [[nodiscard]] Execution* executions() const { return executions_; }

  // Charging, for memories and tables; false: beyond the limit, nothing charged.
  [[nodiscard]] bool charge_memory(uint64_t bytes);
  void charge_grown(uint64_t bytes) { memory_bytes_ += bytes; }
  void refund_memory(uint64_t bytes) { memory_bytes_ -= bytes; }
  [[nodiscard]] bool charge_table(uint64_t elements);
  [[nodiscard]] bool has_table_room(uint64_t elements) const {
    return elements <= config_.max_total_table_elements - table_elements_;
  }
  void refund_table(uint64_t elements) { table_elements_ -= elements; }
  [[nodiscard]] uint64_t memory_bytes() const { return memory_bytes_; }
  [[nodiscard]] uint64_t table_elements() const { return table_elements_; }
  [[nodiscard]] uint32_t instance_count() const { return instance_count_; }
  /// The base of an instance without a memory: nothing is read there, but code may form addresses.
  [[nodiscard]] static uint8_t* no_memory();

 private:
  friend class Execution;
  template <class T, class... Args>
  [[nodiscard]] T* own(Vec<T*>& list, Args&&... args);
  struct HostObjects;
  template <class T, class... Args>
  [[nodiscard]] T* own(Vec<T*> HostObjects::*list, Args&&... args);

  Allocator& allocator_;
  const StoreConfig config_;
  VirtualMemory* virtual_memory_;
  Clock* clock_;
  Scheduler* scheduler_;
  TypeRegistry types_;
  HostFuncRecord* host_funcs_ = nullptr;  ///< newest first
  /// What the host made, and not an instance: of most stores nothing.
  struct HostObjects {
    explicit HostObjects(Allocator& allocator) : memories(allocator), tables(allocator), globals(allocator), tags(allocator) {}
    Vec<Memory*> memories;
    Vec<Table*> tables;
    Vec<GlobalCell*> globals;
    Vec<Tag*> tags;
  };
  HostObjects* host_objects_ = nullptr;  ///< null: none
  Instance* instances_ = nullptr;  ///< newest first
  Execution* executions_ = nullptr;
  ObjectHeap objects_;
  uint32_t instance_count_ = 0;
  uint64_t memory_bytes_ = 0;
  uint64_t table_elements_ = 0;
};

template <class Visit>
void Store::each_root(Visit visit) const {
  for (const Instance* instance = instances_; instance != nullptr; instance = instance->next_) instance->each_root(visit);
  if (host_objects_ == nullptr) return;
  for (const Table* table : host_objects_->tables) visit(table->elements().data(), table->elements().size());
  for (const GlobalCell* cell : host_objects_->globals) visit(cell, 1);
}

}  // namespace umber
