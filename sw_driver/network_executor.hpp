#pragma once
// Runs a network image on the accelerator: the driver's front door.
//
//   NetworkExecutor<TargetHal> network(hal);
//   network.init(table);                         // finds and checks the devices
//   network.load(image, arena, superposition);   // checks the image against itself and the hardware
//   network.dispatch_wait(input, output, 0);     // one inference; or dispatch, then resolve_check / resolve_wait
//   network.term();
//
// Every error stops the units and leaves them clear, so that another dispatch may follow.
#include <array>
#include <cstdint>
#include <span>

#include "formats/device_table.hpp"
#include "sw_driver/clint.hpp"
#include "sw_driver/core/core_layer.hpp"
#include "sw_driver/device_map.hpp"
#include "sw_driver/interrupts.hpp"
#include "sw_driver/layer_executor.hpp"
#include "sw_driver/layer_profile.hpp"
#include "sw_driver/plic.hpp"
#include "sw_driver/testdev.hpp"
#include "sw_driver/validate.hpp"
#include "sw_driver/watchdog.hpp"

namespace terse::driver {

/// A piece of memory by bus address.
struct MemoryRange {
  std::uint32_t address = 0;
  std::uint32_t size = 0;
};

template <Hal H>
class NetworkExecutor {
 public:
  /// Time without any progress after which a unit counts as stuck: far above the longest job of one tile.
  static constexpr std::uint32_t default_timeout_us = 50'000;

  explicit NetworkExecutor(H& hal)
      : hal_(&hal),
        clint_(hal),
        plic_(hal),
        testdev_(hal),
        interrupts_(hal, clint_, plic_),
        watchdog_(clint_, interrupts_),
        accelerator_(hal, interrupts_),
        layer_executor_(accelerator_),
        core_layer_(hal) {}
  // The interrupt handler points into this object.
  NetworkExecutor(const NetworkExecutor&) = delete;
  NetworkExecutor& operator=(const NetworkExecutor&) = delete;

  /// Errors: device_table, missing_device, foreign_unit, bus_error.
  Status init(const DeviceTable* table);
  void term();

  /// Takes an image for the following inferences. Errors: arguments, image_*, hardware_too_small, missing_device,
  /// bus_error.
  /// `records`: memory near the core for the image's records, which must stay; without it they are read in the image.
  Status load(MemoryRange image, MemoryRange arena, Superposition superposition, RecordMemory records = {});
  void set_timeout_us(std::uint32_t microseconds) { timeout_us_ = microseconds; }
  /// Adds to `layers`, the n-th entry for the n-th layer, from the next inference on; what has no entry is not measured. It
  /// costs some hundred cycles per layer. An empty span ends it.
  void set_profile(std::span<LayerProfile> layers) { profile_ = layers; }

  /// Starts an inference; `index` is its number in progress marks. Error: busy, arguments.
  Status dispatch(std::uint32_t input_address, std::uint32_t output_address, std::uint32_t index);
  /// Does what can be done now, without blocking; true when the inference is done and its results are right.
  Result<bool> resolve_check() {
    const State state = step();
    if (state == State::failed) return error_;
    return state == State::done;
  }
  /// Sleeps until then.
  Status resolve_wait();
  Status dispatch_wait(std::uint32_t input_address, std::uint32_t output_address, std::uint32_t index) {
    if (const Status status = dispatch(input_address, output_address, index); !status.ok()) return status;
    return resolve_wait();
  }

  [[nodiscard]] const image::Header& header() const { return image_.header(); }
  [[nodiscard]] const char* layer_name(std::uint32_t layer) const { return image_.name(image_.layer(layer)); }
  [[nodiscard]] Testdev<H>& testdev() { return testdev_; }
  [[nodiscard]] Accelerator<H>& accelerator() { return accelerator_; }

 private:
  using Event = registers::testdev::Event;

  Status connect_unit(HwpeUnit<H>& unit, DeviceType type);
  Status check_devices(const image::Header& header) const;
  /// How far the inference is.
  enum class State : std::uint8_t { running, done, failed };

