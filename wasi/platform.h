// What WASI asks of the machine beneath it: files, clocks, random numbers, waiting. POSIX, an in-memory file system,
// littlefs and an RTOS's file system fit behind it.
//
// Two rules shape it. Names: a directory operation takes one component, never a path, and never follows a symbolic link, so
// that the sandbox is one piece of code (wasi/resolve.h) whatever lies below; a file system that resolves whole paths safely
// by itself may offer that as a shortcut. Waiting: operations never wait for anything but storage; what has no data
// says Errno::Again, and only Platform::wait waits, so one place makes every call interruptible.
#pragma once

#include <span>

#include "base/string_ref.h"
#include "wasi/types.h"

namespace umber::wasi {

/// Longest path or link target, without a terminating zero.
inline constexpr size_t kMaxPath = sizeof(void*) == 8 ? 4095 : 511;
/// Longest name of one component.
inline constexpr size_t kMaxName = 255;

/// Host memory that is read into. Parts of a read or write follow each other in the stream.
struct ReadPart {
  uint8_t* data;
  size_t size;
};
/// Host memory that is written from.
struct WritePart {
  const uint8_t* data;
  size_t size;
};
using ReadParts = std::span<const ReadPart>;
using WriteParts = std::span<const WritePart>;

/// How a file is opened. Read and write may both be false: then only its attributes are wanted.
struct OpenOptions {
  bool read = false;
  bool write = false;
  bool create = false;      ///< if it does not exist, as a regular file
  bool exclusive = false;   ///< with create: fail if it exists
  bool truncate = false;
  bool directory = false;   ///< fail with NotDir unless it is a directory
  bool path_only = false;   ///< a directory to walk through or an object to ask about; no data access
  FdFlags flags;            ///< Append, Dsync, Rsync, Sync
};

/// New times of a file; what has no flag stays.
struct TimeChange {
  Timestamp atim = 0;
  Timestamp mtim = 0;
  FstFlags flags;
};

/// One entry that File::read_directory found.
struct DirectoryEntry {
  StringRef name;  ///< valid until the sink returns
  uint64_t ino = 0;
  FileType type = FileType::Unknown;
  DirCookie next = 0;  ///< where the entry after this one begins
};

/// Takes entries one by one; false ends the reading.
class DirectorySink {
 public:
  [[nodiscard]] virtual bool take(const DirectoryEntry& entry) = 0;

 protected:
  ~DirectorySink() = default;
};

/// An IPv4 or IPv6 address with a port.
struct SocketAddress {
  bool is_v6 = false;
  uint8_t bytes[16] = {};  ///< in network order; IPv4: the first four
  uint16_t port = 0;
};

/// Options of sockets whose value is a number or a truth value.
enum class SocketOption : uint8_t {
  ReuseAddress, ReusePort, KeepAlive, Broadcast, ReceiveBuffer, SendBuffer, Linger,
  NoDelay, QuickAck, FastOpenConnect, KeepIdle, KeepInterval,
  Ttl, MulticastTtl, MulticastLoop, Ipv6Only, Ipv6MulticastLoop,
  PendingError,  ///< read only: the Errno that the system kept, and keeps no longer
  Listening,     ///< read only
};
inline constexpr size_t kSocketOptions = 19;

/// An open file, directory, stream or socket. Every operation has an answer for objects that cannot do it. Names are one
/// component ("." means the directory itself; never "..", never empty, no slash, no zero byte, at most kMaxName bytes).
/// Used by one thread at a time.
class File {
 public:
  /// Closes it and frees the object, whatever happens. The result is the last error of writing.
  virtual Errno close() = 0;
  [[nodiscard]] virtual FileType type() const = 0;
  /// What Platform::wait waits on; negative: always ready.
  [[nodiscard]] virtual int wait_handle() const { return -1; }
  /// Names the file system: only files of the same can be linked or renamed into each other.
  [[nodiscard]] virtual const void* file_system() const { return nullptr; }

  // Any file.
  virtual Errno stat(Filestat& out);
  virtual Errno set_times(const TimeChange& change);
  /// Append, Dsync, Rsync and Sync; Nonblock is not the file's business.
  virtual Errno set_flags(FdFlags flags);
  virtual Errno sync(bool data_only);

  // Data. Short counts are normal. Streams: Again when nothing can be transferred now; read: 0 is the end.
  virtual Errno read(ReadParts parts, size_t& count);
  virtual Errno write(WriteParts parts, size_t& count);
  virtual Errno read_at(ReadParts parts, FileSize offset, size_t& count);
  virtual Errno write_at(WriteParts parts, FileSize offset, size_t& count);
  virtual Errno seek(FileDelta delta, Whence whence, FileSize& position);
  virtual Errno resize(FileSize size);
  virtual Errno allocate(FileSize offset, FileSize length);
  virtual Errno advise(FileSize offset, FileSize length, Advice advice);

