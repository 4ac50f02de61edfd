// Typed host functions: their Wasm types, conversions, and what happens to hostile pointers.
#include "runtime/host_function.h"

#include <limits>

#include "tests/runtime/harness.h"

enum class TestErrno : uint16_t { Success = 0, Bad = 8, Fault = 21 };

template <>
struct umber::HostFault<TestErrno> {
  static constexpr TestErrno kFault = TestErrno::Fault;
};

namespace umber::test {
namespace {

using wasm::ValType;

struct Pair {
  uint32_t first;
  uint32_t second;
};

struct Host {
  int calls = 0;
  uint64_t sum = 0;

  TestErrno add_all(Caller&, uint32_t base, GuestSpan<const Pair> pairs, GuestPtr<uint64_t> out) {
    ++calls;
    sum = base;
    for (size_t i = 0; i < pairs.size(); ++i) sum += pairs.get(i).first + pairs.get(i).second;
    out.set(sum);
    return TestErrno::Success;
  }
  void touch(GuestSpan<uint8_t> bytes) {
    ++calls;
    for (uint8_t& byte : bytes.bytes()) byte = 0x5a;
  }
  HostValue<int64_t> checked(Caller& caller, int64_t value) {
    ++calls;
    if (value < 0) return caller.trap(TrapKind::HostError, "negative: ", value);
    return value * 2;
  }
};

int32_t mix(int8_t a, uint16_t b, float c, double d, TestErrno e) {
  return a + b + static_cast<int32_t>(c) + static_cast<int32_t>(d) + static_cast<int32_t>(e);
}
HostResult quit(Caller& caller, int32_t code) { return caller.exit(code); }
int8_t minus_one() { return -1; }
uint64_t wide_span(GuestSpan<const uint32_t, uint64_t> values) { return values.size(); }
uint32_t with_state(Host* host, uint32_t value) { return value + static_cast<uint32_t>(host->calls); }

std::string types_of(std::span<const ValType> types) {
  std::string text;
  for (ValType type : types) text += to_string(wasm::text_of(type).str()) + " ";
  return text;
}

TEST(HostFunction, WasmTypesFollowFromTheSignature) {
  Host host;
  const HostFunction add_all = host_function<&Host::add_all>(&host);
  EXPECT_EQ(types_of(add_all.params), "i32 i32 i32 i32 ");
  EXPECT_EQ(types_of(add_all.results), "i32 ");
  EXPECT_EQ(types_of(host_function<&mix>().params), "i32 i32 f32 f64 i32 ");
  EXPECT_EQ(types_of(host_function<&quit>().params), "i32 ");
  EXPECT_EQ(types_of(host_function<&quit>().results), "");
  EXPECT_EQ(types_of(host_function<&Host::touch>(&host).results), "");
  EXPECT_EQ(types_of(host_function<&Host::checked>(&host).results), "i64 ");
  EXPECT_EQ(types_of(host_function<&wide_span>().params), "i64 i64 ");
}

/// An instance whose own function `run` calls the imported host function 0 with the values it was given.
class HostCalls : public ::testing::Test {
 protected:
  static RunStatus forward(Execution& execution, const Func& func, Slot* values) {
    const Func& host = *func.ctx->imported_funcs[0];
    return host.entry(execution, host, values);
  }
  Func& define(const HostFunction& function) {
    EXPECT_TRUE(world.linker.define("env", "host", function).ok());
    Extern host;
    EXPECT_TRUE(world.linker.find("env", "host", host));
    std::string type;
    for (ValType param : function.params) type += "(param " + to_string(wasm::text_of(param).str()) + ")";
    for (ValType result : function.results) type += "(result " + to_string(wasm::text_of(result).str()) + ")";
    world.tier.functions["run"] = forward;
    const TextModule module("(module (import \"env\" \"host\" (func " + type + ")) (memory (export \"m\") 1)" +
                            "(func (export \"run\") " + type + " (unreachable)))");
    instance = &world.must_instantiate(module);
    return *instance->find_func("run");
  }
  RunStatus call(const Func& func, std::initializer_list<uint64_t> arguments) {
    size_t i = 0;
    for (uint64_t argument : arguments) values[i++].u64 = argument;
    return world.execution.call(func, values);
  }
  Host host;
  Instance* instance = nullptr;
  Slot values[8] = {};
  World world;
};

TEST_F(HostCalls, SpansAndPointers) {
  const Func& run = define(host_function<&Host::add_all>(&host));
  const uint32_t pairs[] = {1, 2, 3, 4};
  std::memcpy(instance->memory(0).base() + 101, pairs, sizeof pairs);  // unaligned
  ASSERT_EQ(call(run, {100, 101, 2, 7}), RunStatus::Done);
  EXPECT_EQ(values[0].u64, 0u);
  EXPECT_EQ(load_le<uint64_t>(instance->memory(0).base() + 7), 110u);
}

TEST_F(HostCalls, HostilePointersBecomeTheFaultValue) {
  const Func& run = define(host_function<&Host::add_all>(&host));
  const struct {
    uint64_t pointer, count, out;
  } hostile[] = {
      {65536, 1, 0},        // just behind the end
      {65529, 1, 0},        // the last byte is outside
      {0xffff'ffff, 1, 0},  // far away
      {0, 0x2000'0000, 0},  // 2^29 * 8 wraps to 0 in 32 bits
      {0, 0xffff'ffff, 0},  //
      {8, 0x1fff'ffff, 0},  // ends beyond 4 GiB
      {65537, 0, 0},        // empty, but outside
      {0, 1, 65529},        // the out pointer
      {0, 1, 0xffff'fff9},  // wraps at the end of the address space
  };
  for (const auto& item : hostile) {
    ASSERT_EQ(call(run, {0, item.pointer, item.count, item.out}), RunStatus::Done);
    EXPECT_EQ(values[0].u64, 21u) << item.pointer << " " << item.count << " " << item.out;
  }
  EXPECT_EQ(host.calls, 0);
  ASSERT_EQ(call(run, {0, 65536, 0, 65528}), RunStatus::Done);  // empty at the end is fine
  EXPECT_EQ(values[0].u64, 0u);
  ASSERT_EQ(call(run, {0, 65528, 1, 0}), RunStatus::Done);
  EXPECT_EQ(values[0].u64, 0u);
}

TEST_F(HostCalls, TheUpperHalfOfAnI32IsIgnored) {
  const Func& run = define(host_function<&Host::add_all>(&host));
  ASSERT_EQ(call(run, {0xdead'0000'0001, 0xdead'0000'0000, 0xdead'0000'0000, 0xdead'0000'0008}), RunStatus::Done);
  EXPECT_EQ(values[0].u64, 0u);
  EXPECT_EQ(host.sum, 1u);
}

TEST_F(HostCalls, HostilePointersTrapElsewhere) {
  const Func& run = define(host_function<&Host::touch>(&host));
  ASSERT_EQ(call(run, {65530, 7}), RunStatus::Trapped);
  EXPECT_EQ(world.execution.last_trap().kind, TrapKind::MemoryOutOfBounds);
  EXPECT_EQ(host.calls, 0);
  ASSERT_EQ(call(run, {65530, 6}), RunStatus::Done);
  EXPECT_EQ(instance->memory(0).base()[65535], 0x5a);
}

TEST_F(HostCalls, Scalars) {
  const Func& run = define(host_function<&mix>());
  Slot c{}, d{};
  c.f32 = 3.5f;
  d.f64 = 4.5;
  ASSERT_EQ(call(run, {0xffff'ffff, 0x1'0002, c.u64, d.u64, 0x1'0008}), RunStatus::Done);
  EXPECT_EQ(values[0].u64, static_cast<uint32_t>(-1 + 2 + 3 + 4 + 8));
}

TEST_F(HostCalls, SmallSignedResultsAreExtendedToI32) {
  ASSERT_EQ(call(define(host_function<&minus_one>()), {}), RunStatus::Done);
  EXPECT_EQ(values[0].u64, 0xffff'ffffu);
}

TEST_F(HostCalls, ValueOrTrap) {
  const Func& run = define(host_function<&Host::checked>(&host));
  ASSERT_EQ(call(run, {21}), RunStatus::Done);
  EXPECT_EQ(values[0].i64, 42);
  ASSERT_EQ(call(run, {static_cast<uint64_t>(-5)}), RunStatus::Trapped);
  EXPECT_EQ(world.execution.last_trap().kind, TrapKind::HostError);
  EXPECT_EQ(to_string(world.execution.last_trap().message()), "negative: -5");
}

TEST_F(HostCalls, Exit) {
  ASSERT_EQ(call(define(host_function<&quit>()), {3}), RunStatus::Trapped);
  EXPECT_EQ(world.execution.last_trap().kind, TrapKind::Exit);
  EXPECT_EQ(world.execution.last_trap().exit_code, 3);
}

TEST_F(HostCalls, StateAsFirstParameter) {
  host.calls = 5;
  ASSERT_EQ(call(define(host_function<&with_state>(&host)), {37}), RunStatus::Done);
  EXPECT_EQ(values[0].u64, 42u);
}

TEST_F(HostCalls, CallsAllocateNothing) {
  const Func& run = define(host_function<&Host::add_all>(&host));
  const uint64_t before = world.allocator.allocations();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(call(run, {0, 0, 4, 64}), RunStatus::Done);
  EXPECT_EQ(world.allocator.allocations(), before);
}

TEST(HostFunction, WithoutAMemoryEveryPointerFaults) {
  World world;
  Host host;
  Result<Func*> func = world.store.create_func(host_function<&Host::touch>(&host));
  ASSERT_TRUE(func.ok());
  Slot values[2] = {};
  values[1].u64 = 1;
  EXPECT_EQ(world.execution.call(**func, values), RunStatus::Trapped);
  EXPECT_EQ(host.calls, 0);
}

TEST(GuestSpan, StaysRightWhenTheMemoryMoves) {
  StoreConfig config;
  config.bounds = BoundsMode::Checked;
  config.move_memory_on_grow = true;
  World world(config, World::NoPages);
  Instance& instance = world.must_instantiate(TextModule("(module (memory 1))"));
  Memory& memory = instance.memory(0);
  GuestSpan<uint32_t> span;
  ASSERT_TRUE(GuestSpan<uint32_t>::check(memory.view(), 8, 2, span));
  span.set(1, 77);
  const uint8_t* before = memory.base();
  ASSERT_EQ(memory.grow(1), 1u);
  ASSERT_NE(memory.base(), before);
  EXPECT_EQ(span.get(1), 77u);
  EXPECT_EQ(span.data(), memory.base() + 8);
}

uint32_t one_of(uint32_t) { return 1; }
uint32_t two_of(uint32_t, uint32_t) { return 2; }
uint32_t three_of(uint64_t) { return 3; }

TEST_F(HostCalls, OverloadsAreToldApartByTheImportsType) {
  Linker& linker = world.linker;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(linker.define("env", "f" + std::to_string(i), host_function<&one_of>()).ok());
  ASSERT_TRUE(linker.define("env", "f", host_function<&one_of>()).ok());
  ASSERT_TRUE(linker.define_overload("env", "f", host_function<&two_of>()).ok());
  ASSERT_TRUE(linker.define_overload("env", "f", host_function<&three_of>()).ok());
  ASSERT_TRUE(linker.define_overload("env", "only", host_function<&two_of>()).ok());
  for (int i = 100; i < 300; ++i) ASSERT_TRUE(linker.define("env", "f" + std::to_string(i), host_function<&one_of>()).ok());
  const auto result_of = [&](const char* name, const std::string& params) {
    world.tier.functions["run"] = forward;
    const TextModule module(std::string("(module (import \"env\" \"") + name + "\" (func " + params + "(result i32))) (func (export \"run\") " + params +
                            "(result i32) (unreachable)))");
    instance = &world.must_instantiate(module);
    EXPECT_EQ(call(*instance->find_func("run"), {0, 0}), RunStatus::Done);
    return values[0].u32;
  };
  EXPECT_EQ(result_of("f", "(param i32)"), 1u);
  EXPECT_EQ(result_of("f", "(param i32 i32)"), 2u);
  EXPECT_EQ(result_of("f", "(param i64)"), 3u);
  EXPECT_EQ(result_of("only", "(param i32 i32)"), 2u);
  const TextModule other("(module (import \"env\" \"f\" (func (param f32) (result i32))))");
  Result<Instance*> none = world.instantiate(other);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code(), ErrorCode::Unlinkable);
  Extern found;
  EXPECT_TRUE(linker.find("env", "f", found, 2));
  EXPECT_FALSE(linker.find("env", "f", found, 3));
  ASSERT_TRUE(linker.define("env", "f", host_function<&one_of>()).ok());
  EXPECT_FALSE(linker.find("env", "f", found, 1)) << "a definition replaces all of them";
}

/// A linker that serves one module resolves what one for all would resolve, in whatever order things are defined.
TEST_F(HostCalls, ServedAloneResolvesTheSame) {
  Instance& library = world.must_instantiate(TextModule(R"((module (func (export "f") (param i32) (result i32) (i32.const 9)) (memory (export "m") 1)))"));
  const TextModule module(R"((module (import "env" "f" (func (param i32 i32) (result i32))) (import "env" "only" (func (param i32) (result i32)))
                                     (import "env" "m" (memory 1)) (import "env" "f" (func (param i32) (result i32)))))");
  world.modules.push_back(module);  // outlives the store
  const auto target_of = [](const Extern& item) { return reinterpret_cast<const HostFuncRecord*>(item.func->target)->callback; };
  for (int order = 0; order < 2; ++order) {
    Linker all(world.store), served(world.store);
    ASSERT_TRUE(served.serve_only(module).ok());
    EXPECT_EQ(served.instantiate(module, world.tier, world.execution).error().code(), ErrorCode::Unlinkable);
    for (Linker* linker : {&all, &served}) {
      if (order == 0) ASSERT_TRUE(linker->define_instance("env", library).ok());
      ASSERT_TRUE(linker->define("env", "f", host_function<&one_of>()).ok());
      ASSERT_TRUE(linker->define_overload("env", "f", host_function<&three_of>()).ok());
      ASSERT_TRUE(linker->define_overload("env", "f", host_function<&two_of>()).ok());
      ASSERT_TRUE(linker->define_overload("env", "only", host_function<&two_of>()).ok());
      ASSERT_TRUE(linker->define_overload("env", "only", host_function<&one_of>()).ok());
      ASSERT_TRUE(linker->define("env", "passed over", host_function<&one_of>()).ok());
      if (order == 1) ASSERT_TRUE(linker->define_instance("env", library).ok());
    }
    Vec<Extern> expected(world.allocator), got(world.allocator);
    ASSERT_TRUE(all.resolve(module, expected).ok());
    ASSERT_TRUE(served.resolve(module, got).ok());
    for (const size_t function : {0, 1, 3}) EXPECT_EQ(target_of(got[function]), target_of(expected[function])) << function;
    EXPECT_EQ(got[2].memory, expected[2].memory);
    Extern found;
    EXPECT_TRUE(served.find("env", "m", found));
    EXPECT_FALSE(served.find("env", "passed over", found));
    EXPECT_TRUE(served.instantiate(module, world.tier, world.execution).ok());
  }
}

}  // namespace
}  // namespace umber::test
