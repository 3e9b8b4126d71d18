package statushttp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/revocation/statushttp"
)

func TestFetcherConfig(t *testing.T) {
	for name, edit := range map[string]func(*statushttp.FetcherConfig){
		"no origins":        func(c *statushttp.FetcherConfig) { c.Origins = nil },
		"http":              func(c *statushttp.FetcherConfig) { c.Origins = []string{"http://status.example"} },
		"a path":            func(c *statushttp.FetcherConfig) { c.Origins = []string{origin + "/lists"} },
		"a slash":           func(c *statushttp.FetcherConfig) { c.Origins = []string{origin + "/"} },
		"a user":            func(c *statushttp.FetcherConfig) { c.Origins = []string{"https://a@status.example"} },
		"upper case":        func(c *statushttp.FetcherConfig) { c.Origins = []string{"https://Status.example"} },
		"no refresh":        func(c *statushttp.FetcherConfig) { c.Refresh = 0 },
		"a timeout below 0": func(c *statushttp.FetcherConfig) { c.Timeout = -1 },
		"lists below 0":     func(c *statushttp.FetcherConfig) { c.MaxLists = -1 },
	} {
		config := statushttp.FetcherConfig{Origins: []string{origin}, Refresh: time.Minute}
		edit(&config)
		f, err := statushttp.NewFetcher(config)
		require.ErrorIs(t, err, statushttp.ErrConfig, name)
		require.Nil(t, f)
	}
}

// TestOrigins: nothing else is ever asked.
func TestOrigins(t *testing.T) {
	s, c := &server{}, &clock{now: noon}
	s.set(reply(200, "list"))
	f := fetcher(t, s, c)
	for _, url := range []string{
		"https://evil.example/lists/1", "http://status.example/lists/1", "https://status.example:8443/lists/1",
		"https://status.example@evil.example/lists/1", "https://status.example.evil.example/1", "https://a@status.example/lists/1",
		"https://status.example/lists/1#a", "//status.example/1", "", "https:status.example/1", "file:///etc/passwd",
	} {
		_, err := f.List(ctx, url)
		require.ErrorIs(t, err, statushttp.ErrOrigin, url)
	}
	require.Zero(t, s.count())
	_, err := f.List(ctx, "https://STATUS.example/lists/1")
	require.NoError(t, err, "the case of a host says nothing; that it is not the id of the list, the Checker finds")
}

// TestFetchedOnce: what was fetched is the same slice until it is due, then it is
// asked for with its tag, and stays the same slice if it has not changed.
func TestFetchedOnce(t *testing.T) {
	s, c := &server{}, &clock{now: noon}
	s.set(reply(200, "list", "Etag", `"1"`))
	f := fetcher(t, s, c)
	first, err := f.List(ctx, listURL)
	require.NoError(t, err)
	require.Equal(t, "list", string(first))
	again, err := f.List(ctx, listURL)
	require.NoError(t, err)
	require.Same(t, &first[0], &again[0])
	require.Equal(t, 1, s.count())
	require.Empty(t, s.last().Header.Get("If-None-Match"))

	s.set(reply(304, "", "Etag", `"1"`))
	c.add(time.Minute)
	again, err = f.List(ctx, listURL)
	require.NoError(t, err)
	require.Same(t, &first[0], &again[0], "at once, while it is asked for")
	eventually(t, "asked again", func() bool { return s.count() == 2 })
	require.Equal(t, `"1"`, s.last().Header.Get("If-None-Match"))
	c.add(2 * time.Minute) // too old not to wait
	again, err = f.List(ctx, listURL)
	require.NoError(t, err)
	require.Same(t, &first[0], &again[0])

	s.set(reply(200, "newer"))
	c.add(2 * time.Minute)
	newer, err := f.List(ctx, listURL)
	require.NoError(t, err)
	require.Equal(t, "newer", string(newer), "one that is very old is waited for")
}

func TestCacheControl(t *testing.T) {
	for name, w := range map[string]struct {
		headers []string
		fresh   time.Duration // still
		due     time.Duration
	}{
		"none":              {nil, 47 * time.Second, time.Minute},
		"less":              {[]string{"Cache-Control", "public, max-age=20"}, 15 * time.Second, 20 * time.Second},
		"more":              {[]string{"Cache-Control", "max-age=86400"}, 47 * time.Second, time.Minute},
		"0":                 {[]string{"Cache-Control", "max-age=0"}, 799 * time.Millisecond, time.Second},
		"no-store":          {[]string{"Cache-Control", "no-store, max-age=60"}, 799 * time.Millisecond, time.Second},
		"nonsense":          {[]string{"Cache-Control", "max-age=x, max-age=60"}, 799 * time.Millisecond, time.Second},
		"aged":              {[]string{"Cache-Control", "max-age=50", "Age", "30"}, 15 * time.Second, 20 * time.Second},
		"older than it may": {[]string{"Cache-Control", "max-age=50", "Age", "300"}, 799 * time.Millisecond, time.Second},
		"quoted":            {[]string{"Cache-Control", `Max-Age="20"`}, 15 * time.Second, 20 * time.Second},
	} {
		s, c := &server{}, &clock{now: noon}
		s.set(reply(200, "list", w.headers...))
		f := fetcher(t, s, c)
		_, err := f.List(ctx, listURL)
		require.NoError(t, err)
		c.add(w.fresh)
		_, err = f.List(ctx, listURL)
		require.NoError(t, err)
		require.Equal(t, 1, s.count(), name)
		c.add(w.due - w.fresh)
		_, err = f.List(ctx, listURL)
		require.NoError(t, err)
		eventually(t, name, func() bool { return s.count() == 2 })
	}
}

