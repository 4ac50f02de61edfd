#include "base/allocator.h"

namespace umber {

namespace {

// A further block on a device: that part of all before it, and no less. What a block has left over counts more there than a few blocks more.
constexpr size_t kShare = 8;
constexpr size_t kLeast = sizeof(void*) == 8 ? SIZE_MAX : 128;  // bytes

}  // namespace

void* Arena::allocate_slow(size_t size, size_t alignment) {
  if (size > SIZE_MAX / 2 || alignment > 4096) return nullptr;
  const size_t needed = size + alignment + sizeof(Block);
  const size_t block_size = needed > next_size_ ? needed : next_size_;
  auto* block = static_cast<Block*>(allocator_.allocate(block_size, alignof(std::max_align_t)));
  if (block == nullptr) return nullptr;
  block->size = block_size;
  reserved_ += block_size;
  // So little of the last block is left over, and blocks stay few.
  const size_t share = reserved_ / kShare > kLeast ? reserved_ / kShare : kLeast;
  next_size_ = share < block_size_ ? share : block_size_;
  const auto start = reinterpret_cast<uintptr_t>(block + 1), end = reinterpret_cast<uintptr_t>(block) + block_size;
  const uintptr_t object = (start + (alignment - 1)) & ~(uintptr_t{alignment} - 1);
  if (last_ != nullptr && end_ - cursor_ > end - (object + size)) {  // more is left in the block that we have
    block->previous = last_->previous;
    last_->previous = block;
    return reinterpret_cast<void*>(object);
  }
  block->previous = last_;
  last_ = block;
  cursor_ = object + size;
  end_ = end;
  return reinterpret_cast<void*>(object);
}

void Arena::free_blocks(Block* keep) {
  while (last_ != keep) {
    Block* previous = last_->previous;
    reserved_ -= last_->size;
    allocator_.release(last_, last_->size, alignof(std::max_align_t));
    last_ = previous;
  }
}

/// A block for one large object is not worth keeping.
void Arena::reset() {
  Block* kept = last_;
  for (Block* block = last_; block != nullptr; block = block->previous)
    if (block->size <= block_size_) kept = block;
  if (kept == nullptr) return;
  while (last_ != nullptr) {
    Block* previous = last_->previous;
    if (last_ != kept) allocator_.release(last_, last_->size, alignof(std::max_align_t));
    last_ = previous;
  }
  last_ = kept;
  kept->previous = nullptr;
  reserved_ = kept->size;
  cursor_ = reinterpret_cast<uintptr_t>(kept + 1);
  end_ = reinterpret_cast<uintptr_t>(kept) + kept->size;
}

}  // namespace umber
