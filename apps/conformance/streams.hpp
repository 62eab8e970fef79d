#pragma once

#include <memory>

#include "dials.hpp"
#include "konduit/testkit/stream_conformance.hpp"
#include "stage.hpp"

namespace konduit::conformance {

/// Two ends of a stream of the subject's, with the world and the running component behind them.
class SubjectStreams : public testkit::ConnectedStreams {
 public:
  explicit SubjectStreams(const Subject& subject) : stage(subject), request(usual_dial(subject)) {}
  ~SubjectStreams() override {
    first.reset();
    second.reset();
  }
  Shard& shard() override { return world.shard; }
  void turn(Duration wait) override { world.turn(wait); }

  Stage stage;
  World& world = stage.world;
  DialRequest request;  ///< Of the dial that the stream belongs to.
};

/// Adds the test kit's suite for streams to the cases that run next, with `make` for each of them. An end that is a
/// MemoryStream can say everything, so what the subject's stream cannot say shows; the settings may say it: cannot.
void judge_streams(const Subject& subject, std::unique_ptr<testkit::ConnectedStreams> (*make)(const Subject&));

// How each kind comes to a stream; null streams and a failure where it does not.
std::unique_ptr<testkit::ConnectedStreams> filter_streams(const Subject& subject);
std::unique_ptr<testkit::ConnectedStreams> backend_streams(const Subject& subject);
std::unique_ptr<testkit::ConnectedStreams> frontend_streams(const Subject& subject);
std::unique_ptr<testkit::ConnectedStreams> transport_streams(const Subject& subject);

}  // namespace konduit::conformance
