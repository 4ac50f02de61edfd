// Programs in C and C++ (tests/wasi/guests), compiled when the tests run, natively and for WASI: output, exit code and the
// files they leave behind must be the same. Skipped where there is no clang for wasm32-wasi.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "decoder/validate/validate.h"
#include "interp/interpreter.h"
#include "ports/memfs/memfs.h"
#include "runtime/backtrace.h"
#include "tests/support/prompt.h"
#include "tests/support/support.h"
#include "tests/wasi/fixture.h"

namespace umber::test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

const std::filesystem::path kGuests = UMBER_SOURCE_DIR "/tests/wasi/guests";
const std::filesystem::path kBuilt = UMBER_BINARY_DIR "/wasi_guests";

bool can_compile() {
  static const bool can = std::system("clang-19 --version >/dev/null 2>&1") == 0 && std::filesystem::exists("/usr/include/wasm32-wasi");
  return can;
}

/// Compiles a guest unless that was done since its source changed; the path of the result.
std::filesystem::path compile(const std::string& source, bool native, const std::string& options = {}) {
  std::filesystem::create_directories(kBuilt);
  const bool cpp = source.ends_with(".cc");
  const std::filesystem::path from = kGuests / source, to = kBuilt / (source + (native ? ".native" : ".wasm"));
  if (std::filesystem::exists(to) && std::filesystem::last_write_time(to) > std::filesystem::last_write_time(from)) return to;
  const std::string compiler = cpp ? "clang++-19 -std=c++20 -fno-exceptions" : "clang-19";
  // Under a name of its own until it is complete: several tests may run at once.
  const std::string temporary = to.string() + "." + std::to_string(getpid());
  const std::string command = compiler + (native ? " -D_GNU_SOURCE" : " --target=wasm32-wasi -D_WASI_EMULATED_PROCESS_CLOCKS") + " -O2 -w " +
                              options + " -o " + temporary + " " + from.string();
  std::error_code failed;
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  std::filesystem::rename(temporary, to, failed);
  return to;
}

struct Outcome {
  std::string out;
  std::string err;
  int exit_code = -1;
  TrapKind trap = TrapKind::None;
  std::map<std::string, std::string> files;

  bool operator==(const Outcome&) const = default;
};

std::map<std::string, std::string> contents_of(const HostDirectory& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
    const std::string name = entry.path().lexically_relative(directory.path()).string();
    if (entry.is_symlink())
      files[name] = "-> " + std::filesystem::read_symlink(entry.path()).string();
    else
      files[name] = entry.is_directory() ? "/" : directory.read(name);
  }
  return files;
}

struct Call {
  std::vector<std::string> args = {};
  std::string input = {};
  posix::Resolution resolution = posix::Resolution::Kernel;
  bool in_memory = false;  ///< the guest's directory is a MemoryFileSystem
};

Outcome run_native(const std::filesystem::path& program, const Call& call) {
  HostDirectory work, streams;
  streams.write("in", call.input);
  std::string command = "cd " + work.path().string() + " && env -i GREETING=hello " + program.string();
  for (const std::string& arg : call.args) command += " '" + arg + "'";
  command += " <" + (streams / "in").string() + " >" + (streams / "out").string() + " 2>" + (streams / "err").string();
  const int status = std::system(command.c_str());
  return {streams.read("out"), streams.read("err"), WEXITSTATUS(status), TrapKind::None, contents_of(work)};
}

/// A guest with code: what the embedding looks like.
class Program {
 public:
  Program(const std::filesystem::path& path, const Call& call)
      : bytes_(read_file(path.string())),
        module_(platform_.allocator),
        posix_(platform_.allocator, call.resolution),
        files_(platform_.allocator, {}, &posix_),
        wasi_(platform_.allocator, posix_),
        tier_(platform_.allocator),
        store_(platform_.allocator, {}, &platform_.virtual_memory, &platform_.clock),
        linker_(store_),
        execution_(store_, {.on_request = &Wasi::on_request, .on_request_state = &wasi_}) {
    const Status parsed = wasm::parse(bytes_, wasm::Features::all(), module_);
    EXPECT_TRUE(parsed.ok()) << parsed.error().message().c_str();
    EXPECT_TRUE(wasm::validate(module_, platform_.allocator).ok() && execution_.init().ok());
    EXPECT_TRUE(wasi_.add_arg("program").ok() && wasi_.add_env("GREETING", "hello").ok());
    for (const std::string& arg : call.args) EXPECT_TRUE(wasi_.add_arg(arg).ok());
    EXPECT_TRUE(wasi_.add_to(linker_).ok());
    Result<wasi::File*> directory = call.in_memory ? files_.open_root() : posix_.open_directory(work.path().c_str());
    EXPECT_TRUE(directory.ok() && wasi_.add_preopen(**directory, ".").ok());
  }
  void connect(wasi::Fd stream, int fd) {
    Result<wasi::File*> file = posix_.adopt(fd, posix::Descriptor::Ownership::Owned);
    EXPECT_TRUE(file.ok() && wasi_.set_stdio(stream, **file).ok());
  }
  RunStatus run() {
    Result<Instance*> instance = linker_.instantiate(module_, tier_, execution_);
    EXPECT_TRUE(instance.ok()) << instance.error().message().c_str();
    const Func* start = instance.ok() ? (*instance)->find_func("_start") : nullptr;
    EXPECT_NE(start, nullptr);
    Slot none{};
    return start == nullptr ? RunStatus::Trapped : execution_.call(*start, &none);
  }
  Execution& execution() { return execution_; }
  uint64_t now() { return platform_.clock.now_ns(); }

