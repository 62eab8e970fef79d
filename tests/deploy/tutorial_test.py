"""The page from its first step to its last, with a real kube-apiserver: what it asks of a node goes through server and agent."""
import json
import sys
import unittest

import page
from control_plane import ControlPlane, missing
from kubelet import Kubelet
from page_host import PageHost, container_of
from programs import ROOT, skip

FOLDER = ROOT / "deploy/kubernetes"
TOKEN = "/var/run/secrets/tokens/konnectivity-agent-token"
AUDIENCE = "system:konnectivity-server"


class AtAKubeApiserver(unittest.TestCase):
    """A host on which the page's reader has made certificates and a kubeconfig, and the rules."""

    def setUp(self):
        self.host = PageHost()
        self.addCleanup(self.host.close)
        self.plane = ControlPlane(self.host)
        self.addCleanup(self.plane.close)
        self.host.provide("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt")
        self.host.make_certificates(self.plane.config)

    def start_plane(self, mode):
        """kube-apiserver in a mode of the server, with the rules; returns the server's container."""
        self.plane.start("egress-selector-configuration.yaml" if mode == "grpc" else
                         f"egress-selector-configuration-{mode}.yaml")
        self.plane.kubectl("create", "namespace", "kube-system", check=False)
        self.plane.kubectl("apply", "-f", FOLDER / "konnectivity-rbac.yaml")
        if mode == "grpc":
            return container_of("konnectivity-server.yaml")
        return page.containers("HTTP CONNECT over the socket")["proxy-server"]

    def start_agent(self, server, tokens):
        return self.host.agent(container_of("konnectivity-agent.yaml"), server.port("agents/"), tokens)

    def ask_the_node(self):
        """A path of the node, and a pod's log: both come through the tunnel."""
        pki = self.host.path("/etc/kubernetes/pki")
        kubelet = Kubelet(pki / "apiserver.crt", pki / "apiserver.key")
        self.addCleanup(kubelet.close)
        self.plane.kubectl("create", "-f", "-", input=kubelet.objects())
        answer = self.plane.kubectl("get", "--raw", "/api/v1/nodes/node-1/proxy/hello").stdout
        self.assertEqual(answer, "you asked for /hello\n")
        logs = self.plane.kubectl("logs", "pod-1", "--insecure-skip-tls-verify-backend").stdout
        self.assertEqual(logs, "you asked for /containerLogs/default/pod-1/main\n")
        self.assertEqual(len(kubelet.paths), 2)


class Certificates(AtAKubeApiserver):
    """Agents show certificates."""

    def serve(self, mode):
        server = self.host.server(self.start_plane(mode))
        agent = self.start_agent(server, tokens=False)
        server.says("an agent connected")
        self.ask_the_node()
        self.assertEqual((agent.end(), server.end()), (0, 0))
        self.host.running.clear()

    def test_kube_apiserver_reaches_a_node_over_grpc_and_not_without_the_server(self):
        self.serve("grpc")
        alone = self.plane.kubectl("get", "--raw", "/api/v1/nodes/node-1/proxy/hello", check=False)
        self.assertNotEqual(alone.returncode, 0, "it went another way than through the tunnel")

    def test_kube_apiserver_reaches_a_node_over_http_connect(self):
        self.serve("http-connect")


class Tokens(AtAKubeApiserver):
    """Agents show projected tokens, which the server lets kube-apiserver review."""

    def write_token(self, audience):
        """As the kubelet projects it."""
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                   "spec": {"audiences": [audience], "expirationSeconds": 3600}}
        made = self.plane.kubectl("create", "--raw", "/api/v1/namespaces/kube-system/serviceaccounts/konnectivity-agent/token",
                                  "-f", "-", input=json.dumps(request))
        file = self.host.path(TOKEN)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.loads(made.stdout)["status"]["token"])

    def serve(self, mode):
        server = self.host.server(self.start_plane(mode), tokens=True)
        self.write_token(AUDIENCE)
        self.start_agent(server, tokens=True)
        server.says("an agent connected .*konnectivity-agent")
        self.ask_the_node()

    def test_kube_apiserver_reaches_a_node_over_grpc(self):
        self.serve("grpc")

    def test_kube_apiserver_reaches_a_node_over_http_connect(self):
        self.serve("http-connect")

    def test_a_token_for_another_audience_is_refused(self):
        server = self.host.server(self.start_plane("grpc"), tokens=True)
        self.write_token("somebody-else")
        agent = self.start_agent(server, tokens=True)
        agent.says("a server was reached and did not take this agent")
        server.says("an agent was refused .*status=UNAUTHENTICATED")
        self.assertNotIn(self.host.path(TOKEN).read_text(), server.output + agent.output)


if __name__ == "__main__":
    WHAT = f"the page at a kube-apiserver, {' '.join(sys.argv[1:])}"
    if why := missing():
        skip(WHAT, why)
    unittest.main(verbosity=2)
