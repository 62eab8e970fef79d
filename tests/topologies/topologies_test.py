"""The documents of examples/topologies, each checked and then run end to end with curl."""
import http.server
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest

from programs import BIN, ROOT, run, skip
from running import Program, free_port

TOPOLOGIES = ROOT / "examples/topologies"


class Endpoint(http.server.ThreadingHTTPServer):
    """An HTTP server on a free port of 127.0.0.1 that answers with the words it was given."""

    def __init__(self, words):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", str(len(words)))
                self.end_headers()
                self.wfile.write(words.encode())

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        self.shutdown()
        self.server_close()


def make_certificates(folder):
    """An authority, a server for localhost, and clients by name."""
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    openssl("req", "-x509", *key, "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem")
    for name, common_name in {"server": "localhost", "agent": "agent", "alice": "alice", "mallory": "mallory"}.items():
        names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"] if name == "server" else []
        openssl("req", "-x509", *key, *names, "-subj", f"/CN={common_name}", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-keyout", f"{name}.key", "-out", f"{name}.pem")


class Topology(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="konduit-topologies-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        make_certificates(cls.folder)
        cls.endpoint = Endpoint("hello")
        cls.addClassCleanup(cls.endpoint.end)
        cls.url = f"http://127.0.0.1:{cls.endpoint.server_port}/"

    def start(self, document, **environment):
        """Runs a document until the test ends, when it must end well."""
        environment = {"LISTEN": "tcp://127.0.0.1:0", "CERTS": str(self.folder)} | environment
        program = Program("konduit", ["run", TOPOLOGIES / document], self.folder, environment)
        self.addCleanup(lambda: self.assertEqual(program.end(), 0, program.output))
        return program

    def curl(self, proxy, url=None, client=None):
        """What curl got through a proxy at that port, and the proxy's status."""
        secure = ["--proxy-cacert", self.folder / "ca.pem"]
        if client:
            secure += ["--proxy-cert", self.folder / f"{client}.pem", "--proxy-key", self.folder / f"{client}.key"]
        scheme = f"https://localhost:{proxy}" if client else f"http://127.0.0.1:{proxy}"
        done = run(["curl", "--silent", "--show-error", "--max-time", "20", "--proxy", scheme, "--proxytunnel", *(secure if client else []),
                    "--write-out", "\n%{http_connect}", url or self.url], env={"PATH": os.environ["PATH"]})
        body, _, status = done.stdout.rpartition("\n")
        return body, status

    def socks(self, proxy, user, url):
        """What curl got through a SOCKS5 proxy at that port, and what it says if that is nothing."""
        done = run(["curl", "--silent", "--show-error", "--max-time", "20", "--socks5-hostname", f"127.0.0.1:{proxy}",
                    "--proxy-user", user, url], env={"PATH": os.environ["PATH"]})
        return done.stdout, done.stderr

    def agent(self, document, port, **environment):
        agent = self.start(document, SERVER=f"localhost:{port}", **environment)
        agent.says("connected to a server")
        return agent

    def test_bastion(self):
        proxy = self.start("bastion/proxy.yaml", INSIDE=f"127.0.0.0/8:{self.endpoint.server_port}").port("http-connect/door")
        self.assertEqual(self.curl(proxy, client="alice"), ("hello", "200"))
        self.assertEqual(self.curl(proxy, "http://127.0.0.1:1/", client="alice"), ("", "403"))
        self.assertEqual(self.curl(proxy)[1], "000", "without TLS nobody gets in")

    def test_deny_metadata(self):
        proxy = self.start("deny-metadata/proxy.yaml").port("http-connect/in")
        self.assertEqual(self.curl(proxy), ("hello", "200"))
        for place in ("169.254.169.254", "[::ffff:169.254.169.254]", "metadata.google.internal"):
            self.assertEqual(self.curl(proxy, f"http://{place}/"), ("", "403"))

    def test_corporate_proxy(self):
        corporate = self.start("deny-metadata/proxy.yaml").port("http-connect/in")
        proxy = self.start("corporate-proxy/proxy.yaml", PROXY=f"tcp://127.0.0.1:{corporate}").port("http-connect/in")
        self.assertEqual(self.curl(proxy), ("hello", "200"))
        self.assertEqual(self.curl(proxy, "http://169.254.169.254/")[0], "", "the other proxy's refusal is passed on")

    def test_named_operators(self):
        server = self.start("named-operators/server.yaml", AGENTS="tcp://127.0.0.1:0")
        self.agent("named-operators/agent.yaml", server.port("agents/cluster"))
        server.says("an agent connected")
        door = server.port("http-connect/ops")
        self.assertEqual(self.curl(door, client="alice"), ("hello", "200"))
        self.assertEqual(self.curl(door, client="mallory"), ("", "403"))

    def test_socks5_into_cluster(self):
        server = self.start("socks5-into-cluster/server.yaml", AGENTS="tcp://127.0.0.1:0", SERVICES="localhost",
                            SOCKS5=os.environ["SOCKS5"])
        door, by_name = server.port("socks5/in"), f"http://localhost:{self.endpoint.server_port}/"
        self.assertIn("(3)", self.socks(door, "alice:secret", by_name)[1], "there is no agent: network unreachable")
        self.agent("socks5-into-cluster/agent.yaml", server.port("agents/cluster"))
        server.says("an agent connected")
        self.assertEqual(self.socks(door, "alice:secret", by_name), ("hello", ""))
        self.assertIn("(2)", self.socks(door, "alice:secret", self.url)[1], "an address is not allowed")
        self.assertIn("User was rejected", self.socks(door, "mallory:secret", by_name)[1])

    def test_one_process(self):
        both = self.start("one-process/both.yaml", AGENTS=f"127.0.0.1:{free_port()}")
        both.says("an agent connected")
        self.assertEqual(self.curl(both.port("http-connect/in")), ("hello", "200"))

    def test_agent_behind_proxy(self):
        proxy = self.start("deny-metadata/proxy.yaml").port("http-connect/in")
        server = self.start("agent-behind-proxy/server.yaml", AGENTS="tcp://127.0.0.1:0")
        self.agent("agent-behind-proxy/agent.yaml", server.port("agents/cluster"), PROXY=f"tcp://127.0.0.1:{proxy}")
        server.says("an agent connected")
        self.assertEqual(self.curl(server.port("http-connect/in")), ("hello", "200"))

    def test_split_by_network(self):
        server = self.start("split-by-network/server.yaml", AGENTS="tcp://127.0.0.1:0")
        self.agent("split-by-network/agent.yaml", server.port("agents/cluster"), NETWORK="127.0.0.0/8")
        self.agent("split-by-network/agent.yaml", server.port("agents/cluster"), NETWORK="10.2.0.0/16")
        server.says("an agent connected", 2)
        door = server.port("http-connect/in")
        self.assertEqual(self.curl(door), ("hello", "200"))
        self.assertEqual(self.curl(door, "http://192.0.2.1/")[1], "503", "no site serves that")

    def test_clusters_by_suffix(self):
        server = self.start("clusters-by-suffix/server.yaml", AGENTS_EAST="tcp://127.0.0.1:0", AGENTS_WEST="tcp://127.0.0.1:0",
                            EAST="127.0.0.1", WEST="localhost")
        self.agent("clusters-by-suffix/agent.yaml", server.port("agents/east"))
        server.says("an agent connected")
        door = server.port("http-connect/in")
        self.assertEqual(self.curl(door), ("hello", "200"))
        by_name = f"http://localhost:{self.endpoint.server_port}/"
        self.assertEqual(self.curl(door, by_name)[1], "503", "the west has no agent yet")
        self.agent("clusters-by-suffix/agent.yaml", server.port("agents/west"))
        server.says("an agent connected", 2)
        self.assertEqual(self.curl(door, by_name), ("hello", "200"))
        self.assertEqual(self.curl(door, "http://north.example/")[1], "503", "no cluster is meant")

    def test_peering(self):
        places = {"AGENTS": "tcp://127.0.0.1:0", "PEERS": "tcp://127.0.0.1:0"}
        two = self.start("peering/server.yaml", **places, PEER="tcp://127.0.0.1:1")
        one = self.start("peering/server.yaml", **places, PEER=f"tcp://localhost:{two.port('grpc/peers')}")
        self.assertEqual(self.curl(one.port("http-connect/in"))[1], "503", "neither has an agent")
        self.agent("peering/agent.yaml", two.port("agents/here"))
        two.says("an agent connected")
        self.assertEqual(self.curl(one.port("http-connect/in")), ("hello", "200"))
        self.assertEqual(self.curl(two.port("http-connect/in")), ("hello", "200"))

    def test_audit_everything(self):
        proxy = self.start("audit-everything/proxy.yaml")
        door = proxy.port("http-connect/in")
        self.assertEqual(self.curl(door), ("hello", "200"))
        self.assertEqual(self.curl(door, "http://127.0.0.1:25/")[1], "403")
        proxy.says(f'"served_by":"tcp://127.0.0.1:{self.endpoint.server_port}"')
        proxy.says('"end":"denied","error":"127.0.0.1:25 is denied by acl/mail')

    def test_canary(self):
        server = self.start("canary/server.yaml", AGENTS="tcp://127.0.0.1:0", AGENTS_CANARY="tcp://127.0.0.1:0",
                            LISTEN_CANARY="tcp://127.0.0.1:0")
        self.agent("canary/agent.yaml", server.port("agents/canary"))
        server.says("an agent connected")
        self.assertEqual(self.curl(server.port("http-connect/canary")), ("hello", "200"))
        self.assertEqual(self.curl(server.port("http-connect/stable"))[1], "503", "whose agents are the others")

    def test_every_document_is_checked_drawn_and_rehearsed(self):
        tested = {name.removeprefix("test_").replace("_", "-") for name in dir(self) if name.startswith("test_")}
        documents = sorted(TOPOLOGIES.glob("*/*.yaml"))
        self.assertEqual({file.parent.name for file in documents} - tested, set(), "each is run end to end")
        for file in documents:
            with self.subTest(file.relative_to(TOPOLOGIES)):
                self.assertTrue((file.parent / "README.md").is_file())
                for command in (["validate", file], ["graph", file, "--format", "svg"], ["test", file]):
                    done = run([BIN / "konduit", *command])
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertNotIn("0 of 0", done.stdout)


if __name__ == "__main__":
    if not shutil.which("curl"):
        skip("topologies", "curl is not installed")
    unittest.main()
