// The path_* family: what each call does, with which rights, and what it answers otherwise.
#include <sys/stat.h>
#include <unistd.h>

#include "tests/wasi/fixture.h"

namespace umber::test {
namespace {

class Paths : public FileCalls {};
UMBER_BOTH_RESOLUTIONS(Paths);

/// A descriptor of the root with fewer rights.
wasi::Fd narrowed(Calls& calls, Rights without, Rights inheriting_without = {}) {
  return calls.must_open(".", {.oflags = OFlag::Directory,
                               .base = wasi::kDirectoryRights.without(without),
                               .inheriting = wasi::kInheritableRights.without(inheriting_without)});
}

TEST_P(Paths, CreatesOpensAndUnlinksAFile) {
  const wasi::Fd fd = calls.create("file");
  EXPECT_EQ(fd, 4u);
  EXPECT_EQ(calls.write(fd, "hello"), Errno::Success);
  EXPECT_EQ(calls.close(fd), Errno::Success);
  EXPECT_EQ(host.read("file"), "hello");
  EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, "file"), Errno::Success);
  EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, "file"), Errno::NoEnt);
}

TEST_P(Paths, OpenFlags) {
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(kRoot, "missing", fd, {}), Errno::NoEnt);
  host.write("file", "content");
  EXPECT_EQ(calls.open(kRoot, "file", fd, {.oflags = OFlag::Creat | OFlag::Excl}), Errno::Exist);
  EXPECT_EQ(calls.open(kRoot, "file", fd, {.oflags = OFlag::Directory, .base = Right::FdRead}), Errno::NotDir);
  EXPECT_EQ(calls.open(kRoot, "file", fd, {.oflags = OFlag::Creat | OFlag::Directory, .base = {}}), Errno::Inval);
  EXPECT_EQ(calls.open(kRoot, "file/", fd, {.base = Right::FdRead}), Errno::NotDir);
  EXPECT_EQ(calls.open(kRoot, "file///", fd, {.base = Right::FdRead}), Errno::NotDir);
  EXPECT_EQ(calls.open(kRoot, "new/", fd, {.oflags = OFlag::Creat}), Errno::Isdir);
  EXPECT_EQ(calls.open(kRoot, ".", fd, {.base = Right::FdRead | Right::FdWrite}), Errno::Isdir);
  EXPECT_EQ(calls.open(kRoot, ".", fd, {.oflags = OFlag::Directory, .base = Right::FdWrite}), Errno::Isdir);
  fd = calls.must_open("file", {.oflags = OFlag::Trunc, .base = {}});
  EXPECT_EQ(host.read("file"), "");
  EXPECT_EQ(calls.close(fd), Errno::Success);
}

TEST_P(Paths, UnknownFlagsAreInvalid) {
  FakeGuest& guest = calls.guest;
  const GuestRange path = guest.put("x");
  const uint32_t out = guest.room(64);
  EXPECT_EQ(guest("path_open", kRoot, 2u, path, 0u, uint64_t{0}, uint64_t{0}, 0u, out), Errno::Inval);
  EXPECT_EQ(guest("path_open", kRoot, 0u, path, 16u, uint64_t{0}, uint64_t{0}, 0u, out), Errno::Inval);
  EXPECT_EQ(guest("path_open", kRoot, 0u, path, 0u, uint64_t{0}, uint64_t{0}, 32u, out), Errno::Inval);
  EXPECT_EQ(guest("path_filestat_get", kRoot, 2u, path, out), Errno::Inval);
  EXPECT_EQ(guest("path_filestat_set_times", kRoot, 0u, path, uint64_t{0}, uint64_t{0}, 3u), Errno::Inval);
  EXPECT_EQ(guest("path_filestat_set_times", kRoot, 0u, path, uint64_t{0}, uint64_t{0}, 12u), Errno::Inval);
  EXPECT_EQ(guest("path_filestat_set_times", kRoot, 0u, path, uint64_t{0}, uint64_t{0}, 16u), Errno::Inval);
}

