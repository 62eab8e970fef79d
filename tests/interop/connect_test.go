package interop

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"konduit/tests/interop/harness"
)

// established is all that may come before the tunnel's bytes.
const established = "HTTP/1.1 200 Connection Established\r\n\r\n"

func TestHTTPConnectOverUDSSpeaksAsKubeAPIServerExpects(t *testing.T) {
	pair := harness.StartPair(t, harness.Options{Frontend: harness.ConnectOverUDS})
	connectSpeaksAsExpected(t, pair)
	t.Run("the socket is open to the owner and the group alone", func(t *testing.T) {
		socket, err := os.Stat(pair.Socket)
		if err != nil {
			t.Fatal(err)
		}
		if mode := socket.Mode().Perm(); mode != 0o770 {
			t.Errorf("the socket's mode is %o", mode)
		}
	})
}

func TestHTTPConnectOverTCPSpeaksAsKubeAPIServerExpects(t *testing.T) {
	pair := harness.StartPair(t, harness.Options{Frontend: harness.ConnectOverTCP})
	connectSpeaksAsExpected(t, pair)
	t.Run("a client without a certificate is turned away", func(t *testing.T) {
		turnsAway(t, pair, &tls.Config{RootCAs: pair.Frontends.Pool()})
	})
	t.Run("a client with somebody else's certificate is turned away", func(t *testing.T) {
		stranger := harness.NewAuthority(t, "elsewhere").IssueClient(t, "stranger").Certificate
		turnsAway(t, pair, &tls.Config{
			RootCAs:              pair.Frontends.Pool(),
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &stranger, nil },
		})
	})
}

func TestHTTPConnectWithoutAnAgentIsRefused(t *testing.T) {
	pair := harness.StartPair(t, harness.Options{Frontend: harness.ConnectOverUDS, WithoutAgent: true})
	status, body := refusal(t, pair, harness.RefusedAddress(t))
	expected := http.StatusInternalServerError
	if pair.Server.Konduit {
		expected = http.StatusServiceUnavailable
	}
	if status != expected {
		t.Errorf("answered with %d instead of %d", status, expected)
	}
	if words := "No agent available"; !strings.Contains(body, words) {
		t.Errorf("the body %q does not contain %q", body, words)
	}
}

func connectSpeaksAsExpected(t *testing.T, pair *harness.Pair) {
	t.Helper()
	t.Run("the 200 comes alone when the endpoint is silent", func(t *testing.T) {
		endpoint := harness.StartTCPEndpoint(t, harness.Echo)
		comesAlone(t, pair, endpoint.Address, "")
	})
	t.Run("the 200 comes alone when the endpoint speaks first", func(t *testing.T) {
		endpoint := harness.StartTCPEndpoint(t, harness.SpeakFirst(greeting))
		comesAlone(t, pair, endpoint.Address, greeting)
	})
	early := saysYesUnasked(t, pair.Server)
	t.Run("bytes right behind the request reach the endpoint", func(t *testing.T) {
		notOfTheEarly(t, early)
		endpoint := harness.StartTCPEndpoint(t, harness.Echo)
		bytesBehindTheRequestArrive(t, pair, endpoint.Address)
	})
	t.Run("a GET is answered with 405", func(t *testing.T) { getIsNotAllowed(t, pair) })
	t.Run("a refused dial is answered with the reason", func(t *testing.T) {
		notOfTheEarly(t, early)
		status, body := refusal(t, pair, harness.RefusedAddress(t))
		if status != http.StatusBadGateway && status != http.StatusServiceUnavailable && status != http.StatusGatewayTimeout {
			t.Errorf("answered with %d", status)
		}
		if words := "connection refused"; !strings.Contains(body, words) {
			t.Errorf("the body %q does not contain %q", body, words)
		}
	})
}

