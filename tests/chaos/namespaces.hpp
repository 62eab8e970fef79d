#pragma once

#include <string>
#include <vector>

namespace konduit::chaos {

/// Two network namespaces of this run, joined by a cable that can be cut without either end being told. Needs root,
/// `ip` and `nft`. Removed at the end.
class Namespaces {
 public:
  static constexpr const char* kServerAddress = "10.231.7.1";
  static constexpr const char* kAgentAddress = "10.231.7.2";

  /// Why there can be none here; empty when there can.
  static std::string missing();

  /// Throws std::runtime_error when a command fails.
  Namespaces();
  ~Namespaces();
  Namespaces(const Namespaces&) = delete;
  Namespaces& operator=(const Namespaces&) = delete;

  /// What to put in front of a command so that it runs there.
  std::vector<std::string> on_server() const;
  std::vector<std::string> on_agent() const;

  /// From now on packets between the two vanish, both ways; connections inside each go on.
  void cut();
  /// From now on so many of a hundred packets do.
  void lose(unsigned percent);
  void mend();

 private:
  void drop(const std::string& verdict);

  std::string server_;
  std::string agent_;
};

}  // namespace konduit::chaos
