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
// With FLAGS.FUSED the job is also the sparse pass over the same tile (models/spu/spu.hpp), done by the fused_lanes of each
// output channel from the activations of the dense steps, into the sparse plane: models/tmac/tmac_fused.hpp. Index
// formats: all but relative_columns.
//
// Registers: registers.yaml; control block: registers/hwpe.yaml. Arithmetic: docs/numerics.md.
//
// Array: output_channels (Po) x input_channels (Pi) x pixels (Px) ternary multipliers, an adder tree over Pi, and one
// sum per output channel and pixel, which stays in the array until it is complete (output-stationary).
//
// Time of a job (nominal; every rule is one that hardware can follow):
//   driver       setup_cycles.
//   compute      The tile is done in groups of Po output channels; in a group, Px pixels at a time; for these, every
//   kernel
//                position and Pi input channels at a time, one step per cycle:
//                  ceil(output_channels / Po) * ceil(pixels / Px) * kernel_height * kernel_width * ceil(input_channels
//                  / Pi).
//                Zero weights and padding take their step: skipping would need a scheduler.
//   weight_load  The weights of one group go through a port of weight_bits_per_cycle into one half of a double buffer,
//                once per job, while the group before computes in the other half: the first load, and what a later one
//                takes longer than the computing before it. Assumed: a half holds Po rows of any length.
//   drain        pipeline_depth, once: groups follow each other without a gap.
//   activation_fetch, bank_conflict: only in `approximate` timing, where the bytes below share the scratchpad's
//   bandwidth.
// Bytes read: each group's weights once; the activations of each step whose position lies inside the tile, anew for
// each group (there is no activation cache).
//
// The job's sums are written to the accumulators at its end; software sees them when the job is finished.
//
// Errors (ERR_CODE, ERR_ADDR): illegal_value with the offset of the register that holds a zero size, stride, dilation
// or channel count, more than 65535 input channels, a weight format this array does not read (FLAGS), FUSED without
// lanes (FLAGS) or with a format they do not support (FORMAT, CAP_FUSED), or a weight stride
// that is no multiple of 4 or makes rows overlap;
// unaligned_address for a weight address that is no multiple of 4; out_of_range, bus_error from the scratchpad;
// illegal_encoding with the word that holds the code 10 (ternary_2bit) or 243 to 255 (ternary_base3), or with the byte
// that holds an activation of more than activation_bits; accumulator_range; accumulator_overflow with the first index whose exact sum does not fit 32 bits
// (OVERFLOW_COUNT counts them; the accumulators then hold the lower 32 bits). A job that fails before its end leaves
// the accumulators untouched.
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
  /// For timing level cycle; without it, that is approximate.
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
