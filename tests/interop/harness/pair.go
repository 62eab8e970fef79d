package harness

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// Frontend is how clients reach a server.
type Frontend int

// The frontends that the reference's flags can ask for, one a process.
const (
	GRPCOverUDS Frontend = iota
	ConnectOverUDS
	ConnectOverTCP
)

// Options say what StartPair starts. The zero value is the programs of the run with a gRPC frontend on a socket.
type Options struct {
	Frontend     Frontend
	WithoutAgent bool
	// Server and Agent replace the programs that the environment names.
	Server, Agent Program
	// ServerFlags and AgentFlags come behind the usual ones.
	ServerFlags, AgentFlags []string
}

// Pair is a running server and, usually, the agent that is connected to it.
type Pair struct {
	Server, Agent Program
	// Socket is the path of the frontend's Unix socket; empty where the frontend is on TCP.
	Socket string
	// Address is host:port of the frontend on TCP; empty where it is on a socket.
	Address string
	// ServerHealth, ServerAdmin, AgentHealth and AgentAdmin are urls of what the programs serve about themselves.
	ServerHealth, ServerAdmin, AgentHealth, AgentAdmin string
	// Frontends is the authority that the frontend's certificate is from and that it asks of clients.
	Frontends *Authority
	// Client is what a client of the frontend on TCP shows.
	Client Identity
}

// StartPair starts a server and an agent by the reference's flags and returns when both say they are ready.
func StartPair(t testing.TB, options Options) *Pair {
	t.Helper()
	if options.Server.Path == "" {
		options.Server = Server(t)
	}
	if options.Agent.Path == "" && !options.WithoutAgent {
		options.Agent = Agent(t)
	}
	frontends, agents := NewAuthority(t, "frontends"), NewAuthority(t, "agents")
	pair := &Pair{
		Server:    options.Server,
		Agent:     options.Agent,
		Frontends: frontends,
		Client:    frontends.IssueClient(t, "kube-apiserver"),
	}
	launcher := pairLauncher{
		pair:        pair,
		options:     options,
		agents:      agents,
		forClients:  frontends.IssueServer(t, "frontend"),
		forAgents:   agents.IssueServer(t, "server"),
		agentItself: agents.IssueClient(t, "agent"),
	}
	retryTakenPorts(t, func() error { return launcher.start(t) })
	return pair
}

// Dial opens a connection to the frontend, with TLS and the client's certificate where it is on TCP.
func (p *Pair) Dial(ctx context.Context) (net.Conn, error) {
	if p.Socket != "" {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "unix", p.Socket)
	}
	dialer := tls.Dialer{Config: &tls.Config{
		RootCAs:      p.Frontends.Pool(),
		Certificates: []tls.Certificate{p.Client.Certificate},
	}}
	return dialer.DialContext(ctx, "tcp", p.Address)
}

// Defect reports something that the reference's server is known to do wrong: ours fails the test by it; where the
// reference stands in for ours in a pairing, the test is skipped, visibly.
func (p *Pair) Defect(t testing.TB, format string, arguments ...any) {
	t.Helper()
	if p.Server.Path == os.Getenv(ReferenceServerVariable) {
		t.Skipf("known of the reference's server: "+format, arguments...)
	}
	t.Errorf(format, arguments...)
}

// ShortDirectory is a temporary directory whose name leaves room for a socket's: a path of one has 107 bytes.
func ShortDirectory(t testing.TB) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "konduit-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	return directory
}

type pairLauncher struct {
	pair    *Pair
	options Options
	agents  *Authority
	// What the server shows clients, what it shows agents, and what the agent shows it.
	forClients, forAgents, agentItself Identity
}

func (l *pairLauncher) start(t testing.TB) error {
	t.Helper()
	agentPort, serverHealth, serverAdmin := FreePort(t), FreePort(t), FreePort(t)
	l.pair.ServerHealth, l.pair.ServerAdmin = "http://"+loopback(serverHealth), "http://"+loopback(serverAdmin)
	server := Launch(t, l.options.Server, append(l.serverFlags(t, agentPort, serverHealth, serverAdmin), l.options.ServerFlags...)...)
	if err := l.awaitServer(server, serverHealth); err != nil {
		server.abandon()
		return err
	}
	if l.options.WithoutAgent {
		return nil
	}
	agentHealth, agentAdmin := FreePort(t), FreePort(t)
	l.pair.AgentHealth, l.pair.AgentAdmin = "http://"+loopback(agentHealth), "http://"+loopback(agentAdmin)
	agent := Launch(t, l.options.Agent, append(l.agentFlags(agentPort, agentHealth, agentAdmin), l.options.AgentFlags...)...)
	err := agent.awaitHealth("http://" + loopback(agentHealth) + "/readyz")
	if err == nil {
		err = server.awaitHealth("http://" + loopback(serverHealth) + "/readyz")
	}
	if err != nil {
		agent.abandon()
		server.abandon()
	}
	return err
}

func (l *pairLauncher) awaitServer(server *Process, healthPort int) error {
	if err := server.awaitHealth("http://" + loopback(healthPort) + "/healthz"); err != nil {
		return err
	}
	if l.pair.Socket != "" {
		return server.awaitListener("unix", l.pair.Socket)
	}
	return server.awaitListener("tcp", l.pair.Address)
}

func (l *pairLauncher) serverFlags(t testing.TB, agentPort, healthPort, adminPort int) []string {
	t.Helper()
	flags := []string{
		"--agent-bind-address=127.0.0.1",
		number("--agent-port", agentPort),
		"--cluster-cert=" + l.forAgents.CertificateFile,
		"--cluster-key=" + l.forAgents.KeyFile,
		"--cluster-ca-cert=" + l.agents.CertificateFile,
		"--health-bind-address=127.0.0.1",
		number("--health-port", healthPort),
		"--admin-bind-address=127.0.0.1",
		number("--admin-port", adminPort),
	}
	if l.options.Frontend == GRPCOverUDS {
		flags = append(flags, "--mode=grpc")
	} else {
		flags = append(flags, "--mode=http-connect")
	}
	if l.options.Frontend != ConnectOverTCP {
		l.pair.Socket = filepath.Join(ShortDirectory(t), "server.sock")
		return append(flags, "--server-port=0", "--uds-name="+l.pair.Socket)
	}
	port := FreePort(t)
	l.pair.Address = loopback(port)
	return append(flags,
		"--server-bind-address=127.0.0.1",
		number("--server-port", port),
		"--server-cert="+l.forClients.CertificateFile,
		"--server-key="+l.forClients.KeyFile,
		"--server-ca-cert="+l.pair.Frontends.CertificateFile)
}

func (l *pairLauncher) agentFlags(agentPort, healthPort, adminPort int) []string {
	return []string{
		"--proxy-server-host=127.0.0.1",
		number("--proxy-server-port", agentPort),
		"--ca-cert=" + l.agents.CertificateFile,
		"--agent-cert=" + l.agentItself.CertificateFile,
		"--agent-key=" + l.agentItself.KeyFile,
		"--health-server-host=127.0.0.1",
		number("--health-server-port", healthPort),
		"--admin-bind-address=127.0.0.1",
		number("--admin-server-port", adminPort),
	}
}

func number(flag string, value int) string { return fmt.Sprintf("%s=%d", flag, value) }
