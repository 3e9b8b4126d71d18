// Package didweb resolves did:web (W3C CCG, Web DID Method Specification): the
// document of a DID is a file at an https URL that the DID names.
//
// Whoever can write a DID can make a resolver fetch a URL, so a [Resolver] takes care
// of what it talks to: https alone, with a certificate for the name; no redirects,
// for they would let one host answer for another; no address that is not public,
// checked at the moment of connecting on the address connected to, so that a name
// that changes between a check and its use gains nothing; no proxy of the
// environment; bounded time and size. A document is used only if its id is the DID.
//
// Documents are kept for a bounded time, five minutes if nothing else is said, and
// one that could not be fetched again is not used any longer. A pinned document is
// never fetched. The zero [Config] is the strict one.
package didweb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/taperid/taper/did"
)

var (
	// ErrConfig is returned by New for a Config that contradicts itself.
	ErrConfig = errors.New("didweb: configuration")
	// ErrAddress is returned where a name leads to an address that is not public
	// and not allowed.
	ErrAddress = errors.New("didweb: address not allowed")
	// ErrFetch is returned where no answer came: no such name, no connection, a
	// certificate that is not the name's, no time left.
	ErrFetch = errors.New("didweb: fetch")
	// ErrResponse is returned for an answer that is none: a redirect or another
	// status than 200, 404 and 410, another media type, more than did.MaxDocument.
	ErrResponse = errors.New("didweb: response")
)

// Resolver resolves did:web. It is safe for concurrent use. Two calls for one DID
// that is not kept each fetch it.
type Resolver struct {
	client  *http.Client
	timeout time.Duration
	pinned  map[did.DID]*did.Document
	offline bool
	kept    *kept
}

var _ did.Resolver = (*Resolver)(nil)

// New returns a resolver, or ErrConfig.
func New(c Config) (*Resolver, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	pinned, err := c.pin()
	if err != nil {
		return nil, err
	}
	return &Resolver{
		client: c.client(), timeout: c.Timeout, pinned: pinned, offline: c.Offline,
		kept: &kept{maxAge: c.MaxAge, max: c.MaxDocuments, now: c.Now, byDID: map[did.DID]entry{}},
	}, nil
}

// Resolve returns the document of a did:web. Besides the errors of this package it
// returns did.ErrMethod for a DID of another method, did.ErrInvalid for one that
// names no URL (see URL), did.ErrNotFound where the server has no document or the
// resolver is offline and has none, and did.ErrDocument for what is not the document
// of d.
func (r *Resolver) Resolve(ctx context.Context, d did.DID) (*did.Document, error) {
	url, err := URL(d)
	if err != nil {
		return nil, err
	}
	doc, ok := r.pinned[d]
	if !ok && r.offline {
		return nil, fmt.Errorf("%w: %s is not pinned, and the resolver is offline", did.ErrNotFound, d)
	}
	if !ok {
		doc, ok = r.kept.get(d)
	}
	if ok {
		return doc.Clone(), nil // no caller can change another's
	}
	asked := r.kept.now()
	data, err := r.fetch(ctx, url)
	if err != nil {
		return nil, err
	}
	if doc, err = did.ParseDocument(data); err != nil {
		return nil, err
	}
	if doc.ID != d {
		return nil, fmt.Errorf("%w: %s has the document of %s", did.ErrDocument, url, doc.ID)
	}
	r.kept.put(doc, asked)
	return doc.Clone(), nil
}
