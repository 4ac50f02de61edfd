// Runs one module of Binaryen's fuzzer and prints everything that another engine must agree with: every call with its arguments,
// what it logs, its results or why it ended; then memory and globals. First comes the plan, by which v8.mjs makes the same calls.
//
//   plan func_7 i32:5 f64:0x3ff0000000000000 null
//   call func_7
//   log i32:3
//   = i32:12 ref                                       or   ! unreachable
//
// A NaN is "nan", whatever its bits. "! limit" ends the comparison: a stack, a heap or patience was exhausted, and engines may differ
// in where.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "decoder/parse/parse.h"
#include "decoder/validate/validate.h"
#include "ports/linux/platform.h"
#include "runtime/exception.h"
#include "runtime/linker.h"
#include "spec-tests/tiers.h"

namespace umber::v8_runner {
namespace {

using wasm::ValType;

constexpr uint64_t kFuelPerCall = 20'000'000;

std::string to_std(StringRef text) { return {text.data(), text.size()}; }

// ---- text ----------------------------------------------------------------------------------------------------------

std::string hex(uint64_t bits) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(bits));
  return text;
}
bool is_nan32(uint32_t bits) { return (bits & 0x7fff'ffff) > 0x7f80'0000; }
bool is_nan64(uint64_t bits) { return (bits & INT64_MAX) > 0x7ff0'0000'0000'0000; }

std::string text_of(ValType type, const Slot* value) {
  switch (type.kind()) {
    case ValType::I32: return "i32:" + std::to_string(value->i32);
    case ValType::I64: return "i64:" + std::to_string(value->i64);
    case ValType::F32: return "f32:" + (is_nan32(value->u32) ? "nan" : hex(value->u32));
    case ValType::F64: return "f64:" + (is_nan64(value->u64) ? "nan" : hex(value->u64));
    case ValType::V128: return "i64:" + std::to_string(value[0].i64) + " i64:" + std::to_string(value[1].i64);
    default: return value->bits == kNullRef ? "null" : "ref";
  }
}

/// What both engines call it. Kinds that they tell apart in different ways share a name.
const char* name_of(TrapKind kind) {
  switch (kind) {
    case TrapKind::Unreachable: return "unreachable";
    case TrapKind::IntegerDivideByZero: return "zero";
    case TrapKind::IntegerOverflow:
    case TrapKind::InvalidConversionToInteger: return "unrepresentable";
    case TrapKind::MemoryOutOfBounds: return "memory";
    case TrapKind::TableOutOfBounds:
    case TrapKind::UndefinedElement: return "table";
    case TrapKind::UninitializedElement:
    case TrapKind::IndirectCallTypeMismatch: return "signature";
    case TrapKind::NullReference:
    case TrapKind::NullFunctionReference:
    case TrapKind::NullStructReference:
    case TrapKind::NullArrayReference:
    case TrapKind::NullI31Reference:
    case TrapKind::NullExceptionReference: return "null";
    case TrapKind::ArrayOutOfBounds: return "array";
    case TrapKind::CastFailure: return "cast";
    case TrapKind::UncaughtException: return "exception";
    case TrapKind::Unsupported: return "unsupported";
    case TrapKind::StackOverflow:
    case TrapKind::OutOfMemory:
    case TrapKind::OutOfFuel:
    case TrapKind::DeadlineExceeded: return "limit";
    default: return "another";
  }
}

// ---- calls ---------------------------------------------------------------------------------------------------------

/// An export that a host without vectors can call, with its arguments.
struct Planned {
  std::string name;
  uint32_t func_idx = 0;
  std::vector<ValType> params;
  std::vector<ValType> results;
  std::vector<Slot> arguments;
};

bool is_callable(const wasm::FuncType& type) {
  for (const auto& list : {type.params, type.results}) {
    for (ValType item : list) {
      if (item.kind() == ValType::V128) return false;
      if (item.is_ref() && item.heap_type().is_abstract() &&
          (item.heap_type().abstract() == wasm::HeapType::Exn || item.heap_type().abstract() == wasm::HeapType::NoExn))
        return false;
    }
  }
  for (ValType param : type.params)
    if (param.is_ref() && !param.is_nullable()) return false;
  return true;
}

/// The values that most easily go wrong, by turns.
Slot argument_of(ValType type, uint32_t turn) {
  constexpr int64_t kIntegers[] = {0, 1, -1, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX, 65536, 7};
  constexpr double kFloats[] = {0, -0.0, 1, -1.5, 4294967296.0, -2147483649.0, 1e300, 0.1};
  Slot slot{};
  switch (type.kind()) {
    case ValType::I32: slot.u64 = static_cast<uint32_t>(kIntegers[turn % std::size(kIntegers)]); break;
    case ValType::I64: slot.i64 = kIntegers[turn % std::size(kIntegers)]; break;
    case ValType::F32: slot.f32 = static_cast<float>(kFloats[turn % std::size(kFloats)]); break;
    case ValType::F64: slot.f64 = kFloats[turn % std::size(kFloats)]; break;
    default: break;  // null
  }
  return slot;
}

class Session {
 public:
  Session(spectest::EngineConfig config, std::vector<uint8_t> bytes)
      : bytes_(std::move(bytes)), module_(platform_.allocator), tier_(spectest::make_tier(config, platform_)),
        store_(platform_.allocator, store_config(config), &platform_.virtual_memory, &platform_.clock), linker_(store_),
        execution_(store_) {}

  int run();

 private:
  /// A function of "fuzzing-support".
  struct Import {
    Session* session;
    std::string name;
    std::vector<ValType> params;
    std::vector<ValType> results;
  };
  static StoreConfig store_config(const spectest::EngineConfig& config) {
    StoreConfig result;
    result.bounds = config.guarded_memory ? BoundsMode::Guarded : BoundsMode::Checked;
    return result;
  }
  [[nodiscard]] bool fails(const Status& status) {
    if (!status.ok()) std::printf("! %s\n", status.error().message().c_str());
    return !status.ok();
  }
  [[nodiscard]] bool define_imports();
  void make_plan();
  /// False: nothing may be compared any more.
  bool call(const Planned& planned);
  bool end_with_trap();
  HostResult imported(const Import& import, Caller& caller, Slot* values);
  HostResult call_export(Caller& caller, bool catches, Slot* values);
  HostResult raise(Caller& caller, Tag* tag, uint64_t payload);
  void print_state();

  linux_port::Platform platform_;
  std::vector<uint8_t> bytes_;
  wasm::Module module_;
  std::unique_ptr<spectest::TierHolder> tier_;
  std::vector<std::unique_ptr<Import>> imports_;
  Store store_;
  Linker linker_;
  Execution execution_;
  Instance* instance_ = nullptr;
  Tag* wasm_tag_ = nullptr;
  Tag* js_tag_ = nullptr;
  std::vector<Planned> plan_;
};

int Session::run() {
  if (fails(wasm::parse(bytes_, wasm::Features::all(), module_)) || fails(wasm::validate(module_, platform_.allocator)) ||
      fails(execution_.init()) || !define_imports())
    return 1;
  make_plan();
  std::printf("instantiate\n");
  execution_.set_fuel(kFuelPerCall);
  const Result<Instance*> instance = linker_.instantiate(module_, tier_->tier(), execution_);
  if (!instance.ok()) {
    if (instance.error().code() != ErrorCode::Trap) return fails(instance.error()) ? 1 : 0;
    (void)end_with_trap();
    return 0;
  }
  instance_ = instance.value();
  std::printf("=\n");
  for (const Planned& planned : plan_)
    if (!call(planned)) return 0;
  print_state();
  return 0;
}

void Session::make_plan() {
  uint32_t turn = 0;
  for (const wasm::Export& item : module_.exports) {
    if (item.kind != wasm::ExternalKind::Func) continue;
    const wasm::FuncType& type = module_.func_type(item.index);
    if (!is_callable(type)) continue;
    Planned planned{to_std(item.name), item.index, {type.params.begin(), type.params.end()},
                    {type.results.begin(), type.results.end()}, {}};
    std::string line = "plan " + planned.name;
    for (ValType param : type.params) {
      planned.arguments.push_back(argument_of(param, turn++));
      line += " " + text_of(param, &planned.arguments.back());
    }
    std::printf("%s\n", line.c_str());
    plan_.push_back(std::move(planned));
  }
}

bool Session::call(const Planned& planned) {
  std::printf("call %s\n", planned.name.c_str());
  std::fflush(stdout);
  std::vector<Slot> values = planned.arguments;
  values.resize(std::max(planned.params.size(), planned.results.size()) + 1);
  execution_.set_fuel(kFuelPerCall);
  if (execution_.call(instance_->func(planned.func_idx), values.data()) != RunStatus::Done) return end_with_trap();
  std::string line = "=";
  for (size_t i = 0; i < planned.results.size(); ++i) line += " " + text_of(planned.results[i], &values[i]);
  std::printf("%s\n", line.c_str());
  return true;
}

bool Session::end_with_trap() {
  const Trap& trap = execution_.last_trap();
  std::printf("! %s\n", name_of(trap.kind));
  return std::strcmp(name_of(trap.kind), "limit") != 0;
}

// ---- imports -------------------------------------------------------------------------------------------------------

bool Session::define_imports() {
  const ValType i32[] = {ValType(ValType::I32)}, externref[] = {ValType::externref()};
  wasm_tag_ = store_.create_tag(store_.types().add_func(i32, {}).value()).value();
  js_tag_ = store_.create_tag(store_.types().add_func(externref, {}).value()).value();
  for (const wasm::Import& item : module_.imports) {
    if (item.kind == wasm::ExternalKind::Tag) {
      const bool is_js = to_std(item.name) == "jstag";
      if (fails(linker_.define(item.module, item.name, Extern(is_js ? *js_tag_ : *wasm_tag_)))) return false;
    }
    if (item.kind != wasm::ExternalKind::Func) continue;
    const wasm::FuncType& type = module_.func_type(item.index);
    imports_.push_back(std::make_unique<Import>(Import{this, to_std(item.name), {type.params.begin(), type.params.end()},
                                                       {type.results.begin(), type.results.end()}}));
    Import& import = *imports_.back();
    const HostCallback callback = [](void* state, Caller& caller, Slot* values) {
      const auto& called = *static_cast<const Import*>(state);
      return called.session->imported(called, caller, values);
    };
    if (fails(linker_.define(item.module, item.name, HostFunction{callback, &import, import.params, import.results}))) return false;
  }
  return true;
}

HostResult Session::raise(Caller& caller, Tag* tag, uint64_t payload) {
  Slot slot{};
  slot.u64 = payload;
  return caller.throw_exception(*tag, &slot);
}

/// See v8.mjs, which does the same.
HostResult Session::imported(const Import& import, Caller& caller, Slot* values) {
  if (import.name.starts_with("log-")) {
    std::printf("log %s\n", text_of(import.params[0], values).c_str());
    return HostResult::done();
  }
  if (import.name == "throw") return values[0].u32 == 0 ? raise(caller, js_tag_, host_ref(1)) : raise(caller, wasm_tag_, values[0].u32);
  Extern table;
  if (instance_ != nullptr && instance_->find_export("table", table) && table.kind == wasm::ExternalKind::Table) {
    const std::span<Ref> elements = table.table->elements();
    const uint32_t index = values[0].u32;
    if (import.name == "table-get" || import.name == "table-set") {
      if (index >= elements.size()) return raise(caller, js_tag_, host_ref(1));
      if (import.name == "table-set")
        elements[index] = values[1].bits;
      else
        values[0].bits = elements[index];
      return HostResult::done();
    }
  }
  if (import.name == "call-export" || import.name == "call-export-catch") return call_export(caller, import.name == "call-export-catch", values);
  if (import.name == "sleep") {
    values[0].u64 = values[1].u32;
    return HostResult::done();
  }
  for (size_t i = 0; i < import.results.size(); ++i) values[i].bits = 0;
  return HostResult::done();
}

HostResult Session::call_export(Caller& caller, bool catches, Slot* values) {
  if (!plan_.empty() && instance_ != nullptr) {
    const Planned& planned = plan_[values[0].u32 % plan_.size()];
    std::vector<Slot> inner = planned.arguments;
    inner.resize(std::max(planned.params.size(), planned.results.size()) + 1);
    const HostResult result = caller.call(instance_->func(planned.func_idx), inner.data());
    const bool thrown = result.status() == RunStatus::Trapped && execution_.last_trap().kind == TrapKind::UncaughtException;
    if (result.status() != RunStatus::Done && !(catches && thrown)) return result;
    if (thrown) {
      values[0].u64 = 1;
      return HostResult::done();
    }
  }
  if (catches) values[0].u64 = 0;
  return HostResult::done();
}

// ---- afterwards ----------------------------------------------------------------------------------------------------

void Session::print_state() {
  for (const wasm::Export& item : module_.exports) {
    if (item.kind == wasm::ExternalKind::Global) {
      const Global global = instance_->global(item.index);
      if (global.type.type.is_number()) std::printf("global %s %s\n", to_std(item.name).c_str(), text_of(global.type.type, global.cell->value).c_str());
    } else if (item.kind == wasm::ExternalKind::Memory) {
      const MemoryView& memory = instance_->memory(item.index).view();
      uint32_t hash = 2166136261;
      for (uint64_t i = 0; i < memory.size; ++i) hash = (hash ^ memory.base[i]) * 16777619;
      std::printf("memory %s %llu %s\n", to_std(item.name).c_str(), static_cast<unsigned long long>(memory.size), hex(hash).c_str());
    }
  }
}

int main(int argc, char** argv) {
  spectest::EngineConfig config;
  config.tier = spectest::TierKind::Interpreter;
  std::string path;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--explicit") {
      config.guarded_memory = false;
    } else if (word == "--aot") {
      if (!spectest::tier_of("aot", config.tier)) return std::fputs("this build has no compiler\n", stderr), 2;
    } else {
      path = word;
    }
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::fputs("usage: umber-v8-runner [--explicit] [--aot] MODULE\n", stderr), 2;
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return Session(config, std::move(bytes)).run();
}

}  // namespace
}  // namespace umber::v8_runner

int main(int argc, char** argv) { return umber::v8_runner::main(argc, argv); }
