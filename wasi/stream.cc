#include "wasi/stream.h"

#include <cstring>

namespace umber::wasi {

namespace {

[[nodiscard]] size_t total_size(WriteParts parts) {
  size_t total = 0;
  for (const WritePart& part : parts) total += part.size;
  return total;
}

class NullStream final : public File {
 public:
  Errno close() override { return Errno::Success; }
  FileType type() const override { return FileType::Unknown; }
  Errno sync(bool) override { return Errno::Success; }
  Errno read(ReadParts, size_t& count) override {
    count = 0;
    return Errno::Success;
  }
  Errno write(WriteParts parts, size_t& count) override {
    count = total_size(parts);
    return Errno::Success;
  }
};

class InputStream final : public File {
 public:
  InputStream(Allocator& allocator, std::span<const uint8_t> bytes) : allocator_(allocator), left_(bytes) {}
  ~InputStream() = default;

  Errno close() override {
    allocator_.destroy(this);
    return Errno::Success;
  }
  FileType type() const override { return FileType::Unknown; }
  Errno read(ReadParts parts, size_t& count) override {
    count = 0;
    for (const ReadPart& part : parts) {
      const size_t size = part.size < left_.size() ? part.size : left_.size();
      if (size > 0) std::memcpy(part.data, left_.data(), size);
      left_ = left_.subspan(size);
      count += size;
    }
    return Errno::Success;
  }

 private:
  Allocator& allocator_;
  std::span<const uint8_t> left_;
};

class OutputStream final : public File {
 public:
  OutputStream(Allocator& allocator, OutputCallback callback, void* state)
      : allocator_(allocator), callback_(callback), state_(state) {}
  ~OutputStream() = default;

  Errno close() override {
    allocator_.destroy(this);
    return Errno::Success;
  }
  FileType type() const override { return FileType::CharacterDevice; }
  Errno sync(bool) override { return Errno::Success; }
  Errno write(WriteParts parts, size_t& count) override {
    count = 0;
    for (const WritePart& part : parts) {
      const Errno error = callback_(state_, {part.data, part.size});
      if (error != Errno::Success) return count == 0 ? error : Errno::Success;
      count += part.size;
    }
    return Errno::Success;
  }

 private:
  Allocator& allocator_;
  OutputCallback callback_;
  void* state_;
};

constinit NullStream the_null_stream;

}  // namespace

File& null_stream() { return the_null_stream; }

File* new_input_stream(Allocator& allocator, std::span<const uint8_t> bytes) {
  return allocator.create<InputStream>(allocator, bytes);
}

File* new_output_stream(Allocator& allocator, OutputCallback callback, void* state) {
  return allocator.create<OutputStream>(allocator, callback, state);
}

}  // namespace umber::wasi
