// Waiting: poll_oneoff with every mix of subscriptions, streams that have no data yet, and kill and deadline that end it all
// at once.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/support/prompt.h"
#include "tests/wasi/fixture.h"

namespace umber::test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr uint64_t kMs = 1'000'000;

wasi::Subscription clock_subscription(uint64_t userdata, wasi::ClockId id, uint64_t timeout, uint16_t flags = 0) {
  wasi::Subscription out{};
  out.userdata = userdata;
  out.tag = static_cast<uint8_t>(wasi::EventType::Clock);
  out.u.clock.id = id;
  out.u.clock.timeout = timeout;
  out.u.clock.flags = flags;
  return out;
}

wasi::Subscription file_subscription(uint64_t userdata, wasi::EventType type, wasi::Fd fd) {
  wasi::Subscription out{};
  out.userdata = userdata;
  out.tag = static_cast<uint8_t>(type);
  out.u.fd_readwrite.file_descriptor = fd;
  return out;
}

class Waiting : public ::testing::Test {
 protected:
  Waiting() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    read_end = ends[0];
    write_end = ends[1];
    connect(0, read_end);
    calls.preopen(host.path(), "/");
  }
  ~Waiting() override {
    ::close(read_end);
    if (write_end >= 0) ::close(write_end);
  }
  /// Standard stream `fd` becomes a descriptor of this process.
  void connect(wasi::Fd fd, int descriptor) {
    Result<wasi::File*> file = calls.guest.platform.adopt(descriptor, posix::Descriptor::Ownership::Borrowed);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(calls.guest.wasi.set_stdio(fd, **file).ok());
  }
  Errno poll(const std::vector<wasi::Subscription>& subscriptions, std::vector<wasi::Event>& events) {
    FakeGuest& guest = calls.guest;
    const uint32_t in = guest.room(subscriptions.size() * sizeof(wasi::Subscription));
    std::memcpy(guest.memory().data() + in, subscriptions.data(), subscriptions.size() * sizeof(wasi::Subscription));
    const uint32_t out = guest.room(subscriptions.size() * sizeof(wasi::Event)), count = guest.room(4);
    const Errno error = guest("poll_oneoff", in, out, static_cast<uint32_t>(subscriptions.size()), count);
    events.clear();
    if (error == Errno::Success)
      for (uint32_t i = 0; i < guest.read<uint32_t>(count); ++i)
        events.push_back(guest.read<wasi::Event>(out + i * static_cast<uint32_t>(sizeof(wasi::Event))));
    guest.reset_room();
    return error;
  }
  uint64_t now(uint32_t clock) {
    const uint32_t at = calls.guest.room(8);
    EXPECT_EQ(calls.guest("clock_time_get", clock, uint64_t{0}, at), Errno::Success);
    return calls.guest.read<uint64_t>(at);
  }

  HostDirectory host;
  Calls calls;
  int read_end = -1;
  int write_end = -1;
  std::vector<wasi::Event> events;
};

TEST_F(Waiting, TimersReallySleep) {
  for (const wasi::ClockId id : {wasi::ClockId::Monotonic, wasi::ClockId::Realtime}) {
    const auto start = steady_clock::now();
    EXPECT_EQ(poll({clock_subscription(7, id, 30 * kMs)}, events), Errno::Success);
    const auto slept = steady_clock::now() - start;
    EXPECT_GE(slept, 30ms);
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].userdata, 7u);
    EXPECT_EQ(events[0].type, wasi::EventType::Clock);
    EXPECT_EQ(events[0].error, Errno::Success);
  }
}

TEST_F(Waiting, AbsoluteTimers) {
  for (const wasi::ClockId id : {wasi::ClockId::Monotonic, wasi::ClockId::Realtime}) {
    const uint64_t begin = now(static_cast<uint32_t>(id));
    EXPECT_EQ(poll({clock_subscription(1, id, begin + 30 * kMs, 1)}, events), Errno::Success);
    EXPECT_GE(now(static_cast<uint32_t>(id)), begin + 30 * kMs);
    const auto start = steady_clock::now();
    EXPECT_EQ(poll({clock_subscription(1, id, begin, 1)}, events), Errno::Success) << "in the past";
    EXPECT_EQ(poll({clock_subscription(1, id, 0)}, events), Errno::Success) << "at once";
    EXPECT_LT(steady_clock::now() - start, kPrompt);
  }
}

