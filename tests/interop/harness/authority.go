package harness

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority is a certificate authority of one test. Its files lie in the test's temporary directory.
type Authority struct {
	// CertificateFile holds the authority's own certificate, for whoever has to trust it.
	CertificateFile string

	directory   string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Identity is a certificate and its key, as files and loaded.
type Identity struct {
	CertificateFile string
	KeyFile         string
	Certificate     tls.Certificate
}

// NewAuthority makes an authority; name tells it apart from others of the same test.
func NewAuthority(t testing.TB, name string) *Authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatalf("making the authority %s: %v", name, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatalf("reading back the authority %s: %v", name, err)
	}
	directory := t.TempDir()
	file := writePEM(t, filepath.Join(directory, "ca.crt"), "CERTIFICATE", der)
	return &Authority{CertificateFile: file, directory: directory, certificate: certificate, key: key}
}

// IssueServer makes a certificate for a server on 127.0.0.1, also known as localhost.
func (a *Authority) IssueServer(t testing.TB, name string) Identity {
	t.Helper()
	return a.issue(t, &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
}

// IssueClient makes a certificate for a client.
func (a *Authority) IssueClient(t testing.TB, name string) Identity {
	t.Helper()
	return a.issue(t, &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// Pool is what trusts this authority and no other.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

func (a *Authority) issue(t testing.TB, template *x509.Certificate) Identity {
	t.Helper()
	key := newKey(t)
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore = a.certificate.NotBefore
	template.NotAfter = a.certificate.NotAfter
	template.KeyUsage = x509.KeyUsageDigitalSignature
	name := template.Subject.CommonName
	certificate, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatalf("issuing the certificate of %s: %v", name, err)
	}
	encodedKey, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatalf("encoding the key of %s: %v", name, err)
	}
	identity := Identity{
		CertificateFile: writePEM(t, filepath.Join(a.directory, name+".crt"), "CERTIFICATE", certificate),
		KeyFile:         writePEM(t, filepath.Join(a.directory, name+".key"), "PRIVATE KEY", encodedKey),
	}
	if identity.Certificate, err = tls.LoadX509KeyPair(identity.CertificateFile, identity.KeyFile); err != nil {
		t.Fatalf("reading back the certificate of %s: %v", name, err)
	}
	return identity
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("making a key: %v", err)
	}
	return key
}

func writePEM(t testing.TB, file, kind string, der []byte) string {
	t.Helper()
	encoded := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(file, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
