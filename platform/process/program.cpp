#include "platform/process/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace terse::process {
namespace {

[[noreturn]] void become(const std::vector<std::string>& words, int output, int errors) {
  std::vector<char*> pointers;
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  execvp(pointers[0], pointers.data());
  _exit(127);
}

/// False when the other end is closed.
bool take(int pipe, std::string& text) {
  std::array<char, 4096> buffer;
  const ssize_t count = read(pipe, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

}  // namespace

ProgramOutcome run_program(const std::vector<std::string>& words) {
  std::array<int, 2> output{}, errors{};
  if (pipe2(output.data(), O_CLOEXEC) != 0 || pipe2(errors.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "a pipe to a program");
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "a child process");
  if (child == 0) become(words, output[1], errors[1]);
  close(output[1]);
  close(errors[1]);
  ProgramOutcome outcome;
  std::array<pollfd, 2> files{pollfd{output[0], POLLIN, 0}, pollfd{errors[0], POLLIN, 0}};
  while (files[0].fd >= 0 || files[1].fd >= 0) {
    if (poll(files.data(), files.size(), -1) < 0) continue;
    if (files[0].revents != 0 && !take(output[0], outcome.output)) files[0].fd = -1;
    if (files[1].revents != 0 && !take(errors[0], outcome.errors)) files[1].fd = -1;
  }
  close(output[0]);
  close(errors[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

}  // namespace terse::process
