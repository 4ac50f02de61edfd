// `umber completion bash|zsh`: a script for the shell, made from the parser itself, so that no word or option is ever missing from it.
#include <cstdio>
#include <memory>

#include "cli/command.h"

namespace umber::cli {
namespace {

/// What stands behind a word: asked of the daemon when the user presses the key.
enum class Subject { Files, Containers, Images };

Subject subject_of(const std::string& word) {
  for (const char* each : {"save", "rmi", "create"})
    if (word == each) return Subject::Images;
  for (const char* each : {"start", "stop", "kill", "pause", "unpause", "restart", "update", "rollback", "rm", "wait", "inspect", "stats", "logs"})
    if (word == each) return Subject::Containers;
  return Subject::Files;
}

constexpr const char* kContainerNames = "umber ps --all 2>/dev/null | awk 'NR > 1 {print $2}'";
constexpr const char* kImageNames = "umber images 2>/dev/null | awk 'NR > 1 {print $1}'";

std::vector<CLI::App*> words_of(CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

/// "--name" of every option, and "-n" where there is no long one.
std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  if (names.empty())
    for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  return names;
}

std::string options_of(const CLI::App& command) {
  std::string list;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : names_of(*option)) list += (list.empty() ? "" : " ") + name;
  return list;
}

void print_bash(CLI::App& app) {
  std::string words;
  for (const CLI::App* command : words_of(app)) words += command->get_name() + " ";
  std::printf("# umber's completion for bash: source <(umber completion bash)\n_umber() {\n");
  std::printf("  local cur=${COMP_WORDS[COMP_CWORD]} options= names=\n");
  std::printf("  if [ \"$COMP_CWORD\" = 1 ]; then COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return; fi\n", words.c_str());
  std::printf("  case ${COMP_WORDS[1]} in\n");
  for (const CLI::App* command : words_of(app)) {
    const Subject subject = subject_of(command->get_name());
    std::printf("    %s) options='%s'", command->get_name().c_str(), options_of(*command).c_str());
    if (subject != Subject::Files) std::printf(" names=$(%s)", subject == Subject::Containers ? kContainerNames : kImageNames);
    std::printf(" ;;\n");
  }
  std::printf("  esac\n");
  std::printf("  case $cur in\n    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n");
  std::printf("    *) if [ -n \"$names\" ]; then COMPREPLY=($(compgen -W \"$names\" -- \"$cur\")); else COMPREPLY=($(compgen -f -- \"$cur\")); fi ;;\n");
  std::printf("  esac\n}\ncomplete -o filenames -F _umber umber\n");
}

/// For a single-quoted word of zsh's _arguments, where brackets and colons mean something.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') break;
    if (c == '\'') out += "'\\''";
    if (c == '[' || c == ']' || c == ':') out += '\\';
    if (c != '\'') out += c;
  }
  return out;
}

void print_zsh_command(const CLI::App& command) {
  std::printf("    %s) _arguments", command.get_name().c_str());
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : names_of(*option))
      std::printf(" \\\n      '*%s[%s]%s'", name.c_str(), zsh_text(option->get_description()).c_str(), option->get_items_expected_max() > 0 ? ":value:" : "");
  const Subject subject = subject_of(command.get_name());
  if (subject == Subject::Files)
    std::printf(" \\\n      '*:file:_files' ;;\n");
  else
    std::printf(" \\\n      \"*:name:($(%s))\" ;;\n", subject == Subject::Containers ? kContainerNames : kImageNames);
}

void print_zsh(CLI::App& app) {
  std::printf("#compdef umber\n# umber's completion for zsh: a file _umber in a folder of $fpath\n_umber() {\n  local -a words_of_umber=(\n");
  for (const CLI::App* command : words_of(app))
    std::printf("    '%s:%s'\n", command->get_name().c_str(), zsh_text(command->get_description()).c_str());
  std::printf("  )\n  if (( CURRENT == 2 )); then _describe command words_of_umber; return; fi\n");
  std::printf("  local word=$words[2]\n  shift words; (( CURRENT-- ))\n  case $word in\n");
  for (const CLI::App* command : words_of(app)) print_zsh_command(*command);
  std::printf("  esac\n}\nif [ \"$funcstack[1]\" = _umber ]; then _umber \"$@\"; else compdef _umber umber; fi\n");
}

}  // namespace

void add_completion(CLI::App& app, int& exit_code) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print a script that completes umber's words in a shell");
  command->add_option("SHELL", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  command->footer("Examples:\n  source <(umber completion bash)\n  umber completion zsh > ~/.zfunc/_umber");
  command->callback([&app, &exit_code, shell] {
    *shell == "bash" ? print_bash(app) : print_zsh(app);
    exit_code = kSuccess;
  });
}

}  // namespace umber::cli
