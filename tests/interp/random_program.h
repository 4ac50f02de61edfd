// Random guests that terminate: nested blocks, loops with counters, branches of every kind, calls, memory and all regular scalar
// instructions. For comparing two ways of running the same program. What differs legitimately is left out: the bits of a NaN
// are never looked at.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "decoder/wasm/opcode.h"

namespace umber::test {

class RandomProgram {
 public:
  explicit RandomProgram(uint64_t seed) : random_(seed) {
    for (unsigned i = 0; i < wasm::kOpCount; ++i) {
      const auto op = static_cast<wasm::Op>(i);
      const wasm::OpInfo& info = wasm::info_of(op);
      if (!info.signature.regular || info.signature.result_count != 1 || info.immediate != wasm::Immediate::None) continue;
      if (info.feature != wasm::Feature::Mvp && info.feature != wasm::Feature::SignExtension &&
          info.feature != wasm::Feature::SaturatingConversion)
        continue;
      const std::string_view text(info.text.data(), info.text.size());
      if (text.find("reinterpret_f") != text.npos || text.find("copysign") != text.npos) continue;
      ops_.push_back(&info);
    }
  }

  /// A module that exports "run" (i32 i64 f32 f64) -> (i64), a memory "memory", and globals.
  std::string make() {
    std::string text = "(module (memory (export \"memory\") 1) (table 4 funcref) (elem (i32.const 0) $f0 $f1 $f0 $g)\n"
                       "(global $i (mut i32) (i32.const 7)) (global $l (mut i64) (i64.const -9)) (global $d (mut f64) (f64.const 2.5))\n"
                       "(type $leaf (func (param i32 i64) (result i64)))\n"
                       "(func $g (result i32) (i32.const 1))\n"
                       "(func $sum (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))\n"
                       "(func $next (param i32) (result i32) (local i32) (local.set 1 (i32.add (local.get 0) (i32.const 3))) (local.get 1))\n"
                       "(func $byte (param i32) (result i32) (i32.load8_s offset=3 (local.get 0)))\n"
                       "(func $turns (param i32) (result i32) (local i32) (block $out (br_if $out (i32.lt_u (local.get 0) (i32.const 2)))\n"
                       "  (loop $l (local.set 1 (i32.add (local.get 1) (local.get 0)))\n"
                       "    (br_if $l (i32.gt_u (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1))) (i32.const 1)))))\n"
                       "  (i32.xor (i32.add (local.get 0) (local.get 1)) (local.get 1)))\n"
                       "(func $wide (param i32) (result i64) (i64.load32_s (local.get 0)))\n"
                       "(func $many (param i32 i64 i32 f64 i32 i32 i64 i32 f32 i32) (result i64) (i64.add (i64.add (local.get 1) (i64.mul (local.get 6) (i64.const 7)))"
                       " (i64.extend_i32_u (i32.add (i32.xor (local.get 0) (local.get 2)) (i32.sub (i32.add (local.get 4) (local.get 5))"
                       " (i32.add (i32.add (local.get 7) (local.get 9)) (i32.trunc_sat_f64_s (f64.add (local.get 3) (f64.promote_f32 (local.get 8)))))))))) \n";
    text += function("$f0", "(type $leaf) (param i32 i64) (result i64)", "il", 0);
    text += function("$f1", "(type $leaf) (param i32 i64) (result i64)", "il", 1);
    text += function("$run (export \"run\")", "(param i32 i64 f32 f64) (result i64)", "ilfd", 2);
    return text + ")\n";
  }

 private:
  struct Local {
    char type;
    std::string name;
  };

  unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }
  bool chance(unsigned percent) { return pick(100) < percent; }

  std::string function(const std::string& name, const std::string& type, const std::string& params, unsigned level) {
    locals_.clear();
    counters_ = 0;
    labels_ = 0;
    level_ = level;
    work_ = 0;
    open_.clear();
    for (size_t i = 0; i < params.size(); ++i) locals_.push_back({params[i], std::to_string(i)});
    std::string declared;
    const unsigned count = 2 + pick(10);
    for (unsigned i = 0; i < count; ++i) {
      const char letter = "iiilldf"[pick(7)];
      declared += std::string(" (local $v") + std::to_string(i) + " " + type_name(letter) + ")";
      locals_.push_back({letter, "$v" + std::to_string(i)});
    }
    std::string body = statements(4, 3 + pick(5));
    for (unsigned i = 0; i < counters_; ++i) declared += " (local $c" + std::to_string(i) + " i32)";
    return "(func " + name + " " + type + declared + "\n" + body + "\n(i64.add " + expression('l', 3) + hash() + "))\n";
  }

