#include "cli/guest.h"

#include <algorithm>
#include <cstdio>
#include <deque>
#include <optional>
#include <thread>

#include "aot/loader/image_tier.h"
#include "cli/command.h"
#include "cli/report.h"
#include "interp/interpreter.h"
#include "ports/linux/platform.h"
#include "ports/posix/platform.h"
#include "runtime/backtrace.h"
#include "wasi/threads.h"

namespace umber::cli {
namespace {

/// What compiled code may use of the main thread's stack, which is usually 8 MiB.
constexpr uintptr_t kNativeStack = 4u << 20;

StoreConfig store_config(const GuestOptions& options) {
  StoreConfig config;
  config.bounds = options.bounds;
  config.max_memory_bytes = options.max_memory;
  return config;
}

ExecutionConfig execution_config(const GuestOptions& options, Wasi& wasi) {
  ExecutionConfig config;
  config.stack_slots = static_cast<size_t>(options.stack_bytes / sizeof(Slot));
  config.fuel = options.fuel;
  config.on_request = &Wasi::on_request;
  config.on_request_state = &wasi;
  return config;
}

InterpreterConfig interpreter_config(const GuestOptions& options, Scheduler& scheduler) {
  InterpreterConfig config;
  config.scheduler = &scheduler;
  config.eager = options.eager;
  config.tasks = std::thread::hardware_concurrency();
  return config;
}

}  // namespace

/// In order of construction; destroyed in reverse.
struct Guest::Parts {
  explicit Parts(const GuestOptions& options)
      : wasi_platform(platform.allocator),
        wasi(platform.allocator, wasi_platform),
        interpreter(platform.allocator, interpreter_config(options, platform.scheduler)),
        store(platform.allocator, store_config(options), &platform.virtual_memory, &platform.clock,
              &platform.scheduler),
        linker(store),
        execution(store, execution_config(options, wasi)) {
    if (options.image != nullptr) compiled.emplace(*options.image, kNativeStack);
  }
  [[nodiscard]] Tier& tier() { return compiled ? static_cast<Tier&>(*compiled) : interpreter; }

