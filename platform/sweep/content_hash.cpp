#include "platform/sweep/content_hash.hpp"

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <fstream>
#include <sstream>
#include <vector>

namespace terse::sweep {
namespace {

std::string contents(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::string hash_of_text(const std::string& text) {
  const boost::uuids::name_generator_sha1 generator(boost::uuids::ns::oid());
  return boost::uuids::to_string(generator(text));
}

const std::string& ContentHashes::of(const std::filesystem::path& path) {
  const auto known = files_.find(path);
  if (known != files_.end()) return known->second;
  if (!std::filesystem::is_directory(path)) return files_[path] = hash_of_text(contents(path));
  std::string text;
  for (const auto& file : files_of(path)) text += file.filename().string() + of(file);
  return files_[path] = hash_of_text(text);
}

const std::string& ContentHashes::of_network(const std::filesystem::path& file) {
  const auto known = networks_.find(file);
  if (known != networks_.end()) return known->second;
  const std::string bytes = contents(file);
  std::string text = hash_of_text(bytes);
  for (const auto& sibling : files_of(file.has_parent_path() ? file.parent_path() : ".")) {
    if (sibling.filename() != file.filename() && bytes.find(sibling.filename().string()) != std::string::npos)
      text += of(sibling);
  }
  return networks_[file] = hash_of_text(text);
}

}  // namespace terse::sweep
