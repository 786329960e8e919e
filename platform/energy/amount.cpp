#include "platform/energy/amount.hpp"

#include <cmath>

namespace terse::energy {

using technology::Entry;
using technology::Table;

namespace {

double& part(Amount& amount, Entry entry) {
  return amount.parts[static_cast<std::size_t>(entry)];
}

}  // namespace

Amount& Amount::operator+=(const Amount& other) {
  value += other.value;
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] += other.parts[i];
  return *this;
}

Amount operator*(Amount amount, double factor) {
  amount.value *= factor;
  for (double& part : amount.parts) part *= factor;
  return amount;
}

double Amount::uncertainty(const Table& table) const {
  double variance = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const double deviation = parts[i] * table.uncertainty(static_cast<Entry>(i));
    variance += deviation * deviation;
  }
  return std::sqrt(variance);
}

Ratio ratio(const Amount& numerator, const Amount& denominator, const Table& table) {
  Ratio result;
  if (denominator.value == 0) return result;
  result.value = numerator.value / denominator.value;
  double variance = 0;
  for (std::size_t i = 0; i < numerator.parts.size(); ++i) {
    const double deviation = (numerator.parts[i] - result.value * denominator.parts[i]) / denominator.value *
                             table.uncertainty(static_cast<Entry>(i));
    variance += deviation * deviation;
  }
  result.uncertainty = std::sqrt(variance);
  return result;
}

Amount Prices::of(double count, Entry entry) const {
  Amount amount;
  amount.value = count * table_->value(entry, user_);
  part(amount, entry) = amount.value;
  if (table_->is_scaled(entry)) part(amount, Entry::scaling) = amount.value;
  return amount;
}

Amount Prices::of(double count, Entry entry, Entry other) const {
  const Amount factor = of(1, other);
  Amount amount = of(count * factor.value, entry);
  part(amount, other) += amount.value;
  if (table_->is_scaled(other)) part(amount, Entry::scaling) += amount.value;
  return amount;
}

Amount Prices::of_memory(double count, Entry entry, double kib, double bits) const {
  Amount amount;
  amount.value = count * table_->value(entry, kib, bits, user_);
  part(amount, entry) = amount.value;
  if (table_->is_scaled(entry)) part(amount, Entry::scaling) = amount.value;
  return amount;
}

}  // namespace terse::energy
