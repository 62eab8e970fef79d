"""The page's commands, run in its order; what its YAML makes of the manifests; its links and quotations."""
import re
import shutil
import unittest

import manifests
import page
from page_host import PageHost
from programs import BIN, ROOT, printed_config, run, skip

# Sections whose commands look at running programs.
RUNNING = ("See that it works", "HTTP CONNECT over the socket", "HTTP CONNECT over TCP")


def kind(block):
    """What a command of the page needs."""
    if not block.tried():
        return "not tried"
    if "kubectl" in block.text:
        return "kubectl"
    if "openssl" in block.text:
        return "openssl"
    if "/etc/kubernetes/manifests/" in block.text:
        return "manifest"
    return "programs"


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = PageHost()
        cls.addClassCleanup(cls.host.close)
        cls.commands = [block for block in page.blocks() if block.language == "bash"]
        for block in cls.commands:
            if kind(block) == "openssl":
                done = cls.host.shell(block.text)
                if done.returncode != 0:
                    raise AssertionError(f"{block.heading}:\n{block.text}\n{done.stdout}{done.stderr}")

    def run_block(self, block):
        done = self.host.shell(block.text)
        self.assertEqual(done.returncode, 0, f"{block.text}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_only_what_needs_a_cluster_or_a_registry_is_not_tried(self):
        for block in self.commands:
            if not block.tried():
                self.assertRegex(block.text, r"^# not tried: needs (a cluster|a container builder and your registry)\n")
                self.assertRegex(block.text, r"\n(kubectl|helm|docker) ")

    def test_certificates_have_the_names_that_the_page_gives_them(self):
        pki, verify = self.host.path("/etc/kubernetes/pki"), lambda *words: run(["openssl", "verify", "-CAfile", pki / "ca.crt", *words])
        cluster, client = pki / "konnectivity-cluster.crt", pki / "konnectivity-client.crt"
        self.assertEqual(verify("-purpose", "sslserver", "-verify_hostname", "localhost", cluster).returncode, 0)
        self.assertEqual(verify("-purpose", "sslserver", "-verify_ip", "127.0.0.1", cluster).returncode, 0)
        self.assertNotEqual(verify("-purpose", "sslserver", "-verify_hostname", "elsewhere.example.com", cluster).returncode, 0)
        self.assertEqual(verify("-purpose", "sslclient", client).returncode, 0)
        self.assertEqual(verify("-purpose", "sslclient", self.host.work / "konnectivity-agent.crt").returncode, 0)
        subject = run(["openssl", "x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in", self.host.work / "konnectivity.crt"])
        self.assertEqual(subject.stdout, "subject=CN=system:konnectivity-server\n")

    def test_commands_that_look_at_running_programs_succeed(self):
        tried = [block for block in self.commands if kind(block) == "programs" and block.heading in RUNNING]
        self.assertEqual(sorted({block.heading for block in tried}), sorted(RUNNING))
        for heading in RUNNING:
            with self.subTest(heading):
                self.host.start(heading)
                said = "".join(self.run_block(block) for block in tried if block.heading == heading)
                for shown in page.blocks():
                    if shown.heading == heading and shown.language == "":
                        self.assertIn(shown.text, said.replace("\r\n", "\n"))
                self.assertEqual(self.host.stop(), [0, 0])

    def test_the_other_commands_succeed(self):
        self.host.provide("/etc/kubernetes/konnectivity-server.conf")
        (block,) = [block for block in self.commands if kind(block) == "programs" and block.heading not in RUNNING]
        self.assertIn("token-review", self.run_block(block))

    def test_what_the_pages_yaml_makes_of_a_manifest_is_accepted(self):
        changed = [(block, page.changed_container(block)) for block in page.blocks() if block.language == "yaml"]
        changed = [(block, container) for block, container in changed if container]
        self.assertGreaterEqual(len(changed), 9)
        for block, container in changed:
            with self.subTest(block.heading, program=manifests.program(container)):
                arguments = self.host.arguments(manifests.arguments(container))
                text = printed_config(manifests.program(container), arguments, manifests.environment(container))
                if block.heading == "Several servers, and their number" and "server_count:" in text:
                    agents = manifests.documents(text)[0]["backends"]["agents/cluster"]
                    self.assertEqual((agents["server_count"], agents["server_id"]), (3, "node-1"))
                if block.heading == "Through a proxy":
                    self.assertIn("via: http-connect/proxy", text)

    def test_a_servers_image_is_changed_and_changed_back(self):
        file = self.host.path("/etc/kubernetes/manifests/konnectivity-server.yaml")
        file.parent.mkdir()
        ours = (ROOT / "deploy/kubernetes/konnectivity-server.yaml").read_text()
        theirs = re.sub("image: .*", "image: registry.k8s.io/kas-network-proxy/proxy-server:v0.30.3", ours)
        self.assertNotEqual(ours, theirs)
        file.write_text(theirs)
        there, back = [block for block in self.commands if kind(block) == "manifest"]
        self.run_block(there)
        self.assertEqual(file.read_text(), ours)
        self.run_block(back)
        self.assertEqual(file.read_text(), theirs)
        self.assertEqual([each.name for each in file.parent.iterdir()], [file.name], "the kubelet runs every file there")

    def test_the_yaml_is_sound(self):
        for block in page.blocks():
            if block.language == "yaml":
                self.assertTrue(manifests.documents(block.text))

    def test_it_says_what_is_still_to_come(self):
        there = {line.split()[1] for line in run([BIN / "konduit", "components"], check=True).stdout.splitlines()}
        self.assertEqual("*Still to come:" in page.TEXT, "lease" not in there, "the page's note about leases and the plugins differ")

    def test_links_lead_somewhere(self):
        anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", page.TEXT, re.M)}
        links = re.findall(r"\]\(([^)]+)\)", page.TEXT)
        self.assertIn("#the-balancer", links)
        for link in links:
            if link.startswith("#"):
                self.assertIn(link[1:], anchors)
            else:
                self.assertTrue((page.FILE.parent / link).exists(), link)

    def test_what_it_quotes_from_our_logs_is_said_by_the_programs(self):
        said = "".join(file.read_text() for folder in ("apps", "framework", "libs", "plugins", "sdk")
                       for file in (ROOT / folder).rglob("*.[ch]pp"))
        quoted = re.findall(r"^### The (?:agent|server).*? says `([^`]+)`", page.TEXT, re.M)
        quoted += ["an agent was refused", "connected to a server", "No agent available"]
        refused = page.TEXT.split("### The agent's log says `a server was reached")[1].split("###")[0]
        quoted += re.findall(r"^\| `([^`]+)` \|", refused, re.M)
        self.assertGreater(len(quoted), 6)
        for words in quoted:
            self.assertTrue(words in page.TEXT and words in said, words)


if __name__ == "__main__":
    for tool in ("openssl", "curl", "socat"):
        if shutil.which(tool) is None:
            skip("the page", f"there is no {tool}")
    unittest.main(verbosity=2)
