#include "cli/program.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace chainrule::cli {
namespace {

namespace fs = std::filesystem;

struct Pipe {
  int from = -1, to = -1;
};

Pipe open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  return {ends[0], ends[1]};
}

void close_end(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

// Both ends are -1 where there is none.
Pipe open_terminal() {
  Pipe ends{.from = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  if (ends.from >= 0 && ::grantpt(ends.from) == 0 && ::unlockpt(ends.from) == 0)
    if (const char* name = ::ptsname(ends.from); name != nullptr)
      ends.to = ::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ends.to < 0) close_end(ends.from);
  return ends;
}

std::vector<std::string> environment_of(const Setting& setting) {
  std::vector<std::string> all;
  const auto is_set_here = [&](const std::string& entry) {
    for (const auto& [name, value] : setting.environment)
      if (entry.starts_with(name + "=")) return true;
    // What the person who runs the tests prefers must not change them.
    return entry.starts_with("NO_COLOR=") || entry.starts_with("TERM=") ||
           entry.starts_with("LC_") || entry.starts_with("LANG");
  };
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!is_set_here(*entry)) all.emplace_back(*entry);
  for (const auto& [name, value] : setting.environment) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (std::string& text : strings) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// Between fork and exec: system calls only.
[[noreturn]] void become_program(char** arguments, char** environment, const Setting& setting,
                                 int out, int err) {
  ::dup2(err, 2);
  ::dup2(out, 1);
  for (const int stream : setting.closed) ::close(stream);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGXFSZ, SIGPIPE}) ::signal(signal, SIG_DFL);
  if (setting.ignored_signal != 0) ::signal(setting.ignored_signal, SIG_IGN);
  if (setting.largest_file >= 0) {
    const auto bytes = static_cast<rlim_t>(setting.largest_file);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ::alarm(300);  // a program that hangs ends the test, not the day
  if (::chdir(setting.folder.c_str()) == 0) ::execve(CHAINRULE_PROGRAM, arguments, environment);
  ::_exit(127);
}

// Appends what is there; false at the end.
bool drain(int from, std::string& to) {
  char bytes[4096];
  const ssize_t got = ::read(from, bytes, sizeof bytes);
  if (got > 0) to.append(bytes, static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

}  // namespace

Process::Process(const Arguments& arguments, const Setting& setting) {
  std::vector<std::string> words{"chainrule"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = environment_of(setting);
  const std::vector<char*> argv = pointers(words), envp = pointers(variables);
  Pipe out = setting.terminal ? open_terminal() : open_pipe();
  Pipe err = setting.terminal ? Pipe{} : open_pipe();
  if (out.to < 0) throw std::runtime_error("no terminal");
  id_ = ::fork();
  if (id_ == 0)
    become_program(const_cast<char**>(argv.data()), const_cast<char**>(envp.data()), setting,
                   out.to, setting.terminal ? out.to : err.to);
  close_end(out.to);
  close_end(err.to);
  out_ = out.from;
  err_ = err.from;
  if (id_ < 0) throw std::runtime_error("no process");
}

Process::~Process() {
  if (id_ > 0) {
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  close_end(out_);
  close_end(err_);
}

bool Process::read_some() {
  pollfd ends[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  if (out_ < 0 && err_ < 0) return false;
  if (::poll(ends, 2, -1) < 0) return errno == EINTR;
  if (ends[0].revents != 0 && !drain(out_, outcome_.out)) close_end(out_);
  if (ends[1].revents != 0 && !drain(err_, outcome_.err)) close_end(err_);
  return true;
}

bool Process::wait_for_message(const std::string& text, std::uint64_t times) {
  std::size_t from = 0;
  for (; times > 0; --times) {
    std::size_t at = 0;
    while ((at = outcome_.err.find(text, from)) == std::string::npos)
      if (!read_some()) return false;
    from = at + text.size();
  }
  return true;
}

void Process::interrupt(int signal) const { ::kill(id_, signal); }

void Process::kill() const { ::kill(id_, SIGKILL); }

Outcome Process::finish() {
  while (read_some()) {
  }
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  outcome_.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome_;
}

Outcome run(const Arguments& arguments, const Setting& setting) {
  return Process(arguments, setting).finish();
}

bool has_terminals() {
  Pipe ends = open_terminal();
  const bool is_there = ends.to >= 0;
  close_end(ends.from);
  close_end(ends.to);
  return is_there;
}

std::string source(const std::string& name) { return CHAINRULE_SOURCE_DIR "/" + name; }

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << "there is no " << path;
  std::ostringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

Outcome CommandLine::run(const Arguments& arguments, Setting setting) const {
  setting.folder = folder_.path();
  return cli::run(arguments, setting);
}

std::string CommandLine::output(const Arguments& arguments) const {
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return outcome.out;
}

nlohmann::json CommandLine::summary_of(const std::string& folder) const {
  nlohmann::json summary = parsed(read(folder + "/summary.json"));
  for (const char* key :
       {"format", "layout", "version", "id", "instruction_set", "files", "checkpoints", "hash"})
    EXPECT_EQ(summary.erase(key), 1U) << key;
  return summary;
}

nlohmann::json CommandLine::parsed(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  EXPECT_TRUE(json.is_object()) << "not exactly one object:\n" << text;
  return json;
}

std::map<std::string, std::string> CommandLine::files() const {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
    const std::string name = entry.path().lexically_relative(folder_.path()).string();
    if (entry.is_directory())
      all[name + "/"];
    else
      all[name] = cli::read(entry.path().string());
  }
  return all;
}

std::string CommandLine::write(const std::string& name, std::string_view contents) const {
  fs::create_directories(fs::path(folder_.file(name)).parent_path());
  folder_.write(name, contents);
  return name;
}

void CommandLine::expect_refusal(const Arguments& arguments, int code,
                                 const std::string& message) const {
  std::string line;
  for (const std::string& word : arguments) line += word + " ";
  SCOPED_TRACE(line);
  const auto before = files();
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.err, "chainrule: " + message + "\n");
  EXPECT_EQ(outcome.code, code);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(files(), before) << "something was written";
}

}  // namespace chainrule::cli
