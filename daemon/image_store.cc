#include "daemon/image_store.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <set>

#include "aot/image/image.h"

namespace umber::daemon {

namespace {

constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr const char* kConfigType = "application/vnd.wasm.config.v0+json";
constexpr const char* kWasmType = "application/wasm";
constexpr const char* kCompiledType = "application/vnd.umber.image.v1";
constexpr const char* kBlobType = "application/octet-stream";
constexpr const char* kTitle = "org.opencontainers.image.title";
constexpr const char* kRefName = "org.opencontainers.image.ref.name";

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

Json parse_json(const Bytes& bytes, const std::string& what) {
  Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (json.is_discarded() || !json.is_object()) throw Failure(400, what + " is not JSON");
  return json;
}

bool is_digest(const std::string& digest) {
  return digest.size() == 71 && digest.starts_with("sha256:") &&
         std::all_of(digest.begin() + 7, digest.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The blob of a descriptor, its digest and size verified.
const Bytes& blob_of(const Tree& tree, const Json& descriptor) {
  const std::string digest = descriptor.value("digest", "");
  if (!is_digest(digest)) throw Failure(400, "not a digest: \"" + digest + "\"");
  const auto found = tree.find("blobs/sha256/" + digest.substr(7));
  if (found == tree.end()) throw Failure(400, "the layout lacks the blob " + digest);
  if (digest_of(found->second) != digest) throw Failure(400, "the blob " + digest + " has another digest: it is damaged");
  if (descriptor.contains("size") && descriptor["size"] != found->second.size())
    throw Failure(400, "the blob " + digest + " has another size than the manifest says");
  return found->second;
}

bool is_module(std::span<const uint8_t> bytes) {
  constexpr uint8_t kMagic[] = {0, 'a', 's', 'm'};
  return bytes.size() >= 8 && std::equal(std::begin(kMagic), std::end(kMagic), bytes.begin());
}

/// Descriptors of a manifest: config first, then layers.
std::vector<Json> descriptors_of(const Json& manifest) {
  std::vector<Json> all;
  if (manifest.contains("config")) all.push_back(manifest["config"]);
  for (const Json& layer : manifest.value("layers", Json::array())) all.push_back(layer);
  return all;
}

bool is_index(const Json& root) { return root.contains("manifests"); }

/// The layer of a manifest that can run: the module, or a compiled image. Null: there is none.
Json code_layer_of(const Json& manifest) {
  for (const char* type : {kWasmType, kCompiledType})
    for (const Json& layer : manifest.value("layers", Json::array()))
      if (layer.value("mediaType", "") == type) return layer;
  return nullptr;
}

void check_code(const Json& manifest, const Tree& blobs) {
  const Json layer = code_layer_of(manifest);
  if (layer.is_null()) throw Failure(400, "the image has no layer of type application/wasm");
  const Bytes& bytes = blobs.at(layer.value("digest", ""));
  if (layer["mediaType"] == kWasmType && !is_module(bytes)) throw Failure(400, "the application/wasm layer is no WebAssembly module");
  if (layer["mediaType"] == kCompiledType && !aot::is_image(bytes)) throw Failure(400, std::string("the layer of type ") + kCompiledType + " is no compiled image");
}

/// A compiled image's reader wants aligned bytes.
template <class Use>
void with_compiled(const Bytes& bytes, Use use) {
  std::vector<std::max_align_t> aligned(bytes.size() / sizeof(std::max_align_t) + 1);
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  const Result<aot::Image> image = aot::open_image({reinterpret_cast<const uint8_t*>(aligned.data()), bytes.size()});
  if (!image.ok()) throw Failure(400, "a compiled image: " + std::string(image.error().message().c_str()));
  use(image.value());
}

std::string architecture_of(aot::Machine machine, uint8_t pointer_size) {
  switch (machine) {
    case aot::Machine::Arm: return "arm";
    case aot::Machine::X86_64: return "amd64";
    case aot::Machine::AArch64: return "arm64";
    case aot::Machine::RiscV: return pointer_size == 8 ? "riscv64" : "riscv32";
  }
  return "unknown";
}

/// OCI's platform of a compiled image.
Json platform_of(const aot::Image& image) {
  const std::string target(image.target.data(), image.target.size());
  return {{"architecture", architecture_of(static_cast<aot::Machine>(image.header->machine), image.header->pointer_size)}, {"os", target.find("linux") == std::string::npos ? "none" : "linux"}};
}

/// "unknown" for one that this daemon cannot read, such as one of an older format: it must not keep the image from being listed.
std::string architecture_of(const Bytes& compiled) {
  std::string architecture = "unknown";
  try {
    with_compiled(compiled, [&](const aot::Image& image) { architecture = platform_of(image)["architecture"]; });
  } catch (const Failure&) {
  }
  return architecture;
}

}  // namespace

std::vector<BlobLayer> blob_layers_of(const Json& manifest) {
  const std::string code = code_layer_of(manifest).value("digest", "");
  const auto is_path = [](const std::string& title) {
    const fs::path path(title);
    return !title.empty() && title.find('\0') == std::string::npos && title.size() < 1024 && path.is_relative() && path.lexically_normal().string() == title &&
           path.has_filename() && *path.begin() != ".." && path != "." &&
           std::all_of(path.begin(), path.end(), [](const fs::path& part) { return part.string().size() <= 255; });
  };
  std::vector<BlobLayer> blobs;
  for (const Json& layer : manifest.value("layers", Json::array())) {
    const std::string digest = layer.value("digest", ""), title = layer.value("annotations", Json::object()).value(kTitle, "");
    const std::string type = layer.value("mediaType", "");
    if (digest == code && (type == kWasmType || type == kCompiledType)) continue;
    const bool is_free = std::none_of(blobs.begin(), blobs.end(), [&](const BlobLayer& each) {
      return (each.path + "/").starts_with(title + "/") || (title + "/").starts_with(each.path + "/");
    });
    const std::string path = is_path(title) && is_free ? title : digest.substr(digest.find(':') + 1);
    if (std::none_of(blobs.begin(), blobs.end(), [&](const BlobLayer& each) { return each.path == path; }))
      blobs.push_back({path, digest, layer.value("size", uint64_t{0})});
  }
  return blobs;
}

Json make_manifest(const Json& config, const std::vector<Layer>& layers, Tree& blobs) {
  const auto describe = [&](const std::string& type, const Bytes& bytes) {
    const std::string digest = digest_of(bytes);
    blobs[digest] = bytes;
    return Json{{"mediaType", type}, {"digest", digest}, {"size", bytes.size()}};
  };
  Json full = config;
  full["layerDigests"] = Json::array();
  Json list = Json::array();
  for (const Layer& layer : layers) {
    list.push_back(describe(layer.type, layer.bytes));
    if (!layer.title.empty()) list.back()["annotations"] = {{kTitle, layer.title}};
    full["layerDigests"].push_back(list.back()["digest"]);
  }
  return {{"schemaVersion", 2}, {"mediaType", kManifestType}, {"config", describe(kConfigType, bytes_of(full.dump()))}, {"layers", list}};
}

ImageStore::ImageStore(const fs::path& root) : root_(root) {
  fs::create_directories(root_ / "blobs/sha256");
  fs::create_directories(root_ / "images");
  remove_temporaries(root_ / "blobs/sha256");
  remove_temporaries(root_ / "images");
}

fs::path ImageStore::blob_path(const std::string& digest) const {
  if (!is_digest(digest)) throw Failure(500, "not a digest: " + digest);
  return root_ / "blobs/sha256" / digest.substr(7);
}

/// Slashes and colons in names would be folders; '%' is in no name.
fs::path ImageStore::name_path(const std::string& name) const {
  if (!is_name(name, true)) throw Failure(400, "not an image name: \"" + name + "\"");
  std::string file;
  for (const char c : name) file += c == '/' ? std::string("%s") : c == ':' ? std::string("%c") : std::string(1, c);
  return root_ / "images" / file;
}

std::string ImageStore::put_blob(std::span<const uint8_t> bytes) {
  const std::string digest = digest_of(bytes);
  if (!fs::exists(blob_path(digest))) write_durably(blob_path(digest), bytes);
  return digest;
}

ImageInfo ImageStore::store_image(const std::string& name, const Json& root, const Tree& blobs_by_digest) {
  const std::lock_guard lock(mutex_);
  const fs::path file = name_path(name);
  for (const auto& [digest, bytes] : blobs_by_digest) put_blob(bytes);
  const std::string digest = put_blob(bytes_of(root.dump()));
  write_durably(file, Json{{"name", name}, {"manifest", digest}}.dump());
  return read_image(file);
}

ImageInfo ImageStore::load(std::span<const uint8_t> bytes, const std::string& name) {
  const bool is_compiled = aot::is_image(bytes);
  if (!is_module(bytes) && !is_compiled) return load_layout(unpack(bytes), name);
  if (name.empty()) throw Failure(400, "a bare module needs a name");
  Tree blobs;
  const Bytes content(bytes.begin(), bytes.end());
  Json config = {{"created", timestamp()}, {"architecture", "wasm"}, {"os", "wasip1"}};
  if (is_compiled) with_compiled(content, [&](const aot::Image& image) { config.update(platform_of(image)); });
  return store_image(name, make_manifest(config, {{is_compiled ? kCompiledType : kWasmType, content, ""}}, blobs), blobs);
}

ImageInfo ImageStore::load_layout(const Tree& tree, std::string name) {
  const auto index_file = tree.find("index.json");
  if (index_file == tree.end()) throw Failure(400, "the archive is no OCI layout: it has no index.json");
  // The root's own bytes are kept: their digest is the image's identity.
  Bytes root_bytes = index_file->second;
  Json root = parse_json(root_bytes, "index.json");
  // Down to what has a choice: an index of variants, or the one manifest.
  for (int level = 0; level < 3 && is_index(root); ++level) {
    const Json manifests = root.value("manifests", Json::array());
    if (manifests.size() != 1) break;
    if (name.empty()) name = manifests[0].value("annotations", Json::object()).value(kRefName, "");
    root_bytes = blob_of(tree, manifests[0]);
    root = parse_json(root_bytes, "the manifest");
  }
  if (name.empty()) throw Failure(400, "the layout names no image; give one");
  Tree blobs;
  std::vector<Json> manifests = {root};
  if (is_index(root)) {
    manifests.clear();
    for (const Json& each : root.value("manifests", Json::array())) {
      if (!each.contains("platform")) throw Failure(400, "the layout has several images that are no variants of one; one is expected");
      blobs[each.value("digest", "")] = blob_of(tree, each);
      manifests.push_back(parse_json(blob_of(tree, each), "a variant's manifest"));
    }
    if (manifests.empty()) throw Failure(400, "the layout has no image");
  }
  for (const Json& manifest : manifests) {
    for (const Json& each : descriptors_of(manifest)) blobs[each.value("digest", "")] = blob_of(tree, each);
    check_code(manifest, blobs);
  }
  const std::lock_guard lock(mutex_);
  const fs::path file = name_path(name);
  for (const auto& [digest, bytes] : blobs) put_blob(bytes);
  const std::string digest = put_blob(root_bytes);
  write_durably(file, Json{{"name", name}, {"manifest", digest}}.dump());
  return read_image(file);
}

ImageInfo ImageStore::build(std::span<const uint8_t> tar, const std::string& name) {
  const Tree tree = unpack(tar);
  const auto file = [&](const std::string& path) -> const Bytes& {
    const auto found = tree.find(fs::path(path).lexically_normal().string());
    if (found == tree.end()) throw Failure(400, "the build lacks the file " + path);
    return found->second;
  };
  const Json recipe = parse_json(file("umber.json"), "umber.json");
  static const std::set<std::string> kKnown = {"name", "module", "entry", "args", "env", "permissions", "blobs", "compiled"};
  for (const auto& [key, value] : recipe.items())
    if (!kKnown.contains(key)) throw Failure(400, "umber.json: unknown field \"" + key + "\"");
  const Bytes& module = file(recipe.value("module", "module.wasm"));
  if (!is_module(module)) throw Failure(400, "umber.json: \"module\" is no WebAssembly module");
  std::vector<Layer> layers = {{kWasmType, module, ""}};
  for (const Json& blob : recipe.value("blobs", Json::array())) layers.push_back({kBlobType, file(blob), fs::path(blob.get<std::string>()).lexically_normal().string()});
  Json wishes = Json::object();
  for (const char* key : {"entry", "args", "env", "permissions"})
    if (recipe.contains(key)) wishes[key] = recipe[key];
  const Json config = {{"created", timestamp()}, {"architecture", "wasm"}, {"os", "wasip1"}, {"umber", wishes}};
  Tree blobs;
  const auto manifest_of = [&](const Json& platform) {
    Json full = config;
    full.update(platform);
    Json manifest = make_manifest(full, layers, blobs);
    manifest["annotations"] = {{"dev.umber.config", wishes.dump()}};
    return manifest;
  };
  const std::string image_name = name.empty() ? recipe.value("name", "") : name;
  const Json plain = manifest_of({{"architecture", "wasm"}, {"os", "wasip1"}});
  if (!recipe.contains("compiled")) return store_image(image_name, plain, blobs);

  Json index = {{"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", Json::array()}};
  const auto add = [&](const Json& manifest, const Json& platform) {
    const Bytes bytes = bytes_of(manifest.dump());
    blobs[digest_of(bytes)] = bytes;
    index["manifests"].push_back({{"mediaType", kManifestType}, {"digest", digest_of(bytes)}, {"size", bytes.size()}, {"platform", platform}});
  };
  for (const Json& path : recipe["compiled"]) {
    const Bytes& bytes = file(path);
    Json platform;
    with_compiled(bytes, [&](const aot::Image& image) {
      platform = platform_of(image);
      if ("sha256:" + hex(image.header->module_digest) != digest_of(module))
        throw Failure(400, "umber.json: " + path.get<std::string>() + " was compiled from another module");
    });
    layers[0] = {kCompiledType, bytes, ""};
    add(manifest_of(platform), platform);
  }
  add(plain, {{"architecture", "wasm"}, {"os", "wasip1"}});
  return store_image(image_name, index, blobs);
}

Bytes ImageStore::save(const std::string& name) const {
  const ImageInfo image = find(name);
  Tree tree;
  const auto add = [&](const std::string& digest) { tree["blobs/sha256/" + digest.substr(7)] = read_file(blob_path(digest)); };
  std::set<std::string> digests;
  {
    const std::lock_guard lock(mutex_);
    collect_digests(image.manifest_digest, digests);
  }
  for (const std::string& digest : digests) add(digest);
  const size_t size = tree["blobs/sha256/" + image.manifest_digest.substr(7)].size();
  const Json root = parse_json(read_file(blob_path(image.manifest_digest)), "the manifest of " + name);
  const Json descriptor = {{"mediaType", is_index(root) ? kIndexType : kManifestType}, {"digest", image.manifest_digest}, {"size", size},
                           {"annotations", {{kRefName, name}}}};
  tree["index.json"] = bytes_of(Json{{"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", {descriptor}}}.dump());
  tree["oci-layout"] = bytes_of(R"({"imageLayoutVersion":"1.0.0"})");
  return pack(tree);
}

ImageInfo ImageStore::read_image(const fs::path& file) const {
  const Json entry = parse_json(read_file(file), file.string());
  ImageInfo image;
  image.name = entry.value("name", "");
  image.manifest_digest = entry.value("manifest", "");
  const Json root = parse_json(read_file(blob_path(image.manifest_digest)), "the manifest of " + image.name);
  std::vector<Json> manifests = {root};
  if (is_index(root)) {
    manifests.clear();
    for (const Json& each : root["manifests"]) manifests.push_back(parse_json(read_file(blob_path(each.value("digest", ""))), "a variant of " + image.name));
  }
  for (const Json& manifest : manifests) {
    const Json layer = code_layer_of(manifest);
    if (layer.is_null()) throw Failure(500, "the image " + image.name + " has nothing to run");
    const std::string digest = layer.value("digest", "");
    const bool is_compiled = layer["mediaType"] == kCompiledType;
    if (!is_compiled) image.module_digest = digest;
    if (is_compiled) image.variants.push_back({architecture_of(read_file(blob_path(digest))), digest});
    if (image.manifest.is_null() || !is_compiled) image.manifest = manifest;
    for (const Json& each : manifest.value("layers", Json::array())) image.size += each.value("size", uint64_t{0});
  }
  image.blobs = blob_layers_of(image.manifest);
  return image;
}

std::string ImageInfo::compiled_digest() const {
  const aot::Host host = aot::this_host(true);
  for (const Variant& variant : variants)
    if (variant.architecture == architecture_of(host.machine, host.pointer_size)) return variant.digest;
  return {};
}

ImageInfo ImageStore::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  if (!fs::exists(name_path(name))) throw Failure(404, "no such image: " + name);
  return read_image(name_path(name));
}

std::vector<ImageInfo> ImageStore::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<ImageInfo> images;
  for (const fs::directory_entry& entry : fs::directory_iterator(root_ / "images")) images.push_back(read_image(entry.path()));
  std::sort(images.begin(), images.end(), [](const ImageInfo& a, const ImageInfo& b) { return a.name < b.name; });
  return images;
}

void ImageStore::remove(const std::string& name, const std::vector<std::string>& kept) {
  const std::lock_guard lock(mutex_);
  if (!fs::exists(name_path(name))) throw Failure(404, "no such image: " + name);
  remove_durably(name_path(name));
  collect_garbage(kept);
}

/// The root, and all that it leads to. With the mutex held.
void ImageStore::collect_digests(const std::string& root_digest, std::set<std::string>& out) const {
  out.insert(root_digest);
  const Json root = parse_json(read_file(blob_path(root_digest)), "a manifest");
  for (const Json& each : root.value("manifests", Json::array())) collect_digests(each.value("digest", ""), out);
  for (const Json& each : descriptors_of(root)) out.insert(each.value("digest", ""));
}

void ImageStore::collect_garbage(const std::vector<std::string>& kept) {
  std::set<std::string> needed(kept.begin(), kept.end());
  for (const fs::directory_entry& entry : fs::directory_iterator(root_ / "images")) {
    collect_digests(parse_json(read_file(entry.path()), "an image").value("manifest", ""), needed);
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(root_ / "blobs/sha256"))
    if (!needed.contains("sha256:" + entry.path().filename().string())) fs::remove(entry.path());
}

}  // namespace umber::daemon
