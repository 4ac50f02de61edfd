// The C++ heap as an Allocator, for the compiler's own use of the core.
#pragma once

#include <new>

#include "base/allocator.h"

namespace umber::aot {

class HeapAllocator final : public Allocator {
 public:
  void* allocate(size_t size, size_t alignment) override {
    return ::operator new(size, std::align_val_t(alignment), std::nothrow);
  }
  void release(void* memory, size_t, size_t alignment) override { ::operator delete(memory, std::align_val_t(alignment)); }
};

}  // namespace umber::aot
