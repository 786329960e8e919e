#include "platform/cli/progress_bar.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace terse::cli {

bool ProgressBar::to_terminal() {
  return isatty(STDERR_FILENO) == 1;
}

void ProgressBar::update(std::uint64_t done, std::uint64_t total, const std::string& note) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (done != total && now - last_ < std::chrono::milliseconds(50)) return;
  last_ = now;
  constexpr std::uint64_t width = 32;
  const std::uint64_t filled = total == 0 ? 0 : width * done / total;
  fmt::print(stderr, "\r{} [{:#<{}}{:.<{}}] {}/{}{}\033[K", what_, "", filled, "", width - filled, done, total, note);
  drawn_ = true;
  if (done == total) clear();
  std::fflush(stderr);
}

void ProgressBar::clear() {
  if (drawn_) fmt::print(stderr, "\r\033[K");
  drawn_ = false;
}

std::string duration_text(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 90 * 60) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{} h {} min", static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60) % 60);
}

}  // namespace terse::cli