  /// All locals in one number.
  std::string hash() {
    std::string text = "(i64.const 1)";
    for (const Local& local : locals_) {
      const std::string get = "(local.get " + local.name + ")";
      std::string bits = get;
      if (local.type == 'i') bits = "(i64.extend_i32_u " + get + ")";
      if (local.type == 'f') bits = "(i64.trunc_sat_f32_s " + get + ")";
      if (local.type == 'd') bits = "(i64.trunc_sat_f64_s " + get + ")";
      text = "(i64.add (i64.mul " + text + " (i64.const 31)) " + bits + ")";
    }
    return text;
  }

  static std::string type_name(char letter) {
    return letter == 'i' ? "i32" : letter == 'l' ? "i64" : letter == 'f' ? "f32" : "f64";
  }
  /// A local of the type, or "" if there is none.
  std::string local_of(char type) {
    for (int tries = 0; tries < 20; ++tries) {
      const Local& local = locals_[pick(static_cast<unsigned>(locals_.size()))];
      if (local.type == type) return local.name;
    }
    return "";
  }
  std::string constant(char type) {
    static const char* const kInts[] = {"0", "1", "-1", "2", "7", "31", "255", "65535", "-128", "2147483647", "-2147483648", "4096"};
    static const char* const kLongs[] = {"0", "1", "-1", "3", "63", "4294967295", "-4294967296", "9223372036854775807", "-9223372036854775808"};
    static const char* const kFloats[] = {"0", "-0", "1", "-1.5", "3.25", "1e10", "inf", "-inf", "nan", "65536"};
    if (type == 'i') return "(i32.const " + std::string(kInts[pick(12)]) + ")";
    if (type == 'l') return "(i64.const " + std::string(kLongs[pick(9)]) + ")";
    return "(" + type_name(type) + ".const " + kFloats[pick(10)] + ")";
  }

  std::string address() { return "(i32.and " + expression('i', 2) + " (i32.const 64504))"; }
  std::string sum_address() {
    if (chance(50)) return address();
    if (pick(300) == 0) return "(i32.add " + address() + " (i32.const -4))";  // may wrap around
    return "(i32.add (i32.or " + address() + " (i32.const 64)) (i32.const " + std::string(chance(90) ? "-4" : "12") + "))";
  }

  static std::string number(unsigned value) { return "(i32.const " + std::to_string(value) + ")"; }

  /// base + index << scale, inside the memory.
  std::string indexed_address() {
    const std::string base = "(i32.and " + expression('i', 1) + " (i32.const 32248))";
    const std::string index = "(i32.and " + expression('i', 1) + " (i32.const 2047))";
    const std::string scaled = chance(25) ? index : "(i32.shl " + index + " " + number(pick(4)) + ")";
    std::string sum = chance(50) ? "(i32.add " + base + " " + scaled + ")" : "(i32.add " + scaled + " " + base + ")";
    if (chance(30)) sum = "(i32.add " + sum + " " + number(pick(64)) + ")";
    return sum;
  }

  /// What compilers write often, and the encoder joins: scaled sums, bit fields, products of a sum, operands in memory.
  std::string idiom(char type, int depth) {
    const std::string name = type_name(type);
    const bool is_int = type == 'i' || type == 'l';
    const std::string a = expression(type, depth - 1), b = expression(type, depth - 1);
    const auto binary = [&](const std::string& op, const std::string& x, const std::string& y) {
      return "(" + name + "." + op + " " + x + " " + y + ")";
    };
    const auto either = [&](const std::string& op, const std::string& x, const std::string& y) {
      return chance(50) ? binary(op, x, y) : binary(op, y, x);
    };
    static const char* const kIntOps[] = {"add", "sub", "and", "or", "xor", "mul"};
    static const char* const kFloatOps[] = {"add", "sub", "mul", "div"};
    if (chance(35)) return either(is_int ? kIntOps[pick(6)] : kFloatOps[pick(4)], a, load(type));
    if (!is_int) {
      const std::string product = either("mul", a, chance(40) ? load(type) : b);
      return either(chance(60) ? "add" : "sub", expression(type, depth - 1), product);
    }
    if (chance(10)) return either("and", binary("add", a, constant(type)), b);
    const std::string count = "(" + name + ".const " + std::to_string(pick(8)) + ")";
    const std::string shifted = binary(chance(60) ? "shl" : "shr_u", a, count);
    switch (pick(4)) {
      case 0: return either(chance(60) ? "add" : chance(50) ? "xor" : "or", shifted, b);
      case 1: {
        const std::string field = binary("and", shifted, constant(type));
        return chance(50) ? field : either("add", b, field);
      }
      case 2: return binary("shl", binary("and", a, constant(type)), count);
      default: return binary("add", either("add", b, chance(50) ? a : shifted), constant(type));
    }
  }

