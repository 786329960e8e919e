#pragma once
// Collects what the platform does while it runs: jobs of the units and progress marks of the guest, and adds them up
// per layer afterwards.
#include <cstdint>
#include <systemc>
#include <vector>

#include "compiler/compiler.hpp"
#include "models/hwpe/hwpe_control.hpp"
#include "platform/netlist/platform_settings.hpp"
#include "platform/run/result.hpp"

namespace terse::run {

/// Which pass of a layer a job belongs to.
enum class Pass : std::uint8_t { dense, sparse, merge, dma };

struct RecordedJob {
  Pass pass;
  JobRecord record;
};

/// A layer of one inference, between the guest's marks.
struct LayerSpan {
  std::uint32_t layer = 0;
  sc_core::sc_time begin, end;
};

class Recorder {
 public:
  void job(Pass pass, const JobRecord& record) { jobs_.push_back({pass, record}); }
  void layer_begin(std::uint32_t layer, sc_core::sc_time time) { spans_.push_back({layer, time, time}); }
  void layer_end(std::uint32_t layer, sc_core::sc_time time);

  /// Means per inference of everything recorded.
  [[nodiscard]] std::vector<LayerResult> layers(const compiler::CompiledNetwork& compiled,
                                                const netlist::PlatformSettings& platform,
                                                std::uint32_t inferences) const;
  [[nodiscard]] const std::vector<RecordedJob>& jobs() const { return jobs_; }

 private:
  std::vector<RecordedJob> jobs_;
  std::vector<LayerSpan> spans_;
};

}  // namespace terse::run
