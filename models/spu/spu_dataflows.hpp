#pragma once
// The dataflows of the sparse unit: in which order a job's stored values meet its activations, what is fetched when, and
// so how the job's time passes. One dataflow is one file (dataflow_*.cpp) that makes a SpuDataflow from a SpuWork
// (spu_work.hpp), under the name by which parameter `dataflow` chooses it. A dataflow of your own is added from a shared
// library (docs/variants.md).
#include <functional>
#include <memory>

#include "models/clocked/clocked.hpp"
#include "models/clocked/schedule.hpp"
#include "models/scratchpad/bank_layout.hpp"
#include "models/timing/job_time.hpp"
#include "parameters/variants.hpp"

namespace terse {

struct SpuWork;

/// What a job moves inside the unit, for its energy.
struct SpuTraffic {
  std::uint64_t values_read = 0;  ///< Stored values taken out of buffer or lane memory, each with its index.
  /// Products that a lane spends a cycle on, those of unused slots, fillers and padding included.
  std::uint64_t slots = 0;
  /// Products left out because the activation is zero; others would be no product at all (value of zero, padding).
  std::uint64_t skipped = 0;
  std::uint64_t gathers = 0;                   ///< Activations fetched by a lane for itself.
  std::uint64_t fetch_bytes = 0, fetches = 0;  ///< Activations fetched for all lanes together, and in how many pieces.
  std::uint64_t broadcasts = 0;                ///< Activations of those sent to all lanes.
  std::uint64_t queue_entries = 0;             ///< Written to lanes' queues, and read from them.
  std::uint64_t column_pointers = 0;           ///< Read from the lanes' own memories.
  bool local = false;                          ///< Values come from the lanes' own memories, not from the buffer.
  std::uint64_t accumulator_reads = 0;         ///< Sums read back, those of a job that accumulates not counted.
  std::uint64_t accumulator_writes = 0;
};

/// The time of one job. Results do not come from here: they are the same in all dataflows.
class SpuDataflow {
 public:
  virtual ~SpuDataflow() = default;
  /// Timing level cycle: what is stepped. The SpuWork, the dataflow and `layout` live longer.
  [[nodiscard]] virtual std::unique_ptr<Clocked> engine(const BankLayout& layout) = 0;
  /// The other levels: the time when the scratchpad grants every word at once; never longer than the engine's.
  [[nodiscard]] virtual JobTime nominal() = 0;
  /// `effective`: products of a value other than zero and an activation inside the tile, skipped ones included. As in
  /// gather, if not said otherwise: a value is read once for the pixels done at a time, each product fetches its
  /// activation, sums stay in the lanes.
  [[nodiscard]] virtual SpuTraffic traffic(const SpuWork& work, std::uint64_t effective) const;
};

/// A maker may throw JobProblem (models/ports/job_problem.hpp) for a job that the dataflow cannot do.
using SpuDataflows = Variants<SpuDataflow, const SpuWork&>;

/// All dataflows by name.
SpuDataflows& spu_dataflows();

/// Makes a dataflow of the steps that pass through a StreamEngine (models/clocked/stream_engine.hpp).
using SpuScheduleMaker = std::function<std::unique_ptr<Schedule>(const SpuWork&)>;
using SpuTrafficRule = std::function<SpuTraffic(const SpuWork&, std::uint64_t effective)>;
[[nodiscard]] std::function<std::unique_ptr<SpuDataflow>(const SpuWork&)> streamed(SpuScheduleMaker make,
                                                                                   SpuTrafficRule traffic = {});

}  // namespace terse
