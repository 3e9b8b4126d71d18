package statushttp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/revocation/statushttp"
	"github.com/taperid/taper/vc"
)

func handler(t testing.TB, base string, opts statushttp.HandlerOptions) *statushttp.Handler {
	h, err := statushttp.NewHandler(base, signers, opts)
	require.NoError(t, err)
	return h
}

func get(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func pathOf(t testing.TB, text string) string {
	u, err := url.Parse(text)
	require.NoError(t, err)
	return u.RequestURI()
}

func TestHandlerServes(t *testing.T) {
	p := issue(t, origin+"/lists", revocation.IssuerOptions{TTL: 90 * time.Second})
	h := handler(t, origin, statushttp.HandlerOptions{})
	b := p.at(t, noon)
	require.NoError(t, h.Update(ctx, b))
	raw, err := b.List(ctx, p.entries[0].List)
	require.NoError(t, err)
	path := pathOf(t, p.entries[0].List)

	w := get(h, path)
	require.Equal(t, 200, w.Code)
	require.Equal(t, raw, w.Body.Bytes())
	require.Equal(t, "public, max-age=90", w.Header().Get("Cache-Control"), "the ttl of the list")
	require.Equal(t, "application/vc+jwt", w.Header().Get("Content-Type"))
	require.Equal(t, "Tue, 24 Nov 2026 12:00:00 GMT", w.Header().Get("Last-Modified"))
	require.Equal(t, "Accept-Encoding", w.Header().Get("Vary"))
	tag := w.Header().Get("Etag")

	packed := get(h, path, "Accept-Encoding", "br, gzip;q=0.5")
	require.Equal(t, "gzip", packed.Header().Get("Content-Encoding"))
	require.NotEqual(t, tag, packed.Header().Get("Etag"), "another representation")
	require.Less(t, packed.Body.Len(), len(raw))
	zr, err := gzip.NewReader(packed.Body)
	require.NoError(t, err)
	plain, err := io.ReadAll(zr)
	require.NoError(t, err)
	require.Equal(t, raw, plain)
	for _, no := range []string{"gzip;q=0", "gzip; q=0.0", "br", "identity", "xgzip"} {
		require.Empty(t, get(h, path, "Accept-Encoding", no).Header().Get("Content-Encoding"), no)
	}

	for _, match := range []string{tag, "W/" + tag, `"a", ` + tag, "*"} {
		w := get(h, path, "If-None-Match", match)
		require.Equal(t, 304, w.Code, match)
		require.Zero(t, w.Body.Len())
		require.Equal(t, tag, w.Header().Get("Etag"))
	}
	require.Equal(t, 200, get(h, path, "If-None-Match", `"a"`).Code)
	require.Equal(t, 404, get(h, path+"x").Code)
	require.Equal(t, 404, get(h, path+"?x").Code)
	require.Equal(t, 404, get(h, "/").Code)

	r := httptest.NewRequest(http.MethodHead, path, nil)
	head := httptest.NewRecorder()
	h.ServeHTTP(head, r)
	require.Equal(t, 200, head.Code)
	require.Zero(t, head.Body.Len())
	r = httptest.NewRequest(http.MethodPost, path, strings.NewReader("x"))
	post := httptest.NewRecorder()
	h.ServeHTTP(post, r)
	require.Equal(t, 405, post.Code)
	require.Equal(t, "GET, HEAD", post.Header().Get("Allow"))
}

func TestHandlerUpdates(t *testing.T) {
	p := issue(t, origin+"/lists", revocation.IssuerOptions{Bucket: time.Hour})
	c := &clock{now: noon}
	h := handler(t, origin, statushttp.HandlerOptions{MaxAge: 7 * time.Second, Now: c.Now})
	one := p.at(t, noon)
	require.NoError(t, h.Update(ctx, one))
	path := pathOf(t, p.entries[0].List)
	first := get(h, path)
	require.Equal(t, "public, max-age=7", first.Header().Get("Cache-Control"))
	two := p.at(t, noon.Add(time.Minute))
	require.NoError(t, h.Update(ctx, two))
	second := get(h, path)
	require.NotEqual(t, first.Body.String(), second.Body.String())
	require.NoError(t, h.Update(ctx, one), "late")
	require.Equal(t, second.Body.String(), get(h, path).Body.String(), "a newer list is not taken back")

	ahead := p.at(t, noon.Add(30*time.Minute))
	require.NoError(t, h.Update(ctx, ahead), "by a publisher whose clock is wrong")
	three := p.at(t, noon.Add(2*time.Minute))
	require.NoError(t, h.Update(ctx, three))
	third := get(h, path)
	require.Equal(t, "Tue, 24 Nov 2026 12:02:00 GMT", third.Header().Get("Last-Modified"), "and one of now replaces it")
	b := p.at(t, noon.Add(3*time.Hour))
	require.NoError(t, h.Update(ctx, b))
	gone := get(h, path)
	require.Equal(t, 410, gone.Code)
	require.Contains(t, gone.Header().Get("Cache-Control"), "max-age")
	require.NoError(t, h.Update(ctx, two), "late")
	require.Equal(t, 410, get(h, path).Code, "what is retired stays so")
}

func TestHandlerRefuses(t *testing.T) {
	_, err := statushttp.NewHandler("http://status.example", signers, statushttp.HandlerOptions{})
	require.ErrorIs(t, err, statushttp.ErrOrigin)
	_, err = statushttp.NewHandler(origin, nil, statushttp.HandlerOptions{})
	require.ErrorIs(t, err, statushttp.ErrConfig)
	_, err = statushttp.NewHandler(origin, signers, statushttp.HandlerOptions{MaxAge: -1})
	require.ErrorIs(t, err, statushttp.ErrConfig)

	good, elsewhere := issue(t, origin+"/lists", revocation.IssuerOptions{}), issue(t, "https://other.example/lists", revocation.IssuerOptions{})
	b := good.at(t, noon)
	for url, raw := range elsewhere.at(t, noon).All() {
		require.NoError(t, b.Add(url, raw))
	}
	require.NoError(t, b.Add(origin+"/nonsense", []byte("nonsense")))
	raw, err := b.List(ctx, good.entries[0].List)
	require.NoError(t, err)
	require.NoError(t, b.Add(origin+"/another", raw))
	h := handler(t, origin, statushttp.HandlerOptions{})
	err = h.Update(ctx, b)
	require.ErrorIs(t, err, statushttp.ErrOrigin)
	require.ErrorIs(t, err, revocation.ErrList)
	require.Equal(t, 200, get(h, pathOf(t, good.entries[0].List)).Code, "the good ones are served")
	require.Equal(t, 404, get(h, "/nonsense").Code)
	require.Equal(t, 404, get(h, "/another").Code, "the id of that list is another URL")

	stranger, err := statushttp.NewHandler(origin, []did.DID{personas.New("mallory").DID()}, statushttp.HandlerOptions{})
	require.NoError(t, err)
	require.ErrorIs(t, stranger.Update(ctx, good.at(t, noon)), revocation.ErrSigner)
}

// world is a Handler behind TLS, and a verifier that fetches and listens.
type world struct {
	issuer  published
	handler *statushttp.Handler
	server  *httptest.Server
	fetcher *statushttp.Fetcher
	checker *revocation.Checker
	offered atomic.Int64
}

func newWorld(t *testing.T, opts statushttp.HandlerOptions) *world {
	w := &world{server: httptest.NewUnstartedServer(nil)}
	w.server.StartTLS()
	t.Cleanup(func() {
		w.server.CloseClientConnections()
		w.server.Close()
	})
	w.issuer = issue(t, w.server.URL+"/lists", revocation.IssuerOptions{})
	w.handler = handler(t, w.server.URL, opts)
	w.server.Config.Handler = w.handler
	var err error
	w.fetcher, err = statushttp.NewFetcher(statushttp.FetcherConfig{
		Origins: []string{w.server.URL}, Refresh: time.Minute, Transport: w.server.Client().Transport,
		Offer: func(ctx context.Context, list []byte) error {
			defer w.offered.Add(1)
			return w.checker.Offer(ctx, list)
		},
	})
	require.NoError(t, err)
	w.checker, err = revocation.NewChecker(w.fetcher, revocation.Policy{MaxStaleness: 5 * time.Minute})
	require.NoError(t, err)
	return w
}

// is reports whether the credential's mode is that one.
func (w *world) is(mode vc.Mode, now time.Time) bool {
	s, err := w.checker.CheckStatus(ctx, request(now, w.issuer.entries...))
	return err == nil && s.Mode == mode
}

// TestFetchAndPush is the whole way: a verifier fetches a list; the operator guards
// and then revokes; both are pushed, and act at once.
func TestFetchAndPush(t *testing.T) {
	w := newWorld(t, statushttp.HandlerOptions{})
	now := noon
	require.NoError(t, w.handler.Update(ctx, w.issuer.at(t, now)))
	require.True(t, w.is(vc.Normal, now))
	listening, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- w.fetcher.Listen(listening, w.server.URL+"/events") }()
	for w.offered.Load() == 0 { // until it listens
		now = now.Add(time.Second)
		require.NoError(t, w.handler.Update(ctx, w.issuer.at(t, now)))
		<-time.After(time.Millisecond)
	}
	for i, want := range []vc.Mode{vc.Guarded, vc.Revoked} {
		now = now.Add(time.Second)
		require.NoError(t, w.issuer.Set(ctx, 1, w.issuer.entries[1-i]))
		require.NoError(t, w.handler.Update(ctx, w.issuer.at(t, now)))
		eventually(t, want.String(), func() bool { return w.is(want, now) })
	}
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// TestLostPushes: a listener that was away asks when it is back.
func TestLostPushes(t *testing.T) {
	w := newWorld(t, statushttp.HandlerOptions{})
	require.NoError(t, w.handler.Update(ctx, w.issuer.at(t, noon)))
	require.True(t, w.is(vc.Normal, noon))
	require.NoError(t, w.issuer.Set(ctx, 1, w.issuer.entries[0]))
	require.NoError(t, w.handler.Update(ctx, w.issuer.at(t, noon.Add(time.Second))))
	require.True(t, w.is(vc.Normal, noon), "not due yet")
	listening, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { _ = w.fetcher.Listen(listening, w.server.URL+"/events") }()
	eventually(t, "asked on connecting", func() bool { return w.is(vc.Revoked, noon.Add(time.Second)) })
}

func TestListenRefuses(t *testing.T) {
	f := fetcher(t, &server{}, &clock{now: noon})
	require.ErrorIs(t, f.Listen(ctx, origin+"/events"), statushttp.ErrConfig)
	f = fetcher(t, &server{}, &clock{now: noon}, func(c *statushttp.FetcherConfig) {
		c.Offer = func(context.Context, []byte) error { return nil }
	})
	require.ErrorIs(t, f.Listen(ctx, "https://evil.example/events"), statushttp.ErrOrigin)
}

// TestListenAgain: connections that end or answer something else are tried again.
func TestListenAgain(t *testing.T) {
	var got []string
	heard := make(chan struct{}, 9)
	s, c := &server{}, &clock{now: noon}
	answers := []func(*http.Request) canned{
		reply(503, ""),
		reply(200, "event: list\ndata: html\n\n", "Content-Type", "text/html"),
		reply(200, ": hello\n\nevent: list\r\ndata: one\r\ndata:two\r\nid: 7\r\n\r\ndata: not a list\n\nevent: list\n\nevent: list\ndata: cut", "Content-Type", "text/event-stream; charset=utf-8"),
	}
	n := 0
	s.set(func(r *http.Request) canned {
		n++
		return answers[min(n, len(answers))-1](r)
	})
	f := fetcher(t, s, c, func(c *statushttp.FetcherConfig) {
		c.Refresh = time.Second
		c.Offer = func(_ context.Context, list []byte) error {
			got = append(got, string(list))
			heard <- struct{}{}
			return errors.New("not one")
		}
	})
	listening, cancel := context.WithCancel(ctx)
	ended := make(chan error)
	go func() { ended <- f.Listen(listening, origin+"/events") }()
	<-heard
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Equal(t, "one\ntwo", got[0])
}

// TestEventsAreBounded: a line or an event without end is not collected.
func TestEventsAreBounded(t *testing.T) {
	for name, body := range map[string]io.Reader{
		"a line":  io.MultiReader(strings.NewReader("data: "), zeros{}),
		"a event": io.MultiReader(strings.NewReader("event: list\n"), bytes.NewReader(bytes.Repeat([]byte("data: "+strings.Repeat("a", 1000)+"\n"), 1300)), zeros{}),
	} {
		s, c := &server{}, &clock{now: noon}
		s.set(func(r *http.Request) canned {
			a := reply(200, "", "Content-Type", "text/event-stream")(r)
			a.body = body
			return a
		})
		f := fetcher(t, s, c, func(c *statushttp.FetcherConfig) {
			c.Offer = func(context.Context, []byte) error { return errors.New(name) }
		})
		listening, cancel := context.WithTimeout(ctx, 30*time.Second)
		ended := make(chan error)
		go func() { ended <- f.Listen(listening, origin+"/events") }()
		eventually(t, name, func() bool { return s.count() >= 2 }) // it ended, and was tried again
		cancel()
		<-ended
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

func TestListenersAreBounded(t *testing.T) {
	h := handler(t, origin, statushttp.HandlerOptions{MaxListeners: -1})
	w := get(h, "/events", "Accept", "text/event-stream")
	require.Equal(t, 503, w.Code)
	require.NotEmpty(t, w.Header().Get("Retry-After"))
}

// TestSlowListener: one that does not read is let go, and the others are not kept
// waiting.
func TestSlowListener(t *testing.T) {
	p := issue(t, origin+"/lists", revocation.IssuerOptions{})
	h := handler(t, origin, statushttp.HandlerOptions{})
	slow := &stuck{header: http.Header{}, release: make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		r := httptest.NewRequest(http.MethodGet, "/events", nil)
		r.Header.Set("Accept", "text/event-stream")
		h.ServeHTTP(slow, r)
		close(ended)
	}()
	eventually(t, "it listens", func() bool { return slow.writes.Load() > 0 })
	for i := range 80 {
		require.NoError(t, h.Update(ctx, p.at(t, noon.Add(time.Duration(i)*time.Second))))
	}
	close(slow.release)
	<-ended
}

// stuck is a client that reads nothing until it is released.
type stuck struct {
	header  http.Header
	writes  atomic.Int64
	release chan struct{}
}

func (s *stuck) Header() http.Header { return s.header }
func (s *stuck) WriteHeader(int)     {}
func (s *stuck) Flush()              {}
func (s *stuck) Write(p []byte) (int, error) {
	s.writes.Add(1)
	<-s.release
	return len(p), nil
}

func BenchmarkFetcher(b *testing.B) {
	s, c := &server{}, &clock{now: noon}
	s.set(reply(200, "list"))
	f := fetcher(b, s, c)
	_, err := f.List(ctx, listURL)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.List(ctx, listURL); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHandler(b *testing.B) {
	p := issue(b, origin+"/lists", revocation.IssuerOptions{})
	h := handler(b, origin, statushttp.HandlerOptions{})
	require.NoError(b, h.Update(ctx, p.at(b, noon)))
	path := pathOf(b, p.entries[0].List)
	b.ReportAllocs()
	for b.Loop() {
		if get(h, path).Code != 200 {
			b.Fatal("not served")
		}
	}
}
