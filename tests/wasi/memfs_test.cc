// The in-memory file system: blobs, limits, failing allocations, and long random runs of calls that must end the same in it and
// on the host's file system.
#include "ports/memfs/memfs.h"

#include <algorithm>
#include <random>

#include "tests/support/support.h"
#include "tests/wasi/fixture.h"

namespace umber::test {
namespace {

constexpr uint8_t kModel[] = {'m', 'o', 'd', 'e', 'l', ' ', 'd', 'a', 't', 'a'};

/// A guest whose root is in memory.
class InMemory : public ::testing::Test {
 protected:
  explicit InMemory(const memfs::Limits& limits = {}) : files(calls.guest.allocator, limits, &calls.guest.platform) {
    EXPECT_TRUE(files.add_blob("models/small.bin", kModel).ok());
    Result<wasi::File*> root = files.open_root();
    EXPECT_TRUE(root.ok() && calls.guest.wasi.add_preopen(**root, "/").ok());
  }
  ~InMemory() override {
    for (wasi::Fd fd = 0; fd < 64; ++fd) calls.close(fd);
  }

  Calls calls;
  memfs::MemoryFileSystem files;
};

TEST_F(InMemory, BlobsAreReadAndNothingElse) {
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(kRoot, "models/small.bin", fd, {.base = Right::FdRead | Right::FdSeek}), Errno::Success);
  EXPECT_EQ(calls.must_read(fd, 5), "model");
  EXPECT_EQ(calls.must_read(fd, 50), " data");
  EXPECT_EQ(calls.must_seek(fd, -4, wasi::Whence::End), 6u);
  EXPECT_EQ(calls.must_read(fd, 50), "data");
  wasi::Filestat stat;
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "models/small.bin", stat), Errno::Success);
  EXPECT_EQ(stat.size, sizeof kModel);
  EXPECT_EQ(calls.open(kRoot, "models/small.bin", fd, {.base = Right::FdWrite}), Errno::Rofs);
  EXPECT_EQ(calls.open(kRoot, "models/small.bin", fd, {.oflags = OFlag::Trunc, .base = {}}), Errno::Rofs);
  EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, "models/small.bin"), Errno::Success) << "the name may go";
  EXPECT_EQ(kModel[0], 'm');
}

TEST_F(InMemory, BadBlobPaths) {
  for (const char* path : {"", "/x", "a//b", "a/", ".", "..", "a/../b", "models", "models/small.bin", "models/small.bin/x"})
    EXPECT_EQ(files.add_blob(path, kModel).error().code(), ErrorCode::InvalidArgument) << path;
}

TEST_F(InMemory, FilesSurviveTheirNames) {
  const wasi::Fd fd = calls.create("file");
  EXPECT_EQ(calls.write(fd, "still here"), Errno::Success);
  EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, "file"), Errno::Success);
  EXPECT_EQ(calls.must_seek(fd, 0, wasi::Whence::Set), 0u);
  EXPECT_EQ(calls.must_read(fd, 20), "still here");
  const size_t before = files.bytes_used();
  EXPECT_EQ(calls.close(fd), Errno::Success);
  EXPECT_LT(files.bytes_used(), before);
}

TEST_F(InMemory, ARemovedDirectoryIsEmptyForEver) {
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, "d"), Errno::Success);
  const wasi::Fd d = calls.must_open_directory("d");
  EXPECT_EQ(calls.on_path("path_remove_directory", kRoot, "d"), Errno::Success);
  EXPECT_EQ(calls.on_path("path_create_directory", d, "x"), Errno::NoEnt);
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(d, "x", fd, {.oflags = OFlag::Creat}), Errno::NoEnt);
}

TEST_F(InMemory, ADirectoryCannotMoveIntoItself) {
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, "a"), Errno::Success);
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, "a/b"), Errno::Success);
  EXPECT_EQ(calls.rename(kRoot, "a", kRoot, "a/b/c"), Errno::Inval);
  EXPECT_EQ(calls.rename(kRoot, "a", kRoot, "a/b"), Errno::Inval);
  EXPECT_EQ(calls.rename(kRoot, "a", kRoot, "a"), Errno::Success) << "where it is";
}

