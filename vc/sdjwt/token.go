package sdjwt

import (
	"errors"
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// The tokens that an issuer signs. The W3C's vc+sd-jwt was the typ of SD-JWT VC
// too before that became dc+sd-jwt: the payload says which one it is.
var credentialKinds = []jose.Kind{
	{Typ: "dc+sd-jwt"},
	{Typ: "vc+sd-jwt", Cty: "vc", Iss: true},
}

// token is an SD-JWT whose form was checked and whose signature was not.
type token struct {
	text        string // all of it
	jws         *jose.Token
	disclosures []*disclosure
	binding     string // the key binding JWT, or empty
}

// parse reads an SD-JWT of at most max bytes (RFC 9901 section 4).
func parse(text string, max int, kinds ...jose.Kind) (*token, error) {
	if len(text) > max {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", vc.ErrSize, len(text), max)
	}
	if n := strings.Count(text, "~"); n == 0 || n > MaxDisclosures+1 {
		return nil, fmt.Errorf("%w: %d tildes, want 1 to %d", ErrForm, n, MaxDisclosures+1)
	}
	parts := strings.Split(text, "~")
	last := len(parts) - 1
	t := &token{text: text, binding: parts[last]}
	var err error
	if t.jws, err = jose.Parse(parts[0], max, kinds...); err != nil {
		return nil, joseError(err)
	}
	t.disclosures, err = parseDisclosures(parts[1:last])
	return t, err
}

// signed is what a key binding JWT is over: all before it.
func (t *token) signed() string { return t.text[:len(t.text)-len(t.binding)] }

// joseError gives errors of the JOSE reader a sentinel.
func joseError(err error) error {
	if errors.Is(err, jose.ErrTyp) {
		return fmt.Errorf("%w: %w", vc.ErrTyp, err)
	}
	return fmt.Errorf("%w: %w", ErrForm, err)
}

// jsonError gives errors of the JSON reader a sentinel, unless a rule of this
// package or of vc was at fault.
func jsonError(err error) error {
	for _, e := range []error{strictjson.ErrSyntax, strictjson.ErrDepth, strictjson.ErrShape} {
		if errors.Is(err, e) {
			return fmt.Errorf("%w: %w", ErrForm, err)
		}
	}
	return err
}
