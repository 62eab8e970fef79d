"""The page's HAProxy configurations: agents find every server behind it, one that comes back under a new id, and a fourth."""
import re
import shutil
import socket
import unittest

import page
from page_host import PageHost
from programs import run, skip
from running import Running, free_port
from tcp_balancer import TcpBalancer, round_robin

HEADING = "Several servers, and their number"
CONNECTED = r"connected to a server .*server_id=(\S+)"
QUICK = {"sync-interval": "100ms", "sync-interval-cap": "500ms"}


def configuration(heading, number=0):
    """The page's block, without what belongs to a machine of its reader."""
    return [block.text for block in page.blocks() if block.heading == heading and block.language == "haproxy"][number]


def hashed():
    """The configuration with the lines that the page says for a hash of address and port."""
    lines = [line for line in configuration("The balancer", 1).splitlines() if "peer" in line]
    set_peer, balance = lines
    text = configuration("The balancer")
    assert text.count("  balance roundrobin") == 1
    return text.replace("  balance roundrobin", balance).replace("  bind :8132\n", f"  bind :8132\n{set_peer}\n")


class HAProxy:
    """HAProxy with a configuration of the page on a socket of ours. `use` has it know these servers from then on, as a reload does."""

    def __init__(self, host, text, listener):
        self.host, self.text, self.listener = host, text, listener
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.running = []

    def use(self, servers):
        (agents_port,) = set(re.findall(r"bind :(\d+)", self.text))
        text = self.text.replace(f"bind :{agents_port}", f"bind fd@{self.socket.fileno()}")
        line = f"  server control-plane-1 10.0.0.11:{agents_port} check port 8134\n"
        assert line in text
        lines = [f"  server control-plane-{number} 127.0.0.1:{server.port(self.listener)} check port {server.port('telemetry/health')}\n"
                 for number, server in enumerate(servers, 1)]
        file = self.host.work / f"haproxy-{len(self.running)}.cfg"
        file.write_text(re.sub(r"  server .*\n", "", text) + "".join(lines))
        checked = run(["haproxy", "-c", "-f", file], pass_fds=[self.socket.fileno()])
        if checked.returncode != 0:
            raise AssertionError(checked.stdout + checked.stderr)
        in_place_of = ["-sf", self.running[-1].process.pid] if self.running else []
        self.running.append(Running(["haproxy", "-db", "-f", file, *in_place_of], pass_fds=[self.socket.fileno()]))

    def close(self):
        for each in self.running:
            each.end()
        self.socket.close()


class Balancer(unittest.TestCase):
    def setUp(self):
        self.host = PageHost()
        self.addCleanup(self.host.close)
        self.host.make_certificates()

    def server(self, name, **flags):
        flags = {"uds-name": f"/etc/kubernetes/konnectivity-server/{name}.socket"} | flags
        return self.host.server(page.containers(HEADING)["proxy-server"], {"PROXY_SERVER_ID": name}, **flags)

    def agent(self, port):
        return self.host.agent(page.containers(HEADING)["proxy-agent"], port, **QUICK)

    def haproxy(self, text, servers, listener="agents/"):
        made = HAProxy(self.host, text, listener)
        self.addCleanup(made.close)
        made.use(servers)
        return made

    def found(self, agent, times):
        return [match[1] for match in agent.says(CONNECTED, times)]

    def is_ready_with(self, agent, words):
        done = run(["curl", "-fsS", f"http://127.0.0.1:{agent.port('telemetry/health')}/readyz?verbose"])
        self.assertIn(f"({words})", done.stdout, done.stderr)

    def kill(self, server):
        self.host.running.remove(server)
        server.process.kill()
        server.end()

    def finds_every_server(self, text):
        ports = [{"agent-port": str(free_port()), "health-port": str(free_port())} for _ in range(2)]
        one, two, three = self.server("one", **ports[0]), self.server("two", **ports[1]), self.server("three")
        haproxy = self.haproxy(text, [one, two, three])
        agent = self.agent(haproxy.port)
        self.assertEqual(sorted(self.found(agent, 3)), ["one", "three", "two"])
        for server in (one, two, three):
            server.says("an agent connected")
        self.is_ready_with(agent, "3 of 3 servers")

        self.kill(two)
        agent.says("a server's connection ended .*server_id=two")
        self.is_ready_with(agent, "2 of 3 servers")
        two = self.server("two-again", **ports[1])
        self.assertEqual(self.found(agent, 4)[3], "two-again")

        # A fourth, as the page says: it has the new number, then the others have it, one after the other.
        four = self.server("four", **{"server-count": "4"})
        haproxy.use([one, two, three, four])
        self.host.running.remove(one)
        self.assertEqual(one.end(), 0)
        self.server("one-again", **ports[0], **{"server-count": "4"})
        self.assertEqual(sorted(self.found(agent, 6)[4:]), ["four", "one-again"])
        self.is_ready_with(agent, "4 of 4 servers")
        self.assertEqual(set(self.host.stop()), {0})

    def test_an_agent_finds_every_server_one_after_the_other(self):
        self.finds_every_server(configuration("The balancer"))

    def test_an_agent_finds_every_server_by_the_hash_of_its_address_and_port(self):
        self.finds_every_server(hashed())

    def test_by_its_address_alone_an_agent_meets_one_server_and_says_so(self):
        text = configuration("The balancer").replace("balance roundrobin", "balance source")
        haproxy = self.haproxy(text, [self.server(name) for name in ("one", "two", "three")])
        agents = []
        for number in range(3):
            machine = TcpBalancer(round_robin, [haproxy.port], source=f"127.0.0.{11 + number}")
            self.addCleanup(machine.close)
            agents.append(self.agent(machine.port))
        for agent in agents:
            agent.says(r"the load balancer sends this agent always to the same.*servers=1 wanted=3")
            self.is_ready_with(agent, "1 of 3 servers")
        # Every server has an agent nevertheless.
        self.assertEqual(sorted(self.found(agent, 1)[0] for agent in agents), ["one", "three", "two"])
        self.assertEqual(set(self.host.stop()), {0})

    def test_requests_go_to_servers_that_are_ready(self):
        heading = "HTTP CONNECT over TCP"
        servers = []
        for name in ("one", "two"):
            servers.append(self.host.server(page.containers(heading)["proxy-server"], {"PROXY_SERVER_ID": name}))
        agents = [self.host.agent(page.containers(HEADING)["proxy-agent"], server.port("agents/")) for server in servers]
        for server in servers:
            server.says("an agent connected")
        haproxy = self.haproxy(configuration(heading), servers, "http-connect/")
        (by_hand,) = [block.text for block in page.blocks() if block.heading == heading and "curl" in block.text]
        self.host.names |= {"127.0.0.1:8131": f"127.0.0.1:{haproxy.port}",
                            "localhost:8134": f"localhost:{agents[0].port('telemetry/health')}"}

        def asks(times):
            for _ in range(times):
                done = self.host.shell(by_hand)
                self.assertEqual((done.returncode, done.stdout), (0, "ok"), done.stderr)

        asks(4)
        self.host.running.remove(servers[0])
        self.assertEqual(servers[0].end(), 0)
        asks(4)
        self.assertEqual(set(self.host.stop()), {0})


if __name__ == "__main__":
    if shutil.which("haproxy") is None:
        skip("the page's balancer", "there is no haproxy")
    unittest.main(verbosity=2)
