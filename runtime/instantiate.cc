// From a validated module and its imports to an instance
// (https://webassembly.github.io/spec/core/exec/modules.html#instantiation). Everything that can fail without an effect
// comes first, in Instance::build; then active segments, which write into imported objects, and the start function. The
// arrays of an instance lie in one piece with its context; own objects are destroyed with it.
#include <cstring>

#include "runtime/const_expr.h"
#include "runtime/import_match.h"
#include "runtime/store.h"

namespace umber {

using wasm::ExternalKind;
using wasm::SegmentMode;

namespace {

/// An own object of the instance, which the instance destroys.
template <class T, class... Args>
[[nodiscard]] Status define_object(Allocator& allocator, T*& out, StringRef what, Args&&... args) {
  out = allocator.create<T>(std::forward<Args>(args)...);
  if (out == nullptr) return Error::out_of_memory(what);
  return {};
}

Error segment_error(uint32_t position, StringRef what, uint32_t idx, TrapKind trap) {
  return Error::at(ErrorCode::Trap, position, what, idx, ": ", text_of(trap));
}

}  // namespace

/// Places arrays one behind the other: without `base` only to learn how much room they take.
class Instance::Layout {
 public:
  explicit Layout(uint8_t* base) : base_(base) {}
  template <class T>
  T* place(size_t count) {
    bytes_ = (bytes_ + (alignof(T) - 1)) & ~(alignof(T) - 1);
    T* array = base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + bytes_);
    bytes_ += count * sizeof(T);
    for (size_t i = 0; array != nullptr && i < count; ++i) new (array + i) T{};
    return array;
  }
  template <class T>
  void place(size_t count, std::span<T>& out) {
    T* array = place<T>(count);
    if (array != nullptr) out = {array, count};
  }
  [[nodiscard]] size_t bytes() const { return bytes_; }

 private:
  uint8_t* base_;
  size_t bytes_ = 0;
};

Instance::Instance(Store& store, const wasm::Module& module, Tier* tier)
    : store_(store), module_(module), tier_(tier) {}

Instance::~Instance() {
  if (prepared_) tier_->release(*this);
  detach_memory0();
  Allocator& allocator = store_.allocator();
  for (uint32_t i = 0; i < elements_.size(); ++i) elem_drop(i);
  for (size_t i = module_.imported_memories; i < memories_.size(); ++i) allocator.destroy(memories_[i]);
  for (size_t i = module_.imported_tables; i < tables_.size(); ++i) allocator.destroy(tables_[i]);
  for (size_t i = module_.imported_tags; i < tags_.size(); ++i) allocator.destroy(tags_[i]);
  if (context_ != nullptr) allocator.release(context_, context_bytes_, alignof(VmContext));
}

Status Instance::build(std::span<const Extern> imports) {
  UMBER_TRY(allocate());
  UMBER_TRY(store_.types().add_module(module_, type_ids_));
  UMBER_TRY(bind_imports(imports));
  define_functions();
  UMBER_TRY(define_memories());
  UMBER_TRY(define_tags());
  UMBER_TRY(define_globals());
  UMBER_TRY(define_tables());
  UMBER_TRY(define_elements());
  prepared_ = true;
  return tier_->prepare(*this);
}

/// The context first: own globals follow it.
void Instance::place(Layout& layout) {
  const wasm::Module& m = module_;
  context_ = layout.place<VmContext>(1);
  (void)layout.place<GlobalCell>(m.globals.size() - m.imported_globals);
  layout.place(m.functions.size() - m.imported_functions, funcs_);
  layout.place(m.imported_functions, imported_funcs_);
  layout.place(m.imported_globals, imported_globals_);
  layout.place(m.memories.size(), memories_);
  layout.place(m.memories.size(), memory_views_);
  layout.place(m.tables.size(), tables_);
  layout.place(m.tables.size(), table_views_);
  layout.place(m.tags.size(), tags_);
  layout.place(m.elements.size(), elements_);
  layout.place(m.types.size(), type_ids_);
  layout.place((m.data.size() + 31) / 32, dropped_data_);
}

