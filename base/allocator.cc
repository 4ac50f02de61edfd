#include "base/allocator.h"

namespace umber {

void* Arena::allocate_slow(size_t size, size_t alignment) {
  if (size > SIZE_MAX / 2 || alignment > 4096) return nullptr;
  size_t block_size = next_size_;
  if (size + alignment + sizeof(Block) > block_size) block_size = size + alignment + sizeof(Block);
  auto* block = static_cast<Block*>(allocator_.allocate(block_size, alignof(std::max_align_t)));
  if (block == nullptr) return nullptr;
  block->previous = last_;
  block->size = block_size;
  last_ = block;
  reserved_ += block_size;
  // So little of the last block is left over, and blocks stay few.
  if (next_size_ < reserved_ / 2) next_size_ = reserved_ / 2 < block_size_ ? reserved_ / 2 : block_size_;
  cursor_ = reinterpret_cast<uintptr_t>(block + 1);
  end_ = reinterpret_cast<uintptr_t>(block) + block_size;
  return allocate(size, alignment);
}

void Arena::free_blocks(Block* keep) {
  while (last_ != keep) {
    Block* previous = last_->previous;
    reserved_ -= last_->size;
    allocator_.release(last_, last_->size, alignof(std::max_align_t));
    last_ = previous;
  }
}

void Arena::reset() {
  if (last_ == nullptr) return;
  Block* first = last_;
  while (first->previous != nullptr) first = first->previous;
  free_blocks(first);
  cursor_ = reinterpret_cast<uintptr_t>(first + 1);
  end_ = reinterpret_cast<uintptr_t>(first) + first->size;
}

}  // namespace umber
