"""What a real kube-apiserver carries to a node through server and agent, in each way that it can ask: the server's arguments
are the page's, agents show projected tokens."""
import concurrent.futures
import hashlib
import signal
import unittest

from cluster import Cluster, server_container
from control_plane import missing
from kubelet import blob_digest
from programs import skip
from running import PATIENCE, Running

NODE = "/api/v1/nodes/node-1/proxy"
LOGS = ["logs", "pod-1", "--insecure-skip-tls-verify-backend"]
CROWD = 100


class Traffic(Cluster):
    def carry(self, mode):
        server = self.host.server(server_container(mode), tokens=True)
        self.start_plane(mode, server)
        token = self.token()
        agent = self.agent(server, self.project(token))
        server.says("an agent connected .*serviceaccount:kube-system:konnectivity-agent")
        self.check_a_log()
        self.check_a_log_that_is_followed()
        self.check_a_follower_who_is_interrupted()
        self.check_a_download()
        self.check_a_crowd()
        self.plane.stop_server()  # it keeps connections to the node, for which a drain would wait
        self.assertEqual(self.host.stop(), [0, 0])
        self.assertNotIn(token, server.output + agent.output)

    def check_a_log(self):
        self.assertEqual(self.plane.kubectl(*LOGS).stdout, "you asked for /containerLogs/default/pod-1/main\n")

    def follow(self):
        """kubectl, which follows the log, and the log."""
        reader = Running(["kubectl", "--kubeconfig", self.plane.config, *LOGS, "--follow"])
        self.addCleanup(reader.process.kill)
        return reader, self.kubelet.followed_log()

    def check_a_log_that_is_followed(self):
        reader, log = self.follow()
        for line in ("first", "second", "last"):  # the next one is said when this one has arrived
            log.say(line)
            reader.says(f"{line}\n")
        log.end()
        self.assertEqual(reader.ended(), 0)
        self.assertEqual(reader.output, "first\nsecond\nlast\n")
        self.assertFalse(log.gone.is_set())

    def check_a_follower_who_is_interrupted(self):
        reader, log = self.follow()
        log.say("first")
        reader.says("first\n")
        reader.process.send_signal(signal.SIGINT)
        reader.ended()
        self.assertTrue(log.gone.wait(PATIENCE), "the node's end of the tunnel is still open")

    def check_a_download(self):
        digest, size = hashlib.sha256(), 0
        with self.plane.ask(f"{NODE}/blob") as answer:
            while piece := answer.read(1 << 16):
                digest.update(piece)
                size += len(piece)
        self.assertEqual((size, digest.hexdigest()), (64 << 20, blob_digest()))

    def check_a_crowd(self):
        """The node answers when all of them have come, so each has a tunnel at the same time."""
        def one(number):
            with self.plane.ask(f"{NODE}/together/{CROWD}?by={number}") as answer:
                return answer.read()

        with concurrent.futures.ThreadPoolExecutor(CROWD) as crowd:
            self.assertEqual(set(crowd.map(one, range(CROWD))), {f"you asked for /together/{CROWD}\n".encode()})

    def test_over_grpc(self):
        self.carry("grpc")

    def test_over_http_connect(self):
        self.carry("http-connect")

    def test_over_http_connect_with_mutual_tls(self):
        self.carry("tcp")


if __name__ == "__main__":
    if why := missing():
        skip("traffic of a kube-apiserver", why)
    unittest.main(verbosity=2)
