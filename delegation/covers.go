package delegation

import (
	"fmt"
	"strconv"
)

// Covers returns nil when child lies inside parent (docs/spec.md section 4.2): each
// of its grants inside one grant of the parent, every other dimension no wider, and
// its depth at least one less. Else it returns a *Refusal that wraps ErrWidened and
// names the first dimension that fails. The zero Authority covers nothing, and
// nothing covers it.
func Covers(parent, child Authority) error {
	if r := parent.rules.refuseChild(child.rules, 1); r != nil {
		return r
	}
	return nil
}

// refuseChild returns nil where c lies inside a and has at least less less depth: 1
// for a child, 0 for a root inside its ceiling. The Refusal names no link.
func (a *authority) refuseChild(c *authority, less int64) *Refusal {
	if c == nil {
		return &Refusal{Rule: ErrWidened, Link: noLink, Err: fmt.Errorf("%w: the zero authority", ErrMalformedAuthority)}
	}
	if a == nil {
		return widened(dimActions, quoteAll(c.grants[0].actions.texts()), "nothing", "the parent is the zero authority")
	}
	if g := a.outside(c, a.comparisons(c) > manyComparisons); g != nil {
		return a.refuseGrant(g)
	}
	return a.refuseRest(c, less)
}

// outside returns the first grant of c that lies inside no grant of a, or nil.
func (a *authority) outside(c *authority, indexed bool) *grant {
	var candidates []uint64
	if indexed {
		candidates = a.candidates(c)
	}
	for i := range c.grants {
		if g := &c.grants[i]; !indexed && !a.coversGrant(g) || indexed && !a.coversAmong(g, candidates[i]) {
			return g
		}
	}
	return nil
}

func (a *authority) coversGrant(c *grant) bool {
	for i := range a.grants {
		if a.grants[i].covers(c) == passed {
			return true
		}
	}
	return false
}

// coversAmong looks among candidates, whose patterns cover those of c, so that it
// compares patterns again for the one grant that has the arguments too.
func (a *authority) coversAmong(c *grant, candidates uint64) bool {
	for i := range a.grants {
		if g := &a.grants[i]; candidates&(1<<i) != 0 && g.object.covers(c.object) && g.covers(c) == passed {
			return true
		}
	}
	return false
}

// refuseGrant says why c lies inside no grant of a: by the first dimension that
// fails against the grant that got furthest, the earliest of several.
func (a *authority) refuseGrant(c *grant) *Refusal {
	best, far := &a.grants[0], stage(-1)
	for i := range a.grants {
		if s := a.grants[i].covers(c); s > far {
			best, far = &a.grants[i], s
		}
	}
	switch far {
	case atActions:
		return widened(dimActions, quote(best.actions.outside(c.actions).text), quoteAll(best.actions.texts()), "ask for actions inside these")
	case atResources:
		return widened(dimResources, quote(best.resources.outside(c.resources).text), quoteAll(best.resources.texts()), "ask for resources inside these")
	case atExcept:
		e := quote(best.exceptOutside(c).text)
		return widened(dimExcept, quoteAll(c.except.texts())+" taken out", "no less than "+e, "add "+e+" to except")
	}
	return widened(dimArgs, c.object.describe(), best.object.describe(), best.object.exceeded(c.object))
}

// refuseRest compares everything but the grants, in the order of the dimensions.
func (a *authority) refuseRest(c *authority, less int64) *Refusal {
	if name := a.audience.outside(&c.audience); name != "" {
		return widened(dimAudience, quote(name), quoteAll(a.audience.names), "name only these")
	}
	if c.depth > a.depth-less {
		return a.refuseDepth(c, less)
	}
	if p := a.limits.exceeded(c.limits); p != nil {
		offered := "no limit " + quote(p.name)
		if got := c.limits.find(p.name); got != nil {
			offered = got.String()
		}
		return widened(dimLimits, offered, p.String(), "state the parent's limit or a lower one")
	}
	if offered, allowed := a.requires.exceeded(&c.requires); offered != "" {
		return widened(dimRequires, offered, allowed, "ask for no less than the parent")
	}
	if a.maxStatusAge != 0 && (c.maxStatusAge == 0 || c.maxStatusAge > a.maxStatusAge) {
		return widened(dimMaxStatusAge, ageText(c.maxStatusAge), ageText(a.maxStatusAge), "state the parent's or less")
	}
	return nil
}

func (a *authority) refuseDepth(c *authority, less int64) *Refusal {
	if a.depth < less {
		return widened(dimDepth, "a link below depth 0", "none", "ask the parent's issuer for a depth of 1 or more")
	}
	most := strconv.FormatInt(a.depth-less, 10)
	return widened(dimDepth, strconv.FormatInt(c.depth, 10), "at most "+most, "state depth "+most+" or less")
}

func ageText(n int64) string {
	if n == 0 {
		return "none"
	}
	return strconv.FormatInt(n, 10) + " s"
}

func widened(d Dimension, offered, allowed, fix string) *Refusal {
	return &Refusal{Rule: ErrWidened, Link: noLink, Dimension: d, Offered: offered, Allowed: allowed, Fix: fix}
}

// describe writes the constraints on arguments for people.
func (o *object) describe() string {
	if o.isEmpty() {
		return "any arguments"
	}
	m := openMembers(nil)
	o.appendArgs(m)
	o.appendOptional(m)
	return clip(string(m.close()))
}
