// Guard pages end to end: an access behind the end faults, the target of this thread recognises it and takes control.
#include <csetjmp>
#include <thread>

#include "tests/runtime/harness.h"

namespace umber::test {
namespace {

struct JumpTarget : FaultTarget {
  explicit JumpTarget(Execution& execution) : execution(execution) {
    recover = [](FaultTarget& base, const FaultFrame& frame) {
      auto& target = static_cast<JumpTarget&>(base);
      if (!target.execution.is_guard_fault(frame.address)) return false;
      siglongjmp(target.place, 1);
    };
  }
  Execution& execution;
  sigjmp_buf place;
};

/// Reads the byte at values[0], as code of a guarded memory does: without a check. The signal mask is saved because the
/// thread sanitizer blocks all signals in handlers.
RunStatus read_byte(Execution& execution, const Func& func, Slot* values) {
  VirtualMemory& pages = *execution.store().virtual_memory();
  JumpTarget target(execution);
  FaultTarget* before = pages.exchange_fault_target(&target);
  RunStatus status = RunStatus::Done;
  if (sigsetjmp(target.place, 1) == 0)
    values[0].u64 = *static_cast<volatile uint8_t*>(func.ctx->memory0_base + values[0].u64);
  else
    status = execution.trap(TrapKind::MemoryOutOfBounds);
  pages.exchange_fault_target(before);
  return status;
}

void check_reads() {
  World world;
  world.tier.functions["read"] = read_byte;
  const TextModule module(
      "(module (memory 1) (data (i32.const 65535) \"x\") (func (export \"read\") (param i64) (result i64) unreachable))");
  Instance& instance = world.must_instantiate(module);
  const Func& read = *instance.find_func("read");
  for (int round = 0; round < 3; ++round) {
    for (uint64_t address : {uint64_t{65536}, uint64_t{UINT32_MAX}, 2 * uint64_t{UINT32_MAX} + 15}) {
      Slot value{};
      value.u64 = address;
      ASSERT_EQ(world.execution.call(read, &value), RunStatus::Trapped) << address;
      EXPECT_EQ(world.execution.last_trap().kind, TrapKind::MemoryOutOfBounds);
    }
    Slot value{};
    value.u64 = 65535;
    ASSERT_EQ(world.execution.call(read, &value), RunStatus::Done);
    EXPECT_EQ(value.u64, 'x');
  }
}

TEST(Faults, GuardPagesBecomeTraps) { check_reads(); }

TEST(Faults, EachThreadHasItsOwnTarget) {
  std::thread a(check_reads), b(check_reads);
  a.join();
  b.join();
}

TEST(FaultsDeathTest, OtherFaultsStillKillTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        linux_port::PageMemory pages;
        JumpTarget* none = nullptr;
        pages.exchange_fault_target(none);
        void* page = pages.reserve(pages.page_size());
        *static_cast<volatile uint8_t*>(page) = 1;
      },
      "");
}

}  // namespace
}  // namespace umber::test
