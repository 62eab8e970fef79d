#pragma once

#include <cstdlib>
#include <string>

namespace konduit::flags {

/// An environment variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

/// A kubeconfig that names an API server and no more.
inline std::string kubeconfig_for(const std::string& server) {
  return "current-context: t\ncontexts: [{name: t, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: \"" +
         server + "\"}}]\n";
}

}  // namespace konduit::flags
