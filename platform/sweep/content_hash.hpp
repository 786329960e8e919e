#pragma once
// Hashes of what files hold, each read once.
#include <filesystem>
#include <map>
#include <string>

namespace terse::sweep {

/// Name-based UUID (RFC 4122, version 5) of a text.
std::string hash_of_text(const std::string& text);

class ContentHashes {
 public:
  /// Of a file, or of all files of a folder with their names; that of nothing for what is not there.
  const std::string& of(const std::filesystem::path& path);
  /// Of a network's file and of the files beside it that it names: weights may be in files of their own.
  const std::string& of_network(const std::filesystem::path& file);

 private:
  std::map<std::filesystem::path, std::string> files_, networks_;
};

}  // namespace terse::sweep
