// Random guests that compute with vectors: every instruction of integer lanes, every access, the chains that the encoder joins, calls, loops and
// branches between them. For comparing two ways of running the same program. Floats occur as sums and products of whole numbers, which are
// never NaN.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "decoder/wasm/opcode.h"

namespace umber::test {

class RandomVectors {
 public:
  explicit RandomVectors(uint64_t seed) : random_(seed) {
    for (unsigned i = 0; i < wasm::kOpCount; ++i) {
      const auto op = static_cast<wasm::Op>(i);
      const wasm::OpInfo& info = wasm::info_of(op);
      const std::string_view text(info.text.data(), info.text.size());
      if (info.feature != wasm::Feature::Simd || !info.signature.regular || info.signature.result_count != 1) continue;
      if (text.find("f32x4") != text.npos || text.find("f64x2") != text.npos || info.signature.params[0] == 'm') continue;
      if (info.immediate == wasm::Immediate::Shuffle) continue;
      (info.signature.results[0] == 'v' ? vector_ops_ : scalar_ops_).push_back(&info);
    }
  }

  /// A module that exports "run" (i32 i64 f32 f64) -> (i64) and a memory "memory".
  std::string make() {
    std::string text = "(module (memory (export \"memory\") 1) (global $g (mut v128) (v128.const i64x2 3 -4))\n";
    text += "(func $swap (param v128 i32 v128) (result v128) (i8x16.sub (local.get 2) (local.get 0)))\n";
    text += "(func (export \"run\") (param i32 i64 f32 f64) (result i64) (local $v0 v128) (local $v1 v128) (local $v2 v128) (local $v3 v128)\n";
    text += " (local $i0 i32) (local $i1 i32) (local $i2 i32) (local $c0 i32) (local $c1 i32) (local $c2 i32) (local $c3 i32) (local $c4 i32)\n";
    text += " (local.set $i0 (local.get 0)) (local.set $v0 (i64x2.splat (local.get 1))) (local.set $v1 (i8x16.splat (local.get 0)))\n";
    for (unsigned i = 4 + pick(12); i > 0; --i) text += statement(2) + "\n";
    for (int i = 0; i < 4; ++i)
      text += "(v128.store offset=" + std::to_string(16 * i) + " (i32.const 128) (local.get $v" + std::to_string(i) + "))";
    return text + "(i64.extend_i32_u (i32.add (local.get $i0) (i32.mul (local.get $i1) (local.get $i2))))))\n";
  }

 private:
  unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }
  bool chance(unsigned percent) { return pick(100) < percent; }
  std::string vector_local() { return "$v" + std::to_string(pick(4)); }
  std::string int_local() { return "$i" + std::to_string(pick(3)); }
  static std::string in(const std::string& text) { return " " + text; }

