// What a volume holds is what is counted, whatever order things are done in: directly, against a fresh count of the directory by
// count_tree, which knows nothing of the ledger; and as guests meet it, through WASI.
#include "container/volume.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "ports/containers/count_tree.h"
#include "ports/posix/platform.h"
#include "tests/container/fixture.h"

namespace umber::container {
namespace {

using wasi::Errno;
using wasi::File;
using wasi::OpenOptions;
namespace fs = std::filesystem;

constexpr uint64_t kBlock = 4096;

class VolumeTest : public ::testing::Test {
 protected:
  VolumeTest() {
    std::string pattern = (fs::temp_directory_path() / "umber-volume-XXXXXX").string();
    path = mkdtemp(pattern.data());
    limits.bytes = 16 * kBlock;
    limits.files = 10;
  }
  ~VolumeTest() override {
    for (File* each : roots) each->close();
    if (volume != nullptr) table.release(*volume);
    scheduler.destroy_monitor(lock);
    fs::remove_all(path);
  }
  /// A mount of the volume; the first one counts what is there.
  File& mount() {
    if (volume == nullptr) {
      volume = table.acquire("data");
      EXPECT_TRUE(volume->begin_count(clock, {}));
      const VolumeUsage found = recount();
      volume->end_count(&found);
    }
    Result<File*> directory = platform.open_directory(path.c_str());
    roots.push_back(volume->wrap(allocator, *directory.value(), limits));
    return *roots.back();
  }
  VolumeUsage recount() {
    VolumeUsage counted;
    const Status status = posix::count_tree(allocator, path.c_str(), {}, counted);
    EXPECT_TRUE(status.ok());
    return counted;
  }
  void expect_used(uint64_t bytes, uint64_t files) {
    EXPECT_EQ(volume->usage().bytes, bytes);
    EXPECT_EQ(volume->usage().files, files);
  }
  static File* open(File& directory, const char* name, bool create = true, bool truncate = false, bool append = false) {
    OpenOptions options;
    options.read = options.write = true;
    options.create = create;
    options.truncate = truncate;
    if (append) options.flags = wasi::FdFlag::Append;
    File* file = nullptr;
    return directory.open_at(name, options, file) == Errno::Success ? file : nullptr;
  }
  static Errno write(File& file, size_t size, int64_t at = -1) {
    const std::vector<uint8_t> bytes(size, 'x');
    const wasi::WritePart part{bytes.data(), bytes.size()};
    size_t count = 0;
    return at < 0 ? file.write({&part, 1}, count) : file.write_at({&part, 1}, static_cast<uint64_t>(at), count);
  }
  static void make(File& directory, const char* name, size_t size) {
    File* file = open(directory, name);
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(write(*file, size), Errno::Success);
    EXPECT_EQ(file->close(), Errno::Success);
  }

  CountingAllocator allocator;
  linux_port::MonotonicClock clock;
  linux_port::ThreadScheduler scheduler{allocator};
  posix::PosixPlatform platform{allocator};
  Monitor* lock = scheduler.create_monitor();
  VolumeTable table{allocator, scheduler, *lock};
  Volume* volume = nullptr;
  VolumeLimits limits;
  fs::path path;
  std::vector<File*> roots;
};

TEST_F(VolumeTest, AFileCostsItsBlocksAndAName) {
  File& root = mount();
  make(root, "a", 1);
  expect_used(kBlock, 1);
  make(root, "b", kBlock + 1);
  expect_used(3 * kBlock, 2);
  EXPECT_EQ(root.create_directory_at("d"), Errno::Success);
  expect_used(4 * kBlock, 3);
  EXPECT_EQ(root.symlink_at("a", "s"), Errno::Success);
  expect_used(5 * kBlock, 4);
  for (const char* each : {"a", "b", "s"}) EXPECT_EQ(root.unlink_file_at(each), Errno::Success);
  EXPECT_EQ(root.remove_directory_at("d"), Errno::Success);
  expect_used(0, 0);
}

TEST_F(VolumeTest, WhatIsThereAlreadyIsCountedLinksOnce) {
  fs::create_directories(path / "deep/er");
  std::ofstream(path / "deep/er/file") << std::string(5000, 'x');
  fs::create_hard_link(path / "deep/er/file", path / "other");
  fs::create_symlink("other", path / "link");
  mount();
  expect_used(2 * kBlock + 2 * kBlock + kBlock, 5);
}

/// Deeper than descriptors, or a recursive walk's stack, would go; the path is longer than any system call takes.
TEST_F(VolumeTest, CountingGoesAsDeepAsItMust) {
  constexpr int kDepth = 1500;
  constexpr const char* kName = "a-directory";
  int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < kDepth; ++i) {
    ASSERT_EQ(mkdirat(directory, kName, 0700), 0);
    const int next = openat(directory, kName, O_RDONLY | O_DIRECTORY);
    ::close(directory);
    directory = next;
  }
  EXPECT_EQ(recount().files, uint64_t{kDepth});
  for (int i = 0; i < kDepth; ++i) {
    const int up = openat(directory, "..", O_RDONLY | O_DIRECTORY);
    ::close(directory);
    directory = up;
    ASSERT_EQ(unlinkat(directory, kName, AT_REMOVEDIR), 0);
  }
  ::close(directory);
}

TEST_F(VolumeTest, ARaisedStopSignEndsTheCount) {
  fs::create_directories(path / "a/b");
  VolumeUsage counted;
  const Status status = posix::count_tree(allocator, path.c_str(), {[](void*) { return true; }, nullptr}, counted);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), ErrorCode::LimitReached);
}

