// The listing of a function is text that assembles to the same bytes.
#include "decoder/disasm/print_wasm.h"

#include <gtest/gtest.h>

#include <string>

#include "decoder/disasm/float_text.h"
#include "tests/decoder/ir/ir_fixture.h"

namespace umber::wasm {
namespace {

constexpr const char* kDeclarations = R"(
  (type (func (param i32) (result i32)))
  (type (struct (field i32) (field (mut i8))))
  (type (array (mut i16)))
  (type (func))
  (memory 1) (memory i64 1)
  (table 1 funcref) (table 1 externref)
  (global (mut i64) (i64.const 0))
  (tag (type 3))
  (data "x") (elem funcref (item ref.func 0)) (elem funcref (item ref.func 0))
)";

/// One function for each family of immediates.
constexpr const char* kFunctions[] = {
    "(type 0) (param i32) (result i32) local.get 0",
    "(type 3) (local i32 f64 v128 (ref null 1))",
    "(type 0) (param i32) (result i32) block (result i32) local.get 0 if (type 3) nop else loop br 1 end end i32.const -5 end",
    "(type 0) (param i32) (result i32) local.get 0 block local.get 0 br_table 0 1 0 end",
    "(type 0) (param i32) (result i32) local.get 0 i32.const 1 call_indirect 0 (type 0)",
    "(type 0) (param i32) (result i32) local.get 0 local.get 0 i32.load8_s 0 offset=7 i32.store16 offset=1 align=1 i32.const 0",
    "(type 3) i64.const 1 i32.const 2 i32.store8 1 offset=4294967296 i64.const -9223372036854775808 global.set 0",
    "(type 3) f32.const 0x1.8p-1 drop f64.const -inf drop f64.const nan:0x4 drop f32.const -0 drop f64.const 0x0.0000000000001p-1022 drop",
    "(type 3) v128.const i32x4 1 2 0xffffffff 4 v128.const i32x4 0 0 0 0 i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 "
    "i16x8.extract_lane_s 7 drop",
    "(type 3) i32.const 0 v128.const i32x4 0 0 0 0 v128.load16_lane offset=2 3 drop",
    "(type 3) memory.size drop i32.const 0 i32.const 0 i32.const 0 memory.init 0 data.drop 0",
    "(type 3) i64.const 0 i32.const 0 i32.const 0 memory.copy 1 0 i32.const 0 i32.const 0 i32.const 0 memory.fill",
    "(type 3) i32.const 0 i32.const 0 i32.const 0 table.init 0 1 elem.drop 0 i32.const 0 i32.const 0 i32.const 0 table.copy",
    "(type 3) i32.const 0 table.get 1 drop ref.null func drop ref.func 0 drop ref.null 1 drop",
    "(type 3) struct.new_default 1 struct.get_u 1 1 drop ref.null 1 ref.cast (ref null 1) ref.test (ref 1) drop",
    "(type 3) ref.null any block (result anyref) ref.null any br_on_cast 0 anyref (ref i31) end drop drop",
    "(type 3) i32.const 1 i32.const 2 array.new_fixed 2 2 array.len drop i32.const 0 i32.const 0 array.new_data 2 0 drop",
    "(type 3) block block (result exnref) try_table (type 3) (catch 0 1) (catch_all_ref 0) throw 0 end unreachable end throw_ref end",
    "(type 3) try nop catch 0 rethrow 0 catch_all end try nop delegate 0",
    "(type 3) i32.const 1 i32.const 2 i32.const 3 select (result i32) drop i32.const 0 i32.const 0 memory.atomic.notify offset=4 drop "
    "atomic.fence",
};

std::string module_of(const std::string& functions) { return std::string("(module") + kDeclarations + functions + ")"; }

TEST(PrintWasm, AssemblesToTheSameBytes) {
  std::string source;
  for (const char* function : kFunctions) source += std::string("(func ") + function + ")\n";
  test::ModuleUnderTest module(module_of(source));
  test::StringOutput listing;
  for (uint32_t i = 0; i < module->functions.size(); ++i) print_wasm(*module, i, listing);
  const text::TextResult<std::vector<uint8_t>> again = text::assemble(module_of(listing.text));
  ASSERT_TRUE(again.ok()) << again.error().to_string() << "\n" << listing.text;
  EXPECT_EQ(again.value(), std::vector<uint8_t>(module->bytes.begin(), module->bytes.end())) << listing.text;
}

TEST(PrintWasm, IndentsBlocksAndNamesOffsets) {
  test::ModuleUnderTest module("(func (export \"f\") (param i32) local.get 0 if nop else nop end)");
  test::StringOutput listing;
  print_wasm(*module, 0, listing, {.offsets = false});
  EXPECT_EQ(listing.text,
            "(func (;0;) (; \"f\" ;) (type 0) (param i32)\n"
            "  local.get 0\n"
            "  if\n"
            "    nop\n"
            "  else\n"
            "    nop\n"
            "  end\n"
            ")\n");
  listing.text.clear();
  print_wasm(*module, 0, listing);
  EXPECT_NE(listing.text.find("  local.get 0                                           ;; @0x"), std::string::npos) << listing.text;
}

TEST(PrintWasm, SaysWhatCannotBeRead) {
  test::ModuleUnderTest module(
      "(module binary \"\\00asm\\01\\00\\00\\00\" \"\\01\\04\\01\\60\\00\\00\" \"\\03\\02\\01\\00\" \"\\0a\\05\\01\\03\\00\\ff\\0b\")");
  test::StringOutput listing;
  print_wasm(*module, 0, listing);
  EXPECT_EQ(listing.text, "(func (;0;) (type 0)\n  ;; 0x17: illegal opcode\n)\n");
}

TEST(PrintSections, ListsEverySection) {
  test::ModuleUnderTest module(R"((module
    (type $s (sub (struct (field i32) (field (mut i8)))))
    (type (sub final $s (struct (field i32) (field (mut i8)) (field f64))))
    (import "env" "f" (func (param i32)))
    (import "env" "m" (memory 1 2))
    (table 3 10 funcref)
    (global (mut i32) (i32.add (i32.const 1) (i32.const 2)))
    (tag (param i64))
    (func $start)
    (export "go" (func $start))
    (start $start)
    (elem (i32.const 1) func $start)
    (data (i32.const 8) "hello")
    (data "passive")))");
  test::StringOutput listing;
  print_sections(*module, listing);
  const std::string& text = listing.text;
  for (const char* part : {
           "types: ",
           "     0 (sub (struct (field i32) (field (mut i8))))\n",
           "     1 (sub final 0 (struct (field i32) (field (mut i8)) (field f64)))\n",
           "     0 \"env\" \"f\" function 0 (type 2)\n",
           "functions: 1\n",
           "tables: 1\n     0 3 10 funcref\n",
           "     0 (mut i32) = i32.const 1 i32.const 2 i32.add\n",
           "tags: 1\n",
           "     0 \"go\" function 1\n",
           "start: function 1\n",
           "     0 table 0 at i32.const 1, 1 of ",
           "     0 memory 0 at i32.const 8, 5 bytes at 0x",
           "     1 passive, 7 bytes at 0x",
       })
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nis not in\n" << text;
}

