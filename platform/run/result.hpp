#pragma once
// What a run found out, as plain data; tables and JSON are made elsewhere (platform/report).
// Figures per layer are means per inference; cycles are those of the platform's clock.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/run/timeline.hpp"

namespace terse::run {

/// The first output that differs from the golden reference.
struct Mismatch {
  std::uint32_t inference = 0;
  std::string layer;
  std::uint32_t tile = 0;
  std::uint32_t row = 0, column = 0, channel = 0;
  std::string pass;  ///< dense | sparse | merge | store: the first pass that went wrong.
  std::int64_t expected = 0, found = 0;
};

/// What a unit was doing when a hang was noticed.
struct UnitState {
  std::string unit;  ///< Instance name; "dma[0]" for a channel.
  bool running = false;
  bool being_programmed = false;     ///< A job is acquired but not committed.
  std::optional<std::uint32_t> job;  ///< Number of the running job, else of the last one; nothing before the first.
  std::uint32_t finished_jobs = 0;
  std::uint32_t waiting_jobs = 0;
  std::optional<std::uint32_t> tag;  ///< TAG of the running job, where it can be seen.
  std::uint32_t error = 0;           ///< ERR_CODE; the queue stands until a soft clear.
};

/// The guest ended with an error, trapped, or never ended.
struct GuestFailure {
  static constexpr std::uint32_t no_tag = 0xFFFFFFFF;

