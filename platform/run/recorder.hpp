#pragma once
// Collects what the platform does while it runs: jobs of the units and progress marks of the guest, and adds them up
// per layer afterwards.
#include <array>
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
  std::uint64_t instructions = 0;  ///< Of the core meanwhile.
};

class Recorder {
 public:
  void job(Pass pass, const JobRecord& record) { jobs_.push_back({pass, record}); }
  /// `instructions`: of the core so far.
  void layer_begin(std::uint32_t layer, sc_core::sc_time time, std::uint64_t instructions) {
    spans_.push_back({layer, time, time, instructions});
  }
  void layer_end(std::uint32_t layer, sc_core::sc_time time, std::uint64_t instructions);

  /// Means per inference of everything recorded.
  [[nodiscard]] std::vector<LayerResult> layers(const compiler::CompiledNetwork& compiled,
                                                const netlist::PlatformSettings& platform,
                                                std::uint32_t inferences) const;
  /// What the jobs of each layer and pass did, and the core's instructions in it, over all inferences.
  struct LayerActivity {
    std::array<Activity, 4> passes{};  ///< By Pass.
    std::uint64_t instructions = 0;
  };
  [[nodiscard]] std::vector<LayerActivity> activities(std::size_t layers) const;
  [[nodiscard]] const std::vector<RecordedJob>& jobs() const { return jobs_; }
  /// In order of time.
  [[nodiscard]] const std::vector<LayerSpan>& spans() const { return spans_; }
  /// Of one layer, by inference.
  [[nodiscard]] std::vector<LayerSpan> spans_of(std::uint32_t layer) const;

 private:
  std::vector<RecordedJob> jobs_;
  std::vector<LayerSpan> spans_;
};

}  // namespace terse::run
