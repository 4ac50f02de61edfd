// The types of WASI preview 1 as guests see them (https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md), under the
// specification's names. Structures are exchanged with guest memory as they are, so their layout is asserted here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace umber::wasi {

using Fd = uint32_t;
using Size = uint32_t;
using FileSize = uint64_t;
using FileDelta = int64_t;
using Timestamp = uint64_t;  ///< nanoseconds
using UserData = uint64_t;
using DirCookie = uint64_t;

enum class Errno : uint16_t {
  Success, TooBig, Acces, AddrInUse, AddrNotAvail, AfNoSupport, Again, Already, Badf, BadMsg, Busy, Canceled, Child,
  ConnAborted, ConnRefused, ConnReset, Deadlk, DestAddrReq, Dom, Dquot, Exist, Fault, Fbig, HostUnreach, Idrm, Ilseq,
  InProgress, Intr, Inval, Io, IsConn, Isdir, Loop, Mfile, Mlink, MsgSize, Multihop, NameTooLong, NetDown, NetReset,
  NetUnreach, Nfile, NoBufs, NoDev, NoEnt, NoExec, NoLck, NoLink, NoMem, NoMsg, NoProtoOpt, NoSpc, NoSys, NotConn, NotDir,
  NotEmpty, NotRecoverable, NotSock, NotSup, NoTty, Nxio, Overflow, OwnerDead, Perm, Pipe, Proto, ProtoNoSupport, ProtoType,
  Range, Rofs, Spipe, Srch, Stale, TimedOut, TxtBsy, Xdev, NotCapable,
};
static_assert(static_cast<int>(Errno::Badf) == 8 && static_cast<int>(Errno::Fault) == 21 && static_cast<int>(Errno::Inval) == 28);
static_assert(static_cast<int>(Errno::NoEnt) == 44 && static_cast<int>(Errno::NotSup) == 58 && static_cast<int>(Errno::NotCapable) == 76);

/// A set of bits of an enumeration whose values are single bits. `Bits::parse` refuses unknown ones.
template <class Bit, uint64_t kKnown>
class Flags {
 public:
  using Repr = std::underlying_type_t<Bit>;

  constexpr Flags() = default;
  constexpr Flags(Bit bit) : bits_(static_cast<Repr>(bit)) {}
  static constexpr Flags of_bits(Repr bits) { return Flags(bits, 0); }
  static constexpr Flags all() { return of_bits(static_cast<Repr>(kKnown)); }
  /// False when bits are set that have no meaning.
  [[nodiscard]] static constexpr bool parse(uint64_t bits, Flags& out) {
    out = of_bits(static_cast<Repr>(bits & kKnown));
    return (bits & ~kKnown) == 0;
  }

  [[nodiscard]] constexpr Repr bits() const { return bits_; }
  [[nodiscard]] constexpr bool any() const { return bits_ != 0; }
  [[nodiscard]] constexpr bool has(Flags other) const { return (bits_ & other.bits_) == other.bits_; }
  [[nodiscard]] constexpr bool has_any(Flags other) const { return (bits_ & other.bits_) != 0; }
  [[nodiscard]] constexpr Flags without(Flags other) const { return of_bits(static_cast<Repr>(bits_ & ~other.bits_)); }
  friend constexpr Flags operator|(Flags a, Flags b) { return of_bits(static_cast<Repr>(a.bits_ | b.bits_)); }
  friend constexpr Flags operator&(Flags a, Flags b) { return of_bits(static_cast<Repr>(a.bits_ & b.bits_)); }
  constexpr Flags& operator|=(Flags other) { return *this = *this | other; }
  friend constexpr bool operator==(Flags a, Flags b) { return a.bits_ == b.bits_; }

 private:
  constexpr Flags(Repr bits, int) : bits_(bits) {}
  Repr bits_ = 0;
};

