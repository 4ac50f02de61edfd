// Talks to umberd: HTTP/1.1 over its unix socket, one request a connection. Small, because `umber` is linked statically and starts fast.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace umber::cli {

struct HttpReply {
  int status = 0;
  std::string body;
};

class DaemonClient {
 public:
  /// Takes each piece of a body as it arrives; false ends the request.
  using Sink = std::function<bool(std::string_view piece)>;

  explicit DaemonClient(std::string socket_path) : socket_path_(std::move(socket_path)) {}

  /// False when the daemon does not answer or says no: a sentence is on stderr then. With `sink` the body of a success goes there.
  [[nodiscard]] bool request(const std::string& method, const std::string& path, const std::string& body, std::string& out,
                             const Sink& sink = nullptr) const;
  /// The same with JSON in and out.
  [[nodiscard]] bool request_json(const std::string& method, const std::string& path, const nlohmann::json& body,
                                  nlohmann::json& out) const;

 private:
  [[nodiscard]] int connect() const;

  std::string socket_path_;
};

/// Percent-encodes what is not plain in a path or query.
[[nodiscard]] std::string url_escape(std::string_view text);

}  // namespace umber::cli
