package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/revocation/bundlefile"
	"github.com/taperid/taper/revocation/statushttp"
)

// skew is how far the clock of the operator may differ from a verifier's.
const skew = time.Second

// patience is how long one request may take: a slow machine is not what is shown.
const patience = time.Minute

// way is how a verifier gets lists, and what it promises.
type way struct {
	name, how string
	refresh   time.Duration
	staleness time.Duration
}

// promise is how long after a publication a verifier may still not honour it.
func (w way) promise() time.Duration { return w.staleness + skew }

// service is a server with a verifier of its own.
type service struct {
	way
	guard *agenthttp.Guard
	run   []func(ctx context.Context) error // what brings the lists
}

// newService returns the service at origin, whose verifier gets lists from the
// operator's origin in that way.
func newService(ctx context.Context, w way, origin, lists string, f *fleet, transport http.RoundTripper, folder string) (*service, error) {
	s := &service{way: w}
	var checker *revocation.Checker
	fetcher, err := statushttp.NewFetcher(statushttp.FetcherConfig{
		Origins: []string{lists}, Refresh: max(w.refresh, time.Second), Transport: transport, Timeout: patience,
		Offer: func(ctx context.Context, list []byte) error { return checker.Offer(ctx, list) },
	})
	if err != nil {
		return nil, err
	}
	for _, e := range f.entries[everyone] {
		if _, err := fetcher.List(ctx, e.List); err != nil { // so that the first call need not wait
			return nil, err
		}
	}
	var source revocation.Source = fetcher
	switch w.name {
	case "bundle":
		b := &carried{path: filepath.Join(folder, "lists.json"), trust: bundlefile.Trust{Signers: []did.DID{f.operator.DID()}}}
		for _, e := range slices.Concat(f.entries[:]...) {
			b.urls = append(b.urls, e.List)
		}
		if err := b.bring(ctx, fetcher); err != nil {
			return nil, err
		}
		source = b
		s.run = append(s.run, func(ctx context.Context) error { return b.run(ctx, fetcher, w.refresh) })
	case "push":
		s.run = append(s.run, fetcher.Run, func(ctx context.Context) error { return fetcher.Listen(ctx, lists+"/lists") })
	default:
		s.run = append(s.run, fetcher.Run)
	}
	if checker, err = revocation.NewChecker(source, revocation.Policy{MaxStaleness: w.staleness}); err != nil {
		return nil, err
	}
	verifier, err := delegation.NewVerifier(delegation.Config{
		Names: []string{origin}, Status: checker, MaxStaleness: w.staleness, Skew: skew,
		Anchors: []delegation.Anchor{{DID: f.alice.DID(), Ceiling: f.authority, ListSigners: []did.DID{f.operator.DID()}}},
		Replay:  delegation.NewVolatileReplay(time.Now().Add(-time.Minute), 0), // the first verifier of this name
	})
	if err != nil {
		return nil, err
	}
	s.guard, err = agenthttp.NewGuard(verifier, origin, agenthttp.GuardOptions{})
	return s, err
}

// serve answers agents: what the service does is nothing, once it may.
func (s *service) serve() http.Handler {
	return s.guard.Protect(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
}

// carried is the source of a verifier without a network: a file that somebody
// brings.
type carried struct {
	path  string
	trust bundlefile.Trust
	urls  []string
	now   atomic.Pointer[revocation.Bundle]
}

// List implements [revocation.Source].
func (c *carried) List(ctx context.Context, url string) ([]byte, error) {
	b := c.now.Load()
	if b == nil {
		return nil, revocation.ErrMissing
	}
	return b.List(ctx, url)
}

// bring is a way with the file: outside somebody asks for the lists as they are now
// and writes them into it, inside it is read.
func (c *carried) bring(ctx context.Context, outside *statushttp.Fetcher) error {
	have := c.now.Load()
	if have == nil {
		have = revocation.NewBundle()
	}
	if err := outside.Refresh(ctx); err != nil {
		return err
	}
	next, err := bundlefile.Refresh(ctx, have, outside, c.trust, c.urls...)
	if err != nil {
		return err
	}
	if err := bundlefile.Write(ctx, c.path, next, c.trust); err != nil {
		return err
	}
	if next, err = bundlefile.Read(c.path); err != nil {
		return err
	}
	c.now.Store(next)
	return nil
}

func (c *carried) run(ctx context.Context, outside *statushttp.Fetcher, every time.Duration) error {
	for {
		if err := wait(ctx, every); err != nil {
			return err
		}
		if err := c.bring(ctx, outside); err != nil {
			return fmt.Errorf("the bundle was not brought: %w", err)
		}
	}
}
