package jsonld

import (
	"bytes"
	"crypto"
	_ "crypto/sha256" // for crypto.SHA256
	_ "crypto/sha512" // for crypto.SHA384
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// maxWork bounds the search for labels of blank nodes that only their neighbours
// tell apart, whose cost may be exponential. It counts neighbours looked at,
// labels copied and bytes compared, never time, so that a data set is refused
// everywhere and always or nowhere and never. The hardest evaluation test of the
// standard takes a sixth of it.
const maxWork = 1 << 17

// canonicalize returns the canonical N-Quads of a data set (RDF Dataset
// Canonicalization 1.0 section 4.4.3). A quad that occurs twice is one quad.
func canonicalize(quads []quad, hash crypto.Hash) ([]byte, error) {
	c := &canonicalizer{hash: hash, work: maxWork, canonical: issuer{prefix: "c14n"}}
	c.read(quads)
	if err := c.issueLabels(); err != nil {
		return nil, err
	}
	return c.serialize(), nil
}

// canonicalizer is the canonicalization state of section 4.2.
type canonicalizer struct {
	hash      crypto.Hash
	work      int
	lines     []line
	nodes     []node
	canonical issuer
}

// line is a quad, its text with its own labels, and the numbers of its blank
// nodes: subject, object and graph, -1 where another term stands.
type line struct {
	*quad
	text  []byte
	nodes [3]int
}

// node is a blank node, with the lines that mention it.
type node struct {
	label string
	lines []int
	first string // Hash First Degree Quads, hexadecimal
}

// read makes a set of the quads and finds their blank nodes.
func (c *canonicalizer) read(quads []quad) {
	c.lines = make([]line, len(quads))
	var text []byte
	for i := range quads {
		from := len(text)
		text = appendQuad(text, &quads[i], nil)
		c.lines[i] = line{quad: &quads[i], text: text[from:len(text):len(text)]}
	}
	slices.SortFunc(c.lines, func(a, b line) int { return bytes.Compare(a.text, b.text) })
	c.lines = slices.CompactFunc(c.lines, func(a, b line) bool { return bytes.Equal(a.text, b.text) })
	numbers := map[string]int{}
	for i := range c.lines {
		l := &c.lines[i]
		for j, t := range [3]*term{&l.subject, &l.object, &l.graph} {
			l.nodes[j] = c.number(numbers, t, i)
		}
	}
}

// number returns the number of a blank node, noting that line i mentions it.
func (c *canonicalizer) number(numbers map[string]int, t *term, i int) int {
	if t.kind != blank {
		return -1
	}
	n, ok := numbers[t.value]
	if !ok {
		n = len(c.nodes)
		numbers[t.value] = n
		c.nodes = append(c.nodes, node{label: t.value})
	}
	if at := &c.nodes[n].lines; len(*at) == 0 || (*at)[len(*at)-1] != i {
		*at = append(*at, i)
	}
	return n
}

// issueLabels is steps 3 to 5: nodes whose first-degree hash is theirs alone, in
// the order of the hashes, and then the others.
func (c *canonicalizer) issueLabels() error {
	order := make([]int, len(c.nodes))
	for i := range c.nodes {
		order[i], c.nodes[i].first = i, c.hashFirstDegree(i)
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(c.nodes[a].first, c.nodes[b].first) })
	var tied [][]int
	for len(order) > 0 {
		n := 1
		for n < len(order) && c.nodes[order[n]].first == c.nodes[order[0]].first {
			n++
		}
		if n == 1 {
			c.canonical.issue(order[0])
		} else {
			tied = append(tied, order[:n])
		}
		order = order[n:]
	}
	for _, group := range tied {
		if err := c.issueTied(group); err != nil {
			return err
		}
	}
	return nil
}

// issueTied is step 5 for nodes of one first-degree hash.
func (c *canonicalizer) issueTied(group []int) error {
	var results []result
	for _, n := range group {
		if c.canonical.has(n) {
			continue
		}
		temporary := issuer{prefix: "b"}
		temporary.issue(n)
		r, err := c.hashNDegree(n, temporary)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	slices.SortStableFunc(results, func(a, b result) int { return strings.Compare(a.hash, b.hash) })
	for _, r := range results {
		for _, n := range r.issuer.order {
			c.canonical.issue(n)
		}
	}
	return nil
}

// hashFirstDegree is section 4.6: the hash of the lines that mention a node, with
// it as _:a and every other as _:z.
func (c *canonicalizer) hashFirstDegree(n int) string {
	lines := make([][]byte, len(c.nodes[n].lines))
	var text []byte
	for i, at := range c.nodes[n].lines {
		l, from := &c.lines[at], len(text)
		labels := [3]string{"z", "z", "z"}
		for j, other := range l.nodes {
			if other == n {
				labels[j] = "a"
			}
		}
		text = appendQuad(text, l.quad, &labels)
		lines[i] = text[from:len(text):len(text)]
	}
	slices.SortFunc(lines, bytes.Compare)
	return c.sum(lines...)
}

// serialize is section 5.
func (c *canonicalizer) serialize() []byte {
	lines := make([][]byte, len(c.lines))
	var text []byte
	for i := range c.lines {
		l := &c.lines[i]
		if lines[i] = l.text; l.nodes == [3]int{-1, -1, -1} {
			continue
		}
		var labels [3]string
		for j, n := range l.nodes {
			if n >= 0 {
				labels[j] = c.canonical.label(n)
			}
		}
		from := len(text)
		text = appendQuad(text, l.quad, &labels)
		lines[i] = text[from:len(text):len(text)]
	}
	slices.SortFunc(lines, bytes.Compare)
	return bytes.Join(lines, nil)
}

func (c *canonicalizer) sum(parts ...[]byte) string {
	h := c.hash.New()
	for _, p := range parts {
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// spend takes n units of work, or refuses.
func (c *canonicalizer) spend(n int) error {
	if c.work -= n; c.work < 0 {
		return fmt.Errorf("%w: its blank nodes cannot be told apart within %d steps", ErrWork, maxWork)
	}
	return nil
}

// issuer gives numbered labels to nodes in the order they come (section 4.5).
type issuer struct {
	prefix string
	order  []int
	number map[int]int
}

func (i *issuer) has(n int) bool {
	_, ok := i.number[n]
	return ok
}

func (i *issuer) issue(n int) {
	if i.has(n) {
		return
	}
	if i.number == nil {
		i.number = map[int]int{}
	}
	i.number[n] = len(i.order)
	i.order = append(i.order, n)
}

func (i *issuer) label(n int) string { return i.prefix + strconv.Itoa(i.number[n]) }

func (i *issuer) copy() issuer {
	return issuer{i.prefix, slices.Clone(i.order), maps.Clone(i.number)}
}
