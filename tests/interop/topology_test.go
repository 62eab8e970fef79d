package interop

import (
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"

	"konduit/tests/interop/harness"
)

func TestOneProcessServesThreeFrontendsAtTheSameTime(t *testing.T) {
	c := newCertificates(t)
	directory := harness.ShortDirectory(t)
	server := harness.RunDocument(t, func() string { return threeFrontends(c, directory, "tcp://127.0.0.1:0") })
	agent := harness.RunDocument(t, func() string { return agentOf(c, server.Listener(t, "agents/main")) })
	agent.AwaitReady(t)
	server.AwaitReady(t)

	kas := &transport{socket: server.Listener(t, "grpc/kas")}
	frontends := []frontend{
		{"gRPC over UDS", kas.dialSingleUse},
		{"HTTP CONNECT over UDS", connectDial(&harness.Pair{Socket: server.Listener(t, "http-connect/local")})},
		{"HTTP CONNECT over TCP with mutual TLS", connectDial(&harness.Pair{
			Address: server.Listener(t, "http-connect/ops"), Frontends: c.frontends, Client: c.ops,
		})},
	}
	endpoint := harness.StartHTTPSEndpoint(t)
	const parallel, size = 60, 32 << 20
	t.Run("requests through all of them are open at the same time", func(t *testing.T) {
		atTheSameTime(t, endpoint, frontends, func(client *harness.HTTPSClient) error {
			return client.Meet("all", parallel, parallel*len(frontends))
		})
	})
	t.Run("downloads through all of them arrive with their checksums", func(t *testing.T) {
		atTheSameTime(t, endpoint, frontends, func(client *harness.HTTPSClient) error { return client.Download(1, size) })
	})
	t.Run("uploads through all of them arrive with their checksums", func(t *testing.T) {
		atTheSameTime(t, endpoint, frontends, func(client *harness.HTTPSClient) error { return client.Upload(2, size) })
	})
}

func TestServerAndAgentWorkInOneProcess(t *testing.T) {
	c := newCertificates(t)
	socket := filepath.Join(harness.ShortDirectory(t), "server.sock")
	both := harness.RunDocument(t, func() string { return serverAndAgent(c, socket, harness.RefusedAddress(t)) })
	both.AwaitReady(t)
	transport := &transport{socket: both.Listener(t, "grpc/kas")}
	carriesHTTPS(t, transport.dialSingleUse, smallLoad)
}

func TestHalfCloseReachesTheEndpointOverTheDirectBackend(t *testing.T) {
	socket := filepath.Join(harness.ShortDirectory(t), "proxy.sock")
	proxy := harness.RunDocument(t, func() string { return forwardProxy(socket) })
	proxy.AwaitReady(t)
	endpoint := harness.StartTCPEndpoint(t, harness.SumUntilEOF)
	const size = 4 << 20
	dial := connectDial(&harness.Pair{Socket: proxy.Listener(t, "http-connect/local")})
	connection, err := dialPromptly(dial, endpoint.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	answer, err := inTime(prompt, connection, func() ([]byte, error) {
		return askWithHalfClose(connection.(*net.UnixConn), harness.Payload(6, size))
	})
	if err != nil {
		t.Fatal(err)
	}
	if expected, _ := harness.SumOf(harness.Payload(6, size)); string(answer) != expected.SHA256 {
		t.Errorf("the endpoint answered %q instead of %q", answer, expected.SHA256)
	}
}

// askWithHalfClose sends everything, says so, and reads the answer that can come only then.
func askWithHalfClose(connection *net.UnixConn, question io.Reader) ([]byte, error) {
	if _, err := io.Copy(connection, question); err != nil {
		return nil, err
	}
	if err := connection.CloseWrite(); err != nil {
		return nil, err
	}
	return io.ReadAll(connection)
}

type frontend struct {
	name string
	dial harness.Dial
}

// atTheSameTime has a client at each frontend do the same.
func atTheSameTime(t *testing.T, endpoint *harness.HTTPSEndpoint, frontends []frontend, do func(*harness.HTTPSClient) error) {
	t.Helper()
	failures := make([]error, len(frontends))
	var group sync.WaitGroup
	for i, frontend := range frontends {
		group.Go(func() {
			client := endpoint.Client(frontend.dial)
			defer client.Close()
			if err := do(client); err != nil {
				failures[i] = errors.Join(errors.New(frontend.name), err)
			}
		})
	}
	group.Wait()
	if err := errors.Join(failures...); err != nil {
		t.Error(err)
	}
}

func newCertificates(t *testing.T) certificates {
	t.Helper()
	frontends, agents := harness.NewAuthority(t, "frontends"), harness.NewAuthority(t, "agents")
	return certificates{
		frontends: frontends,
		agents:    agents,
		frontend:  frontends.IssueServer(t, "frontend"),
		ops:       frontends.IssueClient(t, "ops"),
		server:    agents.IssueServer(t, "server"),
		agent:     agents.IssueClient(t, "agent"),
	}
}
