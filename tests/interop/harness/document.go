package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// Deployment is a process that runs a YAML document.
type Deployment struct {
	*Process
	listeners map[string]*url.URL
}

// RunDocument runs a document and returns when every listener is bound. write makes the document; it is called again
// when a port that it picked was taken by then.
func RunDocument(t testing.TB, write func() string) *Deployment {
	t.Helper()
	program := Konduit(t)
	directory := t.TempDir()
	document, readyFile := filepath.Join(directory, "konduit.yaml"), filepath.Join(directory, "ready.json")
	var deployment *Deployment
	retryTakenPorts(t, func() error {
		_ = os.Remove(readyFile)
		if err := os.WriteFile(document, []byte(write()), 0o600); err != nil {
			return err
		}
		process := Launch(t, program, "run", document, "--ready-file", readyFile)
		deployment = &Deployment{Process: process}
		err := process.await("a complete "+readyFile, func(context.Context) error {
			return deployment.readListeners(readyFile)
		})
		if err != nil {
			process.abandon()
		}
		return err
	})
	return deployment
}

// Listener is the bound address of a listener: host:port, or the path of a socket.
func (d *Deployment) Listener(t testing.TB, id string) string {
	t.Helper()
	bound, ok := d.listeners[id]
	if !ok {
		t.Fatalf("the ready file names no listener %s, only %v", id, d.listeners)
	}
	if bound.Scheme == "uds" {
		return bound.Path
	}
	return bound.Host
}

// AwaitReady waits until the process says that it can serve dials.
func (d *Deployment) AwaitReady(t testing.TB) {
	t.Helper()
	d.AwaitReadyWith(t, "")
}

// AwaitReadyWith waits until it also says these words to those who want to know more.
func (d *Deployment) AwaitReadyWith(t testing.TB, words string) {
	t.Helper()
	if err := d.awaitWords("http://"+d.Listener(t, "telemetry/health")+"/readyz?verbose", words); err != nil {
		t.Fatal(err)
	}
}

// readListeners fails until the ready file is there and complete.
func (d *Deployment) readListeners(file string) error {
	encoded, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var ready struct {
		Listeners []struct{ ID, URL string }
	}
	if err := json.Unmarshal(encoded, &ready); err != nil {
		return err
	}
	if len(ready.Listeners) == 0 {
		return errors.New("it names no listener")
	}
	d.listeners = map[string]*url.URL{}
	for _, listener := range ready.Listeners {
		bound, err := url.Parse(listener.URL)
		if err != nil {
			return fmt.Errorf("listener %s: %w", listener.ID, err)
		}
		d.listeners[listener.ID] = bound
	}
	return nil
}
