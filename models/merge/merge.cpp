#include "models/merge/merge.hpp"

#include <algorithm>
#include <cstring>

#include "models/clocked/nominal_time.hpp"
#include "models/merge/merge_activity.hpp"
#include "models/merge/merge_schedule.hpp"
#include "models/merge/pooling.hpp"
#include "models/merge/requantize_pixels.hpp"
#include "models/ports/convolution_job.hpp"
#include "registers/generated/merge.hpp"
#include "registers/generated/merge_table.hpp"

namespace terse {

namespace map = registers::merge;
using convolution::Shape;

Merge::Merge(sc_core::sc_module_name name, const MergeParameters& parameters, sc_core::sc_time clock_period)
    : sc_module(name),
      registers("registers"),
      memory("memory"),
      accumulators("accumulators"),
      interrupt("interrupt"),
      parameters_(parameters),
      control_(this->name(), map::table, parameters.queue_depth, clock_period, interrupt),
      words_(parameters.accumulators),
      scratchpad_(memory) {
  control_.set_rank(parameters.arbitration.rank());
  control_.set_capability(map::cap_unit, static_cast<std::uint32_t>(map::Unit::merge));
  control_.set_capability(map::cap_accumulators, parameters.accumulators);
  control_.set_capability(map::cap_geometry,
                          map::fields::cap_geometry::output_channels.make(parameters.output_channels));
  registers.register_b_transport(this, &Merge::access);
  registers.register_transport_dbg(this, &Merge::access_debug);
  memory.register_invalidate_direct_mem_ptr(this, &Merge::forget_scratchpad);
  accumulators.register_b_transport(this, &Merge::access_accumulators);
  accumulators.register_transport_dbg(this, &Merge::debug_accumulators);
  accumulators.register_get_direct_mem_ptr(this, &Merge::grant_accumulators);
  SC_HAS_PROCESS(Merge);
  SC_THREAD(run);
}

void Merge::set_observer(JobObserver observer) {
  control_.set_observer(std::move(observer));
}

void Merge::access_accumulators(int /*initiator*/, tlm::tlm_generic_payload& transaction, sc_core::sc_time& /*delay*/) {
  words_.access(transaction);
}

unsigned Merge::debug_accumulators(int /*initiator*/, tlm::tlm_generic_payload& transaction) {
  return words_.access_debug(transaction);
}

bool Merge::grant_accumulators(int /*initiator*/, tlm::tlm_generic_payload& /*transaction*/, tlm::tlm_dmi& dmi) {
  return words_.grant(dmi);
}

void Merge::run() {
  for (;;) {
    const HwpeJob job = control_.wait_for_job();
    try {
      run_job(job);
    } catch (const JobProblem& problem) {
      control_.fail(problem.code(), problem.address());
    }
  }
}

void Merge::run_job(const HwpeJob& programmed) {
  map::Job registers_of_job;
  std::memcpy(&registers_of_job, programmed.registers.data(), sizeof registers_of_job);
  const MergeJob job = decode_merge_job(registers_of_job);
  const Shape& shape = job.shape;
  if (job.uses_accumulators() && job.accumulator_base + shape.outputs() > words_.capacity()) {
    throw JobProblem(ErrorCode::accumulator_range, std::max(job.accumulator_base, words_.capacity()));
  }
  const std::uint64_t pixel_bytes = std::uint64_t{shape.output_channels} * job.output_bytes;
  scratchpad_.check(job.output.address, tile_extent(shape.output_height, shape.output_width, pixel_bytes,
                                                    job.output.row_stride, job.output.pixel_stride));
  const std::uint64_t saturations = compute(job);

  if (!pass_time(job)) return;
  write_outputs(job);
  std::uint64_t bytes_read = RequantizationRecord::bytes * shape.output_channels;
  if (job.activations) bytes_read += shape.positions_inside() * shape.output_channels;
  if (job.residual) bytes_read += shape.outputs();
  control_.count(shape.outputs(), bytes_read, shape.outputs() * job.output_bytes);
  control_.count(merge_activity(job, parameters_));
  if (saturations != 0) control_.count_saturation(saturations);
  control_.finish();
}

bool Merge::pass_time(const MergeJob& job) {
  MergeSchedule schedule(job, parameters_);
  if (timing_ == Timing::cycle) {
    StreamEngine engine(merge_stream(parameters_, clock_.read_latency), schedule, clock_.geometry());
    return control_.execute(clock_.stepped_by(), engine, clock_.port);
  }
  constexpr std::uint32_t any_read_latency = 1, any_bank_width = 1;  // nominal time does not depend on them
  const JobTime time = nominal_time(schedule, merge_stream(parameters_, any_read_latency), any_bank_width);
  return spend(control_, time, timing_, bandwidth_);
}

void Merge::load_records(const MergeJob& job) {
  constexpr std::size_t bytes = RequantizationRecord::bytes;
  const std::size_t channels = job.shape.output_channels;
  const std::span<const std::uint8_t> packed = scratchpad_.read(job.record_address, bytes * channels, record_buffer_);
  records_.clear();
  for (std::size_t c = 0; c < channels; ++c) {
    const auto record = RequantizationRecord::decode(packed.subspan(bytes * c).first<bytes>());
    if (!record) throw JobProblem(ErrorCode::illegal_encoding, job.record_address + bytes * c);
    records_.push_back(*record);
  }
}

std::uint64_t Merge::compute(const MergeJob& job) {
  load_records(job);
  PixelOperands operands;
  if (job.activations) operands.dense = pool(job);
  if (job.dense_plane) operands.dense = words_.from(AccumulatorPlane::dense, job.accumulator_base);
  if (job.sparse_plane) operands.sparse = words_.from(AccumulatorPlane::sparse, job.accumulator_base);
  if (job.residual) operands.residual = load_residual(job);
  results_.resize(job.shape.outputs());
  const std::uint64_t saturations = requantize_pixels(records_, operands, job.clip, results_);
  faults_.apply(job.tag, job.shape.output_channels, results_);
  return saturations;
}

const std::int32_t* Merge::pool(const MergeJob& job) {
  const Shape& shape = job.shape;
  const auto tile = scratchpad_.read(job.input.address,
                                     tile_extent(shape.input_height, shape.input_width, shape.input_channels,
                                                 job.input.row_stride, job.input.pixel_stride),
                                     activation_buffer_);
  windows_.resize(shape.outputs());
  pool_windows(shape, {tile.data(), job.input.row_stride, job.input.pixel_stride, job.activations_signed}, job.pool,
               windows_);
  return windows_.data();
}

const std::int32_t* Merge::load_residual(const MergeJob& job) {
  const Shape& shape = job.shape;
  const TilePlace& place = job.residual_tile;
  const auto tile = scratchpad_.read(
      place.address,
      tile_extent(shape.output_height, shape.output_width, shape.output_channels, place.row_stride, place.pixel_stride),
      activation_buffer_);
  residuals_.resize(shape.outputs());
  std::int32_t* to = residuals_.data();
  for (std::uint64_t y = 0; y < shape.output_height; ++y) {
    for (std::uint64_t x = 0; x < shape.output_width; ++x) {
      const std::uint8_t* from = tile.data() + y * place.row_stride + x * place.pixel_stride;
      for (std::uint32_t c = 0; c < shape.output_channels; ++c) {
        *to++ = job.residual_signed ? static_cast<std::int8_t>(from[c]) : from[c];
      }
    }
  }
  return residuals_.data();
}

void Merge::write_outputs(const MergeJob& job) {
  const Shape& shape = job.shape;
  const std::size_t pixel_bytes = std::size_t{shape.output_channels} * job.output_bytes;
  // Pixels that lie side by side are written together.
  const std::size_t at_once = job.output.pixel_stride == pixel_bytes ? shape.output_width : 1;
  const std::size_t elements = at_once * shape.output_channels;
  output_buffer_.resize(elements * job.output_bytes);
  const std::int32_t* from = results_.data();
  for (std::uint64_t y = 0; y < shape.output_height; ++y) {
    for (std::uint64_t x = 0; x < shape.output_width; x += at_once, from += elements) {
      if (job.output_bytes == 1) {
        for (std::size_t i = 0; i < elements; ++i) output_buffer_[i] = static_cast<std::uint8_t>(from[i]);
      } else {
        std::memcpy(output_buffer_.data(), from, output_buffer_.size());  // little-endian host
      }
      scratchpad_.write(job.output.address + y * job.output.row_stride + x * job.output.pixel_stride, output_buffer_);
    }
  }
}

}  // namespace terse
