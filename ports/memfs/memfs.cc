#include "ports/memfs/memfs.h"

#include "ports/memfs/handle.h"
#include "wasi/resolve.h"

namespace umber::memfs {

using wasi::Errno;
using wasi::FileType;

MemoryFileSystem::MemoryFileSystem(Allocator& allocator, const Limits& limits, wasi::Platform* clock)
    : store_{allocator, limits, clock} {}

bool MemoryFileSystem::make_root() {
  if (root_ != nullptr) return true;
  root_ = store_.make(FileType::Directory);
  if (root_ == nullptr) return false;
  root_->names = 1;
  return true;
}

namespace {

/// Frees everything below a directory. Each step removes an entry of the deepest directory, so depth needs no stack.
void remove_all(NodeStore& store, Node& root) {
  Node* at = &root;
  for (;;) {
    if (at->entries.empty()) {
      if (at == &root) return;
      Node* parent = at->parent;
      remove_entry(store, *parent, parent->entries.back());
      at = parent;
    } else if (Entry& entry = at->entries.back(); entry.node->type == FileType::Directory) {
      at = entry.node;
    } else {
      remove_entry(store, *at, entry);
    }
  }
}

}  // namespace

MemoryFileSystem::~MemoryFileSystem() {
  if (root_ == nullptr) return;
  remove_all(store_, *root_);
  root_->names = 0;
  store_.release(*root_);
}

/// Walks to the directory of `path`'s last component, making what is missing; `path` becomes that component.
Errno MemoryFileSystem::make_directories(StringRef& path, Node*& directory) {
  for (size_t slash = 0; slash < path.size(); ++slash) {
    if (path[slash] != '/') continue;
    const StringRef name = path.substr(0, slash);
    if (name.empty() || name == "." || name == ".." || name.size() > wasi::kMaxName) return Errno::Inval;
    Entry* entry = find_entry(*directory, name);
    Node* next = entry != nullptr ? entry->node : store_.make(FileType::Directory);
    if (next == nullptr) return Errno::NoSpc;
    if (next->type != FileType::Directory) return Errno::NotDir;
    if (entry == nullptr) {
      const Errno error = add_entry(store_, *directory, name, *next);
      if (error != Errno::Success) return store_.release(*next), error;
    }
    directory = next;
    path = path.substr(slash + 1);
    slash = SIZE_MAX;  // from the beginning of what is left
  }
  return path.empty() || path == "." || path == ".." || path.size() > wasi::kMaxName ? Errno::Inval : Errno::Success;
}

Status MemoryFileSystem::add_blob(StringRef path, std::span<const uint8_t> bytes) {
  if (!make_root()) return Error::out_of_memory("a file system");
  StringRef name = path;
  Node* directory = root_;
  Errno error = make_directories(name, directory);
  if (error == Errno::Success && find_entry(*directory, name) != nullptr) error = Errno::Exist;
  Node* node = error == Errno::Success ? store_.make(FileType::RegularFile) : nullptr;
  if (node != nullptr) {
    node->is_blob = true;
    node->blob = bytes;
    node->size = bytes.size();
    error = add_entry(store_, *directory, name, *node);
    if (error != Errno::Success) store_.release(*node);
  } else if (error == Errno::Success) {
    error = Errno::NoSpc;
  }
  if (error == Errno::Success) return {};
  if (error == Errno::NoSpc) return Error::of(ErrorCode::LimitReached, "no room for the blob ", Quoted{path});
  return Error::of(ErrorCode::InvalidArgument, "not a path for a new blob: ", Quoted{path});
}

Result<wasi::File*> MemoryFileSystem::open_root() {
  wasi::File* file = make_root() ? new_handle(store_, *root_, {}) : nullptr;
  if (file == nullptr) return Error::out_of_memory("a file");
  return file;
}

}  // namespace umber::memfs
