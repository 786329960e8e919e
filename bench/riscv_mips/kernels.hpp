#pragma once
// Integer work of the kinds that firmware does. The same code runs on the host, whose checksum the guest's must equal.
#include <cstdint>

namespace terse::bench {

/// Repeats its work and returns a checksum of all results.
using Kernel = std::uint32_t (*)(std::uint32_t repetitions);

std::uint32_t matrix(std::uint32_t repetitions);   ///< 32 x 32 int8 products into int32
std::uint32_t sort(std::uint32_t repetitions);     ///< heap sort of 512 words
std::uint32_t crc(std::uint32_t repetitions);      ///< CRC-32 of 4 KiB, bit by bit and by table
std::uint32_t list(std::uint32_t repetitions);     ///< walks and reverses a scattered list of 1,024 nodes
std::uint32_t state(std::uint32_t repetitions);    ///< a scanner of numbers: branches and a switch
std::uint32_t strings(std::uint32_t repetitions);  ///< copies, compares and converts records
std::uint32_t sieve(std::uint32_t repetitions);    ///< primes below 16,384

struct NamedKernel {
  const char* name;
  Kernel run;
  std::uint32_t repetitions;  ///< for 130 to 580 million instructions
};

constexpr NamedKernel kernels[] = {
    {"matrix", matrix, 1600}, {"sort", sort, 3200},       {"crc", crc, 1900},     {"list", list, 16000},
    {"state", state, 11000},  {"strings", strings, 3200}, {"sieve", sieve, 1600},
};

}  // namespace terse::bench
