#include "decoder/wasm/immediates.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/decoder/decode_fixture.h"

namespace umber::wasm {
namespace {

std::vector<uint8_t> encode(const OpInfo& info) {
  std::vector<uint8_t> bytes;
  uint32_t code = info.code;
  if (info.prefix != 0) bytes.push_back(info.prefix);
  for (; info.prefix != 0 && code >= 0x80; code >>= 7) bytes.push_back(static_cast<uint8_t>(code | 0x80));
  bytes.push_back(static_cast<uint8_t>(code));
  return bytes;
}

TEST(Immediates, EveryOpcodeOfTheTableIsFoundAgain) {
  for (unsigned i = 0; i < kOpCount; ++i) {
    const OpInfo& info = info_of(static_cast<Op>(i));
    const std::vector<uint8_t> bytes = encode(info);
    WasmReader reader(bytes, 0, Features::all());
    Op op = Op::Unreachable;
    ASSERT_TRUE(read_op(reader, op)) << i;
    EXPECT_EQ(static_cast<unsigned>(op), i);
    EXPECT_TRUE(reader.at_end());
  }
}

// Zeros are valid immediates of every instruction but those with a type: however many bytes it takes, it must not read on
// when it lacks one of them.
TEST(Immediates, EveryReaderStopsAtTheEnd) {
  for (unsigned i = 0; i < kOpCount; ++i) {
    const Op op = static_cast<Op>(i);
    for (uint8_t filler : {0x00, 0x40, 0x6f, 0x80}) {
      const std::vector<uint8_t> bytes(40, filler);
      WasmReader full(bytes, 0, Features::all());
      Immediates immediates;
      if (!read_immediates(full, op, immediates)) continue;
      const size_t length = bytes.size() - full.remaining();
      for (size_t cut = 0; cut < length; ++cut) {
        const std::vector<uint8_t> part(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(cut));
        WasmReader reader(part, 0, Features::all());
        EXPECT_FALSE(read_immediates(reader, op, immediates)) << i << " with " << cut << " of " << length << " bytes";
      }
    }
  }
}

TEST(InstructionReader, WalksOverAConstantExpression) {
  const test::DecodedModule module("(module (global i32 (i32.add (i32.const -7) (i32.mul (i32.const 300) (i32.const 2)))))");
  ASSERT_EQ(module.message(), "");
  const ByteRange range = module->globals[0].init;
  InstructionReader reader(module->slice(range), range.offset, module->features);
  std::string log;
  while (reader.next()) {
    log += std::string(text_of(reader.op()).data(), text_of(reader.op()).size()) + " ";
    if (reader.op() == Op::I32Const) log += std::to_string(static_cast<int32_t>(reader.immediates().constant)) + " ";
  }
  EXPECT_FALSE(reader.failed());
  EXPECT_EQ(log, "i32.const -7 i32.const 300 i32.const 2 i32.mul i32.add end ");
  EXPECT_EQ(reader.end_offset(), uint64_t{range.offset} + range.size);
}

TEST(InstructionReader, ReadsMemargs) {
  const std::vector<uint8_t> bytes = {0x28, 0x42, 0x03, 0xff, 0x01, 0x29, 0x03, 0x80, 0x80, 0x80, 0x80, 0x10};
  InstructionReader reader(bytes, 0, Features::all());
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.immediates().index, 3u);
  EXPECT_EQ(reader.immediates().align_log2, 2);
  EXPECT_EQ(reader.immediates().offset, 255u);
  ASSERT_TRUE(reader.next());
  EXPECT_EQ(reader.immediates().index, 0u);
  EXPECT_EQ(reader.immediates().offset, uint64_t{1} << 32);
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.failed());
}

TEST(InstructionReader, SaysWhatIsMalformed) {
  const std::vector<uint8_t> bytes = {0x01, 0xfc, 0x7f};
  InstructionReader reader(bytes, 100, Features::all());
  ASSERT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.failure().offset, 101u);
  EXPECT_EQ(reader.failure().phrase, StringRef("illegal opcode"));
}

}  // namespace
}  // namespace umber::wasm
