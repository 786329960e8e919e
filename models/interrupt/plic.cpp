#include "models/interrupt/plic.hpp"

#include <optional>

#include "registers/generated/plic.hpp"

namespace terse {

namespace {

namespace offsets = registers::plic;

constexpr std::uint32_t bits_per_word = 32;

/// Index of the element of an array of registers at `base`, if `offset` is one.
std::optional<std::uint32_t> element(std::uint32_t offset, std::uint32_t base, std::uint32_t count) {
  if (offset < base || offset >= base + 4 * count) return {};
  return (offset - base) / 4;
}

template <std::size_t Size>
std::uint32_t word_of(const std::bitset<Size>& bits, std::uint32_t word) {
  std::uint32_t value = 0;
  for (std::uint32_t bit = 0; bit < bits_per_word; ++bit) {
    if (bits.test(word * bits_per_word + bit)) value |= std::uint32_t{1} << bit;
  }
  return value;
}

}  // namespace

Plic::Plic(sc_core::sc_module_name name, const PlicParameters& parameters)
    : sc_module(name),
      sources("sources", parameters.sources),
      priority_mask_((std::uint32_t{1} << parameters.priority_bits) - 1) {
  static_assert(offsets::priority_count == source_limit && offsets::enable_count == source_limit / bits_per_word);
  socket.register_b_transport(this, &Plic::b_transport);
  socket.register_transport_dbg(this, &Plic::transport_dbg);

  sc_core::sc_spawn_options method;
  method.spawn_method();
  for (auto& source : sources) method.set_sensitivity(&source);
  sc_core::sc_spawn(
      [this] {
        sample_sources();
        update_output();
      },
      "sample_sources", &method);
}

void Plic::b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  synchronize(delay);
  access_register(transaction, delay, *this);
  update_output();
  output_.settle();
}

unsigned Plic::transport_dbg(tlm::tlm_generic_payload& transaction) {
  return access_register_debug(transaction, *this);
}

RegisterError Plic::peek_register(std::uint32_t offset, std::uint32_t& value) const {
  if (const auto source = element(offset, offsets::priority, offsets::priority_count)) {
    value = priority_[*source];
  } else if (const auto pending_word = element(offset, offsets::pending, offsets::pending_count)) {
    value = word_of(pending_, *pending_word);
  } else if (const auto enable_word = element(offset, offsets::enable, offsets::enable_count)) {
    value = word_of(enabled_, *enable_word);
  } else if (offset == offsets::threshold) {
    value = threshold_;
  } else if (offset == offsets::claim_complete) {
    value = most_urgent();
  } else {
    return RegisterError::no_register;
  }
  return RegisterError::none;
}

RegisterError Plic::read_register(std::uint32_t offset, std::uint32_t& value, sc_core::sc_time& /*delay*/) {
  const RegisterError error = peek_register(offset, value);
  if (error == RegisterError::none && offset == offsets::claim_complete && value != 0) {
    pending_.reset(value);
    claimed_.set(value);
  }
  return error;
}

RegisterError Plic::write_register(std::uint32_t offset, std::uint32_t value, sc_core::sc_time& /*delay*/) {
  if (const auto source = element(offset, offsets::priority, offsets::priority_count)) {
    if (*source >= 1 && *source <= sources.size()) priority_[*source] = value & priority_mask_;
  } else if (element(offset, offsets::pending, offsets::pending_count)) {
    return RegisterError::not_writable;
  } else if (const auto enable_word = element(offset, offsets::enable, offsets::enable_count)) {
    set_enables(*enable_word, value);
  } else if (offset == offsets::threshold) {
    threshold_ = value & priority_mask_;
  } else if (offset == offsets::claim_complete) {
    complete(value);
  } else {
    return RegisterError::no_register;
  }
  return RegisterError::none;
}

void Plic::set_enables(std::uint32_t word, std::uint32_t value) {
  for (std::uint32_t bit = 0; bit < bits_per_word; ++bit) {
    const std::uint32_t source = word * bits_per_word + bit;
    if (source >= 1 && source <= sources.size()) enabled_.set(source, (value >> bit & 1) != 0);
  }
}

void Plic::complete(std::uint32_t source) {
  if (source >= source_limit || !enabled_.test(source) || !claimed_.test(source)) return;
  claimed_.reset(source);
  sample_sources();
}

void Plic::sample_sources() {
  for (std::uint32_t source = 1; source <= sources.size(); ++source) {
    if (sources[source - 1].read() && !claimed_.test(source)) pending_.set(source);
  }
}

std::uint32_t Plic::most_urgent() const {
  std::uint32_t best = 0;
  for (std::uint32_t source = 1; source <= sources.size(); ++source) {
    // priority_[0] is zero, so the first candidate needs a priority of at least 1.
    if (pending_.test(source) && enabled_.test(source) && priority_[source] > priority_[best]) best = source;
  }
  return best;
}

void Plic::update_output() {
  output_.set(priority_[most_urgent()] > threshold_);
}

}  // namespace terse
