#include "spec-tests/engine.h"

#include <algorithm>
#include <cstring>

#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "ports/linux/platform.h"
#include "runtime/linker.h"
#include "spec-tests/spectest_module.h"
#include "spec-tests/tiers.h"

namespace umber::spectest {

struct LoadedModule {
  explicit LoadedModule(Allocator& allocator) : module(allocator) {}
  std::vector<uint8_t> bytes;  ///< the module points into it
  wasm::Module module;
};

namespace {

std::string to_std(StringRef text) { return {text.data(), text.size()}; }

FailureKind kind_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::Malformed: return FailureKind::Malformed;
    case ErrorCode::Invalid: return FailureKind::Invalid;
    case ErrorCode::Unsupported: return FailureKind::Unsupported;
    case ErrorCode::Unlinkable: return FailureKind::Unlinkable;
    case ErrorCode::Trap: return FailureKind::Trap;
    case ErrorCode::NotFound: return FailureKind::NotFound;
    case ErrorCode::LimitReached:
    case ErrorCode::OutOfMemory:
    case ErrorCode::InvalidArgument:
    case ErrorCode::Denied:
    case ErrorCode::Io: return FailureKind::Other;
  }
  return FailureKind::Other;
}

Failure failure_of(const Error& error) { return {kind_of(error.code()), to_std(error.message().str())}; }

Failure failure_of(const Trap& trap) {
  std::string message = to_std(text_of(trap.kind));
  if (!trap.message().empty()) message += ": " + to_std(trap.message());
  switch (trap.kind) {
    case TrapKind::StackOverflow: return {FailureKind::Exhaustion, message};
    case TrapKind::UncaughtException: return {FailureKind::Exception, message};
    case TrapKind::Unsupported: return {FailureKind::Unsupported, message};
    case TrapKind::OutOfMemory:
    case TrapKind::OutOfFuel:
    case TrapKind::DeadlineExceeded:
    case TrapKind::Killed:
    case TrapKind::HostError:
    case TrapKind::Exit: return {FailureKind::Other, message};
    default: return {FailureKind::Trap, message};
  }
}

// ---- values --------------------------------------------------------------------------------------------------------

void write_argument(const text::Value& value, Slot* slots) {
  slots[0].bits = value.bits;
  switch (value.kind) {
    case text::Value::Kind::I32:
    case text::Value::Kind::I64:
    case text::Value::Kind::F32:
    case text::Value::Kind::F64: break;
    case text::Value::Kind::V128: std::memcpy(slots, value.v128.data(), 16); break;
    case text::Value::Kind::RefNull: slots[0].bits = kNullRef; break;
    case text::Value::Kind::RefExtern:
    case text::Value::Kind::RefHost: slots[0].bits = host_ref(value.bits); break;
  }
}

bool fits(const text::Value& value, wasm::ValType type) {
  switch (value.kind) {
    case text::Value::Kind::I32: return type == wasm::ValType::I32;
    case text::Value::Kind::I64: return type == wasm::ValType::I64;
    case text::Value::Kind::F32: return type == wasm::ValType::F32;
    case text::Value::Kind::F64: return type == wasm::ValType::F64;
    case text::Value::Kind::V128: return type == wasm::ValType::V128;
    case text::Value::Kind::RefNull: return type.is_nullable();
    case text::Value::Kind::RefExtern:
    case text::Value::Kind::RefHost: return type.is_ref();
  }
  return false;
}

enum class Hierarchy : uint8_t { Any, Func, Extern, Exn };

Hierarchy hierarchy_of(wasm::HeapType type, const TypeRegistry& types) {
  if (!type.is_abstract())
    return types[type.type_idx()].kind == wasm::CompositeKind::Func ? Hierarchy::Func : Hierarchy::Any;
  switch (type.abstract()) {
    case wasm::HeapType::Func:
    case wasm::HeapType::NoFunc: return Hierarchy::Func;
    case wasm::HeapType::Extern:
    case wasm::HeapType::NoExtern: return Hierarchy::Extern;
    case wasm::HeapType::Exn:
    case wasm::HeapType::NoExn: return Hierarchy::Exn;
    default: return Hierarchy::Any;
  }
}