TEST_F(Waiting, TheEarliestTimerWins) {
  EXPECT_EQ(poll({clock_subscription(1, wasi::ClockId::Monotonic, 5000 * kMs), clock_subscription(2, wasi::ClockId::Realtime, 10 * kMs),
                  clock_subscription(3, wasi::ClockId::Monotonic, UINT64_MAX)},
                 events),
            Errno::Success);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 2u);
}

TEST_F(Waiting, ReadableStreams) {
  EXPECT_EQ(poll({file_subscription(1, wasi::EventType::FdRead, 0), clock_subscription(2, wasi::ClockId::Monotonic, 10 * kMs)}, events),
            Errno::Success);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 2u) << "nothing to read yet";

  std::thread writer([this] {
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(::write(write_end, "hello", 5), 5);
  });
  EXPECT_EQ(poll({file_subscription(1, wasi::EventType::FdRead, 0), clock_subscription(2, wasi::ClockId::Monotonic, 5000 * kMs)}, events),
            Errno::Success);
  writer.join();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].userdata, 1u);
  EXPECT_EQ(events[0].type, wasi::EventType::FdRead);
  EXPECT_EQ(events[0].nbytes, 5u);
  EXPECT_EQ(events[0].flags, 0u);

  ::close(write_end);
  write_end = -1;
  EXPECT_EQ(calls.must_read(0, 10), "hello");
  EXPECT_EQ(poll({file_subscription(1, wasi::EventType::FdRead, 0)}, events), Errno::Success);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].flags, 1u) << "the other end is closed";
  EXPECT_EQ(calls.must_read(0, 10), "");
}

TEST_F(Waiting, FilesAreAlwaysReady) {
  host.write("file", "0123456789");
  const wasi::Fd fd = calls.must_open("file", {});
  EXPECT_EQ(calls.must_read(fd, 4), "0123");
  EXPECT_EQ(poll({file_subscription(1, wasi::EventType::FdRead, fd), file_subscription(2, wasi::EventType::FdWrite, fd),
                  clock_subscription(3, wasi::ClockId::Monotonic, 1000 * kMs), file_subscription(4, wasi::EventType::FdWrite, 1),
                  file_subscription(5, wasi::EventType::FdRead, 0)},
                 events),
            Errno::Success);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].userdata, 1u);
  EXPECT_EQ(events[0].nbytes, 6u);
  EXPECT_EQ(events[1].userdata, 2u);
  EXPECT_EQ(events[2].userdata, 4u);
}

TEST_F(Waiting, BadSubscriptionsAreEvents) {
  const wasi::Fd no_poll = calls.must_open("f", {.oflags = OFlag::Creat, .base = Right::FdRead});
  EXPECT_EQ(poll({file_subscription(1, wasi::EventType::FdRead, 99), file_subscription(2, wasi::EventType::FdRead, no_poll),
                  file_subscription(3, wasi::EventType::FdWrite, 0), clock_subscription(4, wasi::ClockId{9}, 0),
                  clock_subscription(5, wasi::ClockId::ThreadCputime, 0), clock_subscription(6, wasi::ClockId::Monotonic, 0)},
                 events),
            Errno::Success);
  ASSERT_EQ(events.size(), 6u);
  EXPECT_EQ(events[0].error, Errno::Badf);
  EXPECT_EQ(events[1].error, Errno::NotCapable);
  EXPECT_EQ(events[2].error, Errno::NotCapable);
  EXPECT_EQ(events[3].error, Errno::Inval);
  EXPECT_EQ(events[4].error, Errno::NotSup);
  EXPECT_EQ(events[5].error, Errno::Success);
}

