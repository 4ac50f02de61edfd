// What containers cost in time, in one process on one processor: from start to end, from a kill to the end wherever it finds the guest,
// from a message to its answer beside containers that spin, and how a busy processor is shared by weight. Times are of the wall clock; run it on a machine that does nothing else.
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "container/interpreter_factory.h"
#include "container/runtime.h"
#include "ports/linux/platform.h"
#include "ports/linux/scheduler.h"
#include "ports/containers/container_host.h"
#include "spec-tests/text/assemble.h"
#include "tests/container/kill_cases.h"

namespace umber::container {
namespace {

constexpr const char* kHello = R"((module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 64) "hello\n")
  (func (export "_start") (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 6))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32))))))";
/// Writes a byte for each message.
constexpr const char* kAnswer = R"((module
  (import "umber" "events_open" (func $open (param i32) (result i32)))
  (import "umber" "subscribe" (func $subscribe (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1) (data (i32.const 32) "ask")
  (func (export "_start")
    (drop (call $open (i32.const 24))) (drop (call $subscribe (i32.const 32) (i32.const 3)))
    (loop $next
      (i32.store (i32.const 0) (i32.const 32)) (i32.store (i32.const 4) (i32.const 1))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))
      (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 4096))
      (drop (call $read (i32.load (i32.const 24)) (i32.const 0) (i32.const 1) (i32.const 16)))
      (br $next)))))";

void check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "containers: %s\n", status.error().message().c_str());
  std::exit(1);
}

struct Bench {
  Bench() : runtime(platform.allocator, scheduler, host, tiers) { check(runtime.init()); }

  Handle make(const char* source, const Config& config) {
    auto assembled = text::assemble(source);
    if (!assembled.ok()) std::exit(1);
    modules.push_back(std::move(assembled).value());
    const Result<Handle> image = runtime.add_image(modules.back());
    if (!image.ok()) check(image.error());
    const Result<Handle> handle = runtime.create(image.value(), config);
    if (!handle.ok()) check(handle.error());
    return handle.value();
  }
  void end(Handle handle) { check(runtime.remove(handle, true)); }

  linux_port::Platform platform;
  linux_port::ThreadScheduler scheduler{platform.allocator};
  posix::ContainerHost host{platform.allocator, platform.clock, &platform.virtual_memory, nullptr};
  InterpreterFactory tiers{scheduler};
  std::vector<std::vector<uint8_t>> modules;
  Runtime runtime;
};

void print(const char* what, std::vector<uint64_t> samples_ns) {
  std::sort(samples_ns.begin(), samples_ns.end());
  const auto at = [&](double part) { return static_cast<double>(samples_ns[static_cast<size_t>(part * static_cast<double>(samples_ns.size() - 1))]) / 1000; };
  std::printf("%-46s median %8.1f us   99%% %8.1f us   worst %8.1f us\n", what, at(0.5), at(0.99), at(1));
}

void measure_start(Bench& bench) {
  Config config;
  config.name = "hello";
  const Handle handle = bench.make(kHello, config);
  std::vector<uint64_t> samples;
  for (int i = 0; i < 2000; ++i) {
    const uint64_t before = bench.runtime.now_ns();
    check(bench.runtime.start(handle));
    (void)bench.runtime.wait(handle, kForever);
    samples.push_back(bench.runtime.now_ns() - before);
  }
  bench.end(handle);
  print("start to end of a small container", samples);
}

void measure_kill(Bench& bench, const KillCase& guest) {
  Config config;
  config.name = "victim";
  const Handle handle = bench.make(guest.source, config);
  std::vector<uint64_t> samples;
  for (int i = 0; i < 200; ++i) {
    check(bench.runtime.start(handle));
    const timespec pause = {0, 2'000'000};
    nanosleep(&pause, nullptr);
    const uint64_t before = bench.runtime.now_ns();
    check(bench.runtime.kill(handle));
    (void)bench.runtime.wait(handle, kForever);
    samples.push_back(bench.runtime.now_ns() - before);
  }
  bench.end(handle);
  print((std::string("kill to end: ") + guest.name).c_str(), samples);
}

std::atomic<uint32_t> answers{0};

void measure_answer(Bench& bench, int spinners, Priority priority, const char* what) {
  const StringRef grants[] = {"subscribe:ask"};
  Config config;
  config.name = "answer";
  config.grants = grants;
  config.output = [](void*, int, const uint8_t*, size_t) { answers.fetch_add(1, std::memory_order_release); };
  answers = 0;
  const Handle handle = bench.make(kAnswer, config);
  Config spinning;
  spinning.name = "spin";
  spinning.limits.priority = priority;
  std::vector<Handle> others;
  for (int i = 0; i < spinners; ++i) {
    others.push_back(bench.make(kSpin, spinning));
    check(bench.runtime.start(others.back()));
  }
  check(bench.runtime.start(handle));
  const auto wait_for = [&](uint32_t count) {
    while (answers.load(std::memory_order_acquire) < count) {
      const timespec pause = {0, 20'000};
      nanosleep(&pause, nullptr);
    }
  };
  wait_for(1);
  std::vector<uint64_t> samples;
  for (uint32_t i = 0; i < 300; ++i) {
    const timespec pause = {0, 1'000'000};
    nanosleep(&pause, nullptr);
    const uint64_t before = bench.runtime.now_ns();
    (void)bench.runtime.publish("ask", "", "?");
    wait_for(i + 2);
    samples.push_back(bench.runtime.now_ns() - before);
  }
  for (const Handle other : others) bench.end(other);
  bench.end(handle);
  print(what, samples);
}

void measure_shares(Bench& bench) {
  constexpr uint32_t kWeights[] = {50, 100, 200, 400};
  std::vector<Handle> handles;
  for (const uint32_t weight : kWeights) {
    Config config;
    config.name = "share";
    config.limits.cpu_weight = weight;
    handles.push_back(bench.make(kSpin, config));
    check(bench.runtime.start(handles.back()));
  }
  const timespec run = {3, 0};
  nanosleep(&run, nullptr);
  std::vector<double> fuel;
  double total = 0;
  for (const Handle handle : handles) {
    Snapshot snapshot;
    check(bench.runtime.inspect(handle, snapshot, 1'000'000'000));
    fuel.push_back(static_cast<double>(snapshot.usage.fuel));
    total += fuel.back();
  }
  std::printf("shares of one processor in 3 s:");
  for (size_t i = 0; i < fuel.size(); ++i) std::printf("   weight %u %.1f%% (of 750: %.1f%%)", kWeights[i], 100 * fuel[i] / total, 100.0 * kWeights[i] / 750);
  std::printf("\n");
  for (const Handle handle : handles) bench.end(handle);
}

}  // namespace
}  // namespace umber::container

int main() {
  using namespace umber::container;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) std::fprintf(stderr, "containers: not pinned to one processor\n");
  Bench bench;
  measure_start(bench);
  for (const KillCase& guest : kKillCases) measure_kill(bench, guest);
  measure_answer(bench, 0, Priority::Normal, "message to answer, alone");
  measure_answer(bench, 1, Priority::Normal, "message to answer, 1 container spins");
  measure_answer(bench, 8, Priority::Normal, "message to answer, 8 containers spin");
  measure_answer(bench, 8, Priority::Low, "message to answer, 8 of low priority spin");
  measure_shares(bench);
}
