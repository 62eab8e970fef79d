package harness

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Deadline bounds every single exchange of a test.
const Deadline = 60 * time.Second

// HTTPSEndpoint is an HTTPS server inside the test's process, as a kubelet or a webhook would be one.
//
//	GET  /hello                    answers Greeting
//	GET  /meet?key=K&guests=N      answers when N requests of that key are open at the same time
//	GET  /payload?seed=S&bytes=N   answers with Payload(S, N)
//	POST /sum                      answers with the Result of the body, as JSON
type HTTPSEndpoint struct {
	// Address is host:port.
	Address string

	authority *Authority
	mutex     sync.Mutex
	meetings  map[string]*meeting
}

// Greeting is what GET /hello answers.
const Greeting = "hello from the endpoint"

// StartHTTPSEndpoint starts the server and stops it when the test ends.
func StartHTTPSEndpoint(t testing.TB) *HTTPSEndpoint {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := &HTTPSEndpoint{
		Address:   listener.Addr().String(),
		authority: NewAuthority(t, "endpoint"),
		meetings:  map[string]*meeting{},
	}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, Greeting) })
	routes.HandleFunc("GET /meet", endpoint.meet)
	routes.HandleFunc("GET /payload", sendPayload)
	routes.HandleFunc("POST /sum", sumBody)
	certificate := endpoint.authority.IssueServer(t, "endpoint").Certificate
	server := &http.Server{
		Handler:   routes,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}},
		// Clients of these tests break off on purpose.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.ServeTLS(listener, "", "")
	}()
	t.Cleanup(func() {
		server.Close()
		<-served
	})
	return endpoint
}

// meeting is a point in time at which so many requests are open.
type meeting struct {
	missing  int
	complete chan struct{}
}

func (e *HTTPSEndpoint) meet(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	guests, err := strconv.Atoi(r.URL.Query().Get("guests"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	complete := e.arrive(key, guests)
	select {
	case <-complete:
		io.WriteString(w, Greeting)
	case <-r.Context().Done():
	case <-time.After(Deadline / 2):
		http.Error(w, fmt.Sprintf("fewer than %d requests were open at the same time", guests), http.StatusGatewayTimeout)
	}
}

func (e *HTTPSEndpoint) arrive(key string, guests int) <-chan struct{} {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.meetings[key] == nil {
		e.meetings[key] = &meeting{missing: guests, complete: make(chan struct{})}
	}
	meeting := e.meetings[key]
	if meeting.missing--; meeting.missing == 0 {
		close(meeting.complete)
	}
	return meeting.complete
}

func sendPayload(w http.ResponseWriter, r *http.Request) {
	seed, seedErr := strconv.ParseUint(r.URL.Query().Get("seed"), 10, 8)
	size, sizeErr := strconv.ParseInt(r.URL.Query().Get("bytes"), 10, 64)
	if seedErr != nil || sizeErr != nil {
		http.Error(w, "seed and bytes have to be numbers", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	_, _ = io.Copy(w, Payload(byte(seed), size))
}

func sumBody(w http.ResponseWriter, r *http.Request) {
	result, err := SumOf(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(result)
}
