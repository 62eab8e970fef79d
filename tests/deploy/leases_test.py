"""Leases at a real kube-apiserver: servers publish, renew, collect and withdraw them, and agents count them."""
import json
import unittest

from control_plane import ControlPlane, missing
from page_host import PageHost, container_of
from programs import ROOT, skip
from servers_test import CONNECTED
from tcp_balancer import TcpBalancer, round_robin

FOLDER = ROOT / "deploy/kubernetes"
ENDED = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
         "metadata": {"name": "konnectivity-proxy-server-gone", "labels": {"k8s-app": "konnectivity-server"}},
         "spec": {"holderIdentity": "gone", "leaseDurationSeconds": 30, "renewTime": "2026-01-01T00:00:00.000000Z"}}


class Leases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = PageHost()
        cls.addClassCleanup(cls.host.close)
        cls.plane = ControlPlane(cls.host)
        cls.addClassCleanup(cls.plane.close)
        cls.host.make_certificates(cls.plane.config)
        cls.plane.start("egress-selector-configuration.yaml")
        cls.plane.kubectl("create", "namespace", "kube-system", check=False)
        cls.plane.kubectl("apply", "-f", FOLDER / "konnectivity-rbac.yaml", "-f", FOLDER / "konnectivity-rbac-leases.yaml")

    def server(self, name):
        server = self.host.server(container_of("konnectivity-server.yaml"), {"PROXY_SERVER_ID": name},
                                  **{"uds-name": f"/etc/kubernetes/konnectivity-server/{name}.socket", "server-count": "1",
                                     "kubeconfig": "/etc/kubernetes/konnectivity-server.conf", "enable-lease-controller": "true"})
        server.says("the lease of this server is published")
        return server

    def agent(self, balancer, source):
        return self.host.agent(container_of("konnectivity-agent.yaml"), balancer.port,
                               **{"count-server-leases": "true", "server-count-source": source,
                                  "kubeconfig": "/etc/kubernetes/admin.conf"})

    def leases(self):
        """Those that have our label, by the name of their server."""
        listed = self.plane.kubectl("get", "leases", "-n", "kube-system", "-l", "k8s-app=konnectivity-server", "-o", "json").stdout
        return {lease["spec"]["holderIdentity"]: lease for lease in json.loads(listed)["items"]}

    def test_servers_publish_leases_and_agents_count_them(self):
        one, two = self.server("one"), self.server("two")
        self.assertEqual(sorted(self.leases()), ["one", "two"])
        lease = self.leases()["one"]
        self.assertEqual(lease["metadata"]["name"], "konnectivity-proxy-server-one")
        self.assertEqual(lease["spec"]["leaseDurationSeconds"], 30)

        balancer = TcpBalancer(round_robin, [one.port("agents/"), two.port("agents/")])
        self.addCleanup(balancer.close)
        agent, other = (self.agent(balancer, source) for source in ("default", "max"))
        for each in (agent, other):
            self.assertEqual(sorted(match[1] for match in each.says(CONNECTED, 2)), ["one", "two"])
            each.says("the number of servers that have a lease has changed .*leases=2")

        # What has ended is not counted, and is collected by one of them.
        self.plane.kubectl("create", "-n", "kube-system", "-f", "-", input=json.dumps(ENDED))
        three = self.server("three")
        three.says("a lease that had ended was removed .*konnectivity-proxy-server-gone")
        balancer.ports.append(three.port("agents/"))
        for each in (agent, other):
            self.assertEqual(each.says(CONNECTED, 3)[2][1], "three")
        self.assertNotIn("leases=4", agent.output)

        # Away and back: nobody ends, the lease goes on, the agent counts as before.
        renewed = self.leases()["one"]["spec"]["renewTime"]
        self.plane.stop_server()
        one.says("the lease of this server cannot be renewed for now")
        agent.says("leases cannot be watched for now")
        self.plane.start("egress-selector-configuration.yaml")
        one.says("the lease of this server is published", 2)
        self.assertGreater(self.leases()["one"]["spec"]["renewTime"], renewed)
        self.assertNotIn("one server is assumed", agent.output)

        self.host.running.remove(three)
        self.assertEqual(three.end(), 0)
        self.assertNotIn("three", self.leases())
        agent.says("the number of servers that have a lease has changed .*leases=2", 2)
        self.assertEqual(set(self.host.stop()), {0})
        self.assertEqual(self.leases(), {})


if __name__ == "__main__":
    if why := missing():
        skip("leases at a kube-apiserver", why)
    unittest.main(verbosity=2)
