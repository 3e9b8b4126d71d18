package jsonld

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/taperid/taper/internal/strictjson"
)

// Contexts is a set of contexts by their URLs: the embedded ones and those of the
// caller. It does not change, and is safe for concurrent use; what it makes of
// its contexts it keeps. The zero value knows no context.
type Contexts struct {
	set  map[string]*local
	text map[string][]byte

	mu   sync.RWMutex
	read map[string]*local // contexts of documents, by their text
	made map[step]*context
	size int // of made, in terms
}

// step is a local context applied to an active one.
type step struct {
	active              *context
	local               *local
	propagate, override bool
}

// The bounds of what a set keeps of documents. When one is reached, all of it is
// let go, and the next documents are read as the first were.
const (
	maxKept     = 1024
	maxKeptText = 4096
	maxKeptSize = 1 << 16
)

//go:embed contexts/*.jsonld
var files embed.FS

// NewContexts returns the embedded contexts and those of extra, which maps URLs
// to JSON documents that have an @context. An embedded context cannot be
// replaced by another text. UndefinedTerms is in the set only if extra has it.
func NewContexts(extra map[string][]byte) (*Contexts, error) {
	c := &Contexts{
		set:  make(map[string]*local, len(embedded)+len(extra)),
		text: make(map[string][]byte, len(embedded)+len(extra)),
	}
	for _, e := range embedded {
		text, err := files.ReadFile("contexts/" + e.file)
		if err != nil {
			return nil, err
		}
		given, ok := extra[e.url]
		if ok && !isSame(given, text) {
			return nil, fmt.Errorf("%w: another text for %s", ErrContext, e.url)
		}
		if e.url == UndefinedTerms && !ok {
			continue
		}
		if err := c.add(e.url, text); err != nil {
			return nil, err
		}
	}
	for url, text := range extra {
		if c.Has(url) {
			continue // embedded, in the text that the standard hashes
		}
		if err := c.add(url, bytes.Clone(text)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// isSame reports whether two documents are the same JSON. Its spaces and the order
// of members say nothing, and are lost where a context is handed on inside of other
// JSON.
func isSame(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := strictjson.Canonical(a, MaxSize)
	y, errY := strictjson.Canonical(b, MaxSize)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// Has reports whether c has the context of this URL.
func (c *Contexts) Has(url string) bool { return c.set[url] != nil }

// add reads a context of the set.
func (c *Contexts) add(url string, text []byte) error {
	if !isIRI(url) {
		return fmt.Errorf("%w: %.200q is not absolute", ErrIRI, url)
	}
	v, err := parse(text, true)
	if err != nil {
		return fmt.Errorf("%w: %.200q: %w", ErrContext, url, err)
	}
	inner := v.get("@context")
	if inner == nil {
		return fmt.Errorf("%w: %.200q has no @context", ErrContext, url)
	}
	l, err := readLocal(inner, origin{})
	if err != nil {
		return fmt.Errorf("%w (in %.200q)", err, url)
	}
	c.set[url], c.text[url] = l, text
	return nil
}

// Text returns the document at a URL of the set. The caller must not change it.
func (c *Contexts) Text(url string) (text []byte, ok bool) {
	text, ok = c.text[url]
	return text, ok
}

// local returns the context that a document holds as text.
func (c *Contexts) local(text string) (*local, error) {
	c.mu.RLock()
	l, ok := c.read[text]
	c.mu.RUnlock()
	if ok {
		return l, nil
	}
	v, err := parse([]byte(text), true)
	if err != nil {
		return nil, err
	}
	from := origin{foreign: true, passing: len(text) > maxKeptText}
	if l, err = readLocal(&v, from); err != nil {
		return nil, err
	}
	if !l.passing {
		c.keep(func() { c.read[strings.Clone(text)] = l })
	}
	return l, nil
}

// apply returns what becomes of an active context by a local one.
func (c *Contexts) apply(s step) (*context, error) {
	c.mu.RLock()
	made, ok := c.made[s]
	c.mu.RUnlock()
	if ok {
		return made, nil
	}
	p := processor{set: c.set, override: s.override}
	made, err := p.process(s.active, s.local, s.propagate)
	if err != nil {
		return nil, err
	}
	if made.passing = s.active.passing || s.local.passing; !made.passing {
		c.keep(func() {
			c.made[s] = made
			c.size += len(made.terms)
		})
	}
	return made, nil
}

// keep has store keep something, after letting everything go if there is no room.
func (c *Contexts) keep(store func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.read) >= maxKept || len(c.made) >= maxKept || c.size >= maxKeptSize {
		c.read, c.made, c.size = nil, nil, 0
	}
	if c.read == nil {
		c.read, c.made = map[string]*local{}, map[step]*context{}
	}
	store()
}