  /// Numbers that no operation makes NaN of, so that their bits may be looked at.
  std::string whole_number(char type) { return "(" + type_name(type) + ".convert_i32_s " + expression('i', 1) + ")"; }

  /// Many terms, some of them alike.
  std::string long_sum(int depth) {
    std::string text = expression('i', depth - 1);
    for (unsigned terms = 2 + pick(6); terms > 0; --terms) {
      const std::string term = chance(20) ? "(i32.shl " + expression('i', 1) + " " + number(pick(5)) + ")" : expression('i', 1);
      text = chance(80) ? "(i32.add " + text + " " + term + ")" : chance(50) ? "(i32.add " + term + " " + text + ")" : "(i32.sub " + text + " " + term + ")";
    }
    return text;
  }

  /// A load whose address is an index and nothing else.
  std::string scaled_load(char type) {
    const unsigned shift = type == 'i' || type == 'f' ? 2 : 3;
    return "(" + type_name(type) + ".load offset=" + std::to_string(pick(64)) + " (i32.shl (i32.and " + expression('i', 1) + " (i32.const 4095)) " +
           number(chance(80) ? shift : pick(4)) + "))";
  }

  /// An update of one place, and the store of an operation's result, of any type.
  std::string update(char type) {
    const std::string pointer = local_of('i');
    if (pointer.empty()) return "nop";
    const std::string name = type_name(type);
    const bool is_int = type == 'i' || type == 'l';
    static const char* const kIntOps[] = {"add", "sub", "and", "or", "xor", "mul"};
    static const char* const kFloatOps[] = {"add", "sub", "mul"};
    const auto op = [&] { return name + "." + (is_int ? kIntOps[pick(6)] : kFloatOps[pick(3)]); };
    const auto value = [&] { return is_int ? expression(type, 1) : whole_number(type); };
    const std::string offset = " offset=" + std::to_string(pick(3) * 8) + " ";
    const std::string address = chance(60) ? "(local.get " + pointer + ")" : "(i32.add (local.get " + pointer + ") (i32.const 16))";
    std::string text = "(local.set " + pointer + " (i32.and " + expression('i', 1) + " (i32.const 32248)))";
    text += " (" + name + ".store" + offset + address + " (" + op() + " " + value() + " " + value() + "))";
    const std::string there = "(" + name + ".load" + offset + address + ")";
    const std::string other = chance(30) && is_int ? constant(type) : value();
    return text + " (" + name + ".store" + offset + address + " (" + op() + " " + (chance(60) ? there + " " + other : other + " " + there) + "))";
  }

