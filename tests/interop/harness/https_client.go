package harness

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
)

// Dial opens a connection to an endpoint: what a tunnel, an egress selector or a CONNECT client offers.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// HTTPSClient talks to an HTTPSEndpoint through whatever dials for it. Connections are never shared by requests that
// run at the same time: each has one of its own.
type HTTPSClient struct {
	endpoint *HTTPSEndpoint
	client   *http.Client
}

// Client makes a client; Close it before the proxy is stopped.
func (e *HTTPSEndpoint) Client(dial Dial) *HTTPSClient {
	return &HTTPSClient{endpoint: e, client: &http.Client{
		Timeout: Deadline,
		Transport: &http.Transport{
			DialContext:     dial,
			TLSClientConfig: &tls.Config{RootCAs: e.authority.Pool()},
			WriteBufferSize: 32 << 10,
			ReadBufferSize:  32 << 10,
		},
	}}
}

// Close ends the connections that no request uses.
func (c *HTTPSClient) Close() { c.client.CloseIdleConnections() }

// Hello does one request.
func (c *HTTPSClient) Hello() error { return c.expectGreeting("/hello") }

// Meet does so many requests that are all open at the same time. The key names the meeting; guests is how many
// requests the endpoint waits for, more than ours where other clients come to it too.
func (c *HTTPSClient) Meet(key string, ours, guests int) error {
	path := fmt.Sprintf("/meet?key=%s&guests=%d", key, guests)
	failures := make([]error, ours)
	var group sync.WaitGroup
	for i := range ours {
		group.Go(func() { failures[i] = c.expectGreeting(path) })
	}
	group.Wait()
	return errors.Join(failures...)
}

// Download gets size bytes and compares their sum with that of what the endpoint must have sent.
func (c *HTTPSClient) Download(seed byte, size int64) error {
	response, err := c.client.Get(c.url(fmt.Sprintf("/payload?seed=%d&bytes=%d", seed, size)))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	received, err := SumOf(response.Body)
	if err != nil {
		return fmt.Errorf("after %d of %d bytes: %w", received.Bytes, size, err)
	}
	return compareWithPayload(received, seed, size)
}

// Upload sends size bytes and compares the sum that the endpoint reports with that of what was sent.
func (c *HTTPSClient) Upload(seed byte, size int64) error {
	request, err := http.NewRequest(http.MethodPost, c.url("/sum"), Payload(seed, size))
	if err != nil {
		return err
	}
	request.ContentLength = size
	response, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	var received Result
	if err := json.NewDecoder(response.Body).Decode(&received); err != nil {
		return err
	}
	return compareWithPayload(received, seed, size)
}

func (c *HTTPSClient) expectGreeting(path string) error {
	response, err := c.client.Get(c.url(path))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK || !bytes.Equal(body, []byte(Greeting)) {
		return fmt.Errorf("%s was answered with %s, %q", path, response.Status, body)
	}
	return nil
}

func (c *HTTPSClient) url(path string) string { return "https://" + c.endpoint.Address + path }

func compareWithPayload(received Result, seed byte, size int64) error {
	sent, err := SumOf(Payload(seed, size))
	if err == nil && received != sent {
		err = fmt.Errorf("%d bytes with sum %s were sent, %d with sum %s arrived",
			sent.Bytes, sent.SHA256, received.Bytes, received.SHA256)
	}
	return err
}