  HostDirectory work;

 private:
  linux_port::Platform platform_;
  std::vector<uint8_t> bytes_;
  wasm::Module module_;
  posix::PosixPlatform posix_;
  memfs::MemoryFileSystem files_;
  Wasi wasi_;
  Interpreter tier_;
  Store store_;
  Linker linker_;
  Execution execution_;
};

Outcome run_guest(const std::filesystem::path& path, const Call& call) {
  HostDirectory streams;
  streams.write("in", call.input);
  Program program(path, call);
  program.connect(0, open((streams / "in").c_str(), O_RDONLY | O_CLOEXEC));
  program.connect(1, open((streams / "out").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
  program.connect(2, open((streams / "err").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
  Outcome outcome;
  outcome.exit_code = 0;
  if (program.run() != RunStatus::Done) {
    const Trap& trap = program.execution().last_trap();
    outcome.exit_code = trap.exit_code;
    outcome.trap = trap.kind == TrapKind::Exit ? TrapKind::None : trap.kind;
  }
  outcome.out = streams.read("out");
  outcome.err = streams.read("err");
  outcome.files = contents_of(program.work);
  return outcome;
}

class Programs : public ::testing::TestWithParam<posix::Resolution> {
 protected:
  void SetUp() override {
    if (!can_compile()) GTEST_SKIP() << "no clang-19 with wasi-libc";
  }
  void compare(const std::string& source, Call call) {
    call.resolution = GetParam();
    const Outcome native = run_native(compile(source, true), call), guest = run_guest(compile(source, false), call);
    EXPECT_EQ(guest.out, native.out);
    EXPECT_EQ(guest.err, native.err);
    EXPECT_EQ(guest.exit_code, native.exit_code);
    EXPECT_EQ(guest.trap, TrapKind::None);
    if (!call.in_memory) {
      EXPECT_EQ(guest.files, native.files);
    }
  }
};
UMBER_BOTH_RESOLUTIONS(Programs);

TEST_P(Programs, Files) { compare("files.c", {}); }
TEST_P(Programs, Directories) { compare("directories.c", {}); }
TEST_P(Programs, Streams) { compare("streams.c", {.args = {"one", "two words", ""}, .input = "first\nsecond\nthird without end"}); }
TEST_P(Programs, Iostreams) { compare("iostreams.cc", {.input = "the quick brown fox jumps over the lazy dog and the cat"}); }

TEST_P(Programs, FilesInMemory) { compare("files.c", {.in_memory = true}); }
TEST_P(Programs, DirectoriesInMemory) { compare("directories.c", {.in_memory = true}); }

TEST_P(Programs, Snapshot0) {
  const Outcome guest = run_guest(compile("unstable.c", false, "-nostdlib"), {.resolution = GetParam()});
  EXPECT_EQ(guest.trap, TrapKind::None);
  EXPECT_EQ(guest.exit_code, 0);
  EXPECT_EQ(guest.out, "old program done\n");
  EXPECT_EQ(guest.files, (std::map<std::string, std::string>{{"old", "0123456789"}}));
}

class KilledPrograms : public ::testing::TestWithParam<const char*> {};

TEST_P(KilledPrograms, EndAtOnce) {
  if (!can_compile()) GTEST_SKIP() << "no clang-19 with wasi-libc";
  const std::filesystem::path path = compile("spin.c", false);
  Program program(path, {.args = {GetParam()}});
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  program.connect(0, ends[0]);
  steady_clock::time_point killed;
  std::thread killer([&] {
    std::this_thread::sleep_for(100ms);
    killed = steady_clock::now();
    program.execution().request_kill();
  });
  EXPECT_EQ(program.run(), RunStatus::Trapped);
  const auto ended = steady_clock::now();
  killer.join();
  ::close(ends[1]);
  EXPECT_EQ(program.execution().last_trap().kind, TrapKind::Killed);
  EXPECT_LT(ended - killed, kPrompt);
}
INSTANTIATE_TEST_SUITE_P(However, KilledPrograms, ::testing::Values("read", "sleep", "loop"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Programs, ADeadlineEndsASleep) {
  if (!can_compile()) GTEST_SKIP() << "no clang-19 with wasi-libc";
  Program program(compile("spin.c", false), {.args = {"sleep"}});
  program.execution().set_deadline(program.now() + 50'000'000);
  EXPECT_EQ(program.run(), RunStatus::Trapped);
  EXPECT_EQ(program.execution().last_trap().kind, TrapKind::DeadlineExceeded);
}

}  // namespace
}  // namespace umber::test
