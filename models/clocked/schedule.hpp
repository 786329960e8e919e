#pragma once
// What a streaming unit (tmac, spu, merge) does in a job, as a sequence of steps: the unit's dataflow. A dataflow is one
// class behind this interface; the StreamEngine lets the steps pass through the hardware that all dataflows share:
// weight loader, operand fetch, datapath, accumulator port, output writer (models/clocked/stream_engine.hpp).
#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cstdint>

#include "models/hwpe/cause.hpp"

namespace terse {

/// A run of bytes of the scratchpad.
struct Piece {
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
};

using Pieces = boost::container::small_vector<Piece, 16>;

/// Appends a run of bytes, to the last piece where it follows on or meets it.
inline void append(Pieces& pieces, const Piece& piece) {
  if (piece.bytes == 0) return;
  if (!pieces.empty()) {
    Piece& last = pieces.back();
    if (piece.address >= last.address && piece.address <= last.address + last.bytes) {
      last.bytes = std::max(last.address + last.bytes, piece.address + piece.bytes) - last.address;
      return;
    }
  }
  pieces.push_back(piece);
}

/// Of a list of pieces.
template <class List>
[[nodiscard]] std::uint64_t bytes_of(const List& pieces) {
  std::uint64_t bytes = 0;
  for (const Piece& piece : pieces) bytes += piece.bytes;
  return bytes;
}

/// One step of the datapath: what it needs, how long it occupies the datapath, what it makes. A step whose cycles() are 0
/// only fetches, ahead of the step that uses what it has fetched (the filling of a line buffer): it leaves the operand
/// FIFO as soon as it has come to its end, has neither block nor results, and depends_on_back does not count it.
struct Step {
  static constexpr std::uint64_t no_block = ~std::uint64_t{0};

  Pieces reads;                    ///< Operands; the step starts when all are there. A word is fetched once for each
                                   ///< piece that touches it, once for two that follow each other in the list.
  Pieces writes;                   ///< Results for the scratchpad, written when they have left the pipeline.
  std::uint64_t block = no_block;  ///< Weight block that must be loaded; never lower than that of the step before.
  bool last_of_block = false;      ///< No later step uses the block: its half of the buffer becomes free.
  std::uint32_t index_decode_cycles = 0;  ///< The datapath is occupied for the sum of these four, in this order.
  std::uint32_t compute_cycles = 1;
  std::uint32_t lane_imbalance_cycles = 0;
  std::uint32_t accumulator_hazard_cycles =
      0;  ///< Known beforehand: accumulator banks that serve the step's own words.
  /// Sums handed to the accumulators at the step's end; the port takes accumulator_words per cycle, and the step's last
  /// cycle waits while the port is still busy with the sums before.
  std::uint32_t accumulator_words = 0;
  /// The step reads sums that the step so many before has made: it starts when that one has left the pipeline. 0: none.
  std::uint32_t depends_on_back = 0;

  [[nodiscard]] std::uint32_t cycles() const {
    return index_decode_cycles + compute_cycles + lane_imbalance_cycles + accumulator_hazard_cycles;
  }
  void clear() {
    reads.clear();
    writes.clear();
    block = no_block;
    last_of_block = false;
    index_decode_cycles = lane_imbalance_cycles = accumulator_hazard_cycles = 0;
    compute_cycles = 1;
    accumulator_words = depends_on_back = 0;
  }
};

/// Weights (or values and indices, or requantization records) that are loaded as a whole.
struct WeightBlock {
  Pieces pieces;              ///< Read in this order, as one stream: a beat takes the next load_bytes of it.
  std::uint64_t weights = 0;  ///< How many weights of the dense pass it brings, for what writing them costs.
  void clear() {
    pieces.clear();
    weights = 0;
  }
};

class Schedule {
 public:
  virtual ~Schedule() = default;

  /// Fills `step`, which is cleared, with the next step; false when there is none any more. A job has at least one.
  virtual bool next(Step& step) = 0;
  /// Fills `block`, which is cleared. Blocks are asked for once each, in order, from 0 to block_count() - 1.
  virtual void block(std::uint64_t index, WeightBlock& block) = 0;
  [[nodiscard]] virtual std::uint64_t block_count() const = 0;
  /// Whether weights stay beside the multipliers while a block is in use: they leave the buffer once, and not anew for
  /// every block of pixels. Counts for energy only.
  [[nodiscard]] virtual bool weights_stay() const { return false; }
  /// A lower bound of the sum of cycles() over all steps; the exact number where it is cheap to have. It lets the host
  /// simulate in long stretches and does not change any result.
  [[nodiscard]] virtual std::uint64_t least_cycles() const { return 1; }
};

}  // namespace terse
