// What many tests need: an allocator that counts and can be told to fail, and files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/allocator.h"

namespace umber::test {

/// Allocates from the C++ heap, counts what is outstanding, and fails where told. Every release must name the size and
/// alignment of the allocation: a mismatch aborts, so sized release is tested too.
class TestAllocator final : public Allocator {
 public:
  ~TestAllocator();
  void* allocate(size_t size, size_t alignment) override;
  void release(void* memory, size_t size, size_t alignment) override;

  /// The next `count` allocations succeed, all later ones fail. kUnlimited: none fails.
  void fail_after(uint64_t count) { remaining_ = count; }
  [[nodiscard]] uint64_t allocations() const { return allocations_; }
  [[nodiscard]] size_t outstanding_bytes() const { return outstanding_; }
  [[nodiscard]] bool has_failed() const { return failed_; }
  static constexpr uint64_t kUnlimited = UINT64_MAX;

 private:
  struct Header;
  uint64_t remaining_ = kUnlimited;
  uint64_t allocations_ = 0;
  size_t outstanding_ = 0;
  bool failed_ = false;
};

/// Runs `body(allocator)` with the first allocation failing, then the second, … until a run sees no failure. After each run
/// nothing may be outstanding. Returns how many allocations the successful run made.
template <class Body>
uint64_t sweep_allocation_failures(Body body) {
  for (uint64_t n = 0;; ++n) {
    TestAllocator allocator;
    allocator.fail_after(n);
    body(allocator);
    if (!allocator.has_failed()) return n;
  }
}

/// The whole file; aborts the test run when it cannot be read.
[[nodiscard]] std::vector<uint8_t> read_file(const std::string& path);

}  // namespace umber::test
