#include "tests/support/support.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>

namespace umber::test {

struct TestAllocator::Header {
  size_t size;
  size_t alignment;
};

namespace {
[[noreturn]] void die(const char* why) {
  std::fprintf(stderr, "test support: %s\n", why);
  std::abort();
}
}  // namespace

TestAllocator::~TestAllocator() {
  if (outstanding_ != 0) die("memory was not given back to the allocator");
}

void* TestAllocator::allocate(size_t size, size_t alignment) {
  if (size == 0) die("allocation of zero bytes");
  ++allocations_;
  if (remaining_ == 0) {
    failed_ = true;
    return nullptr;
  }
  if (remaining_ != kUnlimited) --remaining_;
  const size_t offset = alignment > sizeof(Header) ? alignment : sizeof(Header);
  const size_t block_alignment = alignment > alignof(Header) ? alignment : alignof(Header);
  auto* block = static_cast<uint8_t*>(std::aligned_alloc(block_alignment, (offset + size + block_alignment - 1) / block_alignment * block_alignment));
  if (block == nullptr) return nullptr;
  new (block + offset - sizeof(Header)) Header{size, alignment};
  outstanding_ += size;
  return block + offset;
}

void TestAllocator::release(void* memory, size_t size, size_t alignment) {
  if (memory == nullptr) return;
  auto* bytes = static_cast<uint8_t*>(memory);
  const auto* header = reinterpret_cast<Header*>(bytes - sizeof(Header));
  if (header->size != size || header->alignment != alignment) die("release with another size or alignment than allocate");
  outstanding_ -= size;
  const size_t offset = alignment > sizeof(Header) ? alignment : sizeof(Header);
  std::free(bytes - offset);
}

std::vector<uint8_t> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) die(("cannot read " + path).c_str());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace umber::test
