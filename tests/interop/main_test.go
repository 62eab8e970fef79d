package interop

import (
	"testing"

	"konduit/tests/interop/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
