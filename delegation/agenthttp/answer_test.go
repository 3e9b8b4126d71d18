package agenthttp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
)

// Long answers, and those that are flushed, have their receipt in a trailer.
func TestStreamedAnswer(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"long": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "200000")
			for range 200 {
				_, _ = w.Write(bytes.Repeat([]byte("x"), 1000))
			}
		},
		"flushed": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, "b")
		},
		"flushed with nothing": func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.handler = handler
			resp, body, err := w.do(w.client(), "GET", "/files/a", "", "")
			w.answered(200)(resp, body, err)
			require.Empty(t, resp.Header.Get("Taper-Receipt"))
			require.NotEmpty(t, resp.Trailer.Get("Taper-Receipt"))
			require.NotNil(t, resp.Receipt)
			if name == "long" {
				require.Len(t, body, 200000)
			}
			// A proxy that drops the trailer is found.
			_, _, err = w.do(w.proxied(nil, func(r *http.Response) { r.Trailer = nil }), "GET", "/files/a", "", "")
			require.ErrorIs(t, err, agenthttp.ErrReceipt)
		})
	}
}

// A stream ends when its chain is verified no more: here the list is a minute old.
func TestStreamEndsWithTheAuthorization(t *testing.T) {
	w := newWorld(t)
	failed := make(chan error, 1)
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		for i := range 10 {
			if _, err := fmt.Fprintf(rw, "event %d\n", i); err != nil {
				failed <- err
				return
			}
			if err := http.NewResponseController(rw).Flush(); err != nil {
				failed <- err
				return
			}
			w.clock.advance(20 * time.Second)
		}
	})
	_, body, err := w.do(w.client(), "GET", "/files/a", "", "")
	require.Error(t, err) // cut off, and nobody takes it for the whole
	require.Equal(t, "event 0\nevent 1\nevent 2\n", body)
	require.ErrorIs(t, <-failed, agenthttp.ErrEnded)
}

// A handler that waits for something to stream is told that it is over.
func TestWaitingStreamIsTold(t *testing.T) {
	w := newWorld(t, func(_ *world, c *delegation.Config, _ *agenthttp.GuardOptions) {
		c.MaxStaleness = time.Second
	})
	over := make(chan error, 1)
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(rw).Flush()
		<-r.Context().Done()
		over <- context.Cause(r.Context())
		w.clock.advance(time.Second)
		_, _ = io.WriteString(rw, "too late")
	})
	_, _, err := w.do(w.client(), "GET", "/files/a", "", "")
	require.Error(t, err)
	require.ErrorIs(t, <-over, agenthttp.ErrEnded)
}

// An answer that is not streamed is of one moment, however long it took.
func TestHeldAnswerDoesNotEnd(t *testing.T) {
	w := newWorld(t)
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.clock.advance(time.Hour)
		require.NoError(t, r.Context().Err())
		_, _ = io.WriteString(rw, "done")
	})
	require.Equal(t, "done", w.answered(200)(w.do(w.client(), "GET", "/files/a", "", "")))
}

func TestAnswerForms(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		status  int
		body    string
	}{
		"nothing":     {func(http.ResponseWriter, *http.Request) {}, 200, ""},
		"a status":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) }, 201, ""},
		"two":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.WriteHeader(200) }, 404, ""},
		"early hints": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); _, _ = io.WriteString(w, "x") }, 200, "x"},
		"no content": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(204)
			if _, err := io.WriteString(w, "x"); !errors.Is(err, http.ErrBodyNotAllowed) {
				panic("allowed")
			}
		}, 204, ""},
		"a receipt of its own": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Taper-Receipt", "forged")
			_, _ = io.WriteString(w, "x")
		}, 200, "x"},
		"an error of the handler": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) }, 500, "no\n"},
	} {
		t.Run(name, func(t *testing.T) {
			w.tb = t
			w.handler = tt.handler
			resp, body, err := w.do(w.client(), "GET", "/files/a", "", "")
			require.Equal(t, tt.body, w.answered(tt.status)(resp, body, err))
			require.NotNil(t, resp.Receipt)
		})
	}
	w.handler = func() http.HandlerFunc { return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(101) } }()
	_, _, err := w.do(w.client(), "GET", "/files/a", "", "")
	require.Error(t, err)
}

// Without a signer there are no receipts, and a client that asks for none is
// content.
func TestWithoutReceipts(t *testing.T) {
	w := newWorld(t, func(_ *world, _ *delegation.Config, o *agenthttp.GuardOptions) { o.Signer, o.Buffer = nil, -1 })
	c := &http.Client{Transport: w.transport(w.bob(), func(o *agenthttp.TransportOptions) { o.Verifiers = nil })}
	resp, body, err := w.do(c, "GET", "/files/a", "", "")
	w.answered(200)(resp, body, err)
	require.Empty(t, resp.Header.Get("Taper-Receipt"))
	require.Nil(t, resp.Receipt)
	require.Nil(t, agenthttp.ReceiptOf(nil))
	_, _, err = w.do(w.client(), "GET", "/files/a", "", "")
	require.ErrorIs(t, err, agenthttp.ErrReceipt)
	resp, body, err = w.do(w.client(), "GET", "/hr", "", "")
	w.rule(delegation.ErrNotAllowed)(resp, body, err) // a refusal may come without
	require.Nil(t, resp.Receipt)
}

// A handler gets no way around the answer: no connection, no other writer.
func TestAnswerHidesItsWriter(t *testing.T) {
	w := newWorld(t)
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _, err := http.NewResponseController(rw).Hijack()
		require.ErrorIs(t, err, http.ErrNotSupported)
		_, ok := rw.(interface{ Unwrap() http.ResponseWriter })
		require.False(t, ok)
		_, ok = rw.(io.ReaderFrom)
		require.False(t, ok)
	})
	rec := httptest.NewRecorder()
	w.guard.Protect(w.handler).ServeHTTP(rec, w.bare(w.bob(), "GET", "/files/a", "", nil))
	require.Equal(t, 200, rec.Code)
}
