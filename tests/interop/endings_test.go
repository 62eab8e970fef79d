package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"konduit/tests/interop/harness"
)

const (
	// prompt is how long an answer may take that depends on nothing but a round trip.
	prompt = 5 * time.Second
	// noticed is how long a client's disappearance may take to reach the endpoint.
	noticed  = 10 * time.Second
	greeting = "220 the endpoint speaks first\r\n"
)

func TestAnEndpointThatSpeaksFirstKeepsItsFirstBytes(t *testing.T) {
	pair := harness.StartPair(t, harness.Options{})
	endpoint := harness.StartTCPEndpoint(t, harness.SpeakFirst(greeting))
	transport := &transport{socket: pair.Socket}
	t.Run("in 200 single-use tunnels", func(t *testing.T) {
		keepsFirstBytes(t, pair, transport.dialSingleUse, endpoint.Address)
	})
	t.Run("in 200 dials of a reusable tunnel", func(t *testing.T) {
		keepsFirstBytes(t, pair, transport.reusable(t).DialContext, endpoint.Address)
	})
}

// keepsFirstBytes counts the tunnels whose client got what the endpoint said.
func keepsFirstBytes(t *testing.T, pair *harness.Pair, dial harness.Dial, address string) {
	t.Helper()
	const tunnels = 200
	err := inOneRoundOf(speakFirstRounds, func() error {
		kept := 0
		for range tunnels {
			if hearsGreeting(dial, address) == nil {
				kept++
			}
		}
		t.Logf("%d of %d tunnels kept their first bytes", kept, tunnels)
		if kept < tunnels {
			return fmt.Errorf("%d tunnels lost their first bytes", tunnels-kept)
		}
		return nil
	})
	if err != nil && pair.Server.Konduit {
		t.Error(err)
	}
}

// speakFirstRounds is how often an endpoint may speak first until all tunnels of a round get its words. The real client
// loses what reaches it before it has registered the tunnel, so a server has to keep a distance; but no distance covers
// a client that the machine held up for longer, as happens to one tunnel in some hundred on a busy machine.
const speakFirstRounds = 3

func inOneRoundOf(rounds int, round func() error) error {
	var err error
	for range rounds {
		if err = round(); err == nil {
			return nil
		}
	}
	return err
}

func hearsGreeting(dial harness.Dial, address string) error {
	connection, err := dialPromptly(dial, address)
	if err != nil {
		return err
	}
	defer connection.Close()
	heard := make([]byte, len(greeting))
	if _, err := inTime(time.Second, connection, func() (int, error) { return io.ReadFull(connection, heard) }); err != nil {
		return err
	}
	if string(heard) != greeting {
		return fmt.Errorf("heard %q", heard)
	}
	return nil
}

func TestAnEndpointThatClosesFirstLosesNoByte(t *testing.T) {
	overGRPC := harness.StartPair(t, harness.Options{})
	overConnect := harness.StartPair(t, harness.Options{Frontend: harness.ConnectOverUDS})
	transport := &transport{socket: overGRPC.Socket}
	for _, size := range []int64{17, 64 << 10, 3 << 20} {
		t.Run(fmt.Sprintf("%d bytes over gRPC", size), func(t *testing.T) {
			losesNoByte(t, overGRPC, transport.dialSingleUse, size, speakFirstRounds)
		})
		t.Run(fmt.Sprintf("%d bytes over HTTP CONNECT", size), func(t *testing.T) {
			losesNoByte(t, overConnect, connectDial(overConnect), size, 1)
		})
	}
}

func losesNoByte(t *testing.T, pair *harness.Pair, dial harness.Dial, size int64, rounds int) {
	t.Helper()
	converse := harness.CloseFirst(3, size)
	t.Run("when it was asked", func(t *testing.T) {
		endpoint := harness.StartTCPEndpoint(t, harness.WhenAsked(converse))
		if err := receivesEverything(dial, endpoint.Address, harness.Question, size); err != nil {
			t.Error(err)
		}
	})
	t.Run("when it speaks first", func(t *testing.T) {
		endpoint := harness.StartTCPEndpoint(t, converse)
		err := inOneRoundOf(rounds, func() error { return receivesEverything(dial, endpoint.Address, "", size) })
		if err != nil {
			pair.Defect(t, "%v", err)
		}
	})
}

// receivesEverything opens tunnels one after the other and gives up at the first that lacks a byte.
func receivesEverything(dial harness.Dial, address, question string, size int64) error {
	expected, err := harness.SumOf(harness.Payload(3, size))
	for range 20 {
		if err == nil {
			err = receives(dial, address, question, expected)
		}
	}
	return err
}

func receives(dial harness.Dial, address, question string, expected harness.Result) error {
	connection, err := dialPromptly(dial, address)
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, question); err != nil {
		return err
	}
	received, err := inTime(prompt, connection, func() (harness.Result, error) { return harness.SumOf(connection) })
	if err != nil {
		return fmt.Errorf("after %d of %d bytes: %w", received.Bytes, expected.Bytes, err)
	}
	if received != expected {
		return fmt.Errorf("%d of %d bytes came before the end, or not the right ones", received.Bytes, expected.Bytes)
	}
	return nil
}

func TestAClientThatWritesAndClosesLosesNoByte(t *testing.T) {
	const runs, size = 50, 8 << 20
	overGRPC := harness.StartPair(t, harness.Options{})
	overConnect := harness.StartPair(t, harness.Options{Frontend: harness.ConnectOverUDS})
	transport := &transport{socket: overGRPC.Socket}
	t.Run("over gRPC", func(t *testing.T) { deliversBeforeTheClose(t, overGRPC, transport.dialSingleUse, runs, size) })
	t.Run("over HTTP CONNECT", func(t *testing.T) {
		deliversBeforeTheClose(t, overConnect, connectDial(overConnect), runs, size)
	})
}

