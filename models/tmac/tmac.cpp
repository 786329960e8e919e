#include "models/tmac/tmac.hpp"

#include <cstring>

#include "models/convolution/sums.hpp"
#include "models/tmac/tmac_activity.hpp"
#include "models/tmac/tmac_dataflows.hpp"
#include "registers/generated/tmac.hpp"
#include "registers/generated/tmac_table.hpp"

namespace terse {

namespace map = registers::tmac;

Tmac::Tmac(sc_core::sc_module_name name, const TmacParameters& parameters, sc_core::sc_time clock_period)
    : sc_module(name),
      registers("registers"),
      memory("memory"),
      accumulators("accumulators"),
      interrupt("interrupt"),
      parameters_(parameters),
      control_(this->name(), map::table, parameters.queue_depth, clock_period, interrupt),
      scratchpad_(memory),
      sums_(accumulators, AccumulatorPlane::dense),
      fused_sums_(accumulators, AccumulatorPlane::sparse) {
  namespace geometry = map::fields::cap_geometry;
  namespace formats = map::fields::cap_formats;
  control_.set_rank(parameters.arbitration.rank());
  control_.set_capability(map::cap_unit, static_cast<std::uint32_t>(map::Unit::tmac));
  control_.set_capability(map::cap_geometry, geometry::output_channels.make(parameters.output_channels) |
                                                 geometry::input_channels.make(parameters.input_channels) |
                                                 geometry::pixels.make(parameters.pixels));
  control_.set_capability(map::cap_formats, formats::activation_bits.make(parameters.activation_bits) |
                                                formats::weight_formats.make(weight_formats(parameters)));
  namespace fused = map::fields::cap_fused;
  const SparseCapabilities values = fused_capabilities(parameters);
  control_.set_capability(map::cap_fused, fused::lanes.make(parameters.fused_lanes) |
                                              fused::index_formats.make(values.index_formats) |
                                              fused::value_4.make(values.value_bits >= 4 ? 1 : 0) |
                                              fused::value_8.make(values.value_bits >= 8 ? 1 : 0) |
                                              fused::value_16.make(values.value_bits >= 16 ? 1 : 0));
  registers.register_b_transport(this, &Tmac::access);
  registers.register_transport_dbg(this, &Tmac::access_debug);
  memory.register_invalidate_direct_mem_ptr(this, &Tmac::forget_scratchpad);
  accumulators.register_invalidate_direct_mem_ptr(this, &Tmac::forget_accumulators);
  SC_HAS_PROCESS(Tmac);
  SC_THREAD(run);
}

void Tmac::set_observer(JobObserver observer) {
  control_.set_observer(std::move(observer));
}

void Tmac::run() {
  for (;;) {
    const HwpeJob job = control_.wait_for_job();
    try {
      run_job(job);
    } catch (const JobProblem& problem) {
      control_.fail(problem.code(), problem.address());
    }
  }
}

namespace {

bool is_fused(const map::Job& job) {
  return map::fields::flags::fused.get(job.flags) != 0;
}

}  // namespace

void Tmac::run_job(const HwpeJob& programmed) {
  map::Job job;
  std::memcpy(&job, programmed.registers.data(), sizeof job);
  const convolution::Shape shape = convolution_shape(job);
  require_value(!is_fused(job) || parameters_.fused_lanes != 0, map::flags);
  sums_.check(job.accumulator_base, shape.outputs());
  compute(job, shape);

  const TmacWork work = work_of(job, shape);
  const TmacCost cost = cost_of(work);
  if (!pass_time(work, cost)) return;
  const AccumulatorOverflows overflows = store(job);
  control_.count(cost.operations, cost.weight_bytes + cost.activation_bytes, 0);
  const bool accumulate = map::fields::flags::accumulate.get(job.flags) != 0;
  const TmacCost& dense = costs_.dense(work);
  control_.count_fused_extra(cost.time.total() - dense.time.total());
  control_.count(tmac_activity(shape, weights_.matrix(), weights_.format(), dense, parameters_, accumulate));
  if (is_fused(job)) {
    control_.count(fused_activity(work, fused_format_, fused_weights_, dense, cost, accumulate));
  }
  if (overflows.count != 0) {
    control_.count_overflow(overflows.count);
    throw JobProblem(ErrorCode::accumulator_overflow, overflows.first_index);
  }
  control_.finish();
}

TmacWork Tmac::work_of(const map::Job& job, const convolution::Shape& shape) {
  if (is_fused(job)) {
    fused_values_ = fused_values(sparse_registers(job, map::value_row_stride, map::index_row_stride), fused_format_,
                                 fused_weights_, shape, parameters_.fused_lanes);
  }
  return {.parameters = &parameters_,
          .shape = shape,
          .input_address = job.input_address,
          .input_row_stride = job.input_row_stride,
          .input_pixel_stride = job.input_pixel_stride,
          .weight_address = job.weight_address,
          .weight_row_stride = job.weight_row_stride,
          .weights_per_byte = weights_per_byte(weights_.format()),
          .values = is_fused(job) ? &fused_values_ : nullptr};
}

TmacCost Tmac::cost_of(const TmacWork& work) {
  if (work.values == nullptr) return costs_.dense(work);
  TmacCost cost = tmac_cost(work);
  cost.operations += stored_values(fused_weights_) * work.shape.pixels();
  return cost;
}

bool Tmac::pass_time(const TmacWork& work, const TmacCost& cost) {
  if (timing_ != Timing::cycle) return spend(control_, cost.time, timing_, bandwidth_);
  const std::unique_ptr<Schedule> schedule = tmac_dataflows().make(parameters_.dataflow, work);
  StreamEngine engine(tmac_stream(parameters_, clock_.read_latency), *schedule, clock_.geometry());
  return control_.execute(clock_.stepped_by(), engine, clock_.port);
}

AccumulatorOverflows Tmac::store(const map::Job& job) {
  const bool accumulate = map::fields::flags::accumulate.get(job.flags) != 0;
  AccumulatorOverflows overflows = sums_.store(job.accumulator_base, results_, accumulate);
  if (!is_fused(job)) return overflows;
  const AccumulatorOverflows fused = fused_sums_.store(job.accumulator_base, fused_results_, accumulate);
  if (overflows.count == 0) overflows.first_index = fused.first_index;
  overflows.count += fused.count;
  return overflows;
}

void Tmac::compute(const map::Job& job, const convolution::Shape& shape) {
  weights_.load(job, shape, parameters_, scratchpad_);
  const bool is_signed = map::fields::flags::input_signed.get(job.flags) != 0;
  const convolution::ActivationView activations =
      fetch_activations(job, shape, is_signed, parameters_.activation_bits, scratchpad_, activation_buffer_);
  results_.resize(shape.outputs());
  weights_.multiply(shape, activations, results_);
  faults_.apply(job.tag, shape.output_channels, results_);
  if (is_fused(job)) compute_fused(job, shape, activations);
}

void Tmac::compute_fused(const map::Job& job, const convolution::Shape& shape,
                         const convolution::ActivationView& activations) {
  fused_format_ = sparse_format(job.format, fused_capabilities(parameters_), map::format);
  fused_weights_.load(sparse_registers(job, map::value_row_stride, map::index_row_stride), fused_format_, shape,
                      parameters_.fused_lanes, scratchpad_);
  fused_results_.resize(shape.outputs());
  if (fused_format_.index == registers::spu::IndexFormat::dense) {
    convolution::dense_sums(shape, activations, fused_weights_.dense(), fused_results_);
  } else {
    convolution::sparse_sums(shape, activations, fused_weights_.sparse(), fused_results_);
  }
}

}  // namespace terse
