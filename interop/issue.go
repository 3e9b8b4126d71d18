package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

// The credentials hold from long ago to far ahead, so that the clock does not
// matter. The keys are for this alone.
var (
	from    = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	until   = time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)
	expired = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
)

const (
	subject   = "did:example:carol"
	challenge = "c0ffee-1b6e-4c1e-9a51"
	domain    = "https://verifier.example.org"
	vct       = "https://example.org/vct/task"
)

var keyTypes = []did.KeyType{did.Ed25519, did.P256, did.P384, did.P521, did.Secp256k1}

// signer is always the same one for a key type and a name.
func signer(t did.KeyType, name string) *did.Signer {
	sizes := map[did.KeyType]int{did.Ed25519: 32, did.P256: 32, did.P384: 48, did.P521: 66, did.Secp256k1: 32}
	sum := sha256.Sum256([]byte("taper interop " + name))
	seed := make([]byte, sizes[t])
	copy(seed[1:], sum[:]) // the first byte is 0: below every group order
	s, err := did.NewSignerFromSeed(t, seed)
	if err != nil {
		panic(err)
	}
	return s
}

// row is a way of securing credentials.
type row struct {
	format vc.Format
	keys   []did.KeyType
	v1     bool
}

var rows = []row{
	{vc.JWT, keyTypes, false},
	{vc.JWTv1, keyTypes, true},
	{vc.EdDSAJCS, keyTypes[:1], false},
	{vc.EdDSARDFC, keyTypes[:1], false},
	{vc.ECDSAJCS, keyTypes[1:3], false},
	{vc.ECDSARDFC, keyTypes[1:3], false},
	{vc.Ed25519Signature2020, keyTypes[:1], true},
}

// issue makes everything that the peers are to verify.
func issue() ([]example, error) {
	var out []example
	for _, r := range rows {
		for _, k := range r.keys {
			examples, err := issueRow(r, k)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", r.format, k, err)
			}
			out = append(out, examples...)
		}
	}
	for _, k := range keyTypes {
		examples, err := issueSDJWT(k)
		if err != nil {
			return nil, fmt.Errorf("SD-JWT, %s: %w", k, err)
		}
		out = append(out, examples...)
	}
	for _, r := range []struct {
		format revocation.Format
		proof  vc.Format
	}{{revocation.Bitstring, vc.EdDSARDFC}, {revocation.StatusList2021, vc.Ed25519Signature2020}} {
		examples, err := issueStatus(r.format, r.proof)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.format, err)
		}
		out = append(out, examples...)
	}
	return out, nil
}

func credential(r row, end time.Time) vc.Credential {
	c := vc.Credential{
		ID: "urn:uuid:3978344f-8596-4c3a-a978-8fcaba3903c5", ValidFrom: from, ValidUntil: end,
		Subject: []vc.Subject{{Claims: json.RawMessage(`{"id":"` + subject + `","name":"Carol"}`)}},
	}
	if r.v1 {
		c.Context = []string{vc.ContextV1}
		c.Subject = []vc.Subject{{Claims: json.RawMessage(`{"id":"` + subject + `"}`)}}
	}
	if r.format == vc.Ed25519Signature2020 {
		c.Context = append(c.Context, "https://w3id.org/security/suites/ed25519-2020/v1")
	}
	return c
}