// deliversBeforeTheClose sends to an endpoint that reads more slowly than the client sends.
func deliversBeforeTheClose(t *testing.T, pair *harness.Pair, dial harness.Dial, runs int, size int64) {
	t.Helper()
	const rate = 100_000_000
	expected, err := harness.SumOf(harness.Payload(6, size))
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan harness.Result, 1)
	endpoint := harness.StartTCPEndpoint(t, func(connection *net.TCPConn) {
		received, _ := harness.SumOf(&slowReader{from: connection, rate: rate, since: time.Now()})
		results <- received
	})
	for run := range runs {
		connection, err := dialPromptly(dial, endpoint.Address)
		if err != nil {
			t.Fatal(err)
		}
		_, err = inTime(noticed, connection, func() (int64, error) {
			return io.Copy(connection, harness.Payload(6, size))
		})
		if err != nil {
			t.Fatalf("run %d: sending: %v", run, err)
		}
		go connection.Close()
		received, ok := within(noticed, results)
		if !ok || received != expected {
			pair.Defect(t, "run %d: the endpoint got %d of %d bytes, or not the right ones", run, received.Bytes, size)
			return
		}
	}
}

func TestAClientThatVanishesEndsTheEndpointsConnection(t *testing.T) {
	overGRPC := harness.StartPair(t, harness.Options{})
	overConnect := harness.StartPair(t, harness.Options{Frontend: harness.ConnectOverUDS})
	moments := []struct {
		name     string
		endpoint func(*net.TCPConn)
		// busy transfers in the background until the connection is cut; it calls started once bytes have moved.
		busy func(connection net.Conn, started func())
	}{
		{"while it downloads", harness.WhenAsked(harness.TalkForEver), download},
		{"while it uploads", harness.Listen, upload},
		{"while nothing moves", harness.Listen, func(_ net.Conn, started func()) { started() }},
	}
	for _, moment := range moments {
		t.Run("over gRPC "+moment.name, func(t *testing.T) {
			transport := &transport{socket: overGRPC.Socket}
			vanishes(t, transport.dialSingleUse, moment.endpoint, moment.busy, func(net.Conn) { transport.cut() })
		})
		t.Run("over HTTP CONNECT "+moment.name, func(t *testing.T) {
			cut := func(connection net.Conn) { connection.Close() }
			vanishes(t, connectDial(overConnect), moment.endpoint, moment.busy, cut)
		})
	}
}

func vanishes(t *testing.T, dial harness.Dial, converse func(*net.TCPConn), busy func(net.Conn, func()), cut func(net.Conn)) {
	t.Helper()
	endpoint := harness.StartTCPEndpoint(t, converse)
	connection, err := dialPromptly(dial, endpoint.Address)
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	go busy(connection, func() { close(started) })
	if _, ok := within(prompt, started); !ok {
		t.Fatalf("nothing moved within %v", prompt)
	}
	cut(connection)
	if _, ok := within(noticed, endpoint.Ended); !ok {
		t.Errorf("the endpoint's connection was still open %v after its client had gone", noticed)
	}
	connection.Close()
}

func download(connection net.Conn, started func()) {
	_, _ = io.WriteString(connection, harness.Question)
	if _, err := io.CopyN(io.Discard, connection, 1<<20); err == nil {
		started()
		_, _ = io.Copy(io.Discard, connection)
	}
}

func upload(connection net.Conn, started func()) {
	if _, err := io.Copy(connection, harness.Payload(4, 1<<20)); err == nil {
		started()
		_, _ = io.Copy(connection, harness.Payload(5, 1<<40))
	}
}

func TestADialToARefusedPortFailsPromptlyAndSaysWhy(t *testing.T) {
	pair := harness.StartPair(t, harness.Options{})
	transport := &transport{socket: pair.Socket}
	t.Run("in a single-use tunnel", func(t *testing.T) {
		failsWith(t, transport.dialSingleUse, harness.RefusedAddress(t), "connection refused")
	})
	t.Run("in a reusable tunnel, which goes on working", func(t *testing.T) {
		tunnel := transport.reusable(t)
		failsWith(t, tunnel.DialContext, harness.RefusedAddress(t), "connection refused")
		endpoint := harness.StartHTTPSEndpoint(t)
		client := endpoint.Client(tunnel.DialContext)
		defer client.Close()
		if err := client.Hello(); err != nil {
			t.Error(err)
		}
	})
}

func TestWithoutAnAgentADialFailsPromptlyAndSaysSo(t *testing.T) {
	pair := harness.StartPair(t, harness.Options{WithoutAgent: true})
	transport := &transport{socket: pair.Socket}
	failsWith(t, transport.dialSingleUse, harness.RefusedAddress(t), "No agent available")
}

func failsWith(t *testing.T, dial harness.Dial, address, words string) {
	t.Helper()
	connection, err := dialPromptly(dial, address)
	if err == nil {
		connection.Close()
		t.Fatal("the dial succeeded")
	}
	if errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), words) {
		t.Errorf("the dial failed with %q, which does not contain %q", err, words)
	}
}

func dialPromptly(dial harness.Dial, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), prompt)
	defer cancel()
	return dial(ctx, "tcp", address)
}

// inTime does what blocks on a connection and closes the connection when it takes too long: those of the real client
// have no deadlines.
func inTime[T any](limit time.Duration, connection io.Closer, blocking func() (T, error)) (T, error) {
	late := time.AfterFunc(limit, func() { connection.Close() })
	result, err := blocking()
	if !late.Stop() {
		err = errors.Join(fmt.Errorf("nothing more within %v", limit), err)
	}
	return result, err
}
