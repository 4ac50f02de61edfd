#include "ports/memfs/node.h"

#include <cstring>

namespace umber::memfs {

using wasi::Errno;
using wasi::FileSize;
using wasi::FileType;

void* NodeStore::take(size_t bytes) {
  if (bytes > limits.max_bytes - used) return nullptr;
  void* memory = allocator.allocate(bytes, alignof(std::max_align_t));
  if (memory == nullptr) return nullptr;
  std::memset(memory, 0, bytes);
  used += bytes;
  return memory;
}

void NodeStore::give_back(void* memory, size_t bytes) {
  if (memory == nullptr) return;
  allocator.release(memory, bytes, alignof(std::max_align_t));
  used -= bytes;
}

wasi::Timestamp NodeStore::now() {
  wasi::Timestamp time = 0;
  if (clock != nullptr) (void)clock->clock_time(wasi::ClockId::Realtime, time);
  return time;
}

Node* NodeStore::make(FileType type) {
  void* memory = take(sizeof(Node));
  if (memory == nullptr) return nullptr;
  auto* node = new (memory) Node(allocator, type, next_ino++);
  node->atim = node->mtim = node->ctim = now();
  return node;
}

void NodeStore::release(Node& node) {
  if (node.names != 0 || node.handles != 0) return;
  for (uint8_t* page : node.pages) give_back(page, limits.page_bytes);
  used -= node.pages.size() * sizeof(uint8_t*);
  node.~Node();
  give_back(&node, sizeof(Node));
}

namespace {

/// A part of a file within one page.
struct PagePart {
  size_t page;
  size_t offset;
  size_t size;
};

PagePart part_at(const NodeStore& store, FileSize offset, FileSize size) {
  const size_t page_bytes = store.limits.page_bytes;
  const size_t in_page = static_cast<size_t>(offset % page_bytes);
  const size_t room = page_bytes - in_page;
  return {static_cast<size_t>(offset / page_bytes), in_page, size < room ? static_cast<size_t>(size) : room};
}

/// The table of pages reaches to `size`; charged like the pages.
Errno reach(NodeStore& store, Node& node, FileSize size) {
  const FileSize pages = size / store.limits.page_bytes + (size % store.limits.page_bytes != 0 ? 1 : 0);
  if (pages <= node.pages.size()) return Errno::Success;
  const FileSize more = pages - node.pages.size();
  if (more > (store.limits.max_bytes - store.used) / sizeof(uint8_t*)) return Errno::NoSpc;
  if (!node.pages.resize(static_cast<size_t>(pages))) return Errno::NoSpc;
  store.used += static_cast<size_t>(more) * sizeof(uint8_t*);
  return Errno::Success;
}

Errno ensure_page(NodeStore& store, Node& node, size_t page) {
  if (node.pages[page] == nullptr) node.pages[page] = static_cast<uint8_t*>(store.take(store.limits.page_bytes));
  return node.pages[page] == nullptr ? Errno::NoSpc : Errno::Success;
}

}  // namespace

size_t read_data(const NodeStore& store, const Node& node, FileSize offset, std::span<uint8_t> out) {
  if (offset >= node.size || out.empty()) return 0;
  const FileSize left = node.size - offset;
  const size_t size = left < out.size() ? static_cast<size_t>(left) : out.size();
  if (node.is_blob) {
    std::memcpy(out.data(), node.blob.data() + offset, size);
    return size;
  }
  for (size_t done = 0; done < size;) {
    const PagePart part = part_at(store, offset + done, size - done);
    const uint8_t* page = part.page < node.pages.size() ? node.pages[part.page] : nullptr;
    if (page == nullptr)
      std::memset(out.data() + done, 0, part.size);
    else
      std::memcpy(out.data() + done, page + part.offset, part.size);
    done += part.size;
  }
  return size;
}

Errno write_data(NodeStore& store, Node& node, FileSize offset, std::span<const uint8_t> bytes, size_t& count) {
  count = 0;
  if (offset > SIZE_MAX / 2 || bytes.size() > SIZE_MAX / 2 - offset) return Errno::Fbig;
  while (count < bytes.size()) {
    const PagePart part = part_at(store, offset + count, bytes.size() - count);
    Errno error = reach(store, node, offset + count + part.size);
    if (error == Errno::Success) error = ensure_page(store, node, part.page);
    if (error != Errno::Success) return error;
    std::memcpy(node.pages[part.page] + part.offset, bytes.data() + count, part.size);
    count += part.size;
    if (offset + count > node.size) node.size = offset + count;
  }
  return Errno::Success;
}

Errno resize_data(NodeStore& store, Node& node, FileSize size) {
  if (size > SIZE_MAX / 2) return Errno::Fbig;
  if (size >= node.size) {
    const Errno error = reach(store, node, size);
    if (error == Errno::Success) node.size = size;
    return error;
  }
  // What grows again later must read as zeros: whole pages go, the rest of the last one is cleared.
  const PagePart last = part_at(store, size, 0);
  const size_t kept = last.page + (last.offset != 0 ? 1 : 0);
  while (node.pages.size() > kept) {
    store.give_back(node.pages.back(), store.limits.page_bytes);
    store.used -= sizeof(uint8_t*);
    node.pages.pop();
  }
  if (last.offset != 0 && last.page < node.pages.size() && node.pages[last.page] != nullptr)
    std::memset(node.pages[last.page] + last.offset, 0, store.limits.page_bytes - last.offset);
  node.size = size;
  return Errno::Success;
}

Errno allocate_data(NodeStore& store, Node& node, FileSize offset, FileSize length) {
  const FileSize end = offset + length;  // both at most INT64_MAX
  if (end > SIZE_MAX / 2) return Errno::Fbig;
  Errno error = reach(store, node, end);
  for (FileSize at = offset; error == Errno::Success && at < end; at += part_at(store, at, end - at).size)
    error = ensure_page(store, node, part_at(store, at, end - at).page);
  if (error == Errno::Success && end > node.size) node.size = end;
  return error;
}

Entry* find_entry(Node& directory, StringRef name) {
  for (Entry& entry : directory.entries)
    if (StringRef(entry.name, entry.name_size) == name) return &entry;
  return nullptr;
}

Errno add_entry(NodeStore& store, Node& directory, StringRef name, Node& node) {
  if (store.limits.max_bytes - store.used < sizeof(Entry)) return Errno::NoSpc;
  auto* copy = static_cast<char*>(store.take(name.size()));
  if (copy == nullptr) return Errno::NoSpc;
  std::memcpy(copy, name.data(), name.size());
  const Entry entry{copy, static_cast<uint32_t>(name.size()), directory.next_number, &node};
  if (!directory.entries.push(entry)) {
    store.give_back(copy, name.size());
    return Errno::NoSpc;
  }
  store.used += sizeof(Entry);
  ++directory.next_number;
  ++node.names;
  if (node.type == FileType::Directory) {
    node.parent = &directory;
    ++directory.subdirectories;
  }
  directory.mtim = directory.ctim = node.ctim = store.now();
  return Errno::Success;
}

void remove_entry(NodeStore& store, Node& directory, Entry& entry) {
  Node& node = *entry.node;
  store.give_back(entry.name, entry.name_size);
  Entry* last = directory.entries.end() - 1;
  std::memmove(static_cast<void*>(&entry), &entry + 1, static_cast<size_t>(last - &entry) * sizeof(Entry));
  directory.entries.pop();
  store.used -= sizeof(Entry);
  directory.mtim = directory.ctim = node.ctim = store.now();
  if (node.type == FileType::Directory) {
    node.parent = nullptr;
    --directory.subdirectories;
  }
  --node.names;
  store.release(node);
}

bool is_within(const Node& directory, const Node& node) {
  for (const Node* at = &directory; at != nullptr; at = at->parent)
    if (at == &node) return true;
  return false;
}

}  // namespace umber::memfs
