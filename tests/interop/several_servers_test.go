package interop

import (
	"fmt"
	"testing"
	"time"

	"konduit/tests/interop/harness"
)

func TestAnAgentServesEveryServerBehindABalancer(t *testing.T) {
	finds := func(server, agent func(*testing.T) harness.Program) func(*testing.T) {
		return func(t *testing.T) { servesEveryServer(t, server(t), agent(t)) }
	}
	ourServer := func(t *testing.T) harness.Program { t.Helper(); return ours(t, harness.Server) }
	ourAgent := func(t *testing.T) harness.Program { t.Helper(); return ours(t, harness.Agent) }
	theirs := func(variable string) func(*testing.T) harness.Program {
		return func(t *testing.T) harness.Program { t.Helper(); return harness.Reference(t, variable) }
	}
	t.Run("ours with our servers", finds(ourServer, ourAgent))
	t.Run("ours with the reference's servers", finds(theirs(harness.ReferenceServerVariable), ourAgent))
	t.Run("the reference's with our servers", finds(ourServer, theirs(harness.ReferenceAgentVariable)))
}

// servesEveryServer also kills one of them, which comes back under another id.
func servesEveryServer(t *testing.T, server, agent harness.Program) {
	t.Helper()
	endpoint := harness.StartTCPEndpoint(t, harness.Echo)
	plane := harness.StartControlPlane(t, server, agent)
	for number, pair := range plane.Servers {
		if err := reachesSoon(pair, endpoint.Address); err != nil {
			t.Fatalf("server %d: %v", number, err)
		}
	}
	plane.Replace(t, 1)
	for number, pair := range plane.Servers {
		if err := reachesSoon(pair, endpoint.Address); err != nil {
			t.Fatalf("after another has taken the place of server 1, server %d: %v", number, err)
		}
	}
}

// reachesSoon dials until the server has an agent.
func reachesSoon(pair *harness.Pair, address string) error {
	deadline := time.Now().Add(harness.Deadline / 2)
	for {
		connection, err := dialPromptly(connectDial(pair), address)
		if err == nil {
			defer connection.Close()
			return timely(connection, func() error { return isEchoed(connection, []byte("to and fro")) })
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no agent has come: %w", err)
		}
		<-time.After(pace)
	}
}
