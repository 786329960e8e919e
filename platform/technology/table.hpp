#pragma once
// A technology table: energies, areas and leakage of a node at a voltage, each with its source and uncertainty.
//
// File (technology/*.yaml):
//   node_nm: 45              also voltage: 0.9 (V), temperature_c: 25, description
//   include: FILE            entries of another file, which those of this one override
//   scale_from: NAME         a table whose entries are scaled to this node and voltage; own entries override; then also
//                            scaling: {uncertainty: 0.3, source: "..."}
//   voltage_scaling: {uncertainty: 0.2, source: "..."}   of using the table at another voltage than its own
//   entries:
//     adder_bit: {value: 0.00375, unit: pJ, uncertainty: 0.3, source: "..."}
//     sram_read: {size_kib: [[1, 1.43], ...], width_bits: [[32, 0.88], ...], factor: 1.5, unit: pJ, ...}
//                            pJ over KiB of the memory for a word of 64 bits, interpolated (and extended) as a power
//                            law between points, times a factor over the width of the word, times `factor`
//
// Uncertainties are relative, one standard deviation: 0.4 means that two thirds of what is meant lie within 40 %.
#include <array>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "platform/configuration/node.hpp"
#include "platform/technology/entry.hpp"

namespace terse::technology {

/// One entry as its file gives it, in the file's node and at its voltage.
struct EntryValue {
  using Points = std::vector<std::pair<double, double>>;
  double value = 0;  ///< Without points.
  Points size_kib, width_bits;
  double factor = 1;
  double uncertainty = 0;
  std::string source;
  bool own = true;  ///< Not taken over by scale_from.
};

class Table {
 public:
  /// `name`: a built-in table ("22nm") or a file. `place`: where it was named, for the message when there is none.
  /// Throws ConfigurationError.
  static Table load(const std::string& name, const configuration::Place& place);
  /// Names of the tables of technology/, by node.
  static std::vector<std::string> built_in();

  /// The same at another voltage: dynamic energy by energy_factor(), wires and memory as scaled() says, leakage with
  /// the cube of the voltage.
  [[nodiscard]] Table at_voltage(double voltage) const;

  /// Value of an entry; throws MissingEntry with `user`, who needs it.
  [[nodiscard]] double value(Entry entry, const std::string& user) const;
  /// The same for an entry over the size of a memory and the width of its word.
  [[nodiscard]] double value(Entry entry, double kib, double bits, const std::string& user) const;
  /// Relative; of Entry::scaling: of the scaling of this table, 0 when it is used as it is.
  [[nodiscard]] double uncertainty(Entry entry) const;
  /// Whether value() contains a factor of scaling.
  [[nodiscard]] bool is_scaled(Entry entry) const;

  [[nodiscard]] const std::optional<EntryValue>& entry(Entry entry) const {
    return entries_[static_cast<std::size_t>(entry)];
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::string& text() const { return description_; }
  [[nodiscard]] double node_nm() const { return node_nm_; }
  [[nodiscard]] double voltage() const { return voltage_; }
  [[nodiscard]] double temperature_c() const { return temperature_c_; }
  [[nodiscard]] const std::string& scaled_from() const { return scale_from_; }
  [[nodiscard]] const std::string& scaling_source() const { return scaling_source_; }

 private:
  friend class TableReader;

  /// Multiplies the factors of all kinds of scaling by those from (node, voltage) to (node, voltage).
  void scale(double node_from, double voltage_from, double node_to, double voltage_to);
  [[nodiscard]] const EntryValue& needed(Entry entry, const std::string& user) const;
  [[nodiscard]] double factor(Entry entry) const;

  std::string name_, file_, description_, scale_from_, scaling_source_;
  double node_nm_ = 0, voltage_ = 0, temperature_c_ = 25;
  double scaling_uncertainty_ = 0;  ///< Of scale_from.
  double voltage_uncertainty_ = 0;  ///< Of at_voltage, as the file says.
  bool at_other_voltage_ = false;
  std::array<double, 6> node_factors_ = {1, 1, 1, 1, 1, 1};     ///< By Scaling; for entries taken over.
  std::array<double, 6> voltage_factors_ = {1, 1, 1, 1, 1, 1};  ///< By Scaling; for all entries.
  std::array<std::optional<EntryValue>, entry_count> entries_;
};

/// A table lacks an entry that somebody needs; the text names entry, user and file.
class MissingEntry : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace terse::technology
