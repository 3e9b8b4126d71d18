package agenthttp_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

const object = "application/json"

func TestRoundTrip(t *testing.T) {
	for _, proto := range []string{"HTTP/2.0", "HTTP/1.1"} {
		t.Run(proto, func(t *testing.T) {
			w := newWorld(t)
			c := w.client()
			if proto == "HTTP/1.1" {
				base := w.server.Client().Transport.(*http.Transport).Clone()
				base.ForceAttemptHTTP2, base.TLSNextProto = false, map[string]func(string, *tls.Conn) http.RoundTripper{}
				base.TLSClientConfig.NextProtos = []string{"http/1.1"}
				c = &http.Client{Transport: w.transport(w.bob(), func(o *agenthttp.TransportOptions) { o.Base = base })}
			}
			resp, body, err := w.do(c, "GET", "/sales/2026?table=orders&limit=10", "", "")
			body = w.answered(200)(resp, body, err)
			require.Equal(t, proto, resp.Proto)
			require.Contains(t, body, `{\"table\":\"orders\",\"limit\":\"10\"}`)
			require.Contains(t, body, `"headers":0`)
			require.Contains(t, body, bob.DID().String())

			receipt := resp.Receipt
			require.NotNil(t, receipt)
			require.True(t, receipt.Permitted)
			require.Equal(t, vc.Normal, receipt.Mode)
			require.NotEmpty(t, receipt.Result)

			body = w.answered(200)(w.do(c, "POST", "/sales/2026", object, `{"table":"orders"}`))
			require.Contains(t, body, `"body":"{\"table\":\"orders\"}"`)
			body = w.answered(200)(w.do(c, "PUT", "/files/a", "text/plain", "anything"))
			require.Contains(t, body, `"body":"anything"`)
			w.answered(200)(w.do(c, "GET", "/", "", ""))
			resp, body, err = w.do(c, "HEAD", "/sales/2026?table=orders", "", "")
			require.Empty(t, w.answered(200)(resp, body, err))
			require.NotNil(t, resp.Receipt)

			// The chain went once.
			for i, r := range w.seen {
				require.Equal(t, i > 0, strings.HasPrefix(r.Header.Get("Taper-Chain"), "digest="), i)
			}
			require.Equal(t, agenthttp.Counts{Permitted: 5}, w.guard.Counts())
		})
	}
}

// A server that forgot the chain, or a replica that never had it, is sent it again.
func TestNeedChain(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	w.answered(200)(w.do(c, "POST", "/files/a", "text/plain", "x"))
	w.renew()
	body := w.answered(200)(w.do(c, "POST", "/files/a", "text/plain", "y"))
	require.Contains(t, body, `"body":"y"`)
	require.Len(t, w.seen, 3)
	require.True(t, strings.HasPrefix(w.seen[1].Header.Get("Taper-Chain"), "digest="))
	require.False(t, strings.HasPrefix(w.seen[2].Header.Get("Taper-Chain"), "digest="))
	require.Equal(t, agenthttp.Counts{Unknown: 1, Permitted: 1}, w.guard.Counts())

	// Where the chain does not help, it is sent once.
	w.renew(func(_ *world, c *delegation.Config, _ *agenthttp.GuardOptions) {
		c.Anchors = []delegation.Anchor{{DID: mallory.DID(), Unlimited: true}}
	})
	w.stranger(w.do(c, "GET", "/files/a", "", ""))
	require.Len(t, w.seen, 5)
}

func TestRefusalsAreProblems(t *testing.T) {
	w := newWorld(t, func(_ *world, c *delegation.Config, _ *agenthttp.GuardOptions) { c.Ledger = nil })
	c := w.client()
	w.rule(delegation.ErrNotAllowed)(w.do(c, "DELETE", "/files/a", "", ""))
	w.rule(delegation.ErrNotAllowed)(w.do(c, "GET", "/hr", "", ""))
	w.rule(delegation.ErrNotAllowed)(w.do(c, "GET", "/files/", "", ""))
	resp, body, err := w.do(c, "GET", "/sales/2026?table=people", "", "")
	w.rule(delegation.ErrNotAllowed)(resp, body, err)
	require.Contains(t, body, `"dimension":"args"`)
	receipt := resp.Receipt
	require.False(t, receipt.Permitted)
	require.Equal(t, delegation.ErrNotAllowed, receipt.Rule)

	limited := w.terms()
	limited.Limits = map[string]delegation.Limit{"calls": {Unit: "count", Max: 1}}
	h := w.holder(alice, bob, limited)
	w.rule(delegation.ErrBudget)(w.do(&http.Client{Transport: w.transport(h, nil)}, "GET", "/files/a", "", ""))
	w.lists.mode = vc.Revoked
	resp, body, err = w.do(c, "GET", "/files/a", "", "")
	w.rule(delegation.ErrStatus)(resp, body, err)
	require.Empty(t, resp.Header.Get("Taper-Receipt"))
	w.lists.mode = vc.Normal
	w.clock.advance(2 * time.Hour)
	w.rule(delegation.ErrTime)(w.do(c, "GET", "/files/a", "", ""))
	require.Equal(t, uint64(7), w.guard.Counts().Refused)
	require.Zero(t, w.guard.Counts().Permitted)
}

