#pragma once

#include <stdexcept>
#include <string>

#include "konduit/api.hpp"

namespace konduit {

/// Why a component cannot start: what, where, what to do. Thrown from create() and prepare() alone; the core reports it
/// with the component's id and gives the whole start up.
class KONDUIT_API StartError : public std::runtime_error {
 public:
  explicit StartError(const std::string& text);
  ~StartError() override;
};

}  // namespace konduit
