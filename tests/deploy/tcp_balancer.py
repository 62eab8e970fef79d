"""A load balancer for TCP, as small as can be: whom a connection goes to is a function of its peer and of how many came before."""
import selectors
import socket
import threading


def round_robin(_, count):
    return count


def source_hash(peer, _):
    """By address and port, as most balancers hash; by the address alone one agent would always meet one server."""
    return hash(peer)


class TcpBalancer:
    """Listens on a port of 127.0.0.1; `ports` are the servers' and may change at any time. Who cannot be reached is left out.
    To the servers everybody comes from `source`."""

    def __init__(self, choose, ports, source="127.0.0.1"):
        self.choose, self.ports, self.source = choose, ports, source
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for each in list(self.open):
            each.close()

    def _accept(self):
        count = 0
        while True:
            try:
                client, peer = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client, self.choose(peer, count)), daemon=True).start()
            count += 1

    def _serve(self, client, number):
        with client:
            ports = list(self.ports)
            for step in range(len(ports)):
                try:
                    server = socket.create_connection(("127.0.0.1", ports[(number + step) % len(ports)]),
                                                      source_address=(self.source, 0))
                except OSError:
                    continue
                with server:
                    self.open |= {client, server}
                    relay(client, server)
                self.open -= {client, server}
                return


def relay(one, other):
    """Until either has ended."""
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        try:
            while True:
                for key, _ in selector.select():
                    data = key.fileobj.recv(1 << 16)
                    if not data:
                        return
                    key.data.sendall(data)
        except (OSError, ValueError):
            return
