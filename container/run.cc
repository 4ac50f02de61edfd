#include "container/run.h"

#include "container/guest_api.h"
#include "container/import_policy.h"

namespace umber::container {

namespace {

StoreConfig store_config(const KeptLimits& limits, const Image& image) {
  StoreConfig config;
  config.max_memory_bytes = config.max_total_memory_bytes = limits.memory_bytes;
  config.max_total_table_elements = limits.table_elements;
  config.heap.max_bytes = limits.heap_bytes;
  config.types = &image.types();
  if (limits.table_elements < config.max_table_elements) config.max_table_elements = limits.table_elements;
  return config;
}

/// Compiled code has its frames on the native stack.
constexpr size_t kCompiledStackSlots = 8;

ExecutionConfig execution_config(const KeptLimits& limits, Wasi& wasi, const RunParts& parts) {
  ExecutionConfig config;
  config.stack_slots = parts.image.is_compiled() ? kCompiledStackSlots : limits.stack_bytes / sizeof(Slot);
  config.fuel = parts.config.rare().fuel;
  config.on_request = &Wasi::on_request;
  config.on_request_state = &wasi;
  config.stand_still = [](void* state) { static_cast<Gate*>(state)->pass(); };
  config.stand_still_state = &parts.gate;
  if (parts.scheduler.takes_turns()) {
    config.on_slice = [](void* scheduler) { static_cast<Scheduler*>(scheduler)->yield(); };
    config.on_slice_state = &parts.scheduler;
  }
  return config;
}

/// Only functions of these modules tell of events.
bool hears_events(const wasm::Module& module) {
  for (const wasm::Import& import : module.imports)
    if (import.module == "umber" || import.module == "env") return true;
  return false;
}

wasi::Limits wasi_limits(const KeptLimits& limits) {
  wasi::Limits out;
  out.max_fds = limits.open_files;
  out.max_sockets = limits.sockets;
  return out;
}

}  // namespace

Status ensure_counted(Volume& volume, Host& host, const Grant& grant, const StopSign& stop) {
  if (!volume.begin_count(host.clock(), stop)) return {};
  VolumeUsage counted;
  const Status status = host.count_volume(grant, stop, counted);
  volume.end_count(status.ok() ? &counted : nullptr);
  return status;
}

Run* Run::create(const RunParts& parts) {
  wasi::Platform* platform = parts.host.create_platform(parts.allocator);
  if (platform == nullptr) return nullptr;
  Run* run = parts.allocator.create<Run>(parts, *platform);
  if (run == nullptr) {
    parts.host.release_platform(parts.allocator, platform);
  } else if (hears_events(parts.image.module())) {
    run->events_.guest = run->new_event_guest();
    if (Inbox* inbox = run->inbox(); inbox == nullptr || !inbox->init()) {
      run->destroy();
      return nullptr;
    }
    run->platform_.listen_to(*run->inbox());
  }
  return run;
}

void Run::destroy() {
  Allocator& allocator = parts_.allocator;
  Host& host = parts_.host;
  wasi::Platform* platform = &host_platform_;
  allocator.destroy(this);
  host.release_platform(allocator, platform);
}

Run::Run(const RunParts& parts, wasi::Platform& platform)
    : parts_(parts),
      host_platform_(platform),
      events_(parts.allocator),
      platform_(parts.allocator, platform, parts.host.clock(), parts.gate),
      outputs_{{parts.config, 1}, {parts.config, 2}},
      wasi_(parts.allocator, platform_, wasi_limits(parts.config.limits())),
      native_(parts),
      store_(parts.allocator, store_config(parts.config.limits(), parts.image), parts.host.virtual_memory(), &parts.host.clock()),
      execution_(store_, execution_config(parts.config.limits(), wasi_, parts)) {}

Run::EventGuest::EventGuest(const RunParts& parts, Run& run)
    : inbox(parts.allocator, parts.inbox_lock, parts.config.limits().inbox, &Run::wake, &run),
      context{parts, run.wasi_, inbox},
      ocre(context) {}

Run::EventGuest* Run::new_event_guest() { return parts_.allocator.create<EventGuest>(parts_, *this); }

/// First nobody may reach us any more, then everything goes.
Run::~Run() {
  if (inbox() != nullptr) {
    parts_.bus.leave(*inbox());
    parts_.devices.release(*inbox());
  }
  execution_.abandon();
}

void Run::wake(void* run) { static_cast<Run*>(run)->host_platform_.interrupt(); }

Status Run::connect_streams() {
  if (wasi::File* input = parts_.host.open_input(host_platform_)) UMBER_TRY(wasi_.set_stdio(0, *input));
  for (wasi::Fd fd = 1; fd <= 2; ++fd) UMBER_TRY(wasi_.set_stdio(fd, outputs_[fd - 1]));
  return {};
}

/// A volume that could not be counted when the container was created is counted first, unless a kill comes.
Result<wasi::File*> Run::open_volume(const Grant& grant) {
  Volume* volume = parts_.volumes.find(grant.subject());
  if (volume == nullptr) return Error::of(ErrorCode::NotFound, "the volume of ", Quoted{grant.text()}, " is not known");
  const StopSign stop = {[](void* execution) { return static_cast<Execution*>(execution)->kill_requested(); }, &execution_};
  UMBER_TRY(ensure_counted(*volume, parts_.host, grant, stop));
  if (stop.is_raised()) return Error::of(ErrorCode::LimitReached, "killed");
  Result<wasi::File*> root = parts_.host.open(host_platform_, grant);
  if (!root.ok()) return root.error();
  wasi::File* wrapped = volume->wrap(parts_.allocator, **root, parts_.config.rare().volume);
  if (wrapped == nullptr) return Error::out_of_memory("a volume");
  return wrapped;
}

Status Run::open_blobs() {
  if (parts_.config.blobs().empty()) return {};
  wasi::File* root = container::open_blobs(parts_.allocator, parts_.config.blobs());
  if (root == nullptr) return Error::out_of_memory("the image's blobs");
  return wasi_.add_preopen(*root, kBlobDirectory, wasi::Access::ReadOnly);
}

/// Directories first, then the image's blobs, then sockets, each in the order of the grants: that is the order of the guest's descriptors.
Status Run::open_grants() {
  for (const Grant& grant : parts_.config.grants().all())
    if (grant.kind == GrantKind::Network) UMBER_TRY(wasi_.allow_network(grant.subject()));
  for (const bool sockets : {false, true}) {
    if (sockets) UMBER_TRY(open_blobs());
    for (const Grant& grant : parts_.config.grants().all()) {
      const bool is_directory = grant.kind == GrantKind::Directory || grant.kind == GrantKind::Volume;
      const bool is_socket = grant.kind == GrantKind::Listen || grant.kind == GrantKind::Connect;
      if (sockets ? !is_socket : !is_directory) continue;
      Result<wasi::File*> file = grant.kind == GrantKind::Volume ? open_volume(grant) : parts_.host.open(host_platform_, grant);
      if (!file.ok()) return file.error();
      if (is_socket)
        UMBER_TRY(wasi_.add_socket(**file));
      else
        UMBER_TRY(wasi_.add_preopen(**file, grant.guest_name(),
                                    grant.writable ? wasi::Access::ReadWrite : wasi::Access::ReadOnly));
    }
  }
  return {};
}

Status Run::define_functions(Linker& linker, EventGuest* events) {
  UMBER_TRY(wasi_.add_to(linker));
  if (events == nullptr) return {};
  UMBER_TRY(define_guest_api(linker, events->context));
  return events->ocre.define(linker);
}

/// The error for an import that does not resolve, with what may have been meant: the run's own linker knows only what is imported.
Error Run::explain_unlinkable(const Linker& linker, const Error& error) {
  Linker complete(store_);
  Extern memory;
  if (linker.find("env", "memory", memory) && !complete.define("env", "memory", memory).ok()) return error;
  Events all(parts_.allocator);
  all.guest = new_event_guest();
  Vec<Extern> unused(parts_.allocator);
  if (all.guest == nullptr || !define_functions(complete, all.guest).ok()) return error;
  const Status resolved = complete.resolve(parts_.image.module(), unused);
  return resolved.ok() ? error : resolved.error();
}

Status Run::define_imports(Linker& linker) {
  const wasm::Module& module = parts_.image.module();
  UMBER_TRY(linker.serve_only(module));
  UMBER_TRY(define_functions(linker, events_.guest));
  // Guests of the Ocre SDK are linked with an imported memory, which nobody but the host can make.
  for (const wasm::Import& import : module.imports) {
    if (import.kind != wasm::ExternalKind::Memory || !(import.module == "env") || !(import.name == "memory")) continue;
    Result<Memory*> memory = store_.create_memory(module.memories[import.index].type);
    if (!memory.ok()) return memory.error();
    return linker.define("env", "memory", Extern(**memory));
  }
  return {};
}

Status Run::prepare() {
  const OwnedConfig& config = parts_.config;
  UMBER_TRY(check_imports(parts_.image.module(), parts_.config));
  UMBER_TRY(execution_.init());
  if (config.rare().fuel != UINT64_MAX && !parts_.image.counts_fuel())
    return Error::of(ErrorCode::Unsupported, "the image counts no fuel, which the container's limit needs; compile it with --fuel");
  if (parts_.image.is_compiled()) {
    native_.tier = parts_.image.load(parts_.allocator, config.limits().stack_bytes);
    if (native_.tier == nullptr) return Error::out_of_memory("a compiled image");
  }
  for (const StringRef& arg : config.args()) UMBER_TRY(wasi_.add_arg(arg));
  for (const Variable& variable : config.environment()) UMBER_TRY(wasi_.add_env(variable.name, variable.value));
  for (const Grant& grant : parts_.config.grants().all()) {
    StringRef value;
    if (grant.kind == GrantKind::Environment && parts_.host.variable(grant.subject(), value))
      UMBER_TRY(wasi_.add_env(grant.subject(), value));
  }
  UMBER_TRY(connect_streams());
  UMBER_TRY(open_grants());
  if (inbox() != nullptr && !parts_.bus.join(parts_.handle, *inbox(), &parts_.config.grants(), parts_.allocator)) return Error::out_of_memory("the bus");
  if (config.rare().run_time_ns != UINT64_MAX) execution_.set_deadline(parts_.host.clock().now_ns() + config.rare().run_time_ns);
  return {};
}

/// Instantiates; null when that failed, and why is said.
Instance* Run::link() {
  Linker linker(store_);
  if (const Status defined = define_imports(linker); !defined.ok()) {
    refuse(defined.error());
    return nullptr;
  }
  Tier* tier = native_.tier != nullptr ? native_.tier : parts_.image.tier();
  Result<Instance*> instance = linker.instantiate(parts_.image.module(), *tier, execution_);
  if (instance.ok()) return *instance;
  if (instance.error().code() == ErrorCode::Unlinkable)
    refuse(explain_unlinkable(linker, instance.error()));
  else if (instance.error().code() != ErrorCode::Trap)
    refuse(instance.error());
  return nullptr;
}

RunStatus Run::start() {
  instance_ = link();
  if (instance_ == nullptr) return RunStatus::Trapped;
  instance_->name = parts_.config.name();
  if (execution_.suspended()) return RunStatus::Suspended;
  return enter();
}

/// The call of an exported function without parameters or results.
RunStatus Run::call(StringRef name) {
  const Func* func = instance_->find_func(name);
  const StoreType* type = func == nullptr ? nullptr : &store_.type_of(*func);
  if (type != nullptr && type->param_slots == 0 && type->result_slots == 0) return execution_.call(*func, &result_);
  refuse(Error::of(ErrorCode::NotFound, "the module exports no function ", Quoted{name}, " without parameters and results"));
  return RunStatus::Trapped;
}

/// A reactor's _initialize comes before an entry point that is not _start.
RunStatus Run::enter() {
  const StringRef entry = parts_.config.entry();
  if (phase_ == Phase::Instantiating) {
    phase_ = Phase::Initializing;
    if (!(entry == "_start") && instance_->find_func("_initialize") != nullptr) {
      const RunStatus status = call("_initialize");
      if (status != RunStatus::Done) return status;
    }
  }
  phase_ = Phase::InEntry;
  return call(entry);
}

RunStatus Run::resume() {
  const RunStatus status = execution_.resume();
  return status == RunStatus::Done && phase_ != Phase::InEntry ? enter() : status;
}

/// Instantiation failed without a trap, or there is nothing to call.
void Run::refuse(const Error& error) {
  parts_.end.kind = error.code() == ErrorCode::OutOfMemory ? ExitKind::OutOfMemory : ExitKind::Refused;
  parts_.end.message.add(error.message().str());
}

void Run::describe_end(RunStatus status, bool allocator_refused, const TextSink& backtrace) const {
  ExitRecord& out = parts_.end;
  if (out.kind != ExitKind::None) return;
  out.kind = ExitKind::Exited;
  if (status == RunStatus::Done) return;
  const Trap& trap = execution_.last_trap();
  out.trap = trap.kind;
  switch (trap.kind) {
    case TrapKind::Exit: out.code = trap.exit_code; return;
    case TrapKind::Killed: out.kind = ExitKind::Killed; break;
    case TrapKind::OutOfMemory: out.kind = ExitKind::OutOfMemory; break;
    case TrapKind::OutOfFuel: out.kind = ExitKind::OutOfFuel; break;
    default: out.kind = ExitKind::Trapped; break;
  }
  out.message.add(describe(trap).str());
  if (allocator_refused && out.kind == ExitKind::Trapped) out.message.add(" (the container's memory limit was reached)");
  write_trap(trap, backtrace);
}

}  // namespace umber::container
