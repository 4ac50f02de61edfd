// An image's blobs as a directory: what is found, listed and refused is what a tree of the same paths would show, and no memory is taken but for
// what is open.
#include "container/blob.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/support.h"

namespace umber::container {
namespace {

using wasi::Errno;
using wasi::File;
using wasi::FileType;

struct Entry {
  uint64_t ino = 0;
  FileType type = FileType::Unknown;
};

class Names final : public wasi::DirectorySink {
 public:
  explicit Names(size_t most = SIZE_MAX) : most_(most) {}
  bool take(const wasi::DirectoryEntry& entry) override {
    if (taken_++ == most_) return false;
    const std::string name(entry.name.data(), entry.name.size());
    EXPECT_TRUE(found.emplace(name, Entry{entry.ino, entry.type}).second) << name << " twice";
    next = entry.next;
    return true;
  }
  std::map<std::string, Entry> found;
  wasi::DirCookie next = 0;

 private:
  size_t most_;
  size_t taken_ = 0;
};

class BlobTest : public ::testing::Test {
 protected:
  static constexpr uint8_t kBytes[] = {'l', 'e', 't', 't', 'e', 'r'};
  Status sort(const std::vector<std::string>& paths) {
    texts = paths;
    blobs.clear();
    for (const std::string& path : texts) blobs.push_back({{path.data(), path.size()}, kBytes});
    return sort_blobs(blobs);
  }
  File* open(File& directory, std::string_view name, const wasi::OpenOptions& options = {}) {
    File* file = nullptr;
    error = directory.open_at({name.data(), name.size()}, options, file);
    return error == Errno::Success ? file : nullptr;
  }
  /// Every file below, by its path, through listing and opening.
  void collect(File& directory, const std::string& path, std::set<std::string>& out) {
    Names names;
    ASSERT_EQ(directory.read_directory(0, names), Errno::Success);
    wasi::Filestat stat{};
    for (const auto& [name, entry] : names.found) {
      if (name == "..") continue;
      ASSERT_EQ(directory.stat_at({name.data(), name.size()}, stat), Errno::Success) << name;
      EXPECT_EQ(stat.ino, entry.ino) << path << name;
      EXPECT_EQ(stat.filetype, entry.type);
      if (name == ".") continue;
      EXPECT_TRUE(numbers.emplace(entry.ino, path + name).second) << path << name << " has the number of " << numbers[entry.ino];
      File* file = open(directory, name);
      ASSERT_NE(file, nullptr) << path << name;
      if (entry.type == FileType::Directory) {
        Names above;
        EXPECT_EQ(file->read_directory(1, above), Errno::Success);
        EXPECT_EQ(above.found[".."].ino, names.found["."].ino);
        collect(*file, path + name + "/", out);
      } else {
        out.insert(path + name);
      }
      file->close();
    }
  }
  test::TestAllocator allocator;
  std::vector<std::string> texts;
  std::vector<Blob> blobs;
  std::map<uint64_t, std::string> numbers;
  Errno error = Errno::Success;
};

TEST_F(BlobTest, IsTheTreeOfItsPaths) {
  const std::vector<std::string> paths = {"b", "a/x", "a-b", "a/y/z", "a.b/c", "a/y.txt", "a0", "c/d/e/f/g"};
  ASSERT_TRUE(sort(paths).ok());
  File* root = open_blobs(allocator, blobs);
  std::set<std::string> found;
  collect(*root, "", found);
  EXPECT_EQ(found, std::set<std::string>(paths.begin(), paths.end()));
  Names names;
  EXPECT_EQ(root->read_directory(0, names), Errno::Success);
  EXPECT_EQ(names.found.size(), 8u) << ". .. a a-b a.b a0 b c";
  EXPECT_EQ(names.found[".."].ino, names.found["."].ino) << "the root is above itself";
  EXPECT_EQ(open(*root, "d"), nullptr);
  EXPECT_EQ(error, Errno::NoEnt);
  EXPECT_EQ(open(*root, "a/"), nullptr) << "names have no slash";
  root->close();
  EXPECT_EQ(allocator.outstanding_bytes(), 0u);
}

TEST_F(BlobTest, ManyAtRandom) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::set<std::string> paths;
    for (unsigned i = random() % 40 + 1; i > 0; --i) {
      std::string path;
      for (unsigned depth = random() % 4; depth-- > 0;) path += std::string(1, "abc"[random() % 3]) + (random() % 3 == 0 ? "-/" : "/");
      path += std::string("f") + "!0.z"[random() % 4];
      paths.insert(path);
    }
    std::vector<std::string> shuffled(paths.begin(), paths.end());
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    ASSERT_TRUE(sort(shuffled).ok());
    File* root = open_blobs(allocator, blobs);
    std::set<std::string> found;
    numbers.clear();
    collect(*root, "", found);
    root->close();
    ASSERT_EQ(found, paths) << "round " << round;
  }
}

