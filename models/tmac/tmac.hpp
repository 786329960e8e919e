#pragma once
// Module type `tmac`: the ternary MAC array. A job is the dense pass over one output tile of one layer:
//
//   accumulator[base + (y * output_width + x) * output_channels + o] (+)= sum over k of T[o][k] * activation,
//   k = (kernel_row * kernel_width + kernel_column) * input_channels + channel,  T in {-1, 0, +1}
//
// With parameter weight_type the array multiplies int2, int4 or int8 weights instead (the machines a ternary one is
// compared with), and still takes every narrower format: FLAGS.WEIGHT_FORMAT, CAP_FORMATS.WEIGHT_FORMATS. A ternary
// weight takes 2 bits, or a fifth of a byte (ternary_base3) where ternary_encoding says that there is a decoder.
//
// With FLAGS.FUSED the job is also the sparse pass over the same tile (models/spu/spu.hpp), done by the fused_lanes of
// each output channel from the activations of the dense steps, into the sparse plane: models/tmac/tmac_fused.hpp. Index
// formats: all but relative_columns.
//
// Registers: registers.yaml; control block: registers/hwpe.yaml. Arithmetic: docs/numerics.md.
//
// Array: output_channels (Po) x input_channels (Pi) x pixels (Px) multipliers and adder trees over Pi; under dataflow
// unrolled times unrolled_kernel^2. Around it (models/clocked/stream_engine.hpp): an operand FIFO, a weight buffer, a
// port to the accumulators.
//
// Time of a job. A job is a sequence of steps, one per cycle; which, says parameter `dataflow` (dataflow_*.cpp):
//   output_stationary   groups * pixel blocks * kernel positions * channel slices  steps
//   weight_stationary   the same number; the pixel blocks are the innermost loop
//   unrolled            groups * channel slices * pixels
//   with groups = ceil(output_channels / Po), channel slices = ceil(input_channels / Pi), pixel blocks = ceil(pixels /
//   Px).
// Zero weights and padding take their step: skipping would need a scheduler.
//   driver              setup_cycles: the address generators take over the job registers.
//   compute             1 per step.
//   lane_imbalance      FUSED: a step takes max(1, ceil(n / fused_lanes)) cycles, n the most nonzero values that an
//                       output channel of its group has among its weights; those beyond the first.
//   weight_load         A step waits for its weight block. Blocks pass a port of weight_bits_per_cycle, one stream per
//                       block, ceil(bytes * 8 / weight_bits_per_cycle) cycles, into weight_buffers places; the next one
//                       is loaded as soon as there is a place. A block is, under output_stationary, a group's rows
//                       (parts of them, anew for each pixel block, if weight_buffer_depth is less than K); under
//                       weight_stationary Po * Pi weights; under unrolled the kernel of a group and channel slice. The
//                       values, indices and row pointers of a fused job come with the weights they belong to.
//   activation_fetch    A step waits for its activations. Each step's are fetched in turn, one word per bank and cycle
//                       and one cycle at least, up to fetch_ahead steps ahead. unrolled: line_buffer_pixels input
//                       pixels per fetch, each once per group and channel slice. (functional and approximate: only that
//                       of the line buffer.)
//   accumulator_hazard  A step hands its sums over: output_stationary Po * Px at the end of a pixel block, the others
//                       at the end of every step. The port takes accumulator_words_per_cycle. weight_stationary and
//                       unrolled: a sum that is added to must have left the pipeline.
//   bank_conflict       cycle: words that others got; approximate: the share of bandwidth that others have.
//   drain               pipeline_depth, one more with the base3 decoder; and until the last sums are handed over.
// Levels: cycle steps the schedule through the StreamEngine; functional and approximate take its nominal time
// (models/clocked/nominal_time.hpp), which is never longer. docs/microarchitecture.md has examples done by hand.
// Bytes read: what the steps and blocks above read. There is no activation cache: output_stationary and
// weight_stationary fetch an activation for each group and kernel position that it meets.
//
// The job's sums are written to the accumulators at its end; software sees them when the job is finished.
//
// Errors (ERR_CODE, ERR_ADDR): illegal_value with the offset of the register that holds a zero size, stride, dilation
// or channel count, more than 65535 input channels, a weight format this array does not read (FLAGS), FUSED without
// lanes (FLAGS) or with a format they do not support (FORMAT, CAP_FUSED), or a weight stride that is no multiple of 4
// or makes rows overlap, and under dataflow unrolled a kernel larger than unrolled_kernel (KERNEL) or dilated
// (PADDING); unaligned_address for a weight address that is no multiple of 4; out_of_range, bus_error from the
// scratchpad; illegal_encoding with the word that holds the code 10 (ternary_2bit) or 243 to 255 (ternary_base3), or
// with the byte that holds an activation of more than activation_bits; accumulator_range; accumulator_overflow with
// the first index whose exact sum does not fit 32 bits (OVERFLOW_COUNT counts them; the accumulators then hold the
// lower 32 bits). A job that fails before its end leaves the accumulators untouched.
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/clocked/scratchpad_clock.hpp"
#include "models/hwpe/hwpe_control.hpp"
#include "models/ports/accumulator_port.hpp"
#include "models/ports/arithmetic_fault.hpp"
#include "models/ports/convolution_job.hpp"
#include "models/ports/job_memory.hpp"
#include "models/timing/job_time.hpp"
#include "models/tmac/tmac_cost.hpp"
#include "models/tmac/tmac_fused.hpp"
#include "models/tmac/tmac_parameters.hpp"
#include "models/tmac/tmac_weights.hpp"
#include "models/tmac/tmac_work.hpp"

