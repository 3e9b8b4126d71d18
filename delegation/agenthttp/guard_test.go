package agenthttp_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
	"github.com/taperid/taper/internal/multikey"
)

// bare makes a request of an agent by hand, as a server gets it, and lets a test
// change it: the request is what the change makes of it, the signature what it was
// before.
func (w *world) bare(h *delegation.Holder, method, target, body string, header http.Header) *http.Request {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	if body == "" {
		r.Body = http.NoBody
	}
	r.RequestURI = target
	u, err := r.URL.Parse(target)
	require.NoError(w.tb, err)
	r.URL, r.Host = u, strings.TrimPrefix(w.origin, "https://")
	for name, values := range header {
		r.Header[name] = values
	}
	packed, err := h.Chain().Pack()
	require.NoError(w.tb, err)
	r.Header.Set("Taper-Chain", packed)
	r.Header.Set("Authorization", "Taper "+w.token(h, method, target, body, header))
	return r
}

// token signs a request as a Transport would.
func (w *world) token(h *delegation.Holder, method, target, body string, header http.Header) (token string) {
	o := agenthttp.TransportOptions{Now: w.clock.Now, MaxBody: 1 << 30, Base: roundTrip(func(r *http.Request) (*http.Response, error) {
		token = strings.TrimPrefix(r.Header.Get("Authorization"), "Taper ")
		return nil, errNever
	})}
	tr, err := agenthttp.NewTransport(h, o)
	require.NoError(w.tb, err)
	r, err := http.NewRequest(method, w.origin+target, strings.NewReader(body))
	require.NoError(w.tb, err)
	for name, values := range header {
		r.Header[name] = values
	}
	if _, err = tr.RoundTrip(r); token != "" { //nolint:bodyclose // there is none
		return token
	}
	require.ErrorIs(w.tb, err, delegation.ErrMalformedRequest) // so it takes an agent that does not care
	path, _, _ := strings.Cut(target, "?")
	token, err = h.Invoke(delegation.Request{
		Action: "http/" + strings.ToLower(method), Resource: w.origin + path, Audience: w.origin,
		HTTP: &delegation.HTTP{Method: method, URL: w.origin + target, Digest: multikey.Digest([]byte(body))},
	}, delegation.Invoke{Now: w.clock.Now()})
	require.NoError(w.tb, err)
	return token
}

// judge lets the guard answer a request.
func (w *world) judge(r *http.Request) (*reply, string, error) {
	rec := httptest.NewRecorder()
	w.guard.Protect(w.handler).ServeHTTP(rec, r)
	return finish(rec.Result(), nil)
}

func media(types ...string) http.Header { return http.Header{"Content-Type": types} }

