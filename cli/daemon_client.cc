#include "cli/daemon_client.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>

#include "cli/report.h"

namespace umber::cli {

namespace {

/// A connection that reads lines and counted pieces.
class Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() { close(fd_); }

  [[nodiscard]] bool write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return true;
  }
  /// Without its line end; false at the end of the stream.
  [[nodiscard]] bool read_line(std::string& line) {
    size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos)
      if (!fill()) return false;
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return true;
  }
  /// Hands `count` bytes on as they come; false when the stream ends before, or the sink has had enough.
  [[nodiscard]] bool pass(uint64_t count, const DaemonClient::Sink& sink) {
    while (count > 0) {
      if (buffer_.empty() && !fill()) return false;
      const size_t size = buffer_.size() < count ? buffer_.size() : static_cast<size_t>(count);
      if (!sink(std::string_view(buffer_).substr(0, size))) return false;
      buffer_.erase(0, size);
      count -= size;
    }
    return true;
  }

 private:
  [[nodiscard]] bool fill() {
    char piece[16 * 1024];
    ssize_t count = 0;
    do {
      count = recv(fd_, piece, sizeof piece, 0);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) return false;
    buffer_.append(piece, static_cast<size_t>(count));
    return true;
  }
  int fd_;
  std::string buffer_;
};

struct Head {
  int status = 0;
  bool chunked = false;
  uint64_t length = 0;
};

bool read_head(Wire& wire, Head& head) {
  std::string line;
  if (!wire.read_line(line) || line.size() < 12) return false;
  head.status = std::atoi(line.c_str() + 9);
  while (wire.read_line(line) && !line.empty()) {
    for (char& c : line) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (line.starts_with("content-length:")) head.length = std::strtoull(line.c_str() + 15, nullptr, 10);
    if (line.starts_with("transfer-encoding:") && line.find("chunked") != std::string::npos) head.chunked = true;
  }
  return true;
}

bool read_body(Wire& wire, const Head& head, const DaemonClient::Sink& sink) {
  if (!head.chunked) return wire.pass(head.length, sink);
  std::string line;
  while (wire.read_line(line)) {
    const uint64_t size = std::strtoull(line.c_str(), nullptr, 16);
    if (size == 0) return true;
    if (!wire.pass(size, sink) || !wire.read_line(line)) return false;
  }
  return false;
}

}  // namespace

int DaemonClient::connect() const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path_.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::strcpy(address.sun_path, socket_path_.c_str());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

bool DaemonClient::request(const std::string& method, const std::string& path, const std::string& body, std::string& out,
                           const Sink& sink) const {
  const int fd = connect();
  if (fd < 0) {
    report_error(socket_path_, std::string("cannot reach umberd: ") + std::strerror(errno));
    return false;
  }
  Wire wire(fd);
  const std::string head_text = method + " " + path + " HTTP/1.1\r\nHost: umber\r\nConnection: close\r\nContent-Length: " +
                                std::to_string(body.size()) + "\r\n\r\n";
  Head head;
  if (!wire.write(head_text) || !wire.write(body) || !read_head(wire, head)) {
    report_error(socket_path_, "umberd does not answer");
    return false;
  }
  const bool good = head.status >= 200 && head.status < 300;
  const Sink collect = [&](std::string_view piece) {
    out += piece;
    return true;
  };
  const bool complete = read_body(wire, head, good && sink != nullptr ? sink : collect);
  if (good) return complete || sink != nullptr;
  const nlohmann::json json = nlohmann::json::parse(out, nullptr, false);
  report_error("umberd", json.is_object() ? json.value("error", "no reason given") : "status " + std::to_string(head.status));
  return false;
}

bool DaemonClient::request_json(const std::string& method, const std::string& path, const nlohmann::json& body,
                                nlohmann::json& out) const {
  std::string text;
  if (!request(method, path, body.is_null() ? "" : body.dump(), text)) return false;
  out = nlohmann::json::parse(text, nullptr, false);
  if (!out.is_discarded()) return true;
  report_error("umberd", "the answer is not JSON");
  return false;
}

std::string url_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.') {
      out += c;
      continue;
    }
    out += '%';
    out += "0123456789ABCDEF"[byte >> 4];
    out += "0123456789ABCDEF"[byte & 15];
  }
  return out;
}

}  // namespace umber::cli