func TestManyAgents(t *testing.T) {
	w := newWorld(t)
	const agents, calls = 200, 3
	root := w.bob()
	var wg sync.WaitGroup
	for i := range agents {
		h, err := root.Spawn(delegation.Terms{}, delegation.Issue{})
		require.NoError(t, err)
		c := &http.Client{Transport: w.transport(h, nil)}
		wg.Go(func() {
			for j := range calls {
				want := fmt.Sprintf("agent %d call %d", i, j)
				resp, body, err := w.do(c, "PUT", "/files/a", "text/plain", want)
				if err != nil || resp.StatusCode != 200 || !strings.Contains(body, want) || !strings.Contains(body, h.DID().String()) {
					t.Error(i, j, err, body)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, agenthttp.Counts{Permitted: agents * calls}, w.guard.Counts())
}

func TestTransportSignsForItsOriginsAlone(t *testing.T) {
	w := newWorld(t)
	never := roundTrip(func(*http.Request) (*http.Response, error) { return nil, errNever })
	tr := w.transport(w.bob(), func(o *agenthttp.TransportOptions) { o.Base = never })
	for name, tt := range map[string]struct {
		url    string
		change func(*http.Request)
		err    error
	}{
		"its origin":           {w.origin + "/files/a", func(*http.Request) {}, errNever},
		"another":              {"https://evil.example.com/files/a", func(*http.Request) {}, agenthttp.ErrOrigin},
		"another port":         {w.origin + "1/files/a", func(*http.Request) {}, agenthttp.ErrOrigin},
		"http":                 {strings.Replace(w.origin, "https", "http", 1), func(*http.Request) {}, agenthttp.ErrOrigin},
		"user":                 {strings.Replace(w.origin, "//", "//u:p@", 1), func(*http.Request) {}, agenthttp.ErrOrigin},
		"another Host":         {w.origin + "/files/a", func(r *http.Request) { r.Host = "evil.example.com" }, agenthttp.ErrOrigin},
		"next hop":             {w.origin + "/files/a", func(r *http.Request) { r.Response = new(http.Response) }, agenthttp.ErrRedirect},
		"its own chain":        {w.origin + "/files/a", func(r *http.Request) { r.Header.Set("Taper-Chain", "x") }, agenthttp.ErrRequest},
		"its own credentials":  {w.origin + "/files/a", func(r *http.Request) { r.Header.Set("Authorization", "Basic x") }, agenthttp.ErrRequest},
		"trailers":             {w.origin + "/files/a", func(r *http.Request) { r.Trailer = http.Header{"X": nil} }, agenthttp.ErrRequest},
		"a body over the rest": {w.origin + "/files/a", func(r *http.Request) { r.Body = endless{} }, agenthttp.ErrRequest},
		"an invocation that is none": {w.origin + "/files/a", func(r *http.Request) {
			*r = *r.WithContext(agenthttp.WithSending(r.Context(), agenthttp.Sending{Invoke: delegation.Invoke{ID: "short"}}))
		}, delegation.ErrInvocation},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequest("GET", tt.url, http.NoBody)
			require.NoError(t, err)
			tt.change(r)
			_, err = tr.RoundTrip(r) //nolint:bodyclose // there is none
			require.ErrorIs(t, err, tt.err)
		})
	}
}

// endless is a body without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
func (endless) Close() error               { return nil }

func TestNewTransportRefuses(t *testing.T) {
	w := newWorld(t)
	everybody := w.terms()
	everybody.Audience = []string{"**"}
	did1 := w.terms()
	did1.Audience = []string{"did:web:example.com"}
	for name, tt := range map[string]struct {
		h       *delegation.Holder
		origins []string
		ok      bool
	}{
		"nobody":                        {nil, nil, false},
		"everybody without an origin":   {w.holder(alice, bob, everybody), nil, false},
		"everybody with one":            {w.holder(alice, bob, everybody), []string{w.origin}, true},
		"a DID alone":                   {w.holder(alice, bob, did1), nil, false},
		"outside of the audience":       {w.bob(), []string{"https://other.example.com"}, false},
		"no origin":                     {w.bob(), []string{w.origin + "/x"}, false},
		"no https":                      {w.bob(), []string{"http://a.example.com"}, false},
		"none of those in the audience": {w.bob(), []string{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := agenthttp.NewTransport(tt.h, agenthttp.TransportOptions{Origins: tt.origins})
			require.Equal(t, tt.ok, err == nil, err)
		})
	}
}

func TestRedirectIsNotSigned(t *testing.T) {
	w := newWorld(t)
	other := newWorld(t) // in the audience too, which does not help
	terms := w.terms()
	terms.Audience = append(terms.Audience, other.origin)
	for _, to := range []string{w.origin + "/files/b", other.origin + "/files/b"} {
		for _, status := range []int{302, 307, 308} {
			w.handler = http.RedirectHandler(to, status)
			c := &http.Client{Transport: w.transport(w.holder(alice, bob, terms), func(o *agenthttp.TransportOptions) {
				pool := w.server.Client().Transport.(*http.Transport).Clone()
				pool.TLSClientConfig.RootCAs.AddCert(other.server.Certificate())
				o.Base = pool
			})}
			seen := len(w.seen)
			_, _, err := w.do(c, "POST", "/files/a", "text/plain", "x")
			require.ErrorIs(t, err, agenthttp.ErrRedirect)
			require.Len(t, w.seen, seen+1)
			require.Empty(t, other.seen)
		}
	}
}

// An agent asks, is told what needs approval, has that signed, and asks again.
func TestApproval(t *testing.T) {
	human := personas.New("human")
	w := newWorld(t)
	terms := w.terms()
	terms.Requires = &delegation.Requires{Approval: []delegation.ApprovalRule{{Actions: []string{"http/put"}, By: []string{human.DID().String()}, Min: 1}}}
	h := w.holder(alice, bob, terms)
	c := &http.Client{Transport: w.transport(h, nil)}
	w.answered(200)(w.do(c, "GET", "/files/a", "", ""))
	r := func(s agenthttp.Sending) *http.Request {
		r, err := http.NewRequest("PUT", w.origin+"/files/a", strings.NewReader(`{"a":1}`))
		require.NoError(t, err)
		r.Header.Set("Content-Type", object)
		return r.WithContext(agenthttp.WithSending(r.Context(), s))
	}
	resp, body, err := finish(c.Do(r(agenthttp.Sending{})))
	w.rule(delegation.ErrRequires)(resp, body, err)
	invoke := delegation.Invoke{Now: noon, ID: "0123456789abcdef", Salt: []byte("sixteen bytes!!!")}
	require.Contains(t, body, human.DID().String())
	asked := delegation.ApprovalRequest{
		Agent: bob.DID(), Leaf: h.Chain().Digest(), Audience: w.origin, Action: "http/put", Resource: w.origin + "/files/a",
		Arguments: []byte(`{"a":1}`), Invocation: invoke.ID, Salt: invoke.Salt,
	}
	approval, err := delegation.Approve(human, asked, delegation.Approving{Now: noon})
	require.NoError(t, err)
	sending := agenthttp.Sending{Invoke: invoke, Shown: delegation.Shown{Approvals: []string{approval}}}
	w.answered(200)(finish(c.Do(r(sending))))
	resp, body, err = finish(c.Do(r(sending))) // used up
	w.rule(delegation.ErrInvocation)(resp, body, err)
	require.Equal(t, "Taper", resp.Header.Get("WWW-Authenticate"))
}

func TestVerifierWithADIDOfItsOwn(t *testing.T) {
	w := newWorld(t)
	c := &http.Client{Transport: w.transport(w.bob(), func(o *agenthttp.TransportOptions) {
		o.Verifiers = map[string]did.DID{w.origin: mallory.DID()}
	})}
	_, _, err := w.do(c, "GET", "/files/a", "", "")
	require.ErrorIs(t, err, agenthttp.ErrReceipt)
	require.ErrorIs(t, err, delegation.ErrReceipt)
}
