// The object heap by itself: layouts, budget, cycles, and random graphs of objects against a model that knows what can be
// reached.
#include "runtime/heap/heap.h"

#include <random>
#include <set>

#include "runtime/heap/array.h"
#include "tests/runtime/harness.h"

namespace umber::test {
namespace {

TEST(ObjectLayout, SmallFieldsFillGaps) {
  wasm::ObjectLayout layout;
  EXPECT_EQ(layout.place(1), 4u);
  EXPECT_EQ(layout.place(8), 8u);
  EXPECT_EQ(layout.place(2), 6u);
  EXPECT_EQ(layout.place(1), 5u);
  EXPECT_EQ(layout.size(), 16u);
  EXPECT_EQ(layout.place(2), 16u);
  EXPECT_EQ(layout.place(4), 20u);
  EXPECT_EQ(layout.place(16), 24u);
  EXPECT_EQ(layout.place(1), 18u);
  EXPECT_EQ(layout.size(), 40u);
}

TEST(ObjectLayout, FieldsNeverOverlap) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    wasm::ObjectLayout layout;
    std::set<uint32_t> used;
    for (int i = 0; i < 40; ++i) {
      const uint32_t bytes = 1u << random() % 5;
      const uint32_t at = layout.place(bytes);
      EXPECT_EQ(at % (bytes < 8 ? bytes : 8), 0u);
      EXPECT_GE(at, 4u);
      EXPECT_LE(at + bytes, layout.size());
      for (uint32_t byte = at; byte < at + bytes; ++byte) EXPECT_TRUE(used.insert(byte).second);
    }
  }
}

/// Objects with three references, and arrays of references.
class Heap : public ::testing::Test {
 protected:
  void start(const HeapConfig& config) {
    StoreConfig store_config;
    store_config.heap = config;
    world = std::make_unique<World>(store_config);
    instance = &world->must_instantiate(TextModule(R"((module
      (rec (type $node (struct (field (mut anyref)) (field i32) (field (mut (ref null $node))) (field (mut externref)))))
      (type $refs (array (mut anyref)))
      (type $bytes (array (mut i8)))))"));
    node = instance->context().type_ids[0];
    refs = instance->context().type_ids[1];
    bytes = instance->context().type_ids[2];
  }
  ObjectHeap& heap() { return world->store.objects(); }
  const StoreType& type(uint32_t id) { return world->store.types()[id]; }
  uint8_t* new_node() {
    const uint32_t size = type(node).object_bytes;
    uint8_t* object = heap().allocate(size, node);
    if (object != nullptr) std::memset(object + 4, 0, size - 4);
    return object;
  }
  uint8_t* new_array(uint32_t id, uint32_t length, uint32_t element) {
    uint8_t* object = heap().allocate(array_bytes(length, element), id);
    if (object == nullptr) return nullptr;
    store_le(object + wasm::kArrayLength, length);
    std::memset(object + wasm::kArrayElements, 0, size_t{length} * element);
    return object;
  }
  void link(uint8_t* from, unsigned field, const uint8_t* to) { store_le(from + type(node).object_refs()[field], ref_to(to)); }

  std::unique_ptr<World> world;
  Instance* instance = nullptr;
  uint32_t node = 0, refs = 0, bytes = 0;
};

TEST_F(Heap, KeepsWhatRootsReach) {
  start({});
  uint8_t* kept = new_node();
  uint8_t* child = new_node();
  uint8_t* dead = new_node();
  link(kept, 1, child);
  RootedRef root(heap(), ref_to(kept));
  heap().collect({});
  EXPECT_TRUE(heap().contains(ref_to(kept)));
  EXPECT_TRUE(heap().contains(ref_to(child)));
  EXPECT_FALSE(heap().contains(ref_to(dead)));
  EXPECT_FALSE(heap().contains(ref_to(kept) + 8)) << "only starts of objects";
  root.set(kNullRef);
  heap().collect({});
  EXPECT_FALSE(heap().contains(ref_to(kept)));
  EXPECT_EQ(heap().live_bytes(), 0u);
}

TEST_F(Heap, CyclesAreFreed) {
  start({});
  for (int i = 0; i < 1000; ++i) {
    uint8_t* a = new_node();
    uint8_t* b = new_node();
    link(a, 0, b);
    link(b, 2, a);
  }
  heap().collect({});
  EXPECT_EQ(heap().live_bytes(), 0u);
}

TEST_F(Heap, LongListsNeedNoRecursion) {
  start({});
  RootedRef head(heap());
  for (int i = 0; i < 1'000'000; ++i) {
    uint8_t* next = new_node();
    ASSERT_NE(next, nullptr);
    link(next, 1, object_at(head.get()));
    head.set(ref_to(next));
  }
  heap().collect({});
  EXPECT_EQ(heap().live_bytes(), uint64_t{1'000'000} * type(node).object_bytes);
}

/// Wide arrays of nodes, each with children of its own, overflow the mark stack.
TEST_F(Heap, MarkStackMayOverflow) {
  start({});
  constexpr uint32_t kWide = 100'000;
  RootedRef root(heap(), ref_to(new_array(refs, kWide, sizeof(Ref))));
  for (uint32_t i = 0; i < kWide; ++i) {
    RootedRef parent(heap(), ref_to(new_node()));
    uint8_t* child = new_node();
    link(object_at(parent.get()), 0, child);
    store_le(object_at(root.get()) + array_bytes(i, sizeof(Ref)), parent.get());
  }
  heap().collect({});
  EXPECT_GE(heap().live_bytes(), uint64_t{2} * kWide * type(node).object_bytes);
  for (uint32_t i = 0; i < kWide; i += 997) {
    const Ref parent = load_le<Ref>(object_at(root.get()) + array_bytes(i, sizeof(Ref)));
    ASSERT_TRUE(heap().contains(parent));
    EXPECT_TRUE(heap().contains(load_le<Ref>(object_at(parent) + type(node).object_refs()[0])));
  }
}

