#include "loader/elf_note.hpp"

#include <elf.h>

#include <gmock/gmock.h>

#include <cstring>

namespace konduit::loader {
namespace {

using ::testing::HasSubstr;

constexpr char kText[] = "name=filters;version=1.0.0;sdk=1.2;boost=1_81;openssl=3";

using Bytes = std::vector<std::byte>;

template <class T>
void append(Bytes& out, const T& object) {
  const auto* begin = reinterpret_cast<const std::byte*>(&object);
  out.insert(out.end(), begin, begin + sizeof object);
}

void append_note(Bytes& out, const char* owner, std::uint32_t type, std::span<const char> text) {
  append(out, Elf64_Nhdr{static_cast<Elf64_Word>(std::strlen(owner) + 1), static_cast<Elf64_Word>(text.size()), type});
  for (const char* c = owner; c <= owner + std::strlen(owner); ++c) append(out, *c);
  while (out.size() % 4 != 0) out.push_back({});
  for (const char c : text) append(out, c);
  while (out.size() % 4 != 0) out.push_back({});
}

struct Segment {
  Elf64_Word type = PT_NOTE;
  Bytes bytes;
};

Bytes library(const std::vector<Segment>& segments) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_DYN;
#if defined(__x86_64__)
  header.e_machine = EM_X86_64;
#else
  header.e_machine = EM_AARCH64;
#endif
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = static_cast<Elf64_Half>(segments.size());
  Bytes out;
  append(out, header);
  std::uint64_t offset = sizeof header + segments.size() * sizeof(Elf64_Phdr);
  for (const Segment& segment : segments) {
    Elf64_Phdr program{};
    program.p_type = segment.type;
    program.p_offset = offset;
    program.p_filesz = segment.bytes.size();
    program.p_align = 4;
    append(out, program);
    offset += segment.bytes.size();
  }
  for (const Segment& segment : segments) out.insert(out.end(), segment.bytes.begin(), segment.bytes.end());
  return out;
}

Bytes sound_library() {
  Segment other{PT_LOAD, Bytes(16)};
  Segment notes;
  append_note(notes.bytes, "GNU", 3, "an id of odd length");
  append_note(notes.bytes, "konduit", 2, "another type");
  append_note(notes.bytes, "konduit", 1, kText);
  return library({other, notes});
}

Elf64_Phdr& segment_of(Bytes& file, std::size_t index) {
  return *reinterpret_cast<Elf64_Phdr*>(file.data() + sizeof(Elf64_Ehdr) + index * sizeof(Elf64_Phdr));
}

Elf64_Ehdr& header_of(Bytes& file) { return *reinterpret_cast<Elf64_Ehdr*>(file.data()); }

std::string refusal(const Bytes& file) {
  const NoteResult note = find_note(file);
  return note ? "found" : note.error().text;
}

TEST(ElfNote, IsFoundBehindOtherNotes) {
  const NoteResult note = find_note(sound_library());
  ASSERT_TRUE(note) << note.error().text;
  EXPECT_EQ(note->name, "filters");
  EXPECT_EQ(note->version, "1.0.0");
  EXPECT_EQ(note->sdk_major, 1u);
  EXPECT_EQ(note->sdk_minor, 2u);
  using Pair = std::pair<std::string, std::string>;
  EXPECT_THAT(note->fingerprint, ::testing::ElementsAre(Pair("boost", "1_81"), Pair("openssl", "3")));
}

TEST(ElfNote, AFileCutAnywhereIsRefused) {
  const Bytes whole = sound_library();
  for (std::size_t size = 0; size + 4 < whole.size(); ++size) {
    EXPECT_NE(refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))), "found") << size;
  }
}

TEST(ElfNote, NoSingleWrongByteIsFollowedOutOfTheFile) {
  const Bytes whole = sound_library();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
      Bytes wrong = whole;
      wrong[at] = static_cast<std::byte>(value);
      const NoteResult note = find_note(wrong);
      if (note) {
        EXPECT_FALSE(note->name.empty());
      }
    }
  }
}

TEST(ElfNote, OffsetsNearTheEndOfTheNumberRangeDoNotWrap) {
  Bytes file = sound_library();
  segment_of(file, 1).p_offset = ~0ULL - 3;
  EXPECT_THAT(refusal(file), HasSubstr("ends before its notes"));
  file = sound_library();
  header_of(file).e_phoff = ~0ULL - 3;
  EXPECT_THAT(refusal(file), HasSubstr("ends before its program headers"));
  file = sound_library();
  segment_of(file, 1).p_filesz = ~0ULL;
  EXPECT_THAT(refusal(file), HasSubstr("notes are too long"));
  file = sound_library();
  segment_of(file, 0).p_filesz = ~0ULL - 3;
  EXPECT_THAT(refusal(file), HasSubstr("ends before its segments"));
}

TEST(ElfNote, NoteSizesBeyondTheSegmentAreNotBelieved) {
  Segment notes;
  append(notes.bytes, Elf64_Nhdr{0xfffffffe, 4, 1});
  notes.bytes.resize(64);
  EXPECT_THAT(refusal(library({notes})), HasSubstr("no konduit note"));
  Segment long_text;
  append(long_text.bytes, Elf64_Nhdr{8, 0xfffffffe, 1});
  for (const char c : {'k', 'o', 'n', 'd', 'u', 'i', 't', '\0'}) append(long_text.bytes, c);
  EXPECT_THAT(refusal(library({long_text})), HasSubstr("no konduit note"));
}

TEST(ElfNote, OtherFilesAreToldApart) {
  EXPECT_THAT(refusal({}), HasSubstr("too short"));
  EXPECT_THAT(refusal(Bytes(1000, std::byte{'#'})), HasSubstr("not an ELF file"));
  Bytes file = sound_library();
  header_of(file).e_ident[EI_CLASS] = ELFCLASS32;
  EXPECT_THAT(refusal(file), HasSubstr("not 64-bit"));
  file = sound_library();
  header_of(file).e_machine = EM_S390;
  EXPECT_THAT(refusal(file), HasSubstr("another processor"));
  file = sound_library();
  header_of(file).e_type = ET_EXEC;
  EXPECT_THAT(refusal(file), HasSubstr("another type"));
  EXPECT_THAT(refusal(library({})), HasSubstr("no konduit note"));
}

TEST(ElfNote, ATextMustHaveNameVersionAndSdkAndNoKeyTwice) {
  const auto error = [](std::string_view text) {
    const NoteResult note = parse_note_text(text);
    return note ? std::string("found") : note.error().text;
  };
  EXPECT_EQ(error("name=a;version=1;sdk=1.0"), "found");
  EXPECT_THAT(error("version=1;sdk=1.0"), HasSubstr("no name"));
  EXPECT_THAT(error("name=;version=1;sdk=1.0"), HasSubstr("no name"));
  EXPECT_THAT(error("name=a;sdk=1.0"), HasSubstr("no version"));
  EXPECT_THAT(error("name=a;version=1"), HasSubstr("sdk=major.minor"));
  for (const char* sdk : {"1", "1.", ".1", "1.0x", "-1.0", "1.70000", "99999999999.0"}) {
    EXPECT_THAT(error(std::string("name=a;version=1;sdk=") + sdk), HasSubstr("sdk=major.minor")) << sdk;
  }
  for (const char* text : {"name", "=x", "name=a;name=b;version=1;sdk=1.0", "name=a\nb;version=1;sdk=1.0", ";;"}) {
    EXPECT_THAT(error(text), HasSubstr("not a list of key=value")) << text;
  }
}

}  // namespace
}  // namespace konduit::loader