// saysYesUnasked tells whether a server answers CONNECT with 200 before it has asked an agent, as the reference's did up
// to v0.33.0: then it does so without any agent too.
func saysYesUnasked(t *testing.T, server harness.Program) bool {
	t.Helper()
	if server.Konduit {
		return false
	}
	pair := harness.StartPair(t, harness.Options{Frontend: harness.ConnectOverUDS, Server: server, WithoutAgent: true})
	connection, err := requestTunnel(pair, harness.RefusedAddress(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	var line string
	err = timely(connection, func() error { line, err = bufio.NewReader(connection).ReadString('\n'); return err })
	if err != nil {
		t.Fatal(err)
	}
	return strings.HasPrefix(line, "HTTP/1.1 200 ")
}

// notOfTheEarly skips what such a server cannot do, whichever agent it has: its 200 comes whether or not the dial will
// fail, and at v0.30 it has header fields.
func notOfTheEarly(t *testing.T, early bool) {
	t.Helper()
	if early {
		t.Skip("known of the reference's server up to v0.33.0: it answers 200 before it has asked any agent")
	}
}

// comesAlone opens tunnels and looks at each single read: kube-apiserver gives up when anything comes with the 200.
func comesAlone(t *testing.T, pair *harness.Pair, address, next string) {
	t.Helper()
	const tunnels = 50
	var wrong int
	var last error
	for range tunnels {
		if err := readsHeadThen(pair, address, next); err != nil {
			wrong, last = wrong+1, err
		}
	}
	if wrong > 0 {
		pair.Defect(t, "%d of %d tunnels began wrongly, the last one so: %v", wrong, tunnels, last)
	}
}

func readsHeadThen(pair *harness.Pair, address, next string) error {
	connection, err := requestTunnel(pair, address, nil)
	if err != nil {
		return err
	}
	defer connection.Close()
	buffer := make([]byte, 4096)
	return timely(connection, func() error {
		count, err := connection.Read(buffer)
		if err != nil {
			return err
		}
		if first := string(buffer[:count]); first != established {
			return fmt.Errorf("the first read was %q", first)
		}
		if _, err := io.ReadFull(connection, buffer[:len(next)]); err != nil {
			return err
		}
		if second := string(buffer[:len(next)]); second != next {
			return fmt.Errorf("after the 200 came %q", second)
		}
		return nil
	})
}

func bytesBehindTheRequestArrive(t *testing.T, pair *harness.Pair, address string) {
	t.Helper()
	early := []byte("sent before the answer was awaited")
	connection, err := requestTunnel(pair, address, early)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	echoed := make([]byte, len(established)+len(early))
	if err := timely(connection, func() error { _, err := io.ReadFull(connection, echoed); return err }); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(echoed, append([]byte(established), early...)) {
		t.Errorf("%q came back", echoed)
	}
}

func getIsNotAllowed(t *testing.T, pair *harness.Pair) {
	t.Helper()
	status, body := answer(t, pair, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
	if status != http.StatusMethodNotAllowed {
		t.Errorf("answered with %d", status)
	}
	if words := "this proxy only supports CONNECT passthrough\n"; body != words {
		t.Errorf("the body is %q instead of %q", body, words)
	}
}

// turnsAway expects that a client who shows the wrong certificate, or none, never gets an answer.
func turnsAway(t *testing.T, pair *harness.Pair, config *tls.Config) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), prompt)
	defer cancel()
	dialer := tls.Dialer{Config: config}
	connection, err := dialer.DialContext(ctx, "tcp", pair.Address)
	if err == nil {
		// With TLS 1.3 the client is done before the server has looked at its certificate.
		defer connection.Close()
		err = timely(connection, func() error {
			_, _ = io.WriteString(connection, requestHead("127.0.0.1:1"))
			_, err := connection.Read(make([]byte, 1))
			return err
		})
	}
	var alert tls.AlertError
	if !errors.As(err, &alert) && !strings.Contains(fmt.Sprint(err), "remote error: tls") {
		t.Errorf("the client was not refused by a TLS alert, but: %v", err)
	}
}

func refusal(t *testing.T, pair *harness.Pair, address string) (int, string) {
	t.Helper()
	return answer(t, pair, requestHead(address))
}

// answer sends a request and reads an answer that ends the connection.
func answer(t *testing.T, pair *harness.Pair, request string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), prompt)
	defer cancel()
	connection, err := pair.Dial(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, request); err != nil {
		t.Fatal(err)
	}
	var status int
	var body []byte
	err = timely(connection, func() error {
		response, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			return err
		}
		status = response.StatusCode
		body, err = io.ReadAll(response.Body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return status, string(body)
}

// connectDial is a Dial through an HTTP CONNECT frontend.
func connectDial(pair *harness.Pair) harness.Dial {
	return func(_ context.Context, _, address string) (net.Conn, error) {
		connection, err := requestTunnel(pair, address, nil)
		if err != nil {
			return nil, err
		}
		head := make([]byte, len(established))
		err = timely(connection, func() error { _, err := io.ReadFull(connection, head); return err })
		if err == nil && string(head) != established {
			err = fmt.Errorf("CONNECT was answered with %q", head)
		}
		if err != nil {
			connection.Close()
			return nil, err
		}
		return connection, nil
	}
}

// requestTunnel sends the request head, and what is to follow it, in one piece.
func requestTunnel(pair *harness.Pair, address string, early []byte) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), prompt)
	defer cancel()
	connection, err := pair.Dial(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := connection.Write(append([]byte(requestHead(address)), early...)); err != nil {
		connection.Close()
		return nil, err
	}
	return connection, nil
}

// requestHead is what kube-apiserver sends; its Host says nothing about the target.
func requestHead(address string) string {
	return fmt.Sprintf("CONNECT %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", address)
}

func timely(connection net.Conn, exchange func() error) error {
	_, err := inTime(prompt, connection, func() (struct{}, error) { return struct{}{}, exchange() })
	return err
}