  /// A store of what a load behind a load reads, of a byte's entry in a table, of what is elsewhere in memory, or of a product that is
  /// added to what is there. The pointers point into the memory, but for one in hundreds.
  std::string chain(char type) {
    const std::string pointer = local_of('i'), other = local_of('i');
    if (pointer.empty() || other.empty()) return "nop";
    const std::string name = type_name(type);
    const auto place = [&](unsigned most) { return "offset=" + std::to_string(8 * pick(most)) + " "; };
    const auto set = [&](const std::string& local) {
      const std::string mask = "(i32.and " + expression('i', 1) + " (i32.const 32248))";
      return "(local.set " + local + " " + (pick(300) == 0 ? "(i32.sub " + mask + " (i32.const 9))" : mask) + ") ";
    };
    const std::string get = "(local.get " + pointer + ")", get_other = "(local.get " + other + ")";
    const std::string near = chance(60) ? get : "(i32.add " + get + " (i32.const 24))";
    std::string text = set(pointer) + (pointer == other ? "" : set(other));
    const auto store = [&](const std::string& value) { return "(" + name + ".store " + place(4) + near + " " + value + ")"; };
    switch (pick(type == 'f' || type == 'd' ? 5 : 4)) {
      case 0:
        text += "(i32.store offset=16 " + get + " (i32.and " + expression('i', 1) + " " + number(pick(300) == 0 ? 131071 : 65504) + ")) ";
        return text + store("(" + name + ".load " + place(3) + "(i32.load offset=16 " + get + "))");
      case 1: {
        const std::string index = "(i32.shl (i32.load8_u offset=1 " + get_other + ") " + number(chance(80) ? (type == 'i' ? 2 : 3) : pick(4)) + ")";
        return text + store("(" + name + ".load " + place(3) + (chance(50) ? index : "(i32.add " + get + " " + index + ")") + ")");
      }
      case 2: return text + store("(" + name + ".load " + place(3) + get_other + ")") + " (i32.store8 offset=3 " + near + " (i32.load8_u offset=5 " + get_other + "))";
      case 3: {
        const std::string sum = "(local.tee " + other + " (i32.add " + get + " (i32.const 40)))";
        return text + store("(" + name + ".load " + place(3) + sum + ")");
      }
      default: break;
    }
    const auto there = [&](const std::string& address) { return "(" + name + ".load offset=8 " + address + ")"; };
    const std::string a = chance(50) ? there(get_other) : whole_number(type), b = chance(60) ? there(near) : whole_number(type);
    text += "(" + name + ".store offset=8 " + get_other + " " + whole_number(type) + ") (" + name + ".store offset=8 " + near + " " + whole_number(type) + ") ";
    const std::string product = "(" + name + ".mul " + a + " " + b + ")";
    const std::string sum = chance(70) ? there(near) + " " + product : product + " " + there(near);
    return text + "(" + name + ".store offset=8 " + near + " (" + name + (chance(60) ? ".add " : ".sub ") + sum + "))";
  }

  /// A sum of products that begins and ends in one local; sometimes that is read on the way.
  std::string sum_of_products(char type) {
    const std::string local = local_of(type);
    if (local.empty()) return "nop";
    const std::string name = type_name(type);
    const auto factor = [&] { return chance(60) ? load(type) : expression(type, 1); };
    std::string sum = "(local.get " + local + ")";
    for (unsigned terms = 1 + pick(4); terms > 0; --terms) {
      const std::string product = "(" + name + ".mul " + factor() + " " + factor() + ")";
      const std::string op = name + (chance(70) ? ".add " : ".sub ");
      sum = "(" + op + (chance(80) ? sum + " " + product : product + " " + sum) + ")";
    }
    return "(local.set " + local + " " + sum + ")";
  }

  /// A virtual machine: a loop that begins with a br_table, on a value, a sum, a byte in memory or the byte that a pointer goes past.
  std::string machine(int depth) {
    const std::string counter = "$c" + std::to_string(counters_++), local = local_of('i');
    if (local.empty()) return "nop";
    const std::string label = "$b" + std::to_string(labels_++), end = "$b" + std::to_string(labels_++);
    work_ *= 4;
    const std::string get = "(local.get " + local + ")", offset = " offset=" + std::to_string(pick(4)) + " ";
    const std::string index[] = {get, "(i32.add " + get + " " + number(pick(3)) + ")", "(i32.load8_u" + offset + get + ")",
                                 get + " (local.set " + local + " (i32.add " + get + " " + number(1 + pick(4)) + ")) i32.load8_u" + offset};
    const std::string back = "(br_if " + end + " (i32.eqz (local.tee " + counter + " (i32.sub (local.get " + counter + ") (i32.const 1))))) ";
    const unsigned kind = pick(4);
    const std::string first = "$b" + std::to_string(labels_++), second = "$b" + std::to_string(labels_++);
    std::string text = "(local.set " + counter + " " + number(1 + pick(12)) + ") (local.set " + local + " (i32.and " + get + " " + number(kind < 2 ? 3 : 4095) + "))";
    text += "(block " + end + " (loop " + label + " (block " + first + " (block " + second + " " + index[kind] + " br_table " + first + " " + second + " " + first + ") ";
    text += statements(depth - 1, 1 + pick(2)) + back + (chance(50) ? "" : "(local.set " + local + " (i32.and " + get + " (i32.const 1023)))") + "(br " + label + ")) ";
    return text + (chance(50) ? statements(0, 1) : "(i32.store8 offset=9 (i32.const 64) " + get + ")") + back + "(br " + label + ")))";
  }