TEST_P(Paths, RightsOfWhatIsOpened) {
  host.write("file", "");
  wasi::Fdstat stat;
  const wasi::Fd file = calls.must_open("file", {.base = Right::FdRead | Right::PathOpen});
  EXPECT_EQ(calls.fdstat(file, stat), Errno::Success);
  EXPECT_EQ(stat.fs_filetype, FileType::RegularFile);
  EXPECT_EQ(stat.fs_rights_base, Rights(Right::FdRead).bits()) << "path_open does not apply to files";
  EXPECT_EQ(stat.fs_rights_inheriting, 0u);

  const wasi::Fd directory = calls.must_open(".", {.base = Right::FdSeek | Right::FdReaddir, .inheriting = Right::FdRead});
  EXPECT_EQ(calls.fdstat(directory, stat), Errno::Success);
  EXPECT_EQ(stat.fs_filetype, FileType::Directory);
  EXPECT_EQ(stat.fs_rights_base, Rights(Right::FdReaddir).bits()) << "directories cannot seek";
  EXPECT_EQ(stat.fs_rights_inheriting, Rights(Right::FdRead).bits());
}

TEST_P(Paths, RightsAreInheritedAndNeverGained) {
  host.write("file", "x");
  const wasi::Fd read_only = narrowed(calls, {}, Right::FdWrite);
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(read_only, "file", fd, {.base = Right::FdRead | Right::FdWrite}), Errno::NotCapable);
  EXPECT_EQ(calls.open(read_only, "file", fd, {.base = Right::FdRead}), Errno::Success);
  EXPECT_EQ(calls.open(read_only, ".", fd, {.base = Right::PathOpen, .inheriting = Right::FdWrite}), Errno::NotCapable);
  const wasi::Fd no_sync = narrowed(calls, {}, Right::FdSync | Right::FdDatasync);
  EXPECT_EQ(calls.open(no_sync, "file", fd, {.base = Right::FdRead, .flags = FdFlag::Sync}), Errno::NotCapable);
  EXPECT_EQ(calls.open(no_sync, "file", fd, {.base = Right::FdRead, .flags = FdFlag::Dsync}), Errno::NotCapable);
}

TEST_P(Paths, EveryCallNeedsItsRight) {
  host.write("file", "x");
  ASSERT_EQ(symlink("file", (host / "link").c_str()), 0);
  struct Case {
    Right right;
    const char* call;
  };
  for (const auto& [right, call] : {Case{Right::PathCreateDirectory, "path_create_directory"},
                                    Case{Right::PathRemoveDirectory, "path_remove_directory"},
                                    Case{Right::PathUnlinkFile, "path_unlink_file"}}) {
    EXPECT_EQ(calls.on_path(call, narrowed(calls, right), "file"), Errno::NotCapable) << call;
  }
  wasi::Fd fd = 0;
  wasi::Filestat stat;
  std::string text;
  EXPECT_EQ(calls.open(narrowed(calls, Right::PathOpen), "file", fd, {}), Errno::NotCapable);
  EXPECT_EQ(calls.open(narrowed(calls, Right::PathCreateFile), "file", fd, {.oflags = OFlag::Creat}), Errno::NotCapable);
  EXPECT_EQ(calls.open(narrowed(calls, Right::PathFilestatSetSize), "file", fd, {.oflags = OFlag::Trunc}), Errno::NotCapable);
  EXPECT_EQ(calls.path_filestat(narrowed(calls, Right::PathFilestatGet), 0, "file", stat), Errno::NotCapable);
  EXPECT_EQ(calls.readlink(narrowed(calls, Right::PathReadlink), "link", 8, text), Errno::NotCapable);
  EXPECT_EQ(calls.symlink("file", narrowed(calls, Right::PathSymlink), "other"), Errno::NotCapable);
  EXPECT_EQ(calls.rename(narrowed(calls, Right::PathRenameSource), "file", kRoot, "other"), Errno::NotCapable);
  EXPECT_EQ(calls.rename(kRoot, "file", narrowed(calls, Right::PathRenameTarget), "other"), Errno::NotCapable);
  EXPECT_EQ(calls.link(narrowed(calls, Right::PathLinkSource), 0, "file", kRoot, "other"), Errno::NotCapable);
  EXPECT_EQ(calls.link(kRoot, 0, "file", narrowed(calls, Right::PathLinkTarget), "other"), Errno::NotCapable);
  FakeGuest& guest = calls.guest;
  EXPECT_EQ(guest("path_filestat_set_times", narrowed(calls, Right::PathFilestatSetTimes), 0u, guest.put("file"),
                  uint64_t{0}, uint64_t{0}, 0u),
            Errno::NotCapable);
}