TEST(FloatText, IsExact) {
  const auto f32 = [](uint32_t bits) { return std::string(text_of_float(bits, false).c_str()); };
  const auto f64 = [](double value) { return std::string(text_of_float(std::bit_cast<uint64_t>(value), true).c_str()); };
  EXPECT_EQ(f64(0), "0");
  EXPECT_EQ(f64(-0.0), "-0");
  EXPECT_EQ(f64(1), "1");
  EXPECT_EQ(f64(-100), "-100");
  EXPECT_EQ(f64(0.5), "0x1p-1");
  EXPECT_EQ(f64(1048576), "1048576");
  EXPECT_EQ(f64(4194304), "0x1p+22");
  EXPECT_EQ(f64(3.25), "0x1.ap+1");
  EXPECT_EQ(f64(0x1p-1074), "0x0.0000000000001p-1022");
  EXPECT_EQ(f32(0x0000'0001), "0x0.000002p-126");
  EXPECT_EQ(f32(0x7f7f'ffff), "0x1.fffffep+127");
  EXPECT_EQ(f32(0x7f80'0000), "inf");
  EXPECT_EQ(f32(0xffc0'0000), "-nan");
  EXPECT_EQ(f32(0x7fa0'0000), "nan:0x200000");
}

}  // namespace
}  // namespace umber::wasm
