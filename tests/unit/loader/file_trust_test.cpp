#include "loader/file_trust.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "temporary_folder.hpp"

namespace konduit::loader {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(FileTrust, AFileThatOnlyItsOwnerWritesIsTrusted) {
  TemporaryFolder folder;
  EXPECT_EQ(distrust(folder.write("plugin.so", "x")), "");
}

TEST(FileTrust, AFileThatOthersMayWriteIsNot) {
  TemporaryFolder folder;
  const auto file = folder.write("plugin.so", "x");
  for (const mode_t mode : {0666, 0620, 0602}) {
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    EXPECT_THAT(distrust(file), AllOf(HasSubstr("can be written by others"), HasSubstr("chmod go-w " + file.string())));
  }
}

TEST(FileTrust, AFolderThatOthersMayWriteIsNotAndTheStickyBitDoesNotHelp) {
  TemporaryFolder folder;
  const auto file = folder.write("plugin.so", "x");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0770), 0);
  EXPECT_THAT(distrust(file), HasSubstr("folder " + folder.path().string() + " can be written by others"));
  ASSERT_EQ(::chmod(folder.path().c_str(), 01777), 0);
  EXPECT_THAT(distrust(file), HasSubstr("sticky bit does not keep others"));
}

TEST(FileTrust, AFolderFurtherUpMayOnlyBeSharedWithTheStickyBit) {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "inner");
  ASSERT_EQ(::chmod((folder.path() / "inner").c_str(), 0755), 0);
  const auto file = folder.write("inner/plugin.so", "x");
  ASSERT_EQ(::chmod(folder.path().c_str(), 01777), 0);
  EXPECT_EQ(distrust(file), "");
  ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
  EXPECT_THAT(distrust(file), HasSubstr("can be written by everybody"));
}

TEST(FileTrust, AFileOfAStrangerIsNot) {
  TemporaryFolder folder;
  const auto file = folder.write("plugin.so", "x");
  if (::chown(file.c_str(), 12345, static_cast<gid_t>(-1)) != 0) GTEST_SKIP() << "only root can give files away";
  EXPECT_THAT(distrust(file), HasSubstr("belongs to user 12345"));
}

TEST(FileTrust, TheDigestIsThatOfTheWholeFile) {
  TemporaryFolder folder;
  const auto digest = [](const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    std::string text = sha256_of(descriptor);
    ::close(descriptor);
    return text;
  };
  // FIPS 180-2, appendix B.1; and the empty message.
  EXPECT_EQ(digest(folder.write("a", "abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest(folder.write("b", "")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  // FIPS 180-2, appendix B.3: more than one block of the reader.
  EXPECT_EQ(digest(folder.write("c", std::string(1000000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(sha256_of(-1), "");
}

}  // namespace
}  // namespace konduit::loader
