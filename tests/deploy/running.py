"""Programs that run while a test looks at them."""
import json
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time

from programs import BIN

PATIENCE = 60  # seconds; machines that test are busy


class Running:
    """A child process. `says` waits for a line of its output; `end` asks it to end, by SIGTERM, and returns its status.

    What it says is read at once, whether somebody waits for it or not: a full pipe would stop it."""

    def __init__(self, command, **options):
        self.output, self.silent = "", False
        self.more = threading.Condition()
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, errors="replace", **options)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.more:
                self.output += line
                self.more.notify_all()
        with self.more:
            self.silent = True
            self.more.notify_all()

    def says(self, pattern, times=1):
        """The first matches of the pattern, as many as asked for; waits until they have come."""
        deadline = time.monotonic() + PATIENCE
        with self.more:
            while len(found := list(re.finditer(pattern, self.output))) < times:
                if self.silent:
                    raise AssertionError(f"ended with {self.process.wait()} before it said {pattern}:\n{self.output}")
                if not self.more.wait(max(0, deadline - time.monotonic())):
                    raise AssertionError(f"waited {PATIENCE} s for {pattern}, and it said:\n{self.output}")
        return found[:times]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self):
        """Its status, once it has ended and all that it said has been read; killed where it does not end."""
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.reader.join(PATIENCE)
        self.process.stdout.close()
        return status


class Program(Running):
    """proxy-server or proxy-agent; `port` tells where a listener is."""

    def __init__(self, program, arguments, folder, environment=None):
        self.ready_file = folder / f"{program}-{len(list(folder.glob('*.ready')))}.ready"
        self.ready_file.touch()
        super().__init__([BIN / program, *arguments, f"--ready-file={self.ready_file}"],
                         env={"PATH": os.environ["PATH"], **(environment or {})})
        self.says(r" konduit ready\n")

    def port(self, listener):
        (url,) = [each["url"] for each in json.loads(self.ready_file.read_text())["listeners"] if each["id"].startswith(listener)]
        return int(url.rsplit(":", 1)[1])


def free_port():
    """A port that nobody has, that the reference's flags take, and that the system gives to nobody who asks for port 0."""
    while True:
        port = random.randrange(20000, 32768)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
