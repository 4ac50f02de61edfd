// Collection. Words outside the heap are checked before they are believed: value stacks, the machine stack where compiled code runs,
// registers, globals, tables, segments.
// Inside objects references are known by their types. Marking keeps a list of objects still to be looked at; if that
// cannot grow any more, marking goes on by walking over what is marked, so that it needs little memory and no recursion.
#include "runtime/heap/heap.h"
#include "runtime/native_abi.h"
#include "runtime/store.h"

namespace umber {

namespace {

constexpr uint64_t kMarkStackShare = 16;  // bytes of the mark stack: at most that part of the heap
constexpr size_t kMinMarkStack = 512;     // objects

}  // namespace

void ObjectHeap::collect(const RunRoots& run) {
  if (space_ == nullptr) return;
  ++space_->collections;
  return_cells();
  space_->mark_limit = static_cast<size_t>(space_->bytes / kMarkStackShare / sizeof(uint8_t*));
  if (space_->mark_limit < kMinMarkStack) space_->mark_limit = kMinMarkStack;
  space_->mark_overflow = false;
  mark_roots(run);
  while (space_->mark_overflow) {
    space_->mark_overflow = false;
    rescan_marked();
  }
  space_->mark_stack = Vec<uint8_t*>(allocator());
  sweep();
}

// ---- roots ---------------------------------------------------------------------------------------------------------

void ObjectHeap::mark_roots(const RunRoots& run) {
  mark_stacks(run);
  mark_words(run.registers.data(), run.registers.size());
  for (const RootRange* range = roots_; range != nullptr; range = range->next_) mark_words(range->words_, range->count_);
  const auto mark = [this](const void* words, size_t count) { mark_words(static_cast<const uint64_t*>(words), count); };
  store_.each_root(mark);
  if (building_ != nullptr) building_->each_root(mark);
}

/// A suspended run keeps no record of where its innermost frame ends, so all of its stack counts.
void ObjectHeap::mark_stacks(const RunRoots& run) {
  for (const Execution* execution = store_.executions(); execution != nullptr; execution = execution->next()) {
    const Slot* end = execution->stack_top;
    if (execution->suspended()) end = execution->stack_end();
    if (execution == run.execution) end = run.top;
    const Slot* begin = execution->stack_begin();
    mark_words(reinterpret_cast<const uint64_t*>(begin), static_cast<size_t>(end - begin));
    mark_words(&execution->last_trap().exception, 1);
    for (const NativeActivation* native = execution->native_activation; native != nullptr; native = native->outer)
      mark_native_stack(*native);
  }
}

/// Words of the machine's: where pointers have 32 bits, the lower half of a reference is its address. Everything lies there, also
/// what a sanitizer believes to be nobody's.
__attribute__((no_sanitize("address"))) void ObjectHeap::mark_native_stack(const NativeActivation& native) {
  const auto* word = static_cast<const uintptr_t*>(native.stack_low);
  for (; word != nullptr && word < native.stack_high; ++word) {
    const uint64_t value = *word;
    mark_words(&value, 1);
  }
}

void ObjectHeap::mark_words(const uint64_t* words, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    uint8_t* object = find(words[i]);
    if (object == nullptr) continue;
    mark_object(object);
    drain();
  }
}

// ---- marking -------------------------------------------------------------------------------------------------------

void ObjectHeap::mark_object(uint8_t* object) {
  const uint32_t type_word = type_word_of(object);
  if ((type_word & kLargeObject) != 0) {
    Large& large = reinterpret_cast<Large*>(object)[-1];
    if (large.is_marked) return;
    large.is_marked = true;
  } else {
    Block& block = *reinterpret_cast<Block*>(reinterpret_cast<uintptr_t>(object) & ~uintptr_t{kBlockBytes - 1});
    const uint32_t index = block.index_of(static_cast<uint32_t>(object - block.cells()));
    const uint64_t bit = uint64_t{1} << (index % 64);
    if ((block.marked[index / 64] & bit) != 0) return;
    block.marked[index / 64] |= bit;
  }
  if (store_.types()[type_word & kTypeIdMask].object_refs().empty()) return;
  if (space_->mark_stack.size() >= space_->mark_limit || !space_->mark_stack.push(object)) space_->mark_overflow = true;
}