TEST_F(Heap, BudgetHolds) {
  HeapConfig config;
  config.max_bytes = 256 * 1024;
  start(config);
  RootedRef head(heap());
  uint32_t count = 0;
  for (;; ++count) {
    uint8_t* next = new_node();
    if (next == nullptr) break;
    ASSERT_LE(heap().bytes(), config.max_bytes);
    link(next, 1, object_at(head.get()));
    head.set(ref_to(next));
  }
  EXPECT_GT(count * type(node).object_bytes, config.max_bytes * 8 / 10);
  EXPECT_EQ(new_array(bytes, 300 * 1024, 1), nullptr);
  EXPECT_EQ(new_array(bytes, UINT32_MAX, 1), nullptr);
  head.set(kNullRef);
  EXPECT_NE(new_array(bytes, 200 * 1024, 1), nullptr) << "small objects gave their room back";
  for (int i = 0; i < 10'000; ++i) ASSERT_NE(new_node(), nullptr) << i;
  EXPECT_LE(heap().bytes(), config.max_bytes);
}

TEST_F(Heap, FailingAllocatorIsAFullHeap) {
  start({});
  for (uint64_t i = 0; i < 100; ++i) {
    world->allocator.fail_after(i);
    for (int n = 0; n < 50; ++n) {
      uint8_t* object = n % 2 == 0 ? new_node() : new_array(bytes, 1000, 1);
      if (object != nullptr) EXPECT_TRUE(heap().contains(ref_to(object)));
    }
    heap().collect({});
    world->allocator.fail_after(TestAllocator::kUnlimited);
  }
}

/// A random program on a graph: what a search from the roots finds must be there with its contents; what it does not find is
/// gone after a collection.
TEST_F(Heap, RandomGraphsAgreeWithAModel) {
  for (const bool stress : {false, true}) {
    HeapConfig config;
    config.collect_always = stress;
    config.min_collect_bytes = 8 * 1024;
    start(config);
    std::mt19937 random(stress ? 1 : 2);
    struct Object {
      Ref ref;
      bool is_node;
      uint32_t stamp;
      std::vector<Ref> edges;
    };
    std::map<Ref, Object> model;
    std::vector<Ref> roots(16, kNullRef);
    RootRange range(heap());
    range.set(roots.data(), roots.size());
    const auto reachable = [&] {
      std::set<Ref> seen;
      std::vector<Ref> todo(roots.begin(), roots.end());
      while (!todo.empty()) {
        const Ref ref = todo.back();
        todo.pop_back();
        if (ref == kNullRef || !seen.insert(ref).second) continue;
        for (const Ref edge : model.at(ref).edges) todo.push_back(edge);
      }
      return seen;
    };
    const auto field = [&](const Object& object, size_t i) {
      return object_at(object.ref) + (object.is_node ? type(node).object_refs()[i] : array_bytes(static_cast<uint32_t>(i), 8));
    };
    for (uint32_t step = 0; step < (stress ? 1500u : 20'000u); ++step) {
      const bool is_node = random() % 3 != 0;
      const uint32_t length = is_node ? 3 : random() % 50 == 0 ? 200 : random() % 20;
      uint8_t* memory = is_node ? new_node() : new_array(refs, length, sizeof(Ref));
      ASSERT_NE(memory, nullptr);
      Object object{ref_to(memory), is_node, step, std::vector<Ref>(length, kNullRef)};
      if (is_node) store_le(memory + type(node).fields()[1].offset, step);
      for (Ref& edge : object.edges) edge = random() % 3 == 0 ? roots[random() % roots.size()] : kNullRef;
      for (size_t i = 0; i < object.edges.size(); ++i) store_le(field(object, i), object.edges[i]);
      model[object.ref] = object;
      roots[random() % roots.size()] = object.ref;
      if (random() % 4 == 0) {  // an edge back, for cycles
        const Ref from = roots[random() % roots.size()];
        if (from != kNullRef && !model.at(from).edges.empty()) {
          const size_t i = random() % model.at(from).edges.size();
          model.at(from).edges[i] = object.ref;
          store_le(field(model.at(from), i), object.ref);
        }
      }
      if (random() % 5 == 0) roots[random() % roots.size()] = kNullRef;
      if (step % 500 != 0) continue;
      heap().collect({});
      const std::set<Ref> alive = reachable();
      for (auto it = model.begin(); it != model.end();) {
        const bool should_live = alive.contains(it->first);
        ASSERT_EQ(heap().contains(it->first), should_live) << "step " << step;
        if (!should_live) {
          it = model.erase(it);
          continue;
        }
        const Object& checked = it->second;
        if (checked.is_node) ASSERT_EQ(load_le<uint32_t>(object_at(checked.ref) + type(node).fields()[1].offset), checked.stamp);
        for (size_t i = 0; i < checked.edges.size(); ++i) ASSERT_EQ(load_le<Ref>(field(checked, i)), checked.edges[i]);
        ++it;
      }
    }
    roots.assign(roots.size(), kNullRef);
    heap().collect({});
    EXPECT_EQ(heap().live_bytes(), 0u);
  }
}

}  // namespace
}  // namespace umber::test