// TestForm changes a good request in what costs nothing to look at. All of it gets
// the one answer, byte for byte, whoever asks.
func TestForm(t *testing.T) {
	w := newWorld(t)
	w.answered(200)(w.judge(w.bare(w.bob(), "GET", "/files/a", "", nil)))
	set := func(name string, values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = values }
	}
	chain := func(r *http.Request) string { return r.Header.Get("Taper-Chain") }
	for name, change := range map[string]func(*http.Request){
		"no Authorization": func(r *http.Request) { r.Header.Del("Authorization") },
		"two":              func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) },
		"two joined":       func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")+", Basic eDp5") },
		"another scheme": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "Taper", "Bearer", 1))
		},
		"the scheme alone": set("Authorization", "Taper "),
		"no token":         set("Authorization", "Taper x"),
		"two spaces": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), " ", "  ", 1))
		},
		"another signature":           func(r *http.Request) { r.Header.Set("Authorization", flip(r.Header.Get("Authorization"))) },
		"no chain":                    func(r *http.Request) { r.Header.Del("Taper-Chain") },
		"an empty chain":              set("Taper-Chain", ""),
		"two chains":                  func(r *http.Request) { r.Header.Add("Taper-Chain", chain(r)) },
		"two chains joined":           func(r *http.Request) { r.Header.Set("Taper-Chain", chain(r)+","+chain(r)) },
		"half a chain":                func(r *http.Request) { r.Header.Set("Taper-Chain", chain(r)[:100]) },
		"a chain as JSON":             set("Taper-Chain", string(w.bob().ChainJSON())),
		"another digest":              set("Taper-Chain", "digest="+multikey.Digest([]byte("x"))),
		"no digest":                   set("Taper-Chain", "digest="),
		"two digests":                 set("Taper-Chain", "digest="+w.bob().Chain().Digest(), "digest="+w.bob().Chain().Digest()),
		"a broken approval":           set("Taper-Approval", "a b"),
		"approvals joined":            set("Taper-Approval", "a.b.c, a.b.c"),
		"too many approvals":          set("Taper-Approval", strings.Split(strings.Repeat("a.b.c ", 65), " ")[:65]...),
		"broken evidence":             set("Taper-Evidence", ""),
		"another Host":                func(r *http.Request) { r.Host = "evil.example.com" },
		"Host in upper case":          func(r *http.Request) { r.Host = "LOCALHOST" },
		"Host with the default port":  func(r *http.Request) { r.Host += ":443" },
		"HTTP/1.0":                    func(r *http.Request) { r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.0", 1, 0 },
		"absolute form":               func(r *http.Request) { r.RequestURI = w.origin + r.RequestURI },
		"asterisk form":               func(r *http.Request) { r.RequestURI, r.URL.Path = "*", "*" },
		"CONNECT":                     func(r *http.Request) { r.Method = "CONNECT" },
		"a host in the URL":           func(r *http.Request) { r.URL.Host = r.Host },
		"rewritten path":              func(r *http.Request) { r.URL.Path = "/files/b" },
		"rewritten query":             func(r *http.Request) { r.URL.RawQuery = "a=b" },
		"method override":             set("X-Http-Method-Override", "DELETE"),
		"method override, IIS":        set("X-HTTP-Method", "DELETE"),
		"method override, underscore": set("X_HTTP_METHOD_OVERRIDE", "DELETE"),
		"method override, another":    set("X-Method-Override", "DELETE"),
		"original URL":                set("X-Original-Url", "/hr"),
		"rewrite URL":                 set("X-Rewrite-Url", "/hr"),
		"upgrade":                     set("Upgrade", "websocket"),
	} {
		t.Run(name, func(t *testing.T) {
			w.tb = t
			r := w.bare(w.bob(), "GET", "/files/a", "", nil)
			change(r)
			w.stranger(w.judge(r))
		})
	}
	require.Equal(t, uint64(1), w.guard.Counts().Permitted)
	require.Zero(t, w.guard.Counts().Refused)
}

// flip changes the signature of a token.
func flip(token string) string {
	i := strings.LastIndex(token, ".") + 10
	c := byte('A')
	if token[i] == c {
		c = 'B'
	}
	return token[:i] + string(c) + token[i+1:]
}

// Forwarding headers say nothing here: the request is what it is.
func TestForwardedHeadersAreNotRead(t *testing.T) {
	w := newWorld(t)
	r := w.bare(w.bob(), "GET", "/files/a", "", http.Header{
		"X-Forwarded-Host": {"evil.example.com"}, "Forwarded": {"host=evil.example.com;proto=http"}, "X-Forwarded-Proto": {"http"},
	})
	w.answered(200)(w.judge(r))
}

