package interop

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"konduit/tests/interop/harness"
)

// unseen are metrics of the table that appear with their first event, which neither program can be brought to here.
var unseen = []string{
	"konnectivity_network_proxy_server_full_receive_channels",          // a stalled reader
	"konnectivity_network_proxy_server_stream_errors_total",            // depends on who sees the end first
	"konnectivity_network_proxy_agent_stream_errors_total",             // likewise
	"konnectivity_network_proxy_agent_server_connection_failure_count", // likewise
	"konnectivity_network_proxy_agent_lease_watches_total",             // v0.36.0 counts watches as lists
	"konnectivity_network_proxy_server_connection_duration_seconds",    // comes after v0.36.0
}

// Publishing, collecting and counting leases has metrics of its own, which are there only once it has happened.
func TestOurMetricsOfLeasesAreTheReferences(t *testing.T) {
	server, agent := harness.Reference(t, harness.ReferenceServerVariable), harness.Reference(t, harness.ReferenceAgentVariable)
	api := harness.StartLeaseAPI(t)
	start := func(server, agent harness.Program) *harness.Pair {
		return harness.StartPair(t, harness.Options{
			Server:      server,
			Agent:       agent,
			ServerFlags: []string{"--enable-lease-controller", "--kubeconfig=" + api, "--kube-api-content-type=application/json"},
			AgentFlags:  []string{"--count-server-leases", "--kubeconfig=" + api, "--kube-api-content-type=application/json"},
		})
	}
	theirs, oursPair := start(server, agent), start(ours(t, harness.Server), ours(t, harness.Agent))
	for _, pair := range []*harness.Pair{theirs, oursPair} {
		makeTraffic(t, pair)
		awaitMetric(t, pair.ServerHealth, "konnectivity_network_proxy_server_lease_list_total{")
		awaitMetric(t, pair.ServerHealth, "konnectivity_network_proxy_server_lease_delete_total{")
		awaitMetric(t, pair.AgentHealth, "konnectivity_network_proxy_agent_lease_lists_total{")
	}
	awaitMetric(t, oursPair.AgentHealth, "konnectivity_network_proxy_agent_lease_watches_total{")
	for program, urls := range map[string][2]string{
		"server": {theirs.ServerHealth, oursPair.ServerHealth},
		"agent":  {theirs.AgentHealth, oursPair.AgentHealth},
	} {
		t.Run(program, func(t *testing.T) {
			reference := families(t, urls[0])
			for _, name := range slices.Sorted(maps.Keys(tableMetrics(t, program))) {
				if _, shown := reference[name]; !shown && !slices.Contains(unseen, name) {
					t.Errorf("the reference does not show %s", name)
				}
			}
			compareFamilies(t, reference, families(t, urls[1]))
		})
	}
}

// awaitMetric waits until a page shows the beginning of a line.
func awaitMetric(t *testing.T, url, line string) {
	t.Helper()
	deadline := time.After(harness.Deadline)
	for !strings.Contains(get(t, url+"/metrics"), "\n"+line) {
		select {
		case <-deadline:
			t.Fatalf("%s/metrics does not show %s", url, line)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
