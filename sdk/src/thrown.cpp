#include "konduit/thrown.hpp"

#include <exception>

namespace konduit {

std::string words_of_thrown() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of an unknown type";
  }
}

}  // namespace konduit
