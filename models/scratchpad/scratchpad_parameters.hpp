#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "models/scratchpad/arbitration.hpp"
#include "parameters/parameters.hpp"

namespace terse {

/// Parameters of module type `scratchpad`.
struct ScratchpadParameters {
  std::uint64_t size = 128ull * 1024;
  std::uint32_t banks = 16;
  std::uint32_t bank_width = 8;
  std::string interleaving = "word";
  std::uint32_t ports = 5;
  std::string arbitration = "round_robin";
  std::uint32_t read_latency = 1;

  ParameterList parameters() {
    return {
        {{.name = "size",
          .unit = "bytes",
          .minimum = 16,
          .maximum = 64.0 * 1024 * 1024,
          .sentence = "Capacity of all banks together; a multiple of banks * bank_width."},
         &size},
        {{.name = "banks",
          .unit = "banks",
          .minimum = 1,
          .maximum = 256,
          .power_of_two = true,
          .sentence = "Number of banks; each serves one access per cycle."},
         &banks},
        {{.name = "bank_width",
          .unit = "bytes",
          .minimum = 1,
          .maximum = 64,
          .power_of_two = true,
          .sentence = "Bytes of a word, which is what a bank reads or writes per cycle."},
         &bank_width},
        {{.name = "interleaving",
          .choices = {"word", "block"},
          .sentence = "word: consecutive words lie in consecutive banks; block: a bank holds consecutive addresses."},
         &interleaving},
        {{.name = "ports",
          .unit = "ports",
          .minimum = 1,
          .maximum = 64,
          .sentence = "Initiators that can be connected."},
         &ports},
        {{.name = "arbitration",
          .choices = arbitration_variants().names(),
          .sentence = "Who gets a bank that several initiators want in one cycle (timing level cycle)."},
         &arbitration},
        {{.name = "read_latency",
          .unit = "cycles",
          .minimum = 0,
          .maximum = 100,
          .sentence = "Cycles from the last word's access to its data."},
         &read_latency},
    };
  }

  [[nodiscard]] ParameterProblems problems() const {
    const std::uint64_t row = std::uint64_t{banks} * bank_width;
    if (row != 0 && size % row == 0 && size != 0) return {};
    return {{.parameter = "size",
             .message = fmt::format("{} bytes do not divide into {} banks of {}-byte words; expected a multiple of {}",
                                    size, banks, bank_width, row)}};
  }
};

}  // namespace terse
