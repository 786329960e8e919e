#pragma once
// Module type `spu`: the sparse high-precision unit. A job is the sparse pass over one output tile of one layer:
//
//   accumulator[base + (y * output_width + x) * output_channels + o] (+)= sum over stored k of V[o][k] * activation,
//   k = (kernel_row * kernel_width + kernel_column) * input_channels + channel,  V of 4, 8 or 16 bits
//
// Registers: registers.yaml; control block: registers/hwpe.yaml. Arithmetic: docs/numerics.md.
//
// Dataflow *gather*: each lane holds the sum of one output channel at one pixel, works through that channel's stored
// values, one per cycle, and fetches its own activation for each. Lanes are dealt to min(lanes, output_channels) = C
// output channels and, where lanes are left, to P = floor(lanes / C) pixels.
//
// Time of a job (nominal; every rule is one that hardware can follow):
//   driver           setup_cycles.
//   compute          Tile done in groups of C output channels; in a group, P pixels at a time. A step (one value per
//                    lane) takes one cycle; P pixels of a group take as many steps as the group's longest channel has
//                    values, and one where it has none (a zero must be written). Together
//                      steps = sum over groups of ceil(pixels / P) * max(1, longest).
//                    The useful part is ceil(values * pixels / lanes), plus the steps of groups without values.
//   lane_imbalance   The rest of the steps: lanes waited for the longest channel, or had no channel or pixel. This is
//                    what regular patterns avoid: under n_of_m all channels are equally long.
//   activation_fetch steps * (ceil(C * P / gather_ports) - 1): fewer ports than lanes serve a step in several cycles.
//   weight_load      Values and indices of one group go through a port of value_bits_per_cycle into one half of a
//   double
//                    buffer while the group before computes: the first load, and what a later one takes longer than the
//                    computing before it. Assumed: a half holds C channels of any length.
//   index_decode     index_decode_cycles per group (the decoder is pipelined, its latency shows once); none under
//   dense. drain            pipeline_depth, once. bank_conflict, and more activation_fetch: only in `approximate`
//   timing, where bytes share the scratchpad's bandwidth.
// Bytes read: each channel's values, indices and row pointer once; one activation for each value other than zero and
// pixel whose position lies inside the tile.
//
// The job's sums are written to the accumulators at its end; software sees them when the job is finished.
//
// Errors (ERR_CODE, ERR_ADDR): illegal_value with the offset of the register that holds a zero size, stride, dilation
// or channel count, more than 65535 input channels, a format this unit does not support (CAP_FORMATS), N = 0, N > M,
// gaps of 0 or more than 8 bits, or
// a row stride that is no multiple of 4 or makes rows overlap; unaligned_address for a used address of values, indices
// or row pointers that is no multiple of 4; out_of_range, bus_error from the scratchpad; illegal_encoding with the word
// that holds an index outside the row (n_of_m: outside its group; slots with value 0 are not looked at; relative_columns:
// outside the lane's rows), a row or column pointer below the one before, a row pointer that does not agree with the
// bits set in a bitmap, or an entry of the row order that is no output channel or one for the second time, or with the byte that holds an activation of more than activation_bits;
// accumulator_range and accumulator_overflow as in tmac. A job that fails before its end leaves the accumulators
// untouched.
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/hwpe/hwpe_control.hpp"
#include "models/ports/accumulator_port.hpp"
#include "models/ports/arithmetic_fault.hpp"
#include "models/ports/convolution_job.hpp"
#include "models/ports/job_memory.hpp"
#include "models/spu/spu_parameters.hpp"
#include "models/spu/spu_weights.hpp"
#include "models/timing/job_time.hpp"

namespace terse {

class Spu : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<Spu> registers;
  tlm_utils::simple_initiator_socket<Spu> memory;        ///< The scratchpad, by byte offset.
  tlm_utils::simple_initiator_socket<Spu> accumulators;  ///< merge's accumulators; this unit uses the sparse plane.
  sc_core::sc_out<bool> interrupt;

  Spu(sc_core::sc_module_name name, const SpuParameters& parameters, sc_core::sc_time clock_period);

  void set_observer(JobObserver observer);
  void set_timing(Timing timing) { timing_ = timing; }
  /// Shared with the other users of the scratchpad; must outlive the module. Without it, bandwidth is unlimited.
  void set_bandwidth(ScratchpadBandwidth* bandwidth) { bandwidth_ = bandwidth; }
  /// Accumulators per plane, for targets that grant no DMI (see AccumulatorPort).
  void set_accumulator_capacity(std::uint32_t words) { sums_.set_capacity(words); }
  void inject_fault(const ArithmeticFault& fault) { faults_.add(fault); }
  [[nodiscard]] const HwpeControl& control() const { return control_; }

 private:
  void access(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) { control_.access(transaction, delay); }
  unsigned access_debug(tlm::tlm_generic_payload& transaction) { return control_.access_debug(transaction); }
  void forget_scratchpad(sc_dt::uint64 /*first*/, sc_dt::uint64 /*last*/) { scratchpad_.invalidate(); }
  void forget_accumulators(sc_dt::uint64 /*first*/, sc_dt::uint64 /*last*/) { sums_.invalidate(); }

  void announce();
  void run();
  void run_job(const HwpeJob& job);
  /// The tile's sums, faults included, [pixel][channel].
  void compute(const registers::spu::Job& job, const SpuFormat& format, const convolution::Shape& shape);

  SpuParameters parameters_;
  HwpeControl control_;
  JobMemory scratchpad_;
  AccumulatorPort sums_;
  Timing timing_ = Timing::functional;
  ScratchpadBandwidth* bandwidth_ = nullptr;
  ArithmeticFaults faults_;
  SpuWeights weights_;
  // Kept from job to job for their memory only.
  std::vector<std::int64_t> results_;
  std::vector<std::uint8_t> activation_buffer_;
};

}  // namespace terse
