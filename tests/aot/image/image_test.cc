// Images that are whole, and images that somebody changed: every changed byte and every cut is refused.
#include "aot/image/image.h"

#include <cstring>

#include "tests/aot/harness.h"

namespace umber::aot::test {
namespace {

/// Bytes at an address that is a multiple of 16.
struct AlignedBytes {
  explicit AlignedBytes(const std::vector<uint8_t>& from) : storage(from.size() / 16 + 1), size(from.size()) {
    std::memcpy(storage.data(), from.data(), size);
  }
  uint8_t* data() { return reinterpret_cast<uint8_t*>(storage.data()); }
  std::span<const uint8_t> bytes() { return {data(), size}; }
  struct alignas(16) Block {
    uint8_t bytes[16];
  };
  std::vector<Block> storage;
  size_t size;
};

std::vector<uint8_t> compile_text(const char* text, bool embed = false) {
  const TextModule module(text);
  CompileOptions options = host_options();
  options.embed_whole_module = embed;
  const Result<std::vector<uint8_t>> image = compile(module.module, options, Output::Image);
  EXPECT_TRUE(image.ok()) << image.error().message().c_str();
  return image.value();
}

constexpr const char* kModule = R"((module (import "env" "f" (func (param i32))) (memory 1)
  (func (export "g") (param i32) (result i32) (call 0 (local.get 0)) (i32.load (local.get 0)))))";

TEST(Image, Opens) {
  AlignedBytes file(compile_text(kModule));
  const Result<Image> image = open_image(file.bytes());
  ASSERT_TRUE(image.ok()) << image.error().message().c_str();
  EXPECT_EQ(image.value().functions.size(), 1u);
  EXPECT_TRUE(check_host(image.value(), this_host(true)).ok());
  linux_port::HeapAllocator allocator;
  wasm::Module module(allocator);
  EXPECT_TRUE(wasm::parse(image.value().module, wasm::Features::wasm3(), module).ok());
  EXPECT_TRUE(wasm::validate(module, allocator).ok());
}

TEST(Image, EmbedsTheModule) {
  const TextModule module(kModule);
  AlignedBytes file(compile_text(kModule, true));
  const Result<Image> image = open_image(file.bytes());
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(std::vector<uint8_t>(image.value().module.begin(), image.value().module.end()), module.bytes);
  EXPECT_EQ(image.value().header->module_digest, Sha256::of(module.bytes));
}

/// The module in an image of the text.
struct Stripped {
  explicit Stripped(const char* text) : file(compile_text(text)) {
    const Result<Image> image = open_image(file.bytes());
    EXPECT_TRUE(image.ok() && wasm::parse(image.value().module, wasm::Features::all(), module).ok());
    EXPECT_TRUE(wasm::validate(module, allocator).ok());
  }
  AlignedBytes file;
  linux_port::HeapAllocator allocator;
  wasm::Module module{allocator};
};

TEST(Image, NeighbouringDataSegmentsAreOne) {
  const Stripped near(R"((module (memory 1) (data (i32.const 8) "ab") (data (i32.const 12) "cd") (data (i32.const 14) "e") (data (i32.const 65530) "fghijk")))");
  ASSERT_EQ(near.module.data.size(), 2u);
  const auto bytes = near.module.slice(near.module.data[0].bytes);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), std::string("ab\0\0cde", 7));
  const Stripped wide(R"((module (memory i64 1) (data (i64.const 100) "ab") (data (i64.const 102) "cd")))");
  EXPECT_EQ(wide.module.data.size(), 1u);
}

TEST(Image, DataSegmentsStayWhereItShows) {
  for (const char* text : {
           R"((module (memory 1) (data (i32.const 8) "ab") (data (i32.const 9) "cd")))",                        // overlap
           R"((module (memory 1) (data (i32.const 12) "ab") (data (i32.const 8) "cd")))",                       // descending
           R"((module (memory 1) (data (i32.const 65530) "ab") (data (i32.const 65534) "cde")))",               // beyond the end
           R"((module (import "m" "m" (memory 1)) (data (i32.const 8) "ab") (data (i32.const 12) "cd")))",      // something may lie between
           R"((module (import "m" "g" (global i32)) (memory 1) (data (i32.const 8) "ab") (data (global.get 0) "cd")))",
           R"((module (memory 1) (memory 1) (data (i32.const 8) "ab") (data (memory 1) (i32.const 12) "cd")))",
           R"((module (memory 1) (data (i32.const 8) "ab") (data "cd") (func (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 2)))))",
       })
    EXPECT_EQ(Stripped(text).module.data.size(), 2u) << text;
}

TEST(Image, EveryChangedByteIsRefused) {
  const std::vector<uint8_t> good = compile_text(kModule);
  AlignedBytes file(good);
  // The header completely, the rest in steps: there the digest is all that notices.
  for (size_t at = 0; at < good.size(); at += at < sizeof(ImageHeader) ? 1 : 61) {
    file.data()[at] ^= 0x10;
    EXPECT_FALSE(open_image(file.bytes()).ok()) << "byte " << at;
    file.data()[at] ^= 0x10;
  }
  EXPECT_TRUE(open_image(file.bytes()).ok());
}

TEST(Image, EveryCutIsRefused) {
  AlignedBytes file(compile_text(kModule));
  for (size_t size = 0; size < file.size; size += size < 200 ? 1 : 499) EXPECT_FALSE(open_image({file.data(), size}).ok()) << size;
}

TEST(Image, SaysWhatDiffers) {
  AlignedBytes file(compile_text(kModule));
  const Result<Image> image = open_image(file.bytes());
  ASSERT_TRUE(image.ok());
  const auto message = [&](const Host& host) {
    const Status status = check_host(image.value(), host);
    return status.ok() ? std::string() : std::string(status.error().message().c_str());
  };
  EXPECT_NE(message({umber::aot::Machine::Arm, 4, FloatAbi::Soft, false, 0}).find("this is Arm with 32"), std::string::npos);
  Host plain = this_host(true);
  plain.features = 0;
  EXPECT_NE(message(plain).find("needs CPU features that this machine lacks: "), std::string::npos);
  EXPECT_NE(message(this_host(false)).find("guard regions"), std::string::npos);
}

}  // namespace
}  // namespace umber::aot::test
