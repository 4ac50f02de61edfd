// What a RISC-V processor without misaligned accesses has its handler do: every load and store there is, by its encoding, and its effect on
// registers and memory, as RV64 on this machine.
#include "ports/baremetal/riscv/misaligned.h"

#include <gtest/gtest.h>

#include <cstring>

namespace umber::baremetal {
namespace {

constexpr uint8_t kA0 = 10, kA5 = 15, kS0 = 8, kS1 = 9, kS11 = 27, kT6 = 31, kRa = 1;

struct Encoding {
  const char* text;
  uint32_t code;
  bool is_64;
  MemoryInstruction expected;
};

const Encoding kEncodings[] = {
    {"lh a0, 3(a1)", 0x00359503, true, {2, 4, kA0, false, true, false}},
    {"lhu a0, 3(a1)", 0x0035d503, true, {2, 4, kA0, false, false, false}},
    {"lw a0, 1(a1)", 0x0015a503, false, {4, 4, kA0, false, true, false}},
    {"lwu a0, 1(a1)", 0x0015e503, true, {4, 4, kA0, false, false, false}},
    {"ld s11, 1(a1)", 0x0015bd83, true, {8, 4, kS11, false, true, false}},
    {"sh a0, 1(a1)", 0x00a590a3, true, {2, 4, kA0, true, true, false}},
    {"sw a0, 1(a1)", 0x00a5a0a3, true, {4, 4, kA0, true, true, false}},
    {"sd a0, 1(a1)", 0x00a5b0a3, true, {8, 4, kA0, true, true, false}},
    {"c.lw a0, 4(a1)", 0x41c8, false, {4, 2, kA0, false, true, false}},
    {"c.ld a0, 8(a1)", 0x6588, true, {8, 2, kA0, false, true, false}},
    {"c.sw s0, 4(a1)", 0xc1c0, false, {4, 2, kS0, true, true, false}},
    {"c.sd a5, 8(a1)", 0xe59c, true, {8, 2, kA5, true, true, false}},
    {"c.lwsp t6, 4(sp)", 0x4f92, false, {4, 2, kT6, false, true, false}},
    {"c.ldsp ra, 8(sp)", 0x60a2, true, {8, 2, kRa, false, true, false}},
    {"c.swsp t6, 4(sp)", 0xc27e, false, {4, 2, kT6, true, true, false}},
    {"c.sdsp ra, 8(sp)", 0xe406, true, {8, 2, kRa, true, true, false}},
    {"fld fa0, 1(a1)", 0x0015b507, true, {8, 4, kA0, false, true, true}},
    {"flw fs1, 1(a1)", 0x0015a487, true, {4, 4, kS1, false, true, true}},
    {"fsw fa0, 1(a1)", 0x00a5a0a7, true, {4, 4, kA0, true, true, true}},
    {"c.fld fa0, 8(a1)", 0x2588, true, {8, 2, kA0, false, true, true}},
    {"c.fsdsp fa0, 8(sp)", 0xa42a, true, {8, 2, kA0, true, true, true}},
    {"c.flw fa0, 4(a1)", 0x61c8, false, {4, 2, kA0, false, true, true}},
    {"c.fswsp fa0, 4(sp)", 0xe22a, false, {4, 2, kA0, true, true, true}},
};

TEST(Misaligned, DecodesEveryLoadAndStore) {
  for (const Encoding& encoding : kEncodings) {
    const MemoryInstruction actual = decode_memory_instruction(encoding.code, encoding.is_64);
    EXPECT_EQ(actual.bytes, encoding.expected.bytes) << encoding.text;
    EXPECT_EQ(actual.length, encoding.expected.length) << encoding.text;
    EXPECT_EQ(actual.reg, encoding.expected.reg) << encoding.text;
    EXPECT_EQ(actual.is_store, encoding.expected.is_store) << encoding.text;
    EXPECT_EQ(actual.is_float, encoding.expected.is_float) << encoding.text;
    if (!actual.is_store) {
      EXPECT_EQ(actual.is_signed, encoding.expected.is_signed) << encoding.text;
    }
  }
}

TEST(Misaligned, KnowsNothingElse) {
  for (const uint32_t code : {0x00c58533u /* add */, 0x00b6252fu /* amoadd.w */, 0x0505u /* c.addi */, 0x852eu /* c.mv */, 0x0u})
    EXPECT_EQ(decode_memory_instruction(code, true).bytes, 0) << std::hex << code;
}

/// An instruction somewhere in memory, and what it works on.
class Emulation : public testing::Test {
 protected:
  bool emulate(uint32_t code, size_t at) {
    code_ = code;
    frame_.pc = reinterpret_cast<uintptr_t>(&code_);
    return emulate_misaligned(frame_, reinterpret_cast<uintptr_t>(memory_ + at));
  }
  uintptr_t moved() const { return frame_.pc - reinterpret_cast<uintptr_t>(&code_); }
  uintptr_t& reg(uint8_t number) { return frame_.registers[number - 1]; }

