#include "interp/interpreter.h"

#include "interp/activation.h"
#include "interp/fault.h"
#include "runtime/instance.h"

namespace umber {

using interp::ModuleCode;

Interpreter::Interpreter(Allocator& allocator, const InterpreterConfig& config)
    : allocator_(allocator),
      config_(config),
      lock_(config.scheduler == nullptr ? nullptr : config.scheduler->create_monitor()) {}

Interpreter::~Interpreter() {
  if (lock_ != nullptr) config_.scheduler->destroy_monitor(lock_);
  while (modules_ != nullptr) {
    ModuleCode* module = modules_;
    modules_ = module->next;
    allocator_.destroy(module);
  }
}

/// The module's code in this mode, new or shared; counts a user. Null: out of memory.
ModuleCode* Interpreter::code_for(const wasm::Module& module, interp::EncodeOptions options) {
  const Locked locked(lock_);
  for (ModuleCode* code = modules_; code != nullptr; code = code->next) {
    if (!code->is_for(module, options)) continue;
    ++code->users;
    return code;
  }
  auto* code = allocator_.create<ModuleCode>(module, options, allocator_, config_.scheduler, config_.keeps_workshop);
  if (code == nullptr) return nullptr;
  if (!code->init().ok()) {
    allocator_.destroy(code);
    return nullptr;
  }
  code->users = 1;
  code->next = modules_;
  modules_ = code;
  return code;
}

Status Interpreter::prepare(Instance& instance) {
  if (config_.scheduler != nullptr && lock_ == nullptr) return Error::out_of_memory("the interpreter's lock");
  const bool guarded = interp::can_recover_faults() && instance.memory_count() > 0 && instance.memory(0).is_guarded();
  const bool has_drafts = interp::kHasDrafts && config_.eager && config_.registers && instance.module().bytes.size() >= config_.draft_bytes;
  ModuleCode* code = code_for(instance.module(), {.guarded = guarded, .registers = config_.registers, .patience = has_drafts ? config_.patience : uint16_t{0}});
  if (code == nullptr) return Error::out_of_memory("an instance's code table");
  instance.tier_state = code;
  VmContext& context = instance.context();
  context.code = code->table();
  const size_t own = instance.module().functions.size() - context.imported_func_count;
  if (config_.eager) UMBER_TRY(code->encode_all(config_.tasks));
  for (size_t i = 0; i < own; ++i) {
    Func& func = context.funcs[i];
    func.entry = &interp::enter;
    func.target = interp::code_of(&context, func.func_idx);
  }
  return {};
}

void Interpreter::release(Instance& instance) {
  auto* code = static_cast<ModuleCode*>(instance.tier_state);
  if (code == nullptr) return;
  instance.tier_state = nullptr;
  const Locked locked(lock_);
  if (--code->users != 0) return;
  for (ModuleCode** link = &modules_; *link != nullptr; link = &(*link)->next) {
    if (*link != code) continue;
    *link = code->next;
    break;
  }
  allocator_.destroy(code);
}

size_t Interpreter::code_bytes() {
  const Locked locked(lock_);
  size_t bytes = 0;
  for (const ModuleCode* code = modules_; code != nullptr; code = code->next) bytes += code->code_bytes();
  return bytes;
}

}  // namespace umber
