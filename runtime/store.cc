#include "runtime/store.h"

namespace umber {

Store::Store(Allocator& allocator, const StoreConfig& config, VirtualMemory* virtual_memory, Clock* clock, Scheduler* scheduler)
    : allocator_(allocator),
      config_(config),
      virtual_memory_(virtual_memory),
      clock_(clock),
      scheduler_(scheduler),
      types_(allocator, config_.types),
      objects_(*this) {}

/// Nobody writes it either: there is no instruction that could.
uint8_t* Store::no_memory() {
  alignas(16) static const uint8_t kNothing[16] = {};
  return const_cast<uint8_t*>(kNothing);
}

/// Instances first: they take themselves off the lists of the memories they use. Newest first, because a
/// memory's owner is older than its users.
Store::~Store() {
  while (instances_ != nullptr) {
    Instance* next = instances_->next_;
    allocator_.destroy(instances_);
    instances_ = next;
  }
  while (host_funcs_ != nullptr) {
    HostFuncRecord* next = host_funcs_->next;
    allocator_.destroy(host_funcs_);
    host_funcs_ = next;
  }
  if (host_objects_ == nullptr) return;
  for (Memory* memory : host_objects_->memories) allocator_.destroy(memory);
  for (Table* table : host_objects_->tables) allocator_.destroy(table);
  for (GlobalCell* cell : host_objects_->globals) allocator_.destroy(cell);
  for (Tag* tag : host_objects_->tags) allocator_.destroy(tag);
  allocator_.destroy(host_objects_);
}

/// Creates a T and remembers it, or neither; null when there is no memory.
template <class T, class... Args>
T* Store::own(Vec<T*>& list, Args&&... args) {
  if (!list.reserve(list.size() + 1)) return nullptr;
  T* object = allocator_.create<T>(std::forward<Args>(args)...);
  if (object != nullptr) (void)list.push(object);
  return object;
}

template <class T, class... Args>
T* Store::own(Vec<T*> HostObjects::*list, Args&&... args) {
  if (host_objects_ == nullptr) host_objects_ = allocator_.create<HostObjects>(allocator_);
  return host_objects_ == nullptr ? nullptr : own(host_objects_->*list, std::forward<Args>(args)...);
}

Result<Func*> Store::create_func(const HostFunction& function) {
  Result<uint32_t> type_id = types_.add_func(function.params, function.results);
  if (!type_id.ok()) return type_id.error();
  auto* record = allocator_.create<HostFuncRecord>();
  if (record == nullptr) return Error::out_of_memory("a host function");
  record->next = host_funcs_;
  host_funcs_ = record;
  record->func.entry = host_entry;
  record->func.target = record;
  record->func.type_id = *type_id;
  record->callback = function.callback;
  record->state = function.state;
  return &record->func;
}

/// init may fail after the object is on the list; it is empty then and goes with the store.
Result<Memory*> Store::create_memory(const wasm::MemoryType& type) {
  Memory* memory = own(&HostObjects::memories, *this);
  if (memory == nullptr) return Error::out_of_memory("a memory");
  const Status status = memory->init(type);
  if (!status.ok()) return status.error();
  return memory;
}

Result<Memory*> Store::attach_memory(SharedMemory& shared) {
  Memory* memory = own(&HostObjects::memories, *this);
  if (memory == nullptr) return Error::out_of_memory("a memory");
  UMBER_TRY(memory->attach(shared));
  return memory;
}

Result<Table*> Store::create_table(const wasm::TableType& type, Ref value) {
  Table* table = own(&HostObjects::tables, *this);
  if (table == nullptr) return Error::out_of_memory("a table");
  const Status status = table->init(type, value);
  if (!status.ok()) return status.error();
  return table;
}

Result<Global> Store::create_global(const wasm::GlobalType& type, const Slot* value) {
  GlobalCell* cell = own(&HostObjects::globals);
  if (cell == nullptr) return Error::out_of_memory("a global");
  for (uint32_t i = 0; i < 2; ++i) cell->value[i].bits = i < type.type.slots() ? value[i].bits : 0;
  return Global{cell, type};
}

Result<Tag*> Store::create_tag(uint32_t type_id) {
  Tag* tag = own(&HostObjects::tags, Tag{type_id});
  if (tag == nullptr) return Error::out_of_memory("a tag");
  return tag;
}

bool Store::charge_memory(uint64_t bytes) {
  if (memory_bytes_ > config_.max_total_memory_bytes || bytes > config_.max_total_memory_bytes - memory_bytes_) return false;
  memory_bytes_ += bytes;
  return true;
}

bool Store::charge_table(uint64_t elements) {
  if (!has_table_room(elements)) return false;
  table_elements_ += elements;
  return true;
}

}  // namespace umber
