#pragma once
// The hardware of dataflow activation_broadcast (after EIE, Han et al., ISCA 2016), cycle by cycle.
//
//   scratchpad -> activation lines -> nonzero detector -> one activation to all lanes per cycle
//                                                           |        |             |
//                                                         FIFO     FIFO   ...    FIFO    fifo_depth activations
//                                                         lane 0   lane 1        lane n  one entry per cycle
//
// Lane l owns the rows at places l, l + lanes, ... of the row order and has its own memory with their entries, column (k)
// after column. Cycle 0 is the first cycle of the job. In every cycle:
//   set-up     For setup_cycles nothing else happens.                                                 cause driver
//   load       Without local_weight_memory the lane memories are then filled from the scratchpad, load_bytes per cycle, as
//              one stream; usable max(1, read_latency) after the last beat.                cause weight_load, bank_conflict
//   decode     Then index_decode_cycles pass once: pointer and index decoders fill.             cause index_decode
//   fetch      From the end of the set-up on: activations are read in the order of pixels and k, a line at a time: at most
//              line_words words of the channels of one kernel position, one word per bank and cycle. At most fetch_ahead
//              lines are there or on their way; a line's place is free from the cycle after its last activation was sent.
//              Granted in cycle t, there in t + max(1, read_latency). Fetch comes before load.
//   broadcast  After decode: the first activation not yet sent, of those there, goes to the FIFOs of all lanes, if none is
//              full at the start of the cycle. With skip_zero_activations the first other than zero: zeros and padding
//              take no cycle, and lines without others none either once they are there.
//   lanes      A lane with an activation in its FIFO at the start of the cycle works through its entries of that column,
//              fillers included, one per cycle; a column without entries takes one cycle. The activation keeps its place
//              until then.
//   drain      When the last lane is done: pipeline_depth cycles.                                     cause drain
// Cause of a cycle between decode and drain: compute, for one cycle of every `lanes` entries worked on (LaneCredit,
// spu_work.hpp), so that compute is ceil(all entries / lanes), the time of perfect balance. A lost cycle is
//   fifo              if an activation was there and a FIFO was full,
//   activation_fetch  if activations are left and none was there (bank_conflict for as many cycles as others kept the
//                     line from its banks),
//   lane_imbalance    otherwise: FIFOs ran empty, columns were empty, or the last lanes finish.
// No lane waits for its sums: a lane's adder forwards, and entries of a column belong to different rows.
#include <boost/circular_buffer.hpp>
#include <cstdint>
#include <vector>

#include "models/clocked/byte_stream.hpp"
#include "models/clocked/clocked.hpp"
#include "models/clocked/word_access.hpp"
#include "models/spu/activation_lines.hpp"
#include "models/spu/spu_work.hpp"

namespace terse {

/// Entries that each lane has in each column.
struct LaneEntries {
  std::uint32_t lanes = 1;
  std::vector<std::uint32_t> entries;  ///< [k * lanes + lane]
};

struct ColumnEngineParameters {
  std::uint32_t lanes = 1;  ///< Of the unit; a job with fewer rows uses fewer.
  std::uint32_t setup_cycles = 0;
  std::uint32_t index_decode_cycles = 0;
  std::uint32_t pipeline_depth = 0;
  std::uint32_t read_latency = 1;
  std::uint32_t fetch_ahead = 2;  ///< Lines.
  std::uint32_t fifo_depth = 8;   ///< Activations.
  std::uint32_t load_bytes = 1;
};

class ColumnEngine final : public Clocked {
 public:
  /// `lanes`, `lines`, `layout` outlive the engine; `load` is what the lane memories are filled with.
  ColumnEngine(const ColumnEngineParameters& parameters, const LaneEntries& lanes, ActivationLines& lines,
               const std::vector<Piece>& load, const BankLayout& layout);

  [[nodiscard]] BankSet request() override;
  void step(const BankSet& granted) override;
  [[nodiscard]] bool finished() const override { return finished_; }
  [[nodiscard]] std::uint64_t least_cycles() const override;

 private:
  struct Line {
    ActivationLine line;
    std::uint64_t ready = 0;
    std::uint64_t conflicts = 0;  ///< Cycles lost to other initiators.
    std::size_t next = 0;         ///< Of its activations: the next to be sent.
    bool fetched = false;
  };
  enum class Broadcast : std::uint8_t { sent, blocked, starved, all_sent };

  [[nodiscard]] Cause pass();
  [[nodiscard]] Cause stream();
  [[nodiscard]] std::uint32_t work();
  [[nodiscard]] Broadcast broadcast();
  [[nodiscard]] bool lines_left() const { return !lines_.empty() || !exhausted_; }
  void begin_line();
  void finish_line(const BankSet& granted);
  void finish_load(const BankSet& granted);
  [[nodiscard]] std::uint64_t arrival() const { return cycle_ + std::max(1u, parameters_.read_latency); }

  const ColumnEngineParameters parameters_;
  const LaneEntries& entries_;
  ActivationLines& source_;
  const BankLayout& layout_;
  std::uint64_t cycle_ = 0;
  bool finished_ = false;
  std::uint64_t end_ = 0;  ///< Of the drain; valid when everything is done.

  // Lanes.
  std::vector<std::uint64_t> finished_columns_;     ///< By lane: activations it has worked through.
  std::vector<std::uint32_t> left_;                 ///< By lane: cycles of the activation under way; 0: none is.
  std::vector<std::uint8_t> real_;                  ///< By lane: the activation under way has entries.
  std::vector<const std::uint32_t*> sent_columns_;  ///< The last fifo_depth: entries by lane.
  std::uint64_t sent_ = 0;
  bool full_ = false;  ///< At the start of this cycle: some FIFO.
  bool idle_ = true;   ///< After this cycle: no lane has anything left.
  LaneCredit credit_;

  // Fetch.
  boost::circular_buffer<Line> lines_;
  bool exhausted_ = false;
  WordAccess fetch_;
  BankSet fetch_request_;

  // Load.
  ByteStream load_;
  std::uint64_t loaded_at_ = 0;  ///< First cycle with full lane memories.
  bool loading_;
  std::uint64_t load_conflicts_ = 0;  ///< Cycles lost to other initiators, not yet booked.
  BankSet load_request_;
};

}  // namespace terse
