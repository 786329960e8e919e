#include "models/spu/spu_dataflows.hpp"

#include "models/clocked/nominal_time.hpp"
#include "models/clocked/stream_engine.hpp"
#include "models/convolution/ceil_div.hpp"
#include "models/spu/built_in_dataflows.hpp"
#include "models/spu/spu_work.hpp"

namespace terse {
namespace {

class StreamedDataflow final : public SpuDataflow {
 public:
  StreamedDataflow(const SpuWork& work, const SpuScheduleMaker& make, const SpuTrafficRule& traffic)
      : work_(work), make_(make), traffic_(traffic) {}

  [[nodiscard]] std::unique_ptr<Clocked> engine(const BankLayout& layout) override {
    schedule_ = make_(work_);
    return std::make_unique<StreamEngine>(work_.stream_parameters(), *schedule_, layout);
  }
  [[nodiscard]] JobTime nominal() override {
    // Without a limit on words per cycle a fetch takes one cycle whatever it fetches.
    SpuWork work = work_;
    work.merge_steps = work.parameters->gather_ports == 0;
    return nominal_time(*make_(work), work.stream_parameters(), work.bank_width);
  }
  [[nodiscard]] SpuTraffic traffic(const SpuWork& work, std::uint64_t effective) const override {
    return traffic_ ? traffic_(work, effective) : SpuDataflow::traffic(work, effective);
  }

 private:
  const SpuWork& work_;
  const SpuScheduleMaker& make_;
  const SpuTrafficRule& traffic_;
  std::unique_ptr<Schedule> schedule_;
};

}  // namespace

SpuTraffic SpuDataflow::traffic(const SpuWork& work, std::uint64_t effective) const {
  const std::uint64_t at_a_time = work.parameters->lanes / work.channels();
  SpuTraffic traffic;
  traffic.values_read = work.stored_values() * ceil_div(work.shape.pixels(), at_a_time);
  traffic.slots = work.stored_values() * work.shape.pixels();
  traffic.gathers = products_fetched(work, effective);
  traffic.accumulator_writes = work.shape.outputs();
  return traffic;
}

/// Format dense fetches for any value, as there is no index that tells a zero before it is read.
std::uint64_t products_fetched(const SpuWork& work, std::uint64_t effective) {
  if (work.decodes_indices()) return effective;
  return work.shape.positions_inside() * work.shape.input_channels * work.shape.output_channels;
}

std::function<std::unique_ptr<SpuDataflow>(const SpuWork&)> streamed(SpuScheduleMaker make, SpuTrafficRule traffic) {
  struct Makers {
    SpuScheduleMaker schedule;
    SpuTrafficRule traffic;
  };
  // They outlive their dataflows, as makers do not leave spu_dataflows().
  return [makers = std::make_shared<Makers>(Makers{std::move(make), std::move(traffic)})](const SpuWork& work) {
    return std::make_unique<StreamedDataflow>(work, makers->schedule, makers->traffic);
  };
}

SpuDataflows& spu_dataflows() {
  static SpuDataflows dataflows(
      {{.name = "gather",
        .sentence = "each lane fetches its own activation for each of its stored values",
        .make = streamed(gather_schedule)},
       {.name = "broadcast",
        .sentence = "a stored value meets a vector of pixels, one per lane",
        .make = streamed(broadcast_schedule, broadcast_traffic)},
       {.name = "activation_broadcast",
        .sentence = "an activation goes to all lanes, each of which works through its stored values of that column "
                    "(index format relative_columns, or dense)",
        .make = activation_broadcast}});
  return dataflows;
}

}  // namespace terse
