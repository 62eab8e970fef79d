"""The manifests of deploy/kubernetes, and the arguments of manifests that operators have."""
import unittest

import manifests
from host import Host
from pod_checks import PodChecks
from programs import ROOT, printed_config

FOLDER = ROOT / "deploy/kubernetes"
HERE = ROOT / "tests/deploy"


def read(name):
    return manifests.documents((FOLDER / name).read_text())


def only_program(name):
    (container,) = [container for document in read(name) for container in manifests.programs_of(document)]
    return container


class Manifests(PodChecks, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host()
        cls.addClassCleanup(cls.host.close)

    def test_every_manifest_is_sound_and_its_arguments_are_accepted(self):
        names = sorted(file.name for file in FOLDER.glob("*.yaml"))
        self.assertIn("konnectivity-server.yaml", names)
        for name in names:
            with self.subTest(name):
                found = read(name)
                self.assertTrue(found)
                if not name.startswith("egress-selector"):
                    self.check_documents(found)

    def test_the_arguments_are_the_tutorials(self):
        stock = {entry["name"]: entry["args"] for entry in manifests.documents((HERE / "stock.yaml").read_text())[0]}
        self.assertEqual(only_program("konnectivity-server.yaml")["args"], stock["the tutorial's server"])
        for name in ("konnectivity-agent.yaml", "konnectivity-agent-deployment.yaml"):
            self.assertEqual(only_program(name)["args"], stock["the tutorial's agent"])

    def test_the_arguments_of_stock_manifests_are_accepted(self):
        for entry in manifests.documents((HERE / "stock.yaml").read_text())[0]:
            with self.subTest(entry["name"]):
                printed_config(entry["program"], self.host.arguments(entry["args"]))

    def test_an_unknown_flag_is_refused(self):
        arguments = self.host.arguments(only_program("konnectivity-server.yaml")["args"])
        with self.assertRaisesRegex(AssertionError, "agent-prot"):
            printed_config("proxy-server", [*arguments, "--agent-prot=8132"])

    def test_the_egress_selector_and_the_server_agree(self):
        given = manifests.flags(only_program("konnectivity-server.yaml"))
        for name, protocol in (("egress-selector-configuration.yaml", "GRPC"),
                               ("egress-selector-configuration-http-connect.yaml", "HTTPConnect")):
            (selection,) = read(name)[0]["egressSelections"]
            self.assertEqual(selection["name"], "cluster")
            self.assertEqual(selection["connection"]["proxyProtocol"], protocol)
            self.assertEqual(selection["connection"]["transport"]["uds"]["udsName"], given["uds-name"])
        self.assertEqual(given["mode"], "grpc")

    def test_the_server_and_the_agents_agree(self):
        server = manifests.flags(only_program("konnectivity-server.yaml"))
        (account,) = [found for found in read("konnectivity-rbac.yaml") if found["kind"] == "ServiceAccount"]
        self.assertEqual(account["metadata"]["name"], server["agent-service-account"])
        self.assertEqual(account["metadata"]["namespace"], server["agent-namespace"])
        for name in ("konnectivity-agent.yaml", "konnectivity-agent-deployment.yaml"):
            workload = read(name)[0]
            spec, _ = manifests.pod(workload)
            agent = manifests.flags(only_program(name))
            self.assertEqual(agent["proxy-server-port"], server["agent-port"])
            self.assertEqual(workload["metadata"]["namespace"], server["agent-namespace"])
            self.assertEqual(spec["serviceAccountName"], server["agent-service-account"])
            (source,) = spec["volumes"][0]["projected"]["sources"]
            self.assertEqual(source["serviceAccountToken"]["audience"], server["authentication-audience"])

    def test_the_folders_readme_names_every_manifest(self):
        text = (FOLDER / "README.md").read_text()
        for file in FOLDER.glob("*.yaml"):
            self.assertIn(f"| `{file.name}` |", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
