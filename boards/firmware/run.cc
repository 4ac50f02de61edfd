// Firmware that runs one WASI program: a module, read where it lies in flash, or a compiled image, executed there. Its standard
// streams are the console; its files are in memory. All that the engine takes at run time comes from one heap, whose highest level
// is reported when asked for.
#include <cstring>

#include "aot/loader/image_tier.h"
#include "boards/firmware/program.h"
#include "interp/interpreter.h"
#include "ports/baremetal/heartbeat.h"
#include "ports/baremetal/platform.h"
#include "ports/baremetal/region_allocator.h"
#include "ports/baremetal/semihosting.h"
#include "ports/memfs/memfs.h"
#include "umber/umber.h"
#include "wasi/wasi.h"

namespace umber::baremetal {
namespace {

constexpr int kTrapped = 134;  // as `umber run`
constexpr size_t kStackSlots = 8 * 1024;  // for interpreted frames
constexpr size_t kImageStackSlots = 8;    // compiled code has the machine stack

/// The module's bytes, and the tier that runs them.
struct Tiers {
  Tiers(Allocator& allocator, bool eager) : interpreter(allocator, {.eager = eager}) {}
  Interpreter interpreter;
  alignas(aot::ImageTier) uint8_t compiled_memory[sizeof(aot::ImageTier)];
  aot::Image image;
  MachineInterrupts interrupts;
  Tier* chosen = nullptr;

  Status choose(std::span<const uint8_t>& bytes) {
    chosen = &interpreter;
    if (!aot::is_image(bytes)) return {};
    Result<aot::Image> opened = aot::open_image(bytes);
    if (!opened.ok()) return opened.error();
    image = *opened;
    UMBER_TRY(aot::check_host(image, aot::this_host(false)));
    constexpr uintptr_t kKept = 8 * 1024;  // for host functions called from compiled code
    const auto stack = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - reinterpret_cast<uintptr_t>(umber_stack_limit);
    chosen = new (compiled_memory) aot::ImageTier(image, stack - kKept, &interrupts);
    bytes = image.module;
    return {};
  }
};

/// Whether a program asks for its directories: others have none.
bool uses_files(const wasm::Module& module) {
  for (const wasm::Import& import : module.imports)
    if (import.name.starts_with("path_") || import.name.starts_with("fd_prestat_")) return true;
  return false;
}

/// `files`: made when there is a use for it.
Status connect(Wasi& wasi, const Program& program, const wasm::Module& module, memfs::MemoryFileSystem& files) {
  const char* argument = program.arguments;
  for (uint32_t i = 0; i < program.argument_count; ++i) {
    UMBER_TRY(wasi.add_arg(StringRef(argument, std::strlen(argument))));
    argument += std::strlen(argument) + 1;
  }
  UMBER_TRY(wasi.set_stdio(0, console_input()));
  for (wasi::Fd fd = 1; fd <= 2; ++fd) UMBER_TRY(wasi.set_stdio(fd, console_output()));
  if (!uses_files(module)) return {};
  Result<wasi::File*> root = files.open_root();
  if (!root.ok()) return root.error();
  return wasi.add_preopen(**root, "/");
}

int report(const Trap& trap) {
  if (trap.kind == TrapKind::Exit) return trap.exit_code;
  print("umber: ");
  write_trap(trap, {[](void*, StringRef text) { print_text(text); }, nullptr});
  return kTrapped;
}

/// Of the heap linear memory and value stack are part.
void report_statistics(uint64_t elapsed_ns, const RegionAllocator& heap, uint64_t memory_bytes, size_t code_bytes) {
  FixedText<160> line;
  line.add("time: ", elapsed_ns, " ns, most heap: ", heap.peak(), " bytes, linear memory: ", memory_bytes, " bytes, code: ", code_bytes, " bytes\n");
  print_text(line.str());
}

int run(const Program& program, RegionAllocator& heap) {
  Tiers tiers(heap, (program.flags & kEager) != 0);
  std::span<const uint8_t> bytes = program.bytes;
  if (const Status chosen = tiers.choose(bytes); !chosen.ok()) return fail(chosen.error());
  MachineClock clock;
  Engine engine(heap, *tiers.chosen, nullptr, &clock);
  Result<Module> module = Module::load(engine, bytes);
  if (!module.ok()) return fail(module.error());

  GuestPlatform platform;
  memfs::MemoryFileSystem files(heap);
  Wasi wasi(heap, platform);
  if (const Status connected = connect(wasi, program, *module, files); !connected.ok()) return fail(connected.error());
  Store store = engine.new_store();
  Linker linker(store);
  if (const Status served = linker.serve_only(*module); !served.ok()) return fail(served.error());
  if (const Status added = wasi.add_to(linker); !added.ok()) return fail(added.error());
  ExecutionConfig config;
  config.stack_slots = tiers.chosen == &tiers.interpreter ? kStackSlots : kImageStackSlots;
  Execution execution(store, config);
  if (const Status ready = execution.init(); !ready.ok()) return fail(ready.error());
  Result<Instance*> instance = linker.instantiate(*module, *tiers.chosen, execution);
  if (!instance.ok()) {
    return instance.error().code() == ErrorCode::Trap ? report(execution.last_trap()) : fail(instance.error());
  }
  const Func* start = (*instance)->find_func("_start");
  if (start == nullptr) return fail(Error::of(ErrorCode::NotFound, "the module exports no function _start"));
  Slot none{};
  const uint64_t started = now_ns();
  const RunStatus status = execution.call(*start, &none);
  if ((program.flags & kReportStatistics) != 0) report_statistics(now_ns() - started, heap, store.memory_bytes(), tiers.interpreter.code_bytes());
  return status == RunStatus::Done ? 0 : report(execution.last_trap());
}

}  // namespace

int firmware_main() {
  RegionAllocator heap({umber_heap_start, static_cast<size_t>(umber_heap_end - umber_heap_start)});
  Program program;
  if (!find_program(program)) return fail(Error::of(ErrorCode::NotFound, "there is no program in flash"));
  return run(program, heap);
}

}  // namespace umber::baremetal