// TestBadAnswers: none of these becomes a list, and what there was stays.
func TestBadAnswers(t *testing.T) {
	for name, answer := range map[string]func(*http.Request) canned{
		"404":            reply(404, "no"),
		"500":            reply(500, "no"),
		"a redirect":     reply(302, "", "Location", "https://evil.example/1"),
		"304 unasked":    reply(304, ""),
		"206":            reply(206, "li"),
		"204":            reply(204, ""),
		"empty":          reply(200, ""),
		"too large":      reply(200, strings.Repeat("a", 1<<20+1)),
		"no connection":  func(*http.Request) canned { return canned{} },
		"a stated giant": func(r *http.Request) canned { a := reply(200, "x")(r); a.length = 1 << 40; return a },
		"a broken body": func(r *http.Request) canned {
			a := reply(200, "x")(r)
			a.body = io.MultiReader(strings.NewReader("li"), brokenReader{})
			return a
		},
	} {
		s, c := &server{}, &clock{now: noon}
		s.set(answer)
		f := fetcher(t, s, c)
		got, err := f.List(ctx, listURL)
		require.ErrorIs(t, err, statushttp.ErrFetch, name)
		require.Nil(t, got, name)
		require.Equal(t, 1, s.count(), "%s: asked once, and nobody else", name)

		s.set(reply(200, "list"))
		c.add(time.Minute)
		got, err = f.List(ctx, listURL)
		require.NoError(t, err, name)
		s.set(answer)
		c.add(3 * time.Minute)
		kept, err := f.List(ctx, listURL)
		require.NoError(t, err, name)
		require.Same(t, &got[0], &kept[0], name)
	}
}

type status string

func (s status) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 500, Status: string(s), Body: http.NoBody, Request: r}, nil
}

