#pragma once
// The first ten job registers, which tmac and spu share: the geometry of the pass and where its activations lie.
#include <cstdint>
#include <span>
#include <vector>

#include "models/convolution/shape.hpp"
#include "models/ports/job_memory.hpp"
#include "registers/generated/tmac.hpp"

namespace terse {

/// The shape of a job. Throws illegal_value for a size, stride, dilation or channel count of zero, or more than 65535
/// input channels. The ten registers have the same offsets in both units.
[[nodiscard]] convolution::Shape convolution_shape(const registers::tmac::Job& job);

/// Fetches the input tile: the memory itself under DMI, else a copy in `buffer`. Throws out_of_range or bus_error, and
/// illegal_encoding with the address of the first activation wider than `activation_bits`.
[[nodiscard]] convolution::ActivationView fetch_activations(const registers::tmac::Job& job,
                                                            const convolution::Shape& shape, bool is_signed,
                                                            std::uint32_t activation_bits, JobMemory& memory,
                                                            std::vector<std::uint8_t>& buffer);

/// Bytes from the first of `rows` rows to the end of the last one.
[[nodiscard]] std::uint64_t extent(std::uint64_t rows, std::uint64_t row_stride, std::uint64_t row_bytes);
/// Bytes from the first to the last byte of a tile, layout [row][column][channel].
[[nodiscard]] std::uint64_t tile_extent(std::uint64_t height, std::uint64_t width, std::uint64_t channel_bytes,
                                        std::uint64_t row_stride, std::uint64_t pixel_stride);

}  // namespace terse
