"""A machine as the page's reader has it: its commands run there, with a server and an agent where they are asked for."""
import os

import manifests
import page
from host import Host
from programs import BIN, ROOT, run
from running import Program, free_port

CERTIFICATES = "Agents with certificates in place of tokens"
TOKEN_FLAGS = {"agent-namespace", "agent-service-account", "kubeconfig", "authentication-audience", "service-account-token-path"}


class PageHost(Host):
    """`shell` runs a block. `start` runs a server and an agent that come to each other by certificates, as no kube-apiserver
    is there to be asked about tokens; every port is one that is free."""

    def __init__(self):
        super().__init__()
        self.work = self.path("/root")
        self.work.mkdir()
        self.path("/etc/kubernetes/konnectivity-server").mkdir()
        self.running = []
        # What the page's names and ports are here.
        self.names = {"/etc/kubernetes": str(self.path("/etc/kubernetes")), "control-plane.example.com": "localhost",
                      "10.0.0.10": "127.0.0.1"}

    def close(self):
        self.stop()
        super().close()

    def shell(self, text, **variables):
        for name, here in self.names.items():
            text = text.replace(name, here)
        environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"} | variables
        return run(["bash", "-euo", "pipefail", "-c", text], cwd=self.work, env=environment)

    def make_certificates(self, kubeconfig=None):
        """The page's commands that make certificates and, where there is a kube-apiserver to be asked, those by kubectl."""
        asked = {"KUBECONFIG": str(kubeconfig)} if kubeconfig else {}
        for block in page.blocks():
            by_kubectl = "kubectl" in block.text
            wanted = bool(asked) if by_kubectl else "openssl" in block.text
            if block.language != "bash" or not block.tried() or not wanted:
                continue
            done = self.shell(block.text, **asked)
            if done.returncode != 0:
                raise AssertionError(f"{block.text}\n{done.stdout}{done.stderr}")

    def server(self, container, environment=None, tokens=False, **flags):
        given = manifests.flags(container)
        if not tokens:
            given = without_tokens(given) | {"cluster-ca-cert": "/etc/kubernetes/pki/ca.crt"}
        given |= {"agent-port": "0", "admin-port": "0", "health-port": "0"} | flags
        if given["server-port"] != "0":
            given["server-port"] = str(free_port())
        return self.program("proxy-server", given, environment)

    def agent(self, container, port, tokens=False, **flags):
        given = manifests.flags(container)
        if not tokens:
            shown = without_tokens(manifests.flags(page.containers(CERTIFICATES)["proxy-agent"]))
            given = without_tokens(given) | {flag: shown[flag] for flag in ("agent-cert", "agent-key")}
            folder = self.path("/var/run/secrets/tokens")
            folder.mkdir(parents=True, exist_ok=True)
            for name in ("konnectivity-agent.crt", "konnectivity-agent.key"):
                (folder / name).write_bytes((self.work / name).read_bytes())
        given |= {"proxy-server-host": "localhost", "proxy-server-port": str(port), "admin-server-port": "0",
                  "health-server-port": "0"} | flags
        return self.program("proxy-agent", given)

    def start(self, heading):
        """The pair that a section describes."""
        changed = page.containers(heading)
        server = self.server(changed.get("proxy-server") or container_of("konnectivity-server.yaml"))
        agent = self.agent(changed.get("proxy-agent") or container_of("konnectivity-agent.yaml"), server.port("agents/"))
        server.says("an agent connected")
        self.names |= {"http://127.0.0.1:8134": f"http://127.0.0.1:{server.port('telemetry/health')}",
                       "localhost:8134": f"localhost:{agent.port('telemetry/health')}",
                       "10.244.1.7:8134": f"127.0.0.1:{agent.port('telemetry/health')}"}
        if (frontend := manifests.flags(changed.get("proxy-server", {"args": []})).get("server-port")) not in (None, "0"):
            self.names[f"127.0.0.1:{frontend}"] = f"127.0.0.1:{server.port('http-connect/')}"
        return server, agent

    def stop(self):
        """Ends what runs, agents first; the statuses."""
        statuses = [program.end() for program in reversed(self.running)]
        self.running.clear()
        return statuses

    def program(self, name, given, environment=None):
        arguments = self.arguments([f"--{flag}={value}" for flag, value in given.items()])
        return self.launch(name, arguments, environment)

    def launch(self, name, arguments, environment=None):
        self.running.append(Program(name, arguments, self.work, environment))
        return self.running[-1]


def without_tokens(given):
    return {flag: value for flag, value in given.items() if flag not in TOKEN_FLAGS}


def container_of(name):
    (container,) = [container for document in manifests.documents((ROOT / "deploy/kubernetes" / name).read_text())
                    for container in manifests.programs_of(document)]
    return container