void ObjectHeap::drain() {
  while (!space_->mark_stack.empty()) {
    const uint8_t* object = space_->mark_stack.back();
    space_->mark_stack.pop();
    scan(object);
  }
}

/// Marks what an object refers to.
void ObjectHeap::scan(const uint8_t* object) {
  const uint32_t type_word = type_word_of(object);
  const StoreType& type = store_.types()[type_word & kTypeIdMask];
  if (type.kind == wasm::CompositeKind::Array) {
    const uint32_t length = array_length(object);
    if (type.object_refs().empty()) return;
    for (uint32_t i = 0; i < length; ++i) mark_ref(load_le<Ref>(object + array_bytes(i, sizeof(Ref))));
    return;
  }
  const bool is_exception = (type_word & kException) != 0;
  for (uint32_t at : type.object_refs())
    mark_ref(load_le<Ref>(object + (is_exception ? kExceptionPayload + at * sizeof(Slot) : at)));
}

/// After an overflow: some marked object was not scanned.
void ObjectHeap::rescan_marked() {
  for (Large* large : space_->large) {
    if (!large->is_marked) continue;
    scan(large->object());
    drain();
  }
  for (Cursor& cursor : space_->cursors) {
    for (Block* block = cursor.first; block != nullptr; block = block->next) {
      for (uint32_t word = 0; word < kBitmapWords; ++word) {
        for (uint64_t bits = block->marked[word]; bits != 0; bits &= bits - 1) {
          scan(block->cell(word * 64 + static_cast<uint32_t>(std::countr_zero(bits))));
          drain();
        }
      }
    }
  }
}

// ---- sweeping ------------------------------------------------------------------------------------------------------

void ObjectHeap::sweep() {
  space_->live_bytes = 0;
  sweep_blocks();
  sweep_large();
  space_->allocated = 0;
  space_->threshold = space_->live_bytes > config().min_collect_bytes ? space_->live_bytes : config().min_collect_bytes;
  release_chunks(space_->live_bytes + space_->threshold + space_->threshold / 4);
}

/// What is marked is in use; blocks without such cells are free for every class.
void ObjectHeap::sweep_blocks() {
  for (Cursor& cursor : space_->cursors) {
    Block** link = &cursor.first;
    while (Block* block = *link) {
      uint32_t in_use = 0;
      for (uint32_t word = 0; word < kBitmapWords; ++word) {
        block->live[word] = block->marked[word];
        block->marked[word] = 0;
        in_use += static_cast<uint32_t>(std::popcount(block->live[word]));
      }
      space_->live_bytes += uint64_t{in_use} * block->cell_bytes;
      if (in_use == 0) {
        *link = block->next;
        block->cell_bytes = 0;
      } else {
        link = &block->next;
      }
    }
    cursor.block = cursor.first;
    cursor.word = 0;
  }
}

void ObjectHeap::sweep_large() {
  size_t kept = 0;
  for (Large* large : space_->large) {
    if (large->is_marked) {
      large->is_marked = false;
      space_->live_bytes += large->bytes;
      space_->large[kept++] = large;
    } else {
      space_->bytes -= large->bytes;
      allocator().release(large, large->bytes, alignof(Large));
    }
  }
  if (kept == space_->large.size()) return;
  space_->large.truncate(kept);
  index_all_large();
}

void ObjectHeap::release_chunks(uint64_t keep) {
  space_->free_blocks = nullptr;
  if (space_ == nullptr) return;
  size_t kept = 0;
  for (const Chunk& chunk : space_->chunks) {
    const uint64_t bytes = uint64_t{chunk.blocks} * kBlockBytes;
    bool in_use = space_->bytes < bytes || space_->bytes - bytes < keep;
    for (uint32_t i = 0; i < chunk.blocks && !in_use; ++i)
      in_use = reinterpret_cast<const Block*>(chunk.base + size_t{i} * kBlockBytes)->cell_bytes != 0;
    if (in_use) {
      list_blocks(chunk);
      space_->chunks[kept++] = chunk;
    } else {
      allocator().release(chunk.base, static_cast<size_t>(bytes), kBlockBytes);
      space_->bytes -= bytes;
    }
  }
  space_->chunks.truncate(kept);
}

}  // namespace umber
