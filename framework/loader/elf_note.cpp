#include "loader/elf_note.hpp"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>

#include "konduit/plugin.hpp"

namespace konduit::loader {
namespace {

constexpr std::size_t kMostSegments = 256;
constexpr std::size_t kMostNoteBytes = 64 * 1024;
constexpr std::size_t kMostTextBytes = 4096;

#if defined(__x86_64__)
constexpr Elf64_Half kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half kMachine = EM_AARCH64;
#else
#error "konduit does not know the ELF machine number of this architecture"
#endif

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint64_t size() const noexcept override { return bytes_.size(); }
  bool read(std::uint64_t offset, std::span<std::byte> into) const noexcept override {
    if (offset > bytes_.size() || into.size() > bytes_.size() - offset) return false;
    if (!into.empty()) std::memcpy(into.data(), bytes_.data() + offset, into.size());
    return true;
  }

 private:
  std::span<const std::byte> bytes_;
};

class FileSource final : public ByteSource {
 public:
  explicit FileSource(int descriptor) : descriptor_(descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) == 0 && status.st_size > 0) size_ = static_cast<std::uint64_t>(status.st_size);
  }
  std::uint64_t size() const noexcept override { return size_; }
  bool read(std::uint64_t offset, std::span<std::byte> into) const noexcept override {
    if (offset > size_ || into.size() > size_ - offset) return false;
    while (!into.empty()) {
      const ssize_t count = ::pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      into = into.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return true;
  }

 private:
  int descriptor_;
  std::uint64_t size_ = 0;
};

template <class T>
bool read_object(const ByteSource& source, std::uint64_t offset, T& object) {
  return source.read(offset, std::as_writable_bytes(std::span(&object, 1)));
}

/// Why `header` is not that of a shared object that this process could load; empty if it is.
std::string_view objection(const Elf64_Ehdr& header) {
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "not a shared library: it is not an ELF file";
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return "not a library for this machine: it is not 64-bit";
  constexpr unsigned char kOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  if (header.e_ident[EI_DATA] != kOrder) return "not a library for this machine: its byte order differs";
  if (header.e_machine != kMachine) return "not a library for this machine: it was built for another processor";
  if (header.e_type != ET_DYN) return "not a shared library: it is an ELF file of another type";
  if (header.e_phentsize != sizeof(Elf64_Phdr)) return "damaged: its program headers have an unknown size";
  if (header.e_phnum > kMostSegments) return "damaged: it has too many program headers";
  return {};
}

/// The text of the konduit note in one segment of notes, whose parts are padded to `alignment` bytes.
std::optional<std::string_view> search_notes(std::string_view segment, std::size_t alignment) {
  const auto padded = [alignment](std::size_t size) { return (size + alignment - 1) & ~(alignment - 1); };
  const std::string_view owner(kPluginNoteName, std::strlen(kPluginNoteName) + 1);
  while (segment.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note;
    std::memcpy(&note, segment.data(), sizeof note);
    segment.remove_prefix(sizeof note);
    const std::size_t name_room = padded(note.n_namesz);
    if (name_room > segment.size()) return std::nullopt;
    const std::string_view name = segment.substr(0, note.n_namesz);
    segment.remove_prefix(name_room);
    if (note.n_descsz > segment.size()) return std::nullopt;
    const std::string_view text = segment.substr(0, note.n_descsz);
    if (note.n_type == kPluginNoteType && name == owner) return text;
    segment.remove_prefix(std::min(padded(note.n_descsz), segment.size()));
  }
  return std::nullopt;
}

NoteResult parse_note_bytes(std::string_view bytes) {
  if (bytes.size() > kMostTextBytes) return NoteError{"damaged: its konduit note is too long"};
  // The text ends at its first zero; what follows is padding of an assembler's choice.
  return parse_note_text(bytes.substr(0, bytes.find('\0')));
}

