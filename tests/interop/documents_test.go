package interop

import (
	"fmt"

	"konduit/tests/interop/harness"
)

// certificates are what the documents of one test name.
type certificates struct {
	frontends, agents            *harness.Authority
	frontend, server, agent, ops harness.Identity
}

// threeFrontends serves gRPC on a socket, HTTP CONNECT on a socket and HTTP CONNECT on TCP with mutual TLS from the
// agents that connect to agentsURL.
func threeFrontends(c certificates, directory, agentsURL string) string {
	return fmt.Sprintf(`apiVersion: konduit/v1
authenticators:
  mtls/ops: {}
  mtls/agents: {}
frontends:
  grpc/kas: {listen: {url: "uds://%[1]s/grpc.sock", mode: "0770"}}
  http-connect/local: {listen: {url: "uds://%[1]s/connect.sock", mode: "0770"}}
  http-connect/ops:
    listen: {url: "tcp://127.0.0.1:0", tls: {cert: %[2]q, key: %[3]q, client_ca: %[4]q}}
    authenticator: mtls/ops
selectors: {any/a: {}}
backends:
  agents/main:
    listen: {url: %[5]q, tls: {cert: %[6]q, key: %[7]q, client_ca: %[8]q}}
    authenticator: mtls/agents
    selectors: [any/a]
pipelines:
  cluster: {frontends: [grpc/kas, http-connect/local, http-connect/ops], backend: agents/main}
telemetry: {health: {listen: {url: "tcp://127.0.0.1:0"}}}
`, directory, c.frontend.CertificateFile, c.frontend.KeyFile, c.frontends.CertificateFile,
		agentsURL, c.server.CertificateFile, c.server.KeyFile, c.agents.CertificateFile)
}

// serverOfFleet is one of several servers, with both frontends on TCP.
func serverOfFleet(c certificates, p place, id string) string {
	return fmt.Sprintf(`apiVersion: konduit/v1
authenticators: {mtls/clients: {}, mtls/agents: {}}
frontends:
  grpc/kas:
    listen: {url: "tcp://%[1]s", tls: {cert: %[5]q, key: %[6]q, client_ca: %[7]q}}
    authenticator: mtls/clients
  http-connect/kas:
    listen: {url: "tcp://%[2]s", tls: {cert: %[5]q, key: %[6]q, client_ca: %[7]q}}
    authenticator: mtls/clients
selectors: {any/a: {}}
backends:
  agents/main:
    listen: {url: "tcp://%[3]s", tls: {cert: %[8]q, key: %[9]q, client_ca: %[10]q}}
    authenticator: mtls/agents
    selectors: [any/a]
    server_id: %[11]s
    server_count: %[12]d
pipelines:
  cluster: {frontends: [grpc/kas, http-connect/kas], backend: agents/main}
telemetry: {health: {listen: {url: "tcp://%[4]s"}}}
`, p.grpc, p.connect, p.agents, p.health, c.frontend.CertificateFile, c.frontend.KeyFile, c.frontends.CertificateFile,
		c.server.CertificateFile, c.server.KeyFile, c.agents.CertificateFile, id, fleetSize)
}

// agentOf is an agent of the server at the address, or of those behind it.
func agentOf(c certificates, server string) string {
	return fmt.Sprintf(`apiVersion: konduit/v1
discovery: {static/servers: {servers: [%[1]q]}, headers/count: {}}
frontends:
  uplink/cp:
    servers: static/servers
    count: headers/count
    tls: {ca: %[2]q, cert: %[3]q, key: %[4]q}
    sync: {interval: 100ms, cap: 1s}
backends: {direct/node: {dial_timeout: 5s}}
pipelines: {serve: {frontends: [uplink/cp], backend: direct/node}}
telemetry: {health: {listen: {url: "tcp://127.0.0.1:0"}}}
`, server, c.agents.CertificateFile, c.agent.CertificateFile, c.agent.KeyFile)
}

// serverAndAgent is both in one process: the agent's uplink leads to the server beside it.
func serverAndAgent(c certificates, socket, server string) string {
	return fmt.Sprintf(`apiVersion: konduit/v1
authenticators: {mtls/agents: {}}
discovery: {static/servers: {servers: [%[2]q]}, headers/count: {}}
selectors: {any/a: {}}
frontends:
  grpc/kas: {listen: {url: "uds://%[1]s", mode: "0770"}}
  uplink/cp: {servers: static/servers, count: headers/count, tls: {ca: %[3]q, cert: %[4]q, key: %[5]q}}
backends:
  agents/main:
    listen: {url: "tcp://%[2]s", tls: {cert: %[6]q, key: %[7]q, client_ca: %[3]q}}
    authenticator: mtls/agents
    selectors: [any/a]
  direct/node: {dial_timeout: 5s}
pipelines:
  cluster: {frontends: [grpc/kas], backend: agents/main}
  serve: {frontends: [uplink/cp], backend: direct/node}
telemetry: {health: {listen: {url: "tcp://127.0.0.1:0"}}}
`, socket, server, c.agents.CertificateFile, c.agent.CertificateFile, c.agent.KeyFile,
		c.server.CertificateFile, c.server.KeyFile)
}

// forwardProxy leads HTTP CONNECT straight to the endpoints.
func forwardProxy(socket string) string {
	return fmt.Sprintf(`apiVersion: konduit/v1
frontends: {http-connect/local: {listen: {url: "uds://%s", mode: "0770"}}}
backends: {direct/node: {dial_timeout: 5s}}
pipelines: {forward: {frontends: [http-connect/local], backend: direct/node}}
telemetry: {health: {listen: {url: "tcp://127.0.0.1:0"}}}
`, socket)
}
