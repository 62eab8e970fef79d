package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apiserver/pkg/server/egressselector"

	"konduit/tests/interop/harness"
)

func TestTheEgressSelectorWorksInItsThreeForms(t *testing.T) {
	forms := []struct {
		name     string
		frontend harness.Frontend
		// connection is what the configuration file says below `connection:`.
		connection func(*harness.Pair) string
	}{
		{"GRPC over UDS", harness.GRPCOverUDS, func(pair *harness.Pair) string {
			return overUDS("GRPC", pair.Socket)
		}},
		{"HTTPConnect over UDS", harness.ConnectOverUDS, func(pair *harness.Pair) string {
			return overUDS("HTTPConnect", pair.Socket)
		}},
		{"HTTPConnect over TCP with mutual TLS", harness.ConnectOverTCP, func(pair *harness.Pair) string {
			return overTCP(pair.Address, pair.Frontends, pair.Client)
		}},
	}
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			pair := harness.StartPair(t, harness.Options{Frontend: form.frontend})
			carriesHTTPS(t, egress(t, form.connection(pair)), fullLoad)
		})
	}
}

// egress is the dial that kube-apiserver would use for the cluster's network, read from a configuration file.
func egress(t *testing.T, connection string) harness.Dial {
	t.Helper()
	file := filepath.Join(t.TempDir(), "egress.yaml")
	document := `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection:
` + connection
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	configuration, err := egressselector.ReadEgressSelectorConfiguration(file)
	if err != nil {
		t.Fatal(err)
	}
	if problems := egressselector.ValidateEgressSelectorConfiguration(configuration); len(problems) > 0 {
		t.Fatal(problems.ToAggregate())
	}
	selector, err := egressselector.NewEgressSelector(configuration)
	if err != nil {
		t.Fatal(err)
	}
	dial, err := selector.Lookup(egressselector.Cluster.AsNetworkContext())
	if err != nil {
		t.Fatal(err)
	}
	return harness.Dial(dial)
}

func overUDS(protocol, socket string) string {
	return fmt.Sprintf(`    proxyProtocol: %s
    transport:
      uds:
        udsName: %s
`, protocol, socket)
}

func overTCP(address string, authority *harness.Authority, client harness.Identity) string {
	return fmt.Sprintf(`    proxyProtocol: HTTPConnect
    transport:
      tcp:
        url: https://%s
        tlsConfig:
          caBundle: %s
          clientCert: %s
          clientKey: %s
`, address, authority.CertificateFile, client.CertificateFile, client.KeyFile)
}
