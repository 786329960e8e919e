#pragma once
// Named implementations of one decision of the microarchitecture (a dataflow, an arbitration ...): those of this tree,
// and those a shared library adds (docs/variants.md). A parameter of type text has variants.names() as its choices.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace terse {

/// Two variants of one decision have the same name.
class VariantError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <class Interface, class... Arguments>
class Variants {
 public:
  struct Variant {
    std::string name;
    std::string sentence;  ///< For the reference page and `terse describe`.
    std::function<std::unique_ptr<Interface>(Arguments...)> make;
  };

  explicit Variants(std::vector<Variant> built_in) : variants_(std::move(built_in)) {}

  /// Throws VariantError when the name is taken.
  void add(Variant variant) {
    if (find(variant.name) != nullptr) throw VariantError("there is a variant '" + variant.name + "' already");
    variants_.push_back(std::move(variant));
  }
  /// Null when there is none of that name.
  [[nodiscard]] const Variant* find(const std::string& name) const {
    for (const Variant& variant : variants_) {
      if (variant.name == name) return &variant;
    }
    return nullptr;
  }
  /// Makes the variant `name`, which exists (parameters are checked against names()); throws VariantError otherwise.
  [[nodiscard]] std::unique_ptr<Interface> make(const std::string& name, Arguments... arguments) const {
    const Variant* variant = find(name);
    if (variant == nullptr) throw VariantError("there is no variant '" + name + "'");
    return variant->make(std::forward<Arguments>(arguments)...);
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Variant& variant : variants_) names.push_back(variant.name);
    return names;
  }
  [[nodiscard]] const std::vector<Variant>& all() const { return variants_; }

 private:
  std::vector<Variant> variants_;
};

}  // namespace terse
