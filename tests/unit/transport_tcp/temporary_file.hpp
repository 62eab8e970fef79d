#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <string>

namespace konduit::transport_tcp::test {

/// A file with some text, gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    char name[] = "/tmp/konduit-test-XXXXXX";
    const int descriptor = ::mkstemp(name);
    if (descriptor < 0) throw std::runtime_error("mkstemp");
    ::close(descriptor);
    path_ = name;
    write(text);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const noexcept { return path_; }
  void write(const std::string& text) { std::ofstream(path_, std::ios::trunc) << text; }

 private:
  std::string path_;
};

}  // namespace konduit::transport_tcp::test