  /// A branch on what lies at an address with an index.
  std::string tested_element() {
    const std::string label = "$b" + std::to_string(labels_++);
    const std::string value = std::string(chance(50) ? "(i32.load8_u" : "(i32.load") + " offset=" + std::to_string(pick(8)) + " " + indexed_address() + ")";
    const std::string test = chance(40) ? value : chance(30) ? "(i32.eqz " + value + ")" : std::string(chance(50) ? "(i32.eq " : "(i32.ne ") + value + " " + number(pick(3)) + ")";
    return "(block " + label + " (br_if " + label + " " + test + ") " + statements(1, 1) + ")";
  }

  /// Branches on a sum or on some bits, by comparison or by table.
  std::string tested_sum() {
    const std::string label = "$b" + std::to_string(labels_++), inner = "$b" + std::to_string(labels_++);
    const std::string local = local_of('i');
    static const char* const kTests[] = {"eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"};
    const std::string start = "(block " + label + " (block " + inner + " ";
    if (chance(30))
      return start + "(br_table " + inner + " " + label + " " + inner + " (i32.add " + expression('i', 1) + " " + number(pick(4)) + "))) " + statements(1, 1) + ")";
    std::string value = chance(50) ? "(i32.add " + expression('i', 1) + " " + constant('i') + ")" : "(i32.and " + expression('i', 1) + " " + number(pick(16)) + ")";
    if (!local.empty() && chance(30)) value = "(local.tee " + local + " " + value + ")";
    const std::string bound = chance(50) ? number(pick(16)) : constant('i');
    return start + "(br_if " + label + " (i32." + kTests[chance(50) ? pick(2) : pick(10)] + " " + value + " " + bound + "))) " + statements(1, 1) + ")";
  }

  std::string load(char type) {
    static const char* const kInt[] = {"i32.load", "i32.load8_s", "i32.load8_u", "i32.load16_s", "i32.load16_u"};
    static const char* const kLong[] = {"i64.load", "i64.load8_s", "i64.load8_u", "i64.load16_s", "i64.load16_u", "i64.load32_s", "i64.load32_u"};
    const std::string op = type == 'i' ? kInt[pick(5)] : type == 'l' ? kLong[pick(7)] : type_name(type) + ".load";
    if (chance(15)) return scaled_load(type);
    return "(" + op + " offset=" + std::to_string(pick(8)) + " " + (chance(30) ? indexed_address() : sum_address()) + ")";
  }

  std::string operation(char type, int depth) {
    for (;;) {
      const wasm::OpInfo& info = *ops_[pick(static_cast<unsigned>(ops_.size()))];
      if (info.signature.results[0] != type) continue;
      const std::string name(info.text.data(), info.text.size());
      const bool divides = name.find("div_") != name.npos || name.find("rem_") != name.npos;
      if (name.find("trunc_f") != name.npos && chance(99)) continue;
      std::string text = "(" + name;
      for (unsigned i = 0; i < info.signature.param_count; ++i) {
        std::string operand = expression(info.signature.params[i], depth - 1);
        if (divides && i == 1 && pick(300) != 0)
          operand = info.signature.params[i] == 'i' ? "(i32.or " + operand + " (i32.const 1))" : "(i64.or " + operand + " (i64.const 1))";
        text += " " + operand;
      }
      return text + ")";
    }
  }

  std::string call() {
    const std::string arguments = expression('i', 1) + " " + expression('l', 1);
    work_ += 8;
    if (chance(20)) {
      std::string text = "(call $many";
      for (const char type : {'i', 'l', 'i', 'd', 'i', 'i', 'l', 'i', 'f', 'i'}) text += " " + expression(type, 1);
      return text + ")";
    }
    if (chance(15)) return "(call $wide (i32.and " + expression('i', 1) + " (i32.const 65528)))";
    if (chance(50)) return "(call $f" + std::to_string(pick(level_)) + " " + arguments + ")";
    // Elements 0 and 2 are $f0, 1 is $f1: only what is below this function.
    const std::string index = level_ == 1 ? "(i32.and " + expression('i', 1) + " (i32.const 2))" : "(i32.rem_u " + expression('i', 1) + " (i32.const 3))";
    return "(call_indirect (type $leaf) " + arguments + " " + index + ")";
  }

