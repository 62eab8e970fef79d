package interop

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"konduit/tests/interop/harness"
)

const (
	drainTimeout = 25 * time.Second
	// pace is the pause between what one user does; it keeps the machine from being the subject of the test.
	pace = 50 * time.Millisecond
)

func TestARollingRestartBreaksNoTunnelAndFailsNoDial(t *testing.T) {
	t.Run("with tunnels of seconds", func(t *testing.T) { restartsAll(t, 2*time.Second) })
	// A server is back before the balancer has noticed that it was away.
	t.Run("with tunnels that end at once", func(t *testing.T) { restartsAll(t, 2*pace) })
}

// restartsAll has tunnels stay open for so long, which is less than the drain timeout by far.
func restartsAll(t *testing.T, lasting time.Duration) {
	t.Helper()
	fleet := startFleet(t)
	traffic := startTraffic(t, fleet, lasting)
	traffic.awaitProgress(t)
	for number := range fleet.servers {
		fleet.restartServer(t, number)
	}
	for number := range fleet.agents {
		fleet.restartAgent(t, number)
	}
	traffic.awaitProgress(t)
	traffic.end(t)
}

// traffic is users who dial through the balancer again and again, each in its own way, and note what goes wrong.
type traffic struct {
	users   []*user
	leaving chan struct{}
	group   sync.WaitGroup
}

type user struct {
	name     string
	once     func() error
	done     atomic.Int64
	failures []error
}

// startTraffic has each frontend used for short requests and for tunnels that last.
func startTraffic(t *testing.T, fleet *fleet, lasting time.Duration) *traffic {
	t.Helper()
	trust := &tls.Config{
		RootCAs:      fleet.certificates.frontends.Pool(),
		Certificates: []tls.Certificate{fleet.certificates.ops.Certificate},
	}
	grpc := &transport{address: fleet.balancer.Address("grpc"), tls: trust}
	frontends := []frontend{
		{"gRPC, single-use", grpc.dialSingleUse},
		{"gRPC, reusable", grpc.reusable(t).DialContext},
		{"HTTP CONNECT", connectDial(&harness.Pair{
			Address: fleet.balancer.Address("connect"), Frontends: fleet.certificates.frontends, Client: fleet.certificates.ops,
		})},
	}
	https, echo := harness.StartHTTPSEndpoint(t), harness.StartTCPEndpoint(t, harness.Echo)
	running := &traffic{leaving: make(chan struct{})}
	for _, frontend := range frontends {
		running.start(frontend.name+": requests", func() error { return asksOnce(https, frontend.dial) }, 2)
		running.start(frontend.name+": tunnels", func() error { return stays(frontend.dial, echo.Address, lasting) }, 4)
	}
	return running
}

func (tr *traffic) start(name string, once func() error, users int) {
	for range users {
		u := &user{name: name, once: once}
		tr.users = append(tr.users, u)
		tr.group.Go(func() {
			for {
				if err := u.once(); err != nil {
					u.failures = append(u.failures, err)
				}
				u.done.Add(1)
				select {
				case <-tr.leaving:
					return
				case <-time.After(pace):
				}
			}
		})
	}
}

// awaitProgress returns when every user has begun and ended something.
func (tr *traffic) awaitProgress(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(harness.Deadline)
	goals := map[*user]int64{}
	for _, u := range tr.users {
		goals[u] = u.done.Load() + 2 // what runs now began before
	}
	for _, u := range tr.users {
		for ; u.done.Load() < goals[u]; <-time.After(pace) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: stands still", u.name)
			}
		}
	}
}

// end waits for the users to finish and reports what they met.
func (tr *traffic) end(t *testing.T) {
	t.Helper()
	close(tr.leaving)
	tr.group.Wait()
	sums := map[string]int64{}
	for _, u := range tr.users {
		sums[u.name] += u.done.Load()
		if len(u.failures) > 0 {
			t.Errorf("%s: %d of %d failed: %v", u.name, len(u.failures), u.done.Load(), errors.Join(u.failures...))
		}
	}
	t.Logf("%v", sums)
}

func asksOnce(endpoint *harness.HTTPSEndpoint, dial harness.Dial) error {
	client := endpoint.Client(dial)
	defer client.Close()
	return client.Hello()
}

// stays has its words sent back again and again.
func stays(dial harness.Dial, address string, lasting time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), noticed)
	defer cancel()
	connection, err := dial(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("dial: %w", err)
	}
	defer connection.Close()
	words := bytes.Repeat([]byte("to and fro. "), 300)
	began := time.Now()
	for time.Since(began) < lasting {
		if _, err := inTime(noticed, connection, func() (struct{}, error) { return struct{}{}, isEchoed(connection, words) }); err != nil {
			return fmt.Errorf("after %v: %w", time.Since(began), err)
		}
		<-time.After(pace)
	}
	return nil
}

func isEchoed(connection net.Conn, words []byte) error {
	if _, err := connection.Write(words); err != nil {
		return err
	}
	echoed := make([]byte, len(words))
	if _, err := io.ReadFull(connection, echoed); err != nil {
		return err
	}
	if !bytes.Equal(echoed, words) {
		return errors.New("other words came back")
	}
	return nil
}