  // Directories.
  /// Loop when the name is a symbolic link.
  virtual Errno open_at(StringRef name, const OpenOptions& options, File*& out);
  virtual Errno stat_at(StringRef name, Filestat& out);
  virtual Errno set_times_at(StringRef name, const TimeChange& change);
  virtual Errno create_directory_at(StringRef name);
  virtual Errno remove_directory_at(StringRef name);
  virtual Errno unlink_file_at(StringRef name);
  /// `to`: a directory of the same file_system().
  virtual Errno rename_at(StringRef name, File& to, StringRef to_name);
  virtual Errno link_at(StringRef name, File& to, StringRef to_name);
  virtual Errno symlink_at(StringRef target, StringRef name);
  /// `length`: of what was copied, at most out.size(). Inval when the name is not a symbolic link. `out` is left alone on failure.
  virtual Errno readlink_at(StringRef name, std::span<char> out, size_t& length);
  /// Entries from `cookie` on (0: from the start) until the sink has enough or there are no more. Cookies fit in 31 bits where the
  /// number of entries does: C programs keep them in a long.
  virtual Errno read_directory(DirCookie cookie, DirectorySink& sink);
  /// The shortcut: resolves a whole relative path (zero-terminated, no zero byte inside), never leaving this directory, whatever
  /// is renamed meanwhile. NotCapable when it would leave; NoSys: not offered, Again: try without it.
  virtual Errno open_beneath(StringRef path, const OpenOptions& options, LookupFlags lookup, File*& out);

  // Sockets.
  virtual Errno accept(File*& out);
  virtual Errno receive(ReadParts parts, RiFlags flags, size_t& count, RoFlags& out_flags);
  virtual Errno send(WriteParts parts, size_t& count);
  virtual Errno shutdown(SdFlags how);
  virtual Errno bind(const SocketAddress& address);
  virtual Errno listen(uint32_t backlog);
  /// Again while it is under way: wait until the socket can be written, and ask again.
  virtual Errno connect(const SocketAddress& address);
  virtual Errno local_address(SocketAddress& out);
  virtual Errno remote_address(SocketAddress& out);
  /// `from`: of a datagram; of a stream the peer.
  virtual Errno receive_from(ReadParts parts, RiFlags flags, size_t& count, SocketAddress& from);
  virtual Errno send_to(WriteParts parts, const SocketAddress& to, size_t& count);
  /// NoProtoOpt for what the system does not have. Linger: seconds, negative for off.
  virtual Errno get_option(SocketOption option, int32_t& value);
  virtual Errno set_option(SocketOption option, int32_t value);

 protected:
  ~File() = default;
};

/// One file that Platform::wait waits for.
struct WaitEntry {
  int handle = -1;      ///< of File::wait_handle
  bool for_write = false;
  // Out:
  bool ready = false;
  bool hangup = false;  ///< the peer has gone
  Errno error = Errno::Success;
  FileSize available = 0;  ///< bytes that can be read at once, as far as known
};

inline constexpr uint64_t kWaitForever = UINT64_MAX;

/// The rest of the machine. One per guest: `interrupt` wakes exactly that guest. All but `interrupt` from one thread at a time.
class Platform {
 public:
  [[nodiscard]] virtual Errno clock_time(ClockId id, Timestamp& out) = 0;
  [[nodiscard]] virtual Errno clock_resolution(ClockId id, Timestamp& out) = 0;
  /// Fills `out` with random bytes fit for keys.
  [[nodiscard]] virtual Errno random(std::span<uint8_t> out) = 0;
  virtual void yield() = 0;
  /// Waits until an entry is ready or `timeout_ns` nanoseconds are over (Success in both cases), or interrupt was called
  /// since the last wait (Intr). No entries: sleeps.
  [[nodiscard]] virtual Errno wait(std::span<WaitEntry> entries, uint64_t timeout_ns) = 0;
  /// A new socket, TCP or UDP. NotSup: there is no network.
  [[nodiscard]] virtual Errno open_socket(bool is_v6, bool is_stream, File*& out);
  /// Begins to look a host name up, and a service by its name or number. `out` reads as a sequence of SocketAddress, Again until it
  /// is known; NoEnt when there is none. Closing it gives up.
  [[nodiscard]] virtual Errno look_up(StringRef host, StringRef service, File*& out);
  /// Ends the wait that is going on, or else the next one. From any thread, never blocks.
  virtual void interrupt() = 0;

 protected:
  ~Platform() = default;
};

}  // namespace umber::wasi
