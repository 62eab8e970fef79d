package harness

import (
	"io"
	"net"
	"sync"
	"testing"
)

// TCPEndpoint is a TCP server inside the test's process that treats every connection alike.
type TCPEndpoint struct {
	// Address is host:port.
	Address string
	// Ended receives once for every connection whose conversation has ended.
	Ended <-chan struct{}
}

// StartTCPEndpoint accepts connections, has each talked to by converse and closes it then. Conversations that still
// run when the test ends are cut.
func StartTCPEndpoint(t testing.TB, converse func(*net.TCPConn)) *TCPEndpoint {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{}, 4096)
	var accepting, conversations sync.WaitGroup
	var open sync.Map
	accepting.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			open.Store(connection, true)
			conversations.Go(func() {
				converse(connection.(*net.TCPConn))
				connection.Close()
				open.Delete(connection)
				ended <- struct{}{}
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		accepting.Wait()
		open.Range(func(connection, _ any) bool {
			connection.(net.Conn).Close()
			return true
		})
		conversations.Wait()
	})
	return &TCPEndpoint{Address: listener.Addr().String(), Ended: ended}
}

// SpeakFirst says something at once and then stays until the client has gone.
func SpeakFirst(words string) func(*net.TCPConn) {
	return func(connection *net.TCPConn) {
		if _, err := io.WriteString(connection, words); err == nil {
			Listen(connection)
		}
	}
}

// CloseFirst sends a payload and closes.
func CloseFirst(seed byte, size int64) func(*net.TCPConn) {
	return func(connection *net.TCPConn) { _, _ = io.Copy(connection, Payload(seed, size)) }
}

// WhenAsked waits for Question and converses then.
func WhenAsked(converse func(*net.TCPConn)) func(*net.TCPConn) {
	return func(connection *net.TCPConn) {
		if _, err := io.ReadFull(connection, make([]byte, len(Question))); err == nil {
			converse(connection)
		}
	}
}

// Question is what an endpoint that does not speak first waits for.
const Question = "?"

// Listen reads until the client has gone.
func Listen(connection *net.TCPConn) { _, _ = io.Copy(io.Discard, connection) }

// TalkForEver sends until the client has gone.
func TalkForEver(connection *net.TCPConn) { _, _ = io.Copy(connection, Payload(1, 1<<62)) }

// Echo sends everything back and ends when the client's end has come, after the last byte went back.
func Echo(connection *net.TCPConn) { _, _ = io.Copy(connection, connection) }

// SumUntilEOF reads until the client says that it has sent everything, and only then answers with the sum.
func SumUntilEOF(connection *net.TCPConn) {
	if result, err := SumOf(connection); err == nil {
		_, _ = io.WriteString(connection, result.SHA256)
	}
}

// RefusedAddress is a loopback address on which nothing listens.
func RefusedAddress(t testing.TB) string {
	t.Helper()
	return loopback(FreePort(t))
}
