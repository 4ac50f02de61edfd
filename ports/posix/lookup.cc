// Looking up names. The system's resolver waits as long as it likes and can't be interrupted, so it runs in a thread of its own that
// writes to a pipe when it knows; whoever gives up closes his end and goes, and the thread frees what is left. That outlives any
// guest and its allocator, so it comes from malloc, and there are never more than a few of them.
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "ports/posix/convert.h"
#include "ports/posix/socket_address.h"

namespace umber::posix {

using wasi::Errno;
using wasi::SocketAddress;

namespace {

constexpr size_t kMaxAddresses = 16;
constexpr int kMaxLookups = 16;

std::atomic<int> lookups{0};

/// Shared by the thread and the file; the last one frees it.
struct Lookup {
  std::atomic<int> users{2};
  int write_end = -1;
  char host[wasi::kMaxName + 1] = {};
  char service[wasi::kMaxName + 1] = {};
  Errno error = Errno::Success;
  SocketAddress found[kMaxAddresses];
  size_t count = 0;

  void leave() {
    if (users.fetch_sub(1) != 1) return;
    this->~Lookup();
    std::free(this);
    lookups.fetch_sub(1);
  }
};

Errno errno_of_lookup(int error) {
  switch (error) {
    case 0: return Errno::Success;
    case EAI_AGAIN: return Errno::TimedOut;
    case EAI_MEMORY: return Errno::NoMem;
    case EAI_SERVICE: return Errno::Inval;
    case EAI_SYSTEM: return errno_of(errno);
    default: return Errno::NoEnt;
  }
}

void* run(void* state) {
  auto& lookup = *static_cast<Lookup*>(state);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;  // each address once
  addrinfo* list = nullptr;
  lookup.error = errno_of_lookup(getaddrinfo(lookup.host[0] == 0 ? nullptr : lookup.host, lookup.service[0] == 0 ? nullptr : lookup.service,
                                             &hints, &list));
  for (const addrinfo* at = list; at != nullptr && lookup.count < kMaxAddresses; at = at->ai_next)
    if (from_system(*at->ai_addr, at->ai_addrlen, lookup.found[lookup.count])) ++lookup.count;
  if (list != nullptr) freeaddrinfo(list);
  if (lookup.error == Errno::Success && lookup.count == 0) lookup.error = Errno::NoEnt;
  const int write_end = lookup.write_end;
  (void)!write(write_end, "", 1);
  close(write_end);
  lookup.leave();
  return nullptr;
}

class LookupFile final : public wasi::File {
 public:
  LookupFile(Allocator& allocator, Lookup& lookup, int read_end) : allocator_(allocator), lookup_(lookup), read_end_(read_end) {}
  ~LookupFile() = default;
  Errno close() override {
    ::close(read_end_);
    lookup_.leave();
    allocator_.destroy(this);
    return Errno::Success;
  }
  wasi::FileType type() const override { return wasi::FileType::Unknown; }
  int wait_handle() const override { return read_end_; }
  Errno read(wasi::ReadParts parts, size_t& count) override {
    char byte = 0;
    const ssize_t result = uninterrupted([&] { return ::read(read_end_, &byte, 1); });
    if (result < 0) return errno_of(errno);
    if (lookup_.error != Errno::Success) return lookup_.error;
    const size_t bytes = lookup_.count * sizeof(SocketAddress);
    count = bytes < parts[0].size ? bytes : parts[0].size / sizeof(SocketAddress) * sizeof(SocketAddress);
    std::memcpy(parts[0].data, lookup_.found, count);
    return Errno::Success;
  }

 private:
  Allocator& allocator_;
  Lookup& lookup_;
  const int read_end_;
};

}  // namespace

Errno start_lookup(Allocator& allocator, StringRef host, StringRef service, wasi::File*& out) {
  if (host.size() > wasi::kMaxName || service.size() > wasi::kMaxName) return Errno::NameTooLong;
  if (lookups.fetch_add(1) >= kMaxLookups) {
    lookups.fetch_sub(1);
    return Errno::Nfile;
  }
  void* memory = std::malloc(sizeof(Lookup));
  int ends[2];
  if (memory == nullptr || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    const Errno error = memory == nullptr ? Errno::NoMem : errno_of(errno);
    std::free(memory);
    lookups.fetch_sub(1);
    return error;
  }
  auto* lookup = new (memory) Lookup;
  lookup->write_end = ends[1];
  std::memcpy(lookup->host, host.data(), host.size());
  std::memcpy(lookup->service, service.data(), service.size());
  auto* file = allocator.create<LookupFile>(allocator, *lookup, ends[0]);
  pthread_t thread;
  if (file != nullptr && pthread_create(&thread, nullptr, &run, lookup) == 0) {
    pthread_detach(thread);
    out = file;
    return Errno::Success;
  }
  const Errno error = file == nullptr ? Errno::NoMem : Errno::Again;
  ::close(ends[1]);
  if (file != nullptr)
    file->close();
  else
    ::close(ends[0]), lookup->leave();
  lookup->leave();
  return error == Errno::Again ? Errno::Nfile : error;
}

}  // namespace umber::posix
