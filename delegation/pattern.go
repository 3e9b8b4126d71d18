package delegation

import (
	"fmt"
	"slices"
	"strings"
)

// patternKind is the shape of a pattern.
type patternKind uint8

const (
	exact      patternKind = iota + 1 // the base alone
	tree                              // the base and all below it: base/**
	hostTree                          // strict sub-domains: scheme://*.host/**
	schemeTree                        // every URI with that scheme and //: scheme://**
	everything                        // **
)

// pattern is a set of actions, or of resources. Any two patterns are nested or
// disjoint: every question about two of them comes down to covers. The zero
// pattern has nothing.
type pattern struct {
	text   string // as written
	base   string // text without what ends a tree
	head   string // hostTree, schemeTree: "scheme://"
	suffix string // hostTree: ".host" or ".host:port"
	kind   patternKind
}

// has reports whether s, a valid action or resource, is in p.
func (p *pattern) has(s string) bool {
	switch p.kind {
	case exact:
		return s == p.base
	case tree:
		return below(p.base, s)
	case hostTree:
		return p.hasHost(s)
	case schemeTree:
		return strings.HasPrefix(s, p.head)
	case everything:
		return true
	}
	return false
}

// hasHost reports whether the host of s ends in the suffix of p, which starts with
// the dot that no host starts with. Neither a port
// nor the end of an address can be mistaken for it: a label has no colon and no
// bracket, and a name that ends like an IPv4 address is no host tree.
func (p *pattern) hasHost(s string) bool {
	rest, ok := strings.CutPrefix(s, p.head)
	if !ok {
		return false
	}
	if end := strings.IndexByte(rest, '/'); end >= 0 {
		rest = rest[:end]
	}
	return strings.HasSuffix(rest, p.suffix)
}

// below reports whether s is base or a segment or more below it.
func below(base, s string) bool {
	n := len(base)
	return len(s) >= n && (len(s) == n || s[n] == '/') && s[:n] == base
}

// covers reports whether everything in q is in p.
func (p *pattern) covers(q *pattern) bool {
	switch {
	case p.kind == everything:
		return q.kind != 0
	case p.kind == exact:
		return q.kind == exact && p.base == q.base
	case q.kind == schemeTree:
		return p.kind == schemeTree && p.head == q.head
	case q.kind == everything || q.kind == 0:
		return false
	}
	return p.has(q.base) // a host tree's base is scheme://*.host
}

// meets reports whether something is in p and in q.
func (p *pattern) meets(q *pattern) bool { return p.covers(q) || q.covers(p) }

// patterns is a union of patterns.
type patterns []pattern

// same reports whether ps and qs have the same texts in the same order.
func (ps patterns) same(qs patterns) bool {
	return slices.EqualFunc(ps, qs, func(p, q pattern) bool { return p.text == q.text })
}

func (ps patterns) has(s string) bool {
	for i := range ps {
		if ps[i].has(s) {
			return true
		}
	}
	return false
}

// covers reports whether q lies inside one of ps, which is whether it lies inside
// their union: a tree has more children than a union has elements.
func (ps patterns) covers(q *pattern) bool {
	for i := range ps {
		if ps[i].covers(q) {
			return true
		}
	}
	return false
}

func (ps patterns) meets(q *pattern) bool {
	for i := range ps {
		if ps[i].meets(q) {
			return true
		}
	}
	return false
}

// outside returns the first of qs that does not lie inside ps, or nil.
func (ps patterns) outside(qs patterns) *pattern {
	for i := range qs {
		if !ps.covers(&qs[i]) {
			return &qs[i]
		}
	}
	return nil
}

func (ps patterns) texts() []string {
	if ps == nil {
		return nil
	}
	out := make([]string, len(ps))
	for i := range ps {
		out[i] = ps[i].text
	}
	return out
}

// newPatterns compiles a stated list: 1 to 64 patterns, no two the same.
func newPatterns(list []string, parse func(string) (pattern, error)) (patterns, error) {
	if err := checkList(list); err != nil {
		return nil, err
	}
	out := make(patterns, len(list))
	for i, text := range list {
		p, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("element %d, %s: %w", i, quote(text), err)
		}
		out[i] = p
	}
	return out, nil
}
