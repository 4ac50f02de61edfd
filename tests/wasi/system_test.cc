// Arguments, environment, clocks, random numbers, the process, and how a guest is set up.
#include <algorithm>
#include <set>

#include "tests/support/support.h"
#include "tests/wasi/fixture.h"
#include "wasi/stream.h"

namespace umber::test {
namespace {

std::vector<std::string> read_texts(FakeGuest& guest, const char* sizes, const char* get) {
  const uint32_t count_at = guest.room(4), size_at = guest.room(4);
  EXPECT_EQ(guest(sizes, count_at, size_at), Errno::Success);
  const uint32_t count = guest.read<uint32_t>(count_at), size = guest.read<uint32_t>(size_at);
  const uint32_t pointers = guest.room(count * 4), buffer = guest.room(size);
  EXPECT_EQ(guest(get, pointers, buffer), Errno::Success);
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < count; ++i)
    texts.push_back(reinterpret_cast<const char*>(guest.memory().data()) + guest.read<uint32_t>(pointers + i * 4));
  return texts;
}

TEST(System, ArgumentsAndEnvironment) {
  FakeGuest guest;
  for (const char* arg : {"program", "", "two words", "üñï"}) ASSERT_TRUE(guest.wasi.add_arg(arg).ok());
  ASSERT_TRUE(guest.wasi.add_env("NAME", "value=with=signs").ok());
  ASSERT_TRUE(guest.wasi.add_env("EMPTY", "").ok());
  EXPECT_EQ(read_texts(guest, "args_sizes_get", "args_get"), (std::vector<std::string>{"program", "", "two words", "üñï"}));
  EXPECT_EQ(read_texts(guest, "environ_sizes_get", "environ_get"), (std::vector<std::string>{"NAME=value=with=signs", "EMPTY="}));
  const uint32_t far = kGuestBytes - 4;
  EXPECT_EQ(guest("args_get", far, 64u), Errno::Fault);
  EXPECT_EQ(guest("args_get", 64u, far), Errno::Fault);
  EXPECT_EQ(guest("environ_get", UINT32_MAX, UINT32_MAX), Errno::Fault);
  EXPECT_EQ(guest("args_sizes_get", far + 1, 64u), Errno::Fault);
}

TEST(System, NoArgumentsNoEnvironment) {
  FakeGuest guest;
  EXPECT_TRUE(read_texts(guest, "args_sizes_get", "args_get").empty());
  EXPECT_TRUE(read_texts(guest, "environ_sizes_get", "environ_get").empty());
}

TEST(System, BadArgumentsAreRefused) {
  FakeGuest guest;
  EXPECT_EQ(guest.wasi.add_arg(StringRef("a\0b", 3)).error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(guest.wasi.add_env("", "x").error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(guest.wasi.add_env("A=B", "x").error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(guest.wasi.add_env("A", StringRef("\0", 1)).error().code(), ErrorCode::InvalidArgument);
  EXPECT_TRUE(read_texts(guest, "args_sizes_get", "args_get").empty());
}

TEST(System, Clocks) {
  FakeGuest guest;
  const uint32_t at = guest.room(8);
  for (uint32_t id = 0; id < 4; ++id) {
    EXPECT_EQ(guest("clock_res_get", id, at), Errno::Success);
    EXPECT_GT(guest.read<uint64_t>(at), 0u);
    EXPECT_EQ(guest("clock_time_get", id, uint64_t{0}, at), Errno::Success);
    const uint64_t first = guest.read<uint64_t>(at);
    EXPECT_GT(first, 0u);
    EXPECT_EQ(guest("clock_time_get", id, UINT64_MAX, at), Errno::Success);
    if (id == 1) {
      EXPECT_GE(guest.read<uint64_t>(at), first);
    }
  }
  EXPECT_EQ(guest("clock_time_get", 0u, uint64_t{0}, at), Errno::Success);
  EXPECT_GT(guest.read<uint64_t>(at), 1'600'000'000'000'000'000u) << "nanoseconds since 1970";
  for (uint32_t bad : {4u, 256u, UINT32_MAX}) {
    EXPECT_EQ(guest("clock_res_get", bad, at), Errno::Inval);
    EXPECT_EQ(guest("clock_time_get", bad, uint64_t{0}, at), Errno::Inval);
  }
  EXPECT_EQ(guest("clock_time_get", 0u, uint64_t{0}, kGuestBytes - 7), Errno::Fault);
}

TEST(System, RandomBytesOfAnySize) {
  FakeGuest guest;
  EXPECT_EQ(guest("random_get", 64u, 0u), Errno::Success);
  EXPECT_EQ(guest("random_get", kGuestBytes, 0u), Errno::Success);
  EXPECT_EQ(guest("random_get", 64u, 150'000u), Errno::Success);
  for (const size_t end : {size_t{64}, size_t{64 + 65536}, size_t{64 + 150'000}}) {
    const auto* bytes = guest.memory().data() + end;
    const auto zeros = end == 64 ? std::count(bytes, bytes + 4096, 0) : std::count(bytes - 4096, bytes, 0);
    EXPECT_LT(zeros, 100);
  }
  EXPECT_EQ(guest.memory()[64 + 150'000], 0) << "nothing behind the end";
  EXPECT_EQ(guest("random_get", kGuestBytes - 3, 4u), Errno::Fault);
  EXPECT_EQ(guest("random_get", 0u, UINT32_MAX), Errno::Fault);
}

TEST(System, ExitAndSignals) {
  FakeGuest guest;
  uint32_t result = 0;
  for (uint32_t code : {0u, 1u, 42u, 255u, UINT32_MAX}) {
    EXPECT_EQ(guest.call("proc_exit", "wasi_snapshot_preview1", result, code), RunStatus::Trapped);
    EXPECT_EQ(guest.execution.last_trap().kind, TrapKind::Exit);
    EXPECT_EQ(static_cast<uint32_t>(guest.execution.last_trap().exit_code), code);
  }
  const std::set<uint32_t> harmless = {0, 13, 16, 17, 22, 27}, stopping = {18, 19, 20, 21};
  for (uint32_t signal = 0; signal < 40; ++signal) {
    const RunStatus status = guest.call("proc_raise", "wasi_snapshot_preview1", result, signal);
    if (signal > 30) {
      EXPECT_EQ(Errno(result), Errno::Inval) << signal;
    } else if (harmless.contains(signal)) {
      EXPECT_EQ(Errno(result), Errno::Success) << signal;
    } else if (stopping.contains(signal)) {
      EXPECT_EQ(Errno(result), Errno::NotSup) << signal;
    } else {
      EXPECT_EQ(status, RunStatus::Trapped) << signal;
      EXPECT_EQ(guest.execution.last_trap().exit_code, static_cast<int32_t>(128 + signal));
    }
  }
  EXPECT_EQ(guest("sched_yield"), Errno::Success);
}

TEST(System, BothModulesAreComplete) {
  FakeGuest guest;
  Extern item;
  for (const char* in_module : {"wasi_snapshot_preview1", "wasi_unstable"}) {
    EXPECT_TRUE(guest.linker.find(in_module, "args_get", item));
    EXPECT_TRUE(guest.linker.find(in_module, "sock_shutdown", item));
    EXPECT_FALSE(guest.linker.find(in_module, "sock_open", item));
  }
  EXPECT_FALSE(guest.linker.find("wasi_snapshot_preview2", "args_get", item));
}

TEST(System, ByDefaultAGuestHasNothing) {
  Calls calls;
  std::string text;
  EXPECT_EQ(calls.read(0, 10, text), Errno::Success);
  EXPECT_EQ(text, "");
  EXPECT_EQ(calls.write(1, "into the void"), Errno::Success);
  EXPECT_EQ(calls.write(2, "into the void"), Errno::Success);
  EXPECT_EQ(calls.write(0, "x"), Errno::NotCapable);
  EXPECT_EQ(calls.read(1, 1, text), Errno::NotCapable);
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(3, "x", fd, {}), Errno::Badf);
  wasi::Fdstat stat;
  EXPECT_EQ(calls.fdstat(3, stat), Errno::Badf);
}

TEST(System, StreamsInMemory) {
  Calls calls;
  FakeGuest& guest = calls.guest;
  static constexpr uint8_t kInput[] = {'i', 'n', 'p', 'u', 't'};
  std::string output;
  const auto append = [](void* state, std::span<const uint8_t> bytes) {
    if (bytes.size() > 100) return Errno::NoSpc;
    static_cast<std::string*>(state)->append(bytes.begin(), bytes.end());
    return Errno::Success;
  };
  ASSERT_TRUE(guest.wasi.set_stdio(0, *wasi::new_input_stream(guest.allocator, kInput)).ok());
  ASSERT_TRUE(guest.wasi.set_stdio(1, *wasi::new_output_stream(guest.allocator, append, &output)).ok());
  EXPECT_EQ(calls.must_read(0, 3), "inp");
  EXPECT_EQ(calls.must_read(0, 30), "ut");
  EXPECT_EQ(calls.must_read(0, 30), "");
  EXPECT_EQ(calls.write(1, "one "), Errno::Success);
  EXPECT_EQ(calls.write(1, "two"), Errno::Success);
  EXPECT_EQ(calls.write(1, std::string(200, 'x')), Errno::NoSpc);
  EXPECT_EQ(output, "one two");
  uint64_t position = 0;
  EXPECT_EQ(calls.seek(0, 0, wasi::Whence::Set, position), Errno::NotCapable);
  // What a C library asks to find out whether it writes to a terminal, line by line.
  const uint32_t stat = guest.room(sizeof(wasi::Fdstat));
  EXPECT_EQ(guest("fd_fdstat_get", 1u, stat), Errno::Success);
  EXPECT_EQ(guest.read<wasi::Fdstat>(stat).fs_filetype, wasi::FileType::CharacterDevice);
  EXPECT_FALSE(guest.read<wasi::Fdstat>(stat).fs_rights_base & (wasi::Rights(Right::FdSeek) | Right::FdTell).bits());
  EXPECT_EQ(guest.wasi.set_stdio(3, wasi::null_stream()).error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(guest.wasi.add_preopen(wasi::null_stream(), "/").error().code(), ErrorCode::InvalidArgument);
  EXPECT_EQ(guest.wasi.add_socket(wasi::null_stream()).error().code(), ErrorCode::InvalidArgument);
}

TEST(System, OpenDirectoryErrors) {
  FakeGuest guest;
  EXPECT_EQ(guest.platform.open_directory("/no/such/directory").error().code(), ErrorCode::NotFound);
  EXPECT_EQ(guest.platform.open_directory("/etc/passwd").error().code(), ErrorCode::Io);
  EXPECT_EQ(guest.platform.adopt(-1, posix::Descriptor::Ownership::Borrowed).error().code(), ErrorCode::InvalidArgument);
}

/// Setting up a guest and using a file with every allocation failing in turn: an error, never a crash or a leak.
TEST(System, AllocationFailures) {
  HostDirectory host;
  host.write("file", "x");
  sweep_allocation_failures([&](TestAllocator& allocator) {
    posix::PosixPlatform platform(allocator, posix::Resolution::Walk);
    Wasi wasi(allocator, platform);
    (void)wasi.add_arg("program");
    (void)wasi.add_env("NAME", "value");
    Result<wasi::File*> directory = platform.open_directory(host.path().c_str());
    if (!directory.ok() || !wasi.add_preopen(**directory, "/").ok()) return;
    wasi::File* file = wasi::new_output_stream(allocator, nullptr, nullptr);
    if (file != nullptr) (void)wasi.set_stdio(1, *file);
    linux_port::HeapAllocator heap;
    Store store(heap);
    Linker linker(store);
    (void)wasi.add_to(linker);
  });
}

class Snapshot0 : public FileCalls {
 protected:
  template <class... Args>
  Errno call(const char* name, Args... args) {
    return calls.guest.from_module("wasi_unstable", name, args...);
  }
};
UMBER_BOTH_RESOLUTIONS(Snapshot0);

TEST_P(Snapshot0, FilestatIsShorter) {
  const wasi::Fd fd = calls.create("file");
  EXPECT_EQ(calls.write(fd, "12345"), Errno::Success);
  FakeGuest& guest = calls.guest;
  const uint32_t at = guest.room(64);
  std::fill_n(guest.memory().data() + at, 64, uint8_t{0xaa});
  EXPECT_EQ(call("fd_filestat_get", fd, at), Errno::Success);
  auto stat = guest.read<wasi::snapshot0::Filestat>(at);
  EXPECT_EQ(stat.nlink, 1u);
  EXPECT_EQ(stat.size, 5u);
  EXPECT_EQ(stat.filetype, FileType::RegularFile);
  EXPECT_GT(stat.ctim, 1'600'000'000'000'000'000u);
  EXPECT_EQ(guest.read<uint64_t>(at + 56), 0xaaaa'aaaa'aaaa'aaaau) << "nothing behind the structure";
  EXPECT_EQ(call("path_filestat_get", kRoot, 0u, guest.put("file"), at), Errno::Success);
  stat = guest.read<wasi::snapshot0::Filestat>(at);
  EXPECT_EQ(stat.size, 5u);
  EXPECT_EQ(guest.read<uint64_t>(at + 56), 0xaaaa'aaaa'aaaa'aaaau);
  EXPECT_EQ(call("path_filestat_get", kRoot, 0u, guest.put("../x"), at), Errno::NotCapable);
}

TEST_P(Snapshot0, WhenceIsNumberedDifferently) {
  const wasi::Fd fd = calls.create("file");
  EXPECT_EQ(calls.write(fd, "12345"), Errno::Success);
  FakeGuest& guest = calls.guest;
  const uint32_t at = guest.room(8);
  const auto seek = [&](int64_t offset, uint32_t whence) {
    EXPECT_EQ(call("fd_seek", fd, offset, whence, at), Errno::Success);
    return guest.read<uint64_t>(at);
  };
  EXPECT_EQ(seek(1, 2), 1u) << "set";
  EXPECT_EQ(seek(1, 0), 2u) << "cur";
  EXPECT_EQ(seek(-1, 1), 4u) << "end";
  EXPECT_EQ(call("fd_seek", fd, int64_t{0}, 3u, at), Errno::Inval);
}

TEST_P(Snapshot0, SubscriptionsAreLonger) {
  FakeGuest& guest = calls.guest;
  wasi::snapshot0::Subscription subscriptions[2]{};
  subscriptions[0].userdata = 11;
  subscriptions[0].tag = 0;
  subscriptions[0].u.clock = {0x1122, wasi::ClockId::Monotonic, 0, 1'000'000, 0, 0, {}};
  subscriptions[1].userdata = 22;
  subscriptions[1].tag = 1;
  subscriptions[1].u.fd_readwrite.file_descriptor = 99;
  const uint32_t in = guest.put(subscriptions), out = guest.room(64), count = guest.room(4);
  EXPECT_EQ(call("poll_oneoff", in, out, 2u, count), Errno::Success);
  EXPECT_EQ(guest.read<uint32_t>(count), 1u);
  EXPECT_EQ(guest.read<wasi::Event>(out).userdata, 22u);
  EXPECT_EQ(guest.read<wasi::Event>(out).error, Errno::Badf);
  EXPECT_EQ(call("poll_oneoff", in, out, 1u, count), Errno::Success);
  EXPECT_EQ(guest.read<wasi::Event>(out).userdata, 11u);
}

}  // namespace
}  // namespace umber::test
