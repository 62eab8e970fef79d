package interop

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"konduit/tests/interop/harness"
)

const (
	// ended is how long a tunnel that nobody reads may hold the stream that all tunnels of a stock agent share.
	ended = 10 * time.Second
	// stream is more than all queues between an endpoint and its client hold together.
	stream = 64 << 20
)

// A stock agent knows no credit for a single tunnel, so that one that nobody reads holds up all others: it has to be
// ended, and one that is merely slow must not be.
func TestAClientThatReadsNothingIsEndedAndASlowOneIsNot(t *testing.T) {
	agent := harness.Reference(t, harness.ReferenceAgentVariable)
	pair := harness.StartPair(t, harness.Options{
		Frontend: harness.ConnectOverUDS, Server: ours(t, harness.Server), Agent: agent,
	})
	dial := connectDial(pair)
	t.Run("a client that reads 64 MiB at 5 MB/s gets all of it", func(t *testing.T) {
		endpoint := harness.StartTCPEndpoint(t, harness.CloseFirst(7, stream))
		expected, err := harness.SumOf(harness.Payload(7, stream))
		if err != nil {
			t.Fatal(err)
		}
		connection, err := dialPromptly(dial, endpoint.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		received, err := harness.SumOf(&slowReader{from: connection, rate: 5_000_000, since: time.Now()})
		if err != nil || received != expected {
			t.Errorf("%d of %d bytes came, or not the right ones: %v", received.Bytes, expected.Bytes, err)
		}
	})
	t.Run("one that reads 20 kB/s is slow and no more", func(t *testing.T) {
		endpoint := harness.StartTCPEndpoint(t, harness.TalkForEver)
		connection, err := dialPromptly(dial, endpoint.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		const rate = 20_000
		wanted := int64(rate * 2 * ended / time.Second)
		slow := &slowReader{from: connection, rate: rate, since: time.Now()}
		if read, err := io.CopyN(io.Discard, slow, wanted); err != nil {
			t.Errorf("the tunnel ended after %d of %d bytes: %v", read, wanted, err)
		}
	})
	t.Run("one that reads nothing is ended and the others go on", func(t *testing.T) {
		stalled := harness.StartTCPEndpoint(t, harness.TalkForEver)
		connection, err := dialPromptly(dial, stalled.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if _, ok := within(ended, stalled.Ended); !ok {
			t.Fatalf("the tunnel still holds the stream after %v", ended)
		}
		losesNoByte(t, pair, dial, 3<<20, 1)
	})
	t.Run("a download under way goes on when another one is ended", func(t *testing.T) {
		stalled := harness.StartTCPEndpoint(t, harness.TalkForEver)
		endpoint := harness.StartTCPEndpoint(t, harness.WhenAsked(harness.CloseFirst(8, stream)))
		other, err := dialPromptly(dial, endpoint.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		holding, err := dialPromptly(dial, stalled.Address)
		if err != nil {
			t.Fatal(err)
		}
		defer holding.Close()
		if err := downloadsAll(other); err != nil {
			t.Error(err)
		}
		if _, ok := within(ended, stalled.Ended); !ok {
			t.Errorf("the tunnel still holds the stream after %v", ended)
		}
	})
}

func downloadsAll(connection net.Conn) error {
	expected, err := harness.SumOf(harness.Payload(8, stream))
	if err != nil {
		return err
	}
	if _, err := io.WriteString(connection, harness.Question); err != nil {
		return err
	}
	received, err := inTime(3*ended, connection, func() (harness.Result, error) { return harness.SumOf(connection) })
	if err == nil && received != expected {
		err = fmt.Errorf("%d of %d bytes came, or not the right ones", received.Bytes, expected.Bytes)
	}
	return err
}

// slowReader reads no more than rate bytes a second, a little at a time.
type slowReader struct {
	from  io.Reader
	rate  int64
	since time.Time
	read  int64
}

func (s *slowReader) Read(into []byte) (int, error) {
	due := s.since.Add(time.Duration(float64(s.read) / float64(s.rate) * float64(time.Second)))
	time.Sleep(time.Until(due))
	count, err := s.from.Read(into[:min(len(into), 16<<10)])
	s.read += int64(count)
	return count, err
}
