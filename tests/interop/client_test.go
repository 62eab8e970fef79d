package interop

import (
	"testing"

	"konduit/tests/interop/harness"
)

func TestTheRealClientWorksWithSingleUseTunnels(t *testing.T) {
	pair := harness.StartPair(t, harness.Options{})
	singleUseTunnelsWork(t, pair, fullLoad)
}

func TestTheRealClientWorksWithAReusableTunnel(t *testing.T) {
	pair := harness.StartPair(t, harness.Options{})
	aReusableTunnelWorks(t, pair, fullLoad)
}

func singleUseTunnelsWork(t *testing.T, pair *harness.Pair, load load) {
	t.Helper()
	transport := &transport{socket: pair.Socket}
	carriesHTTPS(t, transport.dialSingleUse, load)
}

func aReusableTunnelWorks(t *testing.T, pair *harness.Pair, load load) {
	t.Helper()
	transport := &transport{socket: pair.Socket}
	tunnel := transport.reusable(t)
	carriesHTTPS(t, tunnel.DialContext, load)
	if connections := transport.count(); connections != 1 {
		t.Errorf("the reusable tunnel needed %d connections: the server must have dropped one", connections)
	}
}
