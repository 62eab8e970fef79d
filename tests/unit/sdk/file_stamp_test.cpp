#include "konduit/file_stamp.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_directory.hpp"

namespace konduit {
namespace {

namespace fs = std::filesystem;

class FileStampTest : public ::testing::Test {
 protected:
  test_support::TempDirectory folder_;
};

TEST_F(FileStampTest, StaysWhileAFileIsOnlyRead) {
  const FileStamps stamps({folder_.write("a", "1"), folder_.file("missing")});
  EXPECT_FALSE(stamps.changed());
  EXPECT_EQ(FileStamp::of(folder_.file("a")), FileStamp::of(folder_.file("a")));
}

TEST_F(FileStampTest, ChangesWithTheContents) {
  const FileStamps stamps({folder_.write("a", "1"), folder_.write("b", "1")});
  folder_.write("b", "22");
  EXPECT_TRUE(stamps.changed());
  EXPECT_EQ(stamps.changes(), std::vector{folder_.file("b")});
}

TEST_F(FileStampTest, ChangesWhenAFileIsPutInPlaceOfAnother) {
  folder_.write("new", "2");
  const FileStamps stamps({folder_.write("a", "1")});
  fs::rename(folder_.file("new"), folder_.file("a"));
  EXPECT_TRUE(stamps.changed());
}

TEST_F(FileStampTest, ChangesWhenAFileComesOrGoes) {
  const FileStamps missing({folder_.file("a")});
  folder_.write("a", "1");
  EXPECT_TRUE(missing.changed());
  const FileStamps there({folder_.file("a")});
  fs::remove(folder_.file("a"));
  EXPECT_TRUE(there.changed());
}

TEST_F(FileStampTest, ChangesWhenTheFolderBelowASymbolicLinkIsSwapped) {
  // As Kubernetes lays out a mounted secret: token -> ..data/token, ..data -> a folder that is exchanged.
  for (const char* version : {"..1", "..2"}) fs::create_directory(folder_.file(version));
  folder_.write("..1/token", "x");
  folder_.write("..2/token", "x");
  fs::create_symlink("..1", folder_.file("..data"));
  fs::create_symlink("..data/token", folder_.file("token"));
  const FileStamps stamps({folder_.file("token")});
  EXPECT_FALSE(stamps.changed());
  fs::create_symlink("..2", folder_.file("..data_tmp"));
  fs::rename(folder_.file("..data_tmp"), folder_.file("..data"));
  EXPECT_TRUE(stamps.changed());
}

}  // namespace
}  // namespace konduit