TEST_F(Waiting, BadCalls) {
  FakeGuest& guest = calls.guest;
  const uint32_t at = guest.room(64);
  EXPECT_EQ(guest("poll_oneoff", at, at, 0u, at), Errno::Inval);
  EXPECT_EQ(guest("poll_oneoff", at, at, UINT32_MAX, at), Errno::Inval);
  EXPECT_EQ(guest("poll_oneoff", kGuestBytes - 47, at, 1u, at), Errno::Fault);
  EXPECT_EQ(guest("poll_oneoff", at, kGuestBytes - 31, 1u, at), Errno::Fault);
  EXPECT_EQ(guest("poll_oneoff", at, at, 1u, kGuestBytes - 3), Errno::Fault);
  wasi::Subscription wrong = clock_subscription(1, wasi::ClockId::Monotonic, 0);
  wrong.tag = 3;
  EXPECT_EQ(poll({wrong}, events), Errno::Inval);
  EXPECT_EQ(poll({clock_subscription(1, wasi::ClockId::Monotonic, 0, 2)}, events), Errno::Inval);
}

TEST_F(Waiting, EventsMayOverwriteSubscriptions) {
  FakeGuest& guest = calls.guest;
  const wasi::Subscription subscriptions[3] = {clock_subscription(1, wasi::ClockId::Monotonic, 0),
                                               clock_subscription(2, wasi::ClockId::Monotonic, 0),
                                               clock_subscription(3, wasi::ClockId::Monotonic, 0)};
  const uint32_t at = guest.put(subscriptions), count = guest.room(4);
  EXPECT_EQ(guest("poll_oneoff", at, at, 3u, count), Errno::Success);
  EXPECT_EQ(guest.read<uint32_t>(count), 3u);
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(guest.read<wasi::Event>(at + i * 32).userdata, i + 1);
}

TEST_F(Waiting, ReadingWaitsForData) {
  std::thread writer([this] {
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(::write(write_end, "late", 4), 4);
  });
  EXPECT_EQ(calls.must_read(0, 10), "late");
  writer.join();
}

TEST_F(Waiting, NonblockingReadsDoNot) {
  std::string text;
  EXPECT_EQ(calls.guest("fd_fdstat_set_flags", 0u, 4u), Errno::Success);
  EXPECT_EQ(calls.read(0, 10, text), Errno::Again);
  EXPECT_EQ(::write(write_end, "now", 3), 3);
  EXPECT_EQ(calls.must_read(0, 10), "now");
  const int flags = fcntl(read_end, F_GETFL);
  EXPECT_EQ(flags & O_NONBLOCK, 0) << "the host's descriptor is shared and stays as it is";
}

