#include "ports/containers/container_host.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "ports/containers/count_tree.h"

namespace umber::posix {

using container::Grant;
using container::GrantKind;

namespace {

using Path = FixedText<wasi::kMaxPath + 1>;

Error os_error(StringRef what, const Grant& grant) {
  const ErrorCode code = errno == EACCES || errno == EPERM ? ErrorCode::Denied : ErrorCode::Io;
  return Error::of(code, what, " for ", Quoted{grant.text()}, ": ", std::strerror(errno));
}

/// Makes the volume's directory, unless it is there.
Status find_volume(const char* root, const Grant& grant, Path& path) {
  if (root == nullptr) return Error::of(ErrorCode::Unsupported, "there are no volumes here, for ", Quoted{grant.text()});
  path.add(root, "/", grant.subject());
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return os_error("cannot create a volume", grant);
  return {};
}

/// One resolved address of the grant, used by `use`, which returns true on success.
template <class Use>
int with_address(const Grant& grant, bool passive, Use use) {
  FixedText<256> address;
  address.add(grant.subject());
  FixedText<8> port;
  port.add(grant.port);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  // Numbers only: looking up a name may take seconds, in which nobody could kill the container.
  hints.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST | (passive ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), port.c_str(), &hints, &found) != 0) {
    errno = EADDRNOTAVAIL;
    return -1;
  }
  int result = -1;
  for (const addrinfo* each = found; each != nullptr && result < 0; each = each->ai_next) {
    const int fd = socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, each->ai_protocol);
    if (fd < 0) continue;
    if (use(fd, *each)) {
      result = fd;
      continue;
    }
    const int error = errno;
    close(fd);
    errno = error;
  }
  freeaddrinfo(found);
  return result;
}

int open_listener(const Grant& grant) {
  return with_address(grant, true, [](int fd, const addrinfo& address) {
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    constexpr int kBacklog = 16;
    return bind(fd, address.ai_addr, address.ai_addrlen) == 0 && listen(fd, kBacklog) == 0;
  });
}

/// Does not wait for the peer either: the guest's first read or write does.
int open_connection(const Grant& grant) {
  return with_address(grant, false, [](int fd, const addrinfo& address) {
    return connect(fd, address.ai_addr, address.ai_addrlen) == 0 || errno == EINPROGRESS;
  });
}

}  // namespace

ContainerHost::ContainerHost(Allocator& allocator, Clock& clock, VirtualMemory* virtual_memory, const char* volume_root)
    : allocator_(allocator), clock_(clock), virtual_memory_(virtual_memory), volume_root_(volume_root) {
  utsname name;
  if (uname(&name) == 0) machine_.add(static_cast<const char*>(name.machine));
}

wasi::Platform* ContainerHost::create_platform(Allocator& allocator) { return allocator.create<PosixPlatform>(allocator); }

void ContainerHost::release_platform(Allocator& allocator, wasi::Platform* platform) {
  allocator.destroy(static_cast<PosixPlatform*>(platform));
}

Result<wasi::File*> ContainerHost::open(wasi::Platform& platform, const Grant& grant) {
  const auto& posix_platform = static_cast<const PosixPlatform&>(platform);
  if (grant.kind == GrantKind::Directory || grant.kind == GrantKind::Volume) {
    Path path;
    if (grant.kind == GrantKind::Volume)
      UMBER_TRY(find_volume(volume_root_, grant, path));
    else
      path.add(grant.subject());
    return posix_platform.open_directory(path.c_str());
  }
  const int fd = grant.kind == GrantKind::Listen ? open_listener(grant) : open_connection(grant);
  if (fd < 0) return os_error(grant.kind == GrantKind::Listen ? "cannot listen" : "cannot connect", grant);
  return posix_platform.adopt(fd, Descriptor::Ownership::Owned);
}

/// None either when the descriptor is closed.
wasi::File* ContainerHost::open_input(wasi::Platform& platform) {
  if (input_ < 0) return nullptr;
  const Result<wasi::File*> file = static_cast<const PosixPlatform&>(platform).adopt(input_, Descriptor::Ownership::Borrowed);
  return file.ok() ? file.value() : nullptr;
}

Status ContainerHost::count_volume(const Grant& grant, const container::StopSign& stop, container::VolumeUsage& out) {
  Path path;
  UMBER_TRY(find_volume(volume_root_, grant, path));
  return count_tree(allocator_, path.c_str(), stop, out);
}

bool ContainerHost::variable(StringRef name, StringRef& value) {
  FixedText<256> text;
  text.add(name);
  const char* found = std::getenv(text.c_str());
  if (found == nullptr) return false;
  value = found;
  return true;
}

}  // namespace umber::posix
