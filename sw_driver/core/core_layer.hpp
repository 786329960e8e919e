#pragma once
// Runs a layer of the core over the memory that its job names.
#include "sw_driver/core/core_executor.hpp"
#include "sw_driver/hal.hpp"
#include "sw_driver/image_view.hpp"
#include "sw_driver/result.hpp"
#include "sw_driver/tile_executor.hpp"

namespace terse::driver {

template <Hal H>
class CoreLayer {
 public:
  explicit CoreLayer(H& hal) : hal_(&hal) {}

  /// `image` must outlive the layer. Error: bus_error where a tensor lies outside of memory.
  Status begin(const ImageView& image, const Regions& regions, const image::Layer& layer) {
    const image::CoreJob job = image.core_job(layer.core_job);
    CoreWork& work = executor_.work();
    work.job = job;
    work.data = image.core_data(job);
    for (std::uint32_t index = 0; index < job.operand_count; ++index) {
      CoreTensor& tensor = index + 1 == job.operand_count ? work.output : work.inputs[index];
      tensor.shape = image.core_operand(job.first_operand + index);
      const std::uint32_t address = regions.base(tensor.shape.region) + tensor.shape.offset;
      tensor.bytes = hal_->memory(address, tensor.elements() * tensor.shape.element_bytes);
      if (tensor.bytes == nullptr) return fail(ErrorCode::bus_error, {.address = address});
    }
    hal_->barrier();  // what the DMA stored
    executor_.begin();
    return {};
  }

  [[nodiscard]] bool finished() const { return executor_.finished(); }
  /// One unit of work.
  void advance() {
    executor_.advance();
    if (executor_.finished()) hal_->barrier();  // for the DMA
  }
  void cancel() { executor_.cancel(); }

 private:
  H* hal_;
  CoreExecutor executor_;
};

}  // namespace terse::driver
