#include "firmware/selftest/report.hpp"

#include <array>

#include "firmware/runtime/runtime.hpp"
#include "sw_driver/text.hpp"

namespace terse::firmware {
namespace {

constexpr std::uint32_t printed_failures = 4;

using Line = std::array<char, 160>;

}  // namespace

std::uint32_t Report::finish() {
  Line line;
  driver::TextWriter text(line.data(), line.size());
  (text << "1..").decimal(tests_) << "\n";
  console().put(text.view());
  return failures_;
}

Test::~Test() {
  ++report_->tests_;
  if (failures_ != 0) ++report_->failures_;
  Line line;
  driver::TextWriter text(line.data(), line.size());
  (text << (failures_ == 0 ? "ok " : "not ok ")).decimal(report_->tests_) << " - " << name_;
  if (!skipped_.empty()) text << " # SKIP " << skipped_;
  text << "\n";
  console().put(text.view());
}

bool Test::equal(std::string_view what, std::uint32_t value, std::uint32_t expected) {
  if (value == expected) return true;
  if (!failed(what)) return false;
  Line line;
  driver::TextWriter text(line.data(), line.size());
  (text << ": ").hexadecimal(value);
  (text << " instead of ").hexadecimal(expected) << "\n";
  console().put(text.view());
  return false;
}

bool Test::check(std::string_view what, bool condition) {
  if (!condition && failed(what)) console().put("\n");
  return condition;
}

/// Counts a failure; true when it is to be printed.
bool Test::failed(std::string_view what) {
  if (++failures_ > printed_failures) return false;
  console().put("# ");
  console().put(what);
  return true;
}

}  // namespace terse::firmware
