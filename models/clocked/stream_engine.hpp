#pragma once
// The hardware that tmac, spu and merge have in common, cycle by cycle. A Schedule says what the steps of the job are; the
// engine says when they happen. All its rules can be followed by hand (docs/microarchitecture.md has examples).
//
//            scratchpad port of the unit (one word per bank and cycle)
//        write | first        fetch | second        load | third
//      +-------+------+   +---------+-------+   +--------+---------+
//      | output FIFO  |   | operand FIFO    |   | weight buffer    |
//      | write_ahead  |   | fetch_ahead     |   | weight_buffers   |
//      +-------^------+   +---------+-------+   +--------+---------+
//              |   pipeline_depth   |  datapath: one step at a time |
//              +--------------------+<------------------------------+---> accumulator port
//
// Cycle 0 is the first cycle of the job. In every cycle:
//   set-up    For setup_cycles nothing else happens.                                                    cause driver
//   datapath  A step occupies the datapath for its cycles. When none is under way, the next one starts if, in this
//             order: its weight block is in the buffer; its operands are; the step it depends on has left the pipeline;
//             the output FIFO has room for its results. Otherwise the cycle is lost. Cause, for the first that is
//             missing:    weight_load | activation_fetch | accumulator_hazard | fifo,
//             where all but accumulator_hazard become bank_conflict for as many cycles as other initiators have kept
//             that block, those operands or the oldest results from their banks.
//             A step's last cycle is repeated (accumulator_hazard) while the accumulator port is busy.
//   fetch     The operands of up to fetch_ahead steps after the one in the datapath are fetched, step by step: each
//             cycle one word of every bank that still has some, at most fetch_words of them (lowest banks first). A step
//             without operands takes its turn, one cycle, too. A step of no cycles leaves the FIFO when it is there.
//             Granted in cycle t, a word is there in cycle t + max(1, read_latency).
//   load      Weight blocks are loaded in order, one beat of load_bytes per cycle if all its words are granted (else the
//             rest of them in the next), while fewer than weight_buffers blocks are in the buffer or being loaded. A
//             beat goes on in the block's next piece where one ends; what it wants twice of a bank takes two cycles. A
//             block's place is free from the cycle after its last step's end. There after max(1, read_latency) too.
//   write     Results enter the output FIFO pipeline_depth cycles after their step's end and are written in order, one
//             word per bank and cycle. The FIFO holds the results of write_ahead steps, those in the pipeline included.
//   drain     After the last step: pipeline_depth cycles, and until everything is written.                cause drain
// Where a unit's own parts want the same bank in a cycle, write comes before fetch and fetch before load; this is not a
// conflict with others, so the cycle's cause stays weight_load or activation_fetch.
#include <boost/circular_buffer.hpp>
#include <cstdint>

#include "models/clocked/byte_stream.hpp"
#include "models/clocked/clocked.hpp"
#include "models/clocked/schedule.hpp"
#include "models/clocked/word_access.hpp"
#include "models/scratchpad/bank_layout.hpp"

namespace terse {

struct StreamParameters {
  std::uint32_t setup_cycles = 0;
  std::uint32_t pipeline_depth = 0;
  std::uint32_t read_latency = 1;       ///< Of the scratchpad.
  std::uint32_t fetch_ahead = 2;        ///< Steps; at least 1.
  std::uint32_t fetch_words = 0;        ///< Words fetched per cycle; 0: one of each bank.
  std::uint32_t load_bytes = 1;         ///< Per cycle.
  std::uint32_t weight_buffers = 2;     ///< Blocks.
  std::uint32_t accumulator_words = 1;  ///< Per cycle, handed to the accumulators.
  std::uint32_t write_ahead = 2;        ///< Steps; at least 1.
};

class StreamEngine final : public Clocked {
 public:
  /// `schedule` and `layout` must outlive the engine.
  StreamEngine(const StreamParameters& parameters, Schedule& schedule, const BankLayout& layout);

  [[nodiscard]] BankSet request() override;
  void step(const BankSet& granted) override;
  [[nodiscard]] bool finished() const override { return finished_; }
  [[nodiscard]] std::uint64_t least_cycles() const override;

 private:
  /// A step whose operands are being fetched, or are there.
  struct Operands {
    Step step;
    std::uint64_t begin = 0;      ///< First cycle of the fetch.
    std::uint64_t ready = 0;      ///< Cycle from which they can be used; valid when fetched.
    std::uint64_t conflicts = 0;  ///< Cycles lost to other initiators.
    bool fetched = false;
  };
  struct LoadedBlock {
    std::uint64_t ready = 0;
    std::uint64_t conflicts = 0;
  };
  struct Output {
    Pieces pieces;
    std::uint64_t ready = 0;  ///< Cycle in which it enters the FIFO.
    std::uint64_t conflicts = 0;
  };

  // -- the datapath
  [[nodiscard]] Cause datapath();
  [[nodiscard]] Cause missing();
  [[nodiscard]] Cause occupy();
  void start_step();
  void end_step();
  void end_fetch_only_step();
  [[nodiscard]] bool depends_on_pipeline(const Step& step) const;
  // -- its surroundings
  void begin_fetch(std::uint64_t cycle);
  void begin_load();
  void begin_write();
  void finish_fetch(const BankSet& granted);
  void finish_load(const BankSet& granted);
  void finish_write(const BankSet& granted);
  [[nodiscard]] std::uint64_t arrival() const { return cycle_ + std::max(1u, parameters_.read_latency); }

  const StreamParameters parameters_;
  Schedule& schedule_;
  const BankLayout& layout_;
  std::uint64_t cycle_ = 0;
  bool finished_ = false;
  std::uint64_t least_datapath_cycles_;  ///< Of all steps together.
  std::uint64_t occupied_cycles_ = 0;    ///< Of them, past.

  // Datapath.
  boost::circular_buffer<Operands> operands_;  ///< The front one is the next step, the back one is being fetched.
  Step current_;
  bool busy_ = false;
  std::uint32_t spent_ = 0;                     ///< Cycles of the current step that are past.
  boost::circular_buffer<std::uint64_t> ends_;  ///< Cycle after the end of the last pipeline_depth steps.
  std::uint64_t accumulators_free_ = 0;
  std::uint64_t drained_ = 0;  ///< Cycle from which the pipeline is empty.

  // Fetch.
  bool steps_exhausted_ = false;
  WordAccess fetch_;
  BankSet fetch_request_;

  // Load.
  std::uint64_t next_block_ = 0;  ///< To be loaded.
  std::uint64_t released_blocks_ = 0;
  boost::circular_buffer<LoadedBlock> loaded_;  ///< From released_blocks_ on.
  bool loading_ = false;
  WeightBlock block_;
  bool block_is_empty_ = false;
  ByteStream load_;
  std::uint64_t load_conflicts_ = 0;
  BankSet load_request_;

  // Write.
  boost::circular_buffer<Output> outputs_;
  bool writing_ = false;
  WordAccess write_;
  BankSet write_request_;
};

}  // namespace terse
