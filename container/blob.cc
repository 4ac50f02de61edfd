#include "container/blob.h"

#include <cstring>

namespace umber::container {

using wasi::Errno;
using wasi::File;
using wasi::FileType;

namespace {

/// Bytewise; `b` is followed by `end` if that is not zero.
int compare(StringRef a, StringRef b, char end = 0) {
  const size_t common = a.size() < b.size() ? a.size() : b.size();
  if (const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common); order != 0) return order;
  if (a.size() < b.size()) return -1;
  if (end == 0) return a.size() == b.size() ? 0 : 1;
  if (a.size() == b.size()) return -1;
  return static_cast<uint8_t>(a[b.size()]) - static_cast<uint8_t>(end);
}

/// The first of sorted blobs whose path behind `prefix` bytes is not less than `name` (and `end`).
size_t lower_bound(std::span<const Blob> blobs, size_t prefix, StringRef name, char end = 0) {
  size_t low = 0, high = blobs.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (compare(blobs[middle].path.substr(prefix), name, end) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/// The blobs below the directory `name`.
std::span<const Blob> below(std::span<const Blob> blobs, size_t prefix, StringRef name) {
  const size_t first = lower_bound(blobs, prefix, name, '/');
  return blobs.subspan(first, lower_bound(blobs, prefix, name, '/' + 1) - first);
}

/// The component that begins at `from`.
StringRef component(StringRef path, size_t from) {
  size_t end = from;
  while (end < path.size() && path[end] != '/') ++end;
  return path.substr(from, end - from);
}

bool is_path(StringRef path) {
  for (size_t at = 0; at <= path.size();) {
    const StringRef name = component(path, at);
    if (name.empty() || name == "." || name == ".." || name.size() > wasi::kMaxName) return false;
    if (std::memchr(name.data(), 0, name.size()) != nullptr) return false;
    at += name.size() + 1;
  }
  return path.size() <= wasi::kMaxPath;
}

void swap(Blob& a, Blob& b) {
  const Blob kept = a;
  a = b;
  b = kept;
}

/// Of a heap whose root may be too small.
void sift_down(std::span<Blob> heap, size_t root) {
  for (size_t child = 2 * root + 1; child < heap.size(); child = 2 * root + 1) {
    if (child + 1 < heap.size() && compare(heap[child].path, heap[child + 1].path) < 0) ++child;
    if (compare(heap[root].path, heap[child].path) >= 0) return;
    swap(heap[root], heap[child]);
    root = child;
  }
}

/// A number for each file and directory: the first blob that it is or holds, and how much of its path names it.
uint64_t number_of(const Blob* all, const Blob* first, size_t named) { return uint64_t{named} << 32 | (static_cast<size_t>(first - all) + 1); }

wasi::Filestat stat_of(FileType type, uint64_t ino, uint64_t size) {
  wasi::Filestat out{};
  out.ino = ino;
  out.filetype = type;
  out.nlink = 1;
  out.size = size;
  return out;
}

class BlobFile final : public File {
 public:
  BlobFile(Allocator& allocator, const Blob* all, const Blob& blob) : allocator_(allocator), all_(all), blob_(blob) {}
  ~BlobFile() = default;

  static wasi::Filestat stat_of_blob(const Blob* all, const Blob& blob) {
    return stat_of(FileType::RegularFile, number_of(all, &blob, blob.path.size()), blob.bytes.size());
  }
  Errno close() override {
    allocator_.destroy(this);
    return Errno::Success;
  }
  FileType type() const override { return FileType::RegularFile; }
  const void* file_system() const override { return all_; }
  Errno stat(wasi::Filestat& out) override {
    out = stat_of_blob(all_, blob_);
    return Errno::Success;
  }
  Errno set_times(const wasi::TimeChange&) override { return Errno::Rofs; }
  Errno set_flags(wasi::FdFlags) override { return Errno::Success; }
  Errno sync(bool) override { return Errno::Success; }
  Errno advise(wasi::FileSize, wasi::FileSize, wasi::Advice) override { return Errno::Success; }
  Errno read(wasi::ReadParts parts, size_t& count) override {
    const Errno error = read_at(parts, position_, count);
    position_ += count;
    return error;
  }
  Errno read_at(wasi::ReadParts parts, wasi::FileSize offset, size_t& count) override {
    count = 0;
    for (const wasi::ReadPart& part : parts) {
      if (offset + count >= blob_.bytes.size()) break;
      const auto left = blob_.bytes.subspan(static_cast<size_t>(offset) + count);
      const size_t size = part.size < left.size() ? part.size : left.size();
      if (size > 0) std::memcpy(part.data, left.data(), size);
      count += size;
    }
    return Errno::Success;
  }
  Errno write(wasi::WriteParts, size_t&) override { return Errno::Rofs; }
  Errno write_at(wasi::WriteParts, wasi::FileSize, size_t&) override { return Errno::Rofs; }
  Errno resize(wasi::FileSize) override { return Errno::Rofs; }
  Errno allocate(wasi::FileSize, wasi::FileSize) override { return Errno::Rofs; }
  Errno seek(wasi::FileDelta delta, wasi::Whence whence, wasi::FileSize& position) override {
    const wasi::FileSize base = whence == wasi::Whence::Set ? 0 : whence == wasi::Whence::Cur ? position_ : blob_.bytes.size();
    // Positions are at most INT64_MAX, so wrapping shows in the sign.
    const auto target = static_cast<int64_t>(base + static_cast<uint64_t>(delta));
    if (target < 0) return delta < 0 ? Errno::Inval : Errno::Overflow;
    position = position_ = static_cast<wasi::FileSize>(target);
    return Errno::Success;
  }

 private:
  Allocator& allocator_;
  const Blob* all_;
  const Blob& blob_;
  wasi::FileSize position_ = 0;
};

class BlobDirectory final : public File {
 public:
  /// `range`: those of `all` (and what follows it) that are below; `prefix`: of their paths is this directory's, with its slash.
  BlobDirectory(Allocator& allocator, const Blob* all, std::span<const Blob> range, size_t prefix)
      : allocator_(allocator), all_(all), range_(range), prefix_(prefix) {}
  ~BlobDirectory() = default;

  Errno close() override {
    allocator_.destroy(this);
    return Errno::Success;
  }
  FileType type() const override { return FileType::Directory; }
  const void* file_system() const override { return all_; }
  Errno sync(bool) override { return Errno::Success; }
  Errno stat(wasi::Filestat& out) override {
    out = stat_of(FileType::Directory, number_of(all_, range_.data(), prefix_), 0);
    return Errno::Success;
  }
  Errno set_times(const wasi::TimeChange&) override { return Errno::Rofs; }
  Errno open_at(StringRef name, const wasi::OpenOptions& options, File*& out) override;
  Errno stat_at(StringRef name, wasi::Filestat& out) override;
  Errno set_times_at(StringRef, const wasi::TimeChange&) override { return Errno::Rofs; }
  Errno create_directory_at(StringRef) override { return Errno::Rofs; }
  Errno remove_directory_at(StringRef) override { return Errno::Rofs; }
  Errno unlink_file_at(StringRef) override { return Errno::Rofs; }
  Errno rename_at(StringRef, File&, StringRef) override { return Errno::Rofs; }
  Errno link_at(StringRef, File&, StringRef) override { return Errno::Rofs; }
  Errno symlink_at(StringRef, StringRef) override { return Errno::Rofs; }
  Errno readlink_at(StringRef name, std::span<char>, size_t&) override {
    wasi::Filestat unused;
    const Errno error = stat_at(name, unused);
    return error == Errno::Success ? Errno::Inval : error;
  }
  Errno read_directory(wasi::DirCookie cookie, wasi::DirectorySink& sink) override;

 private:
  /// What a name stands for: a blob, or else the blobs below a directory; neither: nothing.
  struct Found {
    const Blob* blob = nullptr;
    std::span<const Blob> range;
    size_t prefix = 0;
  };
  [[nodiscard]] Found find(StringRef name) const;
  [[nodiscard]] uint64_t parent_number() const;

  Allocator& allocator_;
  const Blob* all_;
  std::span<const Blob> range_;
  size_t prefix_;
};

BlobDirectory::Found BlobDirectory::find(StringRef name) const {
  if (name == ".") return {nullptr, range_, prefix_};
  const size_t at = lower_bound(range_, prefix_, name);
  if (at < range_.size() && range_[at].path.substr(prefix_) == name) return {&range_[at], {}, 0};
  return {nullptr, below(range_, prefix_, name), prefix_ + name.size() + 1};
}

Errno BlobDirectory::open_at(StringRef name, const wasi::OpenOptions& options, File*& out) {
  const Found found = find(name);
  if (found.blob == nullptr && found.range.empty()) return options.create ? Errno::Rofs : Errno::NoEnt;
  if (options.create && options.exclusive) return Errno::Exist;
  const bool changes = options.write || options.truncate;
  if (found.blob == nullptr && (changes || options.create)) return Errno::Isdir;
  if (found.blob != nullptr && options.directory) return Errno::NotDir;
  if (changes) return Errno::Rofs;
  if (found.blob != nullptr)
    out = allocator_.create<BlobFile>(allocator_, all_, *found.blob);
  else
    out = allocator_.create<BlobDirectory>(allocator_, all_, found.range, found.prefix);
  return out == nullptr ? Errno::NoMem : Errno::Success;
}

Errno BlobDirectory::stat_at(StringRef name, wasi::Filestat& out) {
  const Found found = find(name);
  if (found.blob == nullptr && found.range.empty()) return Errno::NoEnt;
  if (found.blob != nullptr)
    out = BlobFile::stat_of_blob(all_, *found.blob);
  else
    out = stat_of(FileType::Directory, number_of(all_, found.range.data(), found.prefix), 0);
  return Errno::Success;
}

/// Of the directory above, or of the root itself.
uint64_t BlobDirectory::parent_number() const {
  const StringRef path = range_[0].path;
  size_t prefix = prefix_ == 0 ? 0 : prefix_ - 1;
  while (prefix > 0 && path[prefix - 1] != '/') --prefix;
  const size_t first = lower_bound({all_, static_cast<size_t>(range_.data() - all_)}, 0, path.substr(0, prefix));
  return number_of(all_, all_ + first, prefix);
}

/// A cookie is the place of an entry's first blob, counted behind "." and "..".
Errno BlobDirectory::read_directory(wasi::DirCookie cookie, wasi::DirectorySink& sink) {
  if (cookie <= 0 && !sink.take({".", number_of(all_, range_.data(), prefix_), FileType::Directory, 1})) return Errno::Success;
  if (cookie <= 1 && !sink.take({"..", parent_number(), FileType::Directory, 2})) return Errno::Success;
  for (uint64_t at = cookie < 2 ? 0 : cookie - 2; at < range_.size();) {
    const Blob& first = range_[static_cast<size_t>(at)];
    const StringRef name = component(first.path, prefix_);
    const bool is_file = prefix_ + name.size() == first.path.size();
    const size_t named = prefix_ + name.size() + (is_file ? 0 : 1);
    const auto rest = range_.subspan(static_cast<size_t>(at));
    at += is_file ? 1 : lower_bound(rest, prefix_, name, '/' + 1);
    if (!sink.take({name, number_of(all_, &first, named), is_file ? FileType::RegularFile : FileType::Directory, at + 2})) break;
  }
  return Errno::Success;
}

}  // namespace

/// Heapsort: in place, and never more than n log n whatever an image holds.
Status sort_blobs(std::span<Blob> blobs) {
  for (size_t root = blobs.size() / 2; root-- > 0;) sift_down(blobs, root);
  for (size_t end = blobs.size(); end > 1; --end) {
    swap(blobs[0], blobs[end - 1]);
    sift_down(blobs.first(end - 1), 0);
  }
  for (size_t i = 0; i < blobs.size(); ++i) {
    const StringRef path = blobs[i].path;
    const bool is_taken = i + 1 < blobs.size() && (blobs[i + 1].path == path || !below(blobs.subspan(i + 1), 0, path).empty());
    if (!is_path(path) || is_taken) return Error::of(ErrorCode::InvalidArgument, "not a path for a new blob: ", Quoted{path});
  }
  return {};
}

File* open_blobs(Allocator& allocator, std::span<const Blob> blobs) {
  return allocator.create<BlobDirectory>(allocator, blobs.data(), blobs, size_t{0});
}

}  // namespace umber::container
