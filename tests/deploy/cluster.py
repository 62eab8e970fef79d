"""What tests at a kube-apiserver have in common: a machine, its control plane, and the page's certificates and rules."""
import json
import pathlib
import unittest

import page
from control_plane import ControlPlane
from kubelet import Kubelet
from page_host import PageHost, container_of
from programs import ROOT

FOLDER = ROOT / "deploy/kubernetes"
TOKENS = "/var/run/secrets/tokens"
AUDIENCE = "system:konnectivity-server"
ACCOUNT = "konnectivity-agent"

# By mode: what kube-apiserver is given, and the server's container.
EGRESS = {"grpc": "egress-selector-configuration.yaml", "http-connect": "egress-selector-configuration-http-connect.yaml",
          "tcp": "egress-selector-configuration-tcp.yaml"}


def server_container(mode):
    if mode == "grpc":
        return container_of("konnectivity-server.yaml")
    heading = "HTTP CONNECT over TCP" if mode == "tcp" else "HTTP CONNECT over the socket"
    return page.containers(heading)["proxy-server"]


class Cluster(unittest.TestCase):
    """One machine and one etcd for all tests of a class; kube-apiserver starts again where a test wants another mode.

    Each test leaves no program of ours behind."""

    @classmethod
    def setUpClass(cls):
        cls.host = PageHost()
        cls.addClassCleanup(cls.host.close)
        cls.plane = ControlPlane(cls.host)
        cls.addClassCleanup(cls.plane.close)
        cls.host.provide("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt")
        cls.host.make_certificates(cls.plane.config)
        cls.kubelet = None

    def tearDown(self):
        self.host.stop()

    @classmethod
    def start_plane(cls, mode, server=None):
        """With the rules and, the first time, a node that answers; `server` says where a mode over TCP finds it."""
        port = server.port("http-connect/") if mode == "tcp" else None
        cls.plane.start(EGRESS[mode], {"127.0.0.1:8131": f"127.0.0.1:{port}"} if port else {})
        if cls.kubelet:
            return
        cls.plane.kubectl("create", "namespace", "kube-system", check=False)
        cls.plane.kubectl("apply", "-f", FOLDER / "konnectivity-rbac.yaml")
        pki = cls.host.path("/etc/kubernetes/pki")
        cls.kubelet = Kubelet(pki / "apiserver.crt", pki / "apiserver.key")
        cls.addClassCleanup(cls.kubelet.close)
        cls.plane.kubectl("create", "-f", "-", input=cls.kubelet.objects())

    @classmethod
    def token(cls, account=ACCOUNT, audience=AUDIENCE):
        """A token as the kubelet asks for it."""
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                   "spec": {"audiences": [audience], "expirationSeconds": 3600}}
        made = cls.plane.kubectl("create", "--raw", f"/api/v1/namespaces/kube-system/serviceaccounts/{account}/token",
                                 "-f", "-", input=json.dumps(request))
        return json.loads(made.stdout)["status"]["token"]

    def project(self, token, name="konnectivity-agent-token"):
        """Writes a token as the kubelet does, by exchange of the folder that a link leads to; the file's path."""
        folder = self.host.path(f"{TOKENS}/{name}.volume")
        folder.mkdir(parents=True, exist_ok=True)
        version = folder / f"..{len(list(folder.iterdir()))}"
        version.mkdir()
        (version / name).write_text(token)
        (folder / "..next").symlink_to(version.name)
        (folder / "..next").rename(folder / "..data")
        file = folder / name
        if not file.is_symlink():
            file.symlink_to(pathlib.Path("..data") / name)
        return f"{TOKENS}/{name}.volume/{name}"

    def agent(self, server, token_file, **flags):
        flags = {"service-account-token-path": token_file} | flags
        return self.host.agent(container_of("konnectivity-agent.yaml"), server.port("agents/"), tokens=True, **flags)
