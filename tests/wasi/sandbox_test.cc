// No path leads out of a preopened directory: absolute paths, "..", links of every kind, and others who rename and swap things
// while the guest resolves. Every test with the kernel's resolution and with the walk.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/wasi/fixture.h"
#include "wasi/resolve.h"

namespace umber::test {
namespace {

/// host/inside is preopened; host/secret and host/outside are what the guest must never reach.
class Sandbox : public ::testing::TestWithParam<posix::Resolution> {
 protected:
  Sandbox() : calls(GetParam()) {
    std::filesystem::create_directories(host / "inside/a/b/c");
    std::filesystem::create_directory(host / "outside");
    host.write("secret", "secret");
    host.write("outside/secret", "secret");
    host.write("inside/file", "public");
    host.write("inside/a/file", "public");
    calls.preopen(host / "inside", "/");
  }
  void link(const char* target, std::string_view name) {
    std::filesystem::create_symlink(target, host / "inside" / name);
  }
  /// Opening for reading, following links.
  Errno open(std::string_view path) {
    wasi::Fd fd = 0;
    const Errno error = calls.open(kRoot, path, fd, {.lookup = kFollow, .base = Right::FdRead});
    if (error == Errno::Success) calls.close(fd);
    return error;
  }
  /// Every call with that path must answer `expected`.
  void expect_all(std::string_view path, Errno expected) {
    wasi::Fd fd = 0;
    wasi::Filestat stat;
    std::string text;
    EXPECT_EQ(open(path), expected) << "open " << path;
    EXPECT_EQ(calls.open(kRoot, path, fd, {.lookup = kFollow, .oflags = OFlag::Creat}), expected) << "create " << path;
    EXPECT_EQ(calls.path_filestat(kRoot, kFollow, path, stat), expected) << "stat " << path;
    EXPECT_EQ(calls.guest("path_filestat_set_times", kRoot, kFollow, calls.guest.put(path), uint64_t{1}, uint64_t{1}, 5u), expected);
    EXPECT_EQ(calls.link(kRoot, kFollow, path, kRoot, "stolen"), expected) << "link " << path;
  }
  /// The same for calls that do not follow the last link.
  void expect_all_without_following(std::string_view path, Errno expected) {
    wasi::Filestat stat;
    std::string text;
    EXPECT_EQ(calls.path_filestat(kRoot, 0, path, stat), expected) << "stat " << path;
    EXPECT_EQ(calls.readlink(kRoot, path, 10, text), expected) << "readlink " << path;
    EXPECT_EQ(calls.on_path("path_create_directory", kRoot, path), expected) << "mkdir " << path;
    EXPECT_EQ(calls.on_path("path_remove_directory", kRoot, path), expected) << "rmdir " << path;
    EXPECT_EQ(calls.on_path("path_unlink_file", kRoot, path), expected) << "unlink " << path;
    EXPECT_EQ(calls.rename(kRoot, path, kRoot, "stolen"), expected) << "rename from " << path;
    EXPECT_EQ(calls.rename(kRoot, "file", kRoot, path), expected) << "rename to " << path;
    EXPECT_EQ(calls.link(kRoot, 0, path, kRoot, "stolen"), expected) << "link from " << path;
    EXPECT_EQ(calls.link(kRoot, 0, "file", kRoot, path), expected) << "link to " << path;
    EXPECT_EQ(calls.symlink("x", kRoot, path), expected) << "symlink at " << path;
  }
  void expect_untouched() {
    EXPECT_EQ(host.read("secret"), "secret");
    EXPECT_EQ(host.read("outside/secret"), "secret");
    EXPECT_EQ(host.read("inside/file"), "public");
    EXPECT_FALSE(std::filesystem::exists(host / "inside/stolen"));
  }