TEST_F(Waiting, ABlockingWriteWritesEverything) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  connect(1, ends[1]);
  std::string received;
  std::thread reader([&] {
    char buffer[4096];
    while (received.size() < 200'000) {
      const ssize_t size = ::read(ends[0], buffer, sizeof buffer);
      if (size <= 0) break;
      received.append(buffer, static_cast<size_t>(size));
    }
  });
  std::string sent;
  for (int i = 0; sent.size() < 200'000; ++i) sent += std::to_string(i) + ",";
  sent.resize(200'000);
  EXPECT_EQ(calls.write(1, sent), Errno::Success);
  reader.join();
  EXPECT_EQ(received, sent);
  ::close(ends[0]);
  EXPECT_EQ(calls.write(1, "x"), Errno::Pipe) << "and no SIGPIPE";
  ::close(ends[1]);
}

/// What a guest may be waiting in when it is killed.
class Kill : public Waiting, public ::testing::WithParamInterface<const char*> {};

TEST_P(Kill, EndsTheWaitAtOnce) {
  FakeGuest& guest = calls.guest;
  const std::string what = GetParam();
  const GuestRange buffer{guest.room(64), 64};
  const GuestRange list = guest.put_iovecs({buffer});
  const uint32_t out = guest.room(64), count = guest.room(4);
  std::vector<uint64_t> args;
  const char* call = "fd_read";
  int pair[2] = {-1, -1};
  int pipe_ends[2] = {-1, -1};
  if (what == "read") {
    args = {0, list.address, list.size, count};
  } else if (what == "write") {
    ASSERT_EQ(pipe2(pipe_ends, O_CLOEXEC), 0);
    connect(1, pipe_ends[1]);
    call = "fd_write";
    args = {1, guest.put_iovecs({GuestRange{0, 200'000}}).address, 1, count};
  } else if (what == "poll") {
    call = "poll_oneoff";
    args = {guest.put(file_subscription(1, wasi::EventType::FdRead, 0)), out, 1, count};
  } else if (what == "sleep") {
    call = "poll_oneoff";
    args = {guest.put(clock_subscription(1, wasi::ClockId::Monotonic, 3600'000 * kMs)), out, 1, count};
  } else {
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    int fd = pair[0];
    if (what == "accept") {
      fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);  // on a port that the system picks
      ASSERT_EQ(listen(fd, 1), 0);
    }
    Result<wasi::File*> file = guest.platform.adopt(fd, posix::Descriptor::Ownership::Owned);
    ASSERT_TRUE(file.ok() && guest.wasi.add_socket(**file).ok());
    call = what == "accept" ? "sock_accept" : "sock_recv";
    if (what == "accept")
      args = {4, 0, out};
    else
      args = {4, list.address, list.size, 0, count, out};
  }

  uint32_t result = 0;
  steady_clock::time_point killed;
  std::thread killer([&] {
    std::this_thread::sleep_for(30ms);
    killed = steady_clock::now();
    guest.execution.request_kill();
  });
  EXPECT_EQ(guest.call_slots(call, "wasi_snapshot_preview1", args, result), RunStatus::Trapped);
  const auto ended = steady_clock::now();
  killer.join();
  EXPECT_EQ(guest.execution.last_trap().kind, TrapKind::Killed);
  EXPECT_LT(ended - killed, kPrompt);

  // Before the call: it does not even begin to wait.
  EXPECT_EQ(guest.call_slots(call, "wasi_snapshot_preview1", args, result), RunStatus::Trapped);

  // With a deadline instead.
  guest.execution.clear_requests();
  const uint64_t begin = guest.clock.now_ns();
  guest.execution.set_deadline(begin + 30 * kMs);
  EXPECT_EQ(guest.call_slots(call, "wasi_snapshot_preview1", args, result), RunStatus::Trapped);
  EXPECT_EQ(guest.execution.last_trap().kind, TrapKind::DeadlineExceeded);
  const std::chrono::nanoseconds after(guest.clock.now_ns() - begin);
  EXPECT_GE(after, 30ms);
  EXPECT_LT(after, kPrompt);
  for (int fd : {pair[1], pipe_ends[0], pipe_ends[1]})
    if (fd >= 0) ::close(fd);
}
INSTANTIATE_TEST_SUITE_P(InEveryCall, Kill, ::testing::Values("read", "write", "poll", "sleep", "accept", "recv"),
                         [](const auto& info) { return std::string(info.param); });

TEST_F(Waiting, AWakeUpWithoutAReasonGoesUnnoticed) {
  std::thread waker([this] {
    for (int i = 0; i < 20; ++i) {
      std::this_thread::sleep_for(1ms);
      calls.guest.wasi.interrupt();
    }
    EXPECT_EQ(::write(write_end, "x", 1), 1);
  });
  const auto start = steady_clock::now();
  EXPECT_EQ(poll({clock_subscription(1, wasi::ClockId::Monotonic, 10 * kMs)}, events), Errno::Success);
  EXPECT_GE(steady_clock::now() - start, 10ms);
  EXPECT_EQ(calls.must_read(0, 10), "x");
  waker.join();
}

TEST_F(Waiting, ManySubscriptions) {
  std::vector<wasi::Subscription> many;
  for (uint32_t i = 0; i < 1000; ++i) many.push_back(file_subscription(i, wasi::EventType::FdRead, 0));
  EXPECT_EQ(::write(write_end, "x", 1), 1);
  EXPECT_EQ(poll(many, events), Errno::Success);
  EXPECT_EQ(events.size(), 1000u);
}

}  // namespace
}  // namespace umber::test
