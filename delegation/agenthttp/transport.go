package agenthttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
)

var (
	// ErrRedirect is returned for the next hop of a redirect: an invocation is for
	// the URL that its agent chose. Whoever wants to follow makes a new request.
	ErrRedirect = errors.New("agenthttp: redirects are not followed")
	// ErrOrigin is returned for a request to an origin that the chain is not for.
	ErrOrigin = errors.New("agenthttp: not an origin of the chain's audience")
	// ErrRequest is returned for a request that cannot be signed: it carries
	// headers of its own for that, has trailers, or too large a body.
	ErrRequest = errors.New("agenthttp: request cannot be signed")
)

// TransportOptions say how a Transport works. The zero TransportOptions are the
// ordinary ones.
type TransportOptions struct {
	// Base sends what was signed. Nil: http.DefaultTransport.
	Base http.RoundTripper

	// Route says what a request is, as the server has it. Nil: PlainRoute of the
	// origin that is asked.
	Route Route

	// Origins are those that requests are signed for. Nil: the origins that the
	// leaf's audience names. Required where the audience is everybody, since a
	// signature for whoever asks is for nobody in particular.
	Origins []string

	// Audiences are the names that origins are known by in the chain's audience,
	// where these are DIDs. An origin that is not here is its own name.
	Audiences map[string]string

	// Verifiers are the DIDs that sign the receipts of origins, as the caller
	// knows them. From an origin that has one every answer below 400 must carry a
	// receipt, and what is wrong with it or with the answer is ErrReceipt.
	Verifiers map[string]did.DID

	// Resolver finds the keys of Verifiers that are not did:key.
	Resolver did.Resolver

	// MaxBody is the largest body of a request, in bytes. Zero: 256 KiB.
	MaxBody int64

	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Transport is an http.RoundTripper that signs every request as an agent, under
// the one chain that its Holder has. It is safe for concurrent use.
//
// Redirects are refused, so an http.Client should not follow them.
type Transport struct {
	holder  *delegation.Holder
	options TransportOptions
	packed  string
	known   sync.Map // origins that have the chain
}

// NewTransport returns the transport of an agent.
func NewTransport(h *delegation.Holder, o TransportOptions) (*Transport, error) {
	if h == nil {
		return nil, fmt.Errorf("%w: no holder", ErrConfig)
	}
	packed, err := h.Chain().Pack()
	if err != nil {
		return nil, err
	}
	if o.Base == nil {
		o.Base = http.DefaultTransport
	}
	if o.MaxBody <= 0 {
		o.MaxBody = maxBody
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Origins, err = originsOf(h, &o); err != nil {
		return nil, err
	}
	return &Transport{holder: h, options: o, packed: packed}, nil
}

// originsOf returns the origins to sign for: those asked for, whose names are all in
// the audience.
func originsOf(h *delegation.Holder, o *TransportOptions) ([]string, error) {
	audience := h.Authority().Terms().Audience
	everybody := slices.Equal(audience, []string{"**"})
	asked := o.Origins
	if asked == nil {
		for _, name := range audience {
			if checkOrigin(name) == nil {
				asked = append(asked, name)
			}
		}
	}
	for _, origin := range asked {
		if err := checkOrigin(origin); err != nil {
			return nil, err
		}
		if name := o.nameOf(origin); !everybody && !slices.Contains(audience, name) {
			return nil, fmt.Errorf("%w: %s", ErrOrigin, name)
		}
	}
	if len(asked) == 0 {
		return nil, fmt.Errorf("%w: the chain names none", ErrOrigin)
	}
	return slices.Clone(asked), nil
}

// nameOf is the audience name of an origin.
func (o *TransportOptions) nameOf(origin string) string {
	if name, ok := o.Audiences[origin]; ok {
		return name
	}
	return origin
}

// Sending says how one request is signed and what is shown beside it. The zero
// Sending is the ordinary one.
type Sending struct {
	Invoke delegation.Invoke // its Now is the transport's where it is zero
	Shown  delegation.Shown
}

type sendingKey struct{}

// WithSending returns a context whose request is signed so. It is for one request:
// the ID of an invocation is used once.
func WithSending(ctx context.Context, s Sending) context.Context {
	return context.WithValue(ctx, sendingKey{}, s)
}

// RoundTrip signs a request and sends it: with the whole chain, or with its digest
// where this origin has it.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	origin, err := t.check(r)
	var body []byte
	if err == nil {
		body, err = t.readBody(r)
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	token, shown, err := t.sign(r, origin, body)
	if err != nil {
		return nil, err
	}
	_, known := t.known.Load(origin)
	resp, err := t.send(r, token, shown, body, known)
	if err == nil && known && needsChain(resp) {
		// The invocation was not used: who does not know the chain cannot judge it.
		t.known.Delete(origin)
		_ = resp.Body.Close()
		resp, err = t.send(r, token, shown, body, false)
	}
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusUnauthorized {
		t.known.Store(origin, true)
	}
	return t.receive(resp, origin, token)
}

// check says which origin a request is for.
func (t *Transport) check(r *http.Request) (string, error) {
	origin := "https://" + r.URL.Host
	switch {
	case r.Response != nil:
		return "", fmt.Errorf("%w, to %.120q", ErrRedirect, r.URL.Host)
	case r.URL.Scheme != "https" || r.Host != "" && r.Host != r.URL.Host || r.URL.User != nil || !slices.Contains(t.options.Origins, origin):
		return "", fmt.Errorf("%w: %.120q", ErrOrigin, r.URL.Redacted())
	case len(r.Trailer) > 0:
		return "", fmt.Errorf("%w: it has trailers", ErrRequest)
	}
	for _, name := range []string{headerAuthorization, headerChain, headerApproval, headerEvidence} {
		if len(r.Header.Values(name)) > 0 {
			return "", fmt.Errorf("%w: it has a header %s", ErrRequest, name)
		}
	}
	return origin, nil
}

func (t *Transport) readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, t.options.MaxBody+1))
	if err == nil && int64(len(body)) > t.options.MaxBody {
		err = fmt.Errorf("%w: a body of more than %d bytes", ErrRequest, t.options.MaxBody)
	}
	return body, err
}

