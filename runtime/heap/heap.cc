// Allocation: cells, blocks, chunks, large objects.
#include "runtime/heap/heap.h"

#include "runtime/store.h"

namespace umber {

namespace {

constexpr uint64_t kFirstChunkBlocks = 4;
constexpr uint64_t kChunkShare = 8;  // a chunk is that part of the heap

}  // namespace

const HeapConfig& ObjectHeap::config() const { return store_.config().heap; }
Allocator& ObjectHeap::allocator() const { return store_.allocator(); }

constinit const ObjectHeap::Cursor ObjectHeap::kNoCursors[kClasses] = {};

ObjectHeap::Space::Space(Allocator& allocator, const HeapConfig& config)
    : chunks(allocator), large(allocator), large_index(allocator), mark_stack(allocator), threshold(config.min_collect_bytes) {
  for (unsigned i = 0; i < kClasses; ++i) cursors[i].cell_bytes = SizeClasses::kCellBytes[i];
}

/// Most guests never allocate an object.
bool ObjectHeap::make_space() {
  if (space_ != nullptr) return true;
  space_ = allocator().create<Space>(allocator(), config());
  if (space_ == nullptr) return false;
  cursors_ = space_->cursors;
  return true;
}

bool ObjectHeap::is_present() { return true; }

ObjectHeap::~ObjectHeap() {
  if (space_ == nullptr) return;
  for (Large* large : space_->large) allocator().release(large, large->bytes, alignof(Large));
  for (const Chunk& chunk : space_->chunks) allocator().release(chunk.base, size_t{chunk.blocks} * kBlockBytes, kBlockBytes);
  allocator().destroy(space_);
}

uint8_t* ObjectHeap::try_allocate(uint64_t bytes, uint32_t type_word) {
  if (!make_space() || (config().collect_always && space_->may_collect)) return nullptr;
  if (bytes > kMaxCell) return allocate_large(bytes, type_word | kLargeObject);
  const unsigned size_class = class_of(bytes);
  if (cursors_[size_class].free == 0 && !refill(size_class)) return nullptr;
  uint8_t* cell = take_cell(bytes, type_word);
  if (config().collect_always) return_cells();  // so that the next allocation comes here too
  return cell;
}

uint8_t* ObjectHeap::collect_and_allocate(uint64_t bytes, uint32_t type_word, const RunRoots& run) {
  if (bytes > config().max_bytes || bytes > SIZE_MAX / 2 || !make_space()) return nullptr;
  if (!config().collect_always && space_->collections != 0 && space_->allocated + bytes < space_->bytes / 32) {
    space_->allocated = space_->bytes;  // the run ends here, and what it held goes with it: the next one may collect
    return nullptr;
  }
  collect(run);
  space_->may_collect = false;
  uint8_t* object = try_allocate(bytes, type_word);
  if (object == nullptr) {  // what is free may be in the wrong places
    release_chunks(0);
    object = try_allocate(bytes, type_word);
  }
  space_->may_collect = true;
  if (object == nullptr) space_->allocated = space_->bytes;
  return object;
}

/// Finds free cells for a class; false: none without a collection.
bool ObjectHeap::refill(unsigned size_class) {
  Cursor& cursor = cursors_[size_class];
  while (cursor.block != nullptr) {
    if (take_cells(cursor)) return true;
    if (cursor.block->next == nullptr) break;
    cursor.block = cursor.block->next;
    cursor.word = 0;
  }
  if (is_collection_due(kBlockBytes)) return false;
  Block* block = take_block(cursor.cell_bytes);
  if (block == nullptr) return false;
  if (cursor.block == nullptr)
    cursor.first = block;
  else
    cursor.block->next = block;
  cursor.block = block;
  cursor.word = 0;
  return take_cells(cursor);
}

/// The next free cells of the cursor's block, up to 64; they count as in use from now on.
bool ObjectHeap::take_cells(Cursor& cursor) {
  Block& block = *cursor.block;
  while (cursor.word < kBitmapWords) {
    const uint32_t word = cursor.word++;
    const uint64_t free = ~block.live[word] & block.valid(word);
    if (free == 0) continue;
    block.live[word] |= free;
    cursor.free = free;
    cursor.cells = block.cell(word * 64);
    space_->allocated += static_cast<uint64_t>(std::popcount(free)) * cursor.cell_bytes;
    return true;
  }
  return false;
}

void ObjectHeap::return_cells() {
  if (space_ == nullptr) return;
  for (Cursor& cursor : space_->cursors) {
    if (cursor.free == 0) continue;
    --cursor.word;
    cursor.block->live[cursor.word] &= ~cursor.free;
    space_->allocated -= static_cast<uint64_t>(std::popcount(cursor.free)) * cursor.cell_bytes;
    cursor.free = 0;
  }
}

ObjectHeap::Block* ObjectHeap::take_block(uint32_t cell_bytes) {
  if (space_->free_blocks == nullptr && !add_chunk()) return nullptr;
  Block* block = space_->free_blocks;
  space_->free_blocks = block->next;
  *block = {};
  block->cell_bytes = cell_bytes;
  block->cell_count = (kBlockBytes - static_cast<uint32_t>(sizeof(Block))) / cell_bytes;
  block->reciprocal = static_cast<uint32_t>(((uint64_t{1} << 32) + cell_bytes - 1) / cell_bytes);
  return block;
}

/// A chunk in proportion to the heap, smaller if there is no more room.
bool ObjectHeap::add_chunk() {
  const uint64_t room = (config().max_bytes - space_->bytes) / kBlockBytes;
  uint64_t blocks = space_->bytes / kChunkShare / kBlockBytes;
  if (blocks < kFirstChunkBlocks) blocks = kFirstChunkBlocks;
  if (blocks > room) blocks = room;
  if (blocks > UINT32_MAX / kBlockBytes) blocks = UINT32_MAX / kBlockBytes;
  if (!space_->chunks.push({})) return false;
  void* memory = nullptr;
  for (; memory == nullptr && blocks != 0; blocks = memory == nullptr ? blocks / 2 : blocks)
    memory = allocator().allocate(static_cast<size_t>(blocks) * kBlockBytes, kBlockBytes);
  if (memory == nullptr) {
    space_->chunks.pop();
    return false;
  }
  const Chunk chunk = {static_cast<uint8_t*>(memory), static_cast<uint32_t>(blocks)};
  size_t at = space_->chunks.size() - 1;
  for (; at > 0 && space_->chunks[at - 1].base > chunk.base; --at) space_->chunks[at] = space_->chunks[at - 1];
  space_->chunks[at] = chunk;
  space_->bytes += blocks * kBlockBytes;
  for (uint32_t i = 0; i < chunk.blocks; ++i) reinterpret_cast<Block*>(chunk.base + size_t{i} * kBlockBytes)->cell_bytes = 0;
  list_blocks(chunk);
  return true;
}

/// Puts the chunk's free blocks on the list, the first in front.
void ObjectHeap::list_blocks(const Chunk& chunk) {
  for (uint32_t i = chunk.blocks; i-- > 0;) {
    Block* block = reinterpret_cast<Block*>(chunk.base + size_t{i} * kBlockBytes);
    if (block->cell_bytes != 0) continue;
    block->next = space_->free_blocks;
    space_->free_blocks = block;
  }
}

// ---- large objects -------------------------------------------------------------------------------------------------

uint8_t* ObjectHeap::allocate_large(uint64_t bytes, uint32_t type_word) {
  if (bytes > config().max_bytes || bytes > SIZE_MAX / 2) return nullptr;
  const size_t size = sizeof(Large) + static_cast<size_t>(bytes);
  if (size > config().max_bytes - space_->bytes || is_collection_due(size)) return nullptr;
  auto* large = static_cast<Large*>(allocator().allocate(size, alignof(Large)));
  if (large == nullptr) return nullptr;
  *large = {size, false};
  if (!index_large(large)) {
    allocator().release(large, size, alignof(Large));
    return nullptr;
  }
  space_->bytes += size;
  space_->allocated += size;
  store_le(large->object(), type_word);
  return large->object();
}

/// Where the object is in the hash table, or the empty place where it would be. The table must not be empty.
size_t ObjectHeap::large_slot(const uint8_t* object) const {
  const size_t mask = space_->large_index.size() - 1;
  const uint64_t hash = (reinterpret_cast<uintptr_t>(object) >> 3) * 0x9e37'79b9'7f4a'7c15u;
  size_t at = static_cast<size_t>(hash >> 20) & mask;
  while (space_->large_index[at] != nullptr && space_->large_index[at]->object() != object) at = (at + 1) & mask;
  return at;
}

bool ObjectHeap::index_large(Large* large) {
  if (!space_->large.push(large)) return false;
  if (space_->large.size() * 2 <= space_->large_index.size()) {
    space_->large_index[large_slot(large->object())] = large;
    return true;
  }
  if (!space_->large_index.resize(space_->large_index.empty() ? 16 : space_->large_index.size() * 2)) {
    space_->large.pop();
    return false;
  }
  index_all_large();
  return true;
}

void ObjectHeap::index_all_large() {
  for (Large*& entry : space_->large_index) entry = nullptr;
  for (Large* large : space_->large) space_->large_index[large_slot(large->object())] = large;
}

// ---- from a word to an object ----------------------------------------------------------------------------------------

const ObjectHeap::Chunk* ObjectHeap::chunk_of(uintptr_t address) const {
  size_t low = 0, high = space_->chunks.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (reinterpret_cast<uintptr_t>(space_->chunks[middle].base) <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return nullptr;
  const Chunk& chunk = space_->chunks[low - 1];
  return address - reinterpret_cast<uintptr_t>(chunk.base) < size_t{chunk.blocks} * kBlockBytes ? &chunk : nullptr;
}

uint8_t* ObjectHeap::find(uint64_t word) const {
  if (space_ == nullptr || word == 0 || (word & 7) != 0 || word > UINTPTR_MAX) return nullptr;
  const auto address = static_cast<uintptr_t>(word);
  if (chunk_of(address) == nullptr) {
    if (space_->large_index.empty()) return nullptr;
    Large* large = space_->large_index[large_slot(reinterpret_cast<const uint8_t*>(address))];
    return large == nullptr ? nullptr : large->object();
  }
  Block* block = reinterpret_cast<Block*>(address & ~uintptr_t{kBlockBytes - 1});
  const uintptr_t in_block = address & (kBlockBytes - 1);
  if (block->cell_bytes == 0 || in_block < sizeof(Block)) return nullptr;
  const auto offset = static_cast<uint32_t>(in_block - sizeof(Block));
  const uint32_t index = block->index_of(offset);
  if (index >= block->cell_count || index * block->cell_bytes != offset) return nullptr;
  return (block->live[index / 64] >> (index % 64) & 1) != 0 ? block->cell(index) : nullptr;
}

}  // namespace umber
