// Constants around the limits of immediate fields, which differ between the profiles, in every place where one may stand: what a
// branch takes over, what arithmetic takes, addresses and offsets. The expected values are the compiler's.
#include <cstdint>

#include "tests/interp/fixture.h"

namespace umber::test {
namespace {

constexpr int64_t kConstants[] = {0, 1, -1, 32767, 32768, -32768, -32769, 65535, 65536, 72720, 2147483647, -2147483648LL, 4294967296};

template <class U>
bool holds(const std::string& op, U a, U b) {
  using S = std::make_signed_t<U>;
  const auto x = static_cast<S>(a), y = static_cast<S>(b);
  if (op == "eq") return a == b;
  if (op == "ne") return a != b;
  if (op == "lt_s") return x < y;
  if (op == "lt_u") return a < b;
  if (op == "gt_s") return x > y;
  if (op == "gt_u") return a > b;
  if (op == "le_s") return x <= y;
  if (op == "le_u") return a <= b;
  if (op == "ge_s") return x >= y;
  return a >= b;
}
template <class U>
U computed(const std::string& op, U a, U b) {
  if (op == "add") return a + b;
  if (op == "sub") return a - b;
  if (op == "mul") return a * b;
  if (op == "and") return a & b;
  if (op == "or") return a | b;
  return a ^ b;
}

const char* const kCompares[] = {"eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"};
const char* const kArithmetic[] = {"add", "sub", "mul", "and", "or", "xor"};

class Constants : public ::testing::TestWithParam<Mode> {};
INSTANTIATE_TEST_SUITE_P(Modes, Constants, ::testing::ValuesIn(kModes), [](const auto& info) { return name_of(info.param); });

/// Functions "if", "unless", "value" of one instruction and constant, on either side.
std::string functions(const std::string& type, const std::string& op, int64_t constant, bool first) {
  const std::string number = "(" + type + ".const " + std::to_string(constant) + ")";
  const std::string operation = "(" + type + "." + op + " " + (first ? number + " (local.get 0)" : "(local.get 0) " + number) + ")";
  return "(module (func (export \"if\") (param " + type + ") (result i32) (if (result i32) " + operation +
         " (then (i32.const 7)) (else (i32.const 9)))) (func (export \"unless\") (param " + type +
         ") (result i32) (block (br_if 0 (i32.eqz " + operation + ")) (return (i32.const 7))) (i32.const 9)) (func (export \"value\") (param " +
         type + ") (result i32) " + operation + "))";
}

template <class U>
void check_compares(const Mode& mode, const std::string& type) {
  for (const char* op : kCompares) {
    for (const int64_t constant : kConstants) {
      const auto c = static_cast<U>(constant);
      const int64_t written = static_cast<std::make_signed_t<U>>(c);
      for (const bool first : {false, true}) {
        Guest guest(mode);
        guest.add(functions(type, op, written, first));
        for (const U x : {static_cast<U>(c - 1), c, static_cast<U>(c + 1)}) {
          const bool expected = first ? holds<U>(op, c, x) : holds<U>(op, x, c);
          ASSERT_EQ(guest.result("if", {x}), expected ? 7u : 9u) << type << "." << op << " " << constant << " " << x;
          ASSERT_EQ(guest.result("unless", {x}), expected ? 7u : 9u) << type << "." << op << " " << constant << " " << x;
          ASSERT_EQ(guest.result("value", {x}), expected ? 1u : 0u) << type << "." << op << " " << constant << " " << x;
        }
      }
    }
  }
}

TEST_P(Constants, InComparisons) {
  check_compares<uint32_t>(GetParam(), "i32");
  check_compares<uint64_t>(GetParam(), "i64");
}

template <class U>
void check_arithmetic(const Mode& mode, const std::string& type) {
  for (const char* op : kArithmetic) {
    for (const int64_t constant : kConstants) {
      const auto c = static_cast<U>(constant);
      const std::string number = "(" + type + ".const " + std::to_string(static_cast<std::make_signed_t<U>>(c)) + ")";
      const std::string start = "(func (export \"", head = "\") (param " + type + ") (result " + type + ") (" + type + "." + op;
      Guest guest(mode);
      guest.add("(module " + start + "right" + head + " (local.get 0) " + number + "))" + start + "left" + head + " " + number + " (local.get 0))))");
      for (const U x : {U{0}, U{5}, static_cast<U>(-3), static_cast<U>(0x8000'0000)}) {
        ASSERT_EQ(static_cast<U>(guest.result("right", {x})), computed<U>(op, x, c)) << type << "." << op << " " << constant;
        ASSERT_EQ(static_cast<U>(guest.result("left", {x})), computed<U>(op, c, x)) << type << "." << op << " " << constant;
      }
    }
  }
}

TEST_P(Constants, InArithmetic) {
  check_arithmetic<uint32_t>(GetParam(), "i32");
  check_arithmetic<uint64_t>(GetParam(), "i64");
}

/// A value goes to memory and comes back, by constant and by computed addresses, with offsets of every size.
TEST_P(Constants, InAddresses) {
  for (const uint32_t offset : {0u, 4u, 32767u, 65535u, 65536u, 100000u}) {
    for (const uint32_t address : {0u, 8u, 32768u, 40000u, 65536u}) {
      const std::string at = " offset=" + std::to_string(offset) + " (i32.const " + std::to_string(address) + ")";
      const std::string sum = " offset=" + std::to_string(offset) + " (i32.add (local.get 0) (i32.const 40000))";
      Guest guest(GetParam());
      guest.add("(module (memory 4) (func (export \"constant\") (param i32) (result i32) (i32.store" + at +
                " (local.get 0)) (i32.store" + at + " (i32.add (i32.load" + at + ") (i32.const 70000))) (i32.load" + at +
                ")) (func (export \"both\") (result i32) (i32.store" + at + " (i32.const 123456)) (i32.load" + at +
                ")) (func (export \"sum\") (param i32) (result f64) (f64.store" + sum + " (f64.const 1.5)) (i64.store8" + sum +
                " (i64.const 1)) (f64.load" + sum + ")))");
      ASSERT_EQ(guest.result("constant", {33}), 70033u) << offset << " " << address;
      ASSERT_EQ(guest.result("both"), 123456u) << offset << " " << address;
      ASSERT_EQ(guest.result("sum", {address}), std::bit_cast<uint64_t>(1.5) + 1) << offset << " " << address;
    }
  }
}

}  // namespace
}  // namespace umber::test
