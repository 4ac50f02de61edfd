// What the in-memory file system is made of: nodes, held by their names and by open files, and freed with the last of both.
//
// A file's bytes lie in pages of a fixed size, so that appending never moves what is there and needs no large free block;
// pages that nobody wrote do not exist and read as zeros. A directory keeps its entries in the order they were made, each
// with a number that never comes again: the cookies of fd_readdir, stable whatever is deleted meanwhile.
#pragma once

#include "base/vec.h"
#include "wasi/platform.h"

namespace umber::memfs {

struct Limits {
  size_t max_bytes = sizeof(void*) == 8 ? 64 << 20 : 64 << 10;  ///< of pages, nodes and names together
  size_t page_bytes = sizeof(void*) == 8 ? 4096 : 256;  ///< a power of two
};

struct Node;

struct Entry {
  char* name;  ///< not zero-terminated
  uint32_t name_size;
  uint64_t number;  ///< ascending within the directory
  Node* node;
};

/// A file, directory or symbolic link; which members mean something follows from `type`.
struct Node {
  Node(Allocator& allocator, wasi::FileType type, uint64_t ino) : type(type), ino(ino), pages(allocator), entries(allocator) {}

  wasi::FileType type;
  bool is_blob = false;     ///< `blob` instead of pages
  uint32_t names = 0;       ///< entries that refer to it (the root: one of its own)
  uint32_t handles = 0;     ///< open files
  uint64_t ino;
  wasi::Timestamp atim = 0;
  wasi::Timestamp mtim = 0;
  wasi::Timestamp ctim = 0;

  // Regular files; symbolic links: the target, in the first page.
  wasi::FileSize size = 0;
  Vec<uint8_t*> pages;  ///< null: zeros
  std::span<const uint8_t> blob;

  // Directories.
  Vec<Entry> entries;
  Node* parent = nullptr;  ///< null for the root, and once removed
  uint64_t next_number = 2;  ///< "." and ".." are 0 and 1
  uint32_t subdirectories = 0;
};

/// Where nodes and their bytes come from, and what has been charged for them.
struct NodeStore {
  Allocator& allocator;
  Limits limits;
  wasi::Platform* clock;
  size_t used = 0;
  uint64_t next_ino = 1;

  /// Zeroed; null beyond the limit or without memory.
  [[nodiscard]] void* take(size_t bytes);
  void give_back(void* memory, size_t bytes);
  [[nodiscard]] wasi::Timestamp now();
  /// With no name and no handle. Null beyond the limit or without memory.
  [[nodiscard]] Node* make(wasi::FileType type);
  /// Frees the node if nothing holds it any more.
  void release(Node& node);
};

// -- Data of a regular file -----------------------------------------------------------------------------------------------

/// Bytes from `offset` on; fewer at the end.
size_t read_data(const NodeStore& store, const Node& node, wasi::FileSize offset, std::span<uint8_t> out);
/// Writes and grows. NoSpc (or Fbig) without room for all of it; then the first part may be written, see `count`.
wasi::Errno write_data(NodeStore& store, Node& node, wasi::FileSize offset, std::span<const uint8_t> bytes, size_t& count);
wasi::Errno resize_data(NodeStore& store, Node& node, wasi::FileSize size);
/// Makes the pages of a range exist.
wasi::Errno allocate_data(NodeStore& store, Node& node, wasi::FileSize offset, wasi::FileSize length);

// -- Names in a directory -------------------------------------------------------------------------------------------------

/// Null when there is no such entry.
[[nodiscard]] Entry* find_entry(Node& directory, StringRef name);
/// Adds a name for `node`, which must not be there yet. NoSpc.
wasi::Errno add_entry(NodeStore& store, Node& directory, StringRef name, Node& node);
/// Removes the name, and the node if that was the last that held it.
void remove_entry(NodeStore& store, Node& directory, Entry& entry);
/// `directory` is `node` or lies below it.
[[nodiscard]] bool is_within(const Node& directory, const Node& node);

}  // namespace umber::memfs
