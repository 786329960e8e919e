#include "platform/run/guest_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace terse::run {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t first_handle = 4;
constexpr ::mode_t new_file_mode = 0644;

bool lies_below(const fs::path& path, const fs::path& folder) {
  const auto [rest, end] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return rest == folder.end() && end != path.end();
}

}  // namespace

GuestFiles::~GuestFiles() {
  for (const auto& [handle, descriptor] : descriptors_) ::close(descriptor);
}

int GuestFiles::resolve(const std::string& path, fs::path& resolved) const {
  if (path.empty()) return ENOENT;
  if (folder_.empty() || fs::path(path).is_absolute() || path.find('\0') != std::string::npos) return EACCES;
  std::error_code error;
  const fs::path folder = fs::canonical(folder_, error);
  if (error) return error.value();
  // The last part stays as it is: it may not exist yet, and if it is a link, that link is what remove() is about.
  // open() does not follow it.
  const fs::path full = folder / path;
  const fs::path parent = fs::canonical(full.parent_path(), error);
  if (error) return lies_below((folder / path).lexically_normal(), folder) ? error.value() : EACCES;
  resolved = parent / full.filename();
  const bool named = full.filename() != "." && full.filename() != ".." && !full.filename().empty();
  return named && lies_below(resolved, folder) ? 0 : EACCES;
}

int GuestFiles::descriptor(std::uint32_t handle) const {
  const auto found = descriptors_.find(handle);
  return found == descriptors_.end() ? -1 : found->second;
}

int GuestFiles::open(const std::string& path, int flags, std::uint32_t& handle) {
  if (descriptors_.size() >= most_open) return EMFILE;
  fs::path resolved;
  if (const int error = resolve(path, resolved)) return error;
  // A pipe must not block the simulation, and is refused below.
  const int descriptor = ::open(resolved.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, new_file_mode);
  if (descriptor < 0) return errno == ELOOP ? EACCES : errno;
  struct ::stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return EACCES;
  }
  handle = first_handle;
  while (descriptors_.contains(handle)) ++handle;
  descriptors_[handle] = descriptor;
  return 0;
}

int GuestFiles::close(std::uint32_t handle) {
  const auto found = descriptors_.find(handle);
  if (found == descriptors_.end()) return EBADF;
  const int result = ::close(found->second);
  descriptors_.erase(found);
  return result == 0 ? 0 : errno;
}

int GuestFiles::read(std::uint32_t handle, std::span<std::uint8_t> bytes, std::size_t& done) const {
  for (done = 0; done < bytes.size();) {
    const ::ssize_t count = ::read(descriptor(handle), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno != EINTR) return errno;
    if (count == 0) break;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  return 0;
}

int GuestFiles::write(std::uint32_t handle, std::span<const std::uint8_t> bytes, std::size_t& done) const {
  for (done = 0; done < bytes.size();) {
    const ::ssize_t count = ::write(descriptor(handle), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno != EINTR) return errno;
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  return 0;
}

int GuestFiles::seek(std::uint32_t handle, std::uint32_t position) const {
  return ::lseek(descriptor(handle), position, SEEK_SET) < 0 ? errno : 0;
}

int GuestFiles::length(std::uint32_t handle, std::uint32_t& bytes) const {
  struct ::stat status {};
  if (::fstat(descriptor(handle), &status) != 0) return errno;
  if (status.st_size > 0x7FFF'FFFF) return EFBIG;
  bytes = static_cast<std::uint32_t>(status.st_size);
  return 0;
}

int GuestFiles::remove(const std::string& path) const {
  fs::path resolved;
  if (const int error = resolve(path, resolved)) return error;
  return ::unlink(resolved.c_str()) == 0 ? 0 : errno;
}

int GuestFiles::rename(const std::string& from, const std::string& to) const {
  fs::path source, destination;
  if (const int error = resolve(from, source)) return error;
  if (const int error = resolve(to, destination)) return error;
  return ::rename(source.c_str(), destination.c_str()) == 0 ? 0 : errno;
}

}  // namespace terse::run
