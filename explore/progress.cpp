#include "explore/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace terse::explore {

namespace {

constexpr std::size_t bar_width = 30;
constexpr std::chrono::milliseconds redraw_interval{200};
constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

ProgressBar::ProgressBar(std::string title, std::size_t steps)
    : title_(std::move(title)), steps_(std::max<std::size_t>(steps, 1)), visible_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (visible_) fmt::print(stderr, "{}", clear_line);
}

void ProgressBar::advance(const std::string& note) {
  ++done_;
  if (visible_ && Clock::now() - drawn_ >= redraw_interval) draw(note);
}

void ProgressBar::log(const std::string& line) {
  fmt::print(stderr, "{}{}\n", visible_ ? clear_line : "", line);
}

void ProgressBar::draw(const std::string& note) {
  drawn_ = Clock::now();
  const std::chrono::duration<double> elapsed = drawn_ - start_;
  const double left = elapsed.count() / static_cast<double>(done_) * static_cast<double>(steps_ - done_);
  const auto seconds_left = static_cast<long>(left + 0.5);
  const std::size_t filled = bar_width * done_ / steps_;
  fmt::print(stderr, "{}{} [{:#<{}}{:.<{}}] {:3}%  {}:{:02} min left  {}", clear_line, title_, "", filled, "",
             bar_width - filled, 100 * done_ / steps_, seconds_left / 60, seconds_left % 60, note);
  std::fflush(stderr);
}

}  // namespace terse::explore
