package interop

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"sigs.k8s.io/apiserver-network-proxy/konnectivity-client/pkg/client"

	"konduit/tests/interop/harness"
)

// transport is how the real client reaches a gRPC frontend. It remembers its connections.
type transport struct {
	socket string
	// address and tls are there in place of a socket where the frontend is on TCP.
	address string
	tls     *tls.Config

	mutex       sync.Mutex
	connections []net.Conn
}

// dialSingleUse dials as kube-apiserver does: a connection and a tunnel for every dial.
func (tr *transport) dialSingleUse(ctx context.Context, network, address string) (net.Conn, error) {
	tunnelCtx, cancel := context.WithCancel(context.Background())
	tunnel, err := client.CreateSingleUseGrpcTunnelWithContext(ctx, tunnelCtx, tr.target(), tr.options()...)
	if err != nil {
		cancel()
		return nil, err
	}
	connection, err := tunnel.DialContext(ctx, network, address)
	if err != nil {
		cancel()
		return nil, err
	}
	go func() {
		<-tunnel.Done()
		cancel()
	}()
	return connection, nil
}

// reusable makes the tunnel that carries any number of dials on one connection. It is closed when the test ends.
func (tr *transport) reusable(t *testing.T) client.ReusableTunnel {
	t.Helper()
	tunnel, err := client.CreateGRPCTunnel(context.Background(), tr.target(), tr.options()...)
	if err != nil {
		t.Fatalf("making a reusable tunnel: %v", err)
	}
	t.Cleanup(func() {
		closed := make(chan error, 1)
		go func() { closed <- tunnel.Close() }()
		if err, ok := within(harness.Deadline, closed); !ok {
			t.Errorf("the reusable tunnel did not close within %v", harness.Deadline)
		} else if err != nil {
			t.Errorf("closing the reusable tunnel: %v", err)
		}
	})
	return tunnel
}

// count is how many connections have been made.
func (tr *transport) count() int {
	tr.mutex.Lock()
	defer tr.mutex.Unlock()
	return len(tr.connections)
}

// cut closes every connection without a word, as the death of the client's process would.
func (tr *transport) cut() {
	tr.mutex.Lock()
	defer tr.mutex.Unlock()
	for _, connection := range tr.connections {
		connection.Close()
	}
}

func (tr *transport) target() string { return tr.socket + tr.address }

func (tr *transport) options() []grpc.DialOption {
	network, target, trust := "unix", tr.socket, insecure.NewCredentials()
	if tr.tls != nil {
		network, target, trust = "tcp", tr.address, credentials.NewTLS(tr.tls)
	}
	return []grpc.DialOption{
		grpc.WithTransportCredentials(trust),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			var dialer net.Dialer
			connection, err := dialer.DialContext(ctx, network, target)
			if err == nil {
				tr.mutex.Lock()
				tr.connections = append(tr.connections, connection)
				tr.mutex.Unlock()
			}
			return connection, err
		}),
	}
}
