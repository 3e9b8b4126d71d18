package statushttp_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/revocation/statushttp"
	"github.com/taperid/taper/vc"
)

var (
	ctx      = context.Background()
	noon     = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	operator = personas.New("operator")
	signers  = []did.DID{operator.DID()}
)

const (
	origin  = "https://status.example"
	listURL = origin + "/lists/1"
)

// clock is a clock that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// server answers requests without a network, and counts them.
type server struct {
	mu     sync.Mutex
	answer func(r *http.Request) canned
	asked  []*http.Request
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	a := s.answer(r)
	if a.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Header: a.header, ContentLength: a.length,
		Body: io.NopCloser(a.body), Request: r,
	}, nil
}

func (s *server) set(answer func(r *http.Request) canned) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func (s *server) last() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[len(s.asked)-1]
}

// canned is an answer to be; without a status the connection breaks.
type canned struct {
	status int
	body   io.Reader
	length int64
	header http.Header
}

// reply is an answer with headers, given as name and value in turn.
func reply(status int, body string, headers ...string) func(*http.Request) canned {
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return func(*http.Request) canned { return canned{status, strings.NewReader(body), -1, h} }
}

func fetcher(t testing.TB, s *server, c *clock, edit ...func(*statushttp.FetcherConfig)) *statushttp.Fetcher {
	config := statushttp.FetcherConfig{Origins: []string{origin}, Refresh: time.Minute, Transport: s, Now: c.Now}
	for _, e := range edit {
		e(&config)
	}
	f, err := statushttp.NewFetcher(config)
	require.NoError(t, err)
	return f
}

// published is a bundle of an issuer at an origin, the entries and how to change
// them.
type published struct {
	*revocation.Issuer
	entries []vc.StatusEntry
	store   *revocation.MemoryStore
}

func issue(t testing.TB, base string, opts revocation.IssuerOptions) published {
	store := new(revocation.MemoryStore)
	opts.Store = store
	s, err := revocation.NewIssuer(operator, base, opts)
	require.NoError(t, err)
	until := noon.Add(time.Hour)
	e, err := s.Allocate(ctx, until, "revocation", "guarded")
	require.NoError(t, err)
	return published{s, e, store}
}

func (p published) at(t testing.TB, now time.Time) *revocation.Bundle {
	b, err := p.Publish(ctx, now)
	require.NoError(t, err)
	return b
}

func request(now time.Time, entries ...vc.StatusEntry) vc.StatusRequest {
	return vc.StatusRequest{Credential: "uEi", Issuer: operator.DID(), Signers: signers, Entries: entries, Now: now}
}

// eventually waits for what another goroutine does.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	require.Eventually(t, done, 10*time.Second, time.Millisecond, what)
}
