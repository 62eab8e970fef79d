package interop

import (
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"konduit/tests/interop/harness"
)

// The one example with a gRPC frontend. The others are met by curl: tests/topologies.
func TestTheRealClientIsServedByTheExampleOfPeering(t *testing.T) {
	authority := harness.NewAuthority(t, "peering")
	places := map[string]string{
		"CERTS":  exampleCertificates(t, authority),
		"LISTEN": "tcp://127.0.0.1:0",
		"PEERS":  "tcp://127.0.0.1:0",
		"AGENTS": "tcp://127.0.0.1:0",
		"PEER":   "tcp://" + harness.RefusedAddress(t),
	}
	server := harness.RunDocument(t, func() string { return example(t, "peering/server.yaml", places) })
	peer := &transport{address: server.Listener(t, "grpc/peers"), tls: &tls.Config{
		Certificates: []tls.Certificate{authority.IssueClient(t, "peer").Certificate},
		RootCAs:      authority.Pool(),
		ServerName:   "localhost",
	}}
	endpoint := harness.StartTCPEndpoint(t, harness.Echo)
	if err := dialOnce(peer, endpoint.Address); err == nil {
		t.Error("a dial succeeded, and there is no agent")
	}

	places["SERVER"] = server.Listener(t, "agents/here")
	document := filepath.Join(t.TempDir(), "agent.yaml")
	if err := os.WriteFile(document, []byte(example(t, "peering/agent.yaml", places)), 0o600); err != nil {
		t.Fatal(err)
	}
	harness.Launch(t, harness.Konduit(t), "run", document)
	deadline := time.After(harness.Deadline)
	for err := errors.New("not tried"); err != nil; err = dialOnce(peer, endpoint.Address) {
		select {
		case <-deadline:
			t.Fatalf("no dial succeeded behind the agent's start: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	carriesHTTPS(t, peer.dialSingleUse, smallLoad)
}

func dialOnce(peer *transport, address string) error {
	connection, err := dialPromptly(peer.dialSingleUse, address)
	if err != nil {
		return err
	}
	return connection.Close()
}

var variable = regexp.MustCompile(`\$\{env:(\w+):-[^}]*\}`)

// example is a document of examples/topologies with these values in place of its variables.
func example(t *testing.T, name string, values map[string]string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "topologies", name))
	if err != nil {
		t.Fatal(err)
	}
	return variable.ReplaceAllStringFunc(string(text), func(found string) string {
		value, known := values[variable.FindStringSubmatch(found)[1]]
		if !known {
			t.Fatalf("%s has %s, which this test does not know", name, found)
		}
		return value
	})
}

// exampleCertificates is a folder with the files that the examples name.
func exampleCertificates(t *testing.T, authority *harness.Authority) string {
	t.Helper()
	folder := t.TempDir()
	server, agent := authority.IssueServer(t, "server"), authority.IssueClient(t, "agent")
	for name, file := range map[string]string{
		"ca.pem":     authority.CertificateFile,
		"server.pem": server.CertificateFile, "server.key": server.KeyFile,
		"agent.pem": agent.CertificateFile, "agent.key": agent.KeyFile,
	} {
		if err := os.Symlink(file, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
