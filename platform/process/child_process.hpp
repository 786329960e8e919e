#pragma once
// A piece of work in a process of its own: whatever happens to it, a crash included, happens to it alone.
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

namespace terse::process {

/// How a child ended, and what it left.
struct Ending {
  bool exited = false;  ///< By itself, with `code`; else by `signal`.
  int code = 0;
  int signal = 0;
  bool timed_out = false;  ///< Killed because its time was over.
  std::string answer;      ///< What the work returned; may be cut short unless exited with 0.
  std::string errors;      ///< The end of what it wrote to stderr, at most `kept_errors` bytes.
  double seconds = 0;

  /// "ended by signal 11 (Segmentation fault)"; empty for a good end.
  [[nodiscard]] std::string failure() const;
};

inline constexpr std::size_t kept_errors = 16384;

/// Not copied and not moved: owns a process and its pipes.
class ChildProcess {
 public:
  /// Forks. In the child stdout goes nowhere, stderr to the parent, and the process ends with the parent's end. Throws
  /// std::system_error when there is no process or pipe to be had.
  explicit ChildProcess(const std::function<std::string()>& work);
  /// Kills it, with all that it started.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// To be polled for input: the answer, stderr, and the end of the process.
  [[nodiscard]] int answer_pipe() const { return answer_; }
  [[nodiscard]] int error_pipe() const { return errors_; }
  [[nodiscard]] int handle() const { return handle_; }
  [[nodiscard]] double seconds() const;

  /// Takes what the pipes hold. True when the process has ended.
  bool advance();
  /// Kills the process and all that it started.
  void kill(bool timed_out);
  /// After advance() said true.
  Ending end();

 private:
  pid_t process_ = -1;
  int answer_ = -1, errors_ = -1, handle_ = -1;
  bool timed_out_ = false;
  std::string answer_text_, error_text_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Does the work in a child and waits for it.
Ending run_in_child(const std::function<std::string()>& work);

}  // namespace terse::process
