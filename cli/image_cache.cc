#include "cli/image_cache.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdlib>
#include <filesystem>

#include "aot/image/image.h"
#include "cli/version.h"
#include "runtime/abi.h"

namespace umber::cli {

std::string cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  std::filesystem::path folder;
  if (cache != nullptr && *cache != 0)
    folder = cache;
  else if (home != nullptr && *home != 0)
    folder = std::filesystem::path(home) / ".cache";
  else
    return "";
  folder /= "umber";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  return error ? "" : folder.string();
}

std::string cache_path(const std::string& folder, std::span<const uint8_t> module, const aot::CompileOptions& options) {
  const aot::Target& target = options.target;
  // Lengths are in the text, so that no two different inputs make the same one.
  std::string key = std::string(kVersion) + '\0' + std::to_string(kAbiVersion) + '\0' + std::to_string(aot::kImageFormatVersion);
  for (const std::string& part : {target.triple, target.cpu, target.features}) key += '\0' + part;
  for (const unsigned option : {static_cast<unsigned>(options.optimization), static_cast<unsigned>(options.translate.bounds),
                                static_cast<unsigned>(options.translate.interruption), options.embed_whole_module ? 1u : 0u})
    key += '\0' + std::to_string(option);
  key += '\0';
  XXH3_state_t* state = XXH3_createState();
  XXH3_128bits_reset(state);
  XXH3_128bits_update(state, key.data(), key.size());
  XXH3_128bits_update(state, module.data(), module.size());
  const XXH128_hash_t hash = XXH3_128bits_digest(state);
  XXH3_freeState(state);
  char name[40];
  std::snprintf(name, sizeof(name), "%016llx%016llx.umb", static_cast<unsigned long long>(hash.high64), static_cast<unsigned long long>(hash.low64));
  return folder + "/" + name;
}

}  // namespace umber::cli
