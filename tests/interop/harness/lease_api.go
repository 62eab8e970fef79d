package harness

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// expiredLease is of a server that has gone without deleting it.
const expiredLease = `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"konnectivity-proxy-server-gone",` +
	`"namespace":"kube-system","uid":"1","resourceVersion":"1","labels":{"k8s-app":"konnectivity-server"}},` +
	`"spec":{"holderIdentity":"gone","leaseDurationSeconds":30,"renewTime":"2020-01-01T00:00:00.000000Z"}}`

// StartLeaseAPI serves as much of an API server as publishing, collecting and counting leases asks for, and returns a
// kubeconfig for it: one expired lease is there whenever somebody lists, whatever is written is accepted, and watches
// stay silent.
func StartLeaseAPI(t testing.TB) string {
	t.Helper()
	authority := NewAuthority(t, "api")
	server := httptest.NewUnstartedServer(http.HandlerFunc(serveLeases))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{authority.IssueServer(t, "api-server").Certificate}}
	server.StartTLS()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: test
contexts: [{name: test, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: %q, certificate-authority: %q}}]
users: [{name: u, user: {token: secret}}]
`, server.URL, authority.CertificateFile)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func serveLeases(answer http.ResponseWriter, request *http.Request) {
	answer.Header().Set("Content-Type", "application/json")
	named := !strings.HasSuffix(request.URL.Path, "/leases")
	switch {
	case request.Method == http.MethodPost || request.Method == http.MethodPut:
		echo(answer, request)
	case request.Method == http.MethodDelete:
		fmt.Fprint(answer, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}`)
	case named:
		answer.WriteHeader(http.StatusNotFound)
		fmt.Fprint(answer, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"NotFound","code":404}`)
	case request.URL.Query().Get("sendInitialEvents") != "":
		// As API servers that cannot list by a watch answer; clients then list.
		answer.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(answer, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"Invalid","code":422}`)
	case request.URL.Query().Get("watch") != "":
		answer.WriteHeader(http.StatusOK)
		answer.(http.Flusher).Flush()
		<-request.Context().Done()
	default:
		fmt.Fprintf(answer, `{"kind":"LeaseList","apiVersion":"coordination.k8s.io/v1","metadata":{"resourceVersion":"5"},"items":[%s]}`, expiredLease)
	}
}

// echo answers with what was sent, as an object that has been stored.
func echo(answer http.ResponseWriter, request *http.Request) {
	var lease map[string]any
	body, err := io.ReadAll(request.Body)
	if err != nil || json.Unmarshal(body, &lease) != nil {
		answer.WriteHeader(http.StatusBadRequest)
		return
	}
	metadata, _ := lease["metadata"].(map[string]any)
	metadata["resourceVersion"], metadata["uid"] = "6", "2"
	if request.Method == http.MethodPost {
		answer.WriteHeader(http.StatusCreated)
	}
	json.NewEncoder(answer).Encode(lease)
}
