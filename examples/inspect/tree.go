package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// chainView draws a chain as the tree of delegation that it is, with the place that
// refused.
type chainView struct {
	c        *chainCase
	verified *delegation.VerifiedChain // nil where it was refused
	err      error
}

// drawn is a link as far as it can be read.
type drawn struct {
	raw  raw
	link *delegation.Link // nil where it is none
	err  error            // why not
}

// mostDrawn is how many links of a longer chain are drawn.
const mostDrawn = delegation.MaxLinks

func (v *chainView) draw(p *paper) {
	links, more := v.links()
	if len(links) == 0 {
		return
	}
	var refusal *delegation.Refusal
	if !errors.As(v.err, &refusal) {
		refusal = &delegation.Refusal{Link: -1}
	}
	if root := links[0].link; root != nil {
		p.line("  ", "", "%s  root, %s", root.Issuer, v.trust(root.Issuer))
	}
	for i, l := range links {
		branch := "  " + strings.Repeat("   ", i)
		mark := ""
		if i == refusal.Link {
			mark = "  <=== REFUSED by rule " + ruleText(refusal.Rule)
		}
		if l.link == nil {
			p.line(branch, "\u2514\u2500 ", "link %d cannot be read%s", i, mark)
			v.unreadable(p, branch, l)
			continue
		}
		p.line(branch, "\u2514\u2500 ", "link %d %s%s", i, l.link.Holder, mark)
		for _, d := range v.describe(i, l.link, links[0].link) {
			p.line(branch, "   ", "%-8s  %s", d[0], d[1])
		}
	}
	if more > 0 {
		p.printf("  ... and %d more links\n", more)
	}
	v.invoked(p, "  "+strings.Repeat("   ", len(links)), refusal)
	v.allowed(p)
}

// invoked draws the invocation below the leaf.
func (v *chainView) invoked(p *paper, branch string, refusal *delegation.Refusal) {
	if v.c.invocation == nil {
		return
	}
	mark := ""
	if refusal.Rule >= delegation.ErrInvocation && refusal.Link < 0 {
		mark = "  <=== REFUSED by rule " + ruleText(refusal.Rule)
	}
	token, _ := text(v.c.invocation)
	inv, err := delegation.ParseInvocation(token)
	if err != nil {
		p.line(branch, "\u2514\u2500 ", "no invocation that can be read%s", mark)
		return
	}
	p.line(branch, "\u2514\u2500 ", "invocation of %s on %s%s", inv.Action, inv.Resource, mark)
	p.line(branch, "   ", "%-8s  %s", "agent", inv.Agent)
	p.line(branch, "   ", "%-8s  %s", "for", inv.Audience)
	p.line(branch, "   ", "%-8s  %s to %s, %s", "time", stamp(inv.IssuedAt), stamp(inv.ExpiresAt), span(v.c.at, inv.IssuedAt, inv.ExpiresAt))
}

// unreadable shows why a link cannot be read, and what it says of itself.
func (v *chainView) unreadable(p *paper, branch string, l drawn) {
	var r *delegation.Refusal
	if errors.As(l.err, &r) && r.Err != nil {
		p.line(branch, "   ", "%-8s  %s", "because", plain(r.Err.Error()))
	}
	if s := readSays(content(l.raw)); s.issuer != "" || s.subject != "" {
		p.line(branch, "   ", "%-8s  issued by %s to %s", "says", s.issuer, s.subject)
	}
}

// line writes a line of the tree.
func (p *paper) line(indent, branch, format string, args ...any) {
	p.printf("%s%s%s\n", indent, branch, safe(fmt.Sprintf(format, args...)))
}

// links reads the links one by one where they are no chain.
func (v *chainView) links() (out []drawn, more int) {
	if chain, err := delegation.ParseChain(v.c.chain); err == nil {
		links := chain.Links()
		for i := range links {
			out = append(out, drawn{link: &links[i]})
		}
		return out, 0
	}
	elements, _ := splitArray(v.c.chain)
	for i, e := range elements {
		if i == mostDrawn {
			return out, len(elements) - i
		}
		one, err := delegation.ParseChain(slices.Concat(raw("["), e, raw("]")))
		d := drawn{raw: e, err: err}
		if err == nil {
			d.link = &one.Links()[0]
		}
		out = append(out, d)
	}
	return out, 0
}

func (v *chainView) trust(root did.DID) string {
	for _, a := range v.c.anchors {
		switch {
		case a.DID != root:
		case !a.NotAfter.IsZero() && !v.c.at.Before(a.NotAfter):
			return "trusted until " + stamp(a.NotAfter)
		case a.Unlimited:
			return "trusted with everything"
		default:
			return "trusted within its ceiling"
		}
	}
	return "NOT TRUSTED: -root names those who are"
}

