#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace konduit::loader {

/// What a plugin's file says about itself before it is loaded (konduit/plugin.hpp, kPluginNoteName).
struct PluginNote {
  std::string name;
  std::string version;
  unsigned sdk_major = 0;
  unsigned sdk_minor = 0;
  std::vector<std::pair<std::string, std::string>> fingerprint;  ///< key, value; in the note's order.
};

/// A sentence without the file's name: "not a konduit plugin: it has no konduit note".
struct NoteError {
  std::string text;
};

using NoteResult = boost::system::result<PluginNote, NoteError>;

/// Bytes at offsets: a file or memory.
class ByteSource {
 public:
  virtual std::uint64_t size() const noexcept = 0;
  /// Fills all of `into` from `offset`; false if there are fewer bytes, or they cannot be read.
  virtual bool read(std::uint64_t offset, std::span<std::byte> into) const noexcept = 0;

 protected:
  ~ByteSource() = default;
};

/// Finds the note of an ELF64 shared object for this machine, in its PT_NOTE segments. Trusts nothing: every offset and
/// size is checked against the source, and at most 64 KiB of notes are read. Pure but for `source`. Any thread.
NoteResult find_note(const ByteSource& source);

/// The same over bytes in memory.
NoteResult find_note(std::span<const std::byte> file);

/// The same over an open file.
NoteResult find_note(int descriptor);

/// Reads the text of a note: "name=…;version=…;sdk=1.0;key=value;…". Each key once.
NoteResult parse_note_text(std::string_view text);

/// Reads "key=value;key=value" in order; false if a pair has no '=', an empty key or a key for the second time.
bool parse_pairs(std::string_view text, std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace konduit::loader
