package vc

import (
	"errors"
	"fmt"
	"sync"

	"github.com/taperid/taper/internal/dataintegrity"
	"github.com/taperid/taper/internal/jsonld"
)

// Contexts are the JSON-LD contexts that a signer or a verifier of proofs over RDF
// knows: those embedded in this library, and more by their URL. Nothing is ever
// fetched. It does not change, is safe for concurrent use, and is best made once,
// since it keeps what it makes of its contexts. A nil one is the embedded contexts.
type Contexts struct{ set *jsonld.Contexts }

// NewContexts returns the embedded contexts and those of more, which maps URLs to
// the JSON documents there. An embedded one cannot be replaced by another document.
// The caller must not change more afterwards.
func NewContexts(more map[string][]byte) (*Contexts, error) {
	set, err := jsonld.NewContexts(more)
	if err != nil {
		return nil, jsonldError(err)
	}
	return &Contexts{set}, nil
}

// Has reports whether c knows the context of this URL.
func (c *Contexts) Has(url string) bool {
	if c == nil {
		c = embeddedContexts()
	}
	return c.set.Has(url)
}

// embeddedContexts is what a nil Contexts stands for.
var embeddedContexts = sync.OnceValue(func() *Contexts {
	c, err := NewContexts(nil)
	if err != nil {
		panic(err) // a test holds that they are well formed
	}
	return c
})

// rdf returns how to canonicalise a document.
func (c *Contexts) rdf() dataintegrity.RDF {
	if c == nil {
		c = embeddedContexts()
	}
	return c.set.Canonicalize
}

// text returns the document of a context.
func (c *Contexts) text(url string) ([]byte, bool) {
	if c == nil {
		c = embeddedContexts()
	}
	return c.set.Text(url)
}

// jsonldError gives errors about JSON-LD a sentinel of this package.
func jsonldError(err error) error {
	switch {
	case errors.Is(err, jsonld.ErrContext), errors.Is(err, jsonld.ErrProtected):
		return fmt.Errorf("%w: %w", ErrContext, err)
	case isAny(err, jsonld.ErrUndefined, jsonld.ErrIRI, jsonld.ErrDropped, jsonld.ErrName, jsonld.ErrUnsupported,
		jsonld.ErrValue, jsonld.ErrWork):
		return fmt.Errorf("%w: %w", ErrJSONLD, err)
	}
	return jsonError(err)
}

func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
