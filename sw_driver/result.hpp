#pragma once
// Errors of the driver. No exceptions: a function that can fail returns Status or Result<T>, and an Error says what
// failed, where in the hardware (unit, address, job) and where in the driver's source (file, line).
#include <cstdint>
#include <source_location>
#include <type_traits>
#include <utility>

namespace terse::driver {

/// What went wrong. The values are the guest's error codes (testdev ERROR_CODE) and never change their meaning.
enum class ErrorCode : std::uint32_t {
  none = 0,
  device_table = 1,         ///< No device table, or one of another version. value: what was found; address: where.
  missing_device = 2,       ///< subject: DeviceType that is needed.
  foreign_unit = 3,         ///< The capability block is not the expected one. address: register; need, have: values.
  arguments = 4,            ///< An argument of a run is unusable. address: the argument's value.
  image_magic = 16,         ///< Not a network image. have: the first word.
  image_version = 17,       ///< need: the driver's version; have: the image's.
  image_size = 18,          ///< need: bytes by the image's header; have: bytes there.
  image_checksum = 19,      ///< need: by the header; have: calculated.
  image_structure = 20,     ///< A section, index or transfer leaves its bounds. subject: Part; address: record index.
  hardware_too_small = 32,  ///< subject: Resource; need, have.
  bus_error = 48,           ///< An access of the core was answered with an error. address: the access.
  unit_error = 49,  ///< A unit stopped. subject: unit; unit_code: its ERR_CODE; address: its ERR_ADDR; tag: of the job.
  timeout = 50,     ///< A unit did not finish in time. subject: unit; tag: of the job.
  overflow = 51,    ///< Accumulators overflowed, results are wrong. subject: unit; have: number of overflows.
  queue_full = 52,  ///< Every context of the unit is taken; not fatal: try again after an interrupt.
  unit_locked = 53,      ///< Somebody holds an acquired job of the unit.
  busy = 54,             ///< An inference is under way.
  unexpected_trap = 64,  ///< The firmware trapped. subject: mcause; address: mtval; have: mepc.
};

/// A part of the hardware that an image needs (subject of hardware_too_small).
enum class Resource : std::uint32_t {
  scratchpad = 0,        ///< Bytes.
  accumulators = 1,      ///< Per plane.
  arena = 2,             ///< Bytes of activation memory.
  index_formats = 3,     ///< Bit mask of spu index formats.
  value_bits = 4,        ///< Bit mask, bit b: values of b bits.
  weight_formats = 5,    ///< Bit mask of tmac weight formats.
  fused_formats = 6,     ///< Bit mask of index formats of tmac's fused lanes; there are none where have is 0.
  fused_value_bits = 7,  ///< Bit mask, bit b: fused values of b bits.
  spu_lanes = 8,         ///< The image is made for so many lanes, neither more nor fewer.
};

/// A part of a network image (subject of image_structure).
enum class Part : std::uint32_t {
  layers = 0,
  tiles = 1,
  transfers = 2,
  dense_jobs = 3,
  sparse_jobs = 4,
  merge_jobs = 5,
  names = 6,
  data = 7,
  header = 8,
  core_jobs = 9,
  core_operands = 10,
};

inline constexpr std::uint32_t no_tag = 0xFFFFFFFF;

struct Error {
  ErrorCode code = ErrorCode::none;
  std::uint32_t subject = 0;    ///< Unit, device, resource or part, see ErrorCode.
  std::uint32_t unit_code = 0;  ///< ERR_CODE of the unit.
  std::uint32_t address = 0;
  std::uint32_t need = 0;
  std::uint32_t have = 0;
  std::uint32_t tag = no_tag;  ///< TAG of the job concerned.
  const char* file = nullptr;  ///< Place in the driver that noticed.
  std::uint32_t line = 0;
};

/// An Error with the place of the caller.
[[nodiscard]] constexpr Error fail(ErrorCode code, Error details = {},
                                   std::source_location place = std::source_location::current()) {
  details.code = code;
  details.file = place.file_name();
  details.line = place.line();
  return details;
}

/// Success or an Error.
class [[nodiscard]] Status {
 public:
  constexpr Status() = default;
  constexpr Status(const Error& error) : error_(error) {}  // implicit, so that `return fail(...)` reads well

  [[nodiscard]] constexpr bool ok() const { return error_.code == ErrorCode::none; }
  [[nodiscard]] constexpr const Error& error() const { return error_; }

 private:
  Error error_;
};

/// A value or an Error. T is default-constructible.
template <typename T>
class [[nodiscard]] Result {
  static_assert(std::is_default_constructible_v<T>);

 public:
  constexpr Result(T value) : value_(std::move(value)) {}
  constexpr Result(const Error& error) : error_(error) {}

  [[nodiscard]] constexpr bool ok() const { return error_.code == ErrorCode::none; }
  [[nodiscard]] constexpr const Error& error() const { return error_; }
  /// Meaningful only when ok().
  [[nodiscard]] constexpr const T& value() const { return value_; }

 private:
  T value_{};
  Error error_;
};

}  // namespace terse::driver