TEST_F(VolumeTest, SparseFilesAreChargedWithTheirHoles) {
  File& root = mount();
  File* file = open(root, "a");
  EXPECT_EQ(write(*file, 1, 17 * kBlock), Errno::Dquot);
  EXPECT_EQ(file->resize(16 * kBlock + 1), Errno::Dquot);
  EXPECT_EQ(file->resize(UINT64_MAX), Errno::Dquot);
  EXPECT_EQ(file->allocate(15 * kBlock, 2 * kBlock), Errno::Dquot);
  EXPECT_EQ(file->allocate(UINT64_MAX, UINT64_MAX), Errno::Dquot);
  EXPECT_EQ(write(*file, 1, INT64_MAX), Errno::Dquot);
  expect_used(0, 1);
  EXPECT_EQ(file->resize(16 * kBlock), Errno::Success);
  expect_used(16 * kBlock, 1);
  EXPECT_EQ(write(*file, 100, 5 * kBlock), Errno::Success);  // a hole is paid for
  EXPECT_EQ(file->resize(0), Errno::Success);
  expect_used(0, 1);
  file->close();
}

TEST_F(VolumeTest, TheLastByteFitsAndTheNextDoesNot) {
  File& root = mount();
  File* file = open(root, "a");
  EXPECT_EQ(write(*file, 16 * kBlock), Errno::Success);
  EXPECT_EQ(write(*file, 1), Errno::Dquot);
  wasi::FileSize position = 0;
  EXPECT_EQ(file->seek(0, wasi::Whence::Set, position), Errno::Success);
  EXPECT_EQ(write(*file, 16 * kBlock), Errno::Success);  // over what is there
  file->close();
  File* appender = open(root, "a", false, false, true);
  EXPECT_EQ(write(*appender, 1), Errno::Dquot);  // whatever its position is
  appender->close();
  expect_used(16 * kBlock, 1);
}

TEST_F(VolumeTest, TruncatingOpensGiveBack) {
  File& root = mount();
  make(root, "a", 10 * kBlock);
  for (int i = 0; i < 3; ++i) {
    File* file = open(root, "a", true, true);
    expect_used(0, 1);
    EXPECT_EQ(write(*file, 16 * kBlock), Errno::Success);
    file->close();
  }
  expect_used(16 * kBlock, 1);
}

TEST_F(VolumeTest, AnUnlinkedFileCountsUntilTheLastOneClosesIt) {
  File& root = mount();
  File& other = mount();
  File* first = open(root, "a");
  File* second = open(other, "a");
  EXPECT_EQ(write(*first, 8 * kBlock), Errno::Success);
  EXPECT_EQ(root.unlink_file_at("a"), Errno::Success);
  expect_used(8 * kBlock, 0);
  EXPECT_EQ(write(*second, 16 * kBlock), Errno::Success);  // grows on without a name
  expect_used(16 * kBlock, 0);
  first->close();
  expect_used(16 * kBlock, 0);
  File* fresh = open(root, "a");
  EXPECT_EQ(write(*fresh, 1), Errno::Dquot);
  second->close();
  EXPECT_EQ(write(*fresh, 1), Errno::Success);
  fresh->close();
  expect_used(kBlock, 1);
}

