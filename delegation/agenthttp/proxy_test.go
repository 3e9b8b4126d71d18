package agenthttp_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
)

// proxied is a client whose requests and answers somebody changes on the way.
func (w *world) proxied(request func(*http.Request) []*http.Request, response func(*http.Response)) *http.Client {
	base := w.server.Client().Transport
	return &http.Client{Transport: w.transport(w.bob(), func(o *agenthttp.TransportOptions) {
		o.Base = roundTrip(func(r *http.Request) (resp *http.Response, err error) {
			sent := []*http.Request{r}
			if request != nil {
				sent = request(r)
			}
			for _, r := range sent { // the last answer is the one that comes back
				if resp, err = base.RoundTrip(r); err != nil {
					return nil, err
				}
			}
			if response != nil {
				response(resp)
			}
			return resp, nil
		})
	})}
}

// one is what a proxy sends that changes a request.
func one(change func(*http.Request)) func(*http.Request) []*http.Request {
	return func(r *http.Request) []*http.Request {
		r = r.Clone(r.Context())
		change(r)
		return []*http.Request{r}
	}
}

func TestProxyChangesRequests(t *testing.T) {
	w := newWorld(t)
	const refused = delegation.ErrMismatch
	for name, tt := range map[string]struct {
		change func(*http.Request)
		rule   delegation.Rule // 0: the constant answer
	}{
		"strips the chain":         {func(r *http.Request) { r.Header.Del("Taper-Chain") }, 0},
		"strips the invocation":    {func(r *http.Request) { r.Header.Del("Authorization") }, 0},
		"duplicates the chain":     {func(r *http.Request) { r.Header.Add("Taper-Chain", r.Header.Get("Taper-Chain")) }, 0},
		"duplicates the token":     {func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }, 0},
		"joins them":               {func(r *http.Request) { r.Header["Authorization"][0] += ", " + r.Header["Authorization"][0] }, 0},
		"alters the token":         {func(r *http.Request) { r.Header["Authorization"][0] = flip(r.Header["Authorization"][0]) }, 0},
		"alters the chain":         {func(r *http.Request) { c := r.Header["Taper-Chain"]; c[0] = c[0][:200] + "A" + c[0][201:] }, 0},
		"adds an override":         {func(r *http.Request) { r.Header.Set("X-HTTP-Method-Override", "DELETE") }, 0},
		"alters Host":              {func(r *http.Request) { r.Host = "evil.example.com" }, 0},
		"adds a broken approval":   {func(r *http.Request) { r.Header.Set("Taper-Approval", "x,y") }, 0},
		"alters the method":        {func(r *http.Request) { r.Method = "PATCH" }, refused},
		"alters the path":          {func(r *http.Request) { r.URL.Path = "/files/b" }, refused},
		"adds a query":             {func(r *http.Request) { r.URL.RawQuery = "a=b" }, refused},
		"alters the body":          {func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"a":2}`)) }, refused},
		"drops the body":           {func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 }, refused},
		"alters the type":          {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, refused},
		"adds an approval of none": {func(r *http.Request) { r.Header.Set("Taper-Approval", "x.y.z") }, delegation.ErrRequires},
	} {
		t.Run(name, func(t *testing.T) {
			w.tb = t
			resp, body, err := w.do(w.proxied(one(tt.change), nil), "PUT", "/files/a", object, `{"a":1}`)
			if tt.rule == 0 {
				w.stranger(resp, body, err)
				return
			}
			w.rule(tt.rule)(resp, body, err)
		})
	}
	require.Zero(t, w.guard.Counts().Permitted)

	// What changes nothing that is judged passes: a body in pieces, other headers.
	w.answered(200)(w.do(w.proxied(one(func(r *http.Request) { r.ContentLength = -1 }), nil), "PUT", "/files/a", object, `{"a":1}`))
	w.answered(200)(w.do(w.proxied(one(func(r *http.Request) {
		r.Header.Set("X-Forwarded-For", "192.0.2.1")
		r.Header.Set("Via", "1.1 proxy")
	}), nil), "PUT", "/files/a", object, `{"a":1}`))
}

func TestProxyReplays(t *testing.T) {
	w := newWorld(t)
	done := 0
	w.handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { done++ })
	twice := func(r *http.Request) []*http.Request {
		body, _ := io.ReadAll(r.Body)
		var out []*http.Request
		for range 2 {
			c := r.Clone(r.Context())
			c.Body = io.NopCloser(bytes.NewReader(body))
			out = append(out, c)
		}
		return out
	}
	w.rule(delegation.ErrInvocation)(w.do(w.proxied(twice, nil), "PUT", "/files/a", "text/plain", "x"))
	require.Equal(t, 1, done)
}

// A proxy that sends requests in another order, with one another's chain or token.
func TestProxyReorders(t *testing.T) {
	w := newWorld(t)
	var held []*http.Request
	hold := func(r *http.Request) []*http.Request {
		held = append(held, r.Clone(r.Context()))
		if len(held) < 3 {
			return []*http.Request{r.Clone(r.Context())}
		}
		return []*http.Request{held[2], held[1]} // the second once more, and in the third's place
	}
	c := w.proxied(hold, nil)
	w.answered(200)(w.do(c, "GET", "/files/1", "", ""))
	w.answered(200)(w.do(c, "GET", "/files/2", "", ""))
	w.rule(delegation.ErrInvocation)(w.do(c, "GET", "/files/3", "", ""))
	require.Equal(t, uint64(3), w.guard.Counts().Permitted)

	swapped := one(func(r *http.Request) { r.Header.Set("Authorization", held[0].Header.Get("Authorization")) })
	w.rule(delegation.ErrInvocation)(w.do(w.proxied(swapped, nil), "GET", "/files/4", "", ""))
}

func TestProxyChangesAnswers(t *testing.T) {
	w := newWorld(t)
	other := newWorld(t)
	_, _, err := w.do(w.client(), "GET", "/files/a", "", "")
	require.NoError(t, err)
	stolen, _, err := other.do(other.client(), "GET", "/files/a", "", "")
	require.NoError(t, err)
	for name, change := range map[string]func(*http.Response){
		"the body":            func(r *http.Response) { r.Body = io.NopCloser(strings.NewReader("other")) },
		"the end of the body": func(r *http.Response) { r.Body = io.NopCloser(io.LimitReader(r.Body, 10)) },
		"no receipt":          func(r *http.Response) { r.Header.Del("Taper-Receipt") },
		"two receipts":        func(r *http.Response) { r.Header.Add("Taper-Receipt", r.Header.Get("Taper-Receipt")) },
		"another receipt":     func(r *http.Response) { r.Header["Taper-Receipt"] = stolen.Header["Taper-Receipt"] },
		"no token":            func(r *http.Response) { r.Header.Set("Taper-Receipt", "x") },
	} {
		t.Run(name, func(t *testing.T) {
			w.tb = t
			resp, _, err := w.do(w.proxied(nil, change), "GET", "/files/a", "", "")
			require.ErrorIs(t, err, agenthttp.ErrReceipt)
			require.True(t, resp == nil || resp.Receipt == nil)
		})
	}
	t.Run("a refusal into a success", func(t *testing.T) {
		_, _, err := w.do(w.proxied(nil, func(r *http.Response) { r.StatusCode = 200 }), "GET", "/hr", "", "")
		require.ErrorIs(t, err, agenthttp.ErrReceipt)
	})
}

// raw sends bytes over a connection of HTTP/1 and returns the status line.
func (w *world) raw(request string) string {
	roots := w.server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	conn, err := tls.Dial("tcp", strings.TrimPrefix(w.origin, "https://"), &tls.Config{RootCAs: roots, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
	require.NoError(w.tb, err)
	defer conn.Close()
	_, err = io.WriteString(conn, request)
	require.NoError(w.tb, err)
	buf := make([]byte, 4096)
	n, err := conn.Read(buf)
	require.NoError(w.tb, err)
	line, _, _ := strings.Cut(string(buf[:n]), "\r\n")
	return line
}

// TestRawHTTP speaks HTTP/1 by hand, as no client library would.
func TestRawHTTP(t *testing.T) {
	w := newWorld(t)
	host := strings.TrimPrefix(w.origin, "https://")
	send := func(method, target, line, body string, headers ...string) string {
		r := w.bare(w.bob(), method, target, body, nil)
		text := line + "\r\nHost: " + host + "\r\nAuthorization: " + r.Header.Get("Authorization") + "\r\nTaper-Chain: " + r.Header.Get("Taper-Chain") +
			"\r\nConnection: close\r\n" + strings.Join(append(headers, ""), "\r\n") + "\r\n"
		return w.raw(text)
	}
	require.Contains(t, send("GET", "/files/a", "GET /files/a HTTP/1.1", ""), " 200 ")
	require.Contains(t, send("GET", "/files/a", "GET /files/a HTTP/1.0", ""), " 401 ")
	require.Contains(t, send("GET", "/files/a", "GET "+w.origin+"/files/a HTTP/1.1", ""), " 401 ")
	require.Contains(t, send("GET", "/files/a", "GET /files/a HTTP/1.1", "", "taper-chain: x"), " 401 ")
	require.Contains(t, send("GET", "/files/a", "GET /files/a HTTP/1.1", "", "authorization: Basic x"), " 401 ")
	require.Contains(t, send("GET", "/files/a", "GET /files/a HTTP/1.1", "", "Host: evil.example.com"), " 400 ")
	require.Contains(t, send("GET", "/files/a", "GET /files/a#b HTTP/1.1", ""), " 401 ")

	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n", 7, `{"a":1}`)
	r := w.bare(w.bob(), "PUT", "/files/a", `{"a":1}`, nil)
	head := "PUT /files/a HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nAuthorization: "
	require.Contains(t, w.raw(head+r.Header.Get("Authorization")+"\r\nTaper-Chain: "+r.Header.Get("Taper-Chain")+"\r\n\r\n"+chunked+"\r\n"), " 200 ")
	// A trailer that looks like a header that was judged is no header.
	r = w.bare(w.bob(), "PUT", "/files/a", `{"a":1}`, nil)
	require.Contains(t, w.raw(head+r.Header.Get("Authorization")+"\r\nTrailer: Taper-Chain\r\n\r\n"+chunked+"Taper-Chain: "+r.Header.Get("Taper-Chain")+"\r\n\r\n"), " 401 ")
}
