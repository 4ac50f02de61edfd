// Modules that mean harm, and machines without memory: nothing may crash, leak, hang or be accepted by mistake.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "tests/decoder/decode_fixture.h"
#include "tests/decoder/module_bytes.h"

namespace umber::test {
namespace {

using Module = std::vector<uint8_t>;

/// Modules that use every part of the format; valid ones.
const std::vector<Module>& seeds() {
  static const std::vector<Module> modules = [] {
    const char* texts[] = {
        "(module (type $f (func (param i32) (result i32))) (import \"a\" \"b\" (func (type $f))) (import \"a\" \"m\" (memory 1 2))"
        "  (table 2 4 funcref) (global $g (mut i64) (i64.const 5)) (export \"x\" (func 1)) (start 2) (elem (i32.const 0) func 0 1)"
        "  (data (i32.const 8) \"hello\") (func (type $f) (local i64 f32) (block (result i32) (loop (br_if 0 (local.get 0)))"
        "    (br_table 0 0 (i32.const 1) (local.get 0)))) (func (drop (call_indirect (type $f) (i32.const 1) (i32.const 0)))"
        "    (if (i32.load offset=200 (i32.const 0)) (then (i64.store (i32.const 0) (global.get $g))) (else (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))))",
        "(module (rec (type $a (sub (struct (field (mut (ref null $b))) (field i8)))) (type $b (array (mut (ref null $a)))))"
        "  (type $c (sub $a (struct (field (mut (ref null $b))) (field i8) (field f64)))) (global (ref $b) (array.new_default $b (i32.const 3)))"
        "  (table 1 (ref null $a) (struct.new_default $a)) (elem (ref null $a) (ref.null $a)) (data \"abc\")"
        "  (func (param anyref) (result i32) (local (ref $a)) (local.set 1 (ref.cast (ref $c) (local.get 0)))"
        "    (struct.get_u $a 1 (local.get 1)) (block (result (ref $a)) (br_on_cast 0 anyref (ref $a) (local.get 0)) (unreachable)) (drop)"
        "    (array.fill $b (array.new $b (ref.null $a) (i32.const 2)) (i32.const 0) (local.get 1) (i32.const 1))))",
        "(module (tag $e (param i32 i64)) (memory i64 1 (pagesize 1)) (memory 1 1 shared) (table i64 1 externref)"
        "  (func (result i64) (block (result i32 i64 exnref) (try_table (catch_ref $e 0) (throw $e (i32.const 1) (i64.const 2))) (unreachable))"
        "    (drop) (drop) (drop) (i64.const 1) (i64.const 2) (i64.mul_wide_u) (drop))"
        "  (func (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (v128.const i64x2 1 2) (v128.load 1 offset=5 (i32.const 0))))"
        "    (drop (i32.atomic.rmw.add 1 (i32.const 0) (i32.const 1))) (table.set 0 (i64.const 0) (ref.null extern)))"
        "  (func (param i32) (return_call 2 (select (local.get 0) (i32.const 1) (i32.const 2)))))",
    };
    std::vector<Module> all;
    for (const char* text : texts) {
      std::string error;
      all.push_back(assemble(text, &error));
      EXPECT_EQ(error, "");
      EXPECT_EQ(DecodedModule(all.back()).message(), "");
    }
    return all;
  }();
  return modules;
}

/// In a heap block of exactly its size, so that a read beyond it is noticed.
bool decode(const Module& bytes, Allocator& allocator) {
  const std::vector<uint8_t> exact(bytes);
  wasm::Module module(allocator);
  Status status = wasm::parse(exact, wasm::Features::all(), module);
  if (status.ok()) status = wasm::validate(module, allocator);
  EXPECT_TRUE(status.ok() || !status.error().text().empty());
  return status.ok();
}

TEST(Hostile, EveryAllocationMayFail) {
  for (const Module& seed : seeds()) {
    const uint64_t allocations = sweep_allocation_failures([&](TestAllocator& allocator) {
      const bool ok = decode(seed, allocator);
      EXPECT_EQ(ok, !allocator.has_failed());
    });
    EXPECT_GT(allocations, 3u);
  }
}

TEST(Hostile, EveryPrefixOfAModule) {
  for (const Module& seed : seeds())
    for (size_t size = 0; size < seed.size(); ++size) {
      TestAllocator allocator;
      decode(Module(seed.begin(), seed.begin() + static_cast<ptrdiff_t>(size)), allocator);
    }
}

TEST(Hostile, EveryByteReplacedByEveryOther) {
  const Module& seed = seeds()[0];
  TestAllocator allocator;
  for (size_t at = 8; at < seed.size(); ++at)
    for (unsigned byte = 0; byte < 256; ++byte) {
      Module changed = seed;
      changed[at] = static_cast<uint8_t>(byte);
      decode(changed, allocator);
    }
}

TEST(Hostile, RandomEdits) {
  std::mt19937_64 random(20);
  static constexpr uint8_t kInteresting[] = {0x00, 0x01, 0x0b, 0x1f, 0x40, 0x4e, 0x50, 0x5e, 0x5f, 0x60, 0x63, 0x64, 0x6e, 0x7f, 0x80, 0xfb, 0xfc, 0xfd, 0xff};
  TestAllocator allocator;
  for (int round = 0; round < 60'000; ++round) {
    Module bytes = seeds()[random() % seeds().size()];
    for (uint64_t edits = 1 + random() % 4; edits > 0; --edits)
      bytes[8 + random() % (bytes.size() - 8)] = random() % 2 == 0 ? kInteresting[random() % sizeof(kInteresting)] : static_cast<uint8_t>(random());
    decode(bytes, allocator);
  }
  EXPECT_EQ(allocator.outstanding_bytes(), 0u);
}

/// Refuses what would go beyond a budget.
class BoundedAllocator final : public Allocator {
 public:
  explicit BoundedAllocator(size_t budget) : budget_(budget) {}
  void* allocate(size_t size, size_t alignment) override {
    if (size > budget_) return nullptr;
    budget_ -= size;
    return heap_.allocate(size, alignment);
  }
  void release(void* memory, size_t size, size_t alignment) override {
    if (memory != nullptr) budget_ += size;
    heap_.release(memory, size, alignment);
  }

