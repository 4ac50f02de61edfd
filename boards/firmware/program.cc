#include "boards/firmware/program.h"

#include "base/bits.h"
#include "ports/baremetal/machine.h"
#include "ports/baremetal/semihosting.h"

namespace umber::baremetal {

namespace {

constexpr int kFailure = 125;

struct ProgramHeader {
  char magic[4];
  uint32_t size;
  uint32_t argument_count;
  uint32_t flags;
  uint32_t offset;
};

}  // namespace

bool find_program(Program& out) {
  const ProgramHeader header = load_le<ProgramHeader>(umber_program);
  const auto room = static_cast<size_t>(umber_program_end - umber_program);
  if (std::memcmp(header.magic, "UMBR", sizeof header.magic) != 0) return false;
  if (header.offset > room || header.size > room - header.offset) return false;
  out.arguments = reinterpret_cast<const char*>(umber_program + sizeof header);
  out.argument_count = header.argument_count;
  out.flags = header.flags;
  out.bytes = {umber_program + header.offset, header.size};
  return true;
}

void print_text(StringRef text) { write_console({reinterpret_cast<const uint8_t*>(text.data()), text.size()}); }

int fail(const Error& error) {
  print("umber: ");
  print_text(error.message().str());
  print("\n");
  return kFailure;
}

}  // namespace umber::baremetal