  HostDirectory host;
  Calls calls;
};
UMBER_BOTH_RESOLUTIONS(Sandbox);

TEST_P(Sandbox, OrdinaryPaths) {
  for (const char* path : {"file", "./file", "a/../file", "a/b/c/../../../file", "a//file", "a/./file", "././a/b/../file"})
    EXPECT_EQ(open(path), Errno::Success) << path;
}

TEST_P(Sandbox, AbsolutePaths) {
  expect_all("/etc/passwd", Errno::NotCapable);
  expect_all("/", Errno::NotCapable);
  expect_all_without_following("/file", Errno::NotCapable);
  expect_all((host / "secret").string(), Errno::NotCapable);
  expect_untouched();
}

TEST_P(Sandbox, DotDot) {
  for (const char* path : {"../secret", "a/../../secret", "a/b/c/../../../../secret", "./../secret", "a/b/../../../secret", "..//secret"}) {
    expect_all(path, Errno::NotCapable);
    expect_all_without_following(path, Errno::NotCapable);
  }
  expect_all("..", Errno::NotCapable);
  expect_all("a/../..", Errno::NotCapable);
  expect_all_without_following("..", Errno::NotCapable);
  expect_all_without_following("../", Errno::NotCapable);
  expect_untouched();
}

TEST_P(Sandbox, OutAndBackInIsOut) { EXPECT_EQ(open("../inside/file"), Errno::NotCapable); }

TEST_P(Sandbox, EmptyLongAndBrokenPaths) {
  expect_all("", Errno::NoEnt);
  expect_all_without_following("", Errno::NoEnt);
  expect_all(std::string_view("file\0", 5), Errno::Ilseq);
  expect_all_without_following(std::string_view("a\0b", 3), Errno::Ilseq);
  expect_all(std::string(wasi::kMaxPath + 1, 'x'), Errno::NameTooLong);
  expect_all_without_following(std::string(wasi::kMaxName + 1, 'x'), Errno::NameTooLong);
  expect_all("a/" + std::string(wasi::kMaxName + 1, 'x') + "/y", Errno::NameTooLong);
  std::string slashes(wasi::kMaxPath - 4, '/');
  EXPECT_EQ(open("a" + slashes.substr(10) + "file"), Errno::Success);
  expect_untouched();
}

TEST_P(Sandbox, LinksInside) {
  link("file", "l1");
  link("a", "dir");
  link("a/b/..", "up");
  link("../file", "a/b/back");
  link("../../file", "a/b/back2");
  link("./l1", "l2");
  link("dir/", "slashed");
  EXPECT_EQ(open("l1"), Errno::Success);
  EXPECT_EQ(open("l2"), Errno::Success);
  EXPECT_EQ(open("dir/file"), Errno::Success);
  EXPECT_EQ(open("dir/b/back"), Errno::Success);
  EXPECT_EQ(open("dir/b/back2"), Errno::Success);
  EXPECT_EQ(open("up/file"), Errno::Success);
  EXPECT_EQ(open("slashed/file"), Errno::Success);
  EXPECT_EQ(open("dir/../file"), Errno::Success);
  wasi::Filestat stat;
  EXPECT_EQ(calls.path_filestat(kRoot, kFollow, "dir/b/back2", stat), Errno::Success);
  EXPECT_EQ(stat.filetype, FileType::RegularFile);
  EXPECT_EQ(calls.path_filestat(kRoot, 0, "dir/b/back2", stat), Errno::Success);
  EXPECT_EQ(stat.filetype, FileType::SymbolicLink);
}

TEST_P(Sandbox, LinksOut) {
  link("../secret", "relative");
  link((host / "secret").c_str(), "absolute");
  link("../outside", "directory");
  link((host / "outside").c_str(), "absolute_directory");
  link("a/b/../../../secret", "winding");
  link("relative", "second");
  link("..", "parent");
  for (const char* path : {"relative", "absolute", "winding", "second", "directory/secret", "absolute_directory/secret", "parent/secret",
                           "directory", "parent", "a/../relative"})
    expect_all(path, Errno::NotCapable);
  for (const char* path : {"directory/secret", "absolute_directory/secret", "parent/secret", "directory/../secret", "parent/outside/secret"})
    expect_all_without_following(path, Errno::NotCapable);
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(kRoot, "directory/", fd, {.oflags = OFlag::Directory, .base = Right::FdReaddir}), Errno::NotCapable);
  expect_untouched();
}

TEST_P(Sandbox, CreatingThroughADanglingLinkStaysInside) {
  link("../new", "out");
  link("new", "in");
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(kRoot, "out", fd, {.lookup = kFollow, .oflags = OFlag::Creat}), Errno::NotCapable);
  EXPECT_FALSE(std::filesystem::exists(host / "new"));
  EXPECT_EQ(calls.open(kRoot, "in", fd, {.lookup = kFollow, .oflags = OFlag::Creat}), Errno::Success);
  EXPECT_TRUE(std::filesystem::exists(host / "inside/new"));
  EXPECT_EQ(calls.open(kRoot, "out", fd, {.lookup = kFollow, .oflags = OFlag::Creat | OFlag::Excl}), Errno::Exist);
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, "out"), Errno::Exist);
}

