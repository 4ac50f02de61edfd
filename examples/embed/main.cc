// Embedding Umber: load a module, give it a host function, call its exports, bound what it may use, read its traps.
#include <cstdio>
#include <cstdlib>

#include "umber/host.h"

namespace {

constexpr uint8_t kPlugin[] = {
#include "plugin.inc"
};

/// What the guest imports as "host" "log". The text was checked to lie in the guest's memory before this runs.
struct Log {
  int lines = 0;
  void write(umber::GuestSpan<const char> text) {
    ++lines;
    std::printf("guest says: %.*s\n", static_cast<int>(text.size()), text.data());
  }
};

[[noreturn]] void fail(const umber::Error& error) {
  std::fprintf(stderr, "embed: %s\n", error.message().c_str());
  std::exit(1);
}

void print(const umber::Trap& trap) {
  umber::write_trap(trap,
                    {[](void*, umber::StringRef text) { std::fwrite(text.data(), 1, text.size(), stdout); }, nullptr});
}

/// Calls an export without parameters and says how it ended.
void call(umber::Instance& instance, umber::Execution& execution, const char* name) {
  auto function = instance.func<void()>(name);
  if (!function.ok()) fail(function.error());
  std::printf("calling %s\n", name);
  const umber::CallResult<void> result = (*function)(execution);
  if (!result.ok()) print(result.trap());
}

}  // namespace

int main() {
  umber::HostEngine host;
  auto module = umber::Module::load(host.engine, kPlugin);
  if (!module.ok()) fail(module.error());

  umber::StoreConfig limits;
  limits.max_total_memory_bytes = 1024 * 1024;
  umber::Store store = host.engine.new_store(limits);

  Log log;
  umber::Linker linker(store);
  if (auto defined = linker.define("host", "log", umber::host_function<&Log::write>(&log)); !defined.ok())
    fail(defined.error());

  umber::Execution execution(store);
  if (auto ready = execution.init(); !ready.ok()) fail(ready.error());
  auto created = linker.instantiate(*module, host.engine.tier(), execution);
  if (!created.ok()) fail(created.error());
  umber::Instance& instance = **created;
  instance.name = "plugin";

  auto add = instance.func<int32_t(int32_t, int32_t)>("add");
  if (!add.ok()) fail(add.error());
  const umber::CallResult<int32_t> sum = (*add)(execution, 40, 2);
  if (!sum.ok()) print(sum.trap());
  std::printf("40 + 2 = %d\n", sum.ok() ? sum.value() : 0);

  call(instance, execution, "greet");
  call(instance, execution, "lie");  // a pointer out of bounds never reaches the host function

  execution.set_fuel(1'000'000);
  call(instance, execution, "hang");
  std::printf("fuel left: %llu\n", static_cast<unsigned long long>(execution.fuel_remaining()));

  execution.set_fuel(umber::kUnlimitedFuel);
  execution.set_deadline(host.platform.clock.now_ns() + 10'000'000);  // 10 ms from now
  call(instance, execution, "hang");
  return log.lines == 1 ? 0 : 1;
}
