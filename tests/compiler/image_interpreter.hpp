#pragma once
// Executes a network image on arrays, from the register descriptions alone and without any code of the compiler, the
// models or the driver. It is as unkind as the execution rule (formats/network_image.hpp) allows: loads run as early
// and stores as late as they may, the scratchpad holds nothing valid when an inference begins, and every byte
// knows which tile wrote or read it last, so that sharing between neighbouring tiles is an error even if the data were
// right.
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "formats/network_image.hpp"

namespace terse::testing {

/// The image does something it must not.
class ImageFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// When a tile's loads and stores run, within what the rule allows.
enum class Overlap {
  none,         ///< L0 C0 S0 L1 C1 S1 ...
  early_loads,  ///< L0 L1 C0 S0 L2 C1 S1 ...
  late_stores,  ///< L0 L1 C0 C1 S0 L2 C2 S1 L3 ...
};

/// Bytes with a validity flag, and the tiles that touched each last.
class CheckedMemory {
 public:
  explicit CheckedMemory(std::string name, std::size_t size);
  void forget();  ///< Nothing is valid any more, and nobody touched anything.
  void settle();  ///< Contents stay, and nobody touched anything.
  void fill(std::span<const std::uint8_t> bytes);

  /// `tile`: who accesses, counted from the layer's first; -1 for memories without a sharing rule.
  std::uint8_t read(std::int64_t address, std::int64_t tile);
  void write(std::int64_t address, std::uint8_t value, std::int64_t tile);
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }

  /// Who writes for the layer behind: nobody of this layer may touch that byte, before or after.
  static constexpr std::int64_t next_layer = std::int64_t{1} << 40;

 private:
  void check(std::int64_t address, const char* what) const;

  static constexpr std::int64_t nobody = -2;
  std::string name_;
  std::vector<std::uint8_t> bytes_;
  std::vector<bool> valid_;
  std::vector<std::int64_t> reader_, writer_;
};

class ImageInterpreter {
 public:
  ImageInterpreter(std::vector<std::uint8_t> image, Overlap overlap);

  /// Called after each merge job.
  std::function<void(std::uint32_t layer, std::uint32_t tile)> after_merge;

  /// One inference; returns the output's bytes.
  std::vector<std::uint8_t> run(std::span<const std::uint8_t> input);
  [[nodiscard]] CheckedMemory& scratchpad() { return scratchpad_; }
  [[nodiscard]] const image::Header& header() const { return header_; }

 private:
  struct Accumulator {
    std::int64_t value = 0;
    bool valid = false;
    std::int64_t owner = -2;
  };
  using Plane = std::vector<Accumulator>;

  template <typename Record>
  Record record(const image::Section& section, std::uint32_t index) const;
  CheckedMemory& memory(image::Region region);

  void run_layer(std::uint32_t layer);
  void run_core(const image::CoreJob& job);
  /// All loads of a tile, but for those that ran early; behind those of the layer's last tile the next layer's early ones.
  void load(std::uint32_t tile);
  void load_early(std::uint32_t layer);
  void compute(std::uint32_t tile);
  void store(std::uint32_t tile);
  void copy(const image::Transfer& transfer);
  void run_dense(const registers::tmac::Job& job);
  /// Weight k of the row at byte `row` of the scratchpad.
  std::int32_t dense_weight(std::uint64_t row, std::size_t k, registers::tmac::WeightFormat format);
  void run_sparse(const registers::spu::Job& job);
  void run_merge(const registers::merge::Job& job);

  using Weights = std::vector<std::vector<std::int32_t>>;  // [output channel][k]
  void read_columns(const registers::spu::Job& job, Weights& weights);
  template <typename Job>
  void accumulate(const Job& job, const Weights& weights, Plane& plane);
  std::int32_t activation(std::int64_t address, bool is_signed);
  std::int64_t pooled(const registers::merge::Job& job, std::uint32_t row, std::uint32_t column, std::uint32_t channel);
  std::int64_t accumulated(Plane& plane, std::uint64_t index);
  std::uint64_t read_bits(std::uint64_t base, std::uint64_t bit, std::uint32_t width);
  std::uint64_t read_word(std::uint64_t address, std::uint32_t bytes) { return read_bits(address, 0, bytes * 8); }

  Overlap overlap_;
  image::Header header_{};
  CheckedMemory image_, arena_, input_, output_, scratchpad_;
  Plane dense_, sparse_;
  std::uint32_t layer_ = 0;
  std::uint32_t first_tile_ = 0;
  std::uint32_t tile_count_ = 0;
  std::int64_t tile_ = 0;    ///< Under way, counted from the layer's first.
  bool is_early_ = false;    ///< A load of the next layer.
  std::uint32_t early_ = 0;  ///< Loads of the layer's first tile that ran early.
  std::uint32_t next_early_ = 0;
};

}  // namespace terse::testing
