#include "spec-tests/text/assemble.h"

#include <gtest/gtest.h>

namespace umber::text {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes assembled(std::string_view source) {
  TextResult<Bytes> binary = assemble(source);
  if (binary.ok()) return std::move(binary.value());
  ADD_FAILURE() << binary.error().to_string() << "\n" << source;
  return {};
}

/// The module behind its header, in hexadecimal.
std::string hex_of(std::string_view source) {
  std::string hex;
  const Bytes binary = assembled(source);
  for (size_t i = 8; i < binary.size(); ++i) {
    hex += "0123456789abcdef"[binary[i] >> 4];
    hex += "0123456789abcdef"[binary[i] & 15];
  }
  return hex;
}

/// The code section's one function: its locals and instructions.
std::string code_of(const std::string& body) {
  const std::string hex = hex_of("(module (func " + body + "))");
  const size_t code = hex.find("030201000a");
  return code == std::string::npos ? hex : hex.substr(code + 16);
}

std::string error_of(std::string_view source) {
  const TextResult<Bytes> binary = assemble(source);
  return binary.ok() ? "accepted" : binary.error().to_string();
}

TEST(Assemble, EmptyModule) {
  const Bytes empty = {0, 'a', 's', 'm', 1, 0, 0, 0};
  EXPECT_EQ(assembled("(module)"), empty);
  EXPECT_EQ(assembled(""), empty);
  EXPECT_EQ(assembled("(module binary \"\\00asm\" \"\\01\\00\\00\\00\")"), empty);
  EXPECT_EQ(assembled("(module quote \"(mod\" \"ule)\")"), empty);
  EXPECT_EQ(assembled("(module definition)"), empty);
}

TEST(Assemble, EverySectionInOrder) {
  EXPECT_EQ(hex_of("(type (func)) (import \"m\" \"f\" (func (type 0))) (func (type 0)) (table 1 funcref) (memory 1) (tag)"
                   "(global i32 (i32.const 7)) (export \"e\" (func 1)) (start 1) (elem (i32.const 0) 1) (data \"d\")"),
            "010401600000"        // type
            "020701016d01660000"  // import
            "03020100"            // func
            "040401700001"        // table
            "0503010001"          // memory
            "0d03010000"          // tag
            "0606017f0041070b"    // global
            "07050101650001"      // export
            "080101"              // start
            "0907010041000b0101"  // elem
            "0a040102000b"        // code
            "0b0401010164");      // data
}

TEST(Assemble, NamesGoToTheNameSection) {
  EXPECT_EQ(hex_of("(module $m (func $f (param $p i32) (local i32) (local $l i64)))"),
            "01050160017f00"            // type
            "03020100"                  // func
            "0a08010602017f017e0b"      // code: two locals
            "001a046e616d65"            // custom section "name"
            "0002016d"                  //   module m
            "010401000166"              //   function 0: f
            "020901000200017002016c");  //   function 0: locals 0: p, 2: l
}

TEST(Assemble, FoldedAndFlatAreTheSame) {
  const std::pair<const char*, const char*> pairs[] = {
      {"(drop (i32.add (i32.const 1) (i32.const 2)))", "i32.const 1 i32.const 2 i32.add drop"},
      {"(block $l (br $l))", "block $l br $l end $l"},
      {"(if (i32.const 1) (then nop) (else unreachable))", "i32.const 1 if nop else unreachable end"},
      {"(if (result i32) (i32.const 1) (then (i32.const 2)) (else (i32.const 3))) drop",
       "i32.const 1 if (result i32) i32.const 2 else i32.const 3 end drop"},
      {"(loop $a (block $b (br_table $a $b 2 (i32.const 0))))", "loop $a block $b i32.const 0 br_table $a $b 2 end end"},
      {"(try (do nop) (catch_all nop))", "try nop catch_all nop end"},
      {"(block $l (try (do nop) (delegate $l)))", "block $l try nop delegate $l end"},
      {"(block $l (try_table (catch_all $l) nop))", "block $l try_table (catch_all $l) nop end end"},
      {"(call_indirect (param i32) (i32.const 0) (i32.const 1))", "i32.const 0 i32.const 1 call_indirect (param i32)"},
  };
  for (const auto& [folded, flat] : pairs)
    EXPECT_EQ(code_of("(local i32) " + std::string(folded)), code_of("(local i32) " + std::string(flat))) << folded;
}

TEST(Assemble, ImmediatesOfEveryShape) {
  EXPECT_EQ(code_of("(i32.const -1)"), "00417f0b");
  EXPECT_EQ(code_of("(i64.const 0x8000000000000000)"), "00428080808080808080807f0b");
  EXPECT_EQ(code_of("(f32.const 1)"), "00430000803f0b");
  EXPECT_EQ(code_of("(v128.const i32x4 1 2 3 -1)"), "00fd0c010000000200000003000000ffffffff0b");
  EXPECT_EQ(code_of("i32.load offset=16 align=1"), "002800100b");
  EXPECT_EQ(code_of("i32.load 1"), "00284201000b");
  EXPECT_EQ(code_of("v128.load8_lane 5"), "00fd540000050b");
  EXPECT_EQ(code_of("v128.load8_lane 1 5"), "00fd54400100050b");
  EXPECT_EQ(code_of("v128.load8_lane offset=1 5"), "00fd540001050b");
  EXPECT_EQ(code_of("memory.copy"), "00fc0a00000b");
  EXPECT_EQ(code_of("memory.copy 1 2"), "00fc0a01020b");
  EXPECT_EQ(code_of("table.init 3"), "00fc0c03000b");
  EXPECT_EQ(code_of("table.init 2 3"), "00fc0c03020b");
  EXPECT_EQ(code_of("select"), "001b0b");
  EXPECT_EQ(code_of("select (result i32)"), "001c017f0b");
  EXPECT_EQ(code_of("ref.null none"), "00d0710b");
  EXPECT_EQ(code_of("ref.test (ref i31)"), "00fb146c0b");
  EXPECT_EQ(code_of("ref.test i31ref"), "00fb156c0b");
  EXPECT_EQ(code_of("ref.cast (ref null 0)"), "00fb17000b");
  EXPECT_EQ(code_of("br_on_cast 0 anyref (ref eq)"), "00fb1801006e6d0b");
  EXPECT_EQ(code_of("br_on_cast_fail 0 (ref any) eqref"), "00fb1902006e6d0b");
  EXPECT_EQ(code_of("atomic.fence"), "00fe03000b");
  EXPECT_EQ(code_of("i32.atomic.rmw.add"), "00fe1e02000b");
  EXPECT_EQ(code_of("i64.mul_wide_s"), "00fc150b");
}

TEST(Assemble, BlockTypes) {
  EXPECT_EQ(code_of("block end"), "0002400b0b");
  EXPECT_EQ(code_of("block (result (ref null 0)) end"), "000263000b0b");
  EXPECT_EQ(code_of("block (type 0) end"), "0002000b0b");
  EXPECT_EQ(hex_of("(func block (param i32) end)"),
            "010802600000"
            "60017f00"
            "03020100"
            "0a0701050002010b0b");
}

TEST(Assemble, TypesStatedInPlaceAreShared) {
  EXPECT_EQ(
      hex_of("(type (func (param i32))) (import \"\" \"\" (func (param i32))) (import \"\" \"\" (func (result i32)))"),
      "01090260017f00"
      "6000017f"
      "0209020000000000000001");
  EXPECT_EQ(hex_of("(rec (type (func)) (type (func))) (import \"\" \"\" (func))"),
            "010c024e02600000600000"
            "600000"
            "02050100000002")
      << "a type inside of a group is not the same as one that stands alone";
}

TEST(Assemble, RecursiveTypesAndFields) {
  EXPECT_EQ(hex_of("(rec (type (struct (field $x (mut i8)) (field i32 (ref null 1)))) (type (sub (array i16))))"),
            "0111014e02"
            "5f0378017f00630100"
            "50005e7700");
  EXPECT_EQ(hex_of("(type $a (sub (func))) (type (sub final $a (func)))").substr(0, 24),
            "010c025000600000"
            "4f010060");
  EXPECT_EQ(hex_of("(rec (type (sub final (func))))"), "010401600000");
  EXPECT_NE(hex_of("(type $s (struct (field i32) (field $y i64))) (func struct.get $s $y)").find("fb0200010b"),
            std::string::npos);
}

TEST(Assemble, LimitsOfMemoriesAndTables) {
  EXPECT_EQ(hex_of("(memory 1 2 shared)"), "050401030102");
  EXPECT_EQ(hex_of("(memory i64 1 (pagesize 1))"), "0504010c0100");
  EXPECT_EQ(hex_of("(memory (data \"abc\"))"),
            "050401010101"
            "0b09010041000b03616263");
  EXPECT_EQ(hex_of("(memory (pagesize 1) (data \"abc\"))"), "050501090303000b09010041000b03616263");
  EXPECT_EQ(hex_of("(table i64 1 funcref)"), "040401700401");
  EXPECT_EQ(hex_of("(table 1 (ref func) (ref.func 0))"), "040a01400064700001d2000b");
}

TEST(Assemble, DataCountOnlyWhereCodeNamesData) {
  EXPECT_EQ(hex_of("(memory 1) (data \"\")").find("0c0101"), std::string::npos);
  EXPECT_NE(hex_of("(memory 1) (data \"\") (func data.drop 0)").find("0c0101"), std::string::npos);
}

TEST(Assemble, CustomAnnotationsBecomeSections) {
  EXPECT_EQ(hex_of("(@custom \"a\" (before type) \"x\" \"y\") (@custom \"b\") (type (func))"),
            "000401617879"
            "010401600000"
            "00020162");
  const std::string hints = hex_of("(func i32.const 0 (@metadata.code.branch_hint \"\\01\") if end)");
  EXPECT_NE(hints.find("010001030101"), std::string::npos) << hints;
}

TEST(Assemble, NestingCostsNoNativeStack) {
  constexpr int kDepth = 200'000;
  std::string blocks = "(func ";
  for (int i = 0; i < kDepth; ++i) blocks += "(block ";
  blocks.append(kDepth, ')');
  EXPECT_GT(assembled(blocks + ")").size(), size_t{3} * kDepth);
  std::string operands = "(func ";
  for (int i = 0; i < kDepth; ++i) operands += "(i32.eqz ";
  operands.append(kDepth, ')');
  EXPECT_GT(assembled(operands + ")").size(), size_t{kDepth});
  std::string comments;
  for (int i = 0; i < kDepth; ++i) comments += "(;";
  EXPECT_EQ(error_of(comments), "1:1: unclosed comment");
}

TEST(Assemble, LexicalAndStructuralDefects) {
  EXPECT_EQ(error_of("(module"), "1:8: unexpected token: end of input");
  EXPECT_EQ(error_of("(module))"), "1:9: unexpected token )");
  EXPECT_EQ(error_of("(module\n  (fnuc))"), "2:4: unknown operator fnuc");
  EXPECT_EQ(error_of("(module (block))"), "1:10: unexpected token block");
  EXPECT_EQ(error_of("(func 0x)"), "1:7: unknown operator 0x");
  EXPECT_EQ(error_of("(func i32.ad)"), "1:7: unknown operator i32.ad");
  EXPECT_EQ(error_of("(func i32.const)"), "1:16: unexpected token )");
  EXPECT_EQ(error_of("(func (result i32) (param i32))"), "1:21: unexpected token param");
  EXPECT_EQ(error_of("(func (local i32) (param i32))"), "1:20: unexpected token param");
  EXPECT_EQ(error_of("(import \"\\80\" \"\" (func))"), "1:9: malformed UTF-8 encoding");
}

TEST(Assemble, DefectsOfBlocks) {
  EXPECT_EQ(error_of("(func block)"), "1:12: unexpected token )");
  EXPECT_EQ(error_of("(func end)"), "1:7: unexpected token end");
  EXPECT_EQ(error_of("(func (block end))"), "1:14: unexpected token end");
  EXPECT_EQ(error_of("(func (block block))"), "1:19: unexpected token )");
  EXPECT_EQ(error_of("(func block else end)"), "1:13: unexpected token else");
  EXPECT_EQ(error_of("(func if else else end)"), "1:15: unexpected token else");
  EXPECT_EQ(error_of("(func block $a end $b)"), "1:20: mismatching label $b");
  EXPECT_EQ(error_of("(func block end $b)"), "1:17: mismatching label $b");
  EXPECT_EQ(error_of("(func (br $l))"), "1:11: unknown label $l");
  EXPECT_EQ(error_of("(func (if $l (br_if $l) (then)))"), "1:21: unknown label $l");
  EXPECT_EQ(error_of("(func (if (i32.const 0)))"), "1:24: unexpected token )");
  EXPECT_EQ(error_of("(func (if (i32.const 0) (else)))"), "1:26: unexpected token else");
  EXPECT_EQ(error_of("(func (if (then) (else) (else)))"), "1:26: unexpected token else");
  EXPECT_EQ(error_of("(func (i32.eqz nop))"), "1:16: unexpected token nop");
  EXPECT_EQ(error_of("(func (then))"), "1:8: unexpected token then");
  EXPECT_EQ(error_of("(func (try (catch_all)))"), "1:13: unexpected token catch_all");
  EXPECT_EQ(error_of("(func (try (do) (catch_all) (catch_all)))"), "1:30: unexpected token catch_all");
  EXPECT_EQ(error_of("(func block (param $x i32) end)"), "1:20: unexpected token $x");
}

TEST(Assemble, DefectsOfNames) {
  EXPECT_EQ(error_of("(func $f) (func $f)"), "1:17: duplicate func $f");
  EXPECT_EQ(error_of("(func (param $x i32) (local $x i32))"), "1:29: duplicate local $x");
  EXPECT_EQ(error_of("(type (struct (field $x i32) (field $x i32)))"), "1:37: duplicate field $x");
  EXPECT_EQ(error_of("(func call $g)"), "1:12: unknown func $g");
  EXPECT_EQ(error_of("(func local.get $x)"), "1:17: unknown local $x");
  EXPECT_EQ(error_of("(export \"e\" (global $g))"), "1:21: unknown global $g");
  EXPECT_EQ(error_of("(func (type $t))"), "1:13: unknown type $t");
  EXPECT_EQ(error_of("(type $t (func)) (func (type $t) (param i32))"), "1:34: inline function type does not match type 0");
  EXPECT_EQ(error_of("(func (type 3) (param i32))"), "1:16: unknown type 3");
}

TEST(Assemble, DefectsOfModules) {
  EXPECT_EQ(error_of("(func) (import \"\" \"\" (func))"), "1:9: import after function");
  EXPECT_EQ(error_of("(memory 1) (func (import \"\" \"\"))"), "1:13: import after memory");
  EXPECT_EQ(error_of("(func) (start 0) (start 0)"), "1:25: multiple start sections");
  EXPECT_EQ(error_of("(memory 1 (pagesize 3))"), "1:21: invalid custom page size");
  EXPECT_EQ(error_of("(table 1)"), "1:9: unexpected token )");
}

TEST(Assemble, DefectsOfNumbers) {
  EXPECT_EQ(error_of("(func i32.const 4294967296)"), "1:17: i32 constant out of range");
  EXPECT_EQ(error_of("(func f32.const 1e39)"), "1:17: f32 constant out of range");
  EXPECT_EQ(error_of("(func i32.const 1.5)"), "1:17: unexpected token 1.5");
  EXPECT_EQ(error_of("(func f32.const nan:canonical)"), "1:17: unexpected token nan:canonical");
  EXPECT_EQ(error_of("(func i32.load align=3)"), "1:16: alignment must be a power of two");
  EXPECT_EQ(error_of("(func i32.load align=0)"), "1:16: alignment must be a power of two");
  EXPECT_EQ(error_of("(func i32.load offset=)"), "1:16: unknown operator offset=");
  EXPECT_EQ(error_of("(func i32.load align=4 offset=0)"), "1:24: unexpected token offset=0");
  EXPECT_EQ(error_of("(func local.get 4294967296)"), "1:17: i32 constant out of range");
  EXPECT_EQ(error_of("(func v128.const i32x4 1 2 3)"), "1:29: wrong number of lane literals");
  EXPECT_EQ(error_of("(func i8x16.extract_lane_s 256)"), "1:28: i8 constant out of range");
  EXPECT_EQ(error_of("(func i8x16.shuffle 1 2 3)"), "1:21: invalid lane length");
}

TEST(Assemble, DefectsOfAnnotations) {
  EXPECT_EQ(error_of("(func (@custom \"a\"))"), "1:7: misplaced @custom annotation");
  EXPECT_EQ(error_of("(@custom \"a\" here)"), "1:14: @custom annotation: unexpected token here");
  EXPECT_EQ(error_of("(@custom (a))"), "1:10: @custom annotation: missing section name");
  EXPECT_EQ(error_of("(@custom \"a\" (before x))"), "1:22: @custom annotation: malformed section kind");
  EXPECT_EQ(error_of("(module (func) (@name \"M\"))"), "1:16: misplaced @name annotation");
  EXPECT_EQ(error_of("(module (@metadata.code.branch_hint \"\\00\"))"),
            "1:9: @metadata.code.branch_hint annotation: not in a function");
  EXPECT_EQ(error_of("(func (@metadata.code.branch_hint \"\\00\") nop)"),
            "1:42: @metadata.code.branch_hint annotation: invalid target");
}

}  // namespace
}  // namespace umber::text