// TestStrangersGetOneAnswer compares what all kinds of strangers are told.
func TestStrangersGetOneAnswer(t *testing.T) {
	w := newWorld(t)
	w.lists.mode = 0 // nobody's status can be told, which no stranger hears of
	answers := map[string]string{}
	ask := func(name string, r *http.Request) {
		rec := httptest.NewRecorder()
		w.guard.Protect(w.handler).ServeHTTP(rec, r)
		answers[fmt.Sprint(rec.Code, rec.Header(), rec.Body.Len())] += name + ", "
	}
	ask("nothing", httptest.NewRequest("GET", "/", http.NoBody))
	stranger := w.holder(mallory, bob, w.terms())
	ask("a chain of another root", w.bare(stranger, "GET", "/files/a", "", nil))
	ask("with a wrong query", w.bare(stranger, "GET", "/files/a?a&b", "", nil))
	ask("with a huge body", w.bare(stranger, "PUT", "/files/a", strings.Repeat("x", 1<<20), nil))
	stolen := w.bare(w.bob(), "GET", "/files/a", "", nil)
	packed, err := w.bob().Chain().Pack()
	require.NoError(t, err)
	stolen.Header.Set("Authorization", "Taper "+w.token(w.holder(alice, mallory, w.terms()), "GET", "/files/a", "", nil))
	stolen.Header.Set("Taper-Chain", packed)
	ask("another's chain", stolen)
	w.clock.advance(-2 * time.Minute)
	early := w.bare(w.bob(), "GET", "/files/a", "", nil)
	w.clock.advance(2 * time.Minute)
	ask("too late", early)
	require.Len(t, answers, 1, answers)
	require.Zero(t, w.guard.Counts().Refused)
	require.Equal(t, uint64(6), w.guard.Counts().Strangers)

	// Whether a chain is kept is told to nobody but its holder.
	answers = map[string]string{}
	w.lists.mode = 1
	w.answered(200)(w.judge(w.bare(w.bob(), "GET", "/files/a", "", nil)))
	for name, h := range map[string]*delegation.Holder{"known to be kept": w.bob(), "unknown": w.holder(alice, mallory, w.terms())} {
		other := w.holder(alice, mallory, w.terms())
		tok := payload(t, w.token(other, "GET", "/files/a", "", nil))
		tok["cap"] = h.Chain().Digest()
		r := w.bare(other, "GET", "/files/a", "", nil)
		r.Header.Set("Authorization", "Taper "+signed(t, mallory, tok))
		r.Header.Set("Taper-Chain", "digest="+h.Chain().Digest())
		ask(name, r)
	}
	require.Len(t, answers, 1, answers)
	for answer := range answers {
		require.Contains(t, answer, `need="chain"`)
	}
}

