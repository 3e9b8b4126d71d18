package agenthttp_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
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

// The people of these tests: alice is the principal of bob, an agent; keeper is the
// server; mallory is nobody's.
var (
	alice, bob      = personas.New("alice"), personas.New("bob")
	keeper, mallory = personas.New("keeper"), personas.New("mallory")
	noon            = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

// clock is the time of a test, which goes on when the test says so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// lists is a status checker that says one mode.
type lists struct{ mode vc.Mode }

func (l *lists) CheckStatus(_ context.Context, q vc.StatusRequest) (vc.Status, error) {
	return vc.Status{Mode: l.mode, AsOf: q.Now}, nil
}

// world is a server behind a guard, and what its clients need.
type world struct {
	tb       testing.TB
	clock    *clock
	lists    *lists
	server   *httptest.Server
	origin   string
	verifier *delegation.Verifier
	guard    *agenthttp.Guard
	handler  http.Handler // what is protected; nil: echo
	seen     []*http.Request
	mu       sync.Mutex

	holderBob *delegation.Holder
}

// setup changes a world before it begins.
type setup func(w *world, c *delegation.Config, o *agenthttp.GuardOptions)

func newWorld(tb testing.TB, changes ...setup) *world {
	w := &world{tb: tb, clock: &clock{now: noon}, lists: &lists{vc.Normal}, handler: http.HandlerFunc(echo)}
	w.server = httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.seen = append(w.seen, r.Clone(context.Background()))
		guard := w.guard
		w.mu.Unlock()
		guard.Protect(w.handler).ServeHTTP(rw, r)
	}))
	w.server.EnableHTTP2 = true
	w.origin = "https://" + w.server.Listener.Addr().String()
	w.renew(changes...)
	w.server.Config.ErrorLog = quiet
	w.server.StartTLS()
	tb.Cleanup(w.server.Close)
	return w
}

// renew puts a new verifier in the place of the old one, as a restart does.
func (w *world) renew(changes ...setup) {
	c := delegation.Config{
		Names: []string{w.origin}, Anchors: []delegation.Anchor{{DID: alice.DID(), Unlimited: true}},
		Status: w.lists, MaxStaleness: time.Minute, Now: w.clock.Now, Ledger: delegation.NewVolatileLedger(),
		Replay: delegation.NewVolatileReplay(noon.Add(-time.Hour), 0),
	}
	o := agenthttp.GuardOptions{Signer: keeper, Now: w.clock.Now}
	for _, change := range changes {
		change(w, &c, &o)
	}
	v, err := delegation.NewVerifier(c)
	require.NoError(w.tb, err)
	g, err := agenthttp.NewGuard(v, w.origin, o)
	require.NoError(w.tb, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.verifier, w.guard = v, g
}

// echo answers what it was given.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	a := agenthttp.FromContext(r.Context())
	_ = json.NewEncoder(w).Encode(map[string]any{
		"agent": a.Agent().String(), "arguments": string(a.Request().Arguments), "body": string(body),
		"action": a.Request().Action, "headers": len(r.Header.Values("Authorization")) + len(r.Header.Values("Taper-Chain")),
	})
}

// terms are those of bob: everything below /sales, with two arguments, and uploads
// of anything.
func (w *world) terms() delegation.Terms {
	return delegation.Terms{
		Grants: []delegation.Grant{{
			Actions: []string{"http/get", "http/post", "http/head"}, Resources: []string{w.origin + "/sales/**"},
			Args: map[string]delegation.Constraint{"table": delegation.In("orders", "refunds")}, Optional: map[string]delegation.Constraint{"limit": delegation.Any()}, Closed: true,
		}, {
			Actions: []string{"http/put", "http/post", "http/get"}, Resources: []string{w.origin + "/files/**", w.origin},
		}},
		Audience: []string{w.origin}, Depth: 2,
	}
}

func entry() []vc.StatusEntry {
	return []vc.StatusEntry{{Type: "BitstringStatusListEntry", Purpose: "revocation", Index: "7", List: "https://status.example.com/1"}}
}

