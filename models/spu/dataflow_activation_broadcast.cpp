// Dataflow activation_broadcast: activations go to all lanes, pixel after pixel in the order of k; each lane works through
// its entries of the column. The hardware is a ColumnEngine (column_engine.hpp), which has the rules.
#include <algorithm>
#include <optional>

#include "models/convolution/ceil_div.hpp"
#include "models/ports/job_problem.hpp"
#include "models/scratchpad/bank_layout.hpp"
#include "models/sparse_weights/row_stride.hpp"
#include "models/spu/built_in_dataflows.hpp"
#include "models/spu/column_engine.hpp"
#include "models/spu/spu_work.hpp"

namespace terse {
namespace {

LaneEntries lane_entries(const SpuWork& work) {
  const std::uint64_t columns = work.shape.weights_per_channel();
  LaneEntries result{.lanes = work.channels(), .entries = {}};
  result.entries.resize(columns * result.lanes);
  const auto at = [&](std::uint64_t k, std::uint32_t lane) -> std::uint32_t& {
    return result.entries[k * result.lanes + lane];
  };
  for (std::uint32_t lane = 0; lane < result.lanes; ++lane) {
    if (work.decodes_indices()) {
      const std::uint32_t* pointers = work.weights->lane_columns().pointers.data() + lane * (columns + 1);
      for (std::uint64_t k = 0; k < columns; ++k) at(k, lane) = pointers[k + 1] - pointers[k];
    } else {
      const std::uint32_t rows = (work.shape.output_channels - lane + result.lanes - 1) / result.lanes;
      for (std::uint64_t k = 0; k < columns; ++k) at(k, lane) = rows;
    }
  }
  return result;
}

/// What fills the lane memories: for relative_columns lane after lane its values and indices, then all pointers; the rows
/// of dense as they lie.
std::vector<Piece> lane_memories(const SpuWork& work) {
  if (work.parameters->local_weight_memory) return {};
  if (!work.decodes_indices()) {
    WeightBlock rows;
    for (std::uint64_t group = 0; group < work.groups(); ++group) work.add_group(rows, group);
    return {rows.pieces.begin(), rows.pieces.end()};
  }
  std::vector<Piece> pieces;
  const SparseRegisters& job = work.registers;
  const LaneColumns& columns = work.weights->lane_columns();
  const std::uint64_t pointers = work.shape.weights_per_channel() + 1;
  const std::uint64_t pointer_bytes = pointers * (work.format.wide_pointers ? 4 : 2);
  for (std::uint64_t lane = 0; lane < columns.lanes; ++lane) {
    const std::uint64_t entries = columns.pointers[(lane + 1) * pointers - 1];
    const std::uint64_t values = (entries * work.format.value_bits + 7) / 8;
    const std::uint64_t indices = (entries * work.format.n + 7) / 8;
    if (values != 0) pieces.push_back({job.value_address + lane * job.value_row_stride, values});
    if (indices != 0) pieces.push_back({job.index_address + lane * job.index_row_stride, indices});
    pieces.push_back({job.row_pointer_address + lane * ((pointer_bytes + 3) / 4 * 4), pointer_bytes});
  }
  return pieces;
}

/// What an activation of column k sets going in all lanes together.
struct Columns {
  Columns(const SpuWork& work, const LaneEntries& lanes)
      : entries(work.shape.weights_per_channel()), values(entries.size()) {
    for (std::size_t i = 0; i < lanes.entries.size(); ++i) entries[i / lanes.lanes] += lanes.entries[i];
    if (work.decodes_indices()) {
      for (const convolution::SparseEntry& entry : work.weights->sparse().entries) ++values[entry.position];
      return;
    }
    const convolution::DenseMatrix& dense = work.weights->dense();
    for (std::size_t i = 0; i < dense.weights.size(); ++i) values[i % dense.columns] += dense.weights[i] != 0 ? 1 : 0;
  }
  std::vector<std::uint64_t> entries;  ///< Fillers included.
  std::vector<std::uint64_t> values;   ///< Those other than zero.
};

/// What a lane keeps in its memory, bytes.
std::uint64_t fullest_lane(const SpuWork& work, const LaneEntries& lanes) {
  if (work.decodes_indices()) return *std::ranges::max_element(work.weights->lane_columns().bytes);
  const std::uint64_t rows = ceil_div(work.shape.output_channels, lanes.lanes);
  return rows * field_bytes(work.shape.weights_per_channel(), work.format.value_bits);
}

class ActivationBroadcast final : public SpuDataflow {
 public:
  explicit ActivationBroadcast(const SpuWork& work) : work_(work), entries_(lane_entries(work)) {
    const std::uint64_t capacity = std::uint64_t{1024} * work.parameters->local_weight_kib;
    require_value(fullest_lane(work, entries_) <= capacity, registers::spu::value_address);
  }

