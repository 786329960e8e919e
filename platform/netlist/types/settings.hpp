#pragma once
// ModuleSettings for a module whose parameters are one plain struct.
#include <functional>
#include <memory>

#include "platform/netlist/module_type.hpp"

namespace terse::netlist {

template <class Parameters>
concept HasProblems = requires(const Parameters& parameters) {
  parameters.problems();
};

template <class Parameters>
class PlainSettings final : public ModuleSettings {
 public:
  using Build = std::function<Component(const Parameters&, const BuildContext&)>;
  using Count = std::function<std::uint64_t(const Parameters&)>;

  PlainSettings(Build build, Count address_size, Count interrupts)
      : build_(std::move(build)), address_size_(std::move(address_size)), interrupts_(std::move(interrupts)) {}

  ParameterList parameters() override { return parameters_.parameters(); }
  [[nodiscard]] ParameterProblems problems() const override {
    if constexpr (HasProblems<Parameters>) return parameters_.problems();
    return {};
  }
  [[nodiscard]] std::uint64_t address_size() const override { return address_size_(parameters_); }
  [[nodiscard]] std::uint32_t interrupt_lines() const override {
    return static_cast<std::uint32_t>(interrupts_(parameters_));
  }
  [[nodiscard]] Component build(const BuildContext& context) const override { return build_(parameters_, context); }

 private:
  Parameters parameters_;
  Build build_;
  Count address_size_, interrupts_;
};

/// A maker of settings for ModuleType::make.
template <class Parameters>
std::function<std::unique_ptr<ModuleSettings>()> settings(typename PlainSettings<Parameters>::Build build,
                                                          typename PlainSettings<Parameters>::Count address_size,
                                                          typename PlainSettings<Parameters>::Count interrupts) {
  return [=] { return std::make_unique<PlainSettings<Parameters>>(build, address_size, interrupts); };
}

/// A fixed number of bytes or lines.
inline auto always(std::uint64_t value) {
  return [value](const auto&) { return value; };
}

/// Makes an initiator port bindable by name.
template <class Socket>
std::function<void(TargetSocket&)> binder(Socket& socket) {
  return [&socket](TargetSocket& target) { socket.bind(target); };
}

/// Makes a wire (sc_in or sc_out) bindable by name.
template <class Port>
std::function<void(sc_core::sc_signal<bool>&)> wire(Port& port) {
  return [&port](sc_core::sc_signal<bool>& signal) { port.bind(signal); };
}

void register_system_types(TypeRegistry& registry);
void register_accelerator_types(TypeRegistry& registry);

}  // namespace terse::netlist
