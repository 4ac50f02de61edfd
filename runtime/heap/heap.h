// The heap of a store's objects: mark and sweep, non-moving, within a budget of bytes.
//
// Small objects live in blocks of equal cells; a bitmap of each block tells which cells are in use. The allocator takes the free
// cells of a block 64 at a time. A collection marks into a second bitmap, and sweeping is to make that the first one: dead
// objects are not touched. Blocks are cut from chunks that grow with the heap, so that there are few of them and the test
// whether a word is an object's address (roots are conservative) is a short binary search. Objects too large for cells are
// allocations of their own, found by a hash table.
//
// A collection runs when as much has been allocated as was alive after the last one, or the budget is exhausted. It costs
// time in proportion to the heap; so that it is never paid for by few allocations, the heap counts as full if the budget is
// exhausted again before 1/32 of the heap has been allocated.
#pragma once

#include <bit>

#include "base/vec.h"
#include "runtime/heap/object.h"
#include "runtime/heap/roots.h"

namespace umber {

class Store;
class Instance;
struct NativeActivation;

struct HeapConfig {
  uint64_t max_bytes = uint64_t{256} * 1024 * 1024;  ///< objects, and the free room between them
  uint32_t min_collect_bytes = 256 * 1024;           ///< allocated between two collections, at least, unless the budget is exhausted
  bool collect_always = false;                       ///< hostile testing: every allocation collects first
};

/// Sizes of cells.
struct SizeClasses {
  static constexpr uint32_t kMaxCell = sizeof(void*) == 8 ? 512 : 128;
  static constexpr uint16_t kCellBytes[] = {8,  16,  24,  32,  40,  48,  56,  64,  80,  96,
                                            112, 128, 160, 192, 224, 256, 320, 384, 448, 512};
  static constexpr unsigned kCount = sizeof(void*) == 8 ? 20 : 12;
  static_assert(kCellBytes[kCount - 1] == kMaxCell);
  /// By size in units of 8 bytes, rounded up.
  uint8_t of_words[kMaxCell / 8 + 1] = {};

  constexpr SizeClasses() {
    unsigned size_class = 0;
    for (unsigned words = 0; words <= kMaxCell / 8; ++words) {
      if (words * 8 > kCellBytes[size_class]) ++size_class;
      of_words[words] = static_cast<uint8_t>(size_class);
    }
  }
};
inline constexpr SizeClasses kSizeClasses;

class ObjectHeap {
 public:
  /// Its configuration and memory are the store's.
  explicit ObjectHeap(Store& store) : store_(store) {}
  ObjectHeap(const ObjectHeap&) = delete;
  ObjectHeap& operator=(const ObjectHeap&) = delete;
  ~ObjectHeap();

  /// Whether this build has one; if not, it is always full.
  [[nodiscard]] static bool is_present();

  /// Memory for an object, uninitialised but for the type word, from what is at hand. Null: try_allocate knows more.
  [[nodiscard, gnu::always_inline]] uint8_t* take_cell(uint64_t bytes, uint32_t type_word) {
    if (bytes > kMaxCell) [[unlikely]] return nullptr;
    Cursor& cursor = cursors_[class_of(bytes)];
    if (cursor.free == 0) [[unlikely]] return nullptr;
    uint8_t* cell = cursor.cells + static_cast<uint32_t>(std::countr_zero(cursor.free)) * cursor.cell_bytes;
    cursor.free &= cursor.free - 1;
    store_le(cell, type_word);
    return cell;
  }
  /// Null: nothing left without a collection.
  [[nodiscard]] uint8_t* try_allocate(uint64_t bytes, uint32_t type_word);
  /// Collects, and tries again. Null: the heap is full.
  [[nodiscard]] uint8_t* collect_and_allocate(uint64_t bytes, uint32_t type_word, const RunRoots& run);
  /// Both, for hosts and the runtime: nothing of a run's is in the middle of an instruction.
  [[nodiscard]] uint8_t* allocate(uint64_t bytes, uint32_t type_word) {
    uint8_t* object = try_allocate(bytes, type_word);
    return object != nullptr ? object : collect_and_allocate(bytes, type_word, {});
  }
  /// Frees what cannot be reached.
  void collect(const RunRoots& run);

  /// Taken from the allocator for objects, of at most HeapConfig::max_bytes.
  [[nodiscard]] uint64_t bytes() const { return space_ == nullptr ? 0 : space_->bytes; }
  /// In use after the last collection.
  [[nodiscard]] uint64_t live_bytes() const { return space_ == nullptr ? 0 : space_->live_bytes; }
  [[nodiscard]] uint64_t collections() const { return space_ == nullptr ? 0 : space_->collections; }
  /// Whether a word is the address of an object, from a collection's view: for tests.
  [[nodiscard]] bool contains(uint64_t word) { return_cells(); return find(word) != nullptr; }

  /// While an instance is being built it is in no list yet, but its globals and segments count.
  void set_building(const Instance* instance) { building_ = instance; }

 private:
  friend class RootRange;
  static constexpr uint32_t kBlockBytes = SizeClasses::kMaxCell * 8;
  static constexpr uint32_t kMaxCell = SizeClasses::kMaxCell;
  static constexpr uint32_t kBitmapWords = kBlockBytes / 8 / 64;

