package harness

import (
	"bytes"
	"sync"
)

// tailCapacity is how much of a process's output is kept at least.
const tailCapacity = 128 << 10

// tail keeps the last part of what is written to it. Safe for concurrent use.
type tail struct {
	mutex sync.Mutex
	kept  []byte
}

// Write implements io.Writer and never fails.
func (o *tail) Write(data []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.kept = append(o.kept, data...)
	if len(o.kept) > 2*tailCapacity {
		o.kept = append(o.kept[:0], o.kept[len(o.kept)-tailCapacity:]...)
	}
	return len(data), nil
}

// String is what was kept.
func (o *tail) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return string(o.kept)
}

// contains looks for a text in lower case, whatever case it was printed in.
func (o *tail) contains(text string) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return bytes.Contains(bytes.ToLower(o.kept), []byte(text))
}
