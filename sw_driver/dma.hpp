#pragma once
// The DMA unit: its channels. Loads take the first, stores the last, so that they do not queue behind each other.
#include <array>
#include <cstdint>

#include "registers/generated/dma.hpp"
#include "sw_driver/hwpe_unit.hpp"

namespace terse::driver {

using DmaJob = registers::dma::Job;

template <Hal H>
class DmaChannel : public HwpeUnit<H> {
 public:
  DmaChannel(H& hal, Interrupts<H>& interrupts) : HwpeUnit<H>(hal, interrupts, UnitKind::dma) {}

  [[nodiscard]] std::uint32_t channels() const {
    return registers::dma::fields::cap_geometry::channels.get(this->read(registers::dma::cap_geometry));
  }
  [[nodiscard]] std::uint32_t scratchpad_base() const { return this->read(registers::dma::cap_scratchpad_base); }
  [[nodiscard]] std::uint32_t scratchpad_size() const { return this->read(registers::dma::cap_scratchpad_size); }
};

template <Hal H>
class Dma {
 public:
  Dma(H& hal, Interrupts<H>& interrupts) : first_(hal, interrupts), last_(hal, interrupts) {}

  /// `source`: interrupt of channel 0; the others follow.
  Status init(std::uint32_t base, std::uint32_t source) {
    if (const Status status = first_.init(base, source); !status.ok()) return status;
    channels_ = first_.channels();
    scratchpad_base_ = first_.scratchpad_base();
    scratchpad_size_ = first_.scratchpad_size();
    if (channels_ < 2) return {};
    return last_.init(base + (channels_ - 1) * registers::dma::window, source + channels_ - 1);
  }
  void term() {
    first_.term();
    last_.term();
  }

  [[nodiscard]] DmaChannel<H>& loads() { return first_; }
  [[nodiscard]] DmaChannel<H>& stores() { return last_.present() ? last_ : first_; }
  [[nodiscard]] std::uint32_t channels() const { return channels_; }
  [[nodiscard]] std::uint32_t scratchpad_base() const { return scratchpad_base_; }
  [[nodiscard]] std::uint32_t scratchpad_size() const { return scratchpad_size_; }

 private:
  DmaChannel<H> first_;
  DmaChannel<H> last_;
  std::uint32_t channels_ = 1;
  std::uint32_t scratchpad_base_ = 0;
  std::uint32_t scratchpad_size_ = 0;
};

/// A 1-D copy, the start for builders of richer jobs.
[[nodiscard]] constexpr DmaJob copy_job(std::uint32_t tag, std::uint32_t source, std::uint32_t destination,
                                        std::uint32_t length) {
  DmaJob job{};
  job.tag = tag;
  job.source = source;
  job.destination = destination;
  job.length = length;
  job.lines = 1;
  job.planes = 1;
  return job;
}

}  // namespace terse::driver
