#pragma once
// Results of the self-test on the console, in the Test Anything Protocol: one line per test, details of failures as
// comments.
#include <cstdint>
#include <string_view>

namespace terse::firmware {

class Report {
 public:
  /// Prints the plan; the number of failed tests.
  std::uint32_t finish();

 private:
  friend class Test;
  std::uint32_t tests_ = 0;
  std::uint32_t failures_ = 0;
};

/// A test ends with its scope and passes when none of its checks failed. Only its first few failures are printed.
class Test {
 public:
  Test(Report& report, std::string_view name) : report_(&report), name_(name) {}
  ~Test();
  Test(const Test&) = delete;
  Test& operator=(const Test&) = delete;

  /// `what` says which value it is.
  bool equal(std::string_view what, std::uint32_t value, std::uint32_t expected);
  bool check(std::string_view what, bool condition);
  /// The test does not apply to this platform.
  void skip(std::string_view reason) { skipped_ = reason; }

 private:
  bool failed(std::string_view what);

  Report* report_;
  std::string_view name_;
  std::string_view skipped_;
  std::uint32_t failures_ = 0;
};

}  // namespace terse::firmware
