#include "models/spu/spu.hpp"

#include <cstring>

#include "models/convolution/sums.hpp"
#include "models/spu/spu_activity.hpp"
#include "models/spu/spu_dataflows.hpp"
#include "models/spu/spu_work.hpp"
#include "registers/generated/spu.hpp"
#include "registers/generated/spu_table.hpp"

namespace terse {

namespace map = registers::spu;
using registers::spu::IndexFormat;

namespace {

/// The part of a job that tmac has too, in tmac's terms.
registers::tmac::Job shared_part(const map::Job& job) {
  static_assert(map::padding == registers::tmac::padding && map::tag == registers::tmac::tag,
                "the first ten job registers are those of tmac");
  constexpr std::size_t shared_bytes = map::padding + 4 - map::tag;
  registers::tmac::Job shared{};
  std::memcpy(&shared, &job, shared_bytes);
  return shared;
}

}  // namespace

Spu::Spu(sc_core::sc_module_name name, const SpuParameters& parameters, sc_core::sc_time clock_period)
    : sc_module(name),
      registers("registers"),
      memory("memory"),
      accumulators("accumulators"),
      interrupt("interrupt"),
      parameters_(parameters),
      control_(this->name(), map::table, parameters.queue_depth, clock_period, interrupt),
      scratchpad_(memory),
      sums_(accumulators, AccumulatorPlane::sparse) {
  control_.set_rank(parameters.arbitration.rank());
  announce();
  registers.register_b_transport(this, &Spu::access);
  registers.register_transport_dbg(this, &Spu::access_debug);
  memory.register_invalidate_direct_mem_ptr(this, &Spu::forget_scratchpad);
  accumulators.register_invalidate_direct_mem_ptr(this, &Spu::forget_accumulators);
  SC_HAS_PROCESS(Spu);
  SC_THREAD(run);
}

void Spu::announce() {
  namespace formats = map::fields::cap_formats;
  const std::uint32_t index_formats = spu_capabilities(parameters_).index_formats;
  control_.set_capability(map::cap_unit, static_cast<std::uint32_t>(map::Unit::spu));
  control_.set_capability(map::cap_geometry, map::fields::cap_geometry::lanes.make(parameters_.lanes));
  control_.set_capability(map::cap_formats, formats::activation_bits.make(parameters_.activation_bits) |
                                                formats::index_formats.make(index_formats) | formats::value_4.make(1) |
                                                formats::value_8.make(parameters_.value_bits >= 8 ? 1 : 0) |
                                                formats::value_16.make(parameters_.value_bits >= 16 ? 1 : 0));
}

void Spu::set_observer(JobObserver observer) {
  control_.set_observer(std::move(observer));
}

void Spu::run() {
  for (;;) {
    const HwpeJob job = control_.wait_for_job();
    try {
      run_job(job);
    } catch (const JobProblem& problem) {
      control_.fail(problem.code(), problem.address());
    }
  }
}

void Spu::run_job(const HwpeJob& programmed) {
  map::Job job;
  std::memcpy(&job, programmed.registers.data(), sizeof job);
  const convolution::Shape shape = convolution_shape(shared_part(job));
  const SpuFormat format = spu_format(job.format, parameters_);
  sums_.check(job.accumulator_base, shape.outputs());
  const convolution::ActivationView activations = compute(job, format, shape);

  const SpuWork work = work_of(job, format, shape, activations);
  const std::unique_ptr<SpuDataflow> dataflow = spu_dataflows().make(parameters_.dataflow, work);
  const SpuCost cost = spu_cost(work, *dataflow);
  if (!pass_time(*dataflow, cost)) return;
  const bool accumulate = map::fields::flags::accumulate.get(job.flags) != 0;
  const AccumulatorOverflows overflows = sums_.store(job.accumulator_base, results_, accumulate);
  control_.count(cost.operations, cost.weight_bytes + cost.activation_bytes, 0);
  control_.count(spu_activity(work, cost, accumulate));
  if (overflows.count != 0) {
    control_.count_overflow(overflows.count);
    throw JobProblem(ErrorCode::accumulator_overflow, overflows.first_index);
  }
  control_.finish();
}

SpuWork Spu::work_of(const map::Job& job, const SpuFormat& format, const convolution::Shape& shape,
                     const convolution::ActivationView& activations) const {
  return {.parameters = &parameters_,
          .weights = &weights_,
          .format = format,
          .registers = sparse_registers(job, map::value_row_stride, map::index_row_stride),
          .shape = shape,
          .activations = activations,
          .input_address = job.input_address,
          .input_row_stride = job.input_row_stride,
          .input_pixel_stride = job.input_pixel_stride,
          .banks = clock_.geometry().banks(),
          .bank_width = clock_.geometry().bank_width(),
          .read_latency = clock_.read_latency};
}

bool Spu::pass_time(SpuDataflow& dataflow, const SpuCost& cost) {
  if (timing_ != Timing::cycle) return spend(control_, cost.time, timing_, bandwidth_);
  const std::unique_ptr<Clocked> engine = dataflow.engine(clock_.geometry());
  return control_.execute(clock_.stepped_by(), *engine, clock_.port);
}

convolution::ActivationView Spu::compute(const map::Job& job, const SpuFormat& format,
                                         const convolution::Shape& shape) {
  weights_.load(sparse_registers(job, map::value_row_stride, map::index_row_stride), format, shape, parameters_.lanes,
                scratchpad_);
  const bool is_signed = map::fields::flags::input_signed.get(job.flags) != 0;
  const convolution::ActivationView activations = fetch_activations(
      shared_part(job), shape, is_signed, parameters_.activation_bits, scratchpad_, activation_buffer_);
  results_.resize(shape.outputs());
  if (format.index == IndexFormat::dense) {
    convolution::dense_sums(shape, activations, weights_.dense(), results_);
  } else {
    convolution::sparse_sums(shape, activations, weights_.sparse(), results_);
  }
  faults_.apply(job.tag, shape.output_channels, results_);
  return activations;
}

}  // namespace terse
