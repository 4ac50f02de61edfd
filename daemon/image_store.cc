#include "daemon/image_store.h"

#include <algorithm>
#include <set>

namespace umber::daemon {

namespace {

constexpr const char* kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr const char* kIndexType = "application/vnd.oci.image.index.v1+json";
constexpr const char* kConfigType = "application/vnd.wasm.config.v0+json";
constexpr const char* kWasmType = "application/wasm";
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

std::string module_digest_of(const Json& manifest) {
  for (const Json& layer : manifest.value("layers", Json::array()))
    if (layer.value("mediaType", "") == kWasmType) return layer.value("digest", "");
  throw Failure(400, "the image has no layer of type application/wasm");
}

}  // namespace

Json make_manifest(const Json& config, const std::vector<std::pair<std::string, Bytes>>& layers, Tree& blobs) {
  const auto describe = [&](const std::string& type, const Bytes& bytes) {
    const std::string digest = digest_of(bytes);
    blobs[digest] = bytes;
    return Json{{"mediaType", type}, {"digest", digest}, {"size", bytes.size()}};
  };
  Json full = config;
  full["layerDigests"] = Json::array();
  Json list = Json::array();
  for (const auto& [type, bytes] : layers) {
    list.push_back(describe(type, bytes));
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

ImageInfo ImageStore::store_image(const std::string& name, const Json& manifest, const Tree& blobs_by_digest) {
  const std::lock_guard lock(mutex_);
  const fs::path file = name_path(name);
  for (const auto& [digest, bytes] : blobs_by_digest) put_blob(bytes);
  const std::string digest = put_blob(bytes_of(manifest.dump()));
  write_durably(file, Json{{"name", name}, {"manifest", digest}}.dump());
  return read_image(file);
}

ImageInfo ImageStore::load(std::span<const uint8_t> bytes, const std::string& name) {
  if (!is_module(bytes)) return load_layout(unpack(bytes), name);
  if (name.empty()) throw Failure(400, "a bare module needs a name");
  Tree blobs;
  const Json config = {{"created", timestamp()}, {"architecture", "wasm"}, {"os", "wasip1"}};
  const Json manifest = make_manifest(config, {{kWasmType, Bytes(bytes.begin(), bytes.end())}}, blobs);
  return store_image(name, manifest, blobs);
}

ImageInfo ImageStore::load_layout(const Tree& tree, std::string name) {
  const auto index_file = tree.find("index.json");
  if (index_file == tree.end()) throw Failure(400, "the archive is no OCI layout: it has no index.json");
  Json index = parse_json(index_file->second, "index.json");
  Json descriptor;
  // An index may point at another index: one level is what tools make.
  for (int level = 0; level < 2; ++level) {
    const Json manifests = index.value("manifests", Json::array());
    if (manifests.size() != 1) throw Failure(400, "the layout has " + std::to_string(manifests.size()) + " images; one is expected");
    descriptor = manifests[0];
    if (name.empty()) name = descriptor.value("annotations", Json::object()).value(kRefName, "");
    if (descriptor.value("mediaType", "") != kIndexType) break;
    index = parse_json(blob_of(tree, descriptor), "the image index");
  }
  const Bytes& manifest_bytes = blob_of(tree, descriptor);
  const Json manifest = parse_json(manifest_bytes, "the manifest");
  Tree blobs;
  for (const Json& each : descriptors_of(manifest)) blobs[each.value("digest", "")] = blob_of(tree, each);
  if (!is_module(blobs[module_digest_of(manifest)])) throw Failure(400, "the application/wasm layer is no WebAssembly module");
  if (name.empty()) throw Failure(400, "the layout names no image; give one");
  // The manifest's own bytes are kept: its digest is the image's identity.
  const std::lock_guard lock(mutex_);
  const fs::path file = name_path(name);
  for (const auto& [digest, bytes] : blobs) put_blob(bytes);
  const std::string digest = put_blob(manifest_bytes);
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
  static const std::set<std::string> kKnown = {"name", "module", "entry", "args", "env", "permissions", "blobs"};
  for (const auto& [key, value] : recipe.items())
    if (!kKnown.contains(key)) throw Failure(400, "umber.json: unknown field \"" + key + "\"");
  const Bytes& module = file(recipe.value("module", "module.wasm"));
  if (!is_module(module)) throw Failure(400, "umber.json: \"module\" is no WebAssembly module");
  std::vector<std::pair<std::string, Bytes>> layers = {{kWasmType, module}};
  for (const Json& blob : recipe.value("blobs", Json::array())) layers.emplace_back("application/octet-stream", file(blob));
  Json config = {{"created", timestamp()}, {"architecture", "wasm"}, {"os", "wasip1"}};
  Json wishes = Json::object();
  for (const char* key : {"entry", "args", "env", "permissions"})
    if (recipe.contains(key)) wishes[key] = recipe[key];
  config["umber"] = wishes;
  Tree blobs;
  Json manifest = make_manifest(config, layers, blobs);
  manifest["annotations"] = {{"dev.umber.config", wishes.dump()}};
  return store_image(name.empty() ? recipe.value("name", "") : name, manifest, blobs);
}

Bytes ImageStore::save(const std::string& name) const {
  const ImageInfo image = find(name);
  Tree tree;
  const auto add = [&](const std::string& digest) { tree["blobs/sha256/" + digest.substr(7)] = read_file(blob_path(digest)); };
  for (const Json& each : descriptors_of(image.manifest)) add(each.value("digest", ""));
  add(image.manifest_digest);
  const size_t size = tree["blobs/sha256/" + image.manifest_digest.substr(7)].size();
  const Json descriptor = {{"mediaType", kManifestType}, {"digest", image.manifest_digest}, {"size", size},
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
  image.manifest = parse_json(read_file(blob_path(image.manifest_digest)), "the manifest of " + image.name);
  image.module_digest = module_digest_of(image.manifest);
  for (const Json& layer : image.manifest.value("layers", Json::array())) image.size += layer.value("size", uint64_t{0});
  return image;
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

void ImageStore::collect_garbage(const std::vector<std::string>& kept) {
  std::set<std::string> needed(kept.begin(), kept.end());
  for (const fs::directory_entry& entry : fs::directory_iterator(root_ / "images")) {
    const ImageInfo image = read_image(entry.path());
    needed.insert(image.manifest_digest);
    for (const Json& each : descriptors_of(image.manifest)) needed.insert(each.value("digest", ""));
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(root_ / "blobs/sha256"))
    if (!needed.contains("sha256:" + entry.path().filename().string())) fs::remove(entry.path());
}

}  // namespace umber::daemon
