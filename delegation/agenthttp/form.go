package agenthttp

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/taperid/taper/delegation"
)

// errForm is why a request is not looked at any further. Nobody is told more.
var errForm = errors.New("agenthttp: malformed")

// overriding are headers, in lower case, by which a request says that it is
// another one than its request line says. A handler that believes one of them
// would run what nobody judged.
var overriding = []string{
	"x-http-method-override", "x-http-method", "x-method-override", "x-http-path-override", "x-http-destinationurl",
	"x-original-url", "x-original-uri", "x-original-method", "x-original-path", "x-override-url", "x-rewrite-url",
	"x-rewrite-uri", "x-forwarded-method", "x-forwarded-uri", "x-forwarded-path", "x-envoy-original-path",
	"x-envoy-original-method", "x-proxy-url", "upgrade", "http2-settings",
}

// admitted is what the headers of a request carry.
type admitted struct {
	token  string
	chain  []byte // nil where it is named by digest
	digest string
	shown  delegation.Shown
}

// admit checks the form of a request, and what it says of where it goes: all that
// costs nothing.
func (g *Guard) admit(r *http.Request) (*admitted, error) {
	if !r.ProtoAtLeast(1, 1) || r.Host != g.host || !g.isTarget(r) || overrides(r.Header) {
		return nil, errForm
	}
	a := new(admitted)
	credentials, ok := sole(r.Header, headerAuthorization)
	if !ok {
		return nil, errForm
	}
	if a.token, ok = strings.CutPrefix(credentials, scheme+" "); !ok || !isValue(a.token) {
		return nil, errForm
	}
	chain, ok := sole(r.Header, headerChain)
	if !ok || !isValue(chain) {
		return nil, errForm
	}
	if a.digest, ok = strings.CutPrefix(chain, digestPrefix); !ok {
		a.chain = []byte(chain)
	}
	if a.shown.Approvals, ok = several(r.Header, headerApproval); !ok {
		return nil, errForm
	}
	if a.shown.Evidence, ok = several(r.Header, headerEvidence); !ok {
		return nil, errForm
	}
	return a, nil
}

// isTarget reports whether the request line names a path of this server, and the
// request still says so: nothing before this middleware rewrote it.
func (g *Guard) isTarget(r *http.Request) bool {
	if r.Method == http.MethodConnect || r.Method == "" || !strings.HasPrefix(r.RequestURI, "/") || r.URL.Host != "" {
		return false
	}
	path, query, _ := strings.Cut(r.RequestURI, "?")
	return r.URL.EscapedPath() == path && r.URL.RawQuery == query && r.URL.Fragment == ""
}

// overrides reports whether a header says that the request is another one. Names
// are compared as gateways compare them that do not tell _ from -.
func overrides(h http.Header) bool {
	for name := range h {
		if slices.Contains(overriding, strings.ReplaceAll(strings.ToLower(name), "_", "-")) {
			return true
		}
	}
	return false
}

// sole returns the value of a header that is there once.
func sole(h http.Header, name string) (string, bool) {
	values := h[http.CanonicalHeaderKey(name)]
	if len(values) != 1 {
		return "", false
	}
	return values[0], true
}

// several returns the values of a header that may be repeated.
func several(h http.Header, name string) ([]string, bool) {
	values := h[http.CanonicalHeaderKey(name)]
	if len(values) > maxShown {
		return nil, false
	}
	for _, v := range values {
		if !isValue(v) {
			return nil, false
		}
	}
	return slices.Clone(values), true
}

// isValue refuses what is empty, and what may be two values that were joined. What
// a value is, is for whoever reads it to say.
func isValue(s string) bool { return s != "" && !strings.ContainsAny(s, ",; \t\"") }
