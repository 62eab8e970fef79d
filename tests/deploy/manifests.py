"""Manifests as Kubernetes reads them: documents, pods, and the command lines of containers."""
import re

import yaml


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that comes twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"twice: {twice}", node.start_mark)
        return super().construct_mapping(node, deep)


StrictLoader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node, deep=True))

# What a pod's own fields are on the node where a test runs it.
FIELDS = {"status.hostIP": "10.0.0.11", "spec.nodeName": "node-1", "metadata.name": "pod-1", "metadata.namespace": "kube-system"}
ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"


def documents(text):
    """Every document that is not empty."""
    return [document for document in yaml.load_all(text, Loader=StrictLoader) if document is not None]


def pod(document):
    """The pod's spec and labels in a Pod or a workload; None for other kinds."""
    if document["kind"] == "Pod":
        return document["spec"], document["metadata"].get("labels", {})
    if document["kind"] in ("DaemonSet", "Deployment"):
        template = document["spec"]["template"]
        return template["spec"], template["metadata"]["labels"]
    return None


def environment(container):
    """The container's variables."""
    variables = {}
    for entry in container.get("env", []):
        field = entry.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath")
        variables[entry["name"]] = FIELDS[field] if field else entry["value"]
    return variables


def arguments(container):
    """The arguments with $(VARIABLE) put in; an undeclared variable is a KeyError."""
    variables = environment(container)
    return [re.sub(r"\$\((\w+)\)", lambda match: variables[match[1]], word) for word in container["args"]]


def flags(container):
    """The flags by name."""
    return dict(word.lstrip("-").split("=", 1) if "=" in word else (word.lstrip("-"), "true") for word in arguments(container))


def program(container):
    """proxy-server or proxy-agent; None where the container runs something else."""
    name = container["command"][0].removeprefix("/")
    return name if name in ("proxy-server", "proxy-agent") else None


def programs_of(document):
    """The containers of a document that run ours."""
    found = pod(document)
    return [container for container in found[0]["containers"] if program(container)] if found else []
