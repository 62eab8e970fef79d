"""etcd and a real kube-apiserver on this machine, for a test; $KUBE_APISERVER names the program."""
import contextlib
import http.client
import os
import shutil
import ssl

from programs import ROOT, run
from running import PATIENCE, Running, free_port


class ControlPlane:
    """On a Host. `start` starts both, with the given egress selector configuration; `kubectl` asks as the administrator."""

    def __init__(self, host):
        self.host = host
        self.etcd = self.server = None
        self.port, self.etcd_port = free_port(), free_port()
        pki = self.host.path("/etc/kubernetes/pki")
        self.config = self.host.path("/etc/kubernetes/admin.conf")
        run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/O=system:masters/CN=admin", "-keyout", pki / "admin.key",
             "-out", pki / "admin.csr"], check=True)
        run(["openssl", "x509", "-req", "-in", pki / "admin.csr", "-CA", pki / "ca.crt", "-CAkey", pki / "ca.key", "-CAcreateserial",
             "-days", "7", "-out", pki / "admin.crt"], check=True)
        run(["openssl", "genrsa", "-out", pki / "sa.key"], check=True)
        run(["openssl", "rsa", "-in", pki / "sa.key", "-pubout", "-out", pki / "sa.pub"], check=True)
        self.kubectl("config", "set-cluster", "kubernetes", f"--server=https://127.0.0.1:{self.port}",
                     f"--certificate-authority={pki}/ca.crt")
        self.kubectl("config", "set-credentials", "admin", f"--client-certificate={pki}/admin.crt", f"--client-key={pki}/admin.key")
        self.kubectl("config", "set-context", "admin", "--cluster=kubernetes", "--user=admin")
        self.kubectl("config", "use-context", "admin")

    def kubectl(self, *words, **options):
        """The process; a failure raises with what kubectl says unless `check` is false."""
        options = {"check": True} | options
        done = run(["kubectl", "--kubeconfig", self.config, *words], **(options | {"check": False}))
        if options["check"] and done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(map(str, words))}\n{done.stdout}{done.stderr}")
        return done

    @contextlib.contextmanager
    def ask(self, path):
        """The answer to the administrator's GET, on a connection of its own."""
        pki = self.host.path("/etc/kubernetes/pki")
        context = ssl.create_default_context(cafile=pki / "ca.crt")
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            if answer.status != 200:
                raise AssertionError(f"{path}: {answer.status}\n{answer.read().decode(errors='replace')}")
            yield answer

    def start(self, egress_selector, names=None):
        """Starts kube-apiserver with a file of deploy/kubernetes, in place of one that runs; waits until it is ready.

        `names`: what the file's names are here."""
        file = self.host.path("/etc/kubernetes/egress.yaml")
        text = (ROOT / "deploy/kubernetes" / egress_selector).read_text()
        here = {"/etc/kubernetes": str(self.host.path("/etc/kubernetes"))} | (names or {})
        for name, value in here.items():
            text = text.replace(name, value)
        file.write_text(text)
        if self.etcd is None:
            urls = f"http://127.0.0.1:{self.etcd_port}"
            self.etcd = Running(["etcd", "--data-dir", self.host.path("/var/lib/etcd"), "--listen-client-urls", urls,
                                 "--advertise-client-urls", urls, "--listen-peer-urls", f"http://127.0.0.1:{free_port()}"])
            self.etcd.says("ready to serve")
        self.stop_server()
        pki = self.host.path("/etc/kubernetes/pki")
        self.server = Running([
            os.environ["KUBE_APISERVER"], f"--etcd-servers=http://127.0.0.1:{self.etcd_port}", f"--secure-port={self.port}",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.96.0.0/16", f"--tls-cert-file={pki}/apiserver.crt",
            f"--tls-private-key-file={pki}/apiserver.key", f"--client-ca-file={pki}/ca.crt",
            "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-signing-key-file={pki}/sa.key",
            f"--service-account-key-file={pki}/sa.pub", "--authorization-mode=RBAC", "--disable-admission-plugins=ServiceAccount",
            f"--egress-selector-config-file={file}", "--anonymous-auth=true",
            f"--kubelet-client-certificate={pki}/admin.crt", f"--kubelet-client-key={pki}/admin.key",
            "--kubelet-preferred-address-types=InternalIP"])
        self.server.says("Serving securely on")
        run(["curl", "-fsS", "--retry", "50", "--retry-delay", "1", "--retry-all-errors", "--cacert", pki / "ca.crt",
             f"https://127.0.0.1:{self.port}/readyz"], timeout=60, check=True)

    def stop_server(self):
        if self.server:
            self.server.process.kill()
            self.server.end()
            self.server = None

    def close(self):
        self.stop_server()
        if self.etcd:
            self.etcd.end()


def missing():
    """Why there can be no control plane here; None where there can."""
    if not os.environ.get("KUBE_APISERVER"):
        return "KUBE_APISERVER does not name a kube-apiserver"
    for tool in ("etcd", "kubectl", "curl"):
        if shutil.which(tool) is None:
            return f"there is no {tool}"
    return None
