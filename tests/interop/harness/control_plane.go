package harness

import (
	"fmt"
	"testing"
)

// ControlPlane is three servers behind a balancer, started by the reference's flags, and an agent that finds them
// through it.
type ControlPlane struct {
	// Servers are what clients of each server need.
	Servers []*Pair

	launchers []pairLauncher
	processes []*Process
	ports     []serverPorts
	started   int
}

type serverPorts struct{ agents, health, admin int }

const controlPlaneSize = 3

// StartControlPlane returns when the agent has found a server.
func StartControlPlane(t testing.TB, server, agent Program) *ControlPlane {
	t.Helper()
	agents := NewAuthority(t, "agents")
	forAgents, agentItself := agents.IssueServer(t, "server"), agents.IssueClient(t, "agent")
	plane := &ControlPlane{}
	backend := Backend{Name: "agents", Check: "/healthz"}
	for number := range controlPlaneSize {
		pair := &Pair{Server: server, Agent: agent}
		plane.Servers = append(plane.Servers, pair)
		plane.launchers = append(plane.launchers, pairLauncher{
			pair:        pair,
			options:     Options{Frontend: ConnectOverUDS, Server: server, Agent: agent},
			agents:      agents,
			forAgents:   forAgents,
			agentItself: agentItself,
		})
		ports := serverPorts{FreePort(t), FreePort(t), FreePort(t)}
		plane.ports = append(plane.ports, ports)
		plane.processes = append(plane.processes, nil)
		backend.Servers = append(backend.Servers, loopback(ports.agents))
		backend.Health = append(backend.Health, loopback(ports.health))
		plane.startServer(t, number)
	}
	balancer := StartBalancer(t, backend)
	health, admin := FreePort(t), FreePort(t)
	flags := plane.launchers[0].agentFlags(balancer.port(t, backend.Name), health, admin)
	flags = append(flags, "--sync-interval=100ms", "--sync-interval-cap=1s")
	if err := Launch(t, agent, flags...).awaitHealth("http://" + loopback(health) + "/readyz"); err != nil {
		t.Fatal(err)
	}
	return plane
}

// Replace kills a server and starts another in its place, under an id of its own.
func (p *ControlPlane) Replace(t testing.TB, number int) {
	t.Helper()
	p.processes[number].abandon()
	p.startServer(t, number)
}

func (p *ControlPlane) startServer(t testing.TB, number int) {
	t.Helper()
	p.started++
	launcher, ports := p.launchers[number], p.ports[number]
	flags := launcher.serverFlags(t, ports.agents, ports.health, ports.admin)
	flags = append(flags, fmt.Sprintf("--server-id=server-%d", p.started),
		fmt.Sprintf("--server-count=%d", controlPlaneSize))
	p.processes[number] = Launch(t, launcher.options.Server, flags...)
	if err := launcher.awaitServer(p.processes[number], ports.health); err != nil {
		t.Fatal(err)
	}
}