// TestArguments: where the arguments come from, and what is no argument.
func TestArguments(t *testing.T) {
	w := newWorld(t)
	const ok, malformed, denied = 0, delegation.ErrMismatch, delegation.ErrNotAllowed
	form := media("application/x-www-form-urlencoded")
	for name, tt := range map[string]struct {
		method, target, body string
		header               http.Header
		rule                 delegation.Rule
	}{
		"query":                       {"GET", "/sales/a?table=orders", "", nil, ok},
		"query, escaped":              {"GET", "/sales/a?t%61ble=order%73", "", nil, ok},
		"query, a limit is a string":  {"GET", "/sales/a?table=orders&limit=1+2", "", nil, ok},
		"query, not closed":           {"GET", "/sales/a?table=orders&x=1", "", nil, denied},
		"query, missing":              {"GET", "/sales/a", "", nil, denied},
		"query, a bare mark":          {"GET", "/sales/a?", "", nil, denied},
		"query, another value":        {"GET", "/sales/a?table=people", "", nil, denied},
		"query, twice":                {"GET", "/sales/a?table=orders&table=people", "", nil, malformed},
		"query, twice, escaped":       {"GET", "/sales/a?table=orders&t%61ble=people", "", nil, malformed},
		"query, folded twice":         {"GET", "/sales/a?table=orders&Table=people", "", nil, malformed},
		"query, folded":               {"GET", "/sales/a?Table=orders", "", nil, denied},
		"query, semicolon":            {"GET", "/sales/a?table=orders;limit=1", "", nil, malformed},
		"query, bad escape":           {"GET", "/sales/a?table=orders&limit=%zz", "", nil, malformed},
		"query, cut escape":           {"GET", "/sales/a?table=orders&limit=%4", "", nil, malformed},
		"query, no UTF-8":             {"GET", "/sales/a?table=orders&limit=%ff", "", nil, malformed},
		"query, no value":             {"GET", "/sales/a?table=orders&limit", "", nil, malformed},
		"query, no name":              {"GET", "/sales/a?table=orders&=1", "", nil, malformed},
		"query, an end":               {"GET", "/sales/a?table=orders&", "", nil, malformed},
		"JSON":                        {"POST", "/sales/a", `{"table":"orders","limit":[1]}`, media(object), ok},
		"JSON, charset":               {"POST", "/sales/a", `{"table":"orders"}`, media("application/json; charset=utf-8"), ok},
		"JSON, another charset":       {"POST", "/sales/a", `{"table":"orders"}`, media("application/json; charset=utf-16"), denied},
		"JSON, another parameter":     {"POST", "/sales/a", `{"table":"orders"}`, media("application/json; a=b"), denied},
		"JSON, spaces":                {"POST", "/sales/a", " \n{\"table\":\"orders\"}", media(object), ok},
		"JSON and a query":            {"POST", "/sales/a?table=orders", `{"table":"orders"}`, media(object), malformed},
		"JSON and a bare mark":        {"POST", "/sales/a?", `{"table":"orders"}`, media(object), malformed},
		"JSON, twice":                 {"POST", "/sales/a", `{"table":"orders","table":"people"}`, media(object), malformed},
		"JSON, broken":                {"POST", "/sales/a", `{"table":"orders"`, media(object), malformed},
		"JSON, more":                  {"POST", "/sales/a", `{"table":"orders"}{}`, media(object), malformed},
		"JSON, an array":              {"POST", "/sales/a", `[1]`, media(object), denied},
		"JSON, an array of files":     {"POST", "/files/a", `[1]`, media(object), ok},
		"JSON, no type":               {"POST", "/sales/a", `{"table":"orders"}`, nil, denied},
		"JSON, text":                  {"POST", "/sales/a", `{"table":"orders"}`, media("text/plain"), denied},
		"JSON, two types":             {"POST", "/sales/a", `{"table":"orders"}`, media(object, object), denied},
		"JSON, two types joined":      {"POST", "/sales/a", `{"table":"orders"}`, media("application/json, text/plain"), denied},
		"JSON, coded":                 {"POST", "/sales/a", `{"table":"orders"}`, http.Header{"Content-Type": {object}, "Content-Encoding": {"identity"}}, denied},
		"JSON, coded files":           {"POST", "/files/a", `{"table":"orders"}`, http.Header{"Content-Type": {object}, "Content-Encoding": {"gzip"}}, ok},
		"JSON of a GET":               {"GET", "/sales/a", `{"table":"orders"}`, media(object), ok},
		"form":                        {"POST", "/sales/a", `table=orders`, form, denied},
		"form of files":               {"POST", "/files/a", `table=orders`, form, ok},
		"form and a query":            {"POST", "/files/a?a=b", `table=orders`, form, malformed},
		"query of files":              {"GET", "/files/a?a=b", "", nil, ok},
		"a path in no normal form":    {"GET", "/files/%61", "", nil, denied},
		"a path with dots":            {"GET", "/files/x/..%2fhr", "", nil, denied},
		"a path with two slashes":     {"GET", "/files//a", "", nil, denied},
		"a method that is not GET":    {"get", "/files/a", "", nil, malformed}, // a handler would take it for no GET
		"a method that is half a GET": {"Get", "/files/a", "", nil, malformed},
	} {
		t.Run(name, func(t *testing.T) {
			w.tb = t
			r := w.bare(w.bob(), tt.method, tt.target, tt.body, tt.header)
			if tt.rule == ok {
				w.answered(200)(w.judge(r))
				return
			}
			w.rule(tt.rule)(w.judge(r))
		})
	}
}

// TestBoundToTheRequest signs one request and sends another.
func TestBoundToTheRequest(t *testing.T) {
	w := newWorld(t)
	for name, change := range map[string]func(r *http.Request){
		"method": func(r *http.Request) { r.Method = "PUT" },
		"path":   func(r *http.Request) { r.RequestURI, r.URL.Path = "/files/b", "/files/b" },
		"query":  func(r *http.Request) { r.RequestURI, r.URL.RawQuery = "/files/a?a=b", "a=b" },
		"mark":   func(r *http.Request) { r.RequestURI = "/files/a?" },
		"body":   func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("other")) },
		"cut":    func(r *http.Request) { r.Body = http.NoBody },
		"longer": func(r *http.Request) { r.Body = io.NopCloser(io.MultiReader(r.Body, strings.NewReader("x"))) },
	} {
		t.Run(name, func(t *testing.T) {
			w.tb = t
			r := w.bare(w.bob(), "POST", "/files/a", "body", nil)
			change(r)
			w.rule(delegation.ErrMismatch)(w.judge(r))
		})
	}
}

