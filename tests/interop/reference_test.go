package interop

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"konduit/tests/interop/harness"
)

// What the reference's programs say of themselves, against the tables of this repository and against ours: flags,
// metrics, health. The tables stand alone where no reference is at hand.

const (
	flagTable   = "../unit/flags/reference_flags.txt"
	metricTable = "../unit/flags/reference_metrics.txt"
)

func TestTheTableOfFlagsIsTheReferences(t *testing.T) {
	for program, variable := range map[string]string{"server": harness.ReferenceServerVariable, "agent": harness.ReferenceAgentVariable} {
		t.Run(program, func(t *testing.T) {
			equal(t, helpFlags(t, harness.Reference(t, variable)), tableFlags(t, program))
		})
	}
}

func TestOurHelpShowsTheFlagsOfTheTable(t *testing.T) {
	for program, ours := range map[string]func(testing.TB) harness.Program{"server": harness.Server, "agent": harness.Agent} {
		t.Run(program, func(t *testing.T) {
			shown := helpFlags(t, ours(t))
			for name, form := range tableFlags(t, program) {
				// An id that is made anew is made when we start, so that the help has no default.
				if shown[name] != form && strings.TrimSuffix(form, "<id>")+"-" != shown[name] {
					t.Errorf("--%s is %q, and the reference's is %q", name, shown[name], form)
				}
			}
		})
	}
}

func TestOurMetricsAreTheReferences(t *testing.T) {
	server, agent := harness.Reference(t, harness.ReferenceServerVariable), harness.Reference(t, harness.ReferenceAgentVariable)
	theirs := harness.StartPair(t, harness.Options{Server: server, Agent: agent})
	oursPair := harness.StartPair(t, harness.Options{Server: ours(t, harness.Server), Agent: ours(t, harness.Agent)})
	for _, pair := range []*harness.Pair{theirs, oursPair} {
		makeTraffic(t, pair)
	}
	t.Run("server", func(t *testing.T) {
		compareFamilies(t, families(t, theirs.ServerHealth), families(t, oursPair.ServerHealth))
	})
	t.Run("agent", func(t *testing.T) {
		compareFamilies(t, families(t, theirs.AgentHealth), families(t, oursPair.AgentHealth))
	})
}

func TestOurMetricsAreThoseOfTheTable(t *testing.T) {
	pair := harness.StartPair(t, harness.Options{Server: ours(t, harness.Server), Agent: ours(t, harness.Agent)})
	makeTraffic(t, pair)
	for program, url := range map[string]string{"server": pair.ServerHealth, "agent": pair.AgentHealth} {
		shown := families(t, url)
		for name, wanted := range tableMetrics(t, program) {
			found := shown[name]
			if found.kind != wanted.kind || found.help != wanted.help {
				t.Errorf("%s is %q %q, and should be %q %q", name, found.kind, found.help, wanted.kind, wanted.help)
			}
			if len(found.labels) > 0 && !slices.Equal(found.labels, wanted.labels) {
				t.Errorf("%s has the labels %v, and should have %v", name, found.labels, wanted.labels)
			}
		}
	}
}

func TestHealthAndAdminAnswerAsTheReference(t *testing.T) {
	server, agent := harness.Reference(t, harness.ReferenceServerVariable), harness.Reference(t, harness.ReferenceAgentVariable)
	theirs := harness.StartPair(t, harness.Options{Server: server, Agent: agent})
	oursPair := harness.StartPair(t, harness.Options{Server: ours(t, harness.Server), Agent: ours(t, harness.Agent)})
	for _, path := range []string{"/healthz", "/readyz", "/ready", "/nothing"} {
		equal(t, ask(t, theirs.ServerHealth+path), ask(t, oursPair.ServerHealth+path))
		equal(t, ask(t, theirs.AgentHealth+path), ask(t, oursPair.AgentHealth+path))
	}
	lonely := harness.StartPair(t, harness.Options{Server: server, WithoutAgent: true})
	oursLonely := harness.StartPair(t, harness.Options{Server: ours(t, harness.Server), WithoutAgent: true})
	for _, path := range []string{"/healthz", "/readyz", "/ready"} {
		equal(t, ask(t, lonely.ServerHealth+path), ask(t, oursLonely.ServerHealth+path))
	}
	for _, pair := range []*harness.Pair{theirs, oursPair} {
		// Readers of the agent's metrics are sent on to its health port.
		location := "/" + strings.TrimPrefix(pair.AgentHealth, "http:/") + "/metrics"
		body := fmt.Sprintf("<a href=%q>Moved Permanently</a>.\n\n", location)
		equal(t, ask(t, pair.AgentAdmin+"/metrics"), "301 "+location+" "+body)
		equal(t, ask(t, pair.ServerAdmin+"/debug/pprof/"), "404  404 page not found\n")
	}
	verbose := "200  [+]ping ok\n[+]server-connected ok\ncheck passed\n"
	equal(t, ask(t, theirs.AgentHealth+"/readyz?verbose"), verbose)
	// Ours says more, to those who ask.
	equal(t, ask(t, oursPair.AgentHealth+"/readyz?verbose"), strings.Replace(verbose, "connected ok", "connected ok (1 of 1 servers)", 1))
}

