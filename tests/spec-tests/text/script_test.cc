#include "spec-tests/text/script.h"

#include <gtest/gtest.h>

namespace umber::text {
namespace {

std::vector<Command> parse(std::string_view source) {
  TextResult<std::vector<Command>> script = parse_script(source);
  if (script.ok()) return std::move(script.value());
  ADD_FAILURE() << script.error().to_string();
  return {};
}

template <class T>
T only(std::string_view source) {
  std::vector<Command> commands = parse(source);
  if (commands.size() == 1 && std::holds_alternative<T>(commands[0].body)) return std::get<T>(commands[0].body);
  ADD_FAILURE() << "not one command of the expected kind: " << source;
  return {};
}

std::string error_of(std::string_view source) {
  const TextResult<std::vector<Command>> script = parse_script(source);
  return script.ok() ? "accepted" : script.error().to_string();
}

TEST(Script, ModulesInAllForms) {
  const std::string_view source =
      "\n(module $a (func))\n(module definition $b binary \"\\00asm\" \"\\01\")\n(module quote \"(func\" \")\")";
  const std::vector<Command> commands = parse(source);
  ASSERT_EQ(commands.size(), 3u);
  const auto& text = std::get<ModuleSource>(commands[0].body);
  EXPECT_EQ(text.form, ModuleForm::Text);
  EXPECT_EQ(text.name, "a");
  EXPECT_EQ(text.text, "(module $a (func))");
  EXPECT_EQ(text.position, (Position{2, 1}));
  EXPECT_FALSE(text.is_definition);
  const auto& binary = std::get<ModuleSource>(commands[1].body);
  EXPECT_EQ(binary.form, ModuleForm::Binary);
  EXPECT_TRUE(binary.is_definition);
  EXPECT_EQ(binary.name, "b");
  EXPECT_EQ(binary.bytes, std::string("\0asm\1", 5));
  const auto& quote = std::get<ModuleSource>(commands[2].body);
  EXPECT_EQ(quote.form, ModuleForm::Quote);
  EXPECT_EQ(quote.bytes, "(func)");
  EXPECT_TRUE(assemble(quote).ok());
}

TEST(Script, BareFieldsAreOneModule) {
  const auto module = only<ModuleSource>("(func) (memory 1)");
  EXPECT_EQ(module.text, "(func) (memory 1)");
  EXPECT_TRUE(assemble(module).ok());
  EXPECT_TRUE(parse("").empty());
}

TEST(Script, ABadModuleDoesNotSpoilTheFile) {
  const std::vector<Command> commands = parse("(module\n (func bogus))\n(module)");
  ASSERT_EQ(commands.size(), 2u);
  const TextResult<std::vector<uint8_t>> binary = assemble(std::get<ModuleSource>(commands[0].body));
  ASSERT_FALSE(binary.ok());
  EXPECT_EQ(binary.error().to_string(), "2:8: unknown operator bogus");
  EXPECT_EQ(commands[1].position, (Position{3, 1}));
}

TEST(Script, InstancesAndRegistration) {
  const auto instance = only<ModuleInstance>("(module instance $I $M)");
  EXPECT_EQ(instance.instance_name, "I");
  EXPECT_EQ(instance.module_name, "M");
  EXPECT_FALSE(only<ModuleInstance>("(module instance)").module_name);
  const auto command = only<Register>("(register \"m\" $I)");
  EXPECT_EQ(command.module_name, "m");
  EXPECT_EQ(command.instance, "I");
}

TEST(Script, ArgumentsOfAnInvocation) {
  const auto action = only<Action>(
      "(invoke $M \"f\" (i32.const -1) (i64.const 0x10) (f32.const nan:0x1) (f64.const -0) (v128.const i16x8 1 2 3 4 5 6 7 "
      "-1)"
      " (ref.null extern) (ref.extern 7) (ref.host 8))");
  const auto& invoke = std::get<Invoke>(action);
  EXPECT_EQ(invoke.instance, "M");
  EXPECT_EQ(invoke.function, "f");
  ASSERT_EQ(invoke.arguments.size(), 8u);
  EXPECT_EQ(invoke.arguments[0].bits, 0xffff'ffffu);
  EXPECT_EQ(invoke.arguments[1].bits, 16u);
  EXPECT_EQ(invoke.arguments[2].bits, 0x7f80'0001u);
  EXPECT_EQ(invoke.arguments[3].bits, uint64_t{1} << 63);
  EXPECT_EQ(invoke.arguments[4].kind, Value::Kind::V128);
  EXPECT_EQ(invoke.arguments[4].v128[2], 2);
  EXPECT_EQ(invoke.arguments[4].v128[15], 0xff);
  EXPECT_EQ(invoke.arguments[5].kind, Value::Kind::RefNull);
  EXPECT_EQ(invoke.arguments[5].heap_type, wasm::HeapType(wasm::HeapType::Extern));
  EXPECT_EQ(invoke.arguments[6].kind, Value::Kind::RefExtern);
  EXPECT_EQ(invoke.arguments[7].bits, 8u);
}

TEST(Script, ResultPatterns) {
  using Kind = ResultPattern::Kind;
  const auto assertion = only<AssertReturn>(
      "(assert_return (get \"g\") (i32.const 1) (f32.const nan:canonical) (f64.const nan:arithmetic)"
      " (v128.const f32x4 nan:canonical 1 nan:arithmetic -0) (ref.null) (ref.null func) (ref.extern) (ref.extern 3) "
      "(ref.host 4)"
      " (ref.func) (ref.i31) (ref.struct) (ref.array) (ref.eq) (ref.any) (ref.exn) (either (i32.const 1) (i32.const 2)))");
  EXPECT_EQ(std::get<Get>(assertion.action).global, "g");
  const std::vector<ResultPattern>& results = assertion.results;
  const std::vector<Kind> kinds = {Kind::I32,     Kind::F32,       Kind::F64,       Kind::V128,    Kind::RefNull,
                                   Kind::RefNull, Kind::RefExtern, Kind::RefExtern, Kind::RefHost, Kind::RefFunc,
                                   Kind::RefI31,  Kind::RefStruct, Kind::RefArray,  Kind::RefEq,   Kind::RefAny,
                                   Kind::RefExn,  Kind::Either};
  ASSERT_EQ(results.size(), kinds.size());
  for (size_t i = 0; i < kinds.size(); ++i) EXPECT_EQ(results[i].kind, kinds[i]) << i;
  EXPECT_EQ(results[1].lanes[0].kind, LanePattern::Kind::NanCanonical);
  EXPECT_EQ(results[2].lanes[0].kind, LanePattern::Kind::NanArithmetic);
  ASSERT_EQ(results[3].lanes.size(), 4u);
  EXPECT_TRUE(results[3].is_float_shape);
  EXPECT_EQ(results[3].lane_bits, 32);
  EXPECT_EQ(results[3].lanes[1].bits, 0x3f80'0000u);
  EXPECT_EQ(results[3].lanes[2].kind, LanePattern::Kind::NanArithmetic);
  EXPECT_FALSE(results[4].heap_type);
  EXPECT_EQ(results[5].heap_type, wasm::HeapType(wasm::HeapType::Func));
  EXPECT_FALSE(results[6].number);
  EXPECT_EQ(results[7].number, 3u);
  EXPECT_EQ(results[16].alternatives.size(), 2u);
}

TEST(Script, Assertions) {
  EXPECT_EQ(only<AssertTrap>("(assert_trap (invoke \"f\") \"unreachable\")").message, "unreachable");
  EXPECT_TRUE(std::holds_alternative<ModuleSource>(only<AssertTrap>("(assert_trap (module) \"x\")").subject));
  EXPECT_TRUE(std::holds_alternative<ModuleInstance>(only<AssertTrap>("(assert_trap (module instance $M) \"x\")").subject));
  EXPECT_EQ(only<AssertExhaustion>("(assert_exhaustion (invoke \"f\") \"call stack exhausted\")").message,
            "call stack exhausted");
  (void)only<AssertException>("(assert_exception (invoke \"f\"))");
  EXPECT_EQ(only<AssertMalformed>("(assert_malformed (module quote \"(\") \"unexpected token\")").module.bytes, "(");
  EXPECT_TRUE(only<AssertMalformed>("(assert_malformed_custom (module quote \"\") \"x\")").is_custom);
  EXPECT_FALSE(only<AssertInvalid>("(assert_invalid (module) \"x\")").is_custom);
  EXPECT_EQ(only<AssertUnlinkable>("(assert_unlinkable (module) \"unknown import\")").message, "unknown import");
}

TEST(Script, Threads) {
  const auto thread = only<Thread>("(thread $T (shared (module $Mem)) (register \"mem\" $Mem) (wait $U))");
  EXPECT_EQ(thread.name, "T");
  EXPECT_EQ(thread.shared, std::vector<std::string>{"Mem"});
  ASSERT_EQ(thread.commands.size(), 2u);
  EXPECT_EQ(std::get<Wait>(thread.commands[1].body).thread, "U");
}

TEST(Script, NamesTheDefectAndItsPlace) {
  EXPECT_EQ(error_of("(module)\n(bogus)"), "2:2: unknown operator bogus");
  EXPECT_EQ(error_of("(module) module"), "1:10: unexpected token module");
  EXPECT_EQ(error_of("(module"), "1:8: unexpected token: end of input");
  EXPECT_EQ(error_of("(register m)"), "1:11: unknown operator m");
  EXPECT_EQ(error_of("(invoke \"f\" (i32.const 0x100000000))"), "1:24: i32 constant out of range");
  EXPECT_EQ(error_of("(invoke \"f\" (i32.const nan:canonical))"), "1:24: unexpected token nan:canonical");
  EXPECT_EQ(error_of("(assert_return (module))"), "1:17: unexpected token module");
  EXPECT_EQ(error_of("(assert_return (invoke \"f\") (v128.const i32x4 1 2 3))"), "1:52: wrong number of lane literals");
  EXPECT_EQ(error_of("(register \"\\ff\")"), "1:11: malformed UTF-8 encoding");
}

TEST(Script, NestingIsLimited) {
  std::string either = "(assert_return (invoke \"f\")";
  for (int i = 0; i < 100'000; ++i) either += "(either ";
  EXPECT_NE(error_of(either).find("nested too deep"), std::string::npos);
  std::string thread;
  for (int i = 0; i < 100'000; ++i) thread += "(thread $t ";
  EXPECT_NE(error_of(thread).find("nested too deep"), std::string::npos);
}

}  // namespace
}  // namespace umber::text
