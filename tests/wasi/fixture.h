// What the tests of WASI's calls share: a guest, a directory of the host that is preopened as descriptor 3, and both ways of
// resolving paths, since every test of files has to pass with either.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>

#include "tests/wasi/fake_guest.h"

namespace umber::wasi {
/// So that a failed comparison prints a number.
inline void PrintTo(Errno error, std::ostream* out) { *out << "errno " << static_cast<int>(error); }
inline void PrintTo(FileType type, std::ostream* out) { *out << "file type " << static_cast<int>(type); }
}  // namespace umber::wasi

namespace umber::test {

using wasi::Errno;
using wasi::FdFlag;
using wasi::FileType;
using wasi::OFlag;
using wasi::Right;
using wasi::Rights;

inline constexpr uint32_t kFollow = 1;
inline constexpr wasi::Fd kRoot = 3;
inline constexpr Rights kReadWrite = Right::FdRead | Right::FdWrite | Right::FdSeek | Right::FdTell | Right::FdFilestatGet |
                                     Right::FdFilestatSetSize | Right::FdFilestatSetTimes | Right::FdAllocate |
                                     Right::FdAdvise | Right::FdSync | Right::FdDatasync | Right::FdFdstatSetFlags |
                                     Right::PollFdReadwrite;

/// A fresh directory of the host, removed with the object.
class HostDirectory {
 public:
  HostDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "umber-wasi-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  HostDirectory(const HostDirectory&) = delete;
  HostDirectory& operator=(const HostDirectory&) = delete;
  ~HostDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  void write(std::string_view name, std::string_view content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
  }
  [[nodiscard]] std::string read(std::string_view name) const {
    std::ifstream file(path_ / name, std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
  }

 private:
  std::filesystem::path path_;
};

/// Calls as a C program would make them, with results as values. Failures of what must work fail the test.
class Calls {
 public:
  explicit Calls(posix::Resolution resolution = posix::Resolution::Kernel, const wasi::Limits& limits = {}) : guest(resolution, limits) {}

  Errno preopen(const std::filesystem::path& host, std::string_view name, wasi::Access access = wasi::Access::ReadWrite) {
    Result<wasi::File*> directory = guest.platform.open_directory(host.c_str());
    EXPECT_TRUE(directory.ok()) << directory.error().message().c_str();
    EXPECT_TRUE(guest.wasi.add_preopen(**directory, name, access).ok());
    return Errno::Success;
  }

  struct OpenArgs {
    uint32_t lookup = 0;
    wasi::OFlags oflags = {};
    Rights base = kReadWrite;
    Rights inheriting = {};
    wasi::FdFlags flags = {};
  };
  Errno open(wasi::Fd directory, std::string_view path, wasi::Fd& out, const OpenArgs& args) {
    const uint32_t opened = guest.room(4);
    const Errno error = guest("path_open", directory, args.lookup, guest.put(path), uint32_t{args.oflags.bits()},
                              uint64_t{args.base.bits()}, uint64_t{args.inheriting.bits()}, uint32_t{args.flags.bits()}, opened);
    out = guest.read<wasi::Fd>(opened);
    guest.reset_room();
    return error;
  }
  /// The descriptor; the test fails when it cannot be opened.
  wasi::Fd must_open(std::string_view path, const OpenArgs& args) {
    wasi::Fd fd = UINT32_MAX;
    EXPECT_EQ(open(kRoot, path, fd, args), Errno::Success) << path;
    return fd;
  }
  wasi::Fd create(std::string_view path) { return must_open(path, {.oflags = OFlag::Creat}); }
  wasi::Fd must_open_directory(std::string_view path) {
    return must_open(path, {.oflags = OFlag::Directory, .base = wasi::kDirectoryRights, .inheriting = wasi::kInheritableRights});
  }

