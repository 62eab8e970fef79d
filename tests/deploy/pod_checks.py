"""What every pod of ours must satisfy, in manifests and in the chart."""
import re

import manifests
from programs import printed_config


class PodChecks:
    """Mixed into a unittest.TestCase with a `host`."""

    def check_documents(self, found):
        for document in found:
            self.assertIn("apiVersion", document)
            self.assertIn("name", document["metadata"], document)
            if manifests.pod(document):
                self.check_pod(document)
        self.check_budgets(found)

    def check_pod(self, document):
        spec, labels = manifests.pod(document)
        if document["kind"] != "Pod":
            wanted = document["spec"]["selector"]["matchLabels"]
            self.assertEqual(wanted, {name: labels.get(name) for name in wanted})
        self.assertGreater(spec["terminationGracePeriodSeconds"], 25, "SIGKILL would come before the drain has ended")
        volumes = {volume["name"] for volume in spec["volumes"]}
        for container in spec.get("initContainers", []) + spec["containers"]:
            with self.subTest(pod=document["metadata"]["name"], container=container["name"]):
                self.assertLessEqual({mount["name"] for mount in container["volumeMounts"]}, volumes)
                self.check_confined(spec, container)
        for container in spec["containers"]:
            self.check_probes(container)
            self.check_paths(spec, container)
            self.check_accepted(container)

    def check_confined(self, spec, container):
        own = container["securityContext"]
        context = spec.get("securityContext", {}) | own
        self.assertTrue(own["readOnlyRootFilesystem"])
        self.assertFalse(own["allowPrivilegeEscalation"])
        self.assertEqual(own["capabilities"]["drop"], ["ALL"])
        self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
        self.assertIn("memory", container["resources"]["limits"])
        root = context["runAsUser"] == 0
        self.assertEqual(root, (container["name"] in ("konnectivity-server-container", "prepare-socket-folder")))
        self.assertTrue(root or context["runAsNonRoot"])
        self.assertEqual(own["capabilities"].get("add", []),
                         ["CHOWN"] if container["name"] == "prepare-socket-folder" else [])

    def check_probes(self, container):
        given = manifests.flags(container)
        health = given.get("health-port") or given["health-server-port"]
        ports = {port["name"]: port["containerPort"] for port in container.get("ports", [])}
        for probe, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
            get = container[probe]["httpGet"]
            self.assertEqual(get["path"], path)
            self.assertEqual(str(ports.get(get["port"], get["port"])), health)

    def check_paths(self, spec, container):
        folders = [mount["mountPath"] for mount in container["volumeMounts"]]
        if spec.get("automountServiceAccountToken", True):
            folders.append(manifests.ACCOUNT_FOLDER)
        for name, value in manifests.flags(container).items():
            if value.startswith("/"):
                mounted = any(value == folder or value.startswith(folder + "/") for folder in folders)
                self.assertTrue(mounted, f"--{name}={value} is in no volume: {folders}")

    def check_accepted(self, container):
        """The program takes the arguments; the document comes back."""
        arguments = self.host.arguments(manifests.arguments(container))
        text = printed_config(manifests.program(container), arguments, manifests.environment(container))
        self.assertRegex(text, re.compile(r"^apiVersion: konduit/v1$", re.M))
        return manifests.documents(text)[0]

    def check_budgets(self, found):
        labels = [manifests.pod(document)[1] for document in found if manifests.pod(document)]
        for document in found:
            if document["kind"] != "PodDisruptionBudget":
                continue
            wanted = document["spec"]["selector"]["matchLabels"].items()
            self.assertTrue(any(wanted <= pod.items() for pod in labels), "the budget selects no pod")
