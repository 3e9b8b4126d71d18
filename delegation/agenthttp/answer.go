package agenthttp

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/taperid/taper/delegation"
)

// ErrEnded is returned to a handler that writes to a streamed answer after its
// authorisation ended. The connection is then broken off, so that nobody takes
// what was sent for the whole.
var ErrEnded = errors.New("agenthttp: the authorisation ended")

// answer is what a handler writes to. It holds an answer back as long as it is
// short, and streams it otherwise.
type answer struct {
	w         http.ResponseWriter
	g         *Guard
	a         *delegation.Authorization
	bodiless  bool // the answer to a HEAD
	cancel    context.CancelCauseFunc
	timer     *time.Timer // ends what is streamed; nil: nothing is
	mu        sync.Mutex  // the timer and the end of the handler
	over      bool        // the handler has returned
	hash      *delegation.ResultHash
	held      []byte
	status    int // 0: none yet
	streaming bool
	ended     bool
}

func newAnswer(w http.ResponseWriter, g *Guard, a *delegation.Authorization, method string, cancel context.CancelCauseFunc) *answer {
	out := &answer{w: w, g: g, a: a, bodiless: method == http.MethodHead, cancel: cancel}
	if g.options.Signer != nil {
		out.hash = delegation.NewResultHash(a.Invocation().Salt)
	}
	return out
}

func (out *answer) Header() http.Header { return out.w.Header() }

func (out *answer) WriteHeader(status int) {
	switch {
	case status == http.StatusSwitchingProtocols:
		panic(http.ErrAbortHandler) // what follows would be nobody's
	case status < 200 && out.status == 0:
		out.w.WriteHeader(status)
	case out.status == 0:
		out.status = status
	}
}

func (out *answer) Write(p []byte) (int, error) {
	out.WriteHeader(http.StatusOK)
	if out.status == http.StatusNoContent || out.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	if !out.streaming && len(out.held)+len(p) <= out.g.options.Buffer {
		out.held = append(out.held, p...)
		out.digest(p)
		return len(p), nil
	}
	if err := out.stream(); err != nil {
		return 0, err
	}
	n, err := out.w.Write(p)
	out.digest(p[:n])
	return n, err
}

// digest takes what a client sees of the answer into the receipt.
func (out *answer) digest(p []byte) {
	if out.hash != nil && !out.bodiless {
		_, _ = out.hash.Write(p)
	}
}

// stream sends what was held back, if it is held back, as long as the
// authorisation lasts.
func (out *answer) stream() error {
	left := out.a.Until().Sub(out.g.options.Now())
	if left <= 0 {
		out.ended = true
		return ErrEnded
	}
	if out.streaming {
		return nil
	}
	out.streaming = true
	out.timer = time.AfterFunc(left, out.expire)
	h := out.w.Header()
	h.Del(headerReceipt)
	if out.hash != nil {
		h.Del("Content-Length") // so that there can be a trailer
		h.Add("Trailer", headerReceipt)
	}
	out.w.WriteHeader(out.status)
	held := out.held
	out.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := out.w.Write(held)
	return err
}

// FlushError sends what was written so far.
func (out *answer) FlushError() error {
	out.WriteHeader(http.StatusOK)
	if err := out.stream(); err != nil {
		return err
	}
	return http.NewResponseController(out.w).Flush()
}

// Flush is FlushError for those who do not ask.
func (out *answer) Flush() { _ = out.FlushError() }

// expire tells a handler that waits, and leaves a client that does not read.
func (out *answer) expire() {
	out.mu.Lock()
	defer out.mu.Unlock()
	if !out.over {
		out.cancel(ErrEnded)
		_ = http.NewResponseController(out.w).SetWriteDeadline(time.Unix(1, 0))
	}
}

// stop forgets when the answer was to end.
func (out *answer) stop() {
	out.mu.Lock()
	defer out.mu.Unlock()
	out.over = true
	if out.timer != nil {
		out.timer.Stop()
	}
}

// finish ends the answer when the handler has returned.
func (out *answer) finish(nothing bool) {
	if out.ended {
		panic(http.ErrAbortHandler)
	}
	out.WriteHeader(http.StatusOK)
	out.w.Header().Del(headerReceipt)
	if out.hash != nil {
		r := out.a.Receipt(out.g.options.Now())
		r.Result = out.hash.Digest()
		if nothing {
			r.Left = nil
		}
		out.g.sign(out.w.Header(), headerReceipt, r)
	}
	if out.streaming {
		return // the header that was announced is a trailer now
	}
	out.w.WriteHeader(out.status)
	if len(out.held) > 0 {
		_, _ = out.w.Write(out.held)
	}
}
