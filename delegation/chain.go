package delegation

import (
	"errors"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/packed"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// MaxLinks is the most links that a chain may have.
const MaxLinks = 16

// maxChainBytes bounds a chain as JSON: its links, and what JSON needs between
// and inside them.
const maxChainBytes = MaxLinks * (MaxLinkBytes + 4096)

// Chain is a chain of task credentials, root first, whose form was checked (rules
// 1 and 2) and which is otherwise unverified: it says what it says, and a
// [Verifier] says whether that is true. The zero Chain has no links.
type Chain struct{ links []*link }

// Link is what one link of a chain says.
type Link struct {
	ID         string // of the credential
	Digest     string // of its exact bytes
	Issuer     did.DID
	Holder     did.DID
	ValidFrom  time.Time
	ValidUntil time.Time
	Task       Task
	Agent      Agent
	Authority  Authority
	Status     []vc.StatusEntry
}

// ParseChain reads a chain: a JSON array, root first, each element a compact JWS
// or a document with a Data Integrity proof, or its packed form, which Pack writes (docs/spec.md section 5). An error is a
// [*Refusal] by rule 1 or 2.
func ParseChain(data []byte) (Chain, error) {
	raws, err := splitChain(data)
	if err != nil {
		return Chain{}, &Refusal{Rule: ErrChain, Link: noLink, Err: err}
	}
	c := Chain{links: make([]*link, len(raws))}
	var worst *Refusal
	for i, raw := range raws {
		l, rerr := parseLink(raw, "", i == 0, before(c.links, i))
		if rerr == nil {
			rerr = l.prove()
		}
		if rerr != nil && (worst == nil || rerr.rule < worst.Rule) {
			worst = &Refusal{Rule: rerr.rule, Link: i, Err: rerr.err}
		}
		c.links[i] = l
	}
	if worst != nil {
		return Chain{}, worst
	}
	return c, nil
}

// before returns the link before number i, nil for the first.
func before(links []*link, i int) *link {
	if i == 0 {
		return nil
	}
	return links[i-1]
}

var errNoLinks = errors.New("no links")

// splitChain takes the array or the packed form apart (rule 1). Objects come out
// in the form of RFC 8785, as they are digested, whatever form they came in.
func splitChain(data []byte) ([]string, error) {
	if len(data) > 0 && data[0] == packed.Start {
		return unpack(string(data))
	}
	var raws []string
	err := strictjson.Read(data, maxChainBytes, func(r *strictjson.Reader) error {
		_, err := r.Array(MaxLinks, func(int) error {
			raw, err := readLink(r)
			raws = append(raws, raw)
			return err
		})
		return err
	})
	if err == nil && len(raws) == 0 {
		err = errNoLinks
	}
	return raws, err
}

func readLink(r *strictjson.Reader) (string, error) {
	if r.Kind() == '{' {
		raw, err := r.Raw()
		return canonicalLink(string(raw)), err
	}
	s, err := r.String()
	if isDocument(s) {
		s = "" // the text of an object in a string is no link
	}
	return s, err
}

// canonicalLink returns the canonical form of an object, if it has one: else it is
// refused for what it is. So is one with a number that is no plain integer, of
// which the canonical form would make one.
func canonicalLink(raw string) string {
	if len(raw) > MaxLinkBytes || strictjson.Read([]byte(raw), MaxLinkBytes, checkNumbers) != nil {
		return raw
	}
	text, err := strictjson.Canonical([]byte(raw), MaxLinkBytes)
	if err != nil {
		return raw
	}
	return string(text)
}

// checkNumbers reads a value all of whose numbers are plain integers.
func checkNumbers(r *strictjson.Reader) error {
	switch r.Kind() {
	case '{':
		return r.Object(func(string) error { return checkNumbers(r) })
	case '[':
		_, err := r.Array(MaxLinkBytes, func(int) error { return checkNumbers(r) })
		return err
	case '0':
		_, err := r.Int()
		return err
	}
	return r.Skip()
}

// unpack takes the packed form apart, in which objects are canonical already.
func unpack(text string) ([]string, error) {
	raws, err := packed.Unpack(text, MaxLinks)
	if err == nil && len(raws) == 0 {
		err = errNoLinks
	}
	for i, raw := range raws {
		if isDocument(raw) && canonicalLink(raw) != raw {
			return nil, fmt.Errorf("link %d is packed in another form than its canonical one", i)
		}
	}
	return raws, err
}

// MarshalJSON writes the chain as ParseChain reads it.
func (c Chain) MarshalJSON() ([]byte, error) {
	size := 2
	for _, l := range c.links {
		size += len(l.raw) + 3
	}
	// A compact JWS stands for itself between quotes, an object as it is.
	return appendArray(make([]byte, 0, size), len(c.links), func(b []byte, i int) []byte {
		if isDocument(c.links[i].raw) {
			return append(b, c.links[i].raw...)
		}
		return append(append(append(b, '"'), c.links[i].raw...), '"')
	}), nil
}

// Pack returns the packed form of the chain, for headers and storage: the same
// links in fewer bytes, in base64url. Chains have one, but the zero Chain and those
// whose packed form has more than 65,536 characters or whose links have more than
// 262,144 bytes.
func (c Chain) Pack() (string, error) {
	if len(c.links) == 0 {
		return "", fmt.Errorf("%w: the zero chain has no packed form", ErrChain)
	}
	text, err := packed.Pack(c.raws())
	if err != nil {
		return "", fmt.Errorf("delegation: %w", err)
	}
	return text, nil
}

// raws returns the exact bytes of the links.
func (c Chain) raws() []string {
	raws := make([]string, len(c.links))
	for i, l := range c.links {
		raws[i] = l.raw
	}
	return raws
}

// digests returns the names of the links.
func (c Chain) digests() []string {
	digests := make([]string, len(c.links))
	for i, l := range c.links {
		digests[i] = l.digest
	}
	return digests
}

// Len returns the number of links.
func (c Chain) Len() int { return len(c.links) }

// Digest names the chain: the digest of its leaf, which pins all the rest. It is
// empty for the zero Chain.
func (c Chain) Digest() string {
	if len(c.links) == 0 {
		return ""
	}
	return c.leaf().digest
}

// Links returns what the links say, root first.
func (c Chain) Links() []Link {
	out := make([]Link, len(c.links))
	for i, l := range c.links {
		out[i] = l.public()
	}
	return out
}

func (c Chain) leaf() *link { return c.links[len(c.links)-1] }

func (l *link) public() Link {
	return Link{
		ID: l.id, Digest: l.digest, Issuer: l.issuer, Holder: l.subject, ValidFrom: l.from, ValidUntil: l.until,
		Task: l.task, Agent: l.agent, Authority: Authority{l.authority}, Status: append([]vc.StatusEntry(nil), l.status...),
	}
}