/// 64 bits in the specification's structures, of which 30 have a meaning.
enum class Right : uint32_t {
  FdDatasync = 1 << 0,
  FdRead = 1 << 1,
  FdSeek = 1 << 2,
  FdFdstatSetFlags = 1 << 3,
  FdSync = 1 << 4,
  FdTell = 1 << 5,
  FdWrite = 1 << 6,
  FdAdvise = 1 << 7,
  FdAllocate = 1 << 8,
  PathCreateDirectory = 1 << 9,
  PathCreateFile = 1 << 10,
  PathLinkSource = 1 << 11,
  PathLinkTarget = 1 << 12,
  PathOpen = 1 << 13,
  FdReaddir = 1 << 14,
  PathReadlink = 1 << 15,
  PathRenameSource = 1 << 16,
  PathRenameTarget = 1 << 17,
  PathFilestatGet = 1 << 18,
  PathFilestatSetSize = 1 << 19,
  PathFilestatSetTimes = 1 << 20,
  FdFilestatGet = 1 << 21,
  FdFilestatSetSize = 1 << 22,
  FdFilestatSetTimes = 1 << 23,
  PathSymlink = 1 << 24,
  PathRemoveDirectory = 1 << 25,
  PathUnlinkFile = 1 << 26,
  PollFdReadwrite = 1 << 27,
  SockShutdown = 1 << 28,
  SockAccept = 1 << 29,
};
using Rights = Flags<Right, (1u << 30) - 1>;
constexpr Rights operator|(Right a, Right b) { return Rights(a) | b; }

enum class FdFlag : uint16_t { Append = 1, Dsync = 2, Nonblock = 4, Rsync = 8, Sync = 16 };
using FdFlags = Flags<FdFlag, 31>;
constexpr FdFlags operator|(FdFlag a, FdFlag b) { return FdFlags(a) | b; }

enum class LookupFlag : uint32_t { SymlinkFollow = 1 };
using LookupFlags = Flags<LookupFlag, 1>;

enum class OFlag : uint16_t { Creat = 1, Directory = 2, Excl = 4, Trunc = 8 };
using OFlags = Flags<OFlag, 15>;
constexpr OFlags operator|(OFlag a, OFlag b) { return OFlags(a) | b; }

enum class FstFlag : uint16_t { Atim = 1, AtimNow = 2, Mtim = 4, MtimNow = 8 };
using FstFlags = Flags<FstFlag, 15>;
constexpr FstFlags operator|(FstFlag a, FstFlag b) { return FstFlags(a) | b; }

enum class RiFlag : uint16_t { RecvPeek = 1, RecvWaitall = 2 };
using RiFlags = Flags<RiFlag, 3>;

enum class RoFlag : uint16_t { RecvDataTruncated = 1 };
using RoFlags = Flags<RoFlag, 1>;

enum class SdFlag : uint8_t { Rd = 1, Wr = 2 };
using SdFlags = Flags<SdFlag, 3>;
constexpr SdFlags operator|(SdFlag a, SdFlag b) { return SdFlags(a) | b; }

enum class SubclockFlag : uint16_t { Abstime = 1 };
using SubclockFlags = Flags<SubclockFlag, 1>;

enum class EventRwFlag : uint16_t { Hangup = 1 };

enum class FileType : uint8_t {
  Unknown, BlockDevice, CharacterDevice, Directory, RegularFile, SocketDgram, SocketStream, SymbolicLink,
};
enum class ClockId : uint32_t { Realtime, Monotonic, ProcessCputime, ThreadCputime };
inline constexpr uint32_t kClockCount = 4;
enum class Whence : uint8_t { Set, Cur, End };
inline constexpr uint32_t kWhenceCount = 3;
enum class Advice : uint8_t { Normal, Sequential, Random, Willneed, Dontneed, Noreuse };
inline constexpr uint32_t kAdviceCount = 6;
enum class EventType : uint8_t { Clock, FdRead, FdWrite };
enum class PreopenType : uint8_t { Dir };

struct Iovec {
  uint32_t buf;  ///< guest address
  Size buf_len;
};
using Ciovec = const Iovec;
static_assert(sizeof(Iovec) == 8);