  State step();
  Progress bottom_half();
  State advance();
  State finish();
  Status begin_layer();
  State advance_core();
  Status check_results();
  void measure(LayerProfile& layer, bool begins);
  State abort(const Error& error);
  [[nodiscard]] std::span<HwpeUnit<H>* const> present_units() const { return {units_.data(), unit_count_}; }
  H* hal_;
  Clint<H> clint_;
  Plic<H> plic_;
  Testdev<H> testdev_;
  Interrupts<H> interrupts_;
  Watchdog<H> watchdog_;
  Accelerator<H> accelerator_;
  LayerExecutor<H> layer_executor_;
  CoreLayer<H> core_layer_;
  /// Those that are present; set by init.
  std::array<HwpeUnit<H>*, 5> units_{};
  std::uint32_t unit_count_ = 0;
  DeviceMap devices_;
  ImageView image_;
  Regions regions_;
  Superposition superposition_ = Superposition::sequential;
  std::uint32_t timeout_us_ = default_timeout_us;
  bool loaded_ = false;
  State state_ = State::failed;
  Error error_{.code =
                   ErrorCode::arguments};  ///< Of the last inference; before the first, there is nothing to wait for.
  std::uint32_t inference_ = 0;
  std::uint32_t layer_ = 0;
  bool on_core_ = false;  ///< The layer under way is the core's.
  std::span<LayerProfile> profile_;
};

template <Hal H>
Status NetworkExecutor<H>::init(const DeviceTable* table) {
  const Result<DeviceMap> devices = DeviceMap::open(table);
  if (!devices.ok()) return devices.error();
  devices_ = devices.value();
  if (const Device* testdev = devices_.find(DeviceType::testdev)) testdev_.init(testdev->base);
  const Result<Device> clint = devices_.require(DeviceType::clint);
  if (!clint.ok()) return clint.error();
  const Result<Device> plic = devices_.require(DeviceType::plic);
  if (!plic.ok()) return plic.error();
  const Result<Device> dma = devices_.require(DeviceType::dma);
  if (!dma.ok()) return dma.error();
  const Result<Device> merge = devices_.require(DeviceType::merge);
  if (!merge.ok()) return merge.error();
  hal_->guard_faults(true);
  clint_.init(clint.value().base);
  plic_.init(plic.value().base);
  interrupts_.init();
  if (const Status status = accelerator_.dma.init(dma.value().base, dma.value().interrupt); !status.ok()) return status;
  if (const Status status = accelerator_.merge.init(merge.value().base, merge.value().interrupt); !status.ok()) {
    return status;
  }
  if (const Status status = connect_unit(accelerator_.tmac, DeviceType::tmac); !status.ok()) return status;
  if (const Status status = connect_unit(accelerator_.spu, DeviceType::spu); !status.ok()) return status;
  const Fault fault = hal_->take_fault();
  if (fault.pending) return fail(ErrorCode::bus_error, {.address = fault.address});
  unit_count_ = 0;
  for (HwpeUnit<H>* unit :
       {static_cast<HwpeUnit<H>*>(&accelerator_.dma.loads()), static_cast<HwpeUnit<H>*>(&accelerator_.dma.stores()),
        static_cast<HwpeUnit<H>*>(&accelerator_.tmac), static_cast<HwpeUnit<H>*>(&accelerator_.spu),
        static_cast<HwpeUnit<H>*>(&accelerator_.merge)}) {
    const bool known = unit_count_ != 0 && units_[unit_count_ - 1] == unit;  // loads and stores on one channel
    if (unit->present() && !known) units_[unit_count_++] = unit;
  }
  return {};
}

template <Hal H>
void NetworkExecutor<H>::term() {
  state_ = State::failed;
  error_ = fail(ErrorCode::arguments);
  loaded_ = false;
  layer_executor_.cancel();
  core_layer_.cancel();
  unit_count_ = 0;
  accelerator_.dma.term();
  accelerator_.tmac.term();
  accelerator_.spu.term();
  accelerator_.merge.term();
  interrupts_.term();
  clint_.term();
  hal_->guard_faults(false);
}

/// A pass unit may be missing; whether the network needs it is only known with the image.
template <Hal H>
Status NetworkExecutor<H>::connect_unit(HwpeUnit<H>& unit, DeviceType type) {
  const Device* device = devices_.find(type);
  return device == nullptr ? Status{} : unit.init(device->base, device->interrupt);
}

template <Hal H>
Status NetworkExecutor<H>::check_devices(const image::Header& header) const {
  if (header.dense_jobs.count != 0 && !accelerator_.tmac.present()) {
    return fail(ErrorCode::missing_device, {.subject = static_cast<std::uint32_t>(DeviceType::tmac)});
  }
  if (header.sparse_jobs.count != 0 && !accelerator_.spu.present()) {
    return fail(ErrorCode::missing_device, {.subject = static_cast<std::uint32_t>(DeviceType::spu)});
  }
  return {};
}

template <Hal H>
Status NetworkExecutor<H>::load(MemoryRange image, MemoryRange arena, Superposition superposition,
                                RecordMemory records) {
  if (state_ == State::running) return fail(ErrorCode::busy);
  loaded_ = false;
  if (image.address % 4 != 0) return fail(ErrorCode::arguments, {.address = image.address});
  if (superposition > Superposition::fused) {
    return fail(ErrorCode::arguments, {.address = static_cast<std::uint32_t>(superposition)});
  }
  const std::uint8_t* bytes = hal_->view(image.address, image.size);
  if (bytes == nullptr) return fail(ErrorCode::bus_error, {.address = image.address});
  const Result<ImageView> opened = open_image(bytes, image.size, records);
  // A fault while reading explains whatever the checks found.
  if (const Fault fault = hal_->take_fault(); fault.pending) {
    return fail(ErrorCode::bus_error, {.address = fault.address});
  }
  if (!opened.ok()) return opened.error();
  const image::Header& header = opened.value().header();
  if (const Status status = check_devices(header); !status.ok()) return status;
  HardwareCapabilities hardware{.scratchpad_size = accelerator_.dma.scratchpad_size(),
                                .accumulators = accelerator_.merge.accumulators(),
                                .arena_size = arena.size};
  if (accelerator_.tmac.present()) hardware.weight_formats = accelerator_.tmac.weight_formats();
  if (accelerator_.spu.present()) {
    hardware.index_formats = accelerator_.spu.index_formats();
    hardware.value_bits = accelerator_.spu.value_bits();
    hardware.spu_lanes = accelerator_.spu.lanes();
  }
  if (const Status status = check_resources(header, hardware); !status.ok()) return status;
  if (superposition == Superposition::fused && accelerator_.tmac.present()) {
    const Status status = check_fused(opened.value(), accelerator_.tmac.fused_capabilities());
    if (!status.ok()) return status;
  }
  image_ = opened.value();
  regions_ = Regions{.image = image.address, .arena = arena.address, .scratchpad = accelerator_.dma.scratchpad_base()};
  superposition_ = superposition;
  loaded_ = true;
  return {};
}

template <Hal H>
Status NetworkExecutor<H>::dispatch(std::uint32_t input_address, std::uint32_t output_address, std::uint32_t index) {
  if (!loaded_) return fail(ErrorCode::arguments);
  if (state_ == State::running) return fail(ErrorCode::busy);
  regions_.input = input_address;
  regions_.output = output_address;
  inference_ = index;
  layer_ = 0;
  state_ = State::running;
  const std::uint64_t period = std::uint64_t{devices_.table().timebase_hz} * timeout_us_ / 1'000'000;
  watchdog_.start(period == 0 ? 1 : period);
  testdev_.mark(Event::inference_begin, inference_);
  if (const Status status = begin_layer(); !status.ok()) {
    abort(status.error());
    return error_;
  }
  if (!on_core_ && advance() == State::failed) return error_;
  return {};
}

template <Hal H>
Status NetworkExecutor<H>::resolve_wait() {
  for (;;) {
    switch (step()) {
      case State::running:
        break;
      case State::done:
        return {};
      case State::failed:
        return error_;
    }
    if (!on_core_) interrupts_.sleep();
  }
}

/// Everything that can be done between two sleeps. Called once per interrupt, so it returns no Result: errors are rare,
/// and an Error is long.
template <Hal H>
typename NetworkExecutor<H>::State NetworkExecutor<H>::step() {
  if (state_ != State::running) return state_;
  const Progress progress = bottom_half();
  if (progress == Progress::failed) return State::failed;
  if (on_core_) return advance_core();
  if (progress == Progress::finished) {
    watchdog_.kick();
    const State state = advance();
    if (state == State::done) return finish();
    if (state == State::failed) return state;
  }
  if (const Fault fault = hal_->take_fault(); fault.pending) {
    return abort(fail(ErrorCode::bus_error, {.address = fault.address}));
  }
  if (watchdog_.expired()) return abort(layer_executor_.awaited().stuck());
  return State::running;
}

/// Takes over what the interrupt handler recorded.
template <Hal H>
Progress NetworkExecutor<H>::bottom_half() {
  static_cast<void>(interrupts_.take_activity());
  Progress progress = Progress::none;
  for (HwpeUnit<H>* unit : present_units()) {
    switch (unit->service()) {
      case Progress::none:
        break;
      case Progress::finished:
        progress = Progress::finished;
        break;
      case Progress::failed:
        abort(unit->error().error());
        return Progress::failed;
    }
  }
  return progress;
}

/// Starts what has become possible; done when the last layer is.
template <Hal H>
typename NetworkExecutor<H>::State NetworkExecutor<H>::advance() {
  for (;;) {
    if (const ErrorCode code = layer_executor_.advance(); code != ErrorCode::none) {
      const HwpeUnit<H>& unit = layer_executor_.awaited();
      return abort(fail(code, {.subject = static_cast<std::uint32_t>(unit.kind())}));
    }
    if (!layer_executor_.finished()) return State::running;
    testdev_.mark(Event::layer_end, layer_);
    if (layer_ < profile_.size()) measure(profile_[layer_], false);
    ++layer_;
    if (layer_ == image_.header().layers.count) return State::done;
    if (const Status status = begin_layer(); !status.ok()) return abort(status.error());
    if (on_core_) return State::running;
  }
}

template <Hal H>
typename NetworkExecutor<H>::State NetworkExecutor<H>::finish() {
  if (const Status status = check_results(); !status.ok()) return abort(status.error());
  watchdog_.stop();
  state_ = State::done;
  testdev_.mark(Event::inference_end, inference_);
  return State::done;
}

template <Hal H>
Status NetworkExecutor<H>::begin_layer() {
  testdev_.mark(Event::layer_begin, layer_);
  if (layer_ < profile_.size()) measure(profile_[layer_], true);
  const image::Layer layer = image_.layer(layer_);
  on_core_ = layer.kind == image::LayerKind::core;
  if (on_core_) return core_layer_.begin(image_, regions_, layer);
  const bool last = layer_ + 1 == image_.header().layers.count;
  layer_executor_.dispatch(image_, regions_, superposition_, layer, last ? image::Layer{} : image_.layer(layer_ + 1));
  return {};
}

/// One unit of the core's work, which the watchdog takes for progress.
template <Hal H>
typename NetworkExecutor<H>::State NetworkExecutor<H>::advance_core() {
  if (!core_layer_.finished()) core_layer_.advance();
  watchdog_.kick();
  if (const Fault fault = hal_->take_fault(); fault.pending) {
    return abort(fail(ErrorCode::bus_error, {.address = fault.address}));
  }
  if (!core_layer_.finished()) return State::running;
  testdev_.mark(Event::layer_end, layer_);
  if (layer_ < profile_.size()) measure(profile_[layer_], false);
  ++layer_;
  if (layer_ == image_.header().layers.count) return finish();
  if (const Status status = begin_layer(); !status.ok()) return abort(status.error());
  if (on_core_) return State::running;
  return advance() == State::failed ? State::failed : State::running;
}

/// Takes the counters off at a layer's begin, and adds them at its end: sums of differences, modulo 2^32.
template <Hal H>
void NetworkExecutor<H>::measure(LayerProfile& layer, bool begins) {
  const auto add = [begins](std::uint32_t& sum, std::uint32_t count) { sum += begins ? 0 - count : count; };
  const auto add_unit = [&](LayerProfile::Unit index, HwpeUnit<H>& unit) {
    if (unit.present()) add(layer.compute[index], unit.compute_cycles());
  };
  if (!begins) add(layer.cycles, hal_->cycles());
  add_unit(LayerProfile::loads, accelerator_.dma.loads());
  if (accelerator_.dma.channels() > 1) add_unit(LayerProfile::stores, accelerator_.dma.stores());
  add_unit(LayerProfile::tmac, accelerator_.tmac);
  add_unit(LayerProfile::spu, accelerator_.spu);
  add_unit(LayerProfile::merge, accelerator_.merge);
  if (begins) add(layer.cycles, hal_->cycles());
}

/// The last line of defence against results that are wrong without anybody having said so.
template <Hal H>
Status NetworkExecutor<H>::check_results() {
  if (const Fault fault = hal_->take_fault(); fault.pending) {
    return fail(ErrorCode::bus_error, {.address = fault.address});
  }
  for (HwpeUnit<H>* unit : present_units()) {
    if (const Status status = unit->error(); !status.ok()) return status;
    if (const std::uint32_t overflows = unit->overflow_count(); overflows != 0) {
      return fail(ErrorCode::overflow, {.subject = static_cast<std::uint32_t>(unit->kind()), .have = overflows});
    }
  }
  return {};
}

/// Stops everything and keeps the error.
template <Hal H>
typename NetworkExecutor<H>::State NetworkExecutor<H>::abort(const Error& error) {
  error_ = error;
  state_ = State::failed;
  watchdog_.stop();
  layer_executor_.cancel();
  core_layer_.cancel();
  on_core_ = false;
  for (HwpeUnit<H>* unit : present_units()) unit->soft_clear();
  // Clearing units that do not answer leaves faults behind that are not the next run's.
  static_cast<void>(hal_->take_fault());
  return state_;
}

}  // namespace terse::driver