RunValue ref_value(Ref ref, wasm::HeapType type, const TypeRegistry& types) {
  using Referent = RunValue::Referent;
  RunValue value{.kind = RunValue::Kind::Ref, .bits = ref};
  const Hierarchy hierarchy = hierarchy_of(type, types);
  value.is_extern = hierarchy == Hierarchy::Extern;
  if (ref == kNullRef) {
    value.referent = Referent::Null;
  } else if (hierarchy == Hierarchy::Func) {
    value.referent = Referent::Func;
  } else if (hierarchy == Hierarchy::Exn) {
    value.referent = Referent::Exception;
  } else if (is_i31_ref(ref)) {
    value.referent = Referent::I31;
  } else if (is_host_ref(ref)) {
    value.referent = Referent::Host;
    value.bits = host_value_of(ref);
  } else {
    value.referent = Referent::Object;
  }
  return value;
}

RunValue read_value(const Slot* slots, wasm::ValType type, const TypeRegistry& types) {
  switch (type.kind()) {
    case wasm::ValType::I32: return {.kind = RunValue::Kind::I32, .bits = slots[0].u32};
    case wasm::ValType::I64: return {.kind = RunValue::Kind::I64, .bits = slots[0].u64};
    case wasm::ValType::F32: return {.kind = RunValue::Kind::F32, .bits = slots[0].u32};
    case wasm::ValType::F64: return {.kind = RunValue::Kind::F64, .bits = slots[0].u64};
    case wasm::ValType::V128: {
      RunValue value{.kind = RunValue::Kind::V128};
      std::memcpy(value.v128.data(), slots, 16);
      return value;
    }
    default: return ref_value(slots[0].bits, type.heap_type(), types);
  }
}

}  // namespace

const char* name_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::Malformed: return "malformed";
    case FailureKind::Invalid: return "invalid";
    case FailureKind::Unsupported: return "unsupported";
    case FailureKind::Unlinkable: return "unlinkable";
    case FailureKind::Trap: return "trap";
    case FailureKind::Exhaustion: return "exhaustion";
    case FailureKind::Exception: return "exception";
    case FailureKind::NotFound: return "not found";
    case FailureKind::Other: return "error";
  }
  return "";
}

// ---- the engine ----------------------------------------------------------------------------------------------------

/// What forks have in common.
struct Engine::Shared {
  explicit Shared(const EngineConfig& engine_config) : config(engine_config) {}
  const EngineConfig config;
  linux_port::Platform platform;
};

/// What each has for itself. Members are destroyed in reverse: the store before the modules and the tier that it uses.
struct Engine::Parts {
  explicit Parts(Shared& shared)
      : tier(make_tier(shared.config, shared.platform)),
        store(shared.platform.allocator, store_config(shared.config), &shared.platform.virtual_memory, &shared.platform.clock,
              &shared.platform.scheduler),
        linker(store),
        execution(store),
        ready(execution.init()) {
    if (ready.ok()) ready = define_spectest(linker, shared.config.features);
  }

  static StoreConfig store_config(const EngineConfig& config) {
    StoreConfig result;
    result.bounds = config.guarded_memory ? BoundsMode::Guarded : BoundsMode::Checked;
    result.heap.collect_always = config.collect_always;
    return result;
  }
  void set_deadline(uint32_t timeout_ms) {
    execution.set_deadline(store.clock()->now_ns() + uint64_t{timeout_ms} * 1'000'000);
  }
  /// An instance of another store: the shared memories among its exports.
  [[nodiscard]] Status define_foreign(const std::string& name, const Instance& instance) {
    for (const wasm::Export& item : instance.module().exports) {
      Memory* memory = instance.find_memory(item.name);
      if (memory == nullptr || memory->shared() == nullptr) continue;
      const Result<Memory*> attached = store.attach_memory(*memory->shared());
      if (!attached.ok()) return attached.error();
      UMBER_TRY(linker.define(StringRef(name), item.name, Extern(*attached.value())));
    }
    return {};
  }

