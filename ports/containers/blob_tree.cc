#include "ports/containers/blob_tree.h"

#include "ports/memfs/memfs.h"

namespace umber::memfs {

namespace {

class Tree final : public container::BlobTree {
 public:
  Tree(Allocator& allocator, wasi::Platform& platform) : allocator_(allocator), files_(allocator, {}, &platform) {}
  ~Tree() = default;

  Status add(std::span<const container::Blob> blobs) {
    for (const container::Blob& each : blobs) UMBER_TRY(files_.add_blob(each.path, each.bytes));
    return {};
  }
  Result<wasi::File*> open_root() override { return files_.open_root(); }
  void release() override { allocator_.destroy(this); }

 private:
  Allocator& allocator_;
  MemoryFileSystem files_;
};

}  // namespace

Result<container::BlobTree*> make_blob_tree(Allocator& allocator, wasi::Platform& platform, std::span<const container::Blob> blobs) {
  auto* tree = allocator.create<Tree>(allocator, platform);
  if (tree == nullptr) return Error::out_of_memory("the image's blobs");
  const Status added = tree->add(blobs);
  if (added.ok()) return static_cast<container::BlobTree*>(tree);
  tree->release();
  return added.error();
}

}  // namespace umber::memfs
