package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/taperid/taper/vc"
	"github.com/taperid/taper/vc/sdjwt"
)

// isSelective reports whether a document is an SD-JWT: a JWS, and disclosures with a
// tilde after each.
func isSelective(data []byte) bool {
	return len(data) > 0 && data[0] != '{' && bytes.IndexByte(data, '~') >= 0
}

// judgeSelective accepts an SD-JWT that verifies, with whatever its holder shows. As
// a credential it needs no proof by the holder; as a presentation it does, for the
// challenge and the domain that are stated.
func judgeSelective(data []byte, opts vc.VerifyOptions, proofOnly bool) *result {
	v := &selectiveView{data: data, now: opts.Now}
	var r *result
	if proofOnly {
		proof, err := sdjwt.VerifyProof(context.Background(), data, opts)
		if r = accepted(err); err == nil {
			r.add("format", string(proof.Format))
			r.add("issuer", proof.Signer.String())
		}
	} else {
		r = v.judge(sdjwt.VerifyOptions{VerifyOptions: opts, AnyType: true, Unbound: true})
	}
	r.view = v
	return r
}

func presentSelective(data []byte, opts vc.PresentationOptions) *result {
	v := &selectiveView{data: data, now: opts.Now}
	r := v.judge(sdjwt.VerifyOptions{
		VerifyOptions: opts.VerifyOptions, AnyType: true, Nonce: opts.Challenge, Audience: opts.Domain,
		Unbound: opts.Challenge == "" && opts.Domain == "", MaxAge: longest * time.Second,
	})
	r.view = v
	if v.verified != nil {
		r.more = nil
		if holder := v.verified.Holder().DID(); !holder.IsZero() {
			r.add("holder", holder.String())
		}
	}
	return r
}

// selectiveView shows an SD-JWT.
type selectiveView struct {
	data     []byte
	now      time.Time
	verified *sdjwt.Verified // nil where it was refused, or the proof alone was asked about
}

func (v *selectiveView) judge(opts sdjwt.VerifyOptions) *result {
	verified, err := sdjwt.Verify(context.Background(), v.data, opts)
	r := accepted(err)
	if err != nil {
		return r
	}
	v.verified = verified
	r.add("issuer", verified.Issuer().String())
	r.add("format", string(verified.Proof().Format))
	r.add("digest", verified.Digest())
	if s := v.subject(); s != "" {
		r.add("subject", s)
	}
	return r
}

func (v *selectiveView) subject() string {
	if c, ok := v.verified.Credential(); ok {
		return c.Subject[0].ID
	}
	claims, _ := splitObject(v.verified.Claims())
	return stringOf(claims, "sub")
}

func (v *selectiveView) draw(p *paper) {
	if v.verified == nil {
		p.says(readSays(v.data), v.now)
		return
	}
	p.row("type", "%s", v.verified.Type())
	p.row("issuer", "%s", v.verified.Issuer())
	p.row("subject", "%s", v.subject())
	p.row("holder", "%s", v.verified.Holder().DID())
	p.row("secured", "%s by %s", v.verified.Proof().Format, v.verified.Proof().Method)
	if paths, err := sdjwt.Paths(string(v.data)); err == nil {
		p.row("shows", "%s", strings.Join(paths, ", "))
	}
	var claims bytes.Buffer
	if json.Compact(&claims, v.verified.Claims()) == nil {
		p.row("claims", "%s", claims.String())
	}
}
