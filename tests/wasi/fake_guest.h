// A guest without code: a store, an instance that has only a memory, and WASI's imports called the way a tier calls them,
// through the generated glue. Also for the fuzzer, so no GoogleTest here.
#pragma once

#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "decoder/parse/parse.h"
#include "ports/linux/platform.h"
#include "ports/posix/platform.h"
#include "wasi/calls.h"
#include "wasi/wasi.h"

namespace umber::test {

inline constexpr uint32_t kGuestPages = 4;
inline constexpr uint32_t kGuestBytes = kGuestPages * 65536;

/// A pointer and a length in guest memory: two arguments of a call.
struct GuestRange {
  uint32_t address = 0;
  uint32_t size = 0;
};

class FakeGuest {
 public:
  explicit FakeGuest(posix::Resolution resolution = posix::Resolution::Kernel, const wasi::Limits& limits = {},
                     const ExecutionConfig& config = {})
      : platform(allocator, resolution),
        wasi(allocator, platform, limits),
        store(allocator, {}, &pages, &clock),
        linker(store),
        execution(store, with_wake_up(config, wasi)),
        module_(allocator) {
    // (module (memory 4))
    static constexpr uint8_t kModule[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 5, 3, 1, 0, kGuestPages};
    must(execution.init().ok());
    must(wasm::parse(kModule, wasm::Features::all(), module_).ok());
    must(wasi.add_to(linker).ok());
    Result<Instance*> made = linker.instantiate(module_, tier_, execution);
    must(made.ok());
    instance = *made;
    execution.switch_to(instance->context());
  }

  /// Calls an import with integers and ranges as arguments; `result` is its first slot.
  template <class... Args>
  RunStatus call(const char* name, const char* in_module, uint32_t& result, Args... args) {
    std::vector<uint64_t> slots;
    (add(slots, args), ...);
    return call_slots(name, in_module, slots, result);
  }
  RunStatus call_slots(const char* name, const char* in_module, std::span<const uint64_t> args, uint32_t& result) {
    Extern import;
    size_t nth = 0;  // of functions that share the name the one that takes so many
    do must(linker.find(in_module, name, import, nth++) && import.kind == wasm::ExternalKind::Func);
    while (store.type_of(*import.func).func().params.size() != args.size());
    Slot values[16] = {};
    for (size_t i = 0; i < args.size(); ++i) values[i].u64 = args[i];
    const RunStatus status = import.func->entry(execution, *import.func, values);
    result = values[0].u32;
    return status;
  }
  /// Of preview 1; the errno. A trap is Errno 0xffff.
  template <class... Args>
  wasi::Errno operator()(const char* name, Args... args) {
    return from_module("wasi_snapshot_preview1", name, args...);
  }
  template <class... Args>
  wasi::Errno from_module(const char* in_module, const char* name, Args... args) {
    uint32_t result = 0;
    if (call(name, in_module, result, args...) != RunStatus::Done) return wasi::Errno{0xffff};
    return static_cast<wasi::Errno>(result);
  }

  [[nodiscard]] std::span<uint8_t> memory() const { return instance->memory(0).bytes(); }
  template <class T>
  [[nodiscard]] T read(uint32_t address) const {
    must(address <= kGuestBytes - sizeof(T));
    return load_le<T>(memory().data() + address);
  }
  [[nodiscard]] std::string text(uint32_t address, size_t size) const {
    must(size <= kGuestBytes && address <= kGuestBytes - size);
    return {reinterpret_cast<const char*>(memory().data() + address), size};
  }

  /// Room in guest memory, aligned to 8, zeroed.
  uint32_t room(size_t size) {
    next_ = (next_ + 7) & ~7u;
    must(size <= kGuestBytes - next_);
    const uint32_t address = next_;
    next_ += static_cast<uint32_t>(size);
    std::memset(memory().data() + address, 0, size);
    return address;
  }
  /// All room taken so far is free again.
  void reset_room() { next_ = 64; }
  template <class T>
    requires(std::is_trivially_copyable_v<T> && !std::is_convertible_v<T, std::string_view>)
  uint32_t put(const T& value) {
    const uint32_t address = room(sizeof value);
    std::memcpy(memory().data() + address, &value, sizeof value);
    return address;
  }
  GuestRange put(std::string_view text) {
    const GuestRange range{room(text.size()), static_cast<uint32_t>(text.size())};
    std::memcpy(memory().data() + range.address, text.data(), text.size());
    return range;
  }
  /// An iovec list; the size is the number of entries.
  GuestRange put_iovecs(std::initializer_list<GuestRange> parts) {
    const GuestRange range{room(parts.size() * sizeof(wasi::Iovec)), static_cast<uint32_t>(parts.size())};
    uint32_t at = range.address;
    for (const GuestRange& part : parts) {
      store_le(memory().data() + at, wasi::Iovec{part.address, part.size});
      at += sizeof(wasi::Iovec);
    }
    return range;
  }

  linux_port::HeapAllocator allocator;
  linux_port::PageMemory pages;
  linux_port::MonotonicClock clock;
  posix::PosixPlatform platform;
  Wasi wasi;
  Store store;
  Linker linker;
  Execution execution;
  Instance* instance = nullptr;

 private:
  class NoTier final : public Tier {
   public:
    Status prepare(Instance&) override { return {}; }
    void release(Instance&) override {}
  };

  static void must(bool condition) {
    if (!condition) std::abort();
  }
  static ExecutionConfig with_wake_up(ExecutionConfig config, Wasi& wasi) {
    config.on_request = &Wasi::on_request;
    config.on_request_state = &wasi;
    return config;
  }
  static void add(std::vector<uint64_t>& slots, GuestRange range) {
    slots.push_back(range.address);
    slots.push_back(range.size);
  }
  template <class T>
    requires(!std::is_same_v<T, GuestRange>)
  static void add(std::vector<uint64_t>& slots, T value) {
    if constexpr (requires { value.bits(); })
      slots.push_back(value.bits());
    else if constexpr (sizeof(T) == 8)
      slots.push_back(static_cast<uint64_t>(value));
    else
      slots.push_back(static_cast<uint32_t>(value));
  }

  NoTier tier_;
  wasm::Module module_;
  uint32_t next_ = 64;
};

}  // namespace umber::test
