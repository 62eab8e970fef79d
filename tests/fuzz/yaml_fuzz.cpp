#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/document.hpp"
#include "config/emitter.hpp"
#include "config/substitution.hpp"

namespace {

using namespace konduit::config;

/// A fuzzer must not read the machine's files.
class Nothing final : public SubstitutionSource {
 public:
  std::optional<std::string> variable(const std::string&) const override { return "value"; }
  std::optional<std::string> file(const std::string&, std::string& error) const override {
    error = "none";
    return std::nullopt;
  }
};

}  // namespace

// Whatever parses is printed to text that parses again and prints to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Nothing nothing;
  const EmitOptions all{.omit_nulls = false};
  Problems problems;
  auto document = parse({reinterpret_cast<const char*>(data), size}, "fuzz", problems);
  if (!document) return problems.ok() ? (std::abort(), 0) : 0;
  substitute(*document, problems, nothing);
  if (!problems.ok()) return 0;
  std::string text = emit(*document, all);
  auto again = parse(text, "again", problems);
  if (!again) std::abort();
  substitute(*again, problems, nothing);
  if (!problems.ok() || emit(*again, all) != text) std::abort();
  return 0;
}
