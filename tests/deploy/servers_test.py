"""Several servers behind a load balancer: an agent finds all of them, one that comes back under a new id, and one that is added."""
import unittest

from page_host import PageHost, container_of
from running import free_port
from tcp_balancer import TcpBalancer, round_robin, source_hash

CONNECTED = r"connected to a server .*server_id=(\S+)"


class Servers(unittest.TestCase):
    def setUp(self):
        self.host = PageHost()
        self.addCleanup(self.host.close)
        self.host.make_certificates()

    def server(self, name, **flags):
        flags = {"uds-name": f"/etc/kubernetes/konnectivity-server/{name}.socket", "server-count": "3"} | flags
        return self.host.server(container_of("konnectivity-server.yaml"), {"PROXY_SERVER_ID": name}, **flags)

    def balancer(self, choose, *servers):
        made = TcpBalancer(choose, [server.port("agents/") for server in servers])
        self.addCleanup(made.close)
        return made

    def agent(self, balancer, **flags):
        flags = {"sync-interval": "100ms", "sync-interval-cap": "500ms"} | flags
        return self.host.agent(container_of("konnectivity-agent.yaml"), balancer.port, **flags)

    def found(self, agent, times):
        return [match[1] for match in agent.says(CONNECTED, times)]

    def kill(self, server):
        self.host.running.remove(server)
        server.process.kill()
        server.end()

    def serve(self, choose):
        port = str(free_port())
        servers = [self.server("one"), self.server("two", **{"agent-port": port}), self.server("three")]
        balancer = self.balancer(choose, *servers)
        agent = self.agent(balancer, **{"sync-forever": "true"})
        self.assertEqual(sorted(self.found(agent, 3)), ["one", "three", "two"])
        for server in servers:
            server.says("an agent connected")

        self.kill(servers[1])
        agent.says("a server's connection ended .*server_id=two")
        self.server("two-again", **{"agent-port": port})
        self.assertEqual(self.found(agent, 4)[3], "two-again")

        # Nobody tells the agent of a fourth: the others still say three.
        balancer.ports.append(self.server("four").port("agents/"))
        self.assertEqual(self.found(agent, 5)[4], "four")
        self.assertEqual(set(self.host.stop()), {0})

    def test_an_agent_finds_all_of_them_one_after_the_other(self):
        self.serve(round_robin)

    def test_an_agent_finds_all_of_them_by_the_hash_of_its_source(self):
        self.serve(source_hash)

    def test_an_agent_that_meets_one_server_only_says_so(self):
        balancer = self.balancer(lambda *_: 0, self.server("one"), self.server("two"))
        agent = self.agent(balancer)
        agent.says(r"several servers may have one id.*server_id=one servers=1 wanted=3")
        self.assertEqual(self.found(agent, 1), ["one"])

    def test_a_server_that_knows_more_servers_makes_an_agent_look_for_them(self):
        one, two = self.server("one", **{"server-count": "1"}), self.server("two", **{"server-count": "2"})
        balancer = self.balancer(round_robin, one)
        agent = self.agent(balancer)
        self.found(agent, 1)
        port = one.port("agents/")
        self.kill(one)
        balancer.ports.append(two.port("agents/"))
        self.server("one", **{"agent-port": str(port), "server-count": "2"})
        self.assertEqual(sorted(self.found(agent, 3)[1:]), ["one", "two"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