  std::string constant() {
    if (chance(20)) return "(v128.const i64x2 0 0)";
    if (chance(40)) return "(v128.const i16x8 8 8 8 8 8 8 8 8)";
    std::string text = "(v128.const i32x4";
    for (int i = 0; i < 4; ++i) text += in(std::to_string(static_cast<int32_t>(random_())));
    return text + ")";
  }
  std::string scalar(int depth) {
    switch (depth <= 0 ? pick(2) : pick(5)) {
      case 0: return "(local.get " + int_local() + ")";
      case 1: return "(i32.const " + std::to_string(pick(40)) + ")";
      case 2: return "(i32.add " + scalar(depth - 1) + in(scalar(depth - 1)) + ")";
      case 3: return "(local.tee " + int_local() + in(scalar(depth - 1)) + ")";
      default: {
        const wasm::OpInfo& info = *scalar_ops_[pick(static_cast<unsigned>(scalar_ops_.size()))];
        const std::string text = "(" + name_and_lane(info) + in(vector(depth - 1)) + ")";
        return info.signature.results[0] == 'l' ? "(i32.wrap_i64 " + text + ")" : text;
      }
    }
  }
  std::string name_and_lane(const wasm::OpInfo& info) {
    const std::string name(info.text.data(), info.text.size());
    const unsigned lanes = wasm::lane_count_of(info.immediate);
    return lanes == 0 ? name : name + in(std::to_string(pick(lanes)));
  }
  /// Inside the memory, but for one in hundreds.
  std::string address() {
    const std::string masked = "(i32.and " + scalar(1) + " (i32.const 16376))";
    if (pick(300) == 0) return "(i32.add " + masked + " (i32.const 65520))";
    if (chance(35)) return "(i32.add " + masked + " (i32.const " + std::to_string(pick(512)) + "))";
    if (chance(50)) return "(i32.add " + masked + " (i32.and (local.get " + int_local() + ") (i32.const 4095)))";
    return masked;
  }
  std::string load(int depth) {
    static const char* const kLoads[] = {"load8x8_s", "load8x8_u", "load16x4_s", "load16x4_u", "load32x2_s", "load32x2_u", "load8_splat",
                                         "load16_splat", "load32_splat", "load64_splat", "load32_zero", "load64_zero"};
    if (depth > 0 && chance(10)) return lane_access("load", vector(depth - 1));
    return std::string("(v128.") + (chance(60) ? "load" : kLoads[pick(12)]) + " offset=" + std::to_string(pick(24)) + in(address()) + ")";
  }
  std::string lane_access(const std::string& what, const std::string& value) {
    const unsigned log2 = pick(4);
    return "(v128." + what + std::to_string(8u << log2) + "_lane offset=" + std::to_string(pick(8)) + in(std::to_string(pick(16u >> log2))) +
           in(address()) + in(value) + ")";
  }
  std::string shuffle(int depth) {
    std::string text = "(i8x16.shuffle";
    for (int i = 0; i < 16; ++i) text += in(std::to_string(pick(32)));
    return text + in(vector(depth - 1)) + in(vector(depth - 1)) + ")";
  }
  /// Whole numbers as floats.
  std::string numbers(int depth) { return "(f32x4.convert_i32x4_s " + (depth <= 0 ? load(0) : vector(depth - 1)) + ")"; }
  /// What is joined: extensions of extensions, products and sums, also of what is loaded.
  std::string idiom(int depth) {
    static const char* const kExtensions[] = {"i16x8.extend_low_i8x16_u", "i16x8.extend_high_i8x16_u", "i32x4.extend_low_i16x8_u",
                                              "i32x4.extend_high_i16x8_u", "i64x2.extend_low_i32x4_u", "i64x2.extend_high_i32x4_u"};
    static const char* const kSums[] = {"add", "sub"};
    static const char* const kOps[] = {"v128.and", "v128.xor", "i8x16.add", "i8x16.sub", "i16x8.sub", "i32x4.add", "i32x4.sub", "i8x16.eq", "i32x4.mul"};
    const auto binary = [&](const std::string& op, const std::string& a, const std::string& b) {
      return "(" + op + (chance(50) ? in(a) + in(b) : in(b) + in(a)) + ")";
    };
    switch (pick(6)) {
      case 0:
        return std::string("(") + kExtensions[pick(6)] + " (" + kExtensions[pick(6)] + in(vector(depth - 1)) + "))";
      case 1: return std::string("(") + kExtensions[pick(6)] + in(shuffle(depth)) + ")";
      case 2: {
        const std::string lanes = chance(50) ? "i16x8" : "i32x4";
        const std::string product = binary(lanes + ".mul", vector(depth - 1), chance(40) ? load(0) : vector(depth - 1));
        return binary(lanes + "." + kSums[pick(2)], product, vector(depth - 1));
      }
      case 3: {
        const std::string product = binary("f32x4.mul", numbers(depth - 1), chance(40) ? numbers(0) : numbers(depth - 1));
        return "(i32x4.trunc_sat_f32x4_s " + binary(std::string("f32x4.") + kSums[pick(2)], product, numbers(depth - 1)) + ")";
      }
      case 4: {
        const std::string local = vector_local();
        return binary(kOps[pick(9)], "(local.tee " + local + in(vector(depth - 1)) + ")", "(local.get " + local + ")");
      }
      default: return binary(kOps[pick(9)], load(0), chance(70) ? "(local.get " + vector_local() + ")" : vector(depth - 1));
    }
  }
  std::string operation(int depth) {
    const wasm::OpInfo& info = *vector_ops_[pick(static_cast<unsigned>(vector_ops_.size()))];
    std::string text = "(" + name_and_lane(info);
    for (unsigned i = 0; i < info.signature.param_count; ++i) {
      const char type = info.signature.params[i];
      text += in(type == 'v' ? vector(depth - 1) : type == 'i' ? scalar(depth - 1) : "(i64.extend_i32_s " + scalar(depth - 1) + ")");
    }
    return text + ")";
  }
  std::string vector(int depth) {
    const unsigned what = depth <= 0 ? pick(40) : pick(100);
    if (what < 22) return "(local.get " + vector_local() + ")";
    if (what < 30) return constant();
    if (what < 42) return load(depth);
    if (what < 46) return "(local.tee " + vector_local() + in(vector(depth - 1)) + ")";
    if (what < 49) return "(select " + vector(depth - 1) + in(vector(depth - 1)) + in(scalar(depth - 1)) + ")";
    if (what < 51) return "(if (result v128) " + scalar(depth - 1) + " (then " + vector(depth - 1) + ") (else " + vector(depth - 1) + "))";
    if (what < 53) return "(call $swap " + vector(depth - 1) + in(scalar(0)) + in(vector(depth - 1)) + ")";
    if (what < 54) return "(global.get $g)";
    if (what < 60) return shuffle(depth);
    return what < 75 ? idiom(depth) : operation(depth);
  }
  std::string statement(int depth) {
    const unsigned what = depth <= 0 ? pick(60) : pick(80);
    if (what < 25) return "(local.set " + vector_local() + in(vector(4)) + ")";
    if (what < 40) return "(v128.store offset=" + std::to_string(pick(16)) + in(address()) + in(vector(3)) + ")";
    if (what < 45) return lane_access("store", vector(2));
    if (what < 55) return "(local.set " + int_local() + in(scalar(3)) + ")";
    if (what < 60) return "(global.set $g " + vector(2) + ")";
    if (what < 70) return "(if " + scalar(2) + " (then " + statement(depth - 1) + in(statement(depth - 1)) + ") (else " + statement(depth - 1) + "))";
    if (counters_ == 5) return "nop";
    const std::string counter = "$c" + std::to_string(counters_++), label = "$l" + std::to_string(counters_);
    return "(local.set " + counter + " (i32.const 0)) (loop " + label + in(statement(depth - 1)) + in(statement(depth - 1)) + " (br_if " + label +
           " (i32.lt_u (local.tee " + counter + " (i32.add (local.get " + counter + ") (i32.const 1))) (i32.const 5))))";
  }

  std::mt19937_64 random_;
  std::vector<const wasm::OpInfo*> vector_ops_, scalar_ops_;
  unsigned counters_ = 0;
};

}  // namespace umber::test
