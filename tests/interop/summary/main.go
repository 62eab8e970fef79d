// Summary reads the output of `go test -json` and prints what a person wants of it: a line for each test as it ends,
// what a failed one printed, why one was skipped, and the sum. It exits with 1 if anything failed or nothing passed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// event is one line of `go test -json`; see `go doc test2json`.
type event struct {
	Action  string
	Test    string
	Elapsed float64
	Output  string
}

// test is what is known of one test, or, under the empty name, of the package around them.
type test struct {
	output  []string
	result  string
	parent  bool
	blamed  bool
	elapsed float64
}

type summary struct {
	out   io.Writer
	tests map[string]*test
	order []string
}

func main() {
	s := &summary{out: os.Stdout, tests: map[string]*test{}}
	s.read(os.Stdin)
	passed, failed, skipped := s.count()
	fmt.Fprintf(s.out, "interop: %d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if failed > 0 || passed == 0 {
		os.Exit(1)
	}
}

func (s *summary) read(input io.Reader) {
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0:
		case json.Unmarshal(line, &e) != nil:
			fmt.Fprintf(s.out, "%s", line)
		default:
			s.take(e)
		}
		if err != nil {
			return
		}
	}
}

func (s *summary) take(e event) {
	t := s.test(e.Test)
	switch e.Action {
	case "output", "build-output":
		t.output = append(t.output, e.Output)
	case "pass", "fail", "skip":
		if t.result != "fail" { // Several packages end under the empty name.
			t.result, t.elapsed = e.Action, e.Elapsed
			s.report(e.Test, t)
		}
		t.output = nil
	}
}

func (s *summary) test(name string) *test {
	if t, known := s.tests[name]; known {
		return t
	}
	t := &test{}
	s.tests[name] = t
	s.order = append(s.order, name)
	if cut := strings.LastIndex(name, "/"); cut >= 0 {
		s.test(name[:cut]).parent = true
	}
	return t
}

func (s *summary) report(name string, t *test) {
	switch {
	case t.result == "fail":
		s.blame(name)
		if printed := withoutFrame(t.output); printed != "" || !t.blamed {
			fmt.Fprintf(s.out, "FAILED: %s\n%s", title(name), printed)
		}
	case t.result == "skip" && name != "":
		fmt.Fprintf(s.out, "skipped: %s: %s\n", title(name), strings.Join(logged(t.output), "; "))
	case t.result == "pass" && name != "" && !t.parent:
		fmt.Fprintf(s.out, "passed: %s (%.1f s)\n", title(name), t.elapsed)
		for _, remark := range logged(t.output) {
			fmt.Fprintf(s.out, "  %s\n", remark)
		}
	}
}

// blame marks everything around a failure, so that it is counted once.
func (s *summary) blame(name string) {
	for name != "" {
		cut := max(strings.LastIndex(name, "/"), 0)
		name = name[:cut]
		s.test(name).blamed = true
	}
}

// count counts the tests that have no tests inside, and what failed around those without one of them to blame.
func (s *summary) count() (passed, failed, skipped int) {
	for _, name := range s.order {
		switch t := s.tests[name]; {
		case t.result == "fail" && !t.blamed, t.result == "" && name != "" && !t.parent:
			failed++
		case t.parent, name == "":
		case t.result == "pass":
			passed++
		case t.result == "skip":
			skipped++
		}
	}
	return passed, failed, skipped
}

var frameLine = regexp.MustCompile(`^(=== |\s*--- |FAIL\b)`)

// withoutFrame is what a test printed without what `go test` prints around it.
func withoutFrame(output []string) string {
	var printed strings.Builder
	for _, line := range output {
		if !frameLine.MatchString(line) {
			printed.WriteString(line)
		}
	}
	return printed.String()
}

var logLine = regexp.MustCompile(`^\s+\w+\.go:\d+: (.*)\n$`)

// logged is what a test said by t.Log or t.Skip, without its place.
func logged(output []string) []string {
	var remarks []string
	for _, line := range output {
		if match := logLine.FindStringSubmatch(line); match != nil {
			remarks = append(remarks, match[1])
		}
	}
	return remarks
}

// title is a test's name as the sentence that it is.
func title(name string) string {
	if name == "" {
		return "the run itself"
	}
	return strings.ReplaceAll(name, "_", " ")
}
