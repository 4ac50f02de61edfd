#include "daemon/api.h"

#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace umber::daemon {

namespace {

using httplib::Request;
using httplib::Response;

constexpr uint64_t kDefaultGraceMs = 10'000;
constexpr uint64_t kLongestWaitMs = 3'600'000;
constexpr size_t kMaxConnections = 256;
constexpr uint64_t kMaxBody = uint64_t{1} << 30;

/// A connection of our own socket, as httplib sees it.
class Connection final : public httplib::Stream {
 public:
  explicit Connection(int fd) : fd_(fd) {}
  bool is_readable() const override { return ready(POLLIN); }
  bool is_writable() const override { return ready(POLLOUT); }
  ssize_t read(char* to, size_t size) override { return ready(POLLIN) ? recv(fd_, to, size, 0) : -1; }
  ssize_t write(const char* from, size_t size) override { return ready(POLLOUT) ? send(fd_, from, size, MSG_NOSIGNAL) : -1; }
  void get_remote_ip_and_port(std::string& ip, int& port) const override { ip = "unix", port = 0; }
  void get_local_ip_and_port(std::string& ip, int& port) const override { ip = "unix", port = 0; }
  socket_t socket() const override { return fd_; }

 private:
  /// A client that stands still for that long is dropped.
  [[nodiscard]] bool ready(short events) const {
    constexpr int kPatienceMs = 30'000;
    pollfd polled = {fd_, events, 0};
    return poll(&polled, 1, kPatienceMs) > 0;
  }
  int fd_;
};

uint64_t number(const Request& request, const char* name, uint64_t otherwise, uint64_t most) {
  if (!request.has_param(name)) return otherwise;
  const std::string text = request.get_param_value(name);
  if (text.empty() || text.size() > 15 || text.find_first_not_of("0123456789") != std::string::npos)
    throw Failure(400, std::string("\"") + name + "\" is a number");
  return std::min<uint64_t>(std::stoull(text), most);
}

Json body_of(const Request& request) {
  Json json = Json::parse(request.body, nullptr, false);
  if (json.is_discarded()) throw Failure(400, "the request's body is not JSON");
  return json;
}

std::span<const uint8_t> bytes_of(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

void reply(Response& response, const Json& json) { response.set_content(json.dump() + "\n", "application/json"); }

Json describe(const ImageInfo& image) {
  Json variants = Json::array();
  for (const Variant& each : image.variants) variants.push_back({{"architecture", each.architecture}, {"digest", each.digest}});
  Json blobs = Json::array();
  for (const BlobLayer& each : image.blobs) blobs.push_back({{"path", each.path}, {"digest", each.digest}, {"size", each.size}});
  return {{"name", image.name}, {"digest", image.manifest_digest}, {"module", image.module_digest}, {"variants", variants}, {"blobs", blobs}, {"size", image.size}};
}

/// Sends what `next` returns, chunk by chunk, until the client goes or `next` says that it was the last.
void stream(Response& response, const std::atomic<bool>& stop, std::function<bool(std::string&)> next) {
  response.set_chunked_content_provider("application/x-ndjson", [&stop, next](size_t, httplib::DataSink& sink) {
    std::string text;
    const bool more = next(text) && !stop;
    if (!text.empty() && !sink.write(text.data(), text.size())) return false;
    if (!more) sink.done();
    return true;
  });
}

/// The last `wanted` lines, a number; all if it is empty.
std::string last_lines(const std::string& text, const std::string& wanted) {
  if (wanted.empty()) return text;
  if (wanted.size() > 9 || wanted.find_first_not_of("0123456789") != std::string::npos) throw Failure(400, "\"tail\" is a number of lines");
  size_t begin = text.size();
  for (unsigned long lines = std::stoul(wanted); lines > 0 && begin > 0; --lines) {
    const size_t end = begin < 2 ? std::string::npos : text.rfind('\n', begin - 2);
    begin = end == std::string::npos ? 0 : end + 1;
  }
  return text.substr(begin);
}

class Server final : public httplib::Server {
 public:
  Server(Engine& engine, const std::atomic<bool>& stop) : engine_(engine), stop_(stop) {
    set_payload_max_length(kMaxBody);
    set_exception_handler([](const Request&, Response& response, std::exception_ptr error) {
      response.status = 500;
      std::string sentence = "unknown error";
      try {
        std::rethrow_exception(error);
      } catch (const Failure& failure) {
        response.status = failure.status;
        sentence = failure.what();
      } catch (const Json::exception&) {
        response.status = 400;
        sentence = "a value has the wrong type";
      } catch (const std::exception& other) {
        sentence = other.what();
      }
      reply(response, {{"error", sentence}});
    });
    add_image_routes();
    add_container_routes();
    add_streams();
  }

  /// Handles one connection to its end.
  void serve(int fd, int listener) {
    svr_sock_ = listener;  // httplib takes this as "not shutting down"
    Connection connection(fd);
    bool closed = false;
    process_request(connection, true, closed, nullptr);
    close(fd);
  }

 private:
  void add_image_routes() {
    Get("/v1/version", [](const Request&, Response& response) { reply(response, {{"version", "0.1.0"}, {"api", 1}}); });
    Get("/v1/images", [this](const Request&, Response& response) {
      Json list = Json::array();
      for (const ImageInfo& image : engine_.images().list()) list.push_back(describe(image));
      reply(response, list);
    });
    Post("/v1/images/load", [this](const Request& request, Response& response) {
      reply(response, describe(engine_.images().load(bytes_of(request.body), request.get_param_value("name"))));
    });
    Post("/v1/images/build", [this](const Request& request, Response& response) {
      reply(response, describe(engine_.images().build(bytes_of(request.body), request.get_param_value("name"))));
    });
    Get("/v1/images/save", [this](const Request& request, Response& response) {
      const Bytes tar = engine_.images().save(request.get_param_value("name"));
      response.set_content(std::string(tar.begin(), tar.end()), "application/x-tar");
    });
    Get("/v1/images/inspect", [this](const Request& request, Response& response) {
      const ImageInfo image = engine_.images().find(request.get_param_value("name"));
      Json json = describe(image);
      json["manifest"] = image.manifest;
      reply(response, json);
    });
    Delete("/v1/images", [this](const Request& request, Response& response) {
      engine_.remove_image(request.get_param_value("name"));
      reply(response, Json::object());
    });
  }

  void add_container_routes() {
    Get("/v1/containers", [this](const Request&, Response& response) { reply(response, engine_.list()); });
    Post("/v1/containers", [this](const Request& request, Response& response) { reply(response, engine_.create(body_of(request))); });
    Get(R"(/v1/containers/([^/]+))",
        [this](const Request& request, Response& response) { reply(response, engine_.inspect(request.matches[1])); });
    Get(R"(/v1/containers/([^/]+)/stats)",
        [this](const Request& request, Response& response) { reply(response, engine_.stats(request.matches[1])); });
    Delete(R"(/v1/containers/([^/]+))", [this](const Request& request, Response& response) {
      engine_.remove(request.matches[1], request.get_param_value("force") == "1");
      reply(response, Json::object());
    });
    Post(R"(/v1/containers/([^/]+)/(start|stop|kill|pause|unpause|restart))", [this](const Request& request, Response& response) {
      act(request.matches[1], request.matches[2], number(request, "grace_ms", kDefaultGraceMs, kLongestWaitMs));
      reply(response, Json::object());
    });
    Post(R"(/v1/containers/([^/]+)/wait)", [this](const Request& request, Response& response) {
      reply(response, engine_.wait(request.matches[1], number(request, "timeout_ms", kLongestWaitMs, kLongestWaitMs)));
    });
    Post(R"(/v1/containers/([^/]+)/update)",
         [this](const Request& request, Response& response) { reply(response, engine_.update(request.matches[1], body_of(request))); });
    Post(R"(/v1/containers/([^/]+)/rollback)", [this](const Request& request, Response& response) {
      reply(response, engine_.rollback(request.matches[1], number(request, "grace_ms", kDefaultGraceMs, kLongestWaitMs)));
    });
    Post("/v1/world", [this](const Request& request, Response& response) { reply(response, engine_.play(body_of(request))); });
  }

  void act(const std::string& name, const std::string& verb, uint64_t grace_ms) {
    if (verb == "stop" || verb == "restart") engine_.stop(name, grace_ms);
    if (verb == "start" || verb == "restart") engine_.start(name);
    if (verb == "kill") engine_.kill(name);
    if (verb == "pause") engine_.pause(name);
    if (verb == "unpause") engine_.unpause(name);
  }

  void add_streams() {
    using namespace std::chrono_literals;
    Get(R"(/v1/containers/([^/]+)/logs)", [this](const Request& request, Response& response) {
      const std::string name = request.matches[1], since = request.get_param_value("since");
      uint64_t position = 0;
      const std::string so_far = last_lines(engine_.read_log(name, since, position), request.get_param_value("tail"));
      if (request.get_param_value("follow") != "1") {
        response.set_content(so_far, "application/x-ndjson");
        return;
      }
      stream(response, stop_, [this, name, since, position, so_far, first = true](std::string& text) mutable {
        if (first) {
          first = false;
          text = so_far;
          return true;
        }
        try {
          const bool ended = !engine_.wait(name, 100).is_null();
          text = engine_.read_log(name, since, position);
          return !ended;
        } catch (const Failure&) {
          return false;  // removed
        }
      });
    });
    Get("/v1/events", [this](const Request& request, Response& response) {
      uint64_t from = request.get_param_value("all") == "1" ? 0 : engine_.events().end();
      const bool follow = request.get_param_value("follow") != "0";
      stream(response, stop_, [this, from, follow](std::string& text) mutable {
        text = engine_.events().take(from, follow ? 200ms : 0ms);
        return follow;
      });
    });
  }

  Engine& engine_;
  const std::atomic<bool>& stop_;
};

int listen_on(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path) throw Failure(500, "the socket's path is too long: " + path.string());
  std::strcpy(address.sun_path, path.c_str());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  unlink(path.c_str());
  // Nobody else may connect, not even for the moment before chmod.
  const mode_t before = umask(0117);
  const bool bound = fd >= 0 && bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && listen(fd, 64) == 0;
  umask(before);
  if (!bound) throw Failure(500, "cannot listen on " + path.string() + ": " + std::strerror(errno));
  return fd;
}

}  // namespace

void serve(Engine& engine, const fs::path& socket_path, const std::atomic<bool>& stop) {
  const int listener = listen_on(socket_path);
  Server server(engine, stop);
  std::atomic<size_t> connections{0};
  while (!stop) {
    pollfd polled = {listener, POLLIN, 0};
    constexpr int kLookMs = 200;
    if (poll(&polled, 1, kLookMs) <= 0) continue;
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    if (connections >= kMaxConnections) {
      close(fd);
      continue;
    }
    ++connections;
    std::thread([&server, &connections, fd, listener] {
      server.serve(fd, listener);
      --connections;
    }).detach();
  }
  while (connections > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  close(listener);
  unlink(socket_path.c_str());
}

}  // namespace umber::daemon
