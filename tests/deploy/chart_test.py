"""The Helm chart: linted, rendered with many values, and what comes out given to the programs."""
import json
import re
import unittest

import manifests
from helm import helm
from host import Host
from pod_checks import PodChecks
from programs import ROOT, run

CHART = ROOT / "deploy/helm/konduit"
HELM = None
SERVERS = "server.enabled=true"

# Values, and what must come of them: kinds and names that are there, flags of the agent and of the server.
RENDERINGS = {
    "agents alone": (["agent.server.host=lb.example.com"],
                     ["DaemonSet/konnectivity-agent", "ServiceAccount/konnectivity-agent"],
                     {"proxy-server-host": "lb.example.com", "proxy-server-port": "8132"}, {}),
    "a Deployment": (["agent.server.host=lb", "agent.kind=Deployment", "agent.replicas=3"],
                     ["Deployment/konnectivity-agent", "PodDisruptionBudget/konnectivity-agent"], {}, {}),
    "agents on the host's network": (["agent.server.host=lb", "agent.hostNetwork=true", "agent.ca.secret=authority"],
                                     ["DaemonSet/konnectivity-agent"], {}, {}),
    "identifiers": (["agent.server.host=lb", "agent.identifiers={ipv4=$(HOST_IP),host=$(NODE_NAME),default-route=true}"],
                    [], {"agent-identifiers": "ipv4=10.0.0.11&host=node-1&default-route=true"}, {}),
    "servers on a socket": ([SERVERS, "server.count=3"],
                            ["DaemonSet/konnectivity-server", "Service/konnectivity-server"],
                            {"proxy-server-host": "konnectivity-server.kube-system.svc"},
                            {"uds-name": "/etc/kubernetes/konnectivity-server/konnectivity-server.socket",
                             "server-port": "0", "server-count": "3", "mode": "grpc"}),
    "servers in a folder that is theirs": ([SERVERS, "server.uds.prepare=false"], ["DaemonSet/konnectivity-server"], {}, {}),
    "servers on TCP": ([SERVERS, "server.mode=http-connect", "server.transport=tcp", "server.tcp.secret=frontend"],
                       ["DaemonSet/konnectivity-server"], {}, {"server-port": "8131", "mode": "http-connect"}),
    "leases": ([SERVERS, "server.leases=true", "agent.countSource=leases"],
               ["Role/system:konnectivity-server", "RoleBinding/system:konnectivity-agent"],
               {"count-server-leases": "true"}, {"enable-lease-controller": "true"}),
    "leases or headers": (["agent.server.host=lb", "agent.countSource=max"], ["Role/system:konnectivity-agent"],
                          {"server-count-source": "max"}, {}),
    "monitors": ([SERVERS, "serviceMonitor.enabled=true", "serviceMonitor.labels.release=prometheus"],
                 ["ServiceMonitor/konnectivity-agent", "ServiceMonitor/konnectivity-server",
                  "Service/konnectivity-server-metrics"], {}, {}),
    "other flags": (["agent.server.host=lb", "agent.extraArgs={--sync-interval=5s}", "agent.extraEnv[0].name=NO_PROXY",
                     "agent.extraEnv[0].value=lb"], [], {"sync-interval": "5s"}, {}),
    "servers without agents": ([SERVERS, "agent.enabled=false", "server.strategies={destHost,default}"],
                               ["DaemonSet/konnectivity-server"], {}, {"proxy-strategies": "destHost,default"}),
}

REFUSED = {
    "agent.server.hots=lb": "hots",
    "server.transport=quic": "/server/transport",
    "server.enabled=true,server.transport=tcp": "server.tcp.secret is needed",
    "server.ports.agent=80": "/server/ports/agent",
    "server.strategies={fastest}": "/server/strategies",
    "agent.countSource=guess": "/agent/countSource",
    "agent.identifiers={colour=red}": "/agent/identifiers",
    "image.digest=latest": "/image/digest",
    "agent.enabled=true": "agent.server.host is needed",
}