func equal[T any](t *testing.T, one, other T) {
	t.Helper()
	if fmt.Sprint(one) != fmt.Sprint(other) {
		t.Errorf("%v is not %v", one, other)
	}
}

// makeTraffic lets a dial succeed, one fail, and a client vanish.
func makeTraffic(t *testing.T, pair *harness.Pair) {
	t.Helper()
	endpoint := harness.StartTCPEndpoint(t, harness.Echo)
	transport := &transport{socket: pair.Socket}
	ctx, cancel := context.WithTimeout(context.Background(), harness.Deadline)
	defer cancel()
	connection, err := transport.dialSingleUse(ctx, "tcp", endpoint.Address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connection.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(connection, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	if _, err := transport.dialSingleUse(ctx, "tcp", "127.0.0.1:1"); err == nil {
		t.Fatal("a dial to port 1 succeeded")
	}
	transport.cut()
	for ctx.Err() == nil && !strings.Contains(get(t, pair.ServerHealth+"/metrics"), "server_stream_errors_total{") {
		<-time.After(10 * time.Millisecond)
	}
}

// family is one metric of a page.
type family struct {
	kind, help      string
	labels, buckets []string
}

var (
	comment = regexp.MustCompile(`^# (HELP|TYPE) (konnectivity_\S+) (.*)$`)
	sample  = regexp.MustCompile(`^(konnectivity_\w+)(?:\{(.*)\})? `)
	label   = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

func families(t *testing.T, url string) map[string]family {
	t.Helper()
	found := map[string]family{}
	for _, line := range strings.Split(get(t, url+"/metrics"), "\n") {
		if match := comment.FindStringSubmatch(line); match != nil {
			entry := found[match[2]]
			if match[1] == "HELP" {
				entry.help = match[3]
			} else {
				entry.kind = match[3]
			}
			found[match[2]] = entry
		} else if match := sample.FindStringSubmatch(line); match != nil {
			addSample(found, match[1], match[2])
		}
	}
	return found
}

func addSample(found map[string]family, name, labels string) {
	for _, ending := range []string{"_bucket", "_sum", "_count"} {
		if base, ok := strings.CutSuffix(name, ending); ok && found[base].kind == "histogram" {
			name = base
		}
	}
	entry := found[name]
	for _, match := range label.FindAllStringSubmatch(labels, -1) {
		list, item := &entry.labels, match[1]
		if item == "le" {
			list, item = &entry.buckets, match[2]
		}
		if !slices.Contains(*list, item) {
			*list = append(*list, item)
		}
	}
	slices.Sort(entry.labels)
	found[name] = entry
}

func compareFamilies(t *testing.T, theirs, ours map[string]family) {
	t.Helper()
	if len(theirs) == 0 {
		t.Error("the reference shows no metrics")
	}
	for _, name := range slices.Sorted(maps.Keys(theirs)) {
		equal(t, fmt.Sprintf("%s %+v", name, theirs[name]), fmt.Sprintf("%s %+v", name, ours[name]))
	}
}

func tableMetrics(t *testing.T, program string) map[string]family {
	t.Helper()
	table := map[string]family{}
	for _, line := range lines(t, metricTable) {
		words := strings.SplitN(line, " ", 5)
		if len(words) != 5 || words[0] != program {
			continue
		}
		entry := family{kind: words[2], help: words[4]}
		if words[3] != "-" {
			entry.labels = strings.Split(words[3], ",")
		}
		table["konnectivity_network_proxy_"+program+"_"+words[1]] = entry
	}
	return table
}

var (
	helpLine = regexp.MustCompile(`^ +(?:-\w, )?--([a-z-]+)(?: (\w+))?  .*?(?: \(default (\S+)\))?$`)
	randomID = regexp.MustCompile(`^"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"$`)
)

// helpFlags is "type default" by flag, as --help shows them.
func helpFlags(t *testing.T, program harness.Program) map[string]string {
	t.Helper()
	output, err := exec.Command(program.Path, "--help").Output()
	if err != nil {
		t.Fatalf("%s --help: %v", program.Path, err)
	}
	flags := map[string]string{}
	for _, line := range strings.Split(string(output), "\n") {
		match := helpLine.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		kind, value := match[2], match[3]
		if kind == "" {
			kind = "bool"
		}
		if randomID.MatchString(value) {
			value = "<id>"
		} else if value == "" {
			value = "-"
		}
		flags[match[1]] = kind + " " + value
	}
	return flags
}

func tableFlags(t *testing.T, program string) map[string]string {
	t.Helper()
	flags := map[string]string{}
	for _, line := range lines(t, flagTable) {
		words := strings.Fields(line)
		if len(words) == 4 && words[0] == program {
			flags[words[1]] = words[2] + " " + words[3]
		}
	}
	return flags
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	opened, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	var found []string
	for scanner := bufio.NewScanner(opened); scanner.Scan(); {
		if line := scanner.Text(); line != "" && !strings.HasPrefix(line, "#") {
			found = append(found, line)
		}
	}
	return found
}

// ask is "status location body", and follows nothing.
func ask(t *testing.T, url string) string {
	t.Helper()
	client := http.Client{
		Timeout:       harness.Deadline,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d %s %s", response.StatusCode, response.Header.Get("Location"), body)
}

func get(t *testing.T, url string) string {
	t.Helper()
	_, body, _ := strings.Cut(ask(t, url), "  ")
	return body
}
