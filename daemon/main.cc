// umberd: keeps containers running. See docs/containers.md.
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "daemon/api.h"

namespace {

std::atomic<bool> stop_requested{false};

void request_stop(int) { stop_requested = true; }

/// Two daemons on one folder would ruin it.
bool lock_folder(const std::string& root) {
  const int fd = open((root + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string root = "/var/lib/umber", socket = "/run/umber/umber.sock";
  CLI::App app("Umber's container daemon.", "umberd");
  app.add_option("--root", root, "Where images, volumes, logs and records are kept")->envname("UMBER_ROOT")->capture_default_str();
  app.add_option("--socket", socket, "Where clients connect")->envname("UMBER_SOCKET")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  mallopt(M_ARENA_MAX, 1);  // a heap for each thread costs more than containers at rest do
  signal(SIGTERM, request_stop);
  signal(SIGINT, request_stop);
  signal(SIGPIPE, SIG_IGN);
  try {
    std::filesystem::create_directories(root);
    const std::filesystem::path folder = std::filesystem::path(socket).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder);
    if (!lock_folder(root)) throw umber::daemon::Failure(500, "another umberd uses " + root);
    umber::daemon::Engine engine(root);
    umber::daemon::serve(engine, socket, stop_requested);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "umberd: %s\n", error.what());
    return 1;
  }
  return 0;
}
