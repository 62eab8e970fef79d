package harness

import (
	"context"
	"encoding/csv"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Backend is a group of servers behind a balancer.
type Backend struct {
	Name string
	// Check is the path that a server answers with 200 as long as it wants connections.
	Check string
	// Servers are host:port, and Health the ports at which they are asked, in the same order.
	Servers []string
	Health  []string
}

// Balancer is an HAProxy that passes TCP on, round-robin, to servers whose health check succeeds.
type Balancer struct {
	*Process
	addresses map[string]string
	stats     string
}

// StartBalancer starts HAProxy with a listener for each backend. Without HAProxy the test is skipped.
func StartBalancer(t testing.TB, backends ...Backend) *Balancer {
	t.Helper()
	path, err := exec.LookPath("haproxy")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("there is no haproxy")
	} else if err != nil {
		t.Fatal(err)
	}
	directory := ShortDirectory(t)
	balancer := &Balancer{addresses: map[string]string{}, stats: filepath.Join(directory, "stats")}
	configuration := fmt.Sprintf(balancerDefaults, balancer.stats)
	var listeners []*os.File
	for _, backend := range backends {
		listener, err := net.Listen("tcp", loopback(FreePort(t)))
		if err != nil {
			t.Fatal(err)
		}
		balancer.addresses[backend.Name] = listener.Addr().String()
		file, err := listener.(*net.TCPListener).File()
		listener.Close()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		// The first of a child's files is its descriptor 3.
		configuration += backend.configuration(3 + len(listeners))
		listeners = append(listeners, file)
	}
	file := filepath.Join(directory, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	balancer.Process = LaunchWithFiles(t, Program{Path: path}, listeners, "-db", "-f", file)
	if err := balancer.awaitListener("unix", balancer.stats); err != nil {
		t.Fatal(err)
	}
	return balancer
}

// Address is host:port at which the balancer listens for a backend.
func (b *Balancer) Address(backend string) string { return b.addresses[backend] }

func (b *Balancer) port(t testing.TB, backend string) int {
	t.Helper()
	_, text, _ := net.SplitHostPort(b.addresses[backend])
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// AwaitUp waits until the balancer uses every server of a backend.
func (b *Balancer) AwaitUp(t testing.TB, backend string) {
	t.Helper()
	err := b.await("a full "+backend, func(ctx context.Context) error {
		states, err := b.states(ctx, backend)
		if err == nil && strings.Count(states, "UP") != strings.Count(states, "=") {
			err = fmt.Errorf("its servers are%s", states)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// states is " name=STATUS" of every server of a backend.
func (b *Balancer) states(ctx context.Context, backend string) (string, error) {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "unix", b.stats)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	if _, err := fmt.Fprintln(connection, "show stat"); err != nil {
		return "", err
	}
	rows := csv.NewReader(connection)
	rows.FieldsPerRecord = -1
	table, err := rows.ReadAll()
	if err != nil {
		return "", err
	}
	const proxy, server, status = 0, 1, 17
	var states string
	for _, row := range table {
		if len(row) > status && row[proxy] == backend && strings.HasPrefix(row[server], "server-") {
			states += " " + row[server] + "=" + row[status]
		}
	}
	return states, nil
}

// A server that refuses a connection is passed over at once, and after two failed checks for good.
const balancerDefaults = `global
  stats socket %s
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  retries 3
  option redispatch 1
  default-server inter 200ms fall 2 rise 1
`

func (b Backend) configuration(descriptor int) string {
	text := fmt.Sprintf(`frontend %[1]s
  bind fd@%[2]d
  default_backend %[1]s
backend %[1]s
  balance roundrobin
  option httpchk GET %[3]s
`, b.Name, descriptor, b.Check)
	for i, server := range b.Servers {
		_, port, _ := net.SplitHostPort(b.Health[i])
		text += fmt.Sprintf("  server server-%d %s check port %s\n", i+1, server, port)
	}
	return text
}
