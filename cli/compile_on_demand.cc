#include "cli/compile_on_demand.h"

#include <cstdio>
#include <cstring>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/report.h"

extern char** environ;

namespace umber::cli {
namespace {

/// umberc beside the running program, or just its name.
std::string find_compiler() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
  if (length > 0 && static_cast<size_t>(length) < sizeof(path)) {
    std::string own(path, static_cast<size_t>(length));
    const std::string beside = own.substr(0, own.rfind('/') + 1) + "umberc";
    if (access(beside.c_str(), X_OK) == 0) return beside;
  }
  return "umberc";
}

/// What the command writes to standard output; false if it can't be started or fails.
bool run_and_read(const std::string& program, const std::string& file, std::string& out) {
  int ends[2];
  if (pipe(ends) != 0) return false;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, ends[0]);
  std::string words[] = {program, "--cached", "--", file};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, program.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  char buffer[4096];
  for (ssize_t count = 0; error == 0 && (count = read(ends[0], buffer, sizeof(buffer))) > 0;) out.append(buffer, static_cast<size_t>(count));
  close(ends[0]);
  if (error != 0) {
    report_error(program, std::string("the compiler can't be started: ") + std::strerror(error));
    return false;
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::string compile_on_demand(const std::string& file) {
  std::string path;
  if (!run_and_read(find_compiler(), file, path)) return "";
  while (!path.empty() && path.back() == '\n') path.pop_back();
  return path;
}

}  // namespace umber::cli
