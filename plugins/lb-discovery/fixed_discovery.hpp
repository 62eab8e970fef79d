#pragma once

#include <memory>
#include <optional>

#include "konduit/discovery.hpp"

namespace konduit::lb {

/// A number of servers that the document names. It never changes, so nobody is ever told of a change.
class FixedDiscovery final : public Discovery {
 public:
  FixedDiscovery(const config::Node& node, Host&) : count_(static_cast<unsigned>(node["count"].integer())) {}
  std::unique_ptr<DiscoveryPart> attach(Attachment&) override { return std::make_unique<FixedPart>(count_); }

 private:
  class FixedPart final : public DiscoveryPart {
   public:
    explicit FixedPart(unsigned count) : count_(count) {}
    std::optional<unsigned> count() const override { return count_; }

   private:
    const unsigned count_;
  };

  const unsigned count_;
};

}  // namespace konduit::lb