TEST_F(VolumeTest, HardLinksAreNamesOfOneFile) {
  File& root = mount();
  make(root, "a", 3 * kBlock);
  EXPECT_EQ(root.link_at("a", root, "b"), Errno::Success);
  expect_used(3 * kBlock, 2);
  EXPECT_EQ(root.rename_at("a", root, "b"), Errno::Success);  // two names of one file: nothing happens
  expect_used(3 * kBlock, 2);
  EXPECT_EQ(root.unlink_file_at("a"), Errno::Success);
  expect_used(3 * kBlock, 1);
  EXPECT_EQ(root.unlink_file_at("b"), Errno::Success);
  expect_used(0, 0);
}

TEST_F(VolumeTest, WhatARenameReplacesIsGone) {
  File& root = mount();
  make(root, "a", kBlock);
  make(root, "b", 5 * kBlock);
  File* replaced = open(root, "b", false);
  EXPECT_EQ(root.rename_at("a", root, "b"), Errno::Success);
  expect_used(6 * kBlock, 1);  // it is still open
  replaced->close();
  expect_used(kBlock, 1);
  EXPECT_EQ(root.create_directory_at("x"), Errno::Success);
  EXPECT_EQ(root.create_directory_at("y"), Errno::Success);
  EXPECT_EQ(root.rename_at("x", root, "y"), Errno::Success);
  expect_used(2 * kBlock, 2);
}

TEST_F(VolumeTest, NamesRunOutToo) {
  File& root = mount();
  make(root, "a", 1);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(root.link_at("a", root, std::to_string(i).c_str()), Errno::Success);
  EXPECT_EQ(root.link_at("a", root, "b"), Errno::Dquot);
  EXPECT_EQ(open(root, "b"), nullptr);
  EXPECT_EQ(root.create_directory_at("b"), Errno::Dquot);
  EXPECT_EQ(root.symlink_at("a", "b"), Errno::Dquot);
  expect_used(kBlock, 10);
  File* existing = open(root, "a");  // what exists can be opened
  ASSERT_NE(existing, nullptr);
  existing->close();
  EXPECT_EQ(recount().files, 10u);
}

/// Thousands of operations on few names through two mounts; nothing is ever above the limits, and with everything closed the ledger says
/// what a fresh count finds.
TEST_F(VolumeTest, TheLedgerAgreesWithTheDirectoryAfterAnything) {
  File* mounts[] = {&mount(), &mount()};
  std::mt19937 random(4711);
  std::vector<File*> open_files;
  const auto name = [&] { return std::string(1, static_cast<char>('a' + random() % 6)); };
  for (int step = 0; step < 6000; ++step) {
    File& root = *mounts[random() % 2];
    const std::string one = name(), two = name();
    const uint64_t size = random() % (6 * kBlock);
    File* file = open_files.empty() ? nullptr : open_files[random() % open_files.size()];
    switch (random() % 14) {
      case 0: case 1:
        if (File* opened = open_files.size() < 12 ? open(root, one.c_str(), random() % 2 == 0, random() % 3 == 0, random() % 3 == 0) : nullptr) open_files.push_back(opened);
        break;
      case 2: case 3: if (file != nullptr) (void)write(*file, size); break;
      case 4: if (file != nullptr) (void)write(*file, size, static_cast<int64_t>(random() % (20 * kBlock))); break;
      case 5: if (file != nullptr) (void)file->resize(random() % (20 * kBlock)); break;
      case 6: if (file != nullptr) (void)file->allocate(random() % (8 * kBlock), size + 1); break;
      case 7: case 8: if (file != nullptr) file->close(), std::erase(open_files, file); break;
      case 9: (void)root.unlink_file_at(one.c_str()); break;
      case 10: (void)root.rename_at(one.c_str(), *mounts[random() % 2], two.c_str()); break;
      case 11: (void)root.link_at(one.c_str(), *mounts[random() % 2], two.c_str()); break;
      case 12: (void)root.symlink_at(two.c_str(), one.c_str()); break;
      case 13: (void)(random() % 2 == 0 ? root.create_directory_at(one.c_str()) : root.remove_directory_at(one.c_str())); break;
    }
    ASSERT_LE(volume->usage().bytes, limits.bytes) << step;
    ASSERT_LE(volume->usage().files, limits.files) << step;
    if (step % 50 != 49) continue;
    for (File* each : open_files) each->close();
    open_files.clear();
    const VolumeUsage found = recount();
    ASSERT_EQ(volume->usage().bytes, found.bytes) << step;
    ASSERT_EQ(volume->usage().files, found.files) << step;
  }
}

