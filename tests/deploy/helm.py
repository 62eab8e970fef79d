"""Helm, built once into build/tools by Go."""
import os
import re
import shutil

from programs import ROOT, run, skip

VERSION = "v3.21.4"
PACKAGE = f"helm.sh/helm/v3/cmd/helm@{VERSION}"
NEEDED_GO = (1, 26)


def go():
    """A Go that can build it; None where there is none."""
    for program in (shutil.which("go"), "/usr/local/go/bin/go"):
        if program and os.access(program, os.X_OK):
            version = re.match(r"go(\d+)\.(\d+)", run([program, "env", "GOVERSION"], cwd="/").stdout)
            if version and tuple(map(int, version.groups())) >= NEEDED_GO:
                return program
    return None


def helm():
    """The program; $HELM names another one. Without it and without Go the test is skipped, which CI=true does not allow."""
    if "HELM" in os.environ:
        return os.environ["HELM"]
    folder = ROOT / f"build/tools/helm-{VERSION}"
    if not (folder / "helm").exists():
        compiler = go()
        if compiler is None:
            why = f"no Go >= {'.'.join(map(str, NEEDED_GO))} found, which builds Helm {VERSION}"
            if os.environ.get("CI") == "true":
                raise SystemExit(f"the chart cannot be tested, which CI does not allow: {why}")
            skip("the chart", why)
        print(f"building {PACKAGE} (a minute or two at the first time)", flush=True)
        variables = os.environ | {"GOBIN": str(folder), "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"}
        run([compiler, "install", "-ldflags=-s -w", PACKAGE], cwd="/", env=variables, timeout=840, check=True,
            capture_output=False)
    return folder / "helm"