Status Instance::allocate() {
  const wasm::Module& m = module_;
  Layout sizes(nullptr);
  place(sizes);
  context_bytes_ = sizes.bytes();
  auto* memory = static_cast<uint8_t*>(store_.allocator().allocate(context_bytes_, alignof(VmContext)));
  if (memory == nullptr) return Error::out_of_memory("an instance");
  Layout layout(memory);
  place(layout);

  context_->memory0_base = store_.no_memory();
  context_->imported_funcs = imported_funcs_.data();
  context_->imported_func_count = m.imported_functions;
  context_->funcs = funcs_.data();
  context_->imported_globals = imported_globals_.data();
  context_->imported_global_count = m.imported_globals;
  context_->memories = memory_views_.data();
  context_->tables = table_views_.data();
  context_->type_ids = type_ids_.data();
  context_->instance = this;
  return {};
}

Status Instance::bind_imports(std::span<const Extern> imports) {
  if (imports.size() != module_.imports.size())
    return Error::of(ErrorCode::Unlinkable, "the module has ", module_.imports.size(), " imports, ", imports.size(),
                     " were given");
  for (size_t i = 0; i < imports.size(); ++i) {
    const wasm::Import& import = module_.imports[i];
    const Extern& item = imports[i];
    UMBER_TRY(match_import(store_.types(), module_, import, type_ids_.data(), item));
    switch (import.kind) {
      case ExternalKind::Func: imported_funcs_[import.index] = item.func; break;
      case ExternalKind::Table: tables_[import.index] = item.table; break;
      case ExternalKind::Memory: memories_[import.index] = item.memory; break;
      case ExternalKind::Global: imported_globals_[import.index] = item.global.cell; break;
      case ExternalKind::Tag: tags_[import.index] = item.tag; break;
    }
  }
  return {};
}

void Instance::define_functions() {
  for (uint32_t i = 0; i < funcs_.size(); ++i) {
    Func& func = funcs_[i];
    func.ctx = context_;
    func.func_idx = module_.imported_functions + i;
    func.type_id = type_ids_[module_.function_types[func.func_idx]];
  }
}

Status Instance::define_memories() {
  for (size_t i = 0; i < memories_.size(); ++i) {
    if (i >= module_.imported_memories) {
      UMBER_TRY(define_object(store_.allocator(), memories_[i], "a memory", store_));
      UMBER_TRY(memories_[i]->init(module_.memories[i].type));
    }
    memory_views_[i] = &memories_[i]->view();
  }
  attach_memory0();
  return {};
}

/// From now on the memory keeps the context up to date.
void Instance::attach_memory0() {
  if (memories_.empty()) return;
  Memory& memory = *memories_[0];
  next_memory0_user_ = memory.users_;
  memory.users_ = this;
  attached_ = true;
  context_->memory0_base = memory.base();
  context_->memory0_size = memory.size_bytes();
}

void Instance::detach_memory0() {
  if (!attached_) return;
  Instance** link = &memories_[0]->users_;
  while (*link != this) link = &(*link)->next_memory0_user_;
  *link = next_memory0_user_;
}

Status Instance::define_tags() {
  for (size_t i = module_.imported_tags; i < tags_.size(); ++i) {
    const Tag tag = {type_ids_[module_.tags[i].type.type_idx]};
    UMBER_TRY(define_object(store_.allocator(), tags_[i], "a tag", tag));
  }
  return {};
}

Status Instance::define_globals() {
  ConstEvaluator evaluator(*this);
  for (uint32_t i = module_.imported_globals; i < module_.globals.size(); ++i) {
    Result<GlobalCell> value = evaluator.evaluate(module_.globals[i].init);
    if (!value.ok()) return value.error();
    context_->global(i) = *value;
  }
  return {};
}

