package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// credentialView shows a credential: what was verified, or what it says of itself.
type credentialView struct {
	data     []byte
	now      time.Time
	looked   bool         // at the status
	verified *vc.Verified // nil where it was refused
	proof    *vc.Proof    // where the proof alone was asked about
}

func (v *credentialView) draw(p *paper) {
	s := readSays(v.data)
	if v.verified == nil && v.proof == nil {
		p.says(s, v.now)
		return
	}
	p.content(s, v.now)
	proof := v.proof
	if v.verified != nil {
		made := v.verified.Proof()
		proof = &made
		p.row("status", "%s", v.status(s))
	}
	p.row("secured", "%s, %s by %s", proof.Format, proof.Key.Algorithm(), proof.Method)
	p.row("digest", "%s", s.digest)
	if v.verified != nil {
		p.list(v.data, v.verified, v.now)
	} else {
		p.row("note", "the proof alone was asked about: nobody said that the key may speak for the issuer")
	}
}

func (v *credentialView) status(s says) string {
	switch {
	case len(s.lists) == 0:
		return "it has none"
	case !v.looked:
		return "NOT LOOKED AT (-lists): " + strings.Join(s.lists, ", ")
	}
	answer := v.verified.Status()
	return fmt.Sprintf("%s, as of %s: %s", answer.Mode, stamp(answer.AsOf), strings.Join(s.lists, ", "))
}

// says shows what a refused document says of itself.
func (p *paper) says(s says, now time.Time) {
	if len(s.types) == 0 && s.issuer == "" && s.kid == "" {
		return
	}
	p.WriteString("  It says of itself, and nobody vouches for it:\n")
	p.content(s, now)
	p.row("status", "%s", strings.Join(s.lists, ", "))
	if s.kid != "" || s.alg != "" {
		p.row("header", "typ %s, alg %s, kid %s", s.typ, s.alg, s.kid)
	}
}

func (p *paper) content(s says, now time.Time) {
	p.row("type", "%s", strings.Join(s.types, ", "))
	p.row("id", "%s", s.id)
	p.row("issuer", "%s", s.issuer)
	p.row("holder", "%s", s.holder)
	p.row("subject", "%s", s.subject)
	from, err1 := parseTime(s.from)
	until, err2 := parseTime(s.until)
	switch {
	case err1 != nil && s.from != "", err2 != nil && s.until != "":
		p.row("valid", "%s to %s", s.from, s.until)
	case s.until != "" && s.from == "":
		p.row("valid", "until %s, %s", s.until, span(now, from, until))
	case s.until != "":
		p.row("valid", "%s to %s, %s", s.from, s.until, span(now, from, until))
	case s.from != "":
		p.row("valid", "from %s on, %s", s.from, span(now, from, until))
	}
}

// list shows what a status list credential lists.
func (p *paper) list(data []byte, v *vc.Verified, now time.Time) {
	c := v.Credential()
	if !c.HasType("StatusList2021Credential") && !c.HasType("BitstringStatusListCredential") {
		return
	}
	l, err := revocation.VerifyList(context.Background(), data, []did.DID{v.Issuer()}, nil)
	if err != nil {
		p.row("list", "UNUSABLE: %s", plain(err.Error()))
		return
	}
	p.row("list", "%s, %s", l.URL(), listLine(l, now))
}

func listLine(l *revocation.List, now time.Time) string {
	set, bits := 0, l.Bits()
	for i := range uint64(bits.Len()) {
		if value, err := bits.At(i); err == nil && value != 0 {
			set++
		}
	}
	return fmt.Sprintf("%s of %d entries, %d set, published %s ago", l.Format(), bits.Len(), set, short(now.Sub(l.ValidFrom())))
}

// presentationView shows a presentation and what is in it.
type presentationView struct {
	data     []byte
	now      time.Time
	verified *vc.VerifiedPresentation
}

func (v *presentationView) draw(p *paper) {
	s := readSays(v.data)
	if v.verified == nil {
		p.says(s, v.now)
		return
	}
	p.row("holder", "%s", v.verified.Holder())
	p.row("digest", "%s", v.verified.Digest())
	for i, c := range v.verified.Credentials() {
		held := c.Credential()
		p.row(fmt.Sprintf("holds %d", i), "%s by %s, %s", strings.Join(held.Type, ", "), c.Issuer(), span(v.now, held.ValidFrom, held.ValidUntil))
	}
}

// checkpointView shows a checkpoint.
type checkpointView struct{ c *audit.Checkpoint }

func (v checkpointView) draw(p *paper) {
	root := v.c.Root()
	p.row("origin", "%s", v.c.Origin())
	p.row("size", "%d entries", v.c.Size())
	p.row("root", "%s", base64.StdEncoding.EncodeToString(root[:]))
}

