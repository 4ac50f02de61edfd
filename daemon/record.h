// A container as it is kept on disk and described by clients: one JSON object, strictly checked. The device core's Config is made
// from it and borrows its texts.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "container/runtime.h"
#include "daemon/files.h"

namespace umber::daemon {

using Json = nlohmann::json;

/// Checks a client's description, fills in defaults; Failure 400 for unknown fields (with a suggestion) and wrong types.
[[nodiscard]] Json checked_description(const Json& request);

/// Applies what an update says of "permit", "revoke", "limits" (null: the default again) and "restart". Failure 400; 404 for a revoked
/// permission that it does not have.
void change_terms(Json& record, const Json& changes);

/// How long its log may become.
[[nodiscard]] uint64_t log_bytes_of(const Json& record);

/// A Config and what it points at.
struct ConfigTexts {
  explicit ConfigTexts(const Json& record);
  ConfigTexts(const ConfigTexts&) = delete;
  ConfigTexts& operator=(const ConfigTexts&) = delete;

  container::Config config;

 private:
  std::string name_, entry_;
  std::vector<std::string> args_, names_, values_, grants_;
  std::vector<StringRef> arg_refs_, grant_refs_;
  std::vector<container::Variable> variables_;
};

[[nodiscard]] Json json_of(const container::ExitRecord& exit);
[[nodiscard]] Json json_of(const container::Snapshot& snapshot, uint64_t now_ns);

}  // namespace umber::daemon
