package delegation

import (
	"errors"
	"slices"
	"strconv"
)

// Cut is something that a wish asked for and Narrow did not give.
type Cut struct {
	Dimension Dimension
	// Wanted is what the wish has and Got what is left of it, for people.
	Wanted, Got string
}

// errWork stops a meet of two authorities that are huge and all but equal.
var errWork = errors.New("the meet has more grants than can be compared")

// maxWork bounds the comparisons of patterns for one meet.
const maxWork = 1 << 24

// Narrow returns the meet of parent and wish, what both allow exactly, and what it
// cut to get there (docs/spec.md section 4.2.5). Covers(parent, result) is nil.
//
// A member of wish that is zero means as the parent's, except that Depth is then 0,
// Guarded is then absent, and a limit comes without its split; approval rules of
// both are kept. It is an error, and the Authority is zero, where the parent's
// depth is 0, nothing is left of the grants, the audience or the attestation, a
// limit has another unit or per than the parent's (all of these wrap ErrWidened),
// where wish is malformed, or where the meet is beyond a cap of the language.
func Narrow(parent Authority, wish Terms) (Authority, []Cut, error) {
	p := parent.rules
	if p == nil {
		return Authority{}, nil, widened(dimActions, "a wish", "nothing", "the parent is the zero authority")
	}
	d := wish.draft()
	w, err := d.compile(p)
	if err != nil {
		return Authority{}, nil, malformedAuthority(placed("wish", err))
	}
	if p.depth == 0 {
		return Authority{}, nil, p.refuseDepth(w, 1)
	}
	if w.inherit(p); wish.Requires == nil && p.refuseChild(w, 1) == nil {
		return Authority{w}, nil, nil // the meet with what it lies inside is itself
	}
	if w, err = d.compile(p); err != nil {
		return Authority{}, nil, malformedAuthority(placed("wish", err))
	}
	n := narrowing{parent: p, wish: w, all: wish.Grants == nil}
	if err := n.run(); err != nil {
		return Authority{}, nil, err
	}
	a, err := NewAuthority(Authority{&n.meet}.Terms())
	if err == nil {
		err = Covers(parent, a)
	}
	if err != nil {
		return Authority{}, nil, err
	}
	return a, n.cuts, nil
}

// inherit takes from the parent what a wish leaves out, but for its grants and its
// audience, which it has already.
func (a *authority) inherit(parent *authority) {
	if a.limits == nil {
		a.limits = slices.Clone(parent.limits)
		for i := range a.limits {
			a.limits[i].Split = ""
		}
	}
	if a.requires.attestation == nil && a.requires.approval == nil {
		a.requires = parent.requires
	}
	if a.maxStatusAge == 0 {
		a.maxStatusAge = parent.maxStatusAge
	}
}

// narrowing is a meet as it grows.
type narrowing struct {
	parent, wish *authority
	all          bool // the wish states no grants: all of the parent's
	meet         authority
	cuts         []Cut
	work         int
}

func (n *narrowing) run() error {
	n.meet.depth = min(n.wish.depth, n.parent.depth-1)
	n.meet.guarded = n.wish.guarded
	for _, step := range []func() error{n.grants, n.audience, n.limits, n.requires} {
		if err := step(); err != nil {
			return err
		}
	}
	n.statusAge()
	if n.wish.depth > n.meet.depth {
		n.cut(dimDepth, strconv.FormatInt(n.wish.depth, 10), strconv.FormatInt(n.meet.depth, 10))
	}
	return nil
}

// cut notes a cut, once.
func (n *narrowing) cut(d Dimension, wanted, got string) {
	if c := (Cut{d, wanted, got}); !slices.Contains(n.cuts, c) {
		n.cuts = append(n.cuts, c)
	}
}

// spend counts k comparisons.
func (n *narrowing) spend(k int) error {
	if n.work += k; n.work > maxWork {
		return malformedAuthority(errWork)
	}
	return nil
}

