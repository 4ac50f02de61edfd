// A build without garbage-collected objects (UMBER_GC=OFF): in place of heap.cc and collect.cc, a heap that is always full.
#include "runtime/heap/heap.h"

namespace umber {

constinit const ObjectHeap::Cursor ObjectHeap::kNoCursors[kClasses] = {};
ObjectHeap::~ObjectHeap() = default;
bool ObjectHeap::is_present() { return false; }
uint8_t* ObjectHeap::try_allocate(uint64_t, uint32_t) { return nullptr; }
uint8_t* ObjectHeap::collect_and_allocate(uint64_t, uint32_t, const RunRoots&) { return nullptr; }
void ObjectHeap::collect(const RunRoots&) {}

}  // namespace umber
