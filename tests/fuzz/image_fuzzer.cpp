// Any bytes as a network image whose size and checksum are right: refused, or every job of the core stays within the
// tensors that the image states, and whoever compiled it reads it back.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "compiler/compiler.hpp"
#include "compiler/image_check.hpp"
#include "sw_driver/core/core_executor.hpp"
#include "sw_driver/validate.hpp"
#include "tests/sw_driver/synthetic_image.hpp"

namespace {

namespace driver = terse::driver;
namespace image = terse::image;

constexpr std::uint32_t greatest_region = 1 << 20;      // larger ones are no fault, only slow
constexpr std::uint32_t greatest_units_of_work = 4096;  // likewise

void run_core_jobs(const driver::ImageView& view) {
  const image::Header& header = view.header();
  if (header.arena_size > greatest_region || header.input_size > greatest_region ||
      header.output_size > greatest_region) {
    return;
  }
  std::vector<std::uint8_t> arena(header.arena_size), input(header.input_size), output(header.output_size);
  const auto base = [&](image::Region region) {
    return region == image::Region::arena   ? arena.data()
           : region == image::Region::input ? input.data()
                                            : output.data();
  };
  driver::CoreExecutor executor;
  std::uint32_t units = 0;
  for (std::uint32_t index = 0; index < header.core_jobs.count; ++index) {
    driver::CoreWork& work = executor.work();
    work.job = view.core_job(index);
    work.data = view.core_data(work.job);
    for (std::uint32_t i = 0; i < work.job.operand_count; ++i) {
      const image::CoreOperand shape = view.core_operand(work.job.first_operand + i);
      (i + 1 == work.job.operand_count ? work.output : work.inputs[i]) = {shape, base(shape.region) + shape.offset};
    }
    executor.begin();
    while (!executor.finished() && units++ < greatest_units_of_work) executor.advance();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> bytes(data, data + size);
  if (bytes.size() < sizeof(image::Header) || bytes.size() % 4 != 0) {
    (void)driver::open_image(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    return 0;
  }
  terse::test::header_of(bytes).size = static_cast<std::uint32_t>(bytes.size());
  terse::test::seal(bytes);
  if (const auto view = driver::open_image(bytes.data(), static_cast<std::uint32_t>(bytes.size())); view.ok()) {
    (void)driver::check_resources(view.value().header(), {});
    (void)driver::check_fused(view.value(), 0x00080801);
    run_core_jobs(view.value());
  }
  try {
    terse::compiler::inspect_image(bytes);
  } catch (const terse::compiler::CompileError&) {
    // A sound answer.
  }
  return 0;
}
