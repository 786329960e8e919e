#pragma once
// A whole platform of fakes behind the host HAL: units, interrupt controllers, memory. Time passes by one tick with
// every access of the driver and jumps to the next event while it sleeps, so jobs finish both behind its back and in
// its sleep.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "formats/device_table.hpp"
#include "sw_driver/host_hal.hpp"
#include "tests/sw_driver/fake_unit.hpp"

namespace terse::test {

struct FakeConfiguration {
  std::uint32_t channels = 2;
  std::uint32_t queue_depth = 2;
  std::uint32_t scratchpad_size = 4096;
  std::uint32_t accumulators = 1024;
  std::uint32_t index_formats = 0x7;
  std::uint32_t weight_formats = 0x1;
  std::uint32_t cap_fused = 1u | 0x1Fu << 8 | 3u << 16;  ///< One lane, all formats of rows, 4 and 8 bits.
  bool value_16 = true;
  std::uint64_t dma_duration = 40;
  std::uint64_t tmac_duration = 300;
  std::uint64_t spu_duration = 200;
  std::uint64_t merge_duration = 80;
};

class FakeHardware : public driver::HostBackend {
 public:
  static constexpr std::uint32_t dram_base = 0x80000000;
  static constexpr std::uint32_t dram_size = 0x10000;
  static constexpr std::uint32_t scratchpad_base = 0x50000000;

  explicit FakeHardware(const FakeConfiguration& configuration = {});

  [[nodiscard]] const device_table::DeviceTable& table() const { return table_; }
  [[nodiscard]] device_table::DeviceTable& table() { return table_; }
  void remove(device_table::DeviceType type);
  [[nodiscard]] FakeUnit& channel(std::size_t index) { return *units_[index]; }
  [[nodiscard]] FakeUnit& tmac() { return *units_[units_.size() - 3]; }
  [[nodiscard]] FakeUnit& spu() { return *units_[units_.size() - 2]; }
  [[nodiscard]] FakeUnit& merge() { return *units_[units_.size() - 1]; }
  [[nodiscard]] std::vector<std::unique_ptr<FakeUnit>>& units() { return units_; }
  /// Bytes of DRAM or scratchpad.
  [[nodiscard]] std::uint8_t* bytes(std::uint32_t address, std::uint32_t size);
  /// Words written to testdev EVENT.
  [[nodiscard]] const std::vector<std::uint32_t>& marks() const { return marks_; }
  [[nodiscard]] std::uint64_t now() const { return now_; }
  /// Accesses to this address answer with a bus error.
  std::optional<std::uint32_t> dead_address;

  bool read(std::uint32_t address, std::uint32_t& value) override;
  bool write(std::uint32_t address, std::uint32_t value) override;
  void wait(std::uint32_t kinds) override;
  std::uint32_t pending() override;
  const std::uint8_t* view(std::uint32_t address, std::uint32_t size) override { return bytes(address, size); }
  std::uint8_t* memory(std::uint32_t address, std::uint32_t size) override { return bytes(address, size); }

 private:
  struct Place {
    std::uint32_t base;
    FakeUnit* unit;
    std::uint32_t source;  ///< Of the PLIC.
  };

  void add_device(device_table::DeviceType type, std::uint32_t base, std::uint32_t interrupt = 0,
                  std::uint32_t interrupts = 0);
  void add_unit(registers::hwpe::Unit unit, std::uint32_t base, std::uint32_t source, std::uint64_t duration);
  void copy(const FakeJob& job);
  void merge_tile(const FakeJob& job);
  void advance_to(std::uint64_t now);
  bool read_plic(std::uint32_t offset, std::uint32_t& value);
  bool write_plic(std::uint32_t offset, std::uint32_t value);
  bool read_clint(std::uint32_t offset, std::uint32_t& value) const;
  bool write_clint(std::uint32_t offset, std::uint32_t value);
  [[nodiscard]] std::uint32_t pending_sources() const;

  FakeConfiguration configuration_;
  device_table::DeviceTable table_{};
  std::vector<std::unique_ptr<FakeUnit>> units_;
  std::vector<Place> places_;
  std::vector<std::uint8_t> dram_;
  std::vector<std::uint8_t> scratchpad_;
  std::vector<std::uint32_t> marks_;
  std::uint64_t now_ = 0;
  std::uint64_t mtimecmp_ = ~std::uint64_t{0};
  std::uint32_t enabled_sources_ = 0;
  std::uint32_t claimed_sources_ = 0;
};

}  // namespace terse::test
