package interop

import (
	"io"
	"testing"

	"k8s.io/klog/v2"

	"konduit/tests/interop/harness"
)

func TestMain(m *testing.M) {
	// The client library logs what these tests provoke on purpose.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	harness.Main(m)
}