  std::uint32_t code = 0;
  std::string text;
  std::string file;  ///< Of the driver or firmware, when it says so.
  std::uint32_t line = 0;
  std::uint32_t address = 0;
  std::uint32_t tag = no_tag;  ///< TAG of the job concerned.
  std::optional<std::string> layer;
  std::uint32_t tile = 0;
  // Of a guest that hangs.
  std::optional<std::uint32_t> pc;
  std::string function;  ///< That the core is in.
  std::string source;    ///< "file:line" of the pc, if the ELF has debug information.
  std::vector<UnitState> units;
};

struct PassResult {
  double cycles = 0;       ///< Sum of the pass's job durations.
  double operations = 0;   ///< MACs (dense, sparse), outputs (merge), bytes (dma).
  double utilisation = 0;  ///< operations / (cycles * what the unit could do in a cycle).
  double bytes_read = 0;
  double bytes_written = 0;
};

/// A figure with one standard deviation.
struct Estimate {
  double value = 0;
  double uncertainty = 0;
};

/// Energy per inference, pJ.
struct EnergyResult {
  Estimate total, on_chip;
  std::vector<std::pair<std::string, Estimate>> by_unit;
  std::vector<std::pair<std::string, Estimate>> by_pass;  ///< dense, sparse, merge, dma, memory, driver, static.
};

/// Area, um2.
struct AreaResult {
  struct Part {
    std::string unit, part;
    Estimate um2;
    double gate_equivalents = 0;
  };
  Estimate total;
  double gate_equivalents = 0;
  std::vector<std::pair<std::string, Estimate>> by_unit;
  std::vector<Part> parts;
};

/// Sparse pass over dense pass. A ratio is missing when there was no dense pass, or for the reason given.
struct SparseOverDense {
  std::optional<double> cycles;
  std::string cycles_reason;
  std::optional<Estimate> energy;
};

/// Where a unit's cycles went, by cause, in the order of models/hwpe/cause.hpp.
struct StallsOfUnit {
  std::string unit;  ///< Instance name; "dma[0]" for a channel; "cpu" for the core.
  std::vector<std::pair<std::string, double>> causes;
};
using Stalls = std::vector<StallsOfUnit>;

/// Arbitration of the scratchpad's banks (timing level cycle). A request that is not granted is made again.
struct ScratchpadUse {
  struct Bank {
    std::uint64_t requests = 0, grants = 0;
  };
  struct Port {
    std::string name;
    std::uint64_t requests = 0, grants = 0;
    std::vector<std::pair<std::string, std::uint64_t>> lost_to;  ///< By the port that won.
  };
  std::vector<Bank> banks;
  std::vector<Port> ports;
};

struct LayerResult {
  std::string name;
  std::string kind;
  double cycles = 0;            ///< From the layer's begin mark to its end mark.
  double predicted_cycles = 0;  ///< What the compiler expected of timing level cycle ...
  std::string bound;            ///< ... and what it expected the layer to wait for.
  PassResult dense, sparse, merge, dma;
  double fused_extra_cycles = 0;  ///< Superposition fused: nominal cycles of the dense pass that its values have added.
  double driver_cycles = 0;       ///< Cycles of the layer in which no unit had a job.
  std::uint64_t tiles = 0;
  Stalls stalls;  ///< Per inference; each unit's sum to `cycles`.
  EnergyResult energy;
};

/// Sums over the layers, named "total"; utilisation weighted by cycles.
LayerResult total_of(const std::vector<LayerResult>& layers);

struct ExpectationResult {
  std::string metric;
  std::string bound;
  double value = 0;
  bool held = false;
  std::string reason;
};

/// A published figure beside ours.
struct ValidationResult {
  std::string metric, unit;
  double value = 0, reference = 0;  ///< Both in `unit`.
  double error = 0;                 ///< Relative to the reference.
  double bound = 0;                 ///< Greatest |error|.
  bool held = false;
  std::string reason, source, evidence;
};

struct Accuracy {
  std::uint32_t correct = 0;
  double top1 = 0;
};

/// The run set beside the same network on another machine (platform/run/baselines.hpp); figures per inference.
struct BaselineResult {
  std::string name;   ///< int8 | ternary | int8_equal_area | int4 | int4_equal_area
  std::string array;  ///< In words, where it is another one than the run's; else empty.
  std::string error;  ///< Why there are no figures; empty when there are.
  double cycles = 0;
  double energy_pj = 0;
  double energy_uncertainty_pj = 0;
  double on_chip_pj = 0;    ///< Of energy_pj: all but external memory.
  double ratio_cycles = 0;  ///< The run over the baseline.
  double ratio_energy = 0;
};

/// What the platform could do in a cycle, from its parameters: the roofs that a run stays below.
struct Peaks {
  double dense = 0, sparse = 0;                          ///< MACs per cycle.
  double merge = 0;                                      ///< Outputs per cycle.
  double dma = 0;                                        ///< Bytes per cycle through its bus port.
  double scratchpad = 0;                                 ///< Bytes per cycle, all banks together.
  std::vector<std::pair<std::string, double>> memories;  ///< Bytes per cycle of each RAM on the bus, by instance.
};

struct RunResult {
  std::string scenario;
  nlohmann::ordered_json configuration;
  std::string configuration_hash;
  bool verified = false;
  std::optional<Mismatch> first_mismatch;
  std::uint64_t mismatches = 0;  ///< Outputs that differ, counted over all tiles and inferences.
  std::uint64_t checked_outputs = 0;
  std::optional<GuestFailure> guest_failure;
  std::string timing;
  std::string superposition;
  bool native_driver = false;  ///< The driver ran on the host: its cycles are not modelled.
  double clock_mhz = 0;
  std::uint64_t cycles = 0;  ///< From reset to the guest's exit.
  double cycles_per_inference = 0;
  double predicted_cycles = 0;  ///< Per inference, in timing level cycle, as the compiler expected.
  std::uint64_t instructions = 0;
  std::uint64_t core_active_cycles = 0;  ///< Not in wfi.
  std::uint32_t images = 0;
  std::optional<Accuracy> accuracy;        ///< Nothing when the inputs have no labels.
  std::vector<std::uint32_t> predictions;  ///< Class with the greatest output, one per image, in order.
  std::vector<LayerResult> layers;
  Stalls stalls;                            ///< Each unit's sum to `cycles`; empty when the guest failed.
  std::optional<ScratchpadUse> scratchpad;  ///< Timing level cycle only.
  Peaks peaks;
  std::optional<Timeline> timeline;    ///< Only when asked for.
  std::string technology;              ///< "22nm at 0.8 V".
  std::optional<EnergyResult> energy;  ///< None when no inference ended.
  AreaResult area;
  SparseOverDense sparse_over_dense;
  std::uint64_t image_bytes = 0;
  double host_wall_s = 0;   ///< Simulation alone.
  double host_total_s = 0;  ///< With reading, compiling and checking.
  double host_mips = 0;     ///< Guest instructions per second of simulation / 1e6.
  std::vector<BaselineResult> baselines;
  std::vector<ExpectationResult> expectations;
  std::vector<ValidationResult> validation;
};

}  // namespace terse::run