func TestBodyLimit(t *testing.T) {
	w := newWorld(t, func(_ *world, _ *delegation.Config, o *agenthttp.GuardOptions) { o.MaxBody = 10 })
	w.answered(200)(w.judge(w.bare(w.bob(), "PUT", "/files/a", "0123456789", nil)))
	for _, length := range []int64{11, -1} {
		r := w.bare(w.bob(), "PUT", "/files/a", "0123456789a", nil)
		r.ContentLength = length
		resp, body, err := w.judge(r)
		w.rule(delegation.ErrMismatch)(resp, body, err)
		require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
	}
	r := w.bare(w.bob(), "PUT", "/files/a", "x", nil)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader("x"), broken{}))
	w.stranger(w.judge(r))
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Trailers make a body one that is no arguments, and no handler sees them.
func TestTrailers(t *testing.T) {
	w := newWorld(t)
	trailed := func(target string) *http.Request {
		r := w.bare(w.bob(), "POST", target, `{"table":"orders"}`, nil)
		r.Header.Set("Content-Type", object)
		r.ContentLength, r.Trailer = -1, http.Header{"X-Table": nil}
		return r
	}
	w.rule(delegation.ErrNotAllowed)(w.judge(trailed("/sales/a")))
	var got *http.Request
	w.handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r })
	w.answered(200)(w.judge(trailed("/files/a")))
	require.Empty(t, got.Trailer)
	require.Equal(t, int64(18), got.ContentLength)
}

func TestRouteOfTheServer(t *testing.T) {
	w := newWorld(t, func(w *world, _ *delegation.Config, o *agenthttp.GuardOptions) {
		o.Route = func(_, path string) (string, string, error) {
			if path != "/files/a" {
				return "", "", fmt.Errorf("no such tool")
			}
			return "http/put", w.origin + "/files/tool", nil
		}
	})
	w.rule(delegation.ErrMismatch)(w.judge(w.bare(w.bob(), "PUT", "/files/a", "", nil))) // the agent means another
	w.rule(delegation.ErrMismatch)(w.judge(w.bare(w.bob(), "PUT", "/files/b", "", nil)))
	c := &http.Client{Transport: w.transport(w.bob(), func(o *agenthttp.TransportOptions) {
		o.Route = func(string, string) (string, string, error) { return "http/put", w.origin + "/files/tool", nil }
	})}
	body := w.answered(200)(w.do(c, "GET", "/files/a", "", ""))
	require.Contains(t, body, `"action":"http/put"`)
}

func TestBudget(t *testing.T) {
	w := newWorld(t, func(_ *world, _ *delegation.Config, o *agenthttp.GuardOptions) {
		o.Cost = func(r *http.Request, req delegation.Request) (map[string]int64, error) {
			if r.Header.Get("X-No-Price") != "" {
				return nil, fmt.Errorf("no price of %s", req.Action)
			}
			return map[string]int64{"B": 10}, nil
		}
	})
	terms := w.terms()
	terms.Limits = map[string]delegation.Limit{"bytes": {Unit: "B", Max: 30}}
	h := w.holder(alice, bob, terms)
	c := &http.Client{Transport: w.transport(h, nil)}
	w.handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/files/nothing":
			agenthttp.NothingDone(r.Context())
		case "/files/panic":
			panic(http.ErrAbortHandler)
		}
	})
	left := func(path string) int64 {
		resp, body, err := w.do(c, "GET", path, "", "")
		w.answered(200)(resp, body, err)
		receipt := resp.Receipt
		require.NotNil(t, receipt)
		if receipt.Left == nil {
			return -1
		}
		return receipt.Left["bytes"]
	}
	require.Equal(t, int64(20), left("/files/a"))
	require.Equal(t, int64(-1), left("/files/nothing"))
	_, _, err := w.do(c, "GET", "/files/panic", "", "")
	require.Error(t, err)
	require.Equal(t, int64(0), left("/files/a")) // what panicked was spent, what did nothing was not
	resp, body, err := w.do(c, "GET", "/files/a", "", "")
	w.rule(delegation.ErrBudget)(resp, body, err)
	require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
	r := w.bare(w.bob(), "GET", "/files/a", "", http.Header{"X-No-Price": {"x"}})
	w.rule(delegation.ErrMismatch)(w.judge(r))
	agenthttp.NothingDone(context.Background()) // outside of a guard it says nothing
	require.Nil(t, agenthttp.FromContext(context.Background()))
}

