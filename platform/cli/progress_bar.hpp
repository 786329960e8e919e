#pragma once
// One line on a terminal, rewritten in place; nothing where stderr is no terminal.
#include <chrono>
#include <cstdint>
#include <string>

namespace terse::cli {

class ProgressBar {
 public:
  /// What is counted, for example "inferences".
  explicit ProgressBar(std::string what) : what_(std::move(what)) {}
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `note` comes after the numbers.
  void update(std::uint64_t done, std::uint64_t total, const std::string& note = "");
  void clear();

 private:
  std::string what_;
  bool terminal_ = to_terminal();
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};

  static bool to_terminal();
};

/// "3 h 20 min", "45 s".
std::string duration_text(double seconds);

}  // namespace terse::cli
