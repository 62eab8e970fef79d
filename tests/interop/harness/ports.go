package harness

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

// errPortTaken says that a port was free when it was picked and taken when the process wanted it.
var errPortTaken = errors.New("a port was taken by somebody else")

// startAttempts is how often a start is tried with other ports.
const startAttempts = 5

var pickedPorts sync.Map

// FreePort picks a TCP port of 127.0.0.1 that is free now and that no other call has picked. It lies below the
// ephemeral ports, so that no outgoing connection takes it, and inside the range that the reference accepts.
func FreePort(t testing.TB) int {
	t.Helper()
	const lowest, count = 12000, 20000
	for range 1000 {
		port := lowest + rand.IntN(count)
		if _, picked := pickedPorts.LoadOrStore(port, true); picked {
			continue
		}
		listener, err := net.Listen("tcp", loopback(port))
		if err != nil {
			continue
		}
		listener.Close()
		return port
	}
	t.Fatal("no free TCP port found")
	return 0
}

// retryTakenPorts calls start until it fails for another reason than a taken port, or succeeds.
func retryTakenPorts(t testing.TB, start func() error) {
	t.Helper()
	var err error
	for range startAttempts {
		if err = start(); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