Status Instance::define_tables() {
  ConstEvaluator evaluator(*this);
  for (size_t i = 0; i < tables_.size(); ++i) {
    if (i >= module_.imported_tables) {
      Ref value = kNullRef;
      if (module_.tables[i].init.size != 0) {
        Result<GlobalCell> initial = evaluator.evaluate(module_.tables[i].init);
        if (!initial.ok()) return initial.error();
        value = initial->value[0].bits;
      }
      wasm::TableType type = module_.tables[i].type;
      type.element = TypeRegistry::to_store(type.element, type_ids_.data());
      UMBER_TRY(define_object(store_.allocator(), tables_[i], "a table", store_));
      UMBER_TRY(tables_[i]->init(type, value));
    }
    table_views_[i] = &tables_[i]->view();
  }
  return {};
}

/// Evaluates all segments; declarative ones are dropped at once.
Status Instance::define_elements() {
  ConstEvaluator evaluator(*this);
  for (size_t i = 0; i < elements_.size(); ++i) {
    const wasm::ElementSegment& segment = module_.elements[i];
    if (segment.mode == SegmentMode::Declarative || segment.count == 0) continue;
    auto* refs = static_cast<Ref*>(store_.allocator().allocate(segment.count * sizeof(Ref), alignof(Ref)));
    if (refs == nullptr) return Error::out_of_memory("an element segment");
    std::memset(refs, 0, segment.count * sizeof(Ref));
    elements_[i] = {refs, segment.count};
    ConstEvaluator::Elements source(evaluator, segment);
    for (uint32_t n = 0; n < segment.count; ++n) {
      Result<Ref> ref = source.next();
      if (!ref.ok()) return ref.error();
      refs[n] = *ref;
    }
  }
  return {};
}

Status Instance::apply_segments(TrapKind& trap) {
  ConstEvaluator evaluator(*this);
  for (uint32_t i = 0; i < module_.elements.size(); ++i) {
    const wasm::ElementSegment& segment = module_.elements[i];
    if (segment.mode != SegmentMode::Active) continue;
    Result<GlobalCell> offset = evaluator.evaluate(segment.offset);
    if (!offset.ok()) return offset.error();
    trap = table_init(segment.table, i, offset->value[0].u64, 0, segment.count);
    if (trap != TrapKind::None) return segment_error(segment.position, "element segment ", i, trap);
    elem_drop(i);
  }
  for (uint32_t i = 0; i < module_.data.size(); ++i) {
    const wasm::DataSegment& segment = module_.data[i];
    if (segment.mode != SegmentMode::Active) continue;
    Result<GlobalCell> offset = evaluator.evaluate(segment.offset);
    if (!offset.ok()) return offset.error();
    trap = memory_init(segment.memory, i, offset->value[0].u64, 0, segment.bytes.size);
    if (trap != TrapKind::None) return segment_error(segment.position, "data segment ", i, trap);
    data_drop(i);
  }
  return {};
}

Result<Instance*> Store::instantiate(const wasm::Module& module, std::span<const Extern> imports, Tier& tier,
                                     Execution& execution) {
  if (instance_count_ >= config_.max_instances)
    return Error::of(ErrorCode::LimitReached, "the store has ", instance_count_, " instances, its limit");
  Instance* instance = allocator_.create<Instance>(*this, module, &tier);
  if (instance == nullptr) return Error::out_of_memory("an instance");
  objects_.set_building(instance);
  const Status built = instance->build(imports);
  objects_.set_building(nullptr);
  if (!built.ok()) {
    allocator_.destroy(instance);
    return built.error();
  }
  // From here on others may refer to it, so it stays whatever happens.
  instance->next_ = instances_;
  instances_ = instance;
  ++instance_count_;

  TrapKind trap = TrapKind::None;
  const Status applied = instance->apply_segments(trap);
  if (trap != TrapKind::None) (void)execution.trap(trap, applied.error().text());
  if (!applied.ok()) return applied.error();
  if (module.start == wasm::kNoIndex) return instance;
  Slot no_values;
  if (execution.call(instance->func(module.start), &no_values) != RunStatus::Trapped) return instance;
  return Error::of(ErrorCode::Trap, "start function: ", text_of(execution.last_trap().kind));
}

}  // namespace umber
