// One progress line on stderr with the time left; silent when stderr is not a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace terse::explore {

class ProgressBar {
 public:
  ProgressBar(std::string title, std::size_t steps);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `note` is shown at the end of the line, e.g. the loss.
  void advance(const std::string& note);

  /// Prints `line` above the bar, or alone when there is no bar.
  void log(const std::string& line);

 private:
  using Clock = std::chrono::steady_clock;
  void draw(const std::string& note);

  std::string title_;
  std::size_t steps_;
  std::size_t done_ = 0;
  bool visible_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_{};
};

}  // namespace terse::explore
