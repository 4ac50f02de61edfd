#include "cli/debugger.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "aot/image/debug_file.h"

namespace umber::cli {
namespace {

class DebuggerTest : public ::testing::Test {
 protected:
  DebuggerTest() { image.code = code; }
  /// 24 bytes, the address 5 at each of `places`, and the list of places.
  void write(std::vector<uint64_t> places, size_t leave_out = 0) {
    std::string bytes(24, 'x');
    const uint64_t address = 5;
    for (const uint64_t place : places)
      if (place < bytes.size() && bytes.size() - place >= sizeof address) std::memcpy(bytes.data() + place, &address, sizeof address);
    for (const uint64_t place : places) bytes.append(reinterpret_cast<const char*>(&place), sizeof place);
    aot::DebugFileEnd end;
    end.count = places.size();
    bytes.append(reinterpret_cast<const char*>(&end), sizeof end);
    bytes.resize(bytes.size() - leave_out);
    std::ofstream(file + ".debug", std::ios::binary) << bytes;
  }

  const std::string file = ::testing::TempDir() + "debugger_test.umb";
  const uint8_t code[4] = {};
  aot::Image image;
};

TEST_F(DebuggerTest, AddressesAreTheProcesss) {
  write({0, 16});
  ASSERT_TRUE(tell_debuggers(file, image));
  const jit_code_entry* entry = __jit_debug_descriptor.first_entry;
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(__jit_debug_descriptor.version, 1u);
  EXPECT_EQ(__jit_debug_descriptor.action_flag, 1u);
  EXPECT_EQ(__jit_debug_descriptor.relevant_entry, entry);
  ASSERT_EQ(entry->symfile_size, 24u);
  for (const size_t place : {size_t{0}, size_t{16}}) {
    uint64_t address = 0;
    std::memcpy(&address, entry->symfile_addr + place, sizeof address);
    EXPECT_EQ(address, reinterpret_cast<uintptr_t>(code) + 5);
  }
  ASSERT_TRUE(tell_debuggers(file, image));
  EXPECT_EQ(__jit_debug_descriptor.first_entry->next_entry, entry);
  EXPECT_EQ(entry->prev_entry, __jit_debug_descriptor.first_entry);
}

TEST_F(DebuggerTest, DamagedFilesAreRefused) {
  const jit_code_entry* before = __jit_debug_descriptor.first_entry;
  write({17});
  EXPECT_FALSE(tell_debuggers(file, image));
  write({UINT64_MAX});
  EXPECT_FALSE(tell_debuggers(file, image));
  for (size_t missing = 1; missing <= 32; ++missing) {
    write({0}, missing);
    EXPECT_FALSE(tell_debuggers(file, image)) << missing;
  }
  EXPECT_FALSE(tell_debuggers("/nonexistent", image));
  EXPECT_EQ(__jit_debug_descriptor.first_entry, before);
}

}  // namespace
}  // namespace umber::cli
