#include "child.h"

#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include <fmt/format.h>

namespace chainrule::bench {
namespace {

std::string path_of(const std::string& program) {
  return std::filesystem::canonical("/proc/self/exe").replace_filename(program).string();
}

std::vector<std::string> environment(bool spins) {
  std::vector<std::string> all{spins ? "OMP_WAIT_POLICY=ACTIVE" : "OMP_WAIT_POLICY=PASSIVE"};
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view(*entry).starts_with("OMP_WAIT_POLICY=")) all.emplace_back(*entry);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

}  // namespace

Child::Child(const std::string& program, std::vector<std::string> arguments, bool spins)
    : program_(program) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error("cannot make a pair of sockets");
  socket_ = ends[0];
  replies_ = fdopen(ends[0], "r");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  arguments.insert(arguments.begin(), path_of(program));
  std::vector<std::string> variables = environment(spins);
  const int error = posix_spawn(&pid_, arguments.front().c_str(), &actions, nullptr,
                                pointers(arguments).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    std::fclose(replies_);
    throw std::runtime_error("cannot start " + arguments.front());
  }
  version_ = read_line();
  kill(pid_, SIGSTOP);
}

Child::~Child() {
  kill(pid_, SIGKILL);  // ends a stopped process too
  waitpid(pid_, nullptr, 0);
  std::fclose(replies_);
}

bool Child::exists(const std::string& program) { return std::filesystem::exists(path_of(program)); }

Round Child::run(std::int64_t steps) {
  kill(pid_, SIGCONT);
  const std::string request = fmt::format("{}\n", steps);
  send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
  const std::string reply = read_line();
  kill(pid_, SIGSTOP);
  Round round;
  if (std::sscanf(reply.c_str(), "%lf %lf", &round.result, &round.seconds) != 2)
    throw std::runtime_error(program_ + ": " + reply);
  return round;
}

double Child::peak_bytes() const {
  std::ifstream status(fmt::format("/proc/{}/status", pid_));
  for (std::string word; status >> word;)
    if (double kibibytes; word == "VmHWM:" && status >> kibibytes) return 1024 * kibibytes;
  throw std::runtime_error("the system does not say how much memory a process has had");
}

void Child::forget_peak() const {
  std::ofstream file(fmt::format("/proc/{}/clear_refs", pid_));
  if (!(file << 5).flush()) throw std::runtime_error("the system keeps the peak of memory");
}

std::string Child::read_line() {
  std::string line;
  for (int c; (c = std::getc(replies_)) != '\n'; line += static_cast<char>(c))
    if (c == EOF) throw std::runtime_error(program_ + " ended before its time: " + line);
  return line;
}

Peer libtorch() {
  return {
      .name = "libtorch",
      .can_spin = true,
      .has_layouts = true,
      .make = [](const Problem& problem, const Setting& setting) -> Stepper {
        std::string how = setting.clock == Clock::cpu ? "cpu" : "wall";
        if (setting.channels_last) how += ",channels_last";
        const auto child = std::make_shared<Child>(
            libtorch_program,
            std::vector<std::string>{problem.workload.name, std::to_string(setting.threads), how},
            setting.spins);
        return [child](std::int64_t steps) { return child->run(steps); };
      }};
}

}  // namespace chainrule::bench
