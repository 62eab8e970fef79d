"""An installed konduit, and projects that are built on it. Raises AssertionError with what a program said where one fails."""
import contextlib
import http.server
import json
import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PREFIX = pathlib.Path(os.environ["KONDUIT_PREFIX"])
KONDUIT = PREFIX / "bin/konduit"
PATIENCE = 60  # seconds


def run(*command, folder=None, check=True):
    """Runs to the end; what it says comes back as text."""
    done = subprocess.run([str(word) for word in command], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=280, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def machine_time():
    """Seconds that children of this process have computed for so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextlib.contextmanager
def empty_folder():
    with tempfile.TemporaryDirectory(prefix="konduit-package-") as folder:
        yield pathlib.Path(folder)


def build(project):
    """Configures, builds and tests a project, as its README says; nothing may come from this source tree."""
    run("cmake", "-B", "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={PREFIX}", folder=project)
    run("cmake", "--build", "build", folder=project)
    used = run("ninja", "-C", "build", "-t", "deps", folder=project)
    ours = {line.strip() for line in used.splitlines() if line.strip().startswith(str(ROOT))
            and not line.strip().startswith((str(PREFIX), str(project)))}
    if ours:
        raise AssertionError(f"the project uses files of the source tree: {ours}")
    if str(PREFIX) not in used:
        raise AssertionError(f"the project uses nothing of {PREFIX}:\n{used}")
    print(run("ctest", "--test-dir", "build", "--output-on-failure", "--no-tests=error", folder=project))


class Running:
    """`konduit run DOCUMENT` in a folder; `port` tells where a listener is. Ends with the block."""

    def __init__(self, folder, document):
        self.ready = folder / "ready.json"
        self.ready.unlink(missing_ok=True)  # of one that has ended
        self.process = subprocess.Popen([KONDUIT, "run", document, "--ready-file", self.ready], cwd=folder,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self):
        deadline = time.monotonic() + PATIENCE
        while not self.ready.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise AssertionError(f"konduit is not ready:\n{self.process.stdout.read()}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=PATIENCE)
        if self.process.returncode != 0:
            raise AssertionError(f"konduit ended with {self.process.returncode}:\n{said}")

    def port(self, listener):
        (url,) = [each["url"] for each in json.loads(self.ready.read_text())["listeners"] if each["id"].startswith(listener)]
        return int(url.rsplit(":", 1)[1])


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"hello through konduit\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def web_server():
    """A page on 127.0.0.1; gives its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
