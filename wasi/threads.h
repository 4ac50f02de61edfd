// wasi-threads (https://github.com/WebAssembly/wasi-threads): `thread-spawn` makes a new instance of the guest's module in a store of
// its own, on a task of its own, over the same shared memory and the same descriptors, and calls its `wasi_thread_start`.
//
//   Wasi wasi(…); Store store(…, &scheduler); Linker linker(store); Execution main(store, …);
//   wasi::Threads threads({…, wasi, main, module, tier});
//   UMBER_TRY(threads.add_to(linker));                 // wasi.thread-spawn, and the memory that the module imports
//   …instantiate…
//   RunStatus status = threads.finish(main.call(*start, &none));   // ends all other threads
//   if (status == RunStatus::Trapped) report(threads.trap());
//
// The guest is one: the first thread that traps or exits ends all, and so does the return of the main thread. What ended it is what
// is reported. Killing the main thread, or its deadline, ends all within the same 10 ms.
#pragma once

#include "wasi/wasi.h"

namespace umber::wasi {

class ThreadGroup;

struct ThreadsConfig {
  Allocator& allocator;  ///< thread-safe, as are all of these; outlive the Threads
  Scheduler& scheduler;
  Wasi& wasi;
  Execution& main;  ///< of the main thread; its store has the scheduler, too
  ExecutionConfig execution;  ///< of each further thread; its on_request is replaced
  const wasm::Module& module;
  Tier& tier;
  /// A platform for a thread to wait with; null when there is none left.
  Platform* (*create_platform)(void* state) = nullptr;
  void (*release_platform)(void* state, Platform* platform) = nullptr;
  /// Imports beyond WASI's and the memory; null: none. Their host functions are called from all threads.
  Status (*define_imports)(void* state, Linker& linker) = nullptr;
  void* state = nullptr;
  uint32_t max_threads = 64;         ///< at a time, beside the main one
  uint32_t native_stack_bytes = 0;   ///< of each; 0: the port's default
};

class Threads {
 public:
  explicit Threads(const ThreadsConfig& config);
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  /// Ends and awaits all threads. Before the Wasi, the tier and the module go.
  ~Threads();

  /// Defines `thread-spawn` of module `wasi`, and for every shared memory that the module imports a new memory. Unsupported in builds without
  /// threads, OutOfMemory, LimitReached.
  [[nodiscard]] Status add_to(Linker& linker);
  /// The main thread's run has ended with `status`: ends all others and waits until they have. The guest's status: Trapped when any
  /// thread trapped or exited before.
  [[nodiscard]] RunStatus finish(RunStatus status);
  /// Why the guest ended, after finish returned Trapped. Valid as long as this object.
  [[nodiscard]] const Trap& trap() const;

 private:
  const ThreadsConfig config_;
  [[maybe_unused]] ThreadGroup* group_ = nullptr;
};

}  // namespace umber::wasi
