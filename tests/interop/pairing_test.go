package interop

import (
	"testing"

	"konduit/tests/interop/harness"
)

func TestOurServerWorksWithTheReferencesAgent(t *testing.T) {
	worksAsAPair(t, ours(t, harness.Server), harness.Reference(t, harness.ReferenceAgentVariable))
}

func TestTheReferencesServerWorksWithOurAgent(t *testing.T) {
	worksAsAPair(t, harness.Reference(t, harness.ReferenceServerVariable), ours(t, harness.Agent))
}

// ours is the program under test, unless the run is about the reference alone.
func ours(t *testing.T, program func(testing.TB) harness.Program) harness.Program {
	t.Helper()
	harness.Konduit(t)
	return program(t)
}

func worksAsAPair(t *testing.T, server, agent harness.Program) {
	t.Helper()
	start := func(t *testing.T, frontend harness.Frontend) *harness.Pair {
		return harness.StartPair(t, harness.Options{Frontend: frontend, Server: server, Agent: agent})
	}
	t.Run("for the real client with single-use tunnels", func(t *testing.T) {
		singleUseTunnelsWork(t, start(t, harness.GRPCOverUDS), smallLoad)
	})
	t.Run("for the real client with a reusable tunnel", func(t *testing.T) {
		aReusableTunnelWorks(t, start(t, harness.GRPCOverUDS), smallLoad)
	})
	t.Run("for the egress selector over TCP with mutual TLS", func(t *testing.T) {
		pair := start(t, harness.ConnectOverTCP)
		carriesHTTPS(t, egress(t, overTCP(pair.Address, pair.Frontends, pair.Client)), smallLoad)
	})
	t.Run("for HTTP CONNECT", func(t *testing.T) { connectSpeaksAsExpected(t, start(t, harness.ConnectOverUDS)) })
}