// A verifier may have many names: a chain that is for one of them is not for the
// others.
func TestAudience(t *testing.T) {
	const name = "did:web:db.example.com"
	w := newWorld(t, func(_ *world, c *delegation.Config, _ *agenthttp.GuardOptions) {
		c.Names = append(c.Names, name, "https://other.example.com")
	})
	for audience, ok := range map[string]bool{w.origin: true, name: false, "https://other.example.com": false} {
		terms := w.terms()
		terms.Audience = []string{audience}
		c := &http.Client{Transport: w.transport(w.holder(alice, bob, terms), func(o *agenthttp.TransportOptions) {
			o.Origins, o.Audiences = []string{w.origin}, map[string]string{w.origin: audience}
		})}
		if ok {
			w.answered(200)(w.do(c, "GET", "/files/a", "", ""))
			continue
		}
		w.rule(delegation.ErrInvocation)(w.do(c, "GET", "/files/a", "", ""))
	}
	w.renew(func(_ *world, c *delegation.Config, o *agenthttp.GuardOptions) {
		c.Names, o.Audience = []string{name}, name
	})
	terms := w.terms()
	terms.Audience = []string{name}
	c := &http.Client{Transport: w.transport(w.holder(alice, bob, terms), func(o *agenthttp.TransportOptions) {
		o.Origins, o.Audiences = []string{w.origin}, map[string]string{w.origin: name}
	})}
	w.answered(200)(w.do(c, "GET", "/files/a", "", ""))
	_, err := agenthttp.NewGuard(w.verifier, w.origin, agenthttp.GuardOptions{})
	require.Error(t, err) // which would refuse everybody
}

// What was read of a form before the guard is not what it judged.
func TestFormsReadBefore(t *testing.T) {
	w := newWorld(t)
	r := w.bare(w.bob(), "GET", "/files/a", "", nil)
	r.Form, r.PostForm = url.Values{"a": {"b"}}, url.Values{"a": {"b"}}
	w.handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		require.Empty(t, r.FormValue("a"))
	})
	w.answered(200)(w.judge(r))
}

func TestNewGuardRefuses(t *testing.T) {
	w := newWorld(t)
	_, err := agenthttp.NewGuard(nil, w.origin, agenthttp.GuardOptions{})
	require.Error(t, err)
	for _, origin := range []string{"", "http://a.example.com", "https://a.example.com/", "https://a.example.com/x", "did:web:a.example.com", "https://A.example.com", "https://**"} {
		_, err := agenthttp.NewGuard(w.verifier, origin, agenthttp.GuardOptions{})
		require.Error(t, err, origin)
	}
}

// FuzzGuard: whatever comes in is answered, and nothing that was not signed is
// permitted.
func FuzzGuard(f *testing.F) {
	w := newWorld(f)
	good := w.bare(w.bob(), "POST", "/sales/a", `{"table":"orders"}`, media(object))
	f.Add("POST", "/sales/a", good.Header.Get("Authorization"), good.Header.Get("Taper-Chain"), []byte(`{"table":"orders"}`))
	f.Fuzz(func(t *testing.T, method, target, authorization, chain string, body []byte) {
		r, err := http.NewRequest("GET", "/", bytes.NewReader(body))
		require.NoError(t, err)
		u, err := r.URL.Parse(target)
		if err != nil {
			return
		}
		r.Method, r.RequestURI, r.URL, r.Host = method, target, u, good.Host
		r.Header = http.Header{"Authorization": {authorization}, "Taper-Chain": {chain}, "Content-Type": {object}}
		rec := httptest.NewRecorder()
		w.guard.Protect(w.handler).ServeHTTP(rec, r)
		if rec.Code == 200 {
			require.Equal(t, good.Header.Get("Authorization"), authorization)
			require.Equal(t, []string{"POST", "/sales/a"}, []string{method, target})
		}
	})
}
