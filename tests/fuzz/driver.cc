// Runs a libFuzzer entry point without libFuzzer: replays every file of a corpus folder, then seeded mutations of them.
// The same seeds run every time, so that a failure in a test run can be repeated.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;

std::vector<Bytes> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Bytes> corpus;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  if (corpus.empty()) corpus.push_back({0, 'a', 's', 'm', 1, 0, 0, 0});
  return corpus;
}

/// One to eight random edits: flip, overwrite with an interesting byte, insert, delete, splice from another input.
Bytes mutate(Bytes bytes, const Bytes& other, std::mt19937_64& random) {
  static constexpr uint8_t kInteresting[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x0b, 0x40, 0x60, 0xfb, 0xfc, 0xfd, 0xfe};
  for (uint64_t edits = 1 + random() % 8; edits > 0; --edits) {
    const size_t at = bytes.empty() ? 0 : random() % bytes.size();
    switch (random() % 5) {
      case 0:
        if (!bytes.empty()) bytes[at] ^= static_cast<uint8_t>(1u << random() % 8);
        break;
      case 1:
        if (!bytes.empty()) bytes[at] = kInteresting[random() % sizeof(kInteresting)];
        break;
      case 2:
        bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(at), static_cast<uint8_t>(random()));
        break;
      case 3:
        if (!bytes.empty()) bytes.erase(bytes.begin() + static_cast<ptrdiff_t>(at));
        break;
      default: {
        if (other.empty()) break;
        const size_t from = random() % other.size();
        const size_t count = std::min<size_t>(1 + random() % 32, other.size() - from);
        bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(at), other.begin() + static_cast<ptrdiff_t>(from),
                     other.begin() + static_cast<ptrdiff_t>(from + count));
      }
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t runs = 2000;
  uint64_t seed = 1;
  std::filesystem::path folder;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--runs") == 0 && i + 1 < argc) {
      runs = std::strtoull(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      folder = argv[i];
    }
  }
  const std::vector<Bytes> corpus = read_corpus(folder);
  for (const Bytes& bytes : corpus) LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  std::mt19937_64 random(seed);
  for (uint64_t run = 0; run < runs; ++run) {
    const Bytes bytes = mutate(corpus[random() % corpus.size()], corpus[random() % corpus.size()], random);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("%zu inputs and %llu mutations\n", corpus.size(), static_cast<unsigned long long>(runs));
  return 0;
}