TEST_F(BlobTest, ListingGoesOnAtEveryCookie) {
  ASSERT_TRUE(sort({"a/1", "a/2", "b", "c/1", "c/2/3", "d"}).ok());
  File* root = open_blobs(allocator, blobs);
  std::set<std::string> found;
  wasi::DirCookie cookie = 0;
  for (int step = 0; step < 6; ++step) {
    Names one(1);
    ASSERT_EQ(root->read_directory(cookie, one), Errno::Success);
    ASSERT_EQ(one.found.size(), 1u);
    found.insert(one.found.begin()->first);
    cookie = one.next;
  }
  EXPECT_EQ(found, (std::set<std::string>{".", "..", "a", "b", "c", "d"}));
  for (const wasi::DirCookie beyond : {cookie, wasi::DirCookie{1000}, UINT64_MAX}) {
    Names none;
    EXPECT_EQ(root->read_directory(beyond, none), Errno::Success);
    EXPECT_TRUE(none.found.empty());
  }
  root->close();
}

TEST_F(BlobTest, ReadsWhereTheBytesLie) {
  ASSERT_TRUE(sort({"dir/letter"}).ok());
  File* root = open_blobs(allocator, blobs);
  File* directory = open(*root, "dir");
  File* file = open(*directory, "letter", {.read = true, .flags = {}});
  ASSERT_NE(file, nullptr);
  uint8_t bytes[8] = {};
  size_t count = 0;
  const wasi::ReadPart parts[] = {{bytes, 2}, {bytes + 2, 6}};
  EXPECT_EQ(file->read(parts, count), Errno::Success);
  EXPECT_EQ(std::string(bytes, bytes + count), "letter");
  EXPECT_EQ(file->read(parts, count), Errno::Success);
  EXPECT_EQ(count, 0u);
  wasi::FileSize at = 0;
  EXPECT_EQ(file->seek(-2, wasi::Whence::End, at), Errno::Success);
  EXPECT_EQ(at, 4u);
  EXPECT_EQ(file->read(parts, count), Errno::Success);
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(file->seek(INT64_MAX, wasi::Whence::Cur, at), Errno::Overflow);
  EXPECT_EQ(file->seek(-7, wasi::Whence::End, at), Errno::Inval);
  EXPECT_EQ(file->read_at(parts, UINT64_MAX, count), Errno::Success);
  EXPECT_EQ(count, 0u);
  size_t written = 0;
  const wasi::WritePart out[] = {{bytes, 1}};
  EXPECT_EQ(file->write(out, written), Errno::Rofs);
  EXPECT_EQ(file->resize(0), Errno::Rofs);
  for (File* each : {file, directory, root}) each->close();
}

TEST_F(BlobTest, NothingIsChanged) {
  ASSERT_TRUE(sort({"dir/letter", "note"}).ok());
  File* root = open_blobs(allocator, blobs);
  EXPECT_EQ(open(*root, "note", {.write = true, .flags = {}}), nullptr);
  EXPECT_EQ(error, Errno::Rofs);
  EXPECT_EQ(open(*root, "note", {.read = true, .truncate = true, .flags = {}}), nullptr);
  EXPECT_EQ(error, Errno::Rofs);
  EXPECT_EQ(open(*root, "new", {.write = true, .create = true, .flags = {}}), nullptr);
  EXPECT_EQ(error, Errno::Rofs);
  EXPECT_EQ(open(*root, "note", {.create = true, .exclusive = true, .flags = {}}), nullptr);
  EXPECT_EQ(error, Errno::Exist);
  EXPECT_EQ(open(*root, "note", {.directory = true, .flags = {}}), nullptr);
  EXPECT_EQ(error, Errno::NotDir);
  EXPECT_EQ(open(*root, "dir", {.write = true, .flags = {}}), nullptr);
  EXPECT_EQ(error, Errno::Isdir);
  EXPECT_EQ(root->unlink_file_at("note"), Errno::Rofs);
  EXPECT_EQ(root->create_directory_at("new"), Errno::Rofs);
  root->close();
}

TEST_F(BlobTest, PathsThatAreNone) {
  for (const char* bad : {"", "/a", "a/", "a//b", "./a", "a/../b", "..", "a/."}) EXPECT_FALSE(sort({"good", bad}).ok()) << bad;
  EXPECT_FALSE(sort({std::string("a\0b", 3)}).ok());
  EXPECT_FALSE(sort({std::string(300, 'n')}).ok());
  EXPECT_FALSE(sort({"twice", "once", "twice"}).ok());
  EXPECT_FALSE(sort({"a/b", "a"}).ok()) << "a file and a directory";
  EXPECT_FALSE(sort({"a", "a-b", "a/b"}).ok());
}

}  // namespace
}  // namespace umber::container
