#pragma once
// Files of the host that a guest may use through semihosting: those below one folder, and nothing else.
//
// Refused with EACCES: every path if no folder was given, absolute paths, paths that leave the folder by ".." or by a
// symbolic link, and whatever is no regular file. Every operation returns an errno, 0 for success.
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

namespace terse::run {

class GuestFiles {
 public:
  static constexpr std::size_t most_open = 64;

  /// `folder` empty: no files.
  explicit GuestFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  ~GuestFiles();
  GuestFiles(const GuestFiles&) = delete;
  GuestFiles& operator=(const GuestFiles&) = delete;

  /// `flags` as of open(2). The handle is at least 4: smaller ones are left to the console.
  int open(const std::string& path, int flags, std::uint32_t& handle);
  int close(std::uint32_t handle);
  /// `done`: bytes transferred; fewer than asked for at the end of the file.
  int read(std::uint32_t handle, std::span<std::uint8_t> bytes, std::size_t& done) const;
  int write(std::uint32_t handle, std::span<const std::uint8_t> bytes, std::size_t& done) const;
  int seek(std::uint32_t handle, std::uint32_t position) const;
  int length(std::uint32_t handle, std::uint32_t& bytes) const;
  int remove(const std::string& path) const;
  int rename(const std::string& from, const std::string& to) const;
  [[nodiscard]] bool is_open(std::uint32_t handle) const { return descriptors_.contains(handle); }

 private:
  /// The real path, or an errno.
  int resolve(const std::string& path, std::filesystem::path& resolved) const;
  [[nodiscard]] int descriptor(std::uint32_t handle) const;

  std::filesystem::path folder_;
  std::map<std::uint32_t, int> descriptors_;
};

}  // namespace terse::run