// issueRow makes a credential and a presentation of one format by one key, and
// altered copies of them.
func issueRow(r row, k did.KeyType) ([]example, error) {
	s, opts := signer(k, "issuer"), vc.SignOptions{Format: r.format}
	if r.format != vc.JWT && r.format != vc.JWTv1 {
		opts.Created = from
	}
	good, err := vc.Sign(credential(r, until), s, opts)
	if err != nil {
		return nil, err
	}
	old, err := vc.Sign(credential(r, expired), s, opts)
	if err != nil {
		return nil, err
	}
	base := example{
		Maker: "taper", Kind: "credential", Format: string(r.format), Key: string(k), Issuer: s.DID().String(), JWK: jwk(s.Key()),
	}
	var out []example
	add := func(e example, altered, body string) {
		e.Altered, e.Body = altered, body
		e.Name = e.Kind + " " + e.Format + " " + e.Key + " " + altered
		out = append(out, e)
	}
	add(base, "", good)
	add(base, "expired", old)
	for what, body := range alter(good, s, signer(k, "mallory")) {
		add(base, what, body)
	}
	if r.v1 && r.format != vc.Ed25519Signature2020 {
		return out, nil // a vp claim is not issued
	}
	holder := signer(k, "holder")
	p := vc.Presentation{Credentials: []string{good}, Challenge: challenge, Domain: domain, IssuedAt: from}
	if r.format == vc.JWT {
		p.ExpiresAt = until
	} else {
		p.Format = r.format
	}
	shown, err := vc.SignPresentation(p, holder)
	if err != nil {
		return nil, err
	}
	base.Kind, base.Challenge, base.Domain, base.JWK = "presentation", challenge, domain, jwk(holder.Key())
	if r.format == vc.JWT {
		base.Format = "vp+jwt"
	}
	add(base, "", shown)
	for what, body := range alterPresentation(shown) {
		add(base, what, body)
	}
	other := base
	other.Challenge = "another"
	add(other, "challenge", shown)
	other = base
	other.Domain = "https://another.example.org"
	add(other, "domain", shown)
	return out, nil
}

// issueSDJWT makes a presentation of an SD-JWT VC by one key type.
func issueSDJWT(k did.KeyType) ([]example, error) {
	s, holder := signer(k, "issuer"), signer(k, "holder")
	claims := func(end time.Time) []byte {
		return fmt.Appendf(nil, `{"vct":%q,"iat":%d,"nbf":%d,"exp":%d,"name":"Carol","budget":{"usd":10},"scopes":["a","b"]}`,
			vct, from.Unix(), from.Unix(), end.Unix())
	}
	show := func(end time.Time) (string, error) {
		c, err := sdjwt.Issue(claims(end), s, sdjwt.IssueOptions{
			Disclosable: []string{"/name", "/budget", "/budget/usd", "/scopes/1"}, Holder: holder.Key(), Decoys: 2,
		})
		if err != nil {
			return "", err
		}
		return sdjwt.Present(c, []string{"/name", "/budget/usd"}, holder, sdjwt.Binding{Audience: domain, Nonce: challenge})
	}
	good, err := show(until)
	if err != nil {
		return nil, err
	}
	old, err := show(expired)
	if err != nil {
		return nil, err
	}
	base := example{
		Maker: "taper", Kind: "presentation", Format: string(sdjwt.VC), Key: string(k), Issuer: s.DID().String(),
		JWK: jwk(s.Key()), Challenge: challenge, Domain: domain,
	}
	var out []example
	add := func(e example, altered, body string) {
		e.Altered, e.Body, e.Name = altered, body, "sdjwt "+e.Key+" "+altered
		out = append(out, e)
	}
	add(base, "", good)
	add(base, "expired", old)
	for what, body := range alterSDJWT(good, s, signer(k, "mallory")) {
		add(base, what, body)
	}
	other := base
	other.Challenge = "another"
	add(other, "challenge", good)
	other = base
	other.Domain = "https://another.example.org"
	add(other, "domain", good)
	return out, nil
}

// jwk writes a key for the libraries that read no did:key, and nothing for a curve
// that the standard library cannot write.
func jwk(k did.Key) json.RawMessage {
	enc := base64.RawURLEncoding.EncodeToString
	switch pub := k.Public().(type) {
	case ed25519.PublicKey:
		return json.RawMessage(`{"kty":"OKP","crv":"Ed25519","x":"` + enc(pub) + `"}`)
	case *ecdsa.PublicKey:
		point, err := pub.Bytes()
		if err != nil {
			return nil
		}
		n := len(point) / 2
		return json.RawMessage(fmt.Sprintf(`{"kty":"EC","crv":%q,"x":%q,"y":%q}`, string(k.Type()), enc(point[1:1+n]), enc(point[1+n:])))
	}
	return nil
}
