"""What a node answers: an HTTPS server that says where it was asked, and the Node and Pod that lead to it."""
import hashlib
import http.server
import json
import queue
import random
import select
import ssl
import threading

from running import PATIENCE

BLOCK = random.Random(64).randbytes(1 << 20)
BLOCKS = 64


def blob():
    """64 MiB of which no two are alike, one after the other."""
    for number in range(BLOCKS):
        yield number.to_bytes(8, "big") + BLOCK[8:]


def blob_digest():
    digest = hashlib.sha256()
    for block in blob():
        digest.update(block)
    return digest.hexdigest()


class LogStream:
    """A pod's log that somebody follows. `gone` is set when who followed it has closed the connection."""

    def __init__(self):
        self.lines = queue.Queue()
        self.gone = threading.Event()

    def say(self, line):
        self.lines.put(line)

    def end(self):
        self.lines.put(None)


class Kubelet:
    """Listens on 127.0.0.1; `port` is free. Remembers the paths that it was asked for.

    `/blob` is 64 MiB; `/together/N` is answered when N ask for it at once; a log that is followed is in the test's hands."""

    def __init__(self, certificate, key):
        self.paths = []
        self.logs = queue.Queue()
        self.meetings = {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = Listener(("127.0.0.1", 0), type("Answers", (Handler,), {"kubelet": self}))
        # The handshake is the thread's that serves the connection: one that stalls stops no other.
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def followed_log(self):
        """The next log that somebody follows; waits for it."""
        return self.logs.get(timeout=PATIENCE)

    def meeting(self, size):
        return self.meetings.setdefault(size, threading.Barrier(size, timeout=PATIENCE))

    def objects(self):
        """node-1 and a pod on it, for `kubectl create -f -`."""
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"},
                "status": {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
                           "daemonEndpoints": {"kubeletEndpoint": {"Port": self.port}}}}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod-1", "namespace": "default"},
               "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "registry.example.com/main"}]}}
        return json.dumps({"apiVersion": "v1", "kind": "List", "items": [node, pod]})


class Listener(http.server.ThreadingHTTPServer):
    request_queue_size = 256  # a crowd comes at once


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every GET, by default with its path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802, the library's name
        path, _, query = self.path.partition("?")
        self.kubelet.paths.append(self.path)
        if "follow=true" in query:
            self.follow()
        elif path == "/blob":
            self.begin("Content-Length", str(BLOCKS << 20))
            for block in blob():
                self.wfile.write(block)
        else:
            if path.startswith("/together/"):
                self.kubelet.meeting(int(path.rsplit("/", 1)[1])).wait()
            # kube-apiserver would keep the connection, and a drain would wait for its tunnel.
            self.begin("Connection", "close")
            self.wfile.write(f"you asked for {path}\n".encode())

    def begin(self, name, value):
        self.send_response(200)
        self.send_header(name, value)
        self.end_headers()

    def follow(self):
        log = LogStream()
        self.kubelet.logs.put(log)
        self.begin("Transfer-Encoding", "chunked")
        while (line := self.next_line(log)) is not None:
            text = (line + "\n").encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
        if not log.gone.is_set():
            self.wfile.write(b"0\r\n\r\n")

    def next_line(self, log):
        """None at the end, the test's or the peer's."""
        while True:
            try:
                return log.lines.get(timeout=0.05)
            except queue.Empty:
                if self.peer_has_left():
                    self.close_connection = True
                    log.gone.set()
                    return None

    def peer_has_left(self):
        readable, _, _ = select.select([self.connection], [], [], 0)
        try:
            return bool(readable) and self.connection.recv(1) == b""
        except OSError:
            return True

    def log_message(self, *_):
        """Says nothing."""
