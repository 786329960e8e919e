#pragma once
#include <cstdint>
#include <string>

#include "models/hwpe/arbitration_parameters.hpp"
#include "models/spu/spu_dataflows.hpp"
#include "parameters/parameters.hpp"

namespace terse {

/// Parameters of module type `spu`.
struct SpuParameters {
  std::uint32_t lanes = 16;
  std::string dataflow = "gather";
  std::uint32_t gather_ports = 0;
  std::uint32_t fetch_ahead = 4;
  bool skip_zero_activations = false;
  std::uint32_t fifo_depth = 8;
  bool local_weight_memory = false;
  std::uint32_t local_weight_kib = 128;
  std::uint32_t activation_bits = 8;
  std::uint32_t value_bits = 16;
  bool absolute_indices = true;
  bool n_of_m_indices = true;
  bool relative_indices = true;
  bool bitmap_indices = true;
  std::uint32_t value_bits_per_cycle = 256;
  std::uint32_t value_buffers = 2;
  std::uint32_t index_decode_cycles = 2;
  std::uint32_t setup_cycles = 4;
  std::uint32_t pipeline_depth = 4;
  std::uint32_t queue_depth = 2;
  ArbitrationParameters arbitration = {};

  ParameterList parameters() {
    ParameterList list = {
        {{.name = "lanes", .unit = "lanes", .minimum = 1, .maximum = 4096, .sentence = "Multiplications per cycle."},
         &lanes},
        {{.name = "dataflow",
          .choices = spu_dataflows().names(),
          .sentence =
              "gather: each lane fetches its own activation; broadcast: a stored value meets a vector of pixels; "
              "activation_broadcast: an activation goes to all lanes (index format relative_columns only)."},
         &dataflow},
        {{.name = "gather_ports",
          .unit = "ports",
          .minimum = 0,
          .maximum = 4096,
          .sentence = "Words of activations fetched per cycle; 0 for one of each bank."},
         &gather_ports},
        {{.name = "fetch_ahead",
          .unit = "steps",
          .minimum = 1,
          .maximum = 64,
          .sentence =
              "Depth of the operand FIFO: steps whose activations are fetched ahead; lines of activations under "
              "dataflow activation_broadcast."},
         &fetch_ahead},
        {{.name = "skip_zero_activations",
          .sentence =
              "Activations of 0 take no cycle: under activation_broadcast each, under broadcast those of a whole "
              "vector of pixels."},
         &skip_zero_activations},
        {{.name = "fifo_depth",
          .unit = "activations",
          .minimum = 1,
          .maximum = 4096,
          .sentence =
              "Dataflow activation_broadcast: activations that wait before a lane, the one it works on included."},
         &fifo_depth},
        {{.name = "local_weight_memory",
          .sentence =
              "Dataflow activation_broadcast: the lanes' memories hold their values, indices and pointers before "
              "a job begins; else they are filled from the scratchpad at its start."},
         &local_weight_memory},
        {{.name = "local_weight_kib",
          .unit = "KiB",
          .minimum = 1,
          .maximum = 4096,
          .sentence =
              "Dataflow activation_broadcast: size of each lane's memory of values, indices and pointers; a job "
              "that needs more ends with illegal_value."},
         &local_weight_kib},
        {{.name = "activation_bits",
          .unit = "bits",
          .minimum = 2,
          .maximum = 8,
          .power_of_two = true,
          .sentence = "Widest activation; each still takes a byte of the scratchpad."},
         &activation_bits},
        {{.name = "value_bits",
          .unit = "bits",
          .minimum = 4,
          .maximum = 16,
          .power_of_two = true,
          .sentence = "Widest high-precision value; narrower ones of 4 and 8 bits work too."},
         &value_bits},
        {{.name = "absolute_indices", .sentence = "Index format absolute (unstructured sparsity) is supported."},
         &absolute_indices},
        {{.name = "n_of_m_indices", .sentence = "Index format n_of_m (N slots in each group of M) is supported."},
         &n_of_m_indices},
        {{.name = "relative_indices", .sentence = "Index format relative (gaps of 1 to 8 bits) is supported."},
         &relative_indices},
        {{.name = "bitmap_indices", .sentence = "Index format bitmap (one bit per position) is supported."},
         &bitmap_indices},
        {{.name = "value_bits_per_cycle",
          .unit = "bits",
          .minimum = 8,
          .maximum = 65536,
          .power_of_two = true,
          .sentence = "Width of the port that fills the value and index buffer."},
         &value_bits_per_cycle},
        {{.name = "value_buffers",
          .unit = "groups",
          .minimum = 1,
          .maximum = 2,
          .sentence = "Halves of the value and index buffer: with 2, one is filled while the other is used."},
         &value_buffers},
        {{.name = "index_decode_cycles",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 1000,
          .sentence = "Latency of the index decoder, paid once per group of output channels."},
         &index_decode_cycles},
        {{.name = "setup_cycles",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 1000,
          .sentence = "From a job's start to the first operand: the address generators take over the job registers."},
         &setup_cycles},
        {{.name = "pipeline_depth",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 1000,
          .sentence = "From the last operand to its sum in the accumulators."},
         &pipeline_depth},
        {{.name = "queue_depth",
          .unit = "jobs",
          .minimum = 1,
          .maximum = 4,
          .sentence = "Job contexts: jobs that can be running, waiting or being programmed."},
         &queue_depth},
    };
    arbitration.append_to(list);
    return list;
  }

  [[nodiscard]] ParameterProblems problems() const {
    ParameterProblems problems;
    if (skip_zero_activations && dataflow == "gather") {
      problems.push_back({.parameter = "skip_zero_activations",
                          .message =
                              "under dataflow gather a lane learns that its activation is 0 when it has fetched it, "
                              "and has spent its cycle then; expected false, or dataflow broadcast or "
                              "activation_broadcast"});
    }
    if (local_weight_memory && dataflow != "activation_broadcast") {
      problems.push_back({.parameter = "local_weight_memory",
                          .message = "only the lanes of dataflow activation_broadcast have memories of their own; "
                                     "expected false, or dataflow activation_broadcast"});
    }
    return problems;
  }
};

}  // namespace terse
