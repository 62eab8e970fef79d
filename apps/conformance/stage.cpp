#include "stage.hpp"

#include <gtest/gtest.h>

namespace konduit::conformance {
namespace {

std::unique_ptr<Running> run(World& world, const World* found) {
  SCOPED_TRACE(world.subject.id);
  if (found) world.discovers(*found);
  return std::make_unique<Running>(world);
}

}  // namespace

Stage::Stage(const Subject& subject) : world(subject) {
  const bool is_backend = subject.descriptor->kind == ComponentKind::backend;
  if (subject.counterpart) other_ = std::make_unique<World>(*subject.counterpart, world);
  if (other_ && !is_backend) others_ = run(*other_, nullptr);
  running_ = run(world, other_.get());
  if (other_ && is_backend) others_ = run(*other_, &world);
}

Stage::~Stage() {
  const bool is_backend = world.subject.descriptor->kind == ComponentKind::backend;
  if (is_backend) others_.reset();
  running_.reset();
  others_.reset();
}

}  // namespace konduit::conformance