TEST_F(InMemory, HolesReadAsZeros) {
  const wasi::Fd fd = calls.create("file");
  EXPECT_EQ(calls.must_seek(fd, 1'000'000, wasi::Whence::Set), 1'000'000u);
  const size_t before = files.bytes_used();
  EXPECT_EQ(calls.write(fd, "x"), Errno::Success);
  EXPECT_LT(files.bytes_used() - before, 20'000u);
  EXPECT_EQ(calls.must_seek(fd, 999'998, wasi::Whence::Set), 999'998u);
  EXPECT_EQ(calls.must_read(fd, 10), std::string("\0\0x", 3));
  // What was cut off does not come back.
  EXPECT_EQ(calls.guest("fd_filestat_set_size", fd, uint64_t{3}), Errno::Success);
  EXPECT_EQ(calls.must_seek(fd, 0, wasi::Whence::Set), 0u);
  EXPECT_EQ(calls.write(fd, "abcdef"), Errno::Success);
  EXPECT_EQ(calls.guest("fd_filestat_set_size", fd, uint64_t{2}), Errno::Success);
  EXPECT_EQ(calls.guest("fd_filestat_set_size", fd, uint64_t{5}), Errno::Success);
  EXPECT_EQ(calls.must_seek(fd, 0, wasi::Whence::Set), 0u);
  EXPECT_EQ(calls.must_read(fd, 10), std::string("ab\0\0\0", 5));
}

TEST_F(InMemory, NoWayFromHereToTheHost) {
  HostDirectory host;
  calls.preopen(host.path(), "/host");
  const wasi::Fd on_host = 4;
  calls.create("file");
  EXPECT_EQ(calls.rename(kRoot, "file", on_host, "file"), Errno::Xdev);
  EXPECT_EQ(calls.link(kRoot, 0, "file", on_host, "file"), Errno::Xdev);
  EXPECT_EQ(calls.symlink("../../etc", kRoot, "link"), Errno::Success);
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(kRoot, "link/passwd", fd, {.lookup = kFollow, .base = Right::FdRead}), Errno::NotCapable);
  EXPECT_EQ(calls.open(kRoot, "../x", fd, {}), Errno::NotCapable);
}

class SmallMemory : public InMemory {
 protected:
  SmallMemory() : InMemory({.max_bytes = 32 * 1024, .page_bytes = 512}) {}
};

TEST_F(SmallMemory, EverythingIsCharged) {
  const size_t before = files.bytes_used();
  const wasi::Fd fd = calls.create("file");
  EXPECT_EQ(calls.write(fd, std::string(10'000, 'x')), Errno::Success);
  EXPECT_EQ(calls.guest("fd_allocate", fd, uint64_t{0}, uint64_t{100'000}), Errno::NoSpc);
  EXPECT_EQ(calls.guest("fd_filestat_set_size", fd, uint64_t{1} << 40), Errno::NoSpc) << "the table of pages alone";
  EXPECT_EQ(calls.guest("fd_filestat_set_size", fd, uint64_t{0}), Errno::Success);
  FakeGuest& guest = calls.guest;
  const uint32_t count = guest.room(4);
  EXPECT_EQ(guest("fd_pwrite", fd, guest.put_iovecs({GuestRange{0, 100'000}}), uint64_t{0}, count), Errno::Success);
  EXPECT_LT(guest.read<uint32_t>(count), 100'000u) << "a short write";
  EXPECT_EQ(guest("fd_pwrite", fd, guest.put_iovecs({GuestRange{0, 4096}}), uint64_t{100'000}, count), Errno::NoSpc);
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, std::string(200, 'd')), Errno::NoSpc);
  EXPECT_EQ(calls.symlink("target", kRoot, "link"), Errno::NoSpc);
  wasi::Filestat stat;
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "link", stat), Errno::NoEnt);
  EXPECT_EQ(calls.close(fd), Errno::Success);
  EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, "file"), Errno::Success);
  EXPECT_EQ(files.bytes_used(), before) << "everything is given back";
}

/// A blob of 8 MiB in a file system that may use 4 KiB, and from then on no allocation at all: what is read comes from where it lies.
TEST(MemoryFiles, BlobsAreReadWithoutACopyOfTheirs) {
  const std::vector<uint8_t> model(8 << 20, 'm');
  TestAllocator allocator;
  memfs::MemoryFileSystem files(allocator, {.max_bytes = 4096});
  ASSERT_TRUE(files.add_blob("model", model).ok());
  EXPECT_LE(files.bytes_used(), 4096u);
  wasi::File& root = **files.open_root();
  wasi::File* file = nullptr;
  wasi::OpenOptions options;
  options.read = true;
  ASSERT_EQ(root.open_at("model", options, file), Errno::Success);
  allocator.fail_after(0);
  std::vector<uint8_t> buffer(65536);
  size_t total = 0, count = 0;
  do {
    const wasi::ReadPart part{buffer.data(), buffer.size()};
    ASSERT_EQ(file->read({&part, 1}, count), Errno::Success);
    total += count;
  } while (count > 0);
  EXPECT_EQ(total, model.size());
  EXPECT_EQ(buffer[0], 'm');
  file->close();
  root.close();
}

TEST(MemoryFiles, AllocationFailures) {
  sweep_allocation_failures([](TestAllocator& allocator) {
    memfs::MemoryFileSystem files(allocator);
    (void)files.add_blob("a/b/blob", kModel);
    Result<wasi::File*> root = files.open_root();
    if (!root.ok()) return;
    wasi::File& directory = **root;
    wasi::File* file = nullptr;
    wasi::OpenOptions create;
    create.create = create.write = true;
    if (directory.open_at("file", create, file) == Errno::Success) {
      const wasi::WritePart part{kModel, sizeof kModel};
      size_t count = 0;
      (void)file->write_at({&part, 1}, 5000, count);
      file->close();
    }
    (void)directory.create_directory_at("d");
    (void)directory.symlink_at("file", "link");
    (void)directory.link_at("file", directory, "second");
    (void)directory.rename_at("second", directory, "third");
    (void)directory.rename_at("d", directory, "e");
    directory.close();
  });
}

/// The same random calls on the host's file system and in memory.
class Twins : public ::testing::TestWithParam<uint32_t> {
 protected:
  Twins() : random(GetParam()), files(memory.guest.allocator, {.page_bytes = 64}, &memory.guest.platform) {
    native.preopen(host.path(), "/");
    Result<wasi::File*> root = files.open_root();
    EXPECT_TRUE(root.ok() && memory.guest.wasi.add_preopen(**root, "/").ok());
  }
  ~Twins() override {
    for (wasi::Fd fd = 0; fd < 64; ++fd) memory.close(fd);
  }

  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(random() % bound); }
  std::string path() {
    static const char* const kNames[] = {"a", "b", "c", "d", ".", "..", "l"};
    std::string out = kNames[below(std::size(kNames))];
    for (uint32_t more = below(3); more > 0; --more) out += std::string("/") + kNames[below(std::size(kNames))];
    if (below(8) == 0) out += "/";
    return out;
  }
  wasi::Fd descriptor() { return kRoot + below(8); }
  wasi::Fd directory() { return below(3) == 0 ? descriptor() : kRoot; }

  /// One random call on both; what it says, as text.
  std::string step(Calls& calls);

  std::mt19937_64 random;
  HostDirectory host;
  Calls native, memory;
  memfs::MemoryFileSystem files;
};

std::string describe(Errno error) { return "errno " + std::to_string(static_cast<int>(error)) + " "; }

std::string describe(const wasi::Filestat& stat) {
  std::string out = "type " + std::to_string(int(stat.filetype));
  if (stat.filetype != FileType::Directory) out += " size " + std::to_string(stat.size) + " links " + std::to_string(stat.nlink);
  return out;
}

std::string Twins::step(Calls& calls) {
  FakeGuest& guest = calls.guest;
  wasi::Filestat stat{};
  std::string text;
  wasi::Fd fd = 0;
  uint64_t position = 0;
  switch (below(16)) {
    case 0:
    case 1:
    case 2: {
      Calls::OpenArgs args;
      args.lookup = below(2);
      args.oflags = wasi::OFlags::of_bits(static_cast<uint16_t>(below(3) == 0 ? below(16) : below(2)));
      const bool is_directory = args.oflags.has(OFlag::Directory) || below(3) == 0;
      args.base = is_directory ? wasi::kDirectoryRights : kReadWrite;
      args.inheriting = wasi::kInheritableRights;
      if (below(4) == 0) args.flags = FdFlag::Append;
      const Errno error = calls.open(directory(), path(), fd, args);
      // Where several things are wrong, which one is reported is not the same everywhere.
      const bool refused = error == Errno::Isdir || error == Errno::NotDir || error == Errno::Loop || error == Errno::NotCapable;
      return refused ? "open refused" : "open " + describe(error) + std::to_string(error == Errno::Success ? fd : 0);
    }
    case 3: return "close " + describe(calls.close(kRoot + 1 + below(8)));
    case 4: {
      const wasi::Fd to = descriptor();
      const std::string data(1 + below(200), static_cast<char>('a' + below(26)));
      return "write " + describe(calls.write(to, data));
    }
    case 5: {
      const Errno error = calls.read(descriptor(), below(300), text);
      return "read " + describe(error) + text;
    }
    case 6: {
      const wasi::Fd of = descriptor();
      const auto delta = static_cast<int64_t>(below(300)) - 100;
      const Errno error = calls.seek(of, delta, static_cast<wasi::Whence>(below(3)), position);
      return "seek " + describe(error) + std::to_string(error == Errno::Success ? position : 0);
    }
    case 7: {
      const wasi::Fd of = directory();
      const uint32_t lookup = below(2);
      const Errno error = calls.path_filestat(of, lookup, path(), stat);
      return "stat " + describe(error) + (error == Errno::Success ? describe(stat) : "");
    }
    case 8: return "mkdir " + describe(calls.on_path("path_create_directory", directory(), path()));
    case 9: return "rmdir " + describe(calls.on_path("path_remove_directory", directory(), path()));
    case 10: return "unlink " + describe(calls.on_path("path_unlink_file", directory(), path()));
    case 11: {
      const wasi::Fd from = directory(), to = directory();
      const std::string old_path = path();
      return "rename " + describe(calls.rename(from, old_path, to, path()));
    }
    case 12: {
      const wasi::Fd from = directory(), to = directory();
      const uint32_t lookup = below(2);
      const std::string old_path = path();
      return "link " + describe(calls.link(from, lookup, old_path, to, path()));
    }
    case 13: {
      const std::string target = path();
      const wasi::Fd of = directory();
      return "symlink " + describe(calls.symlink(target, of, path()));
    }
    case 14: {
      const Errno error = calls.readlink(directory(), path(), below(10), text);
      return "readlink " + describe(error) + text;
    }
    default: {
      const wasi::Fd of = descriptor();
      const uint64_t size = below(500);
      return "resize " + describe(guest("fd_filestat_set_size", of, size));
    }
  }
}

TEST_P(Twins, AreTheSame) {
  for (int i = 0; i < 1500; ++i) {
    const std::mt19937_64 before = random;
    const std::string expected = step(native);
    random = before;
    const std::string got = step(memory);
    ASSERT_EQ(got, expected) << "call " << i;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, Twins, ::testing::Range(1u, 31u));

}  // namespace
}  // namespace umber::test
