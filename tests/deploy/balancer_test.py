"""The page's HAProxy configuration: an agent finds all three servers behind it, and one that comes back under a new id."""
import shutil
import socket
import unittest

import page
from page_host import PageHost
from programs import run, skip
from running import Running, free_port

HEADING = "Several servers, and their number"
CONNECTED = r"connected to a server .*server_id=(\S+)"


class Balancer(unittest.TestCase):
    def setUp(self):
        self.host = PageHost()
        self.addCleanup(self.host.close)
        self.host.make_certificates()
        (self.configuration,) = [block.text for block in page.blocks() if block.language == "haproxy"]

    def start_server(self, name, **flags):
        flags |= {"uds-name": f"/etc/kubernetes/konnectivity-server/{name}.socket"}
        return self.host.server(page.containers(HEADING)["proxy-server"], {"PROXY_SERVER_ID": name}, **flags)

    def start_haproxy(self, servers):
        """The page's configuration, with the servers' ports and a socket of ours as its port; returns the port."""
        text = self.configuration
        for number, server in enumerate(servers, 1):
            there = f"10.0.0.1{number}:8132 check port 8134"
            self.assertIn(there, text)
            text = text.replace(there, f"127.0.0.1:{server.port('agents/')} check port {server.port('telemetry/health')}")
        self.assertIn("bind :8132", text)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            text = text.replace("bind :8132", f"bind fd@{listener.fileno()}")
            file = self.host.work / "haproxy.cfg"
            file.write_text(text)
            checked = run(["haproxy", "-c", "-f", file], pass_fds=[listener.fileno()])
            self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
            haproxy = Running(["haproxy", "-db", "-f", file], pass_fds=[listener.fileno()])
            self.addCleanup(haproxy.end)
            return listener.getsockname()[1]

    def test_an_agent_finds_every_server_and_one_that_comes_later(self):
        ports = {"agent-port": str(free_port()), "health-port": str(free_port())}
        servers = [self.start_server("one"), self.start_server("two", **ports), self.start_server("three")]
        agent = self.host.agent(page.containers(HEADING)["proxy-agent"], self.start_haproxy(servers))
        found = [match[1] for match in agent.says(CONNECTED, 3)]
        self.assertEqual(sorted(found), ["one", "three", "two"])
        for server in servers:
            server.says("an agent connected")

        self.host.running.remove(servers[1])
        self.assertEqual(servers[1].end(), 0)
        self.start_server("two-again", **ports)
        self.assertEqual([match[1] for match in agent.says(CONNECTED, 4)][3], "two-again")
        self.assertEqual(set(self.host.stop()), {0})


if __name__ == "__main__":
    if shutil.which("haproxy") is None:
        skip("the page's balancer", "there is no haproxy")
    unittest.main(verbosity=2)