namespace terse {

class Tmac : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Tmac> registers;
  tlm_utils::simple_initiator_socket<Tmac> memory;  ///< The scratchpad, by byte offset.
  tlm_utils::simple_initiator_socket<Tmac>
      accumulators;  ///< merge's accumulators: the dense plane, and fused the sparse one.
  sc_core::sc_out<bool> interrupt;

  Tmac(sc_core::sc_module_name name, const TmacParameters& parameters, sc_core::sc_time clock_period);

  void set_observer(JobObserver observer);
  void set_timing(Timing timing) { timing_ = timing; }
  /// Shared with the other users of the scratchpad; must outlive the module. Without it, bandwidth is unlimited.
  void set_bandwidth(ScratchpadBandwidth* bandwidth) { bandwidth_ = bandwidth; }
  /// Needed in timing level cycle, before the first job.
  void set_clock(const ScratchpadClock& clock) { clock_ = clock; }
  /// Accumulators per plane, for targets that grant no DMI (see AccumulatorPort).
  void set_accumulator_capacity(std::uint32_t words) {
    sums_.set_capacity(words);
    fused_sums_.set_capacity(words);
  }
  void inject_fault(const ArithmeticFault& fault) { faults_.add(fault); }
  [[nodiscard]] const HwpeControl& control() const { return control_; }

 private:
  void access(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) { control_.access(transaction, delay); }
  unsigned access_debug(tlm::tlm_generic_payload& transaction) { return control_.access_debug(transaction); }
  void forget_scratchpad(sc_dt::uint64 /*first*/, sc_dt::uint64 /*last*/) { scratchpad_.invalidate(); }
  void forget_accumulators(sc_dt::uint64 /*first*/, sc_dt::uint64 /*last*/) {
    sums_.invalidate();
    fused_sums_.invalidate();
  }

  void run();
  void run_job(const HwpeJob& job);
  /// The tile's sums, faults included, [pixel][channel].
  void compute(const registers::tmac::Job& job, const convolution::Shape& shape);
  /// The same for the sparse pass of a fused job.
  void compute_fused(const registers::tmac::Job& job, const convolution::Shape& shape,
                     const convolution::ActivationView& activations);
  [[nodiscard]] TmacWork work_of(const registers::tmac::Job& job, const convolution::Shape& shape);
  [[nodiscard]] TmacCost cost_of(const TmacWork& work);
  /// Lets the job's time pass; false when it was soft-cleared.
  [[nodiscard]] bool pass_time(const TmacWork& work, const TmacCost& cost);
  AccumulatorOverflows store(const registers::tmac::Job& job);

  TmacParameters parameters_;
  HwpeControl control_;
  JobMemory scratchpad_;
  AccumulatorPort sums_, fused_sums_;
  Timing timing_ = Timing::functional;
  ScratchpadBandwidth* bandwidth_ = nullptr;
  ScratchpadClock clock_;
  TmacCosts costs_;
  ArithmeticFaults faults_;
  TmacWeights weights_;
  SparseFormat fused_format_;
  SparseWeights fused_weights_;
  TmacValues fused_values_;
  // Kept from job to job for their memory only.
  std::vector<std::int64_t> results_, fused_results_;
  std::vector<std::uint8_t> activation_buffer_;
};

}  // namespace terse