  Errno write(wasi::Fd fd, std::string_view text) {
    const GuestRange data = guest.put(text);
    const uint32_t count = guest.room(4);
    const Errno error = guest("fd_write", fd, guest.put_iovecs({data}), count);
    if (error == Errno::Success) {
      EXPECT_EQ(guest.read<uint32_t>(count), text.size());
    }
    guest.reset_room();
    return error;
  }
  Errno read(wasi::Fd fd, size_t size, std::string& out) {
    const GuestRange data{guest.room(size), static_cast<uint32_t>(size)};
    const uint32_t count = guest.room(4);
    const Errno error = guest("fd_read", fd, guest.put_iovecs({data}), count);
    out = error == Errno::Success ? guest.text(data.address, guest.read<uint32_t>(count)) : "";
    guest.reset_room();
    return error;
  }
  std::string must_read(wasi::Fd fd, size_t size) {
    std::string out;
    EXPECT_EQ(read(fd, size, out), Errno::Success);
    return out;
  }
  Errno seek(wasi::Fd fd, int64_t offset, wasi::Whence whence, uint64_t& position) {
    const uint32_t at = guest.room(8);
    const Errno error = guest("fd_seek", fd, offset, uint32_t(whence), at);
    position = guest.read<uint64_t>(at);
    guest.reset_room();
    return error;
  }
  uint64_t must_seek(wasi::Fd fd, int64_t offset, wasi::Whence whence) {
    uint64_t position = 0;
    EXPECT_EQ(seek(fd, offset, whence, position), Errno::Success);
    return position;
  }
  Errno fdstat(wasi::Fd fd, wasi::Fdstat& out) {
    const uint32_t at = guest.room(sizeof out);
    const Errno error = guest("fd_fdstat_get", fd, at);
    out = guest.read<wasi::Fdstat>(at);
    guest.reset_room();
    return error;
  }
  Errno filestat(wasi::Fd fd, wasi::Filestat& out) {
    const uint32_t at = guest.room(sizeof out);
    const Errno error = guest("fd_filestat_get", fd, at);
    out = guest.read<wasi::Filestat>(at);
    guest.reset_room();
    return error;
  }
  Errno path_filestat(wasi::Fd fd, uint32_t lookup, std::string_view path, wasi::Filestat& out) {
    const uint32_t at = guest.room(sizeof out);
    const Errno error = guest("path_filestat_get", fd, lookup, guest.put(path), at);
    out = guest.read<wasi::Filestat>(at);
    guest.reset_room();
    return error;
  }
  /// A call that takes a directory and a path, such as path_unlink_file.
  Errno on_path(const char* name, wasi::Fd fd, std::string_view path) {
    const Errno error = guest(name, fd, guest.put(path));
    guest.reset_room();
    return error;
  }
  Errno symlink(std::string_view target, wasi::Fd fd, std::string_view path) {
    const Errno error = guest("path_symlink", guest.put(target), fd, guest.put(path));
    guest.reset_room();
    return error;
  }
  Errno readlink(wasi::Fd fd, std::string_view path, size_t size, std::string& out) {
    const GuestRange buf{guest.room(size), static_cast<uint32_t>(size)};
    const uint32_t used = guest.room(4);
    const Errno error = guest("path_readlink", fd, guest.put(path), buf, used);
    out = error == Errno::Success ? guest.text(buf.address, guest.read<uint32_t>(used)) : "";
    guest.reset_room();
    return error;
  }
  Errno rename(wasi::Fd from, std::string_view old_path, wasi::Fd to, std::string_view new_path) {
    const Errno error = guest("path_rename", from, guest.put(old_path), to, guest.put(new_path));
    guest.reset_room();
    return error;
  }
  Errno link(wasi::Fd from, uint32_t lookup, std::string_view old_path, wasi::Fd to, std::string_view new_path) {
    const Errno error = guest("path_link", from, lookup, guest.put(old_path), to, guest.put(new_path));
    guest.reset_room();
    return error;
  }
  Errno close(wasi::Fd fd) { return guest("fd_close", fd); }

  FakeGuest guest;
};

/// Tests of files: a preopened directory, once per way of resolving.
class FileCalls : public ::testing::TestWithParam<posix::Resolution> {
 protected:
  FileCalls() : calls(GetParam()) { calls.preopen(host.path(), "/"); }

  HostDirectory host;
  Calls calls;
};

inline std::string resolution_name(const ::testing::TestParamInfo<posix::Resolution>& info) {
  return info.param == posix::Resolution::Kernel ? "Kernel" : "Walk";
}

}  // namespace umber::test

/// Runs a FileCalls fixture with both ways of resolving.
#define UMBER_BOTH_RESOLUTIONS(Fixture)                                                                       \
  INSTANTIATE_TEST_SUITE_P(Both, Fixture, ::testing::Values(posix::Resolution::Kernel, posix::Resolution::Walk), \
                           resolution_name)
