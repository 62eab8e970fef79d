"""A folder that stands for a machine's root, with the files that manifests name."""
import pathlib
import re
import shutil
import tempfile

from programs import run

KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{name: kubernetes, cluster: {server: "https://10.0.0.10:6443", certificate-authority: CA}}]
users: [{name: user, user: {client-certificate: CERTIFICATE, client-key: KEY}}]
contexts: [{name: context, context: {cluster: kubernetes, user: user}}]
current-context: context
"""


class Host:
    """A temporary folder; `close` removes it. `path` turns a path of the machine into one below it."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="konduit-host."))
        pki = self.path("/etc/kubernetes/pki")
        pki.mkdir(parents=True)
        run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7", "-subj", "/CN=kubernetes",
             "-addext", "keyUsage=critical,keyCertSign", "-keyout", pki / "ca.key", "-out", pki / "ca.crt"], check=True)
        run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=kube-apiserver", "-keyout", pki / "apiserver.key",
             "-out", pki / "apiserver.csr"], check=True)
        names = pki / "apiserver.names"
        names.write_text("subjectAltName=DNS:kubernetes,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        run(["openssl", "x509", "-req", "-in", pki / "apiserver.csr", "-CA", pki / "ca.crt", "-CAkey", pki / "ca.key",
             "-CAcreateserial", "-days", "7", "-extfile", names, "-out", pki / "apiserver.crt"], check=True)

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def path(self, path):
        return self.root / path.lstrip("/")

    def provide(self, path):
        """Makes the file, as its name says, where there is none yet."""
        file, pki = self.path(path), self.path("/etc/kubernetes/pki")
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() or file.suffix in (".socket", ".log"):
            return
        if file.suffix in (".crt", ".key"):
            source = "ca.crt" if file.name == "ca.crt" else "apiserver" + file.suffix
            shutil.copy(pki / source, file)
        elif "token" in file.name:
            file.write_text("header.payload.signature")
        else:
            text = KUBECONFIG.replace("CERTIFICATE", str(pki / "apiserver.crt")).replace("KEY", str(pki / "apiserver.key"))
            file.write_text(text.replace("CA", str(pki / "ca.crt")))

    def arguments(self, arguments):
        """The arguments, with every path that is a flag's value below this folder, and the files there."""
        moved = []
        for argument in arguments:
            match = re.fullmatch(r"(--[a-z-]+=)(/.*)", argument)
            if match:
                self.provide(match[2])
                argument = match[1] + str(self.path(match[2]))
            moved.append(argument)
        return moved
