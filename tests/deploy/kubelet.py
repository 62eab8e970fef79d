"""What a node answers: an HTTPS server that says where it was asked, and the Node and Pod that lead to it."""
import http.server
import json
import ssl
import threading


class Kubelet:
    """Listens on 127.0.0.1; `port` is free. Remembers the paths that it was asked for."""

    def __init__(self, certificate, key):
        paths = self.paths = []

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers every GET with its path."""

            def do_GET(self):  # noqa: N802, the library's name
                paths.append(self.path)
                body = f"you asked for {self.path.split('?')[0]}\n".encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Says nothing."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def objects(self):
        """node-1 and a pod on it, for `kubectl create -f -`."""
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"},
                "status": {"addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
                           "daemonEndpoints": {"kubeletEndpoint": {"Port": self.port}}}}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod-1", "namespace": "default"},
               "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "registry.example.com/main"}]}}
        return json.dumps({"apiVersion": "v1", "kind": "List", "items": [node, pod]})