TEST_P(Paths, OnlyDirectoriesHavePaths) {
  const wasi::Fd file = calls.create("file");
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(file, "x", fd, {.oflags = OFlag::Creat}), Errno::NotDir);
  EXPECT_EQ(calls.open(99, "x", fd, {}), Errno::Badf);
  EXPECT_EQ(calls.on_path("path_create_directory", file, "x"), Errno::NotDir);
  EXPECT_EQ(calls.on_path("path_create_directory", 1, "x"), Errno::NotDir);
}

TEST_P(Paths, Directories) {
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, "d"), Errno::Success);
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, "d"), Errno::Exist);
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, "d/e/"), Errno::Success);
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, "missing/e"), Errno::NoEnt);
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, "."), Errno::Exist);
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, "d/.."), Errno::Exist);
  EXPECT_EQ(calls.on_path("path_remove_directory", kRoot, "d"), Errno::NotEmpty);
  EXPECT_EQ(calls.on_path("path_remove_directory", kRoot, "d/e/."), Errno::Inval);
  EXPECT_EQ(calls.on_path("path_remove_directory", kRoot, "d/e/"), Errno::Success);
  EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, "d"), Errno::Isdir);
  EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, "d/"), Errno::Isdir);
  EXPECT_EQ(calls.on_path("path_remove_directory", kRoot, "d"), Errno::Success);
  host.write("file", "");
  EXPECT_EQ(calls.on_path("path_remove_directory", kRoot, "file"), Errno::NotDir);
  EXPECT_EQ(calls.on_path("path_remove_directory", kRoot, "file/"), Errno::NotDir);
  EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, "file/"), Errno::NotDir);
}

TEST_P(Paths, SymbolicLinks) {
  EXPECT_EQ(calls.symlink("target", kRoot, "link"), Errno::Success);
  EXPECT_EQ(calls.symlink("target", kRoot, "link"), Errno::Exist);
  EXPECT_EQ(calls.symlink("/etc", kRoot, "absolute"), Errno::NotCapable);
  EXPECT_EQ(calls.symlink("", kRoot, "empty"), Errno::NoEnt);
  EXPECT_EQ(calls.symlink("target", kRoot, "new/"), Errno::NoEnt);
  std::string text;
  EXPECT_EQ(calls.readlink(kRoot, "link", 10, text), Errno::Success);
  EXPECT_EQ(text, "target");
  EXPECT_EQ(calls.readlink(kRoot, "link", 4, text), Errno::Success);
  EXPECT_EQ(text, "targ");
  EXPECT_EQ(calls.readlink(kRoot, "link", 0, text), Errno::Success);
  host.write("target", "x");
  EXPECT_EQ(calls.readlink(kRoot, "target", 10, text), Errno::Inval);
  EXPECT_EQ(calls.readlink(kRoot, "missing", 10, text), Errno::NoEnt);

  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(kRoot, "link", fd, {.base = Right::FdRead}), Errno::Loop);
  EXPECT_EQ(calls.open(kRoot, "link", fd, {.lookup = kFollow, .base = Right::FdRead}), Errno::Success);
  wasi::Filestat stat;
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "link", stat), Errno::Success);
  EXPECT_EQ(stat.filetype, FileType::SymbolicLink);
  EXPECT_EQ(stat.size, 6u);
  EXPECT_EQ(calls.path_filestat(kRoot, kFollow, "link", stat), Errno::Success);
  EXPECT_EQ(stat.filetype, FileType::RegularFile);
  EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, "link"), Errno::Success);
  EXPECT_EQ(host.read("target"), "x");
}

TEST_P(Paths, ASlashBehindALinkNeverRemovesWhatItLeadsTo) {
  ASSERT_EQ(calls.on_path("path_create_directory", kRoot, "d"), Errno::Success);
  ASSERT_EQ(calls.symlink("d", kRoot, "link"), Errno::Success);
  EXPECT_EQ(calls.on_path("path_remove_directory", kRoot, "link/"), Errno::NotDir);
  EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, "link/"), Errno::NotDir);
  EXPECT_EQ(calls.rename(kRoot, "link/", kRoot, "other"), Errno::NotDir);
  wasi::Filestat stat;
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "link/", stat), Errno::Success);
  EXPECT_EQ(stat.filetype, FileType::Directory);
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(kRoot, "link/", fd, {.oflags = OFlag::Directory, .base = Right::FdReaddir}), Errno::Success);
}

