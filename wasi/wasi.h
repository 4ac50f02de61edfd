// WASI for one guest: what it is given, and the imports that let it use that. Deny by default: without a preopened directory
// no path leads anywhere, without a listener there are no sockets, and standard input is empty and output goes nowhere
// until it is connected.
//
//   PosixPlatform platform;                                    // ports/posix
//   Wasi wasi(allocator, platform);
//   UMBER_TRY(wasi.add_arg("program"));
//   UMBER_TRY(wasi.add_env("HOME", "/"));
//   UMBER_TRY(wasi.set_stdio(1, *stdout_file));
//   UMBER_TRY(wasi.add_preopen(*directory, "/data", Access::ReadOnly));
//   UMBER_TRY(wasi.add_to(linker));                            // wasi_snapshot_preview1 and wasi_unstable
//
// To end a guest that waits: Execution::request_kill, with ExecutionConfig::on_request = &Wasi::on_request, state = &wasi.
#pragma once

#include "base/error.h"
#include "runtime/linker.h"
#include "wasi/context.h"

namespace umber::wasi {

struct Limits {
  uint32_t max_fds = sizeof(void*) == 8 ? 1024 : 32;  ///< open descriptors, standard streams and preopens included
  uint32_t max_sockets = UINT32_MAX;                    ///< of them
};

/// Not copyable or movable: imports refer to it. It outlives the store whose linker it was added to. Used by the thread that runs
/// the guest, except for `interrupt`.
class Wasi {
 public:
  /// `platform`: this guest's own; both outlive this object. A guest with threads (wasi/threads.h) makes calls from all of
  /// them: its allocator is thread-safe.
  Wasi(Allocator& allocator, Platform& platform, const Limits& limits = {});
  Wasi(const Wasi&) = delete;
  Wasi& operator=(const Wasi&) = delete;
  /// Closes every descriptor.
  ~Wasi();

  /// Texts are copied. InvalidArgument for a zero byte (or, in a name, an equals sign), OutOfMemory.
  [[nodiscard]] Status add_arg(StringRef arg);
  [[nodiscard]] Status add_env(StringRef name, StringRef value);

  /// Connects standard stream `fd` (0, 1 or 2). Takes the file, also when it fails.
  [[nodiscard]] Status set_stdio(Fd fd, File& file);
  /// Gives the guest a directory under `guest_name`, such as "/" or "data". Takes the file, also when it fails; copies the name.
  /// Descriptors are 3 and up, in order, listeners included.
  [[nodiscard]] Status add_preopen(File& directory, StringRef guest_name, Access access = Access::ReadWrite);
  /// Gives the guest a listening (or connected) socket. Takes the file, also when it fails.
  [[nodiscard]] Status add_socket(File& socket);

  /// Lets the guest use the network within a rule; see wasi/network.h. Before add_to, which defines the functions of the sockets
  /// extension only where there is a rule. InvalidArgument, OutOfMemory.
  [[nodiscard]] Status allow_network(StringRef rule) { return process_.network.allow(rule); }

  /// Defines all functions of `wasi_snapshot_preview1` and `wasi_unstable`.
  [[nodiscard]] Status add_to(Linker& linker);

  /// Makes a waiting call look whether the run was killed. From any thread.
  void interrupt() { context_.platform.interrupt(); }
  /// For ExecutionConfig::on_request; `wasi` is a Wasi*.
  static void on_request(void* wasi) { static_cast<Wasi*>(wasi)->interrupt(); }

  [[nodiscard]] Context& context() { return context_; }
  /// The same functions for a thread of the guest, which has a platform of its own.
  [[nodiscard]] static Status add_to(Linker& linker, Context& context);

 private:
  [[nodiscard]] bool open_null_streams();
  [[nodiscard]] Status check_streams() const;
  /// Null when there is no memory.
  [[nodiscard]] const PreopenName* keep_name(StringRef name);
  [[nodiscard]] Status take(const Descriptor& descriptor, StringRef what);

  Process process_;
  Context context_;
  PreopenName* names_ = nullptr;
  bool has_streams_;  ///< whether the standard streams could be made; reported by what needs them
};

}  // namespace umber::wasi

namespace umber {
using wasi::Wasi;
}
