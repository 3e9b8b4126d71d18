package sdjwt

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/strictjson"
)

// Binding is for whom a holder makes a presentation.
type Binding struct {
	Audience string    // the verifier
	Nonce    string    // of the verifier, for this one presentation
	IssuedAt time.Time // zero: the present
}

// bindingKind is the key binding JWT (RFC 9901 section 4.3). Its key is that of
// the credential's cnf, so it needs no kid.
var bindingKind = jose.Kind{Typ: "kb+jwt", OptionalKid: true}

const maxBinding = 8 << 10

// sign appends the key binding JWT to an SD-JWT that has none.
func (b *Binding) sign(text string, holder *did.Signer) (string, error) {
	if b.Audience == "" || b.Nonce == "" {
		return "", fmt.Errorf("%w: a presentation without audience and nonce can be replayed", ErrBinding)
	}
	at := b.IssuedAt
	if at.IsZero() {
		at = time.Now()
	}
	payload, err := json.Marshal(struct {
		IssuedAt int64  `json:"iat"`
		Audience string `json:"aud"`
		Nonce    string `json:"nonce"`
		Hash     string `json:"sd_hash"`
	}{at.Unix(), b.Audience, b.Nonce, digestOf(text)})
	if err != nil {
		return "", err
	}
	kb, err := jose.Sign(jose.Header{Alg: holder.Key().Algorithm(), Typ: bindingKind.Typ}, payload, holder.Sign)
	return text + kb, err
}

// bound is what a key binding JWT says.
type bound struct {
	aud, nonce, hash string
	iat              time.Time
}

// readBinding reads a key binding JWT and checks that key signed it over this
// very presentation.
func readBinding(t *token, key did.Key) (*bound, error) {
	jws, err := jose.Parse(t.binding, maxBinding, bindingKind)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBinding, err)
	}
	b := new(bound)
	if err := strictjson.Read(jws.Payload, maxBinding, func(r *strictjson.Reader) error { return r.Object(b.member(r)) }); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBinding, err)
	}
	switch {
	case jws.Header.Kid != "" && jws.Header.Kid != key.Method():
		return nil, fmt.Errorf("%w: kid %.120q, want that of cnf or none", ErrBinding, jws.Header.Kid)
	case b.aud == "" || b.nonce == "" || b.iat.IsZero():
		return nil, fmt.Errorf("%w: want iat, aud, nonce and sd_hash", ErrBinding)
	case b.hash != digestOf(t.signed()):
		return nil, fmt.Errorf("%w: sd_hash is that of another selection", ErrBinding)
	}
	if err := key.Verify(jws.Header.Alg, jws.Input, jws.Signature); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBinding, err)
	}
	return b, nil
}

// member reads the four claims there are; any other is not understood.
func (b *bound) member(r *strictjson.Reader) func(string) error {
	return func(name string) (err error) {
		switch name {
		case "iat":
			b.iat, err = readTime(r)
		case "aud":
			b.aud, err = r.String()
		case "nonce":
			b.nonce, err = r.String()
		case "sd_hash":
			b.hash, err = r.String()
		default:
			err = fmt.Errorf("%w: claim %.40q", ErrBinding, name)
		}
		return err
	}
}

// check judges for whom and when the presentation was made.
func (b *bound) check(o *VerifyOptions, now time.Time) error {
	switch {
	case o.Audience != "" && b.aud != o.Audience:
		return fmt.Errorf("%w: for audience %.120q", ErrBinding, b.aud)
	case o.Nonce != "" && b.nonce != o.Nonce:
		return fmt.Errorf("%w: for nonce %.80q", ErrBinding, b.nonce)
	case o.IgnoreTime:
		return nil
	case b.iat.After(now.Add(o.Skew)):
		return fmt.Errorf("%w: iat is in the future", ErrBinding)
	case now.Add(-o.Skew).Sub(b.iat) > o.maxAge():
		return fmt.Errorf("%w: made %s ago, at most %s", ErrBinding, now.Sub(b.iat), o.maxAge())
	}
	return nil
}