func (n *narrowing) grants() error {
	if n.all {
		n.meet.grants = n.parent.grants
		return nil
	}
	for i := range n.wish.grants {
		w := &n.wish.grants[i]
		for j := range n.parent.grants {
			p := &n.parent.grants[j]
			if err := n.spend(3 * p.cost(w)); err != nil {
				return err
			}
			if m, ok := p.meet(w); ok {
				if err := n.keep(m); err != nil {
					return err
				}
			}
		}
		if err := n.cutGrant(w); err != nil {
			return err
		}
	}
	if n.meet.grants == nil {
		return n.parent.refuseGrant(&n.wish.grants[0])
	}
	return nil
}

// keep adds m to the meet, where no grant of it lies inside another.
func (n *narrowing) keep(m grant) error {
	kept := n.meet.grants[:0]
	for i := range n.meet.grants {
		g := &n.meet.grants[i]
		if err := n.spend(g.cost(&m)); err != nil {
			return err
		}
		if g.covers(&m) == passed {
			return nil // then none before it lay inside m
		}
		if m.covers(g) != passed {
			kept = append(kept, *g)
		}
	}
	kept = append(kept, m)
	n.meet.grants = kept
	return nil
}

func (n *narrowing) audience() error {
	n.meet.audience = n.parent.audience.meet(&n.wish.audience)
	if n.meet.audience.names == nil {
		return n.parent.refuseRest(n.wish, 0)
	}
	for _, name := range n.wish.audience.names {
		if name != "**" && !n.parent.audience.has(name) {
			n.cut(dimAudience, quote(name), "nothing")
		} else if name == "**" && !n.parent.audience.all {
			n.cut(dimAudience, quote(name), quoteAll(n.meet.audience.names))
		}
	}
	return nil
}

func (n *narrowing) limits() error {
	for _, w := range n.wish.limits {
		p := n.parent.limits.find(w.name)
		if p != nil && (p.Unit != w.Unit || p.Per != w.Per) {
			return widened(dimLimits, w.String(), p.String(), "keep the parent's unit and per")
		}
		got := w
		if p != nil && p.Max < w.Max {
			got.Max = p.Max
			n.cut(dimLimits, w.String(), got.String())
		}
		n.meet.limits = append(n.meet.limits, got)
	}
	for _, p := range n.parent.limits {
		if n.wish.limits.find(p.name) == nil {
			p.Split = ""
			n.meet.limits = append(n.meet.limits, p)
		}
	}
	return nil
}

func (n *narrowing) requires() error {
	p, w := &n.parent.requires, &n.wish.requires
	n.meet.requires.attestation = w.attestation
	if p.attestation != nil && w.attestation == nil {
		n.meet.requires.attestation = p.attestation
	} else if p.attestation != nil {
		if err := n.attestation(); err != nil {
			return err
		}
	}
	n.meet.requires.approval = slices.Clone(w.approval)
	for i := range p.approval {
		rule := p.approval[i]
		same := func(a approval) bool { return string(a.append(nil)) == string(rule.append(nil)) }
		if !slices.ContainsFunc(w.approval, same) {
			n.meet.requires.approval = append(n.meet.requires.approval, rule)
		}
	}
	return nil
}

func (n *narrowing) attestation() error {
	p, w := n.parent.requires.attestation, n.wish.requires.attestation
	var both []string
	for _, d := range w {
		if slices.Contains(p, d) {
			both = append(both, d)
		} else {
			n.cut(dimRequires, "attestation "+quote(d), "nothing")
		}
	}
	if both == nil {
		return widened(dimRequires, "attestation "+quoteAll(w), quoteAll(p), "name manifests of the parent's")
	}
	n.meet.requires.attestation = both
	return nil
}

func (n *narrowing) statusAge() {
	p, w := n.parent.maxStatusAge, n.wish.maxStatusAge
	n.meet.maxStatusAge = w
	if p != 0 && (w == 0 || w > p) {
		n.meet.maxStatusAge = p
	}
	if w > n.meet.maxStatusAge {
		n.cut(dimMaxStatusAge, ageText(w), ageText(p))
	}
}