// TestStatusIsNotRepeated: what a server writes in its status line reaches no log.
func TestStatusIsNotRepeated(t *testing.T) {
	f := fetcher(t, nil, &clock{now: noon}, func(c *statushttp.FetcherConfig) { c.Transport = status("500 \x1b[2Jall is well") })
	_, err := f.List(ctx, listURL)
	require.ErrorContains(t, err, "answers 500")
	require.NotContains(t, err.Error(), "well")
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestBackOff: after each failure the wait is longer, up to Refresh; a server may ask
// for more patience, up to Refresh too; one success ends it.
func TestBackOff(t *testing.T) {
	s, c := &server{}, &clock{now: noon}
	s.set(reply(503, ""))
	f := fetcher(t, s, c)
	waits := []int{1, 2, 4, 8, 16, 32, 60, 60}
	for i, wait := range waits {
		_, err := f.List(ctx, listURL)
		require.ErrorIs(t, err, statushttp.ErrFetch)
		require.Equal(t, i+1, s.count())
		c.add(time.Duration(wait)*800*time.Millisecond - time.Millisecond)
		_, err = f.List(ctx, listURL)
		require.ErrorIs(t, err, statushttp.ErrFetch)
		require.Equal(t, i+1, s.count(), "too soon after %d failures", i+1)
		c.add(time.Duration(wait)*200*time.Millisecond + time.Millisecond)
	}
	s.set(reply(503, "", "Retry-After", "3600"))
	_, err := f.List(ctx, listURL)
	require.Error(t, err)
	n := s.count()
	c.add(47 * time.Second)
	_, err = f.List(ctx, listURL)
	require.Error(t, err)
	require.Equal(t, n, s.count())
	c.add(13 * time.Second)
	s.set(reply(200, "list"))
	_, err = f.List(ctx, listURL)
	require.NoError(t, err)
}

// TestRetired: a list that is gone is dropped.
func TestRetired(t *testing.T) {
	s, c := &server{}, &clock{now: noon}
	s.set(reply(200, "list"))
	f := fetcher(t, s, c)
	_, err := f.List(ctx, listURL)
	require.NoError(t, err)
	s.set(reply(410, "gone"))
	c.add(3 * time.Minute)
	_, err = f.List(ctx, listURL)
	require.ErrorIs(t, err, revocation.ErrRetired)
	_, err = f.List(ctx, listURL)
	require.ErrorIs(t, err, revocation.ErrRetired)
	require.Equal(t, 2, s.count())
}

// TestSingleFlight: a hundred who want one list make one request, and one who gives
// up does not spoil it.
func TestSingleFlight(t *testing.T) {
	s, c := &server{}, &clock{now: noon}
	begun, release := make(chan struct{}), make(chan struct{})
	s.set(func(r *http.Request) canned {
		close(begun)
		<-release
		return reply(200, "list")(r)
	})
	f := fetcher(t, s, c)
	impatient, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	errs := make([]error, 100)
	for i := range errs {
		wg.Go(func() {
			if i == 0 {
				_, errs[i] = f.List(impatient, listURL)
				return
			}
			_, errs[i] = f.List(ctx, listURL)
		})
	}
	<-begun
	cancel()
	eventually(t, "one gave up", func() bool { return true })
	close(release)
	wg.Wait()
	for i, err := range errs {
		if i == 0 && err != nil {
			require.ErrorIs(t, err, context.Canceled)
			continue
		}
		require.NoError(t, err)
	}
	require.Len(t, s.asked, 1)
}

// TestGivesUp: who does not wait is told so.
func TestGivesUp(t *testing.T) {
	s, c := &server{}, &clock{now: noon}
	release := make(chan struct{})
	s.set(func(r *http.Request) canned { <-release; return reply(200, "list")(r) })
	f := fetcher(t, s, c)
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err := f.List(done, listURL)
	require.ErrorIs(t, err, context.Canceled)
	close(release)
	_, err = f.List(ctx, listURL)
	require.NoError(t, err)
}

// TestTimeout: a server that does not answer costs Timeout.
func TestTimeout(t *testing.T) {
	f, err := statushttp.NewFetcher(statushttp.FetcherConfig{
		Origins: []string{origin}, Refresh: time.Minute, Timeout: time.Millisecond, Transport: hanging{},
	})
	require.NoError(t, err)
	_, err = f.List(ctx, listURL)
	require.ErrorIs(t, err, statushttp.ErrFetch)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

type hanging struct{}

func (hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestBoundedLists: lists that never come drive out no list that did.
func TestBoundedLists(t *testing.T) {
	s, c := &server{}, &clock{now: noon}
	s.set(reply(200, "list"))
	f := fetcher(t, s, c, func(config *statushttp.FetcherConfig) { config.MaxLists = 4 })
	for _, n := range []string{"a", "b"} {
		_, err := f.List(ctx, listURL+n)
		require.NoError(t, err)
	}
	s.set(reply(404, ""))
	for i := range 100 {
		c.add(time.Millisecond)
		_, err := f.List(ctx, fmt.Sprint(listURL, i))
		require.Error(t, err)
	}
	n := s.count()
	for _, name := range []string{"a", "b"} {
		_, err := f.List(ctx, listURL+name)
		require.NoError(t, err)
	}
	require.Equal(t, n, s.count(), "both are still there")

	release := make(chan struct{})
	s.set(func(r *http.Request) canned { <-release; return reply(200, "list")(r) })
	full := fetcher(t, s, c, func(config *statushttp.FetcherConfig) { config.MaxLists = 1 })
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err := full.List(done, listURL)
	require.ErrorIs(t, err, context.Canceled)
	_, err = full.List(ctx, listURL+"other")
	require.ErrorIs(t, err, statushttp.ErrFetch, "all room is taken by what is being asked for")
	close(release)
}

// TestRun: lists in use are asked for before anybody has to wait.
func TestRun(t *testing.T) {
	s, c := &server{}, &clock{now: noon}
	s.set(reply(200, "list", "Cache-Control", "max-age=1"))
	f := fetcher(t, s, c, func(config *statushttp.FetcherConfig) { config.Refresh = time.Second })
	_, err := f.List(ctx, listURL)
	require.NoError(t, err)
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error)
	go func() { ended <- f.Run(running) }()
	c.add(2 * time.Second)
	eventually(t, "asked by itself", func() bool { return s.count() >= 2 })
	c.add(time.Minute) // nobody used it since
	n := s.count()
	<-time.After(1200 * time.Millisecond)
	require.LessOrEqual(t, s.count(), n+1)
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// TestBombOverHTTP: a body that unpacks to more than a list is not read to its end.
func TestBombOverHTTP(t *testing.T) {
	var bomb bytes.Buffer
	w, err := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	require.NoError(t, err)
	for range 64 {
		_, err := w.Write(make([]byte, 1<<20))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	ts := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	}))
	defer ts.Close()
	f, err := statushttp.NewFetcher(statushttp.FetcherConfig{
		Origins: []string{ts.URL}, Refresh: time.Minute, Transport: ts.Client().Transport,
	})
	require.NoError(t, err)
	_, err = f.List(ctx, ts.URL+"/1")
	require.ErrorContains(t, err, "more than 1048576 bytes")
}

// TestOwnTransport: without a transport of the caller's, certificates are checked and
// the environment names no proxy.
func TestOwnTransport(t *testing.T) {
	ts := httptest.NewTLSServer(http.NotFoundHandler())
	defer ts.Close()
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	f, err := statushttp.NewFetcher(statushttp.FetcherConfig{Origins: []string{ts.URL}, Refresh: time.Minute})
	require.NoError(t, err)
	_, err = f.List(ctx, ts.URL+"/1")
	require.ErrorIs(t, err, statushttp.ErrFetch)
	require.ErrorContains(t, err, "certificate")
	require.False(t, errors.Is(err, context.DeadlineExceeded))
}
