"""Manifests and chart given to a real kube-apiserver: it takes them, and the rules give the rights that they should."""
import re
import shutil
import unittest

import yaml

import helm
import manifests
from chart_test import RENDERINGS
from control_plane import ControlPlane, missing
from host import Host
from programs import ROOT, run, skip

FOLDER = ROOT / "deploy/kubernetes"
HELM = None


class ApiServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        host = Host()
        cls.addClassCleanup(host.close)
        cls.plane = ControlPlane(host)
        cls.addClassCleanup(cls.plane.close)
        for file in ("konnectivity-client.crt", "konnectivity-client.key"):
            host.provide(f"/etc/kubernetes/pki/{file}")
        for name in ("-tcp", "-http-connect", ""):
            cls.plane.start(f"egress-selector-configuration{name}.yaml")
        cls.old = "policy/v1" not in cls.plane.kubectl("api-versions").stdout.split()
        cls.plane.kubectl("create", "namespace", "kube-system", check=False)

    def take(self, text):
        """kube-apiserver takes all of it, every field known."""
        found = [document for document in manifests.documents(text) if not document["apiVersion"].startswith("monitoring.")]
        for document in found:
            if self.old and document["apiVersion"] == "policy/v1":
                document["apiVersion"] = "policy/v1beta1"
        taken = self.plane.kubectl("apply", "--dry-run=server", "--validate=true", "-f", "-", input=yaml.dump_all(found))
        self.assertEqual(len(taken.stdout.splitlines()), len(found), taken.stdout)

    def test_it_takes_every_manifest(self):
        for file in sorted(FOLDER.glob("konnectivity-*.yaml")):
            with self.subTest(file.name):
                self.take(file.read_text())

    def test_it_takes_what_the_chart_renders(self):
        for name, (values, *_) in RENDERINGS.items():
            with self.subTest(name):
                words = [word for value in values for word in ("--set", value)]
                done = run([HELM, "template", "konduit", ROOT / "deploy/helm/konduit", "--namespace", "kube-system",
                            *(["--kube-version", "1.20.2"] if self.old else []), *words])
                self.take(done.stdout)

    def helm(self, *words):
        done = run([HELM, "--kubeconfig", self.plane.config, "--namespace", "kube-system", *words], timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def workloads(self):
        return self.plane.kubectl("get", "daemonset,deployment", "-n", "kube-system", "-o", "name").stdout.split()

    def test_helm_installs_changes_and_removes_the_release(self):
        # A kube-apiserver that was built by hand may not know its version, which the chart asks for.
        chart = self.plane.host.path("/root/konduit")
        shutil.copytree(ROOT / "deploy/helm/konduit", chart)
        about = chart / "Chart.yaml"
        about.write_text(re.sub(r"^kubeVersion:.*\n", "", about.read_text(), flags=re.M))
        said = self.helm("install", "konduit", chart, "--set", "agent.server.host=lb.example.com")
        self.assertIn("Agents connect to lb.example.com:8132.", said)
        self.assertIn("--agent-service-account=konnectivity-agent", said)
        self.assertEqual(self.workloads(), ["daemonset.apps/konnectivity-agent"])
        said = self.helm("upgrade", "konduit", chart, "--set", "server.enabled=true,agent.kind=Deployment")
        self.assertIn("proxyProtocol: GRPC", said)
        self.assertEqual(self.workloads(), ["daemonset.apps/konnectivity-server", "deployment.apps/konnectivity-agent"])
        self.helm("rollback", "konduit")
        self.assertEqual(self.workloads(), ["daemonset.apps/konnectivity-agent"])
        self.helm("uninstall", "konduit")
        self.assertEqual(self.workloads(), [])

    def test_it_refuses_a_field_that_is_not_known(self):
        text = (FOLDER / "konnectivity-server.yaml").read_text().replace("hostNetwork:", "hostNetwrk:")
        with self.assertRaisesRegex(AssertionError, "hostNetwrk"):
            self.take(text)

    def allowed(self, who, *what):
        return self.plane.kubectl("auth", "can-i", *what, "--as", who, check=False).stdout.strip() == "yes"

    def test_the_rules_give_the_rights_that_servers_and_agents_need_and_no_more(self):
        server, agent = "system:konnectivity-server", "system:serviceaccount:kube-system:konnectivity-agent"
        reviews, leases = ("create", "tokenreviews.authentication.k8s.io"), "leases.coordination.k8s.io"
        self.assertFalse(self.allowed(server, *reviews))
        self.plane.kubectl("apply", "-f", FOLDER / "konnectivity-rbac.yaml")
        self.assertTrue(self.allowed(server, *reviews))
        self.assertFalse(self.allowed(agent, *reviews))
        self.assertFalse(self.allowed(server, "list", leases, "-n", "kube-system"))
        self.plane.kubectl("apply", "-f", FOLDER / "konnectivity-rbac-leases.yaml")
        for verb in ("create", "get", "list", "watch", "update", "delete"):
            self.assertTrue(self.allowed(server, verb, leases, "-n", "kube-system"), verb)
            self.assertEqual(self.allowed(agent, verb, leases, "-n", "kube-system"), verb in ("get", "list", "watch"), verb)
        self.assertFalse(self.allowed(server, "list", leases, "-n", "default"))
        self.assertFalse(self.allowed(server, "get", "secrets", "-n", "kube-system"))


if __name__ == "__main__":
    if why := missing():
        skip("manifests and chart at a kube-apiserver", why)
    HELM = helm.helm()
    unittest.main(verbosity=2)
