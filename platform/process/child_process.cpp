#include "platform/process/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <system_error>

namespace terse::process {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void make_pipe(std::array<int, 2>& ends) {
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("a pipe to a child process");
}

void write_all(int pipe, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = write(pipe, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
}

/// In the child: never returns. No destructors run: they belong to the parent.
[[noreturn]] void work_in_child(const std::function<std::string()>& work, int answer, int errors, pid_t parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before the line above
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nowhere, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  int code = 0;
  try {
    write_all(answer, work());
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    code = 1;
  }
  std::cerr.flush();
  std::fflush(nullptr);
  _exit(code);
}

/// Appends what the pipe holds now. At its end the pipe is closed, and -1, which poll leaves out: a pipe without a
/// writer is always readable.
void drain(int& pipe, std::string& text) {
  std::array<char, 65536> buffer;
  while (pipe >= 0) {
    const ssize_t count = read(pipe, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;
    if (count == 0) {
      close(pipe);
      pipe = -1;
    }
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string Ending::failure() const {
  if (timed_out) return fmt::format("its time was over after {:.1f} s", seconds);
  if (!exited) return fmt::format("ended by signal {} ({})", signal, strsignal(signal));
  return code == 0 ? "" : fmt::format("ended with exit code {}", code);
}

ChildProcess::ChildProcess(const std::function<std::string()>& work) {
  std::array<int, 2> answer{}, errors{};
  make_pipe(answer);
  make_pipe(errors);
  std::cout.flush();
  std::fflush(nullptr);  // else the child would have the parent's unwritten text too
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ < 0) fail("a child process");
  if (process_ == 0) work_in_child(work, answer[1], errors[1], parent);
  setpgid(process_, process_);  // in both, so that it is done whoever is first
  close(answer[1]);
  close(errors[1]);
  answer_ = answer[0];
  errors_ = errors[0];
  fcntl(answer_, F_SETFL, O_NONBLOCK);
  fcntl(errors_, F_SETFL, O_NONBLOCK);
  handle_ = static_cast<int>(syscall(SYS_pidfd_open, process_, 0));
  if (handle_ < 0) fail("the handle of a child process");
}

ChildProcess::~ChildProcess() {
  if (process_ > 0) {
    kill(false);
    waitpid(process_, nullptr, 0);
  }
  for (const int file : {answer_, errors_, handle_}) {
    if (file >= 0) close(file);
  }
}

double ChildProcess::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool ChildProcess::advance() {
  pollfd ended{handle_, POLLIN, 0};
  const bool over = poll(&ended, 1, 0) == 1;  // before the pipes are emptied: nothing comes after it
  drain(answer_, answer_text_);
  drain(errors_, error_text_);
  if (error_text_.size() > 2 * kept_errors) error_text_.erase(0, error_text_.size() - kept_errors);
  return over;
}

void ChildProcess::kill(bool timed_out) {
  timed_out_ = timed_out;
  ::kill(-process_, SIGKILL);
  ::kill(process_, SIGKILL);
}

Ending ChildProcess::end() {
  int status = 0;
  while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  ::kill(-process_, SIGKILL);  // what it started and left behind
  process_ = -1;
  Ending ending;
  ending.exited = WIFEXITED(status);
  if (ending.exited) ending.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  ending.timed_out = timed_out_;
  ending.answer = std::move(answer_text_);
  if (error_text_.size() > kept_errors) error_text_.erase(0, error_text_.size() - kept_errors);
  ending.errors = std::move(error_text_);
  ending.seconds = seconds();
  return ending;
}

Ending run_in_child(const std::function<std::string()>& work) {
  ChildProcess child(work);
  for (;;) {
    std::array<pollfd, 3> files{pollfd{child.answer_pipe(), POLLIN, 0}, pollfd{child.error_pipe(), POLLIN, 0},
                                pollfd{child.handle(), POLLIN, 0}};
    poll(files.data(), files.size(), -1);
    if (child.advance()) return child.end();
  }
}

}  // namespace terse::process
