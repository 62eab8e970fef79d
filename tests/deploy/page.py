"""docs/set-up-konnectivity.md: its blocks, and how a container of a manifest changes by one of them."""
import dataclasses
import re
import textwrap

import manifests
from programs import ROOT

FILE = ROOT / "docs/set-up-konnectivity.md"
TEXT = FILE.read_text()


@dataclasses.dataclass(frozen=True)
class Block:
    """A fenced block and the heading above it."""

    language: str
    heading: str
    text: str

    def tried(self):
        return not self.text.startswith("# not tried: ")


def blocks():
    """Every fenced block of the page, in order."""
    found, heading, fence = [], "", None
    for line in TEXT.splitlines():
        start = re.fullmatch(r" *```(\w*)", line)
        if fence is not None and start:
            found.append(Block(fence[0], heading, textwrap.dedent("\n".join(fence[1:])) + "\n"))
            fence = None
        elif start:
            fence = [start[1]]
        elif fence is not None:
            fence.append(line)
        elif match := re.fullmatch(r"#+ (.*)", line):
            heading = match[1]
    return found


def changed_container(block):
    """The program's container of the manifest that a YAML block names, with the block's arguments and variables, or None.

    The block's first line is `# FILE: whose container[, without --flag…]`."""
    match = re.match(r"# (\S+\.yaml): the \w+'s container(?:, without (.*))?\n", block.text)
    if not match:
        return None
    (base,) = [container for document in manifests.documents((ROOT / "deploy/kubernetes" / match[1]).read_text())
               for container in manifests.programs_of(document)]
    fragment = manifests.documents(block.text)[0]
    added = fragment.get("args", [])
    gone = set((match[2] or "").split()) | {word.split("=")[0] for word in added}
    kept = [word for word in base["args"] if word.split("=")[0] not in gone]
    return base | {"args": kept + added, "env": base.get("env", []) + fragment.get("env", [])}


def containers(heading):
    """The changed containers below a heading, by program."""
    changed = [changed_container(block) for block in blocks() if block.heading == heading and block.language == "yaml"]
    return {manifests.program(container): container for container in changed if container}
