#include <sys/resource.h>

#include <csignal>
#include <exception>
#include <iostream>

#include "endpoint.hpp"
#include "options.hpp"
#include "report.hpp"

namespace {

using namespace konduit::bench;

/// A tunnel takes a descriptor.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void run(const Options& options) {
  switch (options.command) {
    case Options::Command::endpoint: run_endpoint(options.port);
    case Options::Command::load: {
      const LoadResult result = run_load(options.load);
      std::cout << (options.json ? json(options.load, result) + '\n' : table(options.load, result));
      return;
    }
    case Options::Command::isolation:
      std::cout << json(options.isolation, run_isolation(options.isolation)) << '\n';
      return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = options_of(argc, argv);
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  try {
    run(options);
  } catch (const std::exception& error) {
    std::cerr << "konduit-bench: " << error.what() << '\n';
    return 1;
  }
}
