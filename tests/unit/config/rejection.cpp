#include "unit/config/rejection.hpp"

#include "config/configuration.hpp"
#include "unit/config/fake_catalog.hpp"

namespace konduit::config::testing {

std::string rejection_of(std::string_view text) {
  FakeCatalog catalog;
  Problems problems;
  auto document = read_text(text, "f.yaml", problems);
  if (document) {
    EXPECT_FALSE(configure(*document, catalog, &catalog, problems)) << "a configuration came out of\n" << text;
  }
  EXPECT_FALSE(problems.ok());
  std::string report;
  for (const Problem& problem : problems.sorted()) {
    std::string line = problem.text();
    if (line.starts_with("f.yaml:")) line.erase(0, 7);
    report += line + "\n";
  }
  return report;
}

std::string completed(std::string_view document) {
  constexpr std::string_view kSections[] = {
      "apiVersion: konduit/v1\n",
      "pipelines: {z: {frontends: [grpc/z], backend: direct/z}}\n",
      "frontends: {grpc/z: {listen: {url: \"tcp://localhost:1\"}}}\n",
      "backends: {direct/z: {}}\n",
  };
  std::string text = "\n" + std::string(document);
  for (std::string_view section : kSections) {
    std::string_view key = section.substr(0, section.find(':') + 1);
    if (text.find("\n" + std::string(key)) == std::string::npos) text += section;
  }
  return text.substr(1);
}

}  // namespace konduit::config::testing
