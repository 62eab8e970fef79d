#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "loader/compatibility.hpp"
#include "loader/elf_note.hpp"

/// A plugin's file comes from whoever can put one there: whatever it says, the reader stays inside it, and what it
/// accepts can be judged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const konduit::loader::CoreInterface core = konduit::loader::core_interface();
  const auto note = konduit::loader::find_note(std::as_bytes(std::span(data, size)));
  if (!note) return 0;
  if (note->name.empty()) std::abort();
  (void)konduit::loader::incompatibility(*note, core);
  return 0;
}