  [[nodiscard]] std::unique_ptr<Clocked> engine(const BankLayout& layout) override {
    lines_.emplace(lines());
    return std::make_unique<ColumnEngine>(parameters(work_.read_latency), entries_, *lines_, lane_memories(work_),
                                          layout);
  }

  /// Steps the same hardware, with a bank for every word that it can want in a cycle.
  [[nodiscard]] JobTime nominal() override {
    constexpr std::uint64_t any_size = std::uint64_t{1} << 40;
    const BankLayout layout(any_size, BankSet::most_banks, work_.bank_width, BankLayout::Interleaving::word);
    ActivationLines lines = this->lines();
    ColumnEngine engine(parameters(1), entries_, lines, lane_memories(work_), layout);
    while (!engine.finished()) engine.step(engine.request());
    const Clocked::Cycles cycles = engine.take_passed();
    const auto of = [&](Cause cause) { return cycles[static_cast<std::size_t>(cause)]; };
    JobTime time;
    time.setup = of(Cause::driver);
    time.weight_load = of(Cause::weight_load);
    time.index_decode = of(Cause::index_decode);
    time.compute = of(Cause::compute);
    time.activation_fetch = of(Cause::activation_fetch);
    time.lane_imbalance = of(Cause::lane_imbalance);
    time.fifo = of(Cause::fifo);
    time.drain = of(Cause::drain);
    return time;
  }

  /// An activation is fetched once for all lanes and queues before each; each lane looks up its part of the column, and
  /// reads the column's entries anew for every activation.
  [[nodiscard]] SpuTraffic traffic(const SpuWork& work, std::uint64_t effective) const override {
    const Columns columns(work, entries_);
    SpuTraffic traffic{.local = true, .accumulator_writes = work.shape.outputs()};
    std::uint64_t products = 0;
    ActivationLines walk = lines();
    for (ActivationLine line; walk.next(line);) {
      const bool inside = line.piece.bytes != 0;
      traffic.fetch_bytes += line.piece.bytes;
      traffic.fetches += inside ? 1 : 0;
      traffic.broadcasts += line.columns.size();
      for (const std::uint32_t k : line.columns) {
        traffic.slots += columns.entries[k];
        products += inside ? columns.values[k] : 0;
      }
    }
    traffic.values_read = traffic.slots;
    traffic.skipped = effective - products;
    traffic.queue_entries = traffic.broadcasts * entries_.lanes;
    if (work.decodes_indices()) traffic.column_pointers = 2 * traffic.queue_entries;
    return traffic;
  }

 private:
  [[nodiscard]] ActivationLines lines() const {
    const std::uint32_t ports = work_.parameters->gather_ports;
    return {{.shape = work_.shape,
             .first = work_.activations.first,
             .address = work_.input_address,
             .row_stride = work_.input_row_stride,
             .pixel_stride = work_.input_pixel_stride},
            ports == 0 ? work_.banks : std::min(ports, work_.banks),
            work_.bank_width,
            work_.parameters->skip_zero_activations};
  }
  [[nodiscard]] ColumnEngineParameters parameters(std::uint32_t read_latency) const {
    const SpuParameters& unit = *work_.parameters;
    return {.lanes = unit.lanes,
            .setup_cycles = unit.setup_cycles,
            .index_decode_cycles = work_.decodes_indices() ? unit.index_decode_cycles : 0,
            .pipeline_depth = unit.pipeline_depth,
            .read_latency = read_latency,
            .fetch_ahead = unit.fetch_ahead,
            .fifo_depth = unit.fifo_depth,
            .load_bytes = unit.value_bits_per_cycle / 8};
  }

  const SpuWork& work_;
  const LaneEntries entries_;
  std::optional<ActivationLines> lines_;
};

}  // namespace

std::unique_ptr<SpuDataflow> activation_broadcast(const SpuWork& work) {
  return std::make_unique<ActivationBroadcast>(work);
}

}  // namespace terse