TEST_P(Sandbox, LinkLoopsEnd) {
  link("loop", "loop");
  link("pong", "ping");
  link("ping", "pong");
  link("growing/x", "growing");
  expect_all("loop", Errno::Loop);
  expect_all("ping", Errno::Loop);
  expect_all("ping/file", Errno::Loop);
  expect_all("growing", Errno::Loop);
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(kRoot, "loop", fd, {.base = Right::FdRead}), Errno::Loop);
}

TEST_P(Sandbox, ChainsOfLinksUpToTheLimit) {
  link("file", "l0");
  for (int i = 1; i < 60; ++i) link(("l" + std::to_string(i - 1)).c_str(), "l" + std::to_string(i));
  EXPECT_EQ(open("l30"), Errno::Success);
  EXPECT_EQ(open("l39"), Errno::Success) << "40 links";
  EXPECT_EQ(open("l40"), Errno::Loop) << "41 links";
  EXPECT_EQ(open("l59"), Errno::Loop);
}

TEST_P(Sandbox, ProcLinksDoNotEscape) {
  Calls proc(GetParam());
  proc.preopen("/proc/self", "/");
  wasi::Fd fd = 0;
  for (const char* path : {"root", "cwd", "exe", "fd/0", "root/etc/passwd", "cwd/x"}) {
    const Errno error = proc.open(kRoot, path, fd, {.lookup = kFollow, .base = Right::FdRead});
    EXPECT_TRUE(error == Errno::NotCapable || error == Errno::Loop || error == Errno::NoEnt) << path << " " << int(error);
  }
}

TEST_P(Sandbox, DeepDirectories) {
  std::string path = "a";
  for (int i = 0; i < 200; ++i) {
    path += "/d";
    ASSERT_EQ(calls.on_path("path_create_directory", kRoot, path), Errno::Success) << i;
  }
  EXPECT_EQ(calls.on_path("path_create_directory", kRoot, path + "/../e"), Errno::Success);
  std::string up = path;
  for (int i = 0; i < 201; ++i) up += "/..";
  EXPECT_EQ(open(up + "/file"), Errno::Success);
  EXPECT_EQ(open(up + "/../secret"), Errno::NotCapable);
}

TEST_P(Sandbox, SubdirectoryDescriptorsAreSandboxesToo) {
  const wasi::Fd a = calls.must_open_directory("a");
  wasi::Fd fd = 0;
  EXPECT_EQ(calls.open(a, "file", fd, {.base = Right::FdRead}), Errno::Success);
  EXPECT_EQ(calls.open(a, "../file", fd, {.base = Right::FdRead}), Errno::NotCapable);
  EXPECT_EQ(calls.open(a, "b/../../file", fd, {.base = Right::FdRead}), Errno::NotCapable);
  std::filesystem::rename(host / "inside/a", host / "outside/a");
  EXPECT_EQ(calls.open(a, "../secret", fd, {.base = Right::FdRead}), Errno::NotCapable);
  EXPECT_EQ(calls.open(a, "b/../../secret", fd, {.base = Right::FdRead}), Errno::NotCapable);
}

/// Runs `attack` over and over in another thread while `attempt` runs, for a while.
template <class Attack, class Attempt>
void race(Attack attack, Attempt attempt) {
  std::atomic<bool> stop{false};
  std::thread attacker([&] {
    while (!stop) attack();
  });
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(400);
  while (std::chrono::steady_clock::now() < end && !::testing::Test::HasFailure()) attempt();
  stop = true;
  attacker.join();
}

