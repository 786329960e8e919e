#include "models/tmac/tmac_cost.hpp"

#include <memory>

#include "models/clocked/nominal_time.hpp"
#include "models/tmac/tmac_dataflows.hpp"

namespace terse {
namespace {

/// Counts what passes.
class CountedSchedule final : public Schedule {
 public:
  CountedSchedule(Schedule& schedule, TmacCost& cost) : schedule_(schedule), cost_(cost) {}

  bool next(Step& step) override {
    if (!schedule_.next(step)) return false;
    cost_.activation_bytes += bytes_of(step.reads);
    cost_.fetches += step.reads.size();
    cost_.sums_handed_over += step.accumulator_words;
    if (step.depends_on_back != 0) cost_.sums_taken_back += step.accumulator_words;
    return true;
  }
  void block(std::uint64_t index, WeightBlock& block) override {
    schedule_.block(index, block);
    cost_.weight_bytes += bytes_of(block.pieces);
    cost_.weights_loaded += block.weights;
  }
  [[nodiscard]] std::uint64_t block_count() const override { return schedule_.block_count(); }

 private:
  Schedule& schedule_;
  TmacCost& cost_;
};

}  // namespace

StreamParameters tmac_stream(const TmacParameters& parameters, std::uint32_t read_latency) {
  const std::uint32_t decoder = parameters.ternary_encoding == "base3" ? 1 : 0;
  const std::uint32_t handed_over = parameters.output_channels * parameters.pixels;
  return {.setup_cycles = parameters.setup_cycles,
          .pipeline_depth = parameters.pipeline_depth + decoder,
          .read_latency = read_latency,
          .fetch_ahead = parameters.fetch_ahead,
          .load_bytes = parameters.weight_bits_per_cycle / 8,
          .weight_buffers = parameters.weight_buffers,
          .accumulator_words =
              parameters.accumulator_words_per_cycle == 0 ? handed_over : parameters.accumulator_words_per_cycle};
}

TmacCost tmac_cost(const TmacWork& work) {
  constexpr std::uint32_t any_bank_width = 1;  // fetches are not bounded by words
  TmacCost cost;
  const std::unique_ptr<Schedule> schedule = tmac_dataflows().make(work.parameters->dataflow, work);
  CountedSchedule counted(*schedule, cost);
  cost.time = nominal_time(counted, tmac_stream(*work.parameters), any_bank_width);
  cost.weights_stay = schedule->weights_stay();
  cost.operations = work.shape.outputs() * work.shape.weights_per_channel();
  return cost;
}

const TmacCost& TmacCosts::dense(const TmacWork& work) {
  const convolution::Shape& shape = work.shape;
  const auto [entry, is_new] = costs_.try_emplace(
      {shape.input_height, shape.input_width, shape.input_channels, shape.output_height, shape.output_width,
       shape.output_channels, shape.kernel_height, shape.kernel_width, shape.stride_y, shape.stride_x, shape.dilation_y,
       shape.dilation_x, shape.pad_top, shape.pad_left, work.input_row_stride, work.input_pixel_stride,
       work.weight_row_stride, work.weights_per_byte});
  if (!is_new) return entry->second;
  TmacWork dense = work;
  dense.values = nullptr;
  try {
    entry->second = tmac_cost(dense);
  } catch (...) {
    costs_.erase(entry);
    throw;
  }
  return entry->second;
}

}  // namespace terse
