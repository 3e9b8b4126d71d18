package jsonld

import (
	"bytes"
	"maps"
	"slices"
)

// result is what Hash N-Degree Quads says of a node: a hash, and the order in
// which its neighbourhood is labelled.
type result struct {
	hash   string
	issuer issuer
}

// hashNDegree is section 4.8: the hash of a node by the least path through its
// neighbours, over every order of those that look alike. The orders are what may
// be exponential, so every step is paid for.
func (c *canonicalizer) hashNDegree(n int, issued issuer) (result, error) {
	neighbours, err := c.neighbours(n, &issued)
	if err != nil {
		return result{}, err
	}
	var data []byte
	for _, hash := range slices.Sorted(maps.Keys(neighbours)) {
		data = append(data, hash...)
		s := search{canonicalizer: c, start: issued}
		if err := s.permute(neighbours[hash], 0); err != nil {
			return result{}, err
		}
		data = append(data, s.path...)
		issued = s.issuer
	}
	return result{c.sum(data), issued}, nil
}

// neighbours is section 4.8.3 step 3: the other blank nodes of a node's lines, by
// their related hash.
func (c *canonicalizer) neighbours(n int, issued *issuer) (map[string][]int, error) {
	found := map[string][]int{}
	for _, at := range c.nodes[n].lines {
		l := &c.lines[at]
		for j, other := range l.nodes {
			if other < 0 || other == n {
				continue
			}
			if err := c.spend(1 + len(l.predicate)/64); err != nil {
				return nil, err
			}
			hash := c.hashRelated(other, l.predicate, "sog"[j], issued)
			found[hash] = append(found[hash], other)
		}
	}
	return found, nil
}

// hashRelated is section 4.7.
func (c *canonicalizer) hashRelated(n int, predicate string, position byte, issued *issuer) string {
	input := []byte{position}
	if position != 'g' {
		input = appendIRI(input, predicate)
	}
	switch {
	case c.canonical.has(n):
		input = append(append(input, "_:"...), c.canonical.label(n)...)
	case issued.has(n):
		input = append(append(input, "_:"...), issued.label(n)...)
	default:
		input = append(input, c.nodes[n].first...)
	}
	return c.sum(input)
}

// search looks for the least path over all orders of some nodes (section 4.8.3
// step 5).
type search struct {
	*canonicalizer
	start  issuer
	found  bool
	path   []byte
	issuer issuer
}

// permute tries the orders of nodes whose first are fixed.
func (s *search) permute(nodes []int, fixed int) error {
	if fixed >= len(nodes)-1 {
		return s.try(nodes)
	}
	for i := fixed; i < len(nodes); i++ {
		nodes[fixed], nodes[i] = nodes[i], nodes[fixed]
		if err := s.permute(nodes, fixed+1); err != nil {
			return err
		}
		nodes[fixed], nodes[i] = nodes[i], nodes[fixed]
	}
	return nil
}

// try walks the nodes in one order, and keeps the path if it is the least yet.
func (s *search) try(nodes []int) error {
	if err := s.spend(len(nodes) + len(s.start.order)); err != nil {
		return err
	}
	issued := s.start.copy()
	var path []byte
	var deeper []int
	for _, n := range nodes {
		if s.canonical.has(n) {
			path = append(append(path, "_:"...), s.canonical.label(n)...)
			continue
		}
		if !issued.has(n) {
			deeper = append(deeper, n)
			issued.issue(n)
		}
		path = append(append(path, "_:"...), issued.label(n)...)
	}
	if s.beaten(path) {
		return nil
	}
	for _, n := range deeper {
		r, err := s.hashNDegree(n, issued)
		if err != nil {
			return err
		}
		path = append(append(path, "_:"...), issued.label(n)...)
		path = append(append(append(path, '<'), r.hash...), '>')
		if issued = r.issuer; s.beaten(path) {
			return nil
		}
	}
	if !s.found || bytes.Compare(path, s.path) < 0 {
		s.found, s.path, s.issuer = true, path, issued
	}
	return nil
}

// beaten reports whether no path that begins so can be the least.
func (s *search) beaten(path []byte) bool {
	return s.found && len(path) >= len(s.path) && bytes.Compare(path, s.path) > 0
}