TEST_P(Paths, HardLinks) {
  host.write("file", "x");
  EXPECT_EQ(calls.link(kRoot, 0, "file", kRoot, "second"), Errno::Success);
  wasi::Filestat stat;
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "second", stat), Errno::Success);
  EXPECT_EQ(stat.nlink, 2u);
  EXPECT_EQ(calls.link(kRoot, 0, "file", kRoot, "file"), Errno::Exist);
  EXPECT_EQ(calls.link(kRoot, 0, "missing", kRoot, "x"), Errno::NoEnt);
  EXPECT_EQ(calls.link(kRoot, 0, "file", kRoot, "new/"), Errno::NoEnt);
  EXPECT_EQ(calls.link(kRoot, 0, "file/", kRoot, "new"), Errno::NotDir);
  ASSERT_EQ(calls.on_path("path_create_directory", kRoot, "d"), Errno::Success);
  EXPECT_EQ(calls.link(kRoot, 0, "d", kRoot, "e"), Errno::Perm);
  ASSERT_EQ(calls.symlink("file", kRoot, "link"), Errno::Success);
  EXPECT_EQ(calls.link(kRoot, 0, "link", kRoot, "link2"), Errno::Success);
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "link2", stat), Errno::Success);
  EXPECT_EQ(stat.filetype, FileType::SymbolicLink);
  EXPECT_EQ(calls.link(kRoot, kFollow, "link", kRoot, "third"), Errno::Success);
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "third", stat), Errno::Success);
  EXPECT_EQ(stat.filetype, FileType::RegularFile);
  ASSERT_EQ(calls.symlink("nothing", kRoot, "dangling"), Errno::Success);
  EXPECT_EQ(calls.link(kRoot, kFollow, "dangling", kRoot, "fourth"), Errno::NoEnt);
}

TEST_P(Paths, Renames) {
  host.write("a", "1");
  EXPECT_EQ(calls.rename(kRoot, "a", kRoot, "b"), Errno::Success);
  EXPECT_EQ(host.read("b"), "1");
  EXPECT_EQ(calls.rename(kRoot, "a", kRoot, "c"), Errno::NoEnt);
  ASSERT_EQ(calls.on_path("path_create_directory", kRoot, "d"), Errno::Success);
  ASSERT_EQ(calls.on_path("path_create_directory", kRoot, "e"), Errno::Success);
  EXPECT_EQ(calls.rename(kRoot, "b", kRoot, "d"), Errno::Isdir);
  EXPECT_EQ(calls.rename(kRoot, "d", kRoot, "b"), Errno::NotDir);
  EXPECT_EQ(calls.rename(kRoot, "b/", kRoot, "c"), Errno::NotDir);
  EXPECT_EQ(calls.rename(kRoot, "b", kRoot, "c/"), Errno::NotDir);
  EXPECT_EQ(calls.rename(kRoot, "d", kRoot, "e"), Errno::Success) << "onto an empty directory";
  EXPECT_EQ(calls.rename(kRoot, "e/", kRoot, "f/"), Errno::Success);
  const wasi::Fd inner = calls.must_open_directory("f");
  EXPECT_EQ(calls.rename(kRoot, "b", inner, "b"), Errno::Success);
  EXPECT_EQ(host.read("f/b"), "1");
  EXPECT_EQ(calls.rename(kRoot, ".", kRoot, "g"), Errno::Busy);
}