  /// A call of a function that is one operation.
  std::string small_call() {
    switch (pick(4)) {
      case 0: return "(call $sum " + expression('i', 1) + " " + expression('i', 1) + ")";
      case 1: return "(call $next " + expression('i', 1) + ")";
      case 2: return "(call $turns " + expression('i', 1) + ")";
      default: return "(call $byte (i32.and " + expression('i', 1) + " (i32.const 65528)))";
    }
  }

  std::string expression(char type, int depth) {
    const unsigned what = depth <= 0 ? pick(40) : pick(100);
    if (what < 30) {
      const std::string local = local_of(type);
      if (!local.empty()) return "(local.get " + local + ")";
    }
    if (what < 40) return constant(type);
    if (what < 52) return load(type);
    if (what < 56 && type != 'f') return std::string("(global.get $") + type + ")";
    if (what < 61) return "(select " + expression(type, depth - 1) + " " + expression(type, depth - 1) + " " + expression('i', depth - 1) + ")";
    if (what < 66) {
      const std::string local = local_of(type);
      if (!local.empty()) return "(local.tee " + local + " " + expression(type, depth - 1) + ")";
    }
    if (what < 70)
      return "(if (result " + type_name(type) + ") " + expression('i', depth - 1) + " (then " + expression(type, depth - 1) + ") (else " +
             expression(type, depth - 1) + "))";
    if (what < 73) {
      const std::string label = "$b" + std::to_string(labels_++);
      return "(block " + label + " (result " + type_name(type) + ") (drop (br_if " + label + " " + expression(type, depth - 1) + " " +
             expression('i', depth - 1) + ")) " + expression(type, depth - 1) + ")";
    }
    if (what < 76 && type == 'l' && level_ > 0 && work_ < 60) return call();
    if (what < 79 && type == 'i') return small_call();
    if (what < 82 && type == 'i') return long_sum(depth);
    return chance(35) ? idiom(type, depth) : operation(type, depth);
  }

  std::string statements(int depth, unsigned count) {
    std::string text;
    for (unsigned i = 0; i < count; ++i) text += statement(depth) + "\n";
    return text;
  }

  std::string loop(int depth) {
    const std::string counter = "$c" + std::to_string(counters_++);
    const std::string label = "$b" + std::to_string(labels_++);
    const unsigned turns = 1 + pick(12);
    work_ *= 4;
    std::string body = statements(depth - 1, 1 + pick(4));
    if (chance(40)) {
      // counts down
      return "(local.set " + counter + " (i32.const " + std::to_string(turns) + ")) (loop " + label + " " + body + " (br_if " + label +
             " (local.tee " + counter + " (i32.sub (local.get " + counter + ") (i32.const 1)))))";
    }
    if (chance(40)) return two_counts(counter, label, body, turns);
    std::string test = chance(50) ? "i32.lt_u" : "i32.ne";
    return "(local.set " + counter + " (i32.const 0)) (loop " + label + " " + body + " (br_if " + label + " (" + test + " (local.tee " +
           counter + " (i32.add (local.get " + counter + ") (i32.const 1))) (i32.const " + std::to_string(turns) + "))))";
  }

  /// A loop that ends with two increments, a sum of locals, or a test of something else than what it increments.
  std::string two_counts(const std::string& counter, const std::string& label, const std::string& body, unsigned turns) {
    const std::string step = "$c" + std::to_string(counters_++);
    const auto add = [](const std::string& local, const std::string& what) {
      return "(local.set " + local + " (i32.add (local.get " + local + ") " + what + "))";
    };
    const auto back = [&](const std::string& test) { return "(br_if " + label + " " + test + ")"; };
    const std::string get = "(local.get " + counter + ")", step_get = "(local.get " + step + ")";
    const std::string loop = "(loop " + label + " " + body + " ";
    const std::string up = "(local.set " + counter + " (i32.const 0)) (local.set " + step + " (i32.const 3)) " + loop;
    const std::string down = "(local.set " + counter + " " + number(turns) + ") " + loop;
    static const char* const kTests[] = {"i32.lt_u", "i32.lt_s", "i32.le_s", "i32.le_u"};
    const std::string below = std::string("(") + kTests[pick(4)] + " " + get + " " + number(turns) + ")";
    switch (pick(5)) {
      case 0: return down + add(step, number(8)) + add(counter, "(i32.const -1)") + back(get) + ")";
      case 1: return down + add(counter, "(i32.const -1)") + add(step, number(8)) + back("(i32.ne " + get + " (i32.const 0))") + ")";
      case 2: return up + add(counter, step_get) + back(below) + ")";
      case 3: return up + add(counter, number(1)) + add(step, number(5)) + back(below) + ")";
      default: {
        const std::string other = local_of('i');
        return up + add(counter, number(1)) + (other.empty() ? "" : "(i32.store8 (i32.const 77) " + step_get + ")" + add(other, number(1))) + back(below) + ")";
      }
    }
  }