  static constexpr unsigned kClasses = SizeClasses::kCount;
  [[nodiscard]] static unsigned class_of(uint64_t bytes) { return kSizeClasses.of_words[(bytes + 7) / 8]; }

  struct Block {
    Block* next;           ///< of the same class, or free
    uint32_t cell_bytes;   ///< 0: free
    uint32_t cell_count;
    uint32_t reciprocal;   ///< 2^32 / cell_bytes, rounded up
    uint64_t live[kBitmapWords];
    uint64_t marked[kBitmapWords];
    [[nodiscard]] uint8_t* cell(uint32_t index) { return cells() + index * cell_bytes; }
    [[nodiscard]] uint8_t* cells() { return reinterpret_cast<uint8_t*>(this + 1); }
    [[nodiscard]] uint32_t index_of(uint32_t offset) const {
      return static_cast<uint32_t>(uint64_t{offset} * reciprocal >> 32);
    }
    /// Bits of cells that exist, in bitmap word `i`.
    [[nodiscard]] uint64_t valid(uint32_t i) const {
      if (cell_count >= (i + 1) * 64) return ~uint64_t{0};
      return cell_count <= i * 64 ? 0 : (uint64_t{1} << (cell_count - i * 64)) - 1;
    }
  };
  static_assert(sizeof(Block) % 8 == 0);
  /// Where a class allocates next. The cells of `free` are in use as far as the block's bitmap is concerned.
  struct Cursor {
    uint64_t free = 0;
    uint8_t* cells = nullptr;  ///< of bit 0
    uint32_t cell_bytes = 0;
    uint32_t word = 0;
    Block* block = nullptr;
    Block* first = nullptr;
  };
  struct Chunk {
    uint8_t* base;
    uint32_t blocks;
  };
  /// In front of an object with kLargeObject.
  struct alignas(8) Large {
    size_t bytes;  ///< of the allocation
    bool is_marked;
    [[nodiscard]] uint8_t* object() { return reinterpret_cast<uint8_t*>(this + 1); }
  };

  /// What only a heap with objects needs.
  struct Space {
    Space(Allocator& allocator, const HeapConfig& config);
    Cursor cursors[kClasses];
    Vec<Chunk> chunks;          ///< by address
    Vec<Large*> large;
    Vec<Large*> large_index;    ///< hash table: open addressing, a power of two, at most half full
    Vec<uint8_t*> mark_stack;
    Block* free_blocks = nullptr;
    size_t mark_limit = 0;
    bool mark_overflow = false;
    bool may_collect = true;    ///< an allocation that finds a collection due returns null
    uint64_t bytes = 0;
    uint64_t allocated = 0;     ///< since the last collection
    uint64_t threshold;
    uint64_t live_bytes = 0;
    uint64_t collections = 0;
  };

  // heap.cc
  [[nodiscard]] uint8_t* allocate_large(uint64_t bytes, uint32_t type_word);
  [[nodiscard]] bool make_space();
  [[nodiscard]] bool refill(unsigned size_class);
  [[nodiscard]] bool take_cells(Cursor& cursor);
  [[nodiscard]] Block* take_block(uint32_t cell_bytes);
  [[nodiscard]] bool add_chunk();
  void list_blocks(const Chunk& chunk);
  [[nodiscard]] bool index_large(Large* large);
  void index_all_large();
  [[nodiscard]] bool is_collection_due(uint64_t bytes) const { return space_->may_collect && space_->allocated + bytes > space_->threshold; }
  /// Gives the cells that cursors hold back to their blocks.
  void return_cells();
  /// The object that starts at this address; null if there is none. Exact after return_cells.
  [[nodiscard]] uint8_t* find(uint64_t word) const;
  [[nodiscard]] const Chunk* chunk_of(uintptr_t address) const;
  [[nodiscard]] size_t large_slot(const uint8_t* object) const;

  // collect.cc
  void mark_roots(const RunRoots& run);
  void mark_stacks(const RunRoots& run);
  void mark_native_stack(const NativeActivation& native);
  void mark_words(const uint64_t* words, size_t count);
  void mark_ref(Ref ref) {
    if (is_object(ref)) mark_object(object_at(ref));
  }
  void mark_object(uint8_t* object);
  void drain();
  void scan(const uint8_t* object);
  void rescan_marked();
  void sweep();
  void sweep_blocks();
  void sweep_large();
  /// Gives chunks without objects back as long as more than `keep` bytes remain, and lists the free blocks of the others.
  void release_chunks(uint64_t keep);

  [[nodiscard]] const HeapConfig& config() const;
  [[nodiscard]] Allocator& allocator() const;

  Store& store_;
  static const Cursor kNoCursors[kClasses];

  Cursor* cursors_ = const_cast<Cursor*>(kNoCursors);  ///< of space_; until there is one kNoCursors, which nobody writes
  Space* space_ = nullptr;     ///< null until something is allocated
  RootRange* roots_ = nullptr;
  const Instance* building_ = nullptr;
};

inline RootRange::RootRange(ObjectHeap& heap) : next_(heap.roots_), link_(&heap.roots_) {
  if (next_ != nullptr) next_->link_ = &next_;
  *link_ = this;
}
inline RootRange::~RootRange() {
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
}

}  // namespace umber
