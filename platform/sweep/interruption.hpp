#pragma once
// SIGINT and SIGTERM as a question, while an object lives.
#include <csignal>

namespace terse::sweep {

class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  [[nodiscard]] static bool asked();

 private:
  struct sigaction interrupt_ {};
  struct sigaction terminate_ {};
};

}  // namespace terse::sweep
