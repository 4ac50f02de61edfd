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
  for (uint32_t i = 0; elements_ != nullptr && i < module_.elements.size(); ++i) elem_drop(i);
  for (size_t i = module_.imported_memories; context_ != nullptr && i < module_.memories.size(); ++i) allocator.destroy(memories_[i]);
  for (size_t i = module_.imported_tables; context_ != nullptr && i < module_.tables.size(); ++i) allocator.destroy(tables_[i]);
  for (size_t i = module_.imported_tags; context_ != nullptr && i < module_.tags.size(); ++i) allocator.destroy(tags_[i]);
  if (context_ != nullptr) allocator.release(context_, context_bytes_, alignof(VmContext));
}

Status Instance::build(std::span<const Extern> imports) {
  UMBER_TRY(allocate());
  UMBER_TRY(store_.types().add_module(module_, {const_cast<uint32_t*>(context_->type_ids), module_.types.size()}));
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

/// The context first: own globals follow it. Without memory yet it only measures.
void Instance::place(Layout& layout) {
  const wasm::Module& m = module_;
  auto* context = layout.place<VmContext>(1);
  (void)layout.place<GlobalCell>(m.globals.size() - m.imported_globals);
  auto* funcs = layout.place<Func>(m.functions.size() - m.imported_functions);
  auto* imported_funcs = layout.place<Func*>(m.imported_functions);
  auto* imported_globals = layout.place<GlobalCell*>(m.imported_globals);
  memories_ = layout.place<Memory*>(m.memories.size());
  auto* memories = layout.place<MemoryView*>(m.memories.size());
  tables_ = layout.place<Table*>(m.tables.size());
  auto* tables = layout.place<TableView*>(m.tables.size());
  tags_ = layout.place<Tag*>(m.tags.size());
  elements_ = layout.place<std::span<Ref>>(m.elements.size());
  auto* type_ids = layout.place<uint32_t>(m.types.size());
  dropped_data_ = layout.place<uint32_t>((m.data.size() + 31) / 32);
  if (context == nullptr) return;

  context_ = context;
  context->memory0_base = store_.no_memory();
  context->imported_funcs = imported_funcs;
  context->imported_func_count = m.imported_functions;
  context->funcs = funcs;
  context->imported_globals = imported_globals;
  context->imported_global_count = m.imported_globals;
  context->memories = memories;
  context->tables = tables;
  context->type_ids = type_ids;
  context->instance = this;
}

Status Instance::allocate() {
  Layout sizes(nullptr);
  place(sizes);
  context_bytes_ = sizes.bytes();
  auto* memory = static_cast<uint8_t*>(store_.allocator().allocate(context_bytes_, alignof(VmContext)));
  if (memory == nullptr) return Error::out_of_memory("an instance");
  Layout layout(memory);
  place(layout);
  return {};
}

Status Instance::bind_imports(std::span<const Extern> imports) {
  if (imports.size() != module_.imports.size())
    return Error::of(ErrorCode::Unlinkable, "the module has ", module_.imports.size(), " imports, ", imports.size(),
                     " were given");
  for (size_t i = 0; i < imports.size(); ++i) {
    const wasm::Import& import = module_.imports[i];
    const Extern& item = imports[i];
    UMBER_TRY(match_import(store_.types(), module_, import, context_->type_ids, item));
    switch (import.kind) {
      case ExternalKind::Func: const_cast<Func**>(context_->imported_funcs)[import.index] = item.func; break;
      case ExternalKind::Table: tables_[import.index] = item.table; break;
      case ExternalKind::Memory: memories_[import.index] = item.memory; break;
      case ExternalKind::Global: const_cast<GlobalCell**>(context_->imported_globals)[import.index] = item.global.cell; break;
      case ExternalKind::Tag: tags_[import.index] = item.tag; break;
    }
  }
  return {};
}

void Instance::define_functions() {
  for (uint32_t i = 0; i < module_.functions.size() - module_.imported_functions; ++i) {
    Func& func = context_->funcs[i];
    func.ctx = context_;
    func.func_idx = module_.imported_functions + i;
    func.type_id = context_->type_ids[module_.function_types[func.func_idx]];
  }
}

Status Instance::define_memories() {
  for (size_t i = 0; i < module_.memories.size(); ++i) {
    if (i >= module_.imported_memories) {
      UMBER_TRY(define_object(store_.allocator(), memories_[i], "a memory", store_));
      UMBER_TRY(memories_[i]->init(module_.memories[i].type));
    }
    const_cast<MemoryView**>(context_->memories)[i] = &memories_[i]->view();
  }
  attach_memory0();
  return {};
}

/// From now on the memory keeps the context up to date.
void Instance::attach_memory0() {
  if (module_.memories.empty()) return;
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
  for (size_t i = module_.imported_tags; i < module_.tags.size(); ++i) {
    const Tag tag = {context_->type_ids[module_.tags[i].type.type_idx]};
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
  for (size_t i = 0; i < module_.tables.size(); ++i) {
    if (i >= module_.imported_tables) {
      Ref value = kNullRef;
      if (module_.tables[i].init.size != 0) {
        Result<GlobalCell> initial = evaluator.evaluate(module_.tables[i].init);
        if (!initial.ok()) return initial.error();
        value = initial->value[0].bits;
      }
      wasm::TableType type = module_.tables[i].type;
      type.element = TypeRegistry::to_store(type.element, context_->type_ids);
      UMBER_TRY(define_object(store_.allocator(), tables_[i], "a table", store_));
      UMBER_TRY(tables_[i]->init(type, value));
    }
    const_cast<TableView**>(context_->tables)[i] = &tables_[i]->view();
  }
  return {};
}

/// Evaluates all segments; declarative ones are dropped at once.
Status Instance::define_elements() {
  ConstEvaluator evaluator(*this);
  for (size_t i = 0; i < module_.elements.size(); ++i) {
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