// sign makes the invocation of a request.
func (t *Transport) sign(r *http.Request, origin string, body []byte) (string, delegation.Shown, error) {
	sending, _ := r.Context().Value(sendingKey{}).(Sending)
	if sending.Invoke.Now.IsZero() {
		sending.Invoke.Now = t.options.Now()
	}
	route := t.options.Route
	if route == nil {
		route = PlainRoute(origin)
	}
	f := facts{method: r.Method, origin: origin, target: r.URL.RequestURI(), header: r.Header, body: body}
	if f.method == "" {
		f.method = http.MethodGet
	}
	req := f.request(route)
	req.Audience = t.options.nameOf(origin)
	token, err := t.holder.Invoke(req, sending.Invoke)
	return token, sending.Shown, err
}

// send sends a copy of a request with what was signed.
func (t *Transport) send(r *http.Request, token string, shown delegation.Shown, body []byte, known bool) (*http.Response, error) {
	out := r.Clone(r.Context())
	if out.Header == nil {
		out.Header = make(http.Header)
	}
	out.Header.Set(headerAuthorization, scheme+" "+token)
	out.Header.Set(headerChain, t.packed)
	if known {
		out.Header.Set(headerChain, digestPrefix+t.holder.Chain().Digest())
	}
	for _, a := range shown.Approvals {
		out.Header.Add(headerApproval, a)
	}
	for _, e := range shown.Evidence {
		out.Header.Add(headerEvidence, e)
	}
	// No GetBody: an invocation is sent once, or by whoever signs another.
	out.Body, out.GetBody, out.ContentLength, out.TransferEncoding = http.NoBody, nil, int64(len(body)), nil
	if len(body) > 0 {
		out.Body = io.NopCloser(bytes.NewReader(body))
	}
	resp, err := t.options.Base.RoundTrip(out)
	if err == nil && resp.Request == nil {
		resp.Request = out
	}
	return resp, err
}

// needsChain reports whether a server answers that it does not have the chain.
func needsChain(resp *http.Response) bool {
	return resp.StatusCode == http.StatusUnauthorized && strings.TrimSpace(resp.Header.Get(headerAnswer)) == needChain
}
