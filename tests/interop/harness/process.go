package harness

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// startDeadline bounds the time from a start to readiness.
	startDeadline = 20 * time.Second
	// stopDeadline bounds the time from SIGTERM to the end of a process without tunnels.
	stopDeadline = 10 * time.Second
	pollInterval = 20 * time.Millisecond
)

// Process is a program that the harness started. It is stopped when the test ends.
type Process struct {
	program Program
	command *exec.Cmd
	output  *tail
	// exited is closed when the process has ended; status is set by then.
	exited    chan struct{}
	status    error
	concluded bool
}

// Launch starts the program and stops it when the test ends. A failed test logs what the process printed.
func Launch(t testing.TB, program Program, arguments ...string) *Process {
	t.Helper()
	return LaunchWithFiles(t, program, nil, arguments...)
}

// LaunchWithFiles is Launch for a program that is given open files, from descriptor 3 on.
func LaunchWithFiles(t testing.TB, program Program, files []*os.File, arguments ...string) *Process {
	t.Helper()
	command := exec.Command(program.Path, arguments...)
	command.ExtraFiles = files
	output := &tail{}
	command.Stdout, command.Stderr = output, output
	command.WaitDelay = time.Second
	command.Env = cleanEnvironment()
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := startOnLastingThread(command); err != nil {
		t.Fatalf("starting %s: %v", program.Path, err)
	}
	process := &Process{program: program, command: command, output: output, exited: make(chan struct{})}
	running.Store(process, true)
	go func() {
		process.status = command.Wait()
		running.Delete(process)
		close(process.exited)
	}()
	t.Cleanup(func() {
		t.Helper()
		if !process.concluded {
			process.Stop(t)
		}
		if t.Failed() {
			t.Logf("what %s printed:\n%s", process, process.output)
		}
	})
	return process
}

// Stop asks the process to end and waits for it. Ours has to end by itself with status 0 on one SIGTERM; the
// reference's agent waits for a second one.
func (p *Process) Stop(t testing.TB) {
	t.Helper()
	p.StopWithin(t, stopDeadline)
}

// StopWithin is Stop for a process whose tunnels may take so long to end.
func (p *Process) StopWithin(t testing.TB, limit time.Duration) {
	t.Helper()
	p.concluded = true
	if p.hasExited() {
		t.Errorf("%s ended before it was asked to: %v", p, p.status)
		return
	}
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	if p.program.Konduit {
		again.Stop()
	}
	deadline := time.After(limit)
	p.signal(syscall.SIGTERM)
	for {
		select {
		case <-p.exited:
			if p.program.Konduit && p.status != nil {
				t.Errorf("%s ended with %v after SIGTERM", p, p.status)
			}
			return
		case <-again.C:
			p.signal(syscall.SIGTERM)
		case <-deadline:
			t.Errorf("%s was still there %v after SIGTERM", p, limit)
			p.kill()
			return
		}
	}
}

// String names the process in messages.
func (p *Process) String() string {
	return fmt.Sprintf("%s (pid %d)", filepath.Base(p.program.Path), p.command.Process.Pid)
}

// abandon ends a process whose start is tried again, or has failed.
func (p *Process) abandon() {
	p.concluded = true
	p.kill()
}

func (p *Process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.exited
}

func (p *Process) signal(signal os.Signal) { _ = p.command.Process.Signal(signal) }

func (p *Process) hasExited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// await polls until ready answers nil, the process has ended or complains of a taken port, or the deadline is over.
func (p *Process) await(what string, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startDeadline)
	defer cancel()
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		reason := ready(ctx)
		switch {
		case p.output.contains("address already in use"):
			return fmt.Errorf("%s: %w", p, errPortTaken)
		case p.hasExited():
			return fmt.Errorf("%s ended (%v) before there was %s", p, p.status, what)
		case reason == nil:
			return nil
		}
		select {
		case <-p.exited:
		case <-poll.C:
		case <-ctx.Done():
			return fmt.Errorf("%s: there was not %s within %v: %w", p, what, startDeadline, reason)
		}
	}
}

// awaitHealth polls an address of the process's health listener until it answers 200.
func (p *Process) awaitHealth(url string) error { return p.awaitWords(url, "") }

// awaitWords polls until the answer is 200 and its body has the words.
func (p *Process) awaitWords(url, words string) error {
	return p.await("a 200 from "+url, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := healthClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		if response.StatusCode != http.StatusOK || !strings.Contains(string(body), words) {
			return fmt.Errorf("%s: %s", response.Status, body)
		}
		return nil
	})
}

// awaitListener polls until something accepts connections on the address.
func (p *Process) awaitListener(network, address string) error {
	return p.await("a listener on "+address, func(ctx context.Context) error {
		var dialer net.Dialer
		connection, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return err
		}
		return connection.Close()
	})
}

// healthClient keeps no connection, so that none hinders a process from ending.
var healthClient = &http.Client{
	Timeout:   time.Second,
	Transport: &http.Transport{DisableKeepAlives: true},
}

// running holds every process that has been started and has not ended.
var running sync.Map

// Main runs the tests and fails the run when a process is left behind. It ends the leftover.
func Main(m *testing.M) {
	status := m.Run()
	running.Range(func(key, _ any) bool {
		process := key.(*Process)
		fmt.Printf("FAIL: %s was left behind\n", process)
		process.kill()
		status = 1
		return true
	})
	os.Exit(status)
}

// cleanEnvironment leaves out what would change how the programs under test behave.
func cleanEnvironment() []string {
	var kept []string
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		switch strings.ToUpper(name) {
		case "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PROXY_SERVER_ID", "PROXY_AGENT_ID":
		default:
			kept = append(kept, entry)
		}
	}
	return kept
}

var starts = make(chan func())

func init() {
	go func() {
		// The kernel sends the death signal when the *thread* that started a child ends: this one never does.
		runtime.LockOSThread()
		for start := range starts {
			start()
		}
	}()
}

// startOnLastingThread starts a command so that it dies with this process, however this process ends.
func startOnLastingThread(command *exec.Cmd) error {
	result := make(chan error, 1)
	starts <- func() { result <- command.Start() }
	return <-result
}
