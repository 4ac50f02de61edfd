// A container runtime on this machine with everything real: threads, the interpreter, POSIX files; and an allocator that counts.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "container/interpreter_factory.h"
#include "container/runtime.h"
#include "container/simulator.h"
#include "ports/linux/platform.h"
#include "ports/linux/scheduler.h"
#include "ports/containers/container_host.h"
#include "spec-tests/text/assemble.h"

namespace umber::container {

inline constexpr uint64_t kMs = 1'000'000;
inline constexpr uint64_t kSecond = 1000 * kMs;

/// malloc, thread-safe, counting what is outstanding.
class CountingAllocator final : public Allocator {
 public:
  ~CountingAllocator() { EXPECT_EQ(outstanding.load(), 0u); }
  void* allocate(size_t size, size_t alignment) override {
    void* memory = inner_.allocate(size, alignment);
    if (memory != nullptr) outstanding += size;
    return memory;
  }
  void release(void* memory, size_t size, size_t alignment) override {
    if (memory != nullptr) outstanding -= size;
    inner_.release(memory, size, alignment);
  }
  std::atomic<size_t> outstanding{0};

 private:
  linux_port::HeapAllocator inner_;
};

/// What one container wrote.
struct Output {
  std::mutex mutex;
  std::string text;
  static void take(void* state, int, const uint8_t* bytes, size_t size) {
    auto& self = *static_cast<Output*>(state);
    const std::lock_guard lock(self.mutex);
    self.text.append(reinterpret_cast<const char*>(bytes), size);
  }
  std::string get() {
    const std::lock_guard lock(mutex);
    return text;
  }
};

/// A configuration that owns its texts.
struct TestConfig {
  std::string name = "test";
  std::vector<std::string> grants;
  std::vector<std::string> args;
  Limits limits;
  RestartPolicy restart;
  std::string entry = "_start";
  Output* output = nullptr;
};

class ContainerTest : public ::testing::Test {
 protected:
  ContainerTest() {
    config_.gpio = &pins;
    config_.sensors = &sensors;
    sensors.add("thermometer", 7, 21.5);
    sensors.add("RNG Sensor", 3, 4);
    make();
  }
  ~ContainerTest() override {
    runtime.reset();
    EXPECT_EQ(allocator.outstanding.load(), 0u);
  }
  void make() {
    runtime = std::make_unique<Runtime>(allocator, scheduler, host, tiers, config_);
    const Status made = runtime->init();
    ASSERT_TRUE(made.ok()) << made.error().message().c_str();
  }

  std::vector<uint8_t> assemble(std::string_view source) {
    auto assembled = text::assemble(source);
    if (!assembled.ok()) {
      ADD_FAILURE() << assembled.error().to_string();
      return {};
    }
    return std::move(assembled).value();
  }
  Handle image(std::string_view source) { return image_of(assemble(source)); }
  Handle image_of(std::vector<uint8_t> bytes) {
    bytes_.push_back(std::move(bytes));
    const Result<Handle> handle = runtime->add_image(bytes_.back());
    EXPECT_TRUE(handle.ok()) << (handle.ok() ? "" : handle.error().message().c_str());
    return handle.ok() ? handle.value() : kNoHandle;
  }
  Result<Handle> try_create(Handle image, const TestConfig& setup) {
    const std::vector<StringRef> grants(setup.grants.begin(), setup.grants.end());
    const std::vector<StringRef> args(setup.args.begin(), setup.args.end());
    Config config;
    config.name = setup.name;
    config.grants = grants;
    config.args = args;
    config.limits = setup.limits;
    config.restart = setup.restart;
    config.entry = setup.entry;
    if (setup.output != nullptr) {
      config.output = &Output::take;
      config.output_state = setup.output;
    }
    return runtime->create(image, config);
  }
  Handle create(Handle image, const TestConfig& setup = {}) {
    const Result<Handle> handle = try_create(image, setup);
    EXPECT_TRUE(handle.ok()) << (handle.ok() ? "" : handle.error().message().c_str());
    return handle.ok() ? handle.value() : kNoHandle;
  }
  Handle start(std::string_view source, const TestConfig& setup = {}) {
    const Handle handle = create(image(source), setup);
    must(runtime->start(handle));
    return handle;
  }
  static void must(const Status& status) { EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message().c_str()); }
  static std::string message(const Status& status) {
    return status.ok() ? "" : std::string(status.error().text().data(), status.error().text().size());
  }
  Snapshot look(Handle handle, uint64_t sample_ns = 0) {
    Snapshot snapshot;
    must(runtime->inspect(handle, snapshot, sample_ns));
    return snapshot;
  }
  /// Waits for the end, at most `limit_ns`, and returns the record.
  ExitRecord end_of(Handle handle, uint64_t limit_ns = 10 * kSecond) {
    const Result<bool> ended = runtime->wait(handle, runtime->now_ns() + limit_ns);
    EXPECT_TRUE(ended.ok() && ended.value()) << "still running";
    return look(handle).exit;
  }
  ExitRecord run(std::string_view source, const TestConfig& setup = {}) { return end_of(start(source, setup)); }
  void sleep_ms(uint64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }
  /// Until `condition`, at most 5 seconds.
  template <class Condition>
  bool eventually(Condition condition) {
    for (int i = 0; i < 5000; ++i) {
      if (condition()) return true;
      sleep_ms(1);
    }
    return false;
  }

  CountingAllocator allocator;
  linux_port::PageMemory pages;
  linux_port::MonotonicClock clock;
  linux_port::ThreadScheduler scheduler{allocator};
  posix::ContainerHost host{allocator, clock, &pages, "/tmp"};
  InterpreterFactory tiers{scheduler};
  SimulatedPins pins;
  SimulatedSensors sensors;
  RuntimeConfig config_;
  std::deque<std::vector<uint8_t>> bytes_;
  std::unique_ptr<Runtime> runtime;
};

}  // namespace umber::container
