"""The page's kubectl commands that need no cluster: they make the server's kubeconfig."""
import shutil
import unittest

import manifests
import page
from page_host import PageHost
from programs import skip

HEADING = "A certificate and a kubeconfig for the server"
ADMINISTRATOR = """apiVersion: v1
kind: Config
clusters: [{name: kubernetes, cluster: {server: "https://control-plane.example.com:6443"}}]
contexts: [{name: admin, context: {cluster: kubernetes, user: admin}}]
current-context: admin
"""


class Kubectl(unittest.TestCase):
    def setUp(self):
        self.host = PageHost()
        self.addCleanup(self.host.close)
        admin = self.host.work / "admin.conf"
        admin.write_text(ADMINISTRATOR)
        for block in page.blocks():
            if block.heading == HEADING and block.language == "bash":
                done = self.host.shell(block.text, KUBECONFIG=str(admin))
                self.assertEqual(done.returncode, 0, f"{block.text}\n{done.stdout}{done.stderr}")

    def test_the_kubeconfig_holds_all_that_the_server_needs(self):
        file = self.host.path("/etc/kubernetes/konnectivity-server.conf")
        config = manifests.documents(file.read_text())[0]
        self.assertEqual(config["current-context"], "system:konnectivity-server@kubernetes")
        self.assertEqual(config["clusters"][0]["cluster"]["server"], "https://control-plane.example.com:6443")
        self.assertIn("certificate-authority-data", config["clusters"][0]["cluster"])
        self.assertLessEqual({"client-certificate-data", "client-key-data"}, set(config["users"][0]["user"]))
        self.assertEqual(list(self.host.work.glob("konnectivity.*")), [], "keys are left behind")

    def test_every_kubectl_command_of_the_page_is_tried_or_says_that_it_is_not(self):
        for block in page.blocks():
            if block.language == "bash" and block.tried() and "kubectl" in block.text:
                self.assertEqual(block.heading, HEADING)


if __name__ == "__main__":
    if shutil.which("kubectl") is None:
        skip("the page's kubectl commands", "there is no kubectl (Debian: kubernetes-client)")
    unittest.main(verbosity=2)
