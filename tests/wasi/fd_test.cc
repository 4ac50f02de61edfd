// Descriptors: numbers, rights, flags, and the data of files.
#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "tests/wasi/fixture.h"

namespace umber::test {
namespace {

class Descriptors : public FileCalls {};
UMBER_BOTH_RESOLUTIONS(Descriptors);

TEST_P(Descriptors, LowestFreeNumberFirst) {
  EXPECT_EQ(calls.create("a"), 4u);
  EXPECT_EQ(calls.create("b"), 5u);
  EXPECT_EQ(calls.create("c"), 6u);
  EXPECT_EQ(calls.close(5), Errno::Success);
  EXPECT_EQ(calls.close(4), Errno::Success);
  EXPECT_EQ(calls.close(4), Errno::Badf);
  EXPECT_EQ(calls.create("d"), 4u);
  EXPECT_EQ(calls.create("e"), 5u);
  EXPECT_EQ(calls.create("f"), 7u);
  EXPECT_EQ(calls.close(UINT32_MAX), Errno::Badf);
}

TEST_P(Descriptors, TheTableIsBounded) {
  Calls small(GetParam(), {.max_fds = 6});
  small.preopen(host.path(), "/");
  EXPECT_EQ(small.create("a"), 4u);
  EXPECT_EQ(small.create("b"), 5u);
  wasi::Fd fd = 0;
  EXPECT_EQ(small.open(kRoot, "c", fd, {.oflags = OFlag::Creat}), Errno::Mfile);
  EXPECT_FALSE(std::filesystem::exists(host / "c")) << "not created in vain";
  EXPECT_EQ(small.close(4), Errno::Success);
  EXPECT_EQ(small.create("c"), 4u);
}

TEST_P(Descriptors, Renumber) {
  const wasi::Fd a = calls.create("a"), b = calls.create("b");
  EXPECT_EQ(calls.write(a, "to a"), Errno::Success);
  EXPECT_EQ(calls.guest("fd_renumber", a, b), Errno::Success);
  EXPECT_EQ(calls.close(a), Errno::Badf);
  EXPECT_EQ(calls.write(b, ", more"), Errno::Success);
  EXPECT_EQ(host.read("a"), "to a, more");
  EXPECT_EQ(calls.guest("fd_renumber", b, a), Errno::Badf);
  EXPECT_EQ(calls.guest("fd_renumber", a, b), Errno::Badf);
  EXPECT_EQ(calls.guest("fd_renumber", b, b), Errno::Success);
  EXPECT_EQ(calls.guest("fd_renumber", b, kRoot), Errno::Success) << "over a preopen";
  EXPECT_EQ(calls.guest("fd_prestat_get", kRoot, 64u), Errno::Badf);
  EXPECT_EQ(calls.guest("fd_renumber", 1u, kRoot), Errno::Success) << "of a standard stream";
  wasi::Fdstat stat;
  EXPECT_EQ(calls.fdstat(1, stat), Errno::Badf);
}

TEST_P(Descriptors, Preopens) {
  FakeGuest& guest = calls.guest;
  const uint32_t at = guest.room(8), name = guest.room(8);
  EXPECT_EQ(guest("fd_prestat_get", kRoot, at), Errno::Success);
  const auto prestat = guest.read<wasi::Prestat>(at);
  EXPECT_EQ(prestat.tag, wasi::PreopenType::Dir);
  EXPECT_EQ(prestat.pr_name_len, 1u);
  EXPECT_EQ(guest("fd_prestat_dir_name", kRoot, name, 0u), Errno::NameTooLong);
  EXPECT_EQ(guest("fd_prestat_dir_name", kRoot, name, 8u), Errno::Success);
  EXPECT_EQ(guest.text(name, 2), std::string("/\0", 2));
  EXPECT_EQ(guest("fd_prestat_get", 0u, at), Errno::Badf);
  EXPECT_EQ(guest("fd_prestat_get", 4u, at), Errno::Badf);
  EXPECT_EQ(guest("fd_prestat_dir_name", 1u, name, 8u), Errno::Badf);
  EXPECT_EQ(calls.close(kRoot), Errno::Success);
  EXPECT_EQ(guest("fd_prestat_get", kRoot, at), Errno::Badf);
}

TEST_P(Descriptors, RightsNarrowAndStayNarrow) {
  const wasi::Fd fd = calls.create("file");
  FakeGuest& guest = calls.guest;
  const Rights fewer = Right::FdRead | Right::FdSeek;
  EXPECT_EQ(guest("fd_fdstat_set_rights", fd, fewer.bits(), uint64_t{0}), Errno::Success);
  EXPECT_EQ(guest("fd_fdstat_set_rights", fd, kReadWrite.bits(), uint64_t{0}), Errno::NotCapable);
  EXPECT_EQ(guest("fd_fdstat_set_rights", fd, fewer.bits(), uint64_t{2}), Errno::NotCapable);
  EXPECT_EQ(guest("fd_fdstat_set_rights", fd, uint64_t{1} << 40, uint64_t{0}), Errno::NotCapable);
  EXPECT_EQ(guest("fd_fdstat_set_rights", 99u, uint64_t{0}, uint64_t{0}), Errno::Badf);
  wasi::Fdstat stat;
  EXPECT_EQ(calls.fdstat(fd, stat), Errno::Success);
  EXPECT_EQ(stat.fs_rights_base, fewer.bits());
  EXPECT_EQ(calls.write(fd, "x"), Errno::NotCapable);
  EXPECT_EQ(calls.must_read(fd, 4), "");
}

TEST_P(Descriptors, EveryCallNeedsItsRight) {
  struct Case {
    Right right;
    const char* call;
    std::vector<uint64_t> more;
  };
  const std::vector<Case> cases = {
      {Right::FdDatasync, "fd_datasync", {}},
      {Right::FdSync, "fd_sync", {}},
      {Right::FdRead, "fd_read", {0, 0, 64}},
      {Right::FdRead, "fd_pread", {0, 0, 0, 64}},
      {Right::FdSeek, "fd_pread", {0, 0, 0, 64}},
      {Right::FdWrite, "fd_write", {0, 0, 64}},
      {Right::FdWrite, "fd_pwrite", {0, 0, 0, 64}},
      {Right::FdSeek, "fd_pwrite", {0, 0, 0, 64}},
      {Right::FdSeek, "fd_seek", {1, 0, 64}},
      {Right::FdFdstatSetFlags, "fd_fdstat_set_flags", {0}},
      {Right::FdAdvise, "fd_advise", {0, 0, 0}},
      {Right::FdAllocate, "fd_allocate", {0, 1}},
      {Right::FdFilestatGet, "fd_filestat_get", {64}},
      {Right::FdFilestatSetSize, "fd_filestat_set_size", {0}},
      {Right::FdFilestatSetTimes, "fd_filestat_set_times", {0, 0, 0}},
  };
  for (const Case& each : cases) {
    std::vector<uint64_t> with = {calls.create("file")}, without = {calls.must_open("file", {.base = kReadWrite.without(each.right)})};
    with.insert(with.end(), each.more.begin(), each.more.end());
    without.insert(without.end(), each.more.begin(), each.more.end());
    uint32_t result = 0;
    EXPECT_EQ(calls.guest.call_slots(each.call, "wasi_snapshot_preview1", with, result), RunStatus::Done);
    EXPECT_EQ(Errno(result), Errno::Success) << each.call;
    EXPECT_EQ(calls.guest.call_slots(each.call, "wasi_snapshot_preview1", without, result), RunStatus::Done);
    EXPECT_EQ(Errno(result), Errno::NotCapable) << each.call;
    calls.close(static_cast<wasi::Fd>(with[0]));
    calls.close(static_cast<wasi::Fd>(without[0]));
  }
  for (const Case& each : cases) {
    std::vector<uint64_t> closed = {77};
    closed.insert(closed.end(), each.more.begin(), each.more.end());
    uint32_t result = 0;
    EXPECT_EQ(calls.guest.call_slots(each.call, "wasi_snapshot_preview1", closed, result), RunStatus::Done);
    EXPECT_EQ(Errno(result), Errno::Badf) << each.call;
  }
}

TEST_P(Descriptors, TellIsPartOfSeek) {
  wasi::Fd fd = calls.must_open("f", {.oflags = OFlag::Creat, .base = Right::FdRead | Right::FdTell});
  FakeGuest& guest = calls.guest;
  const uint32_t at = guest.room(8);
  EXPECT_EQ(guest("fd_tell", fd, at), Errno::Success);
  EXPECT_EQ(guest("fd_seek", fd, int64_t{0}, 1u, at), Errno::Success) << "the position stays";
  EXPECT_EQ(guest("fd_seek", fd, int64_t{1}, 1u, at), Errno::NotCapable);
  fd = calls.must_open("f", {.base = Right::FdRead | Right::FdSeek});
  EXPECT_EQ(guest("fd_tell", fd, at), Errno::Success);
  fd = calls.must_open("f", {.base = Right::FdRead});
  EXPECT_EQ(guest("fd_tell", fd, at), Errno::NotCapable);
}

TEST_P(Descriptors, SeekAndTell) {
  const wasi::Fd fd = calls.create("file");
  EXPECT_EQ(calls.write(fd, std::string(100, 'a')), Errno::Success);
  EXPECT_EQ(calls.must_seek(fd, -50, wasi::Whence::Cur), 50u);
  EXPECT_EQ(calls.must_seek(fd, -1, wasi::Whence::End), 99u);
  EXPECT_EQ(calls.must_seek(fd, 1000, wasi::Whence::Set), 1000u);
  uint64_t position = 0;
  EXPECT_EQ(calls.seek(fd, -2000, wasi::Whence::Cur, position), Errno::Inval);
  EXPECT_EQ(calls.guest("fd_seek", fd, int64_t{0}, 3u, 64u), Errno::Inval);
  EXPECT_EQ(calls.guest("fd_seek", fd, int64_t{0}, 256u, 64u), Errno::Inval) << "not cut to 8 bits";
  EXPECT_EQ(calls.must_seek(fd, 0, wasi::Whence::Cur), 1000u);
}

TEST_P(Descriptors, ScatterAndGather) {
  const wasi::Fd fd = calls.create("file");
  FakeGuest& guest = calls.guest;
  const uint32_t count = guest.room(4);
  const GuestRange empty{0, 0};
  EXPECT_EQ(guest("fd_write", fd, guest.put_iovecs({guest.put("one,"), empty, guest.put("two,"), guest.put("three")}), count),
            Errno::Success);
  EXPECT_EQ(guest.read<uint32_t>(count), 13u);
  const GuestRange a{guest.room(3), 3}, b{guest.room(8), 8};
  EXPECT_EQ(guest("fd_pread", fd, guest.put_iovecs({a, b}), uint64_t{4}, count), Errno::Success);
  EXPECT_EQ(guest.read<uint32_t>(count), 9u);
  EXPECT_EQ(guest.text(a.address, 3) + guest.text(b.address, 6), "two,three");
  EXPECT_EQ(guest("fd_pwrite", fd, guest.put_iovecs({guest.put("TWO")}), uint64_t{4}, count), Errno::Success);
  EXPECT_EQ(host.read("file"), "one,TWO,three");
  EXPECT_EQ(guest("fd_read", fd, GuestRange{0, 0}, count), Errno::Success) << "no buffers";
  EXPECT_EQ(guest.read<uint32_t>(count), 0u);
}

TEST_P(Descriptors, ListsLongerThanARound) {
  const wasi::Fd fd = calls.create("file");
  FakeGuest& guest = calls.guest;
  constexpr uint32_t kParts = 500;
  const uint32_t text = guest.put("0123456789").address, list = guest.room(kParts * 8), count = guest.room(4);
  for (uint32_t i = 0; i < kParts; ++i) store_le(guest.memory().data() + list + i * 8, wasi::Iovec{text + i % 10, 1});
  EXPECT_EQ(guest("fd_write", fd, list, kParts, count), Errno::Success);
  EXPECT_EQ(guest.read<uint32_t>(count), kParts);
  const std::string content = host.read("file");
  EXPECT_EQ(content.size(), kParts);
  EXPECT_EQ(content.substr(490), "0123456789");
  EXPECT_EQ(guest("fd_pread", fd, list, kParts, uint64_t{0}, count), Errno::Success);
  EXPECT_EQ(guest.read<uint32_t>(count), kParts);
}

TEST_P(Descriptors, HostileBuffers) {
  host.write("file", std::string(5000, 'x'));
  const wasi::Fd fd = calls.must_open("file", {});
  FakeGuest& guest = calls.guest;
  const uint32_t count = guest.room(4);
  const GuestRange good{guest.room(16), 16};
  for (const GuestRange bad : {GuestRange{kGuestBytes, 1}, GuestRange{kGuestBytes - 1, 2}, GuestRange{UINT32_MAX, 1},
                               GuestRange{0, UINT32_MAX}, GuestRange{UINT32_MAX, UINT32_MAX}}) {
    EXPECT_EQ(guest("fd_read", fd, guest.put_iovecs({good, bad}), count), Errno::Fault);
    EXPECT_EQ(guest("fd_write", fd, guest.put_iovecs({good, bad}), count), Errno::Fault);
    EXPECT_EQ(guest("fd_pread", fd, guest.put_iovecs({bad}), uint64_t{0}, count), Errno::Fault);
    EXPECT_EQ(guest("fd_pwrite", fd, guest.put_iovecs({bad}), uint64_t{0}, count), Errno::Fault);
    EXPECT_EQ(guest("fd_read", fd, bad, count), Errno::Fault) << "the list itself";
  }
  EXPECT_EQ(guest("fd_read", fd, guest.put_iovecs({good}), kGuestBytes - 3), Errno::Fault) << "the count";
  EXPECT_EQ(calls.must_seek(fd, 0, wasi::Whence::Cur), 0u) << "nothing was read";
  EXPECT_EQ(guest("fd_read", fd, GuestRange{0, UINT32_MAX / 8 + 2}, count), Errno::Fault) << "the list's size overflows";

  // Together more than 32 bits can count.
  const GuestRange all{0, kGuestBytes};
  const uint32_t parts = UINT32_MAX / kGuestBytes + 2;
  const uint32_t list = guest.room(4) & ~7u;
  ASSERT_GT(kGuestBytes - list, parts * 8);
  for (uint32_t i = 0; i < parts; ++i) store_le(guest.memory().data() + list + i * 8, wasi::Iovec{all.address, all.size});
  EXPECT_EQ(guest("fd_write", fd, list, parts, count), Errno::Inval);
}

TEST_P(Descriptors, ReadingOverItsOwnListIsContained) {
  // The first round reads wild addresses over the entries of the second.
  std::string content;
  for (int i = 0; i < 4096; ++i) content += "\xff\xff\xff\x7f";
  host.write("file", content);
  const wasi::Fd fd = calls.must_open("file", {});
  FakeGuest& guest = calls.guest;
  const uint32_t count = guest.room(4), list = guest.room(200 * 8);
  for (uint32_t i = 0; i < 200; ++i) store_le(guest.memory().data() + list + i * 8, wasi::Iovec{list + i * 8, 8});
  const GuestRange whole{list, 200};
  store_le(guest.memory().data() + list, wasi::Iovec{list, 200 * 8});
  EXPECT_EQ(guest("fd_read", fd, whole, count), Errno::Fault);
}

TEST_P(Descriptors, AppendFollowsTheFlag) {
  const wasi::Fd fd = calls.must_open("file", {.oflags = OFlag::Creat, .flags = FdFlag::Append});
  EXPECT_EQ(calls.write(fd, "one"), Errno::Success);
  EXPECT_EQ(calls.must_seek(fd, 0, wasi::Whence::Set), 0u);
  EXPECT_EQ(calls.write(fd, "two"), Errno::Success);
  EXPECT_EQ(host.read("file"), "onetwo");
  EXPECT_EQ(calls.must_seek(fd, 0, wasi::Whence::Cur), 6u);
  wasi::Fdstat stat;
  EXPECT_EQ(calls.fdstat(fd, stat), Errno::Success);
  EXPECT_EQ(stat.fs_flags, wasi::FdFlags(FdFlag::Append));
  EXPECT_EQ(calls.guest("fd_fdstat_set_flags", fd, 0u), Errno::Success);
  EXPECT_EQ(calls.must_seek(fd, 0, wasi::Whence::Set), 0u);
  EXPECT_EQ(calls.write(fd, "ONE"), Errno::Success);
  EXPECT_EQ(host.read("file"), "ONEtwo");
  EXPECT_EQ(calls.guest("fd_fdstat_set_flags", fd, 31u), Errno::Success) << "every flag";
  EXPECT_EQ(calls.write(fd, "!"), Errno::Success);
  EXPECT_EQ(host.read("file"), "ONEtwo!");
  EXPECT_EQ(calls.guest("fd_fdstat_set_flags", fd, 32u), Errno::Inval);
  EXPECT_EQ(calls.guest("fd_datasync", fd), Errno::Success);
  EXPECT_EQ(calls.guest("fd_sync", fd), Errno::Success);
}

TEST_P(Descriptors, PositionedWritesIgnoreAppend) {
  const wasi::Fd fd = calls.must_open("file", {.oflags = OFlag::Creat, .flags = FdFlag::Append});
  EXPECT_EQ(calls.write(fd, "12345"), Errno::Success);
  FakeGuest& guest = calls.guest;
  EXPECT_EQ(guest("fd_pwrite", fd, guest.put_iovecs({guest.put("ab")}), uint64_t{1}, guest.room(4)), Errno::Success);
  EXPECT_EQ(host.read("file"), "1ab45");
}

TEST_P(Descriptors, SizeTimesAllocateAdvise) {
  const wasi::Fd fd = calls.create("file");
  FakeGuest& guest = calls.guest;
  auto size = [&] {
    wasi::Filestat stat;
    EXPECT_EQ(calls.filestat(fd, stat), Errno::Success);
    return stat.size;
  };
  EXPECT_EQ(guest("fd_filestat_set_size", fd, uint64_t{100}), Errno::Success);
  EXPECT_EQ(size(), 100u);
  EXPECT_EQ(guest("fd_filestat_set_size", fd, UINT64_MAX), Errno::Inval);
  EXPECT_EQ(guest("fd_allocate", fd, uint64_t{90}, uint64_t{20}), Errno::Success);
  EXPECT_EQ(size(), 110u);
  EXPECT_EQ(guest("fd_allocate", fd, uint64_t{10}, uint64_t{10}), Errno::Success);
  EXPECT_EQ(size(), 110u);
  EXPECT_EQ(guest("fd_allocate", fd, uint64_t{0}, uint64_t{0}), Errno::Inval);
  EXPECT_EQ(guest("fd_allocate", fd, UINT64_MAX, uint64_t{2}), Errno::Fbig);
  EXPECT_EQ(guest("fd_allocate", fd, uint64_t{INT64_MAX}, uint64_t{2}), Errno::Fbig);
  for (uint32_t advice = 0; advice < 6; ++advice)
    EXPECT_EQ(guest("fd_advise", fd, uint64_t{10}, uint64_t{50}, advice), Errno::Success);
  EXPECT_EQ(guest("fd_advise", fd, uint64_t{0}, uint64_t{0}, 6u), Errno::Inval);
  EXPECT_EQ(guest("fd_advise", fd, UINT64_MAX, UINT64_MAX, 0u), Errno::Inval);
  EXPECT_EQ(guest("fd_filestat_set_times", fd, uint64_t{1'000'000'001}, uint64_t{2'000'000'002}, 5u), Errno::Success);
  wasi::Filestat stat;
  EXPECT_EQ(calls.filestat(fd, stat), Errno::Success);
  EXPECT_EQ(stat.atim, 1'000'000'001u);
  EXPECT_EQ(stat.mtim, 2'000'000'002u);
  EXPECT_EQ(guest("fd_filestat_set_times", fd, uint64_t{0}, uint64_t{0}, 3u), Errno::Inval);
  struct stat native;
  ASSERT_EQ(::stat((host / "file").c_str(), &native), 0);
  EXPECT_EQ(stat.ino, native.st_ino);
  EXPECT_EQ(stat.dev, native.st_dev);
  EXPECT_EQ(stat.nlink, 1u);
}

TEST_P(Descriptors, DirectoriesAreNotData) {
  const wasi::Fd fd = calls.must_open_directory(".");
  FakeGuest& guest = calls.guest;
  const uint32_t out = guest.room(8);
  const GuestRange list = guest.put_iovecs({GuestRange{64, 8}});
  EXPECT_EQ(guest("fd_read", fd, list, out), Errno::NotCapable);
  EXPECT_EQ(guest("fd_write", fd, list, out), Errno::NotCapable);
  EXPECT_EQ(guest("fd_pread", fd, list, uint64_t{0}, out), Errno::NotCapable);
  EXPECT_EQ(guest("fd_pwrite", fd, list, uint64_t{0}, out), Errno::NotCapable);
  EXPECT_EQ(guest("fd_seek", fd, int64_t{0}, 0u, out), Errno::NotCapable);
  EXPECT_EQ(guest("fd_tell", fd, out), Errno::NotCapable);
  EXPECT_EQ(guest("fd_filestat_set_size", fd, uint64_t{0}), Errno::NotCapable);
  EXPECT_EQ(guest("fd_allocate", fd, uint64_t{0}, uint64_t{1}), Errno::NotCapable);
  EXPECT_EQ(guest("fd_sync", fd), Errno::Success);
}

struct Entry {
  wasi::Dirent header;
  std::string name;
};

class Listing : public FileCalls {
 protected:
  /// One fd_readdir with a buffer of that size; `used` is what it says.
  std::vector<Entry> list(wasi::Fd fd, uint32_t size, uint64_t cookie, uint32_t& used) {
    FakeGuest& guest = calls.guest;
    const uint32_t buffer = guest.room(size), out = guest.room(4);
    EXPECT_EQ(guest("fd_readdir", fd, buffer, size, cookie, out), Errno::Success);
    used = guest.read<uint32_t>(out);
    EXPECT_LE(used, size);
    std::vector<Entry> entries;
    uint32_t at = 0;
    while (used - at >= sizeof(wasi::Dirent)) {
      const auto header = guest.read<wasi::Dirent>(buffer + at);
      at += sizeof header;
      if (used - at < header.d_namlen) break;
      entries.push_back({header, guest.text(buffer + at, header.d_namlen)});
      at += header.d_namlen;
    }
    guest.reset_room();
    return entries;
  }
};
UMBER_BOTH_RESOLUTIONS(Listing);

TEST_P(Listing, EverythingAtOnce) {
  host.write("file", "");
  std::filesystem::create_directory(host / "dir");
  std::filesystem::create_symlink("file", host / "link");
  uint32_t used = 0;
  std::map<std::string, FileType> found;
  for (const Entry& entry : list(kRoot, 4096, 0, used)) found[entry.name] = entry.header.d_type;
  EXPECT_LT(used, 4096u);
  const std::map<std::string, FileType> expected = {{".", FileType::Directory},
                                                    {"..", FileType::Directory},
                                                    {"file", FileType::RegularFile},
                                                    {"dir", FileType::Directory},
                                                    {"link", FileType::SymbolicLink}};
  EXPECT_EQ(found, expected);
}

TEST_P(Listing, PieceByPieceWithCookies) {
  std::map<std::string, int> expected = {{".", 1}, {"..", 1}};
  for (int i = 0; i < 300; ++i) {
    const std::string name = "file-with-some-name-" + std::to_string(i);
    host.write(name, "");
    expected[name] = 1;
  }
  std::map<std::string, int> found;
  uint64_t cookie = 0;
  for (int round = 0; round < 1000; ++round) {
    uint32_t used = 0;
    const std::vector<Entry> entries = list(kRoot, 200, cookie, used);
    for (const Entry& entry : entries) ++found[entry.name];
    if (!entries.empty()) cookie = entries.back().header.d_next;
    if (used < 200) break;
    ASSERT_FALSE(entries.empty());
  }
  EXPECT_EQ(found, expected);
}

TEST_P(Listing, EntriesDeletedWhileReading) {
  std::map<std::string, int> expected;
  for (int i = 0; i < 300; ++i) {
    const std::string name = "to-be-deleted-" + std::to_string(i);
    host.write(name, "");
    expected[name] = 1;
  }
  std::map<std::string, int> found;
  uint64_t cookie = 0;
  for (uint32_t used = 200; used == 200;) {
    for (const Entry& entry : list(kRoot, 200, cookie, used)) {
      cookie = entry.header.d_next;
      if (entry.name[0] == '.') continue;
      ++found[entry.name];
      EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, entry.name), Errno::Success);
    }
  }
  EXPECT_EQ(found, expected);
}

TEST_P(Listing, AnyCookieAgain) {
  for (int i = 0; i < 100; ++i) host.write("name-" + std::to_string(i), "");
  uint32_t used = 0;
  const std::vector<Entry> all = list(kRoot, 8192, 0, used);
  ASSERT_EQ(all.size(), 102u);
  for (size_t from : {50u, 10u, 101u, 51u, 0u}) {
    const std::vector<Entry> rest = list(kRoot, 8192, from == 0 ? 0 : all[from - 1].header.d_next, used);
    ASSERT_EQ(rest.size(), all.size() - from);
    EXPECT_EQ(rest[0].name, all[from].name);
  }
  for (const Entry& entry : all) EXPECT_LE(entry.header.d_next, uint64_t{INT32_MAX});
}

TEST_P(Listing, AFullBufferMeansMore) {
  host.write("file", "");
  for (uint32_t size = 0; size <= 120; ++size) {
    uint32_t used = 0;
    const std::vector<Entry> entries = list(kRoot, size, 0, used);
    const uint32_t all = 3 * 24 + 1 + 2 + 4;
    EXPECT_EQ(used, size < all ? size : all) << size;
    if (size >= all) {
      EXPECT_EQ(entries.size(), 3u);
    }
  }
}

TEST_P(Listing, Errors) {
  FakeGuest& guest = calls.guest;
  const uint32_t out = guest.room(4);
  EXPECT_EQ(guest("fd_readdir", calls.create("file"), 64u, 8u, uint64_t{0}, out), Errno::NotCapable);
  EXPECT_EQ(guest("fd_readdir", kRoot, kGuestBytes - 4, 8u, uint64_t{0}, out), Errno::Fault);
  EXPECT_EQ(guest("fd_readdir", kRoot, 64u, 8u, UINT64_MAX, out), Errno::Success);
  EXPECT_EQ(guest.read<uint32_t>(out), 0u) << "there is nothing behind the end";
  EXPECT_EQ(guest("fd_readdir", 99u, 64u, 8u, uint64_t{0}, out), Errno::Badf);
}

}  // namespace
}  // namespace umber::test