TEST_F(VolumeTest, NothingIsLinkedOutOrIn) {
  File& root = mount();
  make(root, "a", 1);
  Result<File*> outside = platform.open_directory(path.c_str());
  EXPECT_NE(root.file_system(), outside.value()->file_system());
  outside.value()->close();
}

// -- As guests meet it ----------------------------------------------------------------------------------------------------

/// Writes 64 KiB blocks to the file "f" until that fails, and exits with the error; its name's first byte is at 0.
constexpr const char* kFill = R"((module
    (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 2) (data (i32.const 0) "f") (data (i32.const 16) "\00\00\01\00\00\00\01\00")
    (func (export "_start") (local $error i32)
      (local.set $error (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 9) (i64.const 0x1fffffff) (i64.const 0) (i32.const 0) (i32.const 8)))
      (if (local.get $error) (then (call $exit (i32.const 99))))
      (drop (call $unlink (i32.const 3) (i32.const 0) (i32.const UNLINKED)))
      (loop $l
        (local.set $error (call $write (i32.load (i32.const 8)) (i32.const 16) (i32.const 1) (i32.const 32)))
        (br_if $l (i32.eqz (local.get $error))))
      (call $exit (local.get $error)))))";

std::string fill(bool unlinked) {
  std::string source = kFill;
  const std::string word = "UNLINKED";
  return source.replace(source.find(word), word.size(), unlinked ? "1" : "0");  // a name of no length does not exist
}

class VolumeGuest : public ContainerTest {
 protected:
  VolumeGuest() {
    setup.grants = {"volume:" + name + ":/data"};
    setup.limits.volume.bytes = 1 << 20;
  }
  ~VolumeGuest() override { fs::remove_all("/tmp/" + name); }
  std::string name = "umber-volume-test-" + std::to_string(getpid());
  TestConfig setup;
};

TEST_F(VolumeGuest, AGuestThatFillsItsVolumeIsToldSo) {
  const Handle handle = start(fill(false), setup);
  EXPECT_EQ(end_of(handle).code, static_cast<int>(Errno::Dquot));
  EXPECT_EQ(look(handle).usage.volumes.bytes, 1u << 20);
  EXPECT_EQ(look(handle).usage.volumes.files, 1u);
  EXPECT_EQ(fs::file_size("/tmp/" + name + "/f"), 1u << 20);
  // Another runtime counts what it finds, before anything runs.
  runtime.reset();
  make();
  const Handle again = create(image(fill(false)), setup);
  EXPECT_EQ(look(again).usage.volumes.bytes, 1u << 20);
}

TEST_F(VolumeGuest, WhatAKilledGuestHeldWithoutANameIsFree) {
  const Handle handle = start(fill(true), setup);
  EXPECT_EQ(end_of(handle).code, static_cast<int>(Errno::Dquot));
  EXPECT_EQ(look(handle).usage.volumes.bytes, 0u);
  EXPECT_EQ(look(handle).usage.volumes.files, 0u);
}

TEST_F(VolumeGuest, ContainersShareAVolumeAndItsCount) {
  setup.grants.push_back("volume:" + name + ":/again:ro");
  const Handle first = start(fill(false), setup);
  end_of(first);
  TestConfig larger = setup;
  larger.limits.volume.bytes = 2 << 20;
  EXPECT_EQ(run(fill(true), larger).code, static_cast<int>(Errno::Dquot));
  EXPECT_EQ(look(first).usage.volumes.bytes, 0u);  // the second one opened the first one's file, cut it off and unlinked it
}

}  // namespace
}  // namespace umber::container
