package delegation

import "strings"

// Two huge authorities, 64 grants of 64 patterns each, would take a hundred million
// comparisons of patterns. An index finds the grants that may cover another by the
// trees that a pattern lies in, of which there are few.

// manyComparisons is where looking things up in an index becomes the cheaper way.
const manyComparisons = 1 << 15

// index tells which of up to 64 sets have a pattern, as bits.
type index map[indexKey]uint64

type indexKey struct {
	text, suffix string
	kind         patternKind
}

func (p *pattern) key() indexKey {
	switch p.kind {
	case hostTree, schemeTree:
		return indexKey{p.head, p.suffix, p.kind}
	}
	return indexKey{p.base, "", p.kind}
}

// newIndex makes the index of n sets.
func newIndex(n int, set func(i int) patterns) index {
	x := make(index)
	for i := range n {
		ps := set(i)
		for j := range ps {
			x[ps[j].key()] |= 1 << i
		}
	}
	return x
}

// covering returns the sets that have a pattern which covers q.
func (x index) covering(q *pattern) uint64 {
	found := x[indexKey{kind: everything}]
	if q.kind == everything || len(x) == 0 {
		return found
	}
	if i := strings.Index(q.base, "://"); i >= 0 {
		found |= x.aboveHost(q, i+len("://"))
	}
	if q.kind == hostTree || q.kind == schemeTree {
		return found
	}
	for i := range len(q.base) {
		if q.base[i] == '/' {
			found |= x[indexKey{q.base[:i], "", tree}]
		}
	}
	found |= x[indexKey{q.base, "", tree}]
	if q.kind == exact {
		found |= x[q.key()]
	}
	return found
}

// aboveHost returns the sets that have the scheme or a host tree which the host
// of q, that starts at index start, is in.
func (x index) aboveHost(q *pattern, start int) uint64 {
	head := q.base[:start]
	found := x[indexKey{head, "", schemeTree}]
	if q.kind == schemeTree {
		return found
	}
	host := q.base[start:]
	if end := strings.IndexByte(host, '/'); end >= 0 {
		host = host[:end]
	}
	for i := range len(host) {
		if host[i] == '.' {
			found |= x[indexKey{head, host[i:], hostTree}]
		}
	}
	return found
}

// candidates returns, for each grant of c, the grants of a that cover its actions,
// resources and except.
func (a *authority) candidates(c *authority) []uint64 {
	actions := newIndex(len(a.grants), func(i int) patterns { return a.grants[i].actions })
	resources := newIndex(len(a.grants), func(i int) patterns { return a.grants[i].resources })
	except := newIndex(len(a.grants), func(i int) patterns { return a.grants[i].except })
	out := make([]uint64, len(c.grants))
	for i := range c.grants {
		g := &c.grants[i]
		out[i] = ^uint64(0)
		for j := range g.actions {
			out[i] &= actions.covering(&g.actions[j])
		}
		for j := range g.resources {
			// What is all taken out in a is not taken out in c: a grant's resource
			// is never inside its own except.
			out[i] &= resources.covering(&g.resources[j]) &^ except.covering(&g.resources[j])
		}
	}
	a.dropTakenOut(c, out)
	return out
}

// dropTakenOut drops the grants of a that take out something of what a grant of c
// has and does not take out.
func (a *authority) dropTakenOut(c *authority, out []uint64) {
	resources := newIndex(len(c.grants), func(i int) patterns { return c.grants[i].resources })
	except := newIndex(len(c.grants), func(i int) patterns { return c.grants[i].except })
	for i := range a.grants {
		for j := range a.grants[i].except {
			e := &a.grants[i].except[j]
			left := resources.covering(e) &^ except.covering(e)
			for k := 0; left != 0; k, left = k+1, left>>1 {
				if left&1 != 0 {
					out[k] &^= 1 << i
				}
			}
		}
	}
}

// comparisons estimates those that comparing every grant of a and c would take.
func (a *authority) comparisons(c *authority) int {
	pa, pr, pe := count(a.grants)
	ca, cr, ce := count(c.grants)
	return pa*ca + pr*cr + pe*(cr+ce)
}

func count(grants []grant) (actions, resources, except int) {
	for i := range grants {
		g := &grants[i]
		actions, resources, except = actions+len(g.actions), resources+len(g.resources), except+len(g.except)
	}
	return actions, resources, except
}