// holder is an agent with a root link of alice.
func (w *world) holder(principal, agent *did.Signer, terms delegation.Terms) *delegation.Holder {
	a, err := delegation.NewAuthority(terms)
	require.NoError(w.tb, err)
	c, err := delegation.Root(principal, agent.DID(), a, delegation.Issue{
		Task: delegation.Task{ID: "urn:example:task"}, ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour), Status: entry(),
	})
	require.NoError(w.tb, err)
	h, err := delegation.NewHolder(agent, c)
	require.NoError(w.tb, err)
	return h
}

// bob is always the same agent with the same chain.
func (w *world) bob() *delegation.Holder {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.holderBob == nil {
		w.holderBob = w.holder(alice, bob, w.terms())
	}
	return w.holderBob
}

// transport is bob's, over a base that a test may stand in the way of.
func (w *world) transport(h *delegation.Holder, change func(*agenthttp.TransportOptions)) *agenthttp.Transport {
	o := agenthttp.TransportOptions{
		Base: w.server.Client().Transport, Now: w.clock.Now, Verifiers: map[string]did.DID{w.origin: keeper.DID()},
	}
	if change != nil {
		change(&o)
	}
	tr, err := agenthttp.NewTransport(h, o)
	require.NoError(w.tb, err)
	return tr
}

func (w *world) client() *http.Client {
	return &http.Client{Transport: w.transport(w.bob(), nil)}
}

// do sends a request and reads its answer to the end.
func (w *world) do(c *http.Client, method, path, media, body string) (*reply, string, error) {
	r, err := http.NewRequest(method, w.origin+path, strings.NewReader(body))
	require.NoError(w.tb, err)
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	return finish(c.Do(r))
}

// reply is an answer that was read to its end.
type reply struct {
	StatusCode      int
	Proto           string
	Header, Trailer http.Header
	Receipt         *delegation.Receipt
}

func finish(resp *http.Response, err error) (*reply, string, error) {
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return &reply{resp.StatusCode, resp.Proto, resp.Header, resp.Trailer, agenthttp.ReceiptOf(resp)}, string(data), err
}

// answered asserts the status of an answer, and returns its body.
func (w *world) answered(status int) func(*reply, string, error) string {
	return func(resp *reply, body string, err error) string {
		w.tb.Helper()
		require.NoError(w.tb, err)
		require.Equal(w.tb, status, resp.StatusCode, body)
		return body
	}
}

// rule asserts that a rule refused.
func (w *world) rule(rule delegation.Rule) func(*reply, string, error) {
	return func(resp *reply, body string, err error) {
		w.tb.Helper()
		require.NoError(w.tb, err)
		require.Equal(w.tb, "application/problem+json", resp.Header.Get("Content-Type"), "%d %s", resp.StatusCode, body)
		var p struct {
			Type, Title string
			Status      int
			Refusal     struct{ Rule int }
		}
		require.NoError(w.tb, json.Unmarshal([]byte(body), &p))
		require.Equal(w.tb, int(rule), p.Refusal.Rule, body)
		require.Equal(w.tb, resp.StatusCode, p.Status)
		require.GreaterOrEqual(w.tb, p.Status, 400)
	}
}

// stranger asserts the constant answer.
func (w *world) stranger(resp *reply, body string, err error) {
	w.tb.Helper()
	require.NoError(w.tb, err)
	require.Equal(w.tb, http.StatusUnauthorized, resp.StatusCode, body)
	require.Empty(w.tb, body)
	require.Equal(w.tb, []string{"Taper"}, resp.Header.Values("WWW-Authenticate"))
	require.Empty(w.tb, resp.Header.Values("Taper-Receipt"))
}

// roundTrip is a base that a test writes.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var errNever = errors.New("was sent")

// payload returns the claims of a token.
func payload(tb testing.TB, token string) map[string]any {
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	require.NoError(tb, err)
	var p map[string]any
	require.NoError(tb, json.Unmarshal(data, &p))
	return p
}

// signed makes an invocation of any claims.
func signed(tb testing.TB, signer *did.Signer, claims map[string]any) string {
	body, err := json.Marshal(claims)
	require.NoError(tb, err)
	head, err := json.Marshal(map[string]any{"alg": signer.Key().Algorithm(), "typ": "agent-invocation+jwt", "kid": signer.Method()})
	require.NoError(tb, err)
	input := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(body)
	sig, err := signer.Sign([]byte(input))
	require.NoError(tb, err)
	return input + "." + base64.RawURLEncoding.EncodeToString(sig)
}
