package agenthttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
)

// GuardOptions say how a Guard works. The zero GuardOptions are the ordinary ones.
type GuardOptions struct {
	// Route says what a request is. Nil: PlainRoute of the origin.
	Route Route

	// Audience is the name, one of the verifier's, that requests are for, where
	// agents know this server by a DID. Empty: the origin. A request for another
	// name is refused, since its chain may not be for this server.
	Audience string

	// Cost says what a request costs, by unit, for the limits of its chain. It
	// may read the request, but not its body: the arguments are in req. Nil:
	// nothing but one invocation.
	Cost func(r *http.Request, req delegation.Request) (map[string]int64, error)

	// Signer signs receipts. Nil: there are none.
	Signer *did.Signer

	// MaxBody is the largest body, in bytes. Zero: 256 KiB.
	MaxBody int64

	// Buffer is how many bytes of an answer are held back, so that its receipt can
	// stand in a header. A longer answer, or one that is flushed, is streamed: its
	// receipt is in a trailer, and it ends when the authorisation does. Zero: 64
	// KiB; negative: none.
	Buffer int

	// Now is the clock that receipts and the ends of answers are told by. Nil:
	// time.Now. It is the verifier's.
	Now func() time.Time
}

// Guard is a middleware that lets a handler see only requests that a chain and its
// leaf's invocation allow. It is immutable and safe for concurrent use.
type Guard struct {
	verifier     *delegation.Verifier
	origin, host string
	options      GuardOptions
	counts       counts
}

// NewGuard returns the guard of the server whose public origin, such as
// https://db.example.com, is this one. Forwarding headers are not read: a request
// is for the origin when its Host says so.
func NewGuard(v *delegation.Verifier, origin string, o GuardOptions) (*Guard, error) {
	if v == nil {
		return nil, fmt.Errorf("%w: no verifier", ErrConfig)
	}
	if err := checkOrigin(origin); err != nil {
		return nil, err
	}
	if o.Route == nil {
		o.Route = PlainRoute(origin)
	}
	if o.Audience == "" {
		o.Audience = origin
	}
	if !v.IsName(o.Audience) {
		return nil, fmt.Errorf("%w: %.120q is no name of the verifier", ErrConfig, o.Audience)
	}
	if o.MaxBody <= 0 {
		o.MaxBody = maxBody
	}
	if o.Buffer == 0 {
		o.Buffer = 64 << 10
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Guard{verifier: v, origin: origin, host: strings.TrimPrefix(origin, "https://"), options: o}, nil
}

// Counts are how many requests a Guard answered in which way. Of strangers there
// is nothing else: no log line, no receipt.
type Counts struct {
	Strangers uint64 // who got the constant answer
	Unknown   uint64 // who named a chain that is not kept
	Refused   uint64 // agents of the roots that were refused
	Permitted uint64
}

type counts struct{ strangers, unknown, refused, permitted atomic.Uint64 }

// Counts returns how many requests there were.
func (g *Guard) Counts() Counts {
	c := &g.counts
	return Counts{c.strangers.Load(), c.unknown.Load(), c.refused.Load(), c.permitted.Load()}
}

// Protect returns a handler that answers for next: it judges every request, and
// next sees those that are allowed, with their [delegation.Authorization] in the
// context. There is no optional mode. Of such a request next gets the body that
// was judged, and none of the headers that carried chain and invocation.
func (g *Guard) Protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, next) })
}

func (g *Guard) serve(w http.ResponseWriter, r *http.Request, next http.Handler) {
	in, err := g.admit(r)
	if err != nil {
		g.answerStranger(w, false)
		return
	}
	p, err := g.verifier.Present(in.token)
	if err != nil || in.chain == nil && in.digest != p.Invocation().Leaf {
		g.answerStranger(w, false)
		return
	}
	if in.chain == nil && !p.Known() {
		g.answerStranger(w, true)
		return
	}
	req, body, err := g.read(w, r)
	if err != nil { // the client has gone
		g.answerStranger(w, false)
		return
	}
	a, err := p.Verify(r.Context(), in.chain, in.shown, req)
	if err != nil {
		g.refuse(w, p, err)
		return
	}
	g.counts.permitted.Add(1)
	g.run(w, r, next, a, body)
}

// read makes the request that is judged, with what it costs.
func (g *Guard) read(w http.ResponseWriter, r *http.Request) (delegation.Request, []byte, error) {
	body, err := g.readBody(w, r)
	if err != nil && !errors.Is(err, errTooLarge) {
		return delegation.Request{}, nil, err
	}
	f := facts{
		method: r.Method, origin: g.origin, target: r.RequestURI,
		header: r.Header, body: body, trailers: len(r.Trailer) > 0,
	}
	req := f.request(g.options.Route)
	req.Audience = g.options.Audience
	if err != nil {
		req.Unreadable = err
	}
	if g.options.Cost != nil && req.Unreadable == nil {
		req.Amounts, req.Unreadable = g.options.Cost(r, req)
	}
	return req, body, nil
}

// readBody reads the whole body, for an authorisation is of all arguments at hand.
func (g *Guard) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > g.options.MaxBody {
		return nil, errTooLarge
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, g.options.MaxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, errTooLarge
	}
	return body, err
}

// run lets the handler answer.
func (g *Guard) run(w http.ResponseWriter, r *http.Request, next http.Handler, a *delegation.Authorization, body []byte) {
	s := &state{authorization: a}
	ctx, cancel := context.WithCancelCause(context.WithValue(r.Context(), stateKey{}, s))
	defer cancel(nil)
	out := newAnswer(w, g, a, r.Method, cancel)
	defer out.stop()
	defer func() {
		// What was begun is spent, unless the handler says that nothing was done.
		if failed := recover(); failed != nil {
			_ = a.Commit(context.WithoutCancel(ctx))
			panic(failed)
		}
	}()
	next.ServeHTTP(out, judged(r.WithContext(ctx), body))
	if s.nothing.Load() {
		_ = a.Release(context.WithoutCancel(ctx))
	} else {
		_ = a.Commit(context.WithoutCancel(ctx))
	}
	out.finish(s.nothing.Load())
}

// judged returns the request as the handler sees it.
func judged(r *http.Request, body []byte) *http.Request {
	r.Header = r.Header.Clone()
	for _, name := range []string{headerAuthorization, headerChain, headerApproval, headerEvidence} {
		r.Header.Del(name)
	}
	r.Body, r.ContentLength = http.NoBody, int64(len(body))
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.TransferEncoding, r.Trailer = nil, nil
	r.Form, r.PostForm, r.MultipartForm = nil, nil, nil // read before, of what nobody judged
	return r
}

// state is what a handler may ask for.
type state struct {
	authorization *delegation.Authorization
	nothing       atomic.Bool
}

type stateKey struct{}

// FromContext returns the authorisation of the request that a handler serves, nil
// outside of a Guard.
func FromContext(ctx context.Context) *delegation.Authorization {
	if s, ok := ctx.Value(stateKey{}).(*state); ok {
		return s.authorization
	}
	return nil
}

// NothingDone states that the handler did nothing of what it was asked, so that
// what the request was to spend is given back when it returns. A handler that
// cannot be sure does not call it.
func NothingDone(ctx context.Context) {
	if s, ok := ctx.Value(stateKey{}).(*state); ok {
		s.nothing.Store(true)
	}
}
