// Images on disk, by digest, as OCI has them (https://github.com/opencontainers/image-spec): blobs/sha256/<hex> for every blob, and one
// small file per image name that says which manifest it stands for. A blob is written before the name that needs it, so a crash
// leaves at worst a blob that nobody names; the next start removes it.
#pragma once

#include <mutex>
#include <nlohmann/json.hpp>
#include <set>

#include "daemon/archive.h"

namespace umber::daemon {

using Json = nlohmann::json;

/// A compiled form of an image's module.
struct Variant {
  std::string architecture;  ///< as OCI has it: "amd64", "arm64", …
  std::string digest;        ///< of the layer
};

/// A further layer, read-only data for the guest.
struct BlobLayer {
  std::string path;    ///< below /blobs: the layer's org.opencontainers.image.title, or its digest in hexadecimal
  std::string digest;
  uint64_t size = 0;
};

struct ImageInfo {
  std::string name;
  std::string manifest_digest;    ///< of the manifest, or of the index of an image with variants
  std::string module_digest;      ///< of the application/wasm layer; empty if there are only compiled forms
  std::vector<Variant> variants;
  std::vector<BlobLayer> blobs;   ///< of `manifest`
  uint64_t size = 0;              ///< of all layers
  Json manifest;                  ///< of the module, or else of the first variant

  /// The compiled form for this machine; empty if there is none.
  [[nodiscard]] std::string compiled_digest() const;
};

/// Thread-safe.
class ImageStore {
 public:
  /// Creates the folders under `root`, and clears what a crash left.
  explicit ImageStore(const fs::path& root);

  /// A bare module or compiled image, or an OCI layout as a tar with one image (an index of variants, perhaps). Every digest is verified.
  /// `name`: may be empty if the layout has one.
  ImageInfo load(std::span<const uint8_t> bytes, const std::string& name);
  /// From a tar of `umber.json` and the files that it names; see docs/containers.md.
  ImageInfo build(std::span<const uint8_t> tar, const std::string& name);
  /// The image as a tar of an OCI layout.
  [[nodiscard]] Bytes save(const std::string& name) const;
  /// Failure 404.
  [[nodiscard]] ImageInfo find(const std::string& name) const;
  [[nodiscard]] std::vector<ImageInfo> list() const;
  /// The name, and blobs that no other name needs except those in `kept`.
  void remove(const std::string& name, const std::vector<std::string>& kept);
  /// Where a blob lies.
  [[nodiscard]] fs::path blob_path(const std::string& digest) const;

 private:
  ImageInfo load_layout(const Tree& tree, std::string name);
  ImageInfo store_image(const std::string& name, const Json& root, const Tree& blobs_by_digest);
  void collect_digests(const std::string& root_digest, std::set<std::string>& out) const;
  std::string put_blob(std::span<const uint8_t> bytes);
  [[nodiscard]] ImageInfo read_image(const fs::path& file) const;
  [[nodiscard]] fs::path name_path(const std::string& name) const;
  void collect_garbage(const std::vector<std::string>& kept);

  const fs::path root_;
  mutable std::mutex mutex_;
};

struct Layer {
  std::string type;
  Bytes bytes;
  std::string title;  ///< empty: none
};

/// A wasm module as an OCI image: manifest and config for the layers given (the module first).
[[nodiscard]] Json make_manifest(const Json& config, const std::vector<Layer>& layers, Tree& blobs);

/// The further layers of a manifest. A title counts if it is a relative path without "." and "..", and no other layer's file or folder.
[[nodiscard]] std::vector<BlobLayer> blob_layers_of(const Json& manifest);

}  // namespace umber::daemon
