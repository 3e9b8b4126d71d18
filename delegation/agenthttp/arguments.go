package agenthttp

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

var (
	errTooLarge   = errors.New("the body is too large")
	errTwoSources = errors.New("arguments in the query beside a body")
	errQuery      = errors.New("malformed query")
	errMethod     = errors.New("a method that is not in capitals, which is another one to some servers and the same to others")
)

// facts are what both sides know of a request.
type facts struct {
	method, origin string
	target         string // path and query, as in the request line
	header         http.Header
	body           []byte
	trailers       bool
}

// request makes the request that is judged. What cannot be read in one way alone
// is in it as Unreadable.
func (f *facts) request(route Route) delegation.Request {
	path, query, asked := strings.Cut(f.target, "?")
	req := delegation.Request{HTTP: &delegation.HTTP{
		Method: f.method, URL: f.origin + f.target, Digest: multikey.Digest(f.body),
	}}
	if f.method != strings.ToUpper(f.method) {
		// A get would be an http/get to a Route, and anything but a GET to a handler.
		req.Unreadable = errMethod
		return req
	}
	var err error
	if req.Action, req.Resource, err = route(f.method, path); err != nil {
		req.Unreadable = err
		return req
	}
	switch {
	case len(f.body) == 0 && query != "":
		req.Arguments, req.Unreadable = readQuery(query)
	case len(f.body) == 0:
	case asked:
		req.Unreadable = errTwoSources
	case f.isObject():
		req.Arguments = f.body
	default:
		req.OpaqueBody = true
	}
	return req
}

// isObject reports whether the body is to be read as a JSON object. Whether it is
// one in strict JSON is for the verifier to say.
func (f *facts) isObject() bool {
	types := f.header.Values("Content-Type")
	if len(types) != 1 || f.trailers || len(f.header.Values("Content-Encoding")) > 0 {
		return false
	}
	media, params, err := mime.ParseMediaType(types[0])
	if err != nil || media != "application/json" {
		return false
	}
	for name, value := range params {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			return false
		}
	}
	return strings.HasPrefix(strings.TrimLeft(string(f.body), " \t\r\n"), "{")
}

// readQuery reads name=value pairs between ampersands as an object of strings. A
// plus is a space, as all who read forms have it.
func readQuery(query string) ([]byte, error) {
	object := []byte{'{'}
	seen := make(map[string]bool)
	for pair := range strings.SplitSeq(query, "&") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%w: %.60q is not name=value", errQuery, pair)
		}
		name, err := unescape(name)
		if err != nil {
			return nil, err
		}
		if value, err = unescape(value); err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, fmt.Errorf("%w: %.60q is there twice", errQuery, name)
		}
		seen[name] = true
		if len(object) > 1 {
			object = append(object, ',')
		}
		object = append(strictjson.AppendString(object, name), ':')
		object = strictjson.AppendString(object, value)
	}
	return append(object, '}'), nil
}

// unescape reads a name or a value of a query.
func unescape(s string) (string, error) {
	if !strings.ContainsAny(s, "%+;") && utf8.ValidString(s) {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ';':
			return "", fmt.Errorf("%w: a semicolon", errQuery)
		case c == '+':
			b = append(b, ' ')
		case c != '%':
			b = append(b, c)
		case i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0:
			return "", fmt.Errorf("%w: an escape that is none in %.60q", errQuery, s)
		default:
			b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		}
	}
	if !utf8.Valid(b) {
		return "", fmt.Errorf("%w: %.60q is not UTF-8", errQuery, s)
	}
	return string(b), nil
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
