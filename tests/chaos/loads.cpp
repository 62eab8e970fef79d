#include "chaos/loads.hpp"

namespace konduit::chaos {

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;
constexpr std::uint64_t kBulkRate = 16'000'000;

}  // namespace

TunnelPlan request_plan(const std::string& target) {
  TunnelPlan plan{.kind = "request", .target = target};
  plan.up = {100, 2000};
  plan.down = {200, 8000};
  plan.redial = std::chrono::milliseconds(10);
  return plan;
}

TunnelPlan bulk_plan(const std::string& target) {
  TunnelPlan plan{.kind = "bulk", .target = target};
  plan.up = {kMiB, 4 * kMiB};
  plan.down = {kMiB, 4 * kMiB};
  plan.exchanges = 0;
  plan.reads.rate = kBulkRate;
  plan.writes.rate = kBulkRate;
  return plan;
}

TunnelPlan idle_plan(const std::string& target) {
  TunnelPlan plan{.kind = "idle", .target = target};
  plan.up = {1, 200};
  plan.down = {1, 200};
  plan.exchanges = 0;
  plan.pause = std::chrono::milliseconds(1500);
  return plan;
}

TunnelPlan half_close_plan(const std::string& target) {
  TunnelPlan plan{.kind = "half-close", .target = target};
  plan.up = {1, 300'000};
  plan.down = {1, 300'000};
  plan.half_close = true;
  plan.redial = std::chrono::milliseconds(20);
  return plan;
}

void add_mixed_load(Load& load, const std::string& target) {
  load.add(request_plan(target), 3);
  load.add(half_close_plan(target), 1);
  load.add(bulk_plan(target), 2);
  load.add(idle_plan(target), 5);
}

}  // namespace konduit::chaos
