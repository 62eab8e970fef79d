package interop

import (
	"fmt"
	"net"
	"strconv"
	"testing"

	"konduit/tests/interop/harness"
)

// fleet is three servers behind a balancer, with gRPC and HTTP CONNECT over TCP and mutual TLS each, and three agents
// that find them through it.
type fleet struct {
	certificates certificates
	balancer     *harness.Balancer
	places       []place
	servers      []*harness.Deployment
	agents       []*harness.Deployment
	started      int
}

// place is where a server listens, whichever process it is.
type place struct{ agents, grpc, connect, health string }

const fleetSize = 3

func startFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{
		certificates: newCertificates(t),
		servers:      make([]*harness.Deployment, fleetSize),
		agents:       make([]*harness.Deployment, fleetSize),
	}
	forAgents := harness.Backend{Name: "agents", Check: "/healthz"}
	grpc := harness.Backend{Name: "grpc", Check: "/readyz"}
	connect := harness.Backend{Name: "connect", Check: "/readyz"}
	for number := range fleetSize {
		p := place{agents: freeAddress(t), grpc: freeAddress(t), connect: freeAddress(t), health: freeAddress(t)}
		f.places = append(f.places, p)
		for _, each := range []struct {
			backend *harness.Backend
			address string
		}{{&forAgents, p.agents}, {&grpc, p.grpc}, {&connect, p.connect}} {
			each.backend.Servers = append(each.backend.Servers, each.address)
			each.backend.Health = append(each.backend.Health, p.health)
		}
		f.startServer(t, number)
	}
	f.balancer = harness.StartBalancer(t, forAgents, grpc, connect)
	for number := range fleetSize {
		f.startAgent(t, number)
	}
	f.awaitComplete(t)
	return f
}

// restartServer lets one drain and starts another in its place, under an id of its own. It returns when the balancer
// and every agent know it, as whoever rolls out a change would wait.
func (f *fleet) restartServer(t *testing.T, number int) {
	t.Helper()
	f.servers[number].StopWithin(t, drainTimeout)
	f.startServer(t, number)
	f.awaitComplete(t)
}

// restartAgent does the same with an agent.
func (f *fleet) restartAgent(t *testing.T, number int) {
	t.Helper()
	f.agents[number].StopWithin(t, drainTimeout)
	f.startAgent(t, number)
	f.awaitComplete(t)
}

func (f *fleet) startServer(t *testing.T, number int) {
	t.Helper()
	f.started++
	document := serverOfFleet(f.certificates, f.places[number], fmt.Sprintf("server-%d", f.started))
	f.servers[number] = harness.RunDocument(t, func() string { return document })
}

func (f *fleet) startAgent(t *testing.T, number int) {
	t.Helper()
	document := agentOf(f.certificates, f.balancer.Address("agents"))
	f.agents[number] = harness.RunDocument(t, func() string { return document })
}

func (f *fleet) awaitComplete(t *testing.T) {
	t.Helper()
	for _, agent := range f.agents {
		agent.AwaitReadyWith(t, fmt.Sprintf("(%[1]d of %[1]d servers)", fleetSize))
	}
	for _, backend := range []string{"agents", "grpc", "connect"} {
		f.balancer.AwaitUp(t, backend)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(harness.FreePort(t)))
}
