#pragma once
// SystemC elaborates once per simulation context. A fixture that installs a fresh context lets one GoogleTest
// process hold several test benches, each with its own clock and reset.
#include <gtest/gtest.h>

#include <memory>
#include <systemc>
#include <vector>

namespace terse::test {

class SystemcTest : public ::testing::Test {
 protected:
  SystemcTest() : context_(std::make_unique<sc_core::sc_simcontext>()) {
    sc_core::sc_curr_simcontext = context_.get();
    sc_core::sc_default_global_context = context_.get();
  }
  ~SystemcTest() override {
    sc_core::sc_curr_simcontext = nullptr;
    sc_core::sc_default_global_context = nullptr;
#ifdef __SANITIZE_ADDRESS__
    // Processes that never end leave their stacks marked; given back, the same addresses would serve the next test's
    // processes, and their first steps would be reported as overflows. So stacks are kept.
    static auto* const kept = new std::vector<std::unique_ptr<sc_core::sc_simcontext>>;
    kept->push_back(std::move(context_));
#endif
  }

 private:
  std::unique_ptr<sc_core::sc_simcontext> context_;
};

}  // namespace terse::test
