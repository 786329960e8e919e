#pragma once
#include <cstdint>

#include "parameters/parameters.hpp"

namespace terse {

/// Parameters of module type `uart`.
struct UartParameters {
  std::uint32_t receive_fifo = 16;

  ParameterList parameters() {
    return {
        {{.name = "receive_fifo",
          .unit = "bytes",
          .minimum = 1,
          .maximum = 65536,
          .sentence = "Depth of the receive FIFO; one byte while FCR bit 0 is clear."},
         &receive_fifo},
    };
  }
};

}  // namespace terse
