// Package harness starts what the interop tests talk to and through: a server and an agent as processes, endpoints
// inside the test's own process, and the certificates of all of them. Everything listens on the loopback address,
// everything it starts is stopped again, and a process left behind fails the run.
package harness

import (
	"os"
	"testing"
)

// Names of the environment variables that say which programs a run is about.
const (
	ServerVariable          = "PROXY_SERVER"
	AgentVariable           = "PROXY_AGENT"
	KonduitVariable         = "KONDUIT"
	ReferenceServerVariable = "REFERENCE_SERVER"
	ReferenceAgentVariable  = "REFERENCE_AGENT"
)

// Program is an executable that takes the reference's flags.
type Program struct {
	Path string
	// Konduit is false for the reference, which answers some things differently and ends differently.
	Konduit bool
}

// Server is the proxy-server that the run is about.
func Server(t testing.TB) Program {
	t.Helper()
	return required(t, ServerVariable)
}

// Agent is the proxy-agent that the run is about.
func Agent(t testing.TB) Program {
	t.Helper()
	return required(t, AgentVariable)
}

// Konduit is the program that runs a document. Without it the test is skipped: the reference has none.
func Konduit(t testing.TB) Program {
	t.Helper()
	return Program{Path: optional(t, KonduitVariable), Konduit: true}
}

// Reference is one of the reference's programs, for a pairing with ours. Without it the test is skipped.
func Reference(t testing.TB, variable string) Program {
	t.Helper()
	return Program{Path: optional(t, variable)}
}

func required(t testing.TB, variable string) Program {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf("%s is not set: it has to name the program under test (run.sh sets it)", variable)
	}
	return Program{Path: path, Konduit: os.Getenv(KonduitVariable) != ""}
}

func optional(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skipf("%s is not set", variable)
	}
	return path
}
