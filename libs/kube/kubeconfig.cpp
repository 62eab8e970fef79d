#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

#include "konduit/error.hpp"
#include "kube/access.hpp"
#include "kube/file.hpp"
#include "kube/server_url.hpp"

namespace konduit::kube {
namespace {

namespace fs = std::filesystem;

/// The parts of a kubeconfig that the current context names.
class Reader {
 public:
  Reader(std::string_view text, const std::string& path) : path_(path), folder_(fs::path(path).parent_path()) {
    access_.files.push_back(path);
    document_ = YAML::Load(std::string(text));
    if (!document_.IsMap()) throw StartError("kubeconfig " + path + " is not a map");
  }

  Access read() {
    const std::string name = text(document_["current-context"]);
    if (name.empty()) throw StartError("kubeconfig " + path_ + " has no current-context");
    const YAML::Node context = named("contexts", "context", name);
    access_.name_space = text(context["namespace"]);
    read_cluster(text(context["cluster"]));
    if (const std::string user = text(context["user"]); !user.empty()) read_user(user);
    return std::move(access_);
  }

 private:
  /// Where a thing stands, for errors and as the name of its contents.
  std::string place(const std::string& key, const std::string& owner) const {
    return key + " of " + owner + " in " + path_;
  }

  std::string text(const YAML::Node& node) const {
    if (!node || node.IsNull()) return {};
    if (!node.IsScalar()) throw StartError("kubeconfig " + path_ + " has no text where one belongs");
    return node.Scalar();
  }

  YAML::Node named(const char* list, const char* key, const std::string& name) const {
    const YAML::Node items = document_[list];
    if (items && items.IsSequence()) {
      for (const YAML::Node& item : items) {
        if (item.IsMap() && text(item["name"]) == name && item[key] && item[key].IsMap()) return item[key];
      }
    }
    throw StartError("kubeconfig " + path_ + " has no " + key + " \"" + name + "\" in " + list);
  }

  void refuse(const YAML::Node& section, const char* key, const std::string& owner, const char* why) const {
    const YAML::Node given = section[key];
    if (!given || given.IsNull() || (given.IsScalar() && (given.Scalar().empty() || given.Scalar() == "false"))) return;
    throw StartError(place(key, owner) + " is not supported: " + why);
  }

  void read_cluster(const std::string& name) {
    const YAML::Node cluster = named("clusters", "cluster", name);
    const std::string owner = "cluster " + name;
    refuse(cluster, "insecure-skip-tls-verify", owner, "give certificate-authority");
    refuse(cluster, "proxy-url", owner, "name a proxy by `via`, or by HTTPS_PROXY where flags are given");
    set_server(text(cluster["server"]), place("server", owner), access_);
    access_.tls_settings.server_name = text(cluster["tls-server-name"]);
    access_.material.ca = pem(cluster, "certificate-authority", owner, access_.tls_settings.ca);
  }

  void read_user(const std::string& name) {
    const YAML::Node user = named("users", "user", name);
    const std::string owner = "user " + name;
    refuse(user, "exec", owner, "no program is run for credentials; give a token, a tokenFile or a client-certificate");
    refuse(user, "auth-provider", owner, "give a token, a tokenFile or a client-certificate");
    for (const char* key : {"username", "password"}) {
      refuse(user, key, owner, "API servers take no passwords any more");
    }
    for (const char* key : {"as", "as-uid", "as-groups", "as-user-extra"}) {
      refuse(user, key, owner, "konduit acts for nobody else");
    }
    access_.material.cert = pem(user, "client-certificate", owner, access_.tls_settings.cert);
    access_.material.key = pem(user, "client-key", owner, access_.tls_settings.key);
    if (access_.material.cert.empty() != access_.material.key.empty()) {
      throw StartError(place("client-certificate and client-key", owner) + " come together");
    }
    read_token(user, owner);
  }

  // As client-go has it: a token file goes before a token.
  void read_token(const YAML::Node& user, const std::string& owner) {
    access_.token = text(user["token"]);
    if (const std::string file = text(user["tokenFile"]); !file.empty()) {
      access_.files.push_back(resolved(file));
      access_.token = trimmed(read_file(access_.files.back(), "token"));
      if (access_.token.empty()) throw StartError("token file " + access_.files.back() + " is empty");
    }
    const auto printable = [](char c) { return c > 0x20 && c < 0x7f; };
    if (!std::ranges::all_of(access_.token, printable)) {
      throw StartError(place("token", owner) + " holds characters that no token has");
    }
  }

  /// The contents of `key`-data, else of the file that `key` names; `origin` is set to what they are called.
  std::string pem(const YAML::Node& section, const std::string& key, const std::string& owner, std::string& origin) {
    if (const std::string data = text(section[key + "-data"]); !data.empty()) {
      origin = place(key + "-data", owner);
      return decoded_base64(data, origin);
    }
    const std::string file = text(section[key]);
    if (file.empty()) return {};
    origin = resolved(file);
    access_.files.push_back(origin);
    return read_file(origin, key);
  }

  std::string resolved(const std::string& file) const {
    return fs::path(file).is_absolute() ? file : (folder_ / file).string();
  }

  const std::string path_;
  const fs::path folder_;
  YAML::Node document_;
  Access access_;
};

}  // namespace

Access parse_kubeconfig(std::string_view text, const std::string& path) {
  try {
    return Reader(text, path).read();
  } catch (const YAML::Exception& error) {
    throw StartError("kubeconfig " + path + " is not YAML: " + error.what());
  }
}

Access read_kubeconfig(const std::string& path) { return parse_kubeconfig(read_file(path, "kubeconfig"), path); }

}  // namespace konduit::kube
