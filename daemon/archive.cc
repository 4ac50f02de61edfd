#include "daemon/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace umber::daemon {

namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;

std::string checked_name(const char* name) {
  const fs::path path = fs::path(name == nullptr ? "" : name).lexically_normal();
  if (path.is_absolute() || path.empty() || *path.begin() == "..")
    throw Failure(400, "the archive has a name that leaves it: " + path.string());
  return path.string();
}

la_ssize_t append(archive*, void* out, const void* data, size_t size) {
  auto& bytes = *static_cast<Bytes*>(out);
  const auto* begin = static_cast<const uint8_t*>(data);
  bytes.insert(bytes.end(), begin, begin + size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

Tree unpack(std::span<const uint8_t> bytes, uint64_t limit) {
  const Reader reader(archive_read_new(), &archive_read_free);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_zstd(reader.get());
  archive_read_support_format_tar(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    throw Failure(400, "neither a WebAssembly module nor a tar archive");
  Tree tree;
  archive_entry* entry = nullptr;
  for (int result = 0; (result = archive_read_next_header(reader.get(), &entry)) != ARCHIVE_EOF;) {
    if (result < ARCHIVE_WARN) throw Failure(400, std::string("not a readable tar archive: ") + archive_error_string(reader.get()));
    if (archive_entry_filetype(entry) != AE_IFREG) continue;
    Bytes& content = tree[checked_name(archive_entry_pathname(entry))];
    content.clear();
    uint8_t chunk[64 * 1024];
    for (la_ssize_t count = 0; (count = archive_read_data(reader.get(), chunk, sizeof chunk)) != 0;) {
      if (count < 0) throw Failure(400, std::string("the archive is damaged: ") + archive_error_string(reader.get()));
      if (static_cast<uint64_t>(count) > limit) throw Failure(413, "the archive is too large");
      limit -= static_cast<uint64_t>(count);
      content.insert(content.end(), chunk, chunk + count);
    }
  }
  return tree;
}

Bytes pack(const Tree& tree) {
  Bytes out;
  const Writer writer(archive_write_new(), &archive_write_free);
  archive_write_set_format_ustar(writer.get());
  archive_write_set_bytes_in_last_block(writer.get(), 1);
  if (archive_write_open(writer.get(), &out, nullptr, &append, nullptr) != ARCHIVE_OK) throw Failure(500, "cannot write an archive");
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(), &archive_entry_free);
  for (const auto& [name, content] : tree) {
    archive_entry_clear(entry.get());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    if (archive_write_header(writer.get(), entry.get()) != ARCHIVE_OK ||
        archive_write_data(writer.get(), content.data(), content.size()) != static_cast<la_ssize_t>(content.size()))
      throw Failure(500, std::string("cannot write an archive: ") + archive_error_string(writer.get()));
  }
  if (archive_write_close(writer.get()) != ARCHIVE_OK) throw Failure(500, "cannot write an archive");
  return out;
}

}  // namespace umber::daemon