// entryView shows an audit entry.
type entryView struct{ signed *audit.Signed }

func (v entryView) draw(p *paper) {
	e := v.signed.Entry()
	p.row("entry", "%s, number %d of %s", e.Type, e.Seq, e.Agent)
	p.row("role", "%s", e.Role)
	p.row("time", "%s, as the writer claims", stamp(e.Time))
	p.row("task", "%s", e.Task)
	p.row("action", "%s", e.Action)
	if e.Decision != nil {
		p.row("decision", "%s%s", e.Decision.Effect, byRule(e.Decision))
	}
	p.row("outcome", "%s", e.Outcome)
	p.row("leaf hash", "%s", v.signed.Hash())
}

func byRule(d *audit.Decision) string {
	s := ""
	if d.Rule != 0 {
		s = fmt.Sprintf(" by rule %d", d.Rule)
	}
	if d.Link != nil {
		s += fmt.Sprintf(" at link %d", *d.Link)
	}
	return s
}

// judgeInvocation shows an invocation, which nobody can judge without its chain.
func judgeInvocation(f *fields) *result {
	token, _ := text(f.required("invocation"))
	inv, err := delegation.ParseInvocation(token)
	if err != nil {
		return accepted(err)
	}
	r := noCase("alone", errors.New("inspect: an invocation is judged with its chain and the request: put them into one object {chain, invocation, request}"))
	r.view = invocationView{inv}
	return r
}

type invocationView struct{ inv delegation.Invocation }

func (v invocationView) draw(p *paper) {
	p.WriteString("  It says of itself, and nobody vouches for it:\n")
	p.row("agent", "%s", v.inv.Agent)
	p.row("for", "%s", v.inv.Audience)
	p.row("action", "%s on %s", v.inv.Action, v.inv.Resource)
	p.row("under", "%s", v.inv.Leaf)
	p.row("time", "%s to %s", stamp(v.inv.IssuedAt), stamp(v.inv.ExpiresAt))
	p.row("id", "%s", v.inv.ID)
}

// judgeApproval shows an approval, which nobody can judge without the invocation that
// it is for.
func judgeApproval(f *fields) *result {
	token, _ := text(f.required("approval"))
	a, err := delegation.ParseApproval(token)
	if err != nil {
		return accepted(err)
	}
	r := noCase("alone", errors.New("inspect: an approval is judged with the chain, the invocation and the request: put them into one object {chain, invocation, request, approvals}"))
	r.view = approvalView{a}
	return r
}

type approvalView struct{ a delegation.Approval }

func (v approvalView) draw(p *paper) {
	p.WriteString("  It says of itself, and nobody vouches for it:\n")
	p.row("approver", "%s", v.a.Approver)
	p.row("agent", "%s", v.a.Agent)
	p.row("for", "%s", v.a.Audience)
	p.row("action", "%s on %s", v.a.Action, v.a.Resource)
	for _, unit := range slices.Sorted(maps.Keys(v.a.Amounts)) {
		p.row("cost", "at most %d %s", v.a.Amounts[unit], unit)
	}
	p.row("of", "invocation %s under %s", v.a.Invocation, v.a.Leaf)
	p.row("time", "%s to %s", stamp(v.a.IssuedAt), stamp(v.a.ExpiresAt))
}

// judgeDocument accepts a DID document that is well formed. Whose it is, a resolver
// says.
func judgeDocument(f *fields) *result {
	doc, err := did.ParseDocument(f.required("document"))
	r := accepted(err)
	if err == nil {
		r.view = didView{doc}
	}
	return r
}

// judgeBundle accepts a bundle whose lists are each signed by their issuer, who is
// one of the roots where some are stated.
func (o *options) judgeBundle(f *fields) *result {
	lists, err := readBundle(f.required("bundle"))
	if err != nil {
		return accepted(err)
	}
	b, err := revocation.ReadBundle(strings.NewReader(string(encoded(lists))))
	if err != nil {
		return accepted(err)
	}
	v := &bundleView{now: o.now()}
	for url, list := range b.All() {
		signer, _ := did.Parse(readSays(list).issuer)
		l, err := revocation.VerifyList(context.Background(), list, []did.DID{signer}, nil)
		if err == nil && l.URL() != url {
			err = fmt.Errorf("%w: it is at %.120q and says %.120q", revocation.ErrURL, url, l.URL())
		}
		if err != nil {
			r := accepted(placed(url, err))
			r.view = v
			return r
		}
		v.lists = append(v.lists, l)
	}
	r := accepted(nil)
	r.view = v
	return r
}

type bundleView struct {
	now   time.Time
	lists []*revocation.List
}

func (v *bundleView) draw(p *paper) {
	for _, l := range v.lists {
		p.row("list", "%s, by %s: %s", l.URL(), l.Signer(), listLine(l, v.now))
	}
}
