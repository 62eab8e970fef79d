"""Tokens of agents at a real kube-apiserver: which are let in and which are not, what is said of it, and what happens when
tokens, the server's kubeconfig, service accounts or kube-apiserver itself change."""
import json
import re
import socket
import time
import unittest

import yaml

import jwt
import manifests
from cluster import AUDIENCE, Cluster, server_container
from control_plane import missing
from programs import printed_config, run, skip
from running import PATIENCE, free_port

CONFIG = "/etc/kubernetes/konnectivity-server.conf"
SOCKET = "/etc/kubernetes/konnectivity-server/konnectivity-server.socket"
GARBAGE = "neither.a-token.nor-anything-like-it"


class Tokens(Cluster):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_plane("http-connect")
        cls.plane.kubectl("create", "serviceaccount", "stranger", "-n", "kube-system")
        cls.sa_key = cls.host.path("/etc/kubernetes/pki/sa.key")

    def setUp(self):
        self.shown, self.programs = set(), []

    def tearDown(self):
        super().tearDown()
        said = "".join(program.output for program in (*self.programs, self.plane.server))
        for token in self.shown:
            self.assertNotIn(token, said)
            self.assertNotIn(token.split(".")[-1], said, "a token's signature")

    def start_server(self, **flags):
        """As the page has it, and it tells all that it can."""
        self.programs.append(self.host.server(server_container("http-connect"), tokens=True, **({"v": "9"} | flags)))
        return self.programs[-1]

    def start_hasty_server(self, **review):
        """Beside another one, with other fields of its authenticator, which have no flags."""
        given = manifests.flags(server_container("http-connect")) | {
            "agent-port": "0", "admin-port": "0", "health-port": "0", "v": "9", "uds-name": SOCKET.replace("server.", "hasty.")}
        arguments = self.host.arguments([f"--{flag}={value}" for flag, value in given.items()])
        document = manifests.documents(printed_config("proxy-server", arguments))[0]
        document["authenticators"]["token-review/agents"] |= review
        file = self.host.work / "hasty.yaml"
        file.write_text(yaml.dump(document))
        self.programs.append(self.host.launch("konduit", ["run", file]))
        return self.programs[-1]

    def start_agent(self, server, name, token):
        self.shown.add(token)
        self.programs.append(self.agent(server, self.project(token, name),
                                        **{"agent-id": name, "v": "9", "sync-interval": "200ms", "sync-interval-cap": "500ms"}))
        return self.programs[-1]

    def let_in(self, server, name, times=1):
        server.says(f"an agent connected agent={name} .*serviceaccount:kube-system:", times)

    def refused(self, server, name, status, reason):
        said = server.says(f"an agent was refused agent={name} .*\\n")[0][0]
        self.assertIn(f" status={status} ", said)
        self.assertRegex(said, reason)

    def stop(self, program):
        self.host.running.remove(program)
        self.assertEqual(program.end(), 0)

    def test_those_that_are_not_good_are_refused_with_the_reason(self):
        server, good = self.start_server(), self.token()
        end = jwt.claims(good)["exp"]
        forger = self.host.work / "forger.key"
        run(["openssl", "genrsa", "-out", forger], check=True)
        refused = {
            "other-audience": (self.token(audience="somebody-else"), "UNAUTHENTICATED", "audience"),
            "stranger": (self.token("stranger"), "PERMISSION_DENIED", "the token is of system:serviceaccount:kube-system:stranger"),
            "expired": (jwt.signed_anew(good, self.sa_key, exp=end - 7200, iat=end - 9000, nbf=end - 9000), "UNAUTHENTICATED", "expired"),
            "forged": (jwt.signed_anew(good, forger), "UNAUTHENTICATED", "the API server refuses the token"),
            "garbage": (GARBAGE, "UNAUTHENTICATED", "the API server refuses the token"),
        }
        agents = {name: self.start_agent(server, name, token) for name, (token, *_) in refused.items()}
        for name, (_, status, reason) in refused.items():
            with self.subTest(name):
                self.refused(server, name, status, reason)
                agents[name].says(f"a server was reached and did not take this agent .*{status}")
        self.assertNotIn("an agent connected", server.output)
        # It was the changed claim: a signature of ours alone keeps nobody out.
        self.start_agent(server, "signed-anew", jwt.signed_anew(good, self.sa_key, exp=end - 1))
        self.let_in(server, "signed-anew")

    def test_a_file_that_changes_is_read_for_the_next_connection(self):
        port = str(free_port())
        server = self.start_server(**{"agent-port": port})
        self.start_agent(server, "agent", GARBAGE)
        self.refused(server, "agent", "UNAUTHENTICATED", "refuses the token")
        self.project(self.token(), "agent")
        self.let_in(server, "agent")
        later = self.token(audience="somebody-else")
        self.shown.add(later)
        self.project(later, "agent")
        self.stop(server)
        self.assertNotIn("audience", server.output.partition("an agent connected")[2])
        self.refused(self.start_server(**{"agent-port": port}), "agent", "UNAUTHENTICATED", "audience")

    def test_of_an_account_that_is_deleted_are_believed_as_long_as_the_cache_says(self):
        self.plane.kubectl("create", "serviceaccount", "leaver", "-n", "kube-system")
        known = self.token("leaver")
        unknown = jwt.signed_anew(known, self.sa_key, exp=jwt.claims(known)["exp"] - 1)
        server = self.start_server(**{"agent-service-account": "leaver"})
        hasty = self.start_hasty_server(service_account="leaver", cache="100ms")
        agents = [self.start_agent(each, "known", known) for each in (server, hasty)]
        for each in (server, hasty):
            self.let_in(each, "known")
        self.plane.kubectl("delete", "serviceaccount", "leaver", "-n", "kube-system")
        self.start_agent(server, "unknown", unknown)
        self.refused(server, "unknown", "UNAUTHENTICATED", "refuses the token")
        for agent in agents:
            self.stop(agent)
        self.start_agent(server, "known", known)
        self.let_in(server, "known", 2)
        self.await_refusal(known)
        self.start_agent(hasty, "known-before", known)
        self.refused(hasty, "known-before", "UNAUTHENTICATED", "refuses the token")

    def await_refusal(self, token):
        """kube-apiserver has a cache as well, of ten seconds."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token, "audiences": [AUDIENCE]}}
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answer = self.plane.kubectl("create", "-f", "-", "-o", "json", input=json.dumps(review)).stdout
            if not json.loads(answer)["status"].get("authenticated"):
                return
            time.sleep(0.2)
        self.fail("kube-apiserver still believes the token of an account that is deleted")

    def test_are_reviewed_by_the_kubeconfig_of_now(self):
        file = self.host.path(CONFIG)
        right = file.read_text()
        self.addCleanup(file.write_text, right)
        wrong = manifests.documents(right)[0]
        wrong["users"][0]["user"] = {"token": self.token("stranger", "https://kubernetes.default.svc")}
        self.shown.add(wrong["users"][0]["user"]["token"])
        file.write_text(yaml.dump(wrong))
        server = self.start_server()
        self.start_agent(server, "agent", self.token())
        self.refused(server, "agent", "UNAVAILABLE", "the token cannot be checked now: .* 403 Forbidden: .*stranger")
        server.says("the API server does not review tokens")

        # As long as agents come, the file is looked at; one that is broken changes nothing.
        self.replace(file, "apiVersion: v1\nkind: Config\n")
        server.says("could not be read again, the old one stays in force")
        told = len(re.findall("403 Forbidden", server.output))
        server.says("403 Forbidden", told + 1)

        file.write_text(right)  # as kubectl does
        self.let_in(server, "agent")
        server.says("the API server's access was read again")
        server.says("the API server reviews tokens again")

    def replace(self, file, text):
        """At once, as whoever renews a kubeconfig must."""
        (self.host.work / file.name).write_text(text)
        (self.host.work / file.name).rename(file)

    def test_while_kube_apiserver_is_away_agents_stay_and_those_that_are_known_come_back(self):
        server, known = self.start_server(), self.token()
        hasty = self.start_hasty_server(timeout="500ms")
        self.start_agent(server, "stays", known)
        self.let_in(server, "stays")
        self.plane.stop_server()
        self.assertEqual(self.ask_the_node_over_the_socket(), b"HTTP/1.1 200 Connection Established")
        self.start_agent(server, "comes-back", known)
        self.let_in(server, "comes-back")
        unknown = jwt.signed_anew(known, self.sa_key, exp=jwt.claims(known)["exp"] - 1)
        self.start_agent(hasty, "new", unknown)
        self.refused(hasty, "new", "UNAVAILABLE", "the token cannot be checked now")
        self.assertNotIn("an agent has gone", server.output)

        self.start_plane("http-connect")
        self.let_in(hasty, "new")
        with self.plane.ask("/api/v1/nodes/node-1/proxy/back") as answer:
            self.assertEqual(answer.read(), b"you asked for /back\n")

    def ask_the_node_over_the_socket(self):
        """The first line of the server's answer."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(str(self.host.path(SOCKET)))
            client.sendall(f"CONNECT 127.0.0.1:{self.kubelet.port} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            return client.makefile("rb").readline().strip()


if __name__ == "__main__":
    if why := missing():
        skip("tokens at a kube-apiserver", why)
    unittest.main(verbosity=2)
