// A guest's standard output or error, whose bytes go to the sink of the container's configuration.
#pragma once

#include "container/config.h"
#include "wasi/platform.h"

namespace umber::container {

/// A part of the run: closing it does nothing.
class OutputFile final : public wasi::File {
 public:
  /// `stream`: 1 or 2. The configuration outlives the file.
  OutputFile(const OwnedConfig& config, int stream) : config_(config), stream_(stream) {}
  ~OutputFile() = default;

  wasi::Errno close() override { return wasi::Errno::Success; }
  wasi::FileType type() const override { return wasi::FileType::CharacterDevice; }
  wasi::Errno sync(bool) override { return wasi::Errno::Success; }
  wasi::Errno write(wasi::WriteParts parts, size_t& count) override {
    count = 0;
    for (const wasi::WritePart& part : parts) {
      config_.write_output(stream_, {part.data, part.size});
      count += part.size;
    }
    return wasi::Errno::Success;
  }

 private:
  const OwnedConfig& config_;
  int stream_;
};

}  // namespace umber::container