  TrapFrame frame_{};
  uint8_t memory_[16] = {0x10, 0x91, 0xf2, 0x83, 0x94, 0x15, 0x16, 0x17, 0xa8};

 private:
  uint32_t code_ = 0;
};

TEST_F(Emulation, LoadsExtendAsTheInstructionSays) {
  ASSERT_TRUE(emulate(0x00359503, 1));  // lh
  EXPECT_EQ(reg(kA0), static_cast<uintptr_t>(int64_t{static_cast<int16_t>(0xf291)}));
  EXPECT_EQ(moved(), 4u);
  ASSERT_TRUE(emulate(0x0035d503, 1));  // lhu
  EXPECT_EQ(reg(kA0), 0xf291u);
  ASSERT_TRUE(emulate(0x41c8, 1));  // c.lw
  EXPECT_EQ(reg(kA0), static_cast<uintptr_t>(int64_t{static_cast<int32_t>(0x9483f291)}));
  EXPECT_EQ(moved(), 2u);
  ASSERT_TRUE(emulate(0x0015e503, 1));  // lwu
  EXPECT_EQ(reg(kA0), 0x9483f291u);
  ASSERT_TRUE(emulate(0x0015bd83, 1));  // ld
  EXPECT_EQ(reg(kS11), 0xa817'1615'9483'f291u);
}

TEST_F(Emulation, StoresWriteTheirBytesAlone) {
  reg(kA0) = 0x1122'3344'5566'7788;
  ASSERT_TRUE(emulate(0x00a590a3, 3));  // sh
  EXPECT_EQ(memory_[2], 0xf2);
  EXPECT_EQ(memory_[3], 0x88);
  EXPECT_EQ(memory_[4], 0x77);
  EXPECT_EQ(memory_[5], 0x15);
  ASSERT_TRUE(emulate(0x00a5b0a3, 5));  // sd
  uint64_t stored = 0;
  std::memcpy(&stored, memory_ + 5, sizeof stored);
  EXPECT_EQ(stored, reg(kA0));
  EXPECT_EQ(memory_[13], 0);
}

TEST_F(Emulation, TheZeroRegisterStaysZero) {
  ASSERT_TRUE(emulate(0x0005a023, 1));  // sw zero
  EXPECT_EQ(memory_[1] | memory_[2] | memory_[3] | memory_[4], 0);
  ASSERT_TRUE(emulate(0x0005a003, 5));  // lw zero
  for (const uintptr_t value : frame_.registers) EXPECT_EQ(value, 0u);
}

TEST_F(Emulation, WhatItDoesNotKnowIsLeftAsItWas) {
  EXPECT_FALSE(emulate(0x00b6252f, 1));  // amoadd.w
  EXPECT_FALSE(emulate(0x0015b507, 1));  // fld, on a processor without floating-point registers
  EXPECT_EQ(moved(), 0u);
}

}  // namespace
}  // namespace umber::baremetal
