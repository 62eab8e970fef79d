package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"math/rand/v2"
)

// Payload yields size bytes that look random and depend on the seed alone, so that both ends can make the same ones
// and a piece that is lost, doubled or moved changes their sum.
func Payload(seed byte, size int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{seed}), size)
}

// Sum counts and sums what is written to it.
type Sum struct {
	bytes int64
	hash  hash.Hash
}

// NewSum starts a sum of nothing.
func NewSum() *Sum { return &Sum{hash: sha256.New()} }

// Write implements io.Writer and never fails.
func (s *Sum) Write(data []byte) (int, error) {
	s.bytes += int64(len(data))
	return s.hash.Write(data)
}

// Result is the sum so far, as an endpoint reports it and as two sums compare.
func (s *Sum) Result() Result {
	return Result{Bytes: s.bytes, SHA256: hex.EncodeToString(s.hash.Sum(nil))}
}

// SumOf reads everything and returns its sum.
func SumOf(reader io.Reader) (Result, error) {
	sum := NewSum()
	_, err := io.Copy(sum, reader)
	return sum.Result(), err
}

// Result is a number of bytes and their SHA-256.
type Result struct {
	Bytes  int64
	SHA256 string
}