struct Dirent {
  DirCookie d_next;
  uint64_t d_ino;
  uint32_t d_namlen;
  FileType d_type;
  uint8_t padding[3];
};
static_assert(sizeof(Dirent) == 24 && offsetof(Dirent, d_namlen) == 16 && offsetof(Dirent, d_type) == 20);

struct Fdstat {
  FileType fs_filetype;
  uint8_t padding1;
  FdFlags fs_flags;
  uint32_t padding2;
  uint64_t fs_rights_base;
  uint64_t fs_rights_inheriting;
};
static_assert(sizeof(Fdstat) == 24 && offsetof(Fdstat, fs_flags) == 2 && offsetof(Fdstat, fs_rights_base) == 8);
static_assert(offsetof(Fdstat, fs_rights_inheriting) == 16);

struct Filestat {
  uint64_t dev;
  uint64_t ino;
  FileType filetype;
  uint8_t padding[7];
  uint64_t nlink;
  FileSize size;
  Timestamp atim;
  Timestamp mtim;
  Timestamp ctim;
};
static_assert(sizeof(Filestat) == 64 && offsetof(Filestat, filetype) == 16 && offsetof(Filestat, nlink) == 24);
static_assert(offsetof(Filestat, size) == 32 && offsetof(Filestat, ctim) == 56);

struct SubscriptionClock {
  ClockId id;
  uint32_t padding1;
  Timestamp timeout;
  Timestamp precision;
  uint16_t flags;
  uint16_t padding2[3];
};
struct SubscriptionFdReadwrite {
  Fd file_descriptor;
};
struct Subscription {
  UserData userdata;
  uint8_t tag;  ///< an EventType
  uint8_t padding[7];
  union {
    SubscriptionClock clock;
    SubscriptionFdReadwrite fd_readwrite;
  } u;
};
static_assert(sizeof(Subscription) == 48 && offsetof(Subscription, tag) == 8 && offsetof(Subscription, u) == 16);
static_assert(offsetof(SubscriptionClock, timeout) == 8 && offsetof(SubscriptionClock, flags) == 24);

struct Event {
  UserData userdata;
  Errno error;
  EventType type;
  uint8_t padding1[5];
  FileSize nbytes;
  uint16_t flags;  ///< of EventRwFlag
  uint16_t padding2[3];
};
static_assert(sizeof(Event) == 32 && offsetof(Event, error) == 8 && offsetof(Event, type) == 10);
static_assert(offsetof(Event, nbytes) == 16 && offsetof(Event, flags) == 24);

struct Prestat {
  PreopenType tag;
  uint8_t padding[3];
  Size pr_name_len;
};
static_assert(sizeof(Prestat) == 8 && offsetof(Prestat, pr_name_len) == 4);

/// Snapshot 0 (`wasi_unstable`): 32-bit link counts, a subscription with an identifier of its own, whence in another order.
namespace snapshot0 {

struct Filestat {
  uint64_t dev;
  uint64_t ino;
  FileType filetype;
  uint8_t padding[3];
  uint32_t nlink;
  FileSize size;
  Timestamp atim;
  Timestamp mtim;
  Timestamp ctim;
};
static_assert(sizeof(Filestat) == 56 && offsetof(Filestat, nlink) == 20 && offsetof(Filestat, ctim) == 48);

struct SubscriptionClock {
  UserData identifier;
  ClockId id;
  uint32_t padding1;
  Timestamp timeout;
  Timestamp precision;
  uint16_t flags;
  uint16_t padding2[3];
};
struct Subscription {
  UserData userdata;
  uint8_t tag;
  uint8_t padding[7];
  union {
    SubscriptionClock clock;
    SubscriptionFdReadwrite fd_readwrite;
  } u;
};
static_assert(sizeof(Subscription) == 56 && offsetof(Subscription, u) == 16 && offsetof(SubscriptionClock, timeout) == 16);

}  // namespace snapshot0

}  // namespace umber::wasi
