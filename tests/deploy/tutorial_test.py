"""The page from its first step to its last, with a real kube-apiserver: what it asks of a node goes through server and agent."""
import unittest

from cluster import Cluster, server_container
from control_plane import missing
from page_host import container_of
from programs import skip

HELLO = "/api/v1/nodes/node-1/proxy/hello"


class Tutorial(Cluster):
    """Agents show certificates; traffic_test.py has the page's other way, by tokens."""

    def test_kube_apiserver_reaches_a_node_and_not_without_the_server(self):
        server = self.host.server(server_container("grpc"))
        self.start_plane("grpc")
        agent = self.host.agent(container_of("konnectivity-agent.yaml"), server.port("agents/"))
        server.says("an agent connected")
        self.assertEqual(self.plane.kubectl("get", "--raw", HELLO).stdout, "you asked for /hello\n")
        for program in (agent, server):
            program.process.kill()
        alone = self.plane.kubectl("get", "--raw", HELLO, "--request-timeout=2s", check=False)
        self.assertNotEqual(alone.returncode, 0, "it went another way than through the tunnel")


if __name__ == "__main__":
    if why := missing():
        skip("the page at a kube-apiserver", why)
    unittest.main(verbosity=2)
