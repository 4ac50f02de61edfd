// Every WASI import with hostile arguments: descriptors that are closed or of the wrong kind, pointers and lengths at and beyond
// every edge, paths that try to get out. The bytes of the input choose; where they end, a generator seeded by them goes
// on, so that short inputs make many calls too. What lies outside the preopened directory must be the same afterwards.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/wasi/fake_guest.h"

namespace {

using namespace umber;
using test::FakeGuest;
using test::GuestRange;
using test::kGuestBytes;

constexpr int kCallsPerInput = 48;
constexpr uint64_t kPatienceNs = 300'000;  // of a call that waits

/// Paths that a guest may try, good and bad.
constexpr std::string_view kPaths[] = {
    "file",       "dir",          "dir/file",     ".",           "..",          "../secret",     "dir/../file",     "dir/../../secret",
    "/",          "/etc/passwd",  "link_out",     "link_in",     "link_out/x",  "dir/",          "file/",           "new",
    "dir/new",    "loop",         "loop/x",       "dir/up/file", "dir/up/..",   "./././dir//.",  "link_dir/secret", "link_dir/new",
    "",           "a/b/c/d/e/f",  std::string_view("file\0x", 6),
};

/// outside/inside is preopened; outside/secret has to stay as it is.
struct World {
  World() {
    std::string pattern = (std::filesystem::temp_directory_path() / "umber-wasi-fuzz-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    root = pattern;
    // A guest may ask for any file size; this process shall not fill the disk.
    const rlimit limit{1 << 20, 1 << 20};
    setrlimit(RLIMIT_FSIZE, &limit);
    reset();
  }
  ~World() { std::filesystem::remove_all(root); }

  void reset() const {
    std::filesystem::remove_all(root / "inside");
    std::filesystem::create_directories(root / "inside/dir");
    std::ofstream(root / "secret") << "secret";
    std::ofstream(root / "inside/file") << "0123456789";
    std::ofstream(root / "inside/dir/file") << "content";
    std::filesystem::create_symlink("../secret", root / "inside/link_out");
    std::filesystem::create_symlink("..", root / "inside/link_dir");
    std::filesystem::create_symlink("dir/file", root / "inside/link_in");
    std::filesystem::create_symlink("loop", root / "inside/loop");
    std::filesystem::create_symlink("..", root / "inside/dir/up");
  }
  /// Aborts when something outside has changed.
  void check() const {
    std::string content;
    std::ifstream(root / "secret") >> content;
    size_t entries = 0;
    for (const auto& entry : std::filesystem::directory_iterator(root)) entries += entry.exists() ? 1 : 0;
    if (content == "secret" && entries == 2 && std::filesystem::hard_link_count(root / "secret") == 1) return;
    std::fprintf(stderr, "the guest got out of %s\n", root.c_str());
    std::abort();
  }

  std::filesystem::path root;
};

class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : data_(data), size_(size), random_(size) {
    for (size_t i = 0; i < size; ++i) random_.seed(random_() * 257 + data[i]);
  }
  uint64_t below(uint64_t bound) {
    if (at_ < size_) return data_[at_++] % bound;
    return random_() % bound;
  }
  uint64_t any() { return random_(); }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
  std::mt19937_64 random_;
};

/// Where the texts and lists that arguments point to lie.
struct Layout {
  std::vector<GuestRange> paths;
  uint32_t iovecs = 0;
  uint32_t subscriptions = 0;
};

Layout fill_memory(FakeGuest& guest, Choices& choices) {
  Layout layout;
  for (std::string_view path : kPaths) layout.paths.push_back(guest.put(path));
  layout.iovecs = guest.room(16 * sizeof(wasi::Iovec));
  for (uint32_t i = 0; i < 16; ++i) {
    const bool wild = choices.below(48) == 0;
    const wasi::Iovec iov{wild ? static_cast<uint32_t>(choices.any()) : static_cast<uint32_t>(choices.below(kGuestBytes)),
                          static_cast<uint32_t>(choices.below(wild ? UINT32_MAX : 256))};
    std::memcpy(guest.memory().data() + layout.iovecs + i * sizeof iov, &iov, sizeof iov);
  }
  layout.subscriptions = guest.room(8 * sizeof(wasi::snapshot0::Subscription));
  for (uint32_t i = 0; i < 8; ++i) {
    wasi::Subscription one{};
    one.userdata = i;
    one.tag = static_cast<uint8_t>(choices.below(4));
    one.u.clock.id = static_cast<wasi::ClockId>(choices.below(6));
    if (one.tag == 0) one.u.clock.timeout = choices.below(3) == 0 ? choices.any() : 1000;
    std::memcpy(guest.memory().data() + layout.subscriptions + i * sizeof one, &one, sizeof one);
  }
  return layout;
}

/// A call and the kinds of its arguments: f descriptor, d directory, c descriptor to close, p path, b buffer, v iovec list, o address for results, i subscriptions,
/// n small number (flags, clocks, whence), w any number, s size or offset, r rights.
struct Shape {
  const char* name;
  const char* kinds;
};
constexpr Shape kShapes[] = {
    {"args_get", "oo"}, {"args_sizes_get", "oo"}, {"environ_get", "oo"}, {"environ_sizes_get", "oo"}, {"clock_res_get", "no"},
    {"clock_time_get", "nwo"}, {"fd_advise", "fssn"}, {"fd_allocate", "fss"}, {"fd_close", "c"}, {"fd_datasync", "f"},
    {"fd_fdstat_get", "fo"}, {"fd_fdstat_set_flags", "fn"}, {"fd_fdstat_set_rights", "frr"}, {"fd_filestat_get", "fo"},
    {"fd_filestat_set_size", "fs"}, {"fd_filestat_set_times", "fwwn"}, {"fd_pread", "fvso"}, {"fd_prestat_get", "fo"},
    {"fd_prestat_dir_name", "fb"}, {"fd_pwrite", "fvso"}, {"fd_read", "fvo"}, {"fd_readdir", "fbso"}, {"fd_renumber", "cc"},
    {"fd_seek", "fsno"}, {"fd_sync", "f"}, {"fd_tell", "fo"}, {"fd_write", "fvo"}, {"path_create_directory", "dp"},
    {"path_filestat_get", "dnpo"}, {"path_filestat_set_times", "dnpwwn"}, {"path_link", "dnpdp"}, {"path_open", "dnpnrrno"},
    {"path_readlink", "dpbo"}, {"path_remove_directory", "dp"}, {"path_rename", "dpdp"}, {"path_symlink", "pdp"},
    {"path_unlink_file", "dp"}, {"poll_oneoff", "iono"}, {"proc_exit", "n"}, {"proc_raise", "n"}, {"sched_yield", ""},
    {"random_get", "b"}, {"sock_accept", "fno"}, {"sock_recv", "fvnoo"}, {"sock_send", "fvno"}, {"sock_shutdown", "fn"},
    // the sockets extensions: WAMR's, then WasmEdge's
    {"sock_open", "fnno"}, {"sock_bind", "fo"}, {"sock_listen", "fn"}, {"sock_connect", "fo"}, {"sock_addr_local", "fo"},
    {"sock_addr_remote", "fo"}, {"sock_addr_resolve", "ooooso"}, {"sock_send_to", "fvnoo"}, {"sock_recv_from", "fvnoo"},
    {"sock_close", "c"}, {"sock_set_reuse_addr", "fn"}, {"sock_get_tcp_no_delay", "fo"}, {"sock_set_recv_buf_size", "fw"},
    {"sock_get_linger", "foo"}, {"sock_set_linger", "fnw"}, {"sock_set_recv_timeout", "fw"}, {"sock_get_send_timeout", "fo"},
    {"sock_set_ip_multicast_loop", "fnn"}, {"sock_set_ip_add_membership", "fon"},
    {"sock_open", "nno"}, {"sock_bind", "fon"}, {"sock_connect", "fon"}, {"sock_accept", "fo"}, {"sock_recv_from", "fvonoo"},
    {"sock_recv_from", "fvonooo"}, {"sock_send_to", "fvonno"}, {"sock_getlocaladdr", "fooo"}, {"sock_getlocaladdr", "foo"},
    {"sock_getpeeraddr", "fooo"}, {"sock_getsockopt", "fnnoo"}, {"sock_setsockopt", "fnnos"}, {"sock_getaddrinfo", "bbooso"},
};
constexpr const Shape& kPathOpen = kShapes[31];
static_assert(std::string_view(kPathOpen.name) == "path_open" && std::size(kShapes) == 46 + 19 + 13);

/// What no caller should pass.
uint64_t hostile(Choices& choices) {
  static constexpr uint64_t kEdges[] = {0x7f, 0x80, 0xff, 0x100, 0x7fff'ffff, 0x8000'0000, 0xffff'ffff, kGuestBytes - 1, kGuestBytes,
                                        kGuestBytes + 1, INT64_MAX, uint64_t{1} << 63, UINT64_MAX, UINT64_MAX - 7, 0xffff'fff8};
  return choices.below(2) == 0 ? kEdges[choices.below(std::size(kEdges))] : choices.any();
}

void add_argument(Choices& choices, const Layout& layout, char kind, std::vector<uint64_t>& out) {
  switch (kind) {
    case 'f': return out.push_back(choices.below(10));
    case 'd': return out.push_back(choices.below(4) != 0 ? 3 : choices.below(10));
    case 'c': return out.push_back(choices.below(32) == 0 ? choices.below(10) : 5 + choices.below(6));
    case 'p': {
      const GuestRange path = layout.paths[choices.below(layout.paths.size())];
      return out.insert(out.end(), {path.address, path.size}), void();
    }
    case 'b': return out.insert(out.end(), {choices.below(kGuestBytes / 2) + kGuestBytes / 2 - 512, choices.below(1024)}), void();
    case 'v': return out.insert(out.end(), {layout.iovecs + 8 * choices.below(8), choices.below(10)}), void();
    case 'i': return out.push_back(layout.subscriptions);
    case 'o': return out.push_back(choices.below(kGuestBytes / 2) + kGuestBytes / 4);
    case 'n': return out.push_back(choices.below(4) == 0 ? choices.below(34) : choices.below(2));
    case 's': return out.push_back(choices.below(3) == 0 ? choices.any() >> choices.below(64) : choices.below(5000));
    case 'r': return out.push_back(wasi::kInheritableRights.bits() & (choices.below(2) == 0 ? choices.any() : UINT64_MAX));
    default: return out.push_back(choices.any() >> choices.below(64));
  }
}

/// Arguments as the call wants them, some of them replaced by hostile ones.
std::vector<uint64_t> arguments(Choices& choices, const Layout& layout, const Shape& shape, const wasm::FuncType& type) {
  std::vector<uint64_t> out;
  for (const char* kind = shape.kinds; *kind != 0; ++kind) add_argument(choices, layout, *kind, out);
  if (out.size() != type.params.size()) std::abort();
  for (size_t i = 0; i < out.size(); ++i) {
    if (choices.below(16) == 0) out[i] = hostile(choices);
    // The callback sees slots as a tier leaves them: the upper half of an i32 is zero.
    if (type.params[i] == wasm::ValType::I32) out[i] = static_cast<uint32_t>(out[i]);
  }
  return out;
}

/// The function of that name that takes what the shape gives: a range is two values.
wasm::FuncType type_of(FakeGuest& guest, const char* in_module, const Shape& shape) {
  size_t values = 0;
  for (const char* kind = shape.kinds; *kind != 0; ++kind) values += *kind == 'b' || *kind == 'v' || *kind == 'p' ? 2 : 1;
  Extern import;
  for (size_t nth = 0;; ++nth) {
    if (!guest.linker.find(in_module, shape.name, import, nth)) std::abort();
    const wasm::FuncType type = guest.store.type_of(*import.func).func();
    if (type.params.size() == values) return type;
  }
}

void give_streams(FakeGuest& guest) {
  int ends[2], pair[2];
  if (pipe2(ends, O_CLOEXEC) != 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) std::abort();
  (void)!write(ends[1], "input", 5);
  const int peers[] = {ends[1], pair[1]};
  Result<wasi::File*> input = guest.platform.adopt(ends[0], posix::Descriptor::Ownership::Owned);
  Result<wasi::File*> socket = guest.platform.adopt(pair[0], posix::Descriptor::Ownership::Owned);
  Result<wasi::File*> output = guest.platform.adopt(peers[0], posix::Descriptor::Ownership::Owned);
  if (!input.ok() || !socket.ok() || !output.ok()) std::abort();
  if (!guest.wasi.set_stdio(0, **input).ok() || !guest.wasi.set_stdio(1, **output).ok() || !guest.wasi.add_socket(**socket).ok()) std::abort();
  close(peers[1]);
}

void run_calls(FakeGuest& guest, Choices& choices) {
  const Layout layout = fill_memory(guest, choices);
  for (int i = 0; i < kCallsPerInput; ++i) {
    // Opening is what makes the other calls interesting.
    const Shape& shape = choices.below(4) == 0 ? kPathOpen : kShapes[choices.below(std::size(kShapes))];
    const bool is_extension = &shape >= kShapes + 46;
    const char* in_module = choices.below(4) == 0 && !is_extension ? "wasi_unstable" : "wasi_snapshot_preview1";
    const std::vector<uint64_t> args = arguments(choices, layout, shape, type_of(guest, in_module, shape));
    guest.execution.set_deadline(guest.clock.now_ns() + kPatienceNs);
    uint32_t result = 0;
    (void)guest.call_slots(shape.name, in_module, args, result);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  static uint32_t inputs = 0;
  if (++inputs % 64 == 0) world.reset();
  Choices choices(data, size);
  FakeGuest guest(choices.below(2) == 0 ? posix::Resolution::Kernel : posix::Resolution::Walk, {.max_fds = 16});
  Result<wasi::File*> directory = guest.platform.open_directory((world.root / "inside").c_str());
  if (!directory.ok() || !guest.wasi.add_preopen(**directory, "/").ok()) std::abort();
  give_streams(guest);
  if (!guest.wasi.allow_network("127.0.0.1:1").ok() || !guest.wasi.allow_network("listen:127.0.0.1:*").ok() ||
      !guest.wasi.add_to(guest.linker).ok())
    std::abort();
  if (!guest.wasi.add_arg("program").ok() || !guest.wasi.add_env("NAME", "value").ok()) std::abort();
  run_calls(guest, choices);
  world.check();
  return 0;
}