def render(values, *options):
    words = [HELM, "template", "konduit", CHART, "--namespace", "kube-system", *options]
    return run([*words, *(word for value in values for word in ("--set", value))])


def leaves(values, schema, prefix=""):
    """The paths of values, down to where the schema no longer says which keys there are."""
    for key, value in values.items():
        known = schema.get("properties", {}).get(key, {})
        known = {"properties": {"create": {}, "name": {}}} if "serviceAccount" in known.get("$ref", "") else known
        if "properties" in known:
            yield from leaves(value, known, f"{prefix}{key}.")
        else:
            yield prefix + key


class Chart(PodChecks, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host()
        cls.addClassCleanup(cls.host.close)

    def test_lint_finds_nothing(self):
        done = run([HELM, "lint", "--strict", CHART, "--set", "agent.server.host=lb"])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_what_it_renders_is_sound_and_its_arguments_are_accepted(self):
        for name, (values, wanted, agent, server) in RENDERINGS.items():
            with self.subTest(name):
                done = render(values)
                self.assertEqual(done.returncode, 0, done.stderr)
                found = manifests.documents(done.stdout)
                self.check_documents(found)
                self.assertLessEqual(set(wanted), {f"{one['kind']}/{one['metadata']['name']}" for one in found})
                given = {manifests.program(one): manifests.flags(one) for each in found for one in manifests.programs_of(each)}
                self.assertLessEqual(agent.items(), given.get("proxy-agent", {}).items())
                self.assertLessEqual(server.items(), given.get("proxy-server", {}).items())

    def test_a_drain_takes_budgets_that_the_cluster_knows(self):
        values = ["agent.server.host=lb", "agent.kind=Deployment"]
        for version, wanted in (("1.20.2", "policy/v1beta1"), ("1.21.0", "policy/v1"), ("1.34.1", "policy/v1")):
            found = manifests.documents(render(values, "--kube-version", version).stdout)
            self.assertEqual([one["apiVersion"] for one in found if one["kind"] == "PodDisruptionBudget"], [wanted])

    def test_an_image_may_be_named_by_its_digest(self):
        digest = "sha256:" + "0" * 64
        found = manifests.documents(render([SERVERS, "image.repository=example.com/k", f"image.digest={digest}"]).stdout)
        images = {one["image"] for each in found if manifests.pod(each)
                  for one in manifests.pod(each)[0].get("initContainers", []) + manifests.pod(each)[0]["containers"]}
        self.assertEqual(images, {f"example.com/k:0.1.0@{digest}"})

    def test_servers_do_not_wait_for_readiness_to_be_found(self):
        (service,) = [one for one in manifests.documents(render([SERVERS]).stdout) if one["kind"] == "Service"]
        self.assertTrue(service["spec"]["publishNotReadyAddresses"])

    def test_the_agents_account_is_the_one_that_servers_let_in(self):
        values = [SERVERS, "agent.serviceAccount.name=other"]
        found = manifests.documents(render(values).stdout)
        (server,) = [one for each in found for one in manifests.programs_of(each) if manifests.program(one) == "proxy-server"]
        self.assertEqual(manifests.flags(server)["agent-service-account"], "other")
        (agent,) = [each for each in found if each["metadata"]["name"] == "konnectivity-agent" and manifests.pod(each)]
        self.assertEqual(manifests.pod(agent)[0]["serviceAccountName"], "other")

    def test_values_that_cannot_work_are_refused_with_a_reason(self):
        for values, reason in REFUSED.items():
            with self.subTest(values):
                done = render([values])
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(reason, done.stderr)

    def test_the_readme_has_every_value_and_no_other(self):
        schema = json.loads((CHART / "values.schema.json").read_text())
        values = manifests.documents((CHART / "values.yaml").read_text())[0]
        told = re.findall(r"^\| `([A-Za-z.]+)` \|", (CHART / "README.md").read_text(), re.M)
        self.assertEqual(sorted(told), sorted(leaves(values, schema)))


if __name__ == "__main__":
    HELM = helm()
    unittest.main(verbosity=2)
