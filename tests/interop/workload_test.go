package interop

import (
	"fmt"
	"testing"
	"time"

	"konduit/tests/interop/harness"
)

// load is how much a workload does.
type load struct {
	parallel int
	bytes    int64
}

var (
	fullLoad  = load{parallel: 200, bytes: 100 << 20}
	smallLoad = load{parallel: 20, bytes: 8 << 20}
)

// carriesHTTPS has an HTTPS client do everything that kube-apiserver does through a tunnel.
func carriesHTTPS(t *testing.T, dial harness.Dial, load load) {
	t.Helper()
	endpoint := harness.StartHTTPSEndpoint(t)
	run := func(name string, exchange func(*harness.HTTPSClient) error) {
		t.Run(name, func(t *testing.T) {
			client := endpoint.Client(dial)
			defer client.Close()
			if err := exchange(client); err != nil {
				t.Error(err)
			}
		})
	}
	size := fmt.Sprintf("%d MiB", load.bytes>>20)
	run("an HTTPS request is answered", (*harness.HTTPSClient).Hello)
	run(fmt.Sprintf("%d requests are open at the same time", load.parallel), func(client *harness.HTTPSClient) error {
		return client.Meet("all", load.parallel, load.parallel)
	})
	run("a download of "+size+" arrives with its checksum", func(client *harness.HTTPSClient) error {
		return client.Download(1, load.bytes)
	})
	run("an upload of "+size+" arrives with its checksum", func(client *harness.HTTPSClient) error {
		return client.Upload(2, load.bytes)
	})
}

// within waits for a value, but not for ever; false means that it did not come.
func within[T any](limit time.Duration, values <-chan T) (T, bool) {
	select {
	case value := <-values:
		return value, true
	case <-time.After(limit):
		var none T
		return none, false
	}
}