  linux_port::Platform platform;
  posix::PosixPlatform wasi_platform;
  Wasi wasi;
  Interpreter interpreter;
  std::optional<aot::ImageTier> compiled;
  std::deque<aot::ImageTier> compiled_preloads;  ///< a deque: instances hold on to their tier
  Store store;
  Linker linker;
  Execution execution;
  std::optional<wasi::Threads> threads;
  Instance* instance = nullptr;
  bool has_ended = false;
};

Guest::Guest(const wasm::Module& module, const GuestOptions& options)
    : module_(module), options_(options), parts_(std::make_unique<Parts>(options)) {}
Guest::~Guest() = default;

bool Guest::is_running() const { return parts_->instance != nullptr && !parts_->has_ended; }

/// Arguments, environment, standard streams and directories.
bool Guest::connect_wasi() {
  Wasi& wasi = parts_->wasi;
  const auto check = [](std::string_view what, const Status& status) {
    if (!status.ok()) report_error(what, status.error());
    return status.ok();
  };
  for (const std::string& arg : options_.args)
    if (!check("argument " + arg, wasi.add_arg(arg))) return false;
  for (const auto& [name, value] : options_.environment)
    if (!check("--env " + name, wasi.add_env(name, value))) return false;
  for (int fd = 0; fd <= 2; ++fd) {
    const Result<wasi::File*> file = parts_->wasi_platform.adopt(fd, posix::Descriptor::Ownership::Borrowed);
    // A stream that is closed here stays an empty one for the guest.
    if (file.ok() && !check("standard stream", wasi.set_stdio(static_cast<wasi::Fd>(fd), *file.value()))) return false;
  }
  for (const PreopenOption& preopen : options_.preopens) {
    const Result<wasi::File*> directory = parts_->wasi_platform.open_directory(preopen.host_path.c_str());
    if (!directory.ok()) {
      report_error("--dir " + preopen.host_path, directory.error());
      return false;
    }
    if (!check("--dir " + preopen.host_path, wasi.add_preopen(*directory.value(), preopen.guest_name))) return false;
  }
  for (const std::string& rule : options_.network)
    if (!check("--net " + rule, wasi.allow_network(rule))) return false;
  return check("WASI", wasi.add_to(parts_->linker));
}

/// A platform for each thread, all else is shared.
bool Guest::allow_threads() {
  Parts& parts = *parts_;
  wasi::ThreadsConfig config{parts.platform.allocator, parts.platform.scheduler, parts.wasi, parts.execution,
                             execution_config(options_, parts.wasi), module_, parts.tier()};
  config.create_platform = [](void* state) -> wasi::Platform* {
    return new (std::nothrow) posix::PosixPlatform(static_cast<Parts*>(state)->platform.allocator);
  };
  config.release_platform = [](void*, wasi::Platform* platform) { delete static_cast<posix::PosixPlatform*>(platform); };
  config.state = &parts;
  config.native_stack_bytes = 2 * kNativeStack;
  const Status status = parts.threads.emplace(config).add_to(parts.linker);
  if (!status.ok()) report_error("threads", status.error());
  return status.ok();
}

/// Instances that the guest links with; they use the same WASI. A reactor among them is initialized.
int Guest::preload() {
  Parts& parts = *parts_;
  for (const PreloadOption& option : options_.preloads) {
    Tier* tier = &parts.interpreter;
    if (option.image != nullptr) tier = &parts.compiled_preloads.emplace_back(*option.image, kNativeStack);
    const Result<Instance*> instance = parts.linker.instantiate(*option.module, *tier, parts.execution);
    if (!instance.ok() && instance.error().code() == ErrorCode::Trap) return finish(RunStatus::Trapped);
    Status status = instance.ok() ? Status() : Status(instance.error());
    if (status.ok()) status = parts.linker.define_instance(option.name, *instance.value());
    if (!status.ok()) {
      report_error("--preload " + option.name, status.error());
      return kFailure;
    }
    Slot none{};
    const Func* initialize = instance.value()->find_func("_initialize");
    if (initialize == nullptr) continue;
    if (const RunStatus run = parts.execution.call(*initialize, &none); run != RunStatus::Done) return finish(run);
  }
  return kSuccess;
}

/// The memory that a guest of the Ocre SDK imports is made by its host.
Status Guest::make_imported_memory() {
  for (const wasm::Import& import : module_.imports) {
    if (import.kind != wasm::ExternalKind::Memory || !(import.module == "env") || !(import.name == "memory")) continue;
    const wasm::MemoryType& type = module_.memories[import.index].type;
    Extern known;
    if (type.limits.is_shared || parts_->linker.find("env", "memory", known)) return {};
    const Result<Memory*> memory = parts_->store.create_memory(type);
    return memory.ok() ? parts_->linker.define("env", "memory", Extern(*memory.value())) : Status(memory.error());
  }
  return {};
}

int Guest::start() {
  if (const Status status = parts_->execution.init(); !status.ok()) {
    report_error("--max-stack", status.error());
    return kFailure;
  }
  if (!connect_wasi() || (options_.threads && !allow_threads())) return kFailure;
  if (options_.timeout_ns != UINT64_MAX) {
    parts_->execution.set_deadline(parts_->platform.clock.now_ns() + options_.timeout_ns);
  }
  if (const int code = preload(); code != kSuccess || parts_->has_ended) return code;
  if (const Status made = make_imported_memory(); !made.ok()) {
    report_error(options_.args[0], made.error());
    return kFailure;
  }
  const Result<Instance*> instance = parts_->linker.instantiate(module_, parts_->tier(), parts_->execution);
  if (!instance.ok()) {
    if (instance.error().code() == ErrorCode::Trap) return finish(RunStatus::Trapped);
    report_error(options_.args[0], instance.error());
    return kFailure;
  }
  parts_->instance = instance.value();
  if (const Func* initialize = find_function("_initialize"); initialize != nullptr && find_function("_start") == nullptr) {
    Slot none{};
    const RunStatus status = parts_->execution.call(*initialize, &none);
    return status == RunStatus::Done ? kSuccess : finish(status);
  }
  return kSuccess;
}

int Guest::call(const Func& func, Slot* values) { return finish(parts_->execution.call(func, values)); }

int Guest::finish(RunStatus status) {
  if (parts_->threads) status = parts_->threads->finish(status);
  if (status == RunStatus::Done) return kSuccess;
  parts_->has_ended = true;
  const Trap& trap = parts_->threads ? parts_->threads->trap() : parts_->execution.last_trap();
  if (trap.kind == TrapKind::Exit) return trap.exit_code;
  std::fflush(stdout);
  std::fputs("umber: ", stderr);
  write_trap(trap, {[](void*, StringRef text) { std::fwrite(text.data(), 1, text.size(), stderr); }, nullptr});
  return kTrapped;
}

const Func* Guest::find_function(const std::string& name) const { return parts_->instance->find_func(name); }

size_t Guest::code_bytes() const { return parts_->interpreter.code_bytes(); }

wasm::FuncType Guest::type_of(const Func& func) const { return parts_->store.type_of(func).func(); }

std::string Guest::exported_functions() const {
  std::string text;
  size_t count = 0;
  for (const wasm::Export& item : module_.exports) {
    if (item.kind != wasm::ExternalKind::Func) continue;
    if (++count > 20) continue;
    text += (text.empty() ? "exported are " : ", ") + std::string(item.name.data(), item.name.size());
  }
  if (count > 20) text += " and " + std::to_string(count - 20) + " more";
  return count == 0 ? "it exports no functions" : text;
}

}  // namespace umber::cli