  /// A value that is loaded, kept and compared at once, out of a block or back to a loop that makes it smaller.
  std::string tested_load() {
    const std::string local = local_of('i');
    if (local.empty()) return "nop";
    const std::string label = "$b" + std::to_string(labels_++);
    static const char* const kTests[] = {"eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"};
    static const char* const kLoads[] = {"i32.load", "i32.load8_u", "i32.load8_s"};
    if (chance(25)) {
      const std::string place = number(1024 + 8 * pick(64)), load = kLoads[pick(3)];
      return "(i32.store " + place + " (i32.const 5)) (loop " + label + " (i32.store " + place + " (i32.sub (i32.load " + place +
             ") (i32.const 1))) (local.set " + local + " " + place + ") (br_if " + label + " (local.tee " + local + " (" + load + " (local.get " +
             local + ")))))";
    }
    const std::string value = std::string("(local.tee ") + local + " (" + kLoads[pick(3)] + " offset=" + std::to_string(pick(8)) + " " + address() + "))";
    const std::string test = chance(30) ? value : std::string("(i32.") + kTests[pick(10)] + " " + value + " " + constant('i') + ")";
    return "(block " + label + " (br_if " + label + " " + test + ") " + statements(1, 1) + ")";
  }

  std::string statement(int depth) {
    const unsigned what = depth <= 0 ? pick(45) : pick(100);
    if (what < 35) {
      const Local& local = locals_[pick(static_cast<unsigned>(locals_.size()))];
      return "(local.set " + local.name + " " + expression(local.type, 3) + ")";
    }
    if (what < 42 && chance(30)) return update("ilfd"[pick(4)]);
    if (what < 42 && chance(30)) return chain("ilfd"[pick(4)]);
    if (what < 42) {
      static const char* const kStores[] = {"i32.store", "i32.store8", "i32.store16"};
      if (chance(50)) return "(" + std::string(kStores[pick(3)]) + " offset=" + std::to_string(pick(8)) + " " +
               (chance(30) ? indexed_address() : sum_address()) + " " + expression('i', 3) + ")";
      return "(" + std::string(chance(50) ? "i64.store" : "i64.store32") + " " + sum_address() + " " + expression('l', 3) + ")";
    }
    if (what < 45) return "(global.set $i " + expression('i', 2) + ") (global.set $l " + expression('l', 2) + ") (global.set $d " + expression('d', 2) + ")";
    if (what < 60)
      return "(if " + expression('i', 2) + " (then " + statements(depth - 1, 1 + pick(3)) + ")" +
             (chance(60) ? " (else " + statements(depth - 1, 1 + pick(3)) + ")" : "") + ")";
    if (what < 63) return chance(35) ? tested_element() : chance(50) ? tested_load() : tested_sum();
    if (what < 66) return chance(50) ? machine(depth) : sum_of_products("fd"[pick(2)]);
    if (what < 78) return loop(depth);
    if (what < 84) return chance(5) ? "(if " + expression('i', 1) + " (then (return " + expression('l', 1) + ")))" : "nop";
    const std::string label = "$b" + std::to_string(labels_++);
    open_.push_back(label);
    std::string text = "(block " + label + " ";
    if (chance(30) && open_.size() > 1) {
      const std::string other = open_[pick(static_cast<unsigned>(open_.size()))];
      text += statements(depth - 1, 1) + "(br_table " + label + " " + other + " " + label + " " + expression('i', 1) + ")";
    } else {
      text += statements(depth - 1, 1 + pick(2)) + "(br_if " + label + " " + expression('i', 2) + ")" + statements(depth - 1, 1 + pick(2));
    }
    open_.pop_back();
    return text + ")";
  }

  std::mt19937_64 random_;
  std::vector<const wasm::OpInfo*> ops_;
  std::vector<Local> locals_;
  std::vector<std::string> open_;
  unsigned counters_ = 0;
  unsigned labels_ = 0;
  unsigned level_ = 0;
  unsigned work_ = 0;
};

}  // namespace umber::test
