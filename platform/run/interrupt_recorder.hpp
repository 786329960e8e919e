#pragma once
// When each interrupt line of the platform was high.
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "platform/netlist/platform.hpp"
#include "platform/run/timeline.hpp"

namespace terse::run {

class InterruptRecorder {
 public:
  /// Watches every wire of the platform; before elaboration ends. Stops recording after `limit` changes of a line.
  InterruptRecorder(const netlist::Platform& platform, std::uint64_t limit);

  /// Rows of the lines that were ever high; one that still is ends at `cycle`.
  [[nodiscard]] std::vector<InterruptRow> rows(std::uint64_t cycle) const;
  [[nodiscard]] std::uint64_t complete_until() const { return complete_until_; }

 private:
  struct Line {
    const sc_core::sc_signal<bool>* wire = nullptr;
    InterruptRow row;
    bool open = false;
  };
  void changed(Line& line);

  const std::uint64_t limit_;
  const std::uint64_t period_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::uint64_t complete_until_ = ~std::uint64_t{0};
};

}  // namespace terse::run