TEST_P(Paths, Times) {
  host.write("file", "x");
  FakeGuest& guest = calls.guest;
  auto set = [&](uint32_t lookup, std::string_view path, uint64_t atim, uint64_t mtim, uint32_t flags) {
    const Errno error = guest("path_filestat_set_times", kRoot, lookup, guest.put(path), atim, mtim, flags);
    guest.reset_room();
    return error;
  };
  wasi::Filestat stat;
  EXPECT_EQ(set(0, "file", 1'234'567'890'123'456'789, 5'000'000'007, 5), Errno::Success);
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "file", stat), Errno::Success);
  EXPECT_EQ(stat.atim, 1'234'567'890'123'456'789u);
  EXPECT_EQ(stat.mtim, 5'000'000'007u);
  EXPECT_EQ(set(0, "file", 0, 0, 8), Errno::Success);
  const uint64_t before = stat.mtim;
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "file", stat), Errno::Success);
  EXPECT_GT(stat.mtim, before);
  EXPECT_EQ(stat.atim, 1'234'567'890'123'456'789u);

  ASSERT_EQ(calls.symlink("file", kRoot, "link"), Errno::Success);
  EXPECT_EQ(set(0, "link", 0, 77, 4), Errno::Success);
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "link", stat), Errno::Success);
  EXPECT_EQ(stat.mtim, 77u);
  EXPECT_EQ(calls.path_filestat(kRoot, kFollow, "link", stat), Errno::Success);
  EXPECT_NE(stat.mtim, 77u);
  EXPECT_EQ(set(kFollow, "link", 0, 78, 4), Errno::Success);
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "file", stat), Errno::Success);
  EXPECT_EQ(stat.mtim, 78u);
  EXPECT_EQ(set(0, "file/", 0, 78, 4), Errno::NotDir);
}

TEST_P(Paths, AReadOnlyDirectoryIsLikeAReadOnlyFileSystem) {
  host.write("file", "content");
  HostDirectory other;
  Calls guest_calls(GetParam());
  guest_calls.preopen(host.path(), "/ro", wasi::Access::ReadOnly);
  guest_calls.preopen(other.path(), "/rw");
  const wasi::Fd ro = 3, rw = 4;
  wasi::Fd fd = 0;
  // Rust's standard library asks for far more rights than it uses; reading must still work.
  const Rights much = wasi::kInheritableRights.without(Right::FdWrite | Right::FdAllocate | Right::FdFilestatSetSize);
  EXPECT_EQ(guest_calls.open(ro, "file", fd, {.base = much}), Errno::Success);
  std::string text;
  EXPECT_EQ(guest_calls.read(fd, 100, text), Errno::Success);
  EXPECT_EQ(text, "content");
  EXPECT_EQ(guest_calls.guest("fd_filestat_set_times", fd, uint64_t{0}, uint64_t{0}, 4u), Errno::Rofs);
  EXPECT_EQ(guest_calls.open(ro, "file", fd, {.base = Right::FdWrite}), Errno::Rofs);
  EXPECT_EQ(guest_calls.open(ro, "file", fd, {.oflags = OFlag::Trunc, .base = {}}), Errno::Rofs);
  EXPECT_EQ(guest_calls.open(ro, "new", fd, {.oflags = OFlag::Creat, .base = Right::FdRead}), Errno::Rofs);
  EXPECT_EQ(guest_calls.open(ro, "file", fd, {.oflags = OFlag::Creat, .base = Right::FdRead}), Errno::Success);
  EXPECT_EQ(guest_calls.open(ro, "file", fd, {.oflags = OFlag::Creat | OFlag::Excl, .base = Right::FdRead}), Errno::Exist);
  EXPECT_EQ(guest_calls.on_path("path_create_directory", ro, "d"), Errno::Rofs);
  EXPECT_EQ(guest_calls.on_path("path_unlink_file", ro, "file"), Errno::Rofs);
  EXPECT_EQ(guest_calls.rename(ro, "file", rw, "file"), Errno::Rofs);
  EXPECT_EQ(guest_calls.link(ro, 0, "file", rw, "file"), Errno::Rofs) << "would make it writable";
  EXPECT_EQ(guest_calls.symlink("x", ro, "link"), Errno::Rofs);
  EXPECT_EQ(guest_calls.open(ro, ".", fd, {.base = wasi::kDirectoryRights, .inheriting = wasi::kInheritableRights}), Errno::Success);
  EXPECT_EQ(guest_calls.on_path("path_unlink_file", fd, "file"), Errno::Rofs) << "inherited";
  EXPECT_EQ(host.read("file"), "content");
}

}  // namespace
}  // namespace umber::test