bool parse_version_pair(std::string_view text, unsigned& major, unsigned& minor) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  const auto number = [](std::string_view digits, unsigned& value) {
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return code == std::errc() && end == digits.data() + digits.size() &&
           value <= std::numeric_limits<std::uint16_t>::max();
  };
  return number(text.substr(0, dot), major) && number(text.substr(dot + 1), minor);
}

/// Moves the value of `key` out of `pairs`; false if there is none.
bool take(std::vector<std::pair<std::string, std::string>>& pairs, std::string_view key, std::string& value) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [key](const auto& pair) { return pair.first == key; });
  if (found == pairs.end()) return false;
  value = std::move(found->second);
  pairs.erase(found);
  return true;
}

bool inside(const Elf64_Phdr& segment, const ByteSource& source) {
  return segment.p_offset <= source.size() && segment.p_filesz <= source.size() - segment.p_offset;
}

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// The note, or what is wrong with it; nothing if it is not in this segment. `budget` is what may still be read.
std::optional<NoteResult> search_segment(const ByteSource& source, const Elf64_Phdr& segment, std::size_t& budget) {
  if (segment.p_filesz > budget) return NoteError{"damaged: its notes are too long"};
  std::string notes(segment.p_filesz, '\0');
  if (!source.read(segment.p_offset, std::as_writable_bytes(std::span(notes)))) {
    return NoteError{"damaged: the file ends before its notes do"};
  }
  budget -= notes.size();
  if (const auto text = search_notes(notes, segment.p_align == 8 ? 8 : 4)) return parse_note_bytes(*text);
  return std::nullopt;
}

}  // namespace

NoteResult find_note(const ByteSource& source) {
  Elf64_Ehdr header{};
  if (!read_object(source, 0, header)) return NoteError{"not a shared library: it is too short for an ELF file"};
  if (const std::string_view text = objection(header); !text.empty()) return NoteError{std::string(text)};
  std::size_t budget = kMostNoteBytes;
  std::optional<NoteResult> found;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    const std::uint64_t offset = header.e_phoff + i * sizeof segment;
    if (offset < header.e_phoff || !read_object(source, offset, segment)) {
      return NoteError{"damaged: the file ends before its program headers do"};
    }
    // The dynamic linker maps what is missing all the same, and the process dies of SIGBUS.
    if (segment.p_type == PT_LOAD && !inside(segment, source)) {
      return NoteError{"damaged: the file ends before its segments do; copy it again"};
    }
    if (segment.p_type == PT_NOTE && !found) found = search_segment(source, segment, budget);
  }
  return found ? *found : NoteError{"not a konduit plugin: it has no konduit note"};
}

NoteResult find_note(std::span<const std::byte> file) { return find_note(MemorySource(file)); }

NoteResult find_note(int descriptor) { return find_note(FileSource(descriptor)); }

NoteResult parse_note_text(std::string_view text) {
  PluginNote note;
  std::string sdk;
  if (!printable(text) || !parse_pairs(text, note.fingerprint)) {
    return NoteError{"damaged: its konduit note is not a list of key=value"};
  }
  if (!take(note.fingerprint, "name", note.name) || note.name.empty()) {
    return NoteError{"damaged: its konduit note has no name"};
  }
  if (!take(note.fingerprint, "version", note.version)) return NoteError{"damaged: its konduit note has no version"};
  if (!take(note.fingerprint, "sdk", sdk) || !parse_version_pair(sdk, note.sdk_major, note.sdk_minor)) {
    return NoteError{"damaged: its konduit note has no sdk=major.minor"};
  }
  return note;
}

bool parse_pairs(std::string_view text, std::vector<std::pair<std::string, std::string>>& pairs) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(';'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    const std::string_view key = pair.substr(0, equals);
    if (std::any_of(pairs.begin(), pairs.end(), [key](const auto& known) { return known.first == key; })) return false;
    pairs.emplace_back(key, pair.substr(equals + 1));
  }
  return true;
}

}  // namespace konduit::loader
