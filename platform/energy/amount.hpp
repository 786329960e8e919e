#pragma once
// A sum of products of table entries, with its uncertainty.
//
// Uncertainty, to first order: an entry's relative error moves everything that contains it alike (fully correlated),
// different entries err independently. So an amount keeps, for each entry, the part of its value that is proportional to
// it, and its variance is the sum over entries of (relative uncertainty * part)^2.
#include <array>
#include <string>

#include "platform/technology/table.hpp"

namespace terse::energy {

struct Amount {
  double value = 0;
  std::array<double, technology::entry_count> parts{};  ///< By entry; a product counts for each of its factors.

  Amount& operator+=(const Amount& other);
  friend Amount operator+(Amount a, const Amount& b) { return a += b; }
  friend Amount operator*(Amount amount, double factor);

  /// One standard deviation, in the unit of `value`.
  [[nodiscard]] double uncertainty(const technology::Table& table) const;
};

/// `numerator / denominator` with its uncertainty: what both owe to one entry cancels.
struct Ratio {
  double value = 0;
  double uncertainty = 0;
};
[[nodiscard]] Ratio ratio(const Amount& numerator, const Amount& denominator, const technology::Table& table);

/// Reads a table on behalf of a user, whom the message names when an entry is missing.
class Prices {
 public:
  Prices(const technology::Table& table, std::string user) : table_(&table), user_(std::move(user)) {}

  /// `count` times an entry, or times the product of two.
  [[nodiscard]] Amount of(double count, technology::Entry entry) const;
  [[nodiscard]] Amount of(double count, technology::Entry entry, technology::Entry other) const;
  /// `count` times an entry over the size and word width of a memory.
  [[nodiscard]] Amount of_memory(double count, technology::Entry entry, double kib, double bits) const;
  [[nodiscard]] const technology::Table& table() const { return *table_; }

 private:
  const technology::Table* table_;
  std::string user_;
};

}  // namespace terse::energy