TEST_P(Sandbox, ADirectorySwappedForALinkDuringTheWalk) {
  // inside/swap is, by turns, a directory and a link to outside; both contain "secret".
  std::filesystem::create_directories(host / "inside/swap/x");
  host.write("inside/swap/secret", "public");
  std::filesystem::create_symlink("../outside", host / "inside/link");
  const std::string swap = (host / "inside/swap").string(), link_path = (host / "inside/link").string(),
                    spare = (host / "inside/spare").string();
  struct stat secret;
  ASSERT_EQ(::stat((host / "outside/secret").c_str(), &secret), 0);
  uint64_t opened = 0, refused = 0;
  race(
      [&] {
        (void)::rename(swap.c_str(), spare.c_str());
        (void)::rename(link_path.c_str(), swap.c_str());
        (void)::rename(swap.c_str(), link_path.c_str());
        (void)::rename(spare.c_str(), swap.c_str());
      },
      [&] {
        wasi::Fd fd = 0;
        if (calls.open(kRoot, "swap/x/../secret", fd, {.lookup = kFollow, .base = Right::FdRead}) == Errno::Success) {
          EXPECT_EQ(calls.must_read(fd, 10), "public");
          calls.close(fd);
          ++opened;
        } else {
          ++refused;
        }
        wasi::Filestat stat;
        (void)calls.on_path("path_unlink_file", kRoot, "swap/nothing");
        if (calls.path_filestat(kRoot, 0, "swap/secret", stat) == Errno::Success) {
          EXPECT_NE(stat.ino, secret.st_ino);
        }
        EXPECT_NE(calls.on_path("path_create_directory", kRoot, "swap/made"), Errno{0xffff});
        EXPECT_FALSE(std::filesystem::exists(host / "outside/made"));
        (void)calls.on_path("path_remove_directory", kRoot, "swap/made");
      });
  EXPECT_GT(opened + refused, 100u);
}

TEST_P(Sandbox, AFileSwappedForALinkDuringTheOpen) {
  std::filesystem::create_symlink("../secret", host / "inside/link");
  host.write("inside/victim", "public");
  const std::string victim = (host / "inside/victim").string(), link_path = (host / "inside/link").string(),
                    spare = (host / "inside/spare").string();
  race(
      [&] {
        (void)::rename(victim.c_str(), spare.c_str());
        (void)::rename(link_path.c_str(), victim.c_str());
        (void)::rename(victim.c_str(), link_path.c_str());
        (void)::rename(spare.c_str(), victim.c_str());
      },
      [&] {
        wasi::Fd fd = 0;
        if (calls.open(kRoot, "victim", fd, {.lookup = kFollow, .base = Right::FdRead}) == Errno::Success) {
          EXPECT_NE(calls.must_read(fd, 10), "secret");
          calls.close(fd);
        }
        if (calls.open(kRoot, "victim", fd, {.lookup = kFollow, .oflags = OFlag::Trunc, .base = {}}) == Errno::Success)
          calls.close(fd);
        EXPECT_EQ(host.read("secret"), "secret");
      });
}

TEST_P(Sandbox, ADirectoryMovedOutDuringTheWalk) {
  // inside/a moves to outside/a and back: "a/b/../.." must be inside or an error, never outside.
  const std::string in = (host / "inside/a").string(), out = (host / "outside/a").string();
  race(
      [&] {
        (void)::rename(in.c_str(), out.c_str());
        (void)::rename(out.c_str(), in.c_str());
      },
      [&] {
        wasi::Fd fd = 0;
        EXPECT_NE(calls.open(kRoot, "a/b/../../secret", fd, {.lookup = kFollow, .base = Right::FdRead}), Errno::Success);
        EXPECT_NE(calls.open(kRoot, "a/b/c/../../../secret", fd, {.lookup = kFollow, .base = Right::FdRead}), Errno::Success);
      });
}

}  // namespace
}  // namespace umber::test