// describe says what a link is, as pairs of a label and a text.
func (v *chainView) describe(i int, l, root *delegation.Link) (out [][2]string) {
	add := func(label, format string, args ...any) {
		out = append(out, [2]string{label, fmt.Sprintf(format, args...)})
	}
	task := l.Task.ID
	if l.Task.Purpose != "" {
		task += ", " + l.Task.Purpose
	}
	if l.Task.Step != "" {
		task += ", step " + l.Task.Step
	}
	add("task", "%s", task)
	if a := l.Agent; a != (delegation.Agent{}) {
		add("agent", "%s", strings.TrimSpace(a.Kind+" "+a.Instance+" "+a.Manifest))
	}
	for _, line := range authorityLines(l.Authority) {
		add(line[0], "%s", line[1])
	}
	add("time", "%s to %s, %s", stamp(l.ValidFrom), stamp(l.ValidUntil), span(v.c.at, l.ValidFrom, l.ValidUntil))
	add("status", "%s", v.status(i, l, root))
	return out
}

// status says the mode of a link, and of which lists.
func (v *chainView) status(i int, l, root *delegation.Link) string {
	if len(l.Status) == 0 && i == 0 {
		return "none: NO LIST CAN REVOKE IT"
	}
	if len(l.Status) == 0 {
		return "none of its own: it falls with those above"
	}
	var entries []string
	for _, e := range l.Status {
		entries = append(entries, fmt.Sprintf("%s #%s of %s", e.Purpose, e.Index, e.List))
	}
	of := " (" + strings.Join(entries, ", ") + ")"
	if v.verified != nil {
		return strings.ToUpper(v.verified.Modes()[i].String()) + of
	}
	if root == nil {
		return "not looked at" + of
	}
	if v.c.signersOf(root.Issuer) == nil {
		return "not looked at: nobody may sign its lists while the root is not trusted" + of
	}
	switch mode, err := v.c.modeOf(l, root.Issuer); {
	case err != nil:
		return "UNKNOWN, " + codeOf(err) + of
	case mode == vc.Normal:
		return "NORMAL" + of
	default:
		return strings.ToUpper(mode.String()) + of
	}
}

// allowed says what the chain allows, where a mode narrows it.
func (v *chainView) allowed(p *paper) {
	if v.verified == nil {
		return
	}
	if v.c.invocation == nil {
		p.WriteString("\n  The chain holds. It authorises nothing by itself: that takes an invocation.\n")
	} else {
		p.WriteString("\n  The invocation is allowed.\n")
	}
	if v.verified.Mode() != vc.Guarded {
		return
	}
	if effective := v.verified.Effective(); effective.IsZero() {
		p.row("now", "GUARDED: nothing is left")
	} else {
		p.row("now", "GUARDED, which leaves:")
		authorityView{effective}.draw(p)
	}
}

// authorityView shows an authority.
type authorityView struct{ a delegation.Authority }

func (v authorityView) draw(p *paper) {
	for _, line := range authorityLines(v.a) {
		p.row(line[0], "%s", line[1])
	}
}

// authorityLines says what an authority allows, as pairs of a label and a text.
func authorityLines(a delegation.Authority) (out [][2]string) {
	add := func(label, format string, args ...any) {
		out = append(out, [2]string{label, fmt.Sprintf(format, args...)})
	}
	t := a.Terms()
	for i, g := range t.Grants {
		if i == 8 {
			add("", "and %d more grants", len(t.Grants)-i)
			break
		}
		add("may", "%s", grantLine(g))
	}
	add("for", "%s", some(t.Audience))
	switch t.Depth {
	case 0:
		add("depth", "no further links")
	case 1:
		add("depth", "1 further link")
	default:
		add("depth", "%d further links", t.Depth)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Limits)) {
		add("limit", "%s", limitLine(name, t.Limits[name]))
	}
	if r := t.Requires; r != nil {
		if len(r.Attestation) > 0 {
			add("requires", "attestation of %s", some(r.Attestation))
		}
		for _, rule := range r.Approval {
			add("requires", "approval of %s by %d of %s", some(rule.Actions), rule.Min, some(rule.By))
		}
	}
	if g := t.Guarded; g == nil {
		add("guarded", "leaves nothing")
	} else {
		add("guarded", "leaves %s on %s", either(some(g.Actions), "its actions"), either(some(g.Resources), "its resources"))
	}
	if t.MaxStatusAge > 0 {
		add("lists", "at most %d s old", t.MaxStatusAge)
	}
	return out
}

func grantLine(g delegation.Grant) string {
	s := some(g.Actions) + " on " + some(g.Resources)
	if len(g.Except) > 0 {
		s += " but not " + some(g.Except)
	}
	if len(g.Args) > 0 {
		s += ", with " + some(slices.Sorted(maps.Keys(g.Args)))
	}
	if len(g.Optional) > 0 {
		s += ", perhaps " + some(slices.Sorted(maps.Keys(g.Optional)))
	}
	if g.Closed {
		s += ", and no other arguments"
	}
	return s
}

func limitLine(name string, l delegation.Limit) string {
	s := fmt.Sprintf("%s: %d %s", name, l.Max, l.Unit)
	if l.Per > 0 {
		s += fmt.Sprintf(" in %d s", l.Per)
	}
	if l.Split != "" {
		s += ", split over the " + l.Split
	}
	return s
}

// some writes a list, and of a long one its beginning.
func some(list []string) string {
	const most = 6
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}
