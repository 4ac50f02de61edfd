// Firmware that runs several containers by turns: the program in flash is a bundle of modules (tests/boards/containers makes one), each of which
// becomes a container of that number. After a while those that never end are killed and the others go on to their end. What each of them
// takes of the heap is printed.
//
// A bundle: "UMBC", u32 number of modules, for each u32 offset, u32 size and u32 1 if it never ends, then the modules or their images for this
// processor, at multiples of 16.
#include <cstring>

#include "base/bits.h"
#include "boards/firmware/container_host.h"
#include "boards/firmware/program.h"
#include "container/native_factory.h"
#include "container/runtime.h"
#include "ports/baremetal/heartbeat.h"
#include "ports/baremetal/region_allocator.h"
#include "ports/baremetal/semihosting.h"

namespace umber::baremetal {
namespace {

using container::Handle;
using container::Snapshot;

constexpr uint32_t kMost = 8;
constexpr uint64_t kNsPerMs = 1'000'000;
constexpr uint32_t kGuestStackBytes = 4 * 1024;
constexpr uint32_t kNativeStackBytes = sizeof(void*) == 8 ? 24 * 1024 : 6 * 1024;
constexpr uint32_t kReadsBlob = 2;  ///< the module that does
constexpr uint8_t kLetter[] = {'h', 'e', 'l', 'l', 'o'};  // in flash

struct Bundle {
  uint32_t count = 0;
  std::span<const uint8_t> modules[kMost];
  bool is_endless[kMost] = {};

  [[nodiscard]] bool read(std::span<const uint8_t> bytes) {
    if (bytes.size() < 8 || std::memcmp(bytes.data(), "UMBC", 4) != 0) return false;
    count = load_le<uint32_t>(bytes.data() + 4);
    if (count > kMost || bytes.size() < 8 + size_t{12} * count) return false;
    for (uint32_t i = 0; i < count; ++i) {
      const auto offset = load_le<uint32_t>(bytes.data() + 8 + 12 * i);
      const auto size = load_le<uint32_t>(bytes.data() + 12 + 12 * i);
      if (offset > bytes.size() || size > bytes.size() - offset) return false;
      modules[i] = bytes.subspan(offset, size);
      is_endless[i] = load_le<uint32_t>(bytes.data() + 16 + 12 * i) != 0;
    }
    return true;
  }
};

template <class... Parts>
void say(const Parts&... parts) {
  FixedText<400> line;
  line.add(parts..., "\n");
  print_text(line.str());
}

void write_line(void*, int, const uint8_t* bytes, size_t size) { write_console({bytes, size}); }

/// What a step took of the heap.
class Meter {
 public:
  explicit Meter(const RegionAllocator& heap) : heap_(heap), last_(heap.used()) {}
  [[nodiscard]] size_t take() {
    const size_t before = last_;
    last_ = heap_.used();
    return last_ - before;
  }

 private:
  const RegionAllocator& heap_;
  size_t last_;
};

/// Makes and starts a container and lets it come to its first wait.
Status launch(container::Runtime& runtime, Handle image, StringRef name, bool reads_blob, Handle& handle) {
  const StringRef grants[] = {"timers"};
  const container::Blob blobs[] = {{"letter", kLetter}};
  container::Config config;
  config.name = name;
  config.grants = grants;
  if (reads_blob) config.blobs = blobs;
  config.limits.stack_bytes = kGuestStackBytes;
  config.limits.inbox.max_events = 8;
  config.output = &write_line;
  Result<Handle> made = runtime.create(image, config);
  if (!made.ok()) return made.error();
  handle = *made;
  UMBER_TRY(runtime.start(handle));
  (void)runtime.wait(handle, runtime.now_ns() + 20 * kNsPerMs);
  return {};
}

/// What a container took, without its memory and stacks; of one that has ended, what it keeps. Pauses it, so that those that come next are
/// measured undisturbed.
Status report(container::Runtime& runtime, StringRef name, Handle handle, size_t bytes) {
  Snapshot now;
  UMBER_TRY(runtime.inspect(handle, now, kNsPerMs));
  if (now.state == container::State::Exited) {
    say(name, ": has ended and keeps ", bytes, " bytes");
    return {};
  }
  const size_t of_guest = static_cast<size_t>(now.usage.memory_bytes) + kGuestStackBytes + kNativeStackBytes;
  say(name, ": linear memory ", now.usage.memory_bytes, ", guest's stack ", kGuestStackBytes, ", native stack ", kNativeStackBytes,
      ", the rest ", bytes - of_guest, " bytes");
  return runtime.pause(handle, kForever);
}

/// A container of module `idx`, beside one of the same image that goes afterwards: what both share is there already.
Status launch_module(container::Runtime& runtime, const RegionAllocator& heap, std::span<const uint8_t> module, uint32_t idx, Handle& handle) {
  Meter meter(heap);
  Result<Handle> image = runtime.add_image(module);
  if (!image.ok()) return image.error();
  FixedText<16> first_name, name;
  first_name.add("first", idx);
  name.add("c", idx);
  const size_t image_bytes = meter.take();
  Handle first = container::kNoHandle;
  UMBER_TRY(launch(runtime, *image, first_name.str(), idx == kReadsBlob, first));
  const size_t first_bytes = meter.take();
  UMBER_TRY(launch(runtime, *image, name.str(), idx == kReadsBlob, handle));
  const size_t bytes = meter.take();
  say(name.str(), ": module of ", module.size(), " bytes, its image ", image_bytes, ", its code ", first_bytes > bytes ? first_bytes - bytes : 0,
      " bytes");
  UMBER_TRY(report(runtime, name.str(), handle, bytes));
  return runtime.remove(first, true);
}

Status run(std::span<const uint8_t> program, RegionAllocator& heap) {
  Bundle bundle;
  if (!bundle.read(program)) return Error::of(ErrorCode::Malformed, "the program is no bundle of modules");
  TurnScheduler scheduler(heap, kNativeStackBytes);
  BoardHost host(scheduler);
  MachineInterrupts interrupts;
  container::NativeFactory tiers(scheduler, false, &interrupts);
  Meter meter(heap);
  container::Runtime runtime(heap, scheduler, host, tiers);
  UMBER_TRY(runtime.init());
  say("runtime: ", meter.take(), " bytes of heap");
  Handle handles[kMost] = {};
  for (uint32_t i = 0; i < bundle.count; ++i) UMBER_TRY(launch_module(runtime, heap, bundle.modules[i], i, handles[i]));
  for (uint32_t i = 0; i < bundle.count; ++i) (void)runtime.unpause(handles[i]);  // but those that have ended
  for (uint32_t i = 0; i < bundle.count; ++i) {
    if (bundle.is_endless[i]) UMBER_TRY(runtime.kill(handles[i]));
    const Result<bool> ended = runtime.wait(handles[i], kForever);
    if (!ended.ok()) return ended.error();
    Snapshot now;
    UMBER_TRY(runtime.inspect(handles[i], now));
    say("c", i, ": ", text_of(now.exit.kind), " ", shell_code(now.exit), " ", now.exit.message.str());
  }
  return {};
}

}  // namespace

int firmware_main() {
  RegionAllocator heap({umber_heap_start, static_cast<size_t>(umber_heap_end - umber_heap_start)});
  Program program;
  if (!find_program(program)) return fail(Error::of(ErrorCode::NotFound, "there is no program in flash"));
  if (const Status done = run(program.bytes, heap); !done.ok()) return fail(done.error());
  say("left on the heap: ", heap.used(), " bytes");
  return 0;
}

}  // namespace umber::baremetal
