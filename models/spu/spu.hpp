#pragma once
// Module type `spu`: the sparse high-precision unit. A job is the sparse pass over one output tile of one layer:
//
//   accumulator[base + (y * output_width + x) * output_channels + o] (+)= sum over stored k of V[o][k] * activation,
//   k = (kernel_row * kernel_width + kernel_column) * input_channels + channel,  V of 4, 8 or 16 bits
//
// Registers: registers.yaml; control block: registers/hwpe.yaml. Arithmetic: docs/numerics.md.
//
// Time of a job: parameter `dataflow` says in which order stored values meet activations (spu_dataflows.hpp); results
// do not depend on it. The same rules give the time in all levels: in `cycle` they are stepped with the scratchpad's
// banks, in `functional` and `approximate` every word is there at once (models/clocked/nominal_time.hpp). Worked
// examples: docs/microarchitecture.md. Rows are output channels in the job's row order, C = min(lanes, output
// channels), P = floor(lanes / C), V = ceil(output pixels / lanes), n a row's stored values, unused slots and fillers
// included.
//
//   gather                A lane holds the sum of one row at one pixel, works through the row's values, one per cycle,
//                         and fetches its own activation. Groups of C rows, P pixels at a time:
//                           steps = sum over groups of ceil(pixels / P) * max(1, most n of the group).
//   broadcast             A value meets the vector of `lanes` pixels, in raster order; sums live in the accumulators:
//                           steps = sum over rows of V * max(1, n).
//                         A vector's sums must have left the pipeline before the row's next value adds to them:
//                         accumulator_hazard of max(0, pipeline_depth + 1 - V) cycles per value but the row's first.
//                         With skip_zero_activations, steps that add 0 to all their pixels do not take place; the last
//                         slot of a row writes zeros to vectors that had none.
//   activation_broadcast  An activation goes to the FIFOs of all lanes, at most one per cycle; each lane works through
//                         its entries of that column of the matrix, one per cycle, one cycle where it has none
//                         (column_engine.hpp). Formats relative_columns and dense.
//
// A step of gather and broadcast takes one cycle. Causes:
//   driver             setup_cycles.
//   weight_load        Values, indices and row pointers of C rows are a block, read as one stream through a port of
//                      value_bits_per_cycle into one of value_buffers halves while the blocks before are in use.
//                      Assumed: a half holds C rows of any length. activation_broadcast: the lane memories, all of them
//                      before the first activation; none with local_weight_memory.
//   index_decode       index_decode_cycles per block (per job under activation_broadcast); none for format dense.
//   compute            Of every `lanes` products of all steps one cycle (LaneCredit, spu_work.hpp): ceil(products /
//                      lanes) in all, unused slots, fillers and padding included; and the steps of rows without values,
//                      which write zeros.
//   lane_imbalance     The other steps: lanes waited for the longest row of the group, or had no row or pixel. This is
//                      what regular patterns avoid: under n_of_m all rows are equally long.
//   activation_fetch   A step fetches one byte for each lane with a value other than 0 (format dense: any) whose
//                      position lies inside the tile. Lanes that want bytes of one word share its access. At most
//                      gather_ports words per cycle, up to fetch_ahead steps ahead of the datapath.
//   fifo               activation_broadcast: an activation waits because a lane's FIFO is full.
//   bank_conflict      `cycle`: others had the bank; `approximate`: others share the scratchpad's bandwidth.
//   drain              pipeline_depth, once.
// gather cannot skip activations of 0: a lane knows when it has spent its cycle. Bytes read, for records and bandwidth:
// each row's values, indices and pointer once, one byte per activation brought to a lane (to all, under
// activation_broadcast).
//
// The job's sums are written to the accumulators at its end; software sees them when the job is finished.
//
// Errors (ERR_CODE, ERR_ADDR): illegal_value with the offset of the register that holds a zero size, stride, dilation
// or channel count, more than 65535 input channels, a format this unit does not support (CAP_FORMATS), N = 0, N > M,
// gaps of 0 or more than 8 bits, a row stride that is no multiple of 4 or makes rows overlap, or under
// activation_broadcast a lane whose entries do not fit local_weight_kib (VALUE_ADDRESS); unaligned_address for a used
// address of values, indices or row pointers that is no multiple of 4; out_of_range, bus_error from the scratchpad;
// illegal_encoding with the word that holds an index outside the row (n_of_m: outside its group; slots with value 0
// are not looked at; relative_columns: outside the lane's rows), a row or column pointer below the one before, a row
// pointer that does not agree with the bits set in a bitmap, or an entry of the row order that is no output channel or
// one for the second time, or with the byte that holds an activation of more than activation_bits; accumulator_range
// and accumulator_overflow as in tmac. A job that fails before its end leaves the accumulators untouched.
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
#include "models/spu/spu_cost.hpp"
#include "models/spu/spu_parameters.hpp"
#include "models/spu/spu_weights.hpp"
#include "models/spu/spu_work.hpp"
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
  /// Needed in all timing levels, before the first job: fetches depend on the banks' number and width.
  void set_clock(const ScratchpadClock& clock) { clock_ = clock; }
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
  /// The tile's sums, faults included, [pixel][channel]; returns the tile.
  convolution::ActivationView compute(const registers::spu::Job& job, const SpuFormat& format,
                                      const convolution::Shape& shape);
  [[nodiscard]] SpuWork work_of(const registers::spu::Job& job, const SpuFormat& format,
                                const convolution::Shape& shape, const convolution::ActivationView& activations) const;
  [[nodiscard]] bool pass_time(SpuDataflow& dataflow, const SpuCost& cost);

  SpuParameters parameters_;
  HwpeControl control_;
  JobMemory scratchpad_;
  AccumulatorPort sums_;
  Timing timing_ = Timing::functional;
  ScratchpadBandwidth* bandwidth_ = nullptr;
  ScratchpadClock clock_;
  ArithmeticFaults faults_;
  SpuWeights weights_;
  // Kept from job to job for their memory only.
  std::vector<std::int64_t> results_;
  std::vector<std::uint8_t> activation_buffer_;
};

}  // namespace terse
