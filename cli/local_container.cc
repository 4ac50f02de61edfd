#include "cli/local_container.h"

#include <unistd.h>

#include <filesystem>

#include "cli/command.h"
#include "cli/report.h"
#include "container/import_policy.h"
#include "container/native_factory.h"
#include "container/runtime.h"
#include "container/simulator.h"
#include "ports/containers/container_host.h"
#include "ports/linux/platform.h"

namespace umber::cli {
namespace {

/// Straight to the file: the guest has buffered what it wants to.
void write_through(void*, int stream, const uint8_t* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = write(stream, bytes, size);
    if (written <= 0) return;
    bytes += written;
    size -= static_cast<size_t>(written);
  }
}

/// A board that is not there, as umberd has it.
struct Board {
  Board() { sensors.add_samples(); }
  container::SimulatedPins pins;
  container::SimulatedSensors sensors;
};

/// What a Config borrows.
struct Texts {
  Texts(const GuestOptions& options, const std::vector<std::string>& permitted) : grants(permitted) {
    for (const PreopenOption& each : options.preopens)
      grants.push_back("dir:" + std::filesystem::absolute(each.host_path).string() + ":" + each.guest_name + ":rw");
    for (const std::string& rule : options.network) grants.push_back("net:" + rule);
    args.assign(options.args.begin(), options.args.end());
    grant_refs.assign(grants.begin(), grants.end());
    for (const auto& [name, value] : options.environment) environment.push_back({name, value});
  }
  std::vector<std::string> grants;
  std::vector<StringRef> args, grant_refs;
  std::vector<container::Variable> environment;
};

container::Config config_of(const GuestOptions& options, const Texts& texts) {
  container::Config config;
  config.name = options.args[0];
  config.args = texts.args;
  config.grants = texts.grant_refs;
  config.environment = texts.environment;
  config.output = &write_through;
  container::Limits& limits = config.limits;
  limits.memory_bytes = options.max_memory;
  limits.stack_bytes = static_cast<uint32_t>(options.stack_bytes < UINT32_MAX ? options.stack_bytes : UINT32_MAX);
  limits.host_bytes = SIZE_MAX;
  limits.fuel = options.fuel;
  limits.run_time_ns = options.timeout_ns;
  limits.open_files = limits.sockets = 1024;
  return config;
}

int report_end(container::Runtime& runtime, container::Handle handle, const container::ExitRecord& end, const std::string& what) {
  if (end.kind == container::ExitKind::Trapped) {
    std::fputs("umber: ", stderr);
    (void)runtime.write_backtrace(handle, {[](void*, StringRef text) { std::fwrite(text.data(), 1, text.size(), stderr); }, nullptr});
  } else if (!end.message.empty()) {
    report_error(what, std::string_view(end.message.c_str()));
  }
  return container::shell_code(end);
}

}  // namespace

bool needs_container(const wasm::Module& module) {
  container::ImportNeed unused;
  for (const wasm::Import& import : module.imports) {
    if (import.kind != wasm::ExternalKind::Func) continue;
    const bool is_ocre = import.module == "env" && (import.name.starts_with("ocre_") || container::need_of_import("env", import.name, unused));
    if (is_ocre || import.module == "umber") return true;
  }
  return false;
}

int run_container(std::span<const uint8_t> bytes, const GuestOptions& options, const std::vector<std::string>& grants) {
  linux_port::Platform platform;
  posix::ContainerHost host(platform.allocator, platform.clock, &platform.virtual_memory);
  host.use_input(STDIN_FILENO);
  container::NativeFactory tiers(platform.scheduler);
  Board board;
  container::RuntimeConfig runtime_config;
  runtime_config.features = options.features;
  runtime_config.gpio = &board.pins;
  runtime_config.sensors = &board.sensors;
  container::Runtime runtime(platform.allocator, platform.scheduler, host, tiers, runtime_config);
  const Texts texts(options, grants);
  const auto fail = [&](const Error& error) {
    report_error(options.args[0], error);
    return kFailure;
  };
  if (const Status status = runtime.init(); !status.ok()) return fail(status.error());
  const Result<container::Handle> image = runtime.add_image(bytes);
  if (!image.ok()) return fail(image.error());
  const Result<container::Handle> handle = runtime.create(image.value(), config_of(options, texts));
  if (!handle.ok()) return fail(handle.error());
  if (const Status status = runtime.start(handle.value()); !status.ok()) return fail(status.error());
  const Result<bool> ended = runtime.wait(handle.value(), kForever);
  container::Snapshot last;
  const Status looked = ended.ok() ? runtime.inspect(handle.value(), last) : Status(ended.error());
  return looked.ok() ? report_end(runtime, handle.value(), last.exit, options.args[0]) : fail(looked.error());
}

}  // namespace umber::cli