  std::vector<std::unique_ptr<LoadedModule>> modules;
  std::unique_ptr<TierHolder> tier;
  Store store;
  Linker linker;
  Execution execution;
  Status ready;
};

Engine::Engine(const EngineConfig& config) : Engine(std::make_shared<Shared>(config)) {}
Engine::Engine(std::shared_ptr<Shared> shared) : shared_(std::move(shared)), parts_(std::make_unique<Parts>(*shared_)) {}
Engine::~Engine() = default;

std::unique_ptr<Engine> Engine::fork() { return std::unique_ptr<Engine>(new Engine(shared_)); }

Outcome<ModuleHandle> Engine::load(std::vector<uint8_t> bytes) {
  Allocator& allocator = shared_->platform.allocator;
  auto loaded = std::make_unique<LoadedModule>(allocator);
  loaded->bytes = std::move(bytes);
  if (Status parsed = wasm::parse(loaded->bytes, shared_->config.features, loaded->module); !parsed.ok())
    return failure_of(parsed.error());
  if (Status valid = wasm::validate(loaded->module, allocator); !valid.ok()) return failure_of(valid.error());
  parts_->modules.push_back(std::move(loaded));
  return ModuleHandle(parts_->modules.back().get());
}

Outcome<InstanceHandle> Engine::instantiate(ModuleHandle module) {
  if (!parts_->ready.ok()) return failure_of(parts_->ready.error());
  if (parts_->tier == nullptr) return Failure{FailureKind::Unsupported, "no engine: modules are only validated"};
  parts_->set_deadline(shared_->config.call_timeout_ms);
  const Result<Instance*> instance = parts_->linker.instantiate(module->module, parts_->tier->tier(), parts_->execution);
  if (instance.ok()) return InstanceHandle(instance.value());
  if (instance.error().code() == ErrorCode::Trap) return failure_of(parts_->execution.last_trap());
  return failure_of(instance.error());
}

void Engine::register_instance(const std::string& name, InstanceHandle instance) {
  const bool is_own = &instance->store() == &parts_->store;
  const Status defined = is_own ? parts_->linker.define_instance(StringRef(name), *instance) : parts_->define_foreign(name, *instance);
  if (!defined.ok()) parts_->ready = defined;
}

bool Engine::imports_from(ModuleHandle module, const std::set<std::string>& module_names) const {
  for (const wasm::Import& import : module->module.imports) {
    if (module_names.contains(to_std(import.module))) return true;
  }
  return false;
}

Outcome<std::vector<RunValue>> Engine::invoke(InstanceHandle instance, const std::string& function,
                                              std::span<const text::Value> arguments) {
  const Func* func = instance->find_func(StringRef(function));
  if (func == nullptr) return Failure{FailureKind::NotFound, "no exported function \"" + function + "\""};
  const StoreType& type = parts_->store.type_of(*func);
  if (arguments.size() != type.func().params.size()) return Failure{FailureKind::Other, "wrong number of arguments"};

  std::vector<Slot> slots(std::max<size_t>({type.param_slots, type.result_slots, 2}));
  size_t next = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!fits(arguments[i], type.func().params[i]))
      return Failure{FailureKind::Other, "argument " + std::to_string(i) + " has the wrong type"};
    write_argument(arguments[i], &slots[next]);
    next += type.func().params[i].slots();
  }
  parts_->set_deadline(shared_->config.call_timeout_ms);
  if (parts_->execution.call(*func, slots.data()) != RunStatus::Done) return failure_of(parts_->execution.last_trap());

  std::vector<RunValue> results;
  next = 0;
  for (const wasm::ValType result : type.func().results) {
    results.push_back(read_value(&slots[next], result, parts_->store.types()));
    next += result.slots();
  }
  return results;
}

Outcome<std::vector<RunValue>> Engine::get(InstanceHandle instance, const std::string& global) {
  Extern item;
  if (!instance->find_export(StringRef(global), item) || item.kind != wasm::ExternalKind::Global) {
    return Failure{FailureKind::NotFound, "no exported global \"" + global + "\""};
  }
  return std::vector{read_value(item.global.cell->value, item.global.type.type, parts_->store.types())};
}

}  // namespace umber::spectest
