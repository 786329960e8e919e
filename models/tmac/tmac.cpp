#include "models/tmac/tmac.hpp"

#include <cstring>

#include "models/tmac/tmac_activity.hpp"
#include "models/tmac/tmac_time.hpp"
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
      sums_(accumulators, AccumulatorPlane::dense) {
  namespace geometry = map::fields::cap_geometry;
  namespace formats = map::fields::cap_formats;
  control_.set_capability(map::cap_unit, static_cast<std::uint32_t>(map::Unit::tmac));
  control_.set_capability(map::cap_geometry, geometry::output_channels.make(parameters.output_channels) |
                                                 geometry::input_channels.make(parameters.input_channels) |
                                                 geometry::pixels.make(parameters.pixels));
  control_.set_capability(map::cap_formats, formats::activation_bits.make(parameters.activation_bits) |
                                                formats::weight_formats.make(weight_formats(parameters)));
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

void Tmac::run_job(const HwpeJob& programmed) {
  map::Job job;
  std::memcpy(&job, programmed.registers.data(), sizeof job);
  const convolution::Shape shape = convolution_shape(job);
  sums_.check(job.accumulator_base, shape.outputs());
  compute(job, shape);

  const TmacCost cost = tmac_cost(shape, weights_.row_bytes(), parameters_);
  if (!spend(control_, cost.time, timing_, bandwidth_)) return;
  const bool accumulate = map::fields::flags::accumulate.get(job.flags) != 0;
  const AccumulatorOverflows overflows = sums_.store(job.accumulator_base, results_, accumulate);
  control_.count(cost.operations, cost.weight_bytes + cost.activation_bytes, 0);
  control_.count(tmac_activity(shape, weights_.matrix(), weights_.format(), cost, parameters_, accumulate));
  if (overflows.count != 0) {
    control_.count_overflow(overflows.count);
    throw JobProblem(ErrorCode::accumulator_overflow, overflows.first_index);
  }
  control_.finish();
}

void Tmac::compute(const map::Job& job, const convolution::Shape& shape) {
  weights_.load(job, shape, parameters_, scratchpad_);
  const bool is_signed = map::fields::flags::input_signed.get(job.flags) != 0;
  const convolution::ActivationView activations =
      fetch_activations(job, shape, is_signed, parameters_.activation_bits, scratchpad_, activation_buffer_);
  results_.resize(shape.outputs());
  weights_.multiply(shape, activations, results_);
  faults_.apply(job.tag, shape.output_channels, results_);
}

}  // namespace terse
