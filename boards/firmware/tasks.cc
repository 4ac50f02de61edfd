// Firmware that tests tasks by turns (ports/baremetal/tasks.h) on the processor itself: registers that a function preserves are kept across every
// switch, whoever comes and goes meanwhile; a wait ends when it is notified and not before; what has ended leaves nothing on the heap; a stack
// that overflows is seen.
#include "boards/firmware/program.h"
#include "boards/firmware/registers.h"
#include "ports/baremetal/machine.h"
#include "ports/baremetal/region_allocator.h"
#include "ports/baremetal/tasks.h"

namespace umber::baremetal {
namespace {

constexpr uint32_t kTasks = 5;
constexpr uint32_t kRounds = 2000;
constexpr uint32_t kStackBytes = 4096;

struct Test {
  TurnScheduler& scheduler;
  Monitor& monitor;
  uint32_t lost = 0;      ///< registers
  uint32_t checks = 0;
  uint32_t turns = 0;     ///< the sum of all rounds that ended in order
  uint32_t arrived = 0;   ///< tasks at the barrier; guarded by the monitor
};

struct Worker {
  Test* test = nullptr;
  uint32_t number = 0;
  uint32_t rounds = 0;
};

void yield(void* state) { static_cast<Test*>(state)->scheduler.yield(); }
void rest(void* state) { static_cast<Test*>(state)->scheduler.rest(); }

/// Floating point in C++ beside the registers of the assembly: a sum that only comes out if nothing is lost on the way.
double add_slowly(Test& test, uint32_t rounds, double step) {
  double sum = 0;
  for (uint32_t i = 0; i < rounds; ++i) {
    sum += step;
    if (i % 16 == 0) test.scheduler.yield();
  }
  return sum;
}

/// Tasks end one after the other, so stacks go while others are in use.
void work(void* state) {
  auto& worker = *static_cast<Worker*>(state);
  Test& test = *worker.test;
  for (uint32_t i = 0; i < worker.rounds; ++i) {
    const uint32_t pattern = ((worker.number + 1) * 0x10000 + i) * 64;
    test.lost += umber_lost_registers(pattern, i % 64 == 0 ? &rest : &yield, &test);
    test.checks += kPreservedRegisters;
  }
  if (add_slowly(test, worker.rounds, 0.5 + worker.number) == worker.rounds * (0.5 + worker.number)) test.turns += worker.rounds;
  const Locked locked(test.monitor);
  ++test.arrived;
  test.monitor.notify_all();
}

/// Which of the promises is broken; empty when none is.
StringRef run_tasks(TurnScheduler& scheduler, Monitor& monitor, Test& test) {
  Worker workers[kTasks];
  Scheduler::Task* tasks[kTasks] = {};
  uint32_t rounds = 0;
  for (uint32_t i = 0; i < kTasks; ++i) {
    workers[i] = {&test, i, kRounds / (i + 1)};
    rounds += workers[i].rounds;
    TaskConfig config;
    config.native_stack_bytes = kStackBytes;
    config.guest_stack_bytes = 256 * i;
    tasks[i] = scheduler.start(config, &work, &workers[i]);
    if (tasks[i] == nullptr) return "a task cannot be started";
  }
  test.lost += umber_lost_registers(64, &yield, &test);
  {
    const Locked locked(monitor);
    while (test.arrived < kTasks) monitor.wait_until(kForever);
    const uint64_t deadline = now_ns() + 5'000'000;
    while (now_ns() < deadline) monitor.wait_until(deadline);  // nobody notifies: only the time ends it
  }
  for (uint32_t i = kTasks; i-- > 0;) scheduler.join(tasks[i]);
  if (test.lost != 0) return "registers are not kept";
  if (test.turns != rounds) return "a sum is wrong";
  return {};
}

/// Uses the last word of its stack.
void overflow(void* state) {
  auto* word = static_cast<volatile uint32_t*>(__builtin_frame_address(0));
  while (*word != kStackEnd) --word;
  *word = 0;
  static_cast<TurnScheduler*>(state)->yield();
}

}  // namespace

int firmware_main() {
  RegionAllocator heap({umber_heap_start, static_cast<size_t>(umber_heap_end - umber_heap_start)});
  TurnScheduler scheduler(heap);
  Program program;
  if (find_program(program) && program.argument_count > 1) {  // any argument: the end of a task that needs too much stack
    TaskConfig config;
    config.native_stack_bytes = kStackBytes;
    scheduler.join(scheduler.start(config, &overflow, &scheduler));
    return 0;
  }
  FixedText<120> line;
  for (int again = 0; again < 2; ++again) {
    Monitor* monitor = scheduler.create_monitor();
    if (monitor == nullptr) return fail(Error::out_of_memory("a monitor"));
    Test test = {scheduler, *monitor};
    const StringRef wrong = run_tasks(scheduler, *monitor, test);
    scheduler.destroy_monitor(monitor);
    if (!wrong.empty()) return fail(Error::of(ErrorCode::Invalid, wrong, ": ", test.lost, " of ", test.checks, " registers lost, ", test.turns, " rounds right"));
    line.clear();
    line.add(test.checks, " registers kept, ", heap.used(), " bytes left on the heap\n");
    print_text(line.str());
  }
  return heap.used() == 0 ? 0 : 1;
}

}  // namespace umber::baremetal