 private:
  TestAllocator heap_;
  size_t budget_;
};

TEST(Hostile, CountsAllocateNoMoreThanTheirSectionCouldHold) {
  const Bytes count = Bytes().leb(90'000);
  for (uint8_t id : {1, 2, 3, 4, 6, 7, 9, 11, 13}) {
    const Bytes module = module_header().section(id, Bytes().add(count).add({0x60, 0x00, 0x00}));
    BoundedAllocator allocator(64 * 1024);
    wasm::Module parsed(allocator);
    const Status status = wasm::parse(module.vector(), wasm::Features::all(), parsed);
    ASSERT_FALSE(status.ok()) << int{id};
    EXPECT_NE(status.error().code(), ErrorCode::OutOfMemory) << int{id};
  }
}

TEST(Hostile, StartIndexThatMeansNoneElsewhere) {
  const DecodedModule module(module_header().section(8, Bytes().leb(0xffff'ffff)).vector());
  EXPECT_EQ(module.message(), "0xa: start section: unknown function 4294967295");
}

TEST(Hostile, NamesWithCollidingBeginnings) {
  Bytes exports;
  exports.leb(20'000);
  const std::string common(1000, 'a');
  for (int i = 0; i < 20'000; ++i) exports.name(common + std::to_string(i)).add({0x00, 0x00});
  const DecodedModule module(
      module_header().section(1, {1, 0x60, 0, 0}).section(3, {1, 0}).section(7, exports).section(10, {1, 2, 0, 0x0b}).vector());
  EXPECT_EQ(module.message(), "");
}

}  // namespace
}  // namespace umber::test
