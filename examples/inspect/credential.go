package main

import (
	"context"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// verifyOptions reads what credential and presentation have in common.
func verifyOptions(f *fields) (opts vc.VerifyOptions, proofOnly bool) {
	opts = vc.VerifyOptions{Now: f.at(), Skew: f.skew()}
	issuers, stated := f.dids("issuers")
	switch {
	case !stated:
		opts.AnyIssuer = true
	case len(issuers) == 0:
		opts.Issuers = []did.DID{{}} // a list of nobody trusts nobody
	default:
		opts.Issuers = issuers
	}
	opts.Contexts = f.contexts("contexts")
	staleness := f.maxStaleness()
	if l := f.lists("lists"); l != nil {
		opts.Status = newChecker(f, l, staleness)
	} else {
		opts.IgnoreStatus = true
	}
	return opts, f.bool("proofOnly")
}

// judgeCredential accepts a credential that verifies.
func judgeCredential(f *fields) *result {
	subject := f.required("credential")
	opts, proofOnly := verifyOptions(f)
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	data := content(subject)
	if isSelective(data) {
		return judgeSelective(data, opts, proofOnly)
	}
	v := &credentialView{data: data, now: opts.Now, looked: opts.Status != nil}
	var r *result
	if proofOnly {
		v.proof, r = verifyProof(data, opts)
	} else {
		v.verified, r = verifyCredential(data, opts)
	}
	r.view = v
	return r
}

func verifyCredential(data []byte, opts vc.VerifyOptions) (*vc.Verified, *result) {
	v, err := vc.Verify(context.Background(), data, opts)
	r := accepted(err)
	if err != nil {
		return nil, r
	}
	return v, describe(r, v)
}

// describe adds what a verified credential is.
func describe(r *result, v *vc.Verified) *result {
	r.add("issuer", v.Issuer().String())
	if id := v.Credential().Subject[0].ID; id != "" {
		r.add("subject", id)
	}
	r.add("format", string(v.Proof().Format))
	r.add("digest", v.Digest())
	return r
}

// verifyProof judges the proof alone. Who the credential says that its issuer is
// was signed, and is nobody's word that the key may speak for it.
func verifyProof(data []byte, opts vc.VerifyOptions) (*vc.Proof, *result) {
	proof, err := vc.VerifyProof(context.Background(), data, opts)
	r := accepted(err)
	if err != nil {
		return nil, r
	}
	opts.AnyIssuer, opts.IgnoreTime, opts.IgnoreStatus, opts.Status = true, true, true, nil
	if v, err := vc.Verify(context.Background(), data, opts); err == nil { // it is the issuer's all the same
		return proof, describe(r, v)
	}
	said := readSays(data)
	for name, text := range map[string]string{
		"issuer": said.issuer, "subject": said.subject, "format": string(proof.Format), "digest": said.digest,
	} {
		if text != "" {
			r.add(name, text)
		}
	}
	return proof, r
}

// judgePresentation accepts a presentation that verifies, with every credential in
// it. A challenge or domain that is not stated is not asked for.
func judgePresentation(f *fields) *result {
	subject := f.required("presentation")
	opts := vc.PresentationOptions{Challenge: f.text("challenge"), Domain: f.text("domain")}
	opts.Unbound = opts.Challenge == "" || opts.Domain == ""
	var proofOnly bool
	opts.VerifyOptions, proofOnly = verifyOptions(f)
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	data := content(subject)
	if isSelective(data) && !proofOnly {
		return presentSelective(data, opts)
	}
	v := &presentationView{data: data, now: opts.Now}
	var holder did.DID
	var err error
	if proofOnly {
		holder, err = presentationProof(data, opts.VerifyOptions)
	} else if v.verified, err = vc.VerifyPresentation(context.Background(), data, opts); err == nil {
		holder = v.verified.Holder()
	}
	r := accepted(err)
	r.view = v
	if !holder.IsZero() {
		r.add("holder", holder.String())
	}
	return r
}

func presentationProof(data []byte, opts vc.VerifyOptions) (did.DID, error) {
	proof, err := vc.VerifyPresentationProof(context.Background(), data, opts)
	if err != nil {
		return did.DID{}, err
	}
	return proof.Signer, nil
}

// memberOf returns the value of a member, nil where there is none.
func memberOf(members []member, name string) raw {
	for _, m := range members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// newChecker returns a status checker over lists that were handed over.
func newChecker(f *fields, source revocation.Source, staleness time.Duration) *revocation.Checker {
	c, err := revocation.NewChecker(source, revocation.Policy{MaxStaleness: staleness})
	if err != nil {
		f.fail("lists: %v", err)
	}
	return c
}
