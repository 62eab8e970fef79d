#include "konduit/error.hpp"

namespace konduit {

StartError::StartError(const std::string& text) : std::runtime_error(text) {}

StartError::~StartError() = default;

}  // namespace konduit
