package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

const (
	teams   = 10
	service = "https://db.example.com"
)

// fleet is everybody: the verifier, the operator's lists, and the agents.
type fleet struct {
	verifier *delegation.Verifier
	checker  *revocation.Checker
	lists    *revocation.Issuer
	boss     *delegation.Holder
	agents   []*delegation.Holder // agent i is of team i % teams
	entries  [teams][]vc.StatusEntry
	clock    atomic.Int64 // seconds since 1970; it moves when the story says so
	gone     atomic.Bool  // the revocation was handed to the verifier
	total    tally
}

func (f *fleet) now() time.Time { return time.Unix(f.clock.Load(), 0) }

func newFleet(budget int64) (*fleet, error) {
	f := &fleet{}
	f.clock.Store(time.Now().Unix())
	alice, err1 := did.GenerateKey(did.Ed25519)
	operator, err2 := did.GenerateKey(did.Ed25519)
	boss, err3 := did.GenerateKey(did.Ed25519)
	mandate, err4 := delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"db/**"}, Resources: []string{service + "/sales/**"}}},
		Audience: []string{service},
		Depth:    2,
		Limits:   map[string]delegation.Limit{"credits": {Unit: "credit", Max: budget}},
		Guarded:  &delegation.Overlay{Actions: []string{"db/read"}},
	})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	var err error
	if f.lists, err = revocation.NewIssuer(operator, "https://status.example.com/alice", revocation.IssuerOptions{}); err != nil {
		return nil, err
	}
	if f.checker, err = revocation.NewChecker(revocation.NewBundle(), revocation.Policy{MaxStaleness: time.Minute}); err != nil {
		return nil, err
	}
	f.verifier, err = delegation.NewVerifier(delegation.Config{
		Names: []string{service}, Status: f.checker, MaxStaleness: time.Minute, Now: f.now,
		Anchors: []delegation.Anchor{{DID: alice.DID(), Ceiling: mandate, ListSigners: []did.DID{operator.DID()}}},
		Ledger:  delegation.NewVolatileLedger(),
		Replay:  delegation.NewVolatileReplay(f.now().Add(-time.Minute), 0), // the first verifier of this name
	})
	if err != nil {
		return nil, err
	}
	status, err := f.lists.Allocate(context.Background(), f.now().Add(time.Hour), "revocation")
	if err != nil {
		return nil, err
	}
	chain, err := delegation.Root(alice, boss.DID(), mandate, delegation.Issue{
		Task: delegation.Task{ID: "urn:example:task:fleet"}, ValidFrom: f.now(), ValidUntil: f.now().Add(time.Hour), Status: status,
	})
	if err != nil {
		return nil, err
	}
	f.boss, err = delegation.NewHolder(boss, chain)
	return f, err
}

// hire spawns the agents: of each team a lead, whose link has status entries that
// the operator leased to it, and below the lead the others.
func (f *fleet) hire(n int) error {
	f.agents = make([]*delegation.Holder, n)
	for i := range n {
		lead, issue, wish := f.boss, delegation.Issue{}, delegation.Terms{Guarded: &delegation.Overlay{Actions: []string{"db/read"}}}
		if i < teams {
			entries, err := f.lists.Allocate(context.Background(), f.now().Add(time.Hour), "revocation", "guarded")
			if err != nil {
				return err
			}
			f.entries[i], issue.Status, wish.Depth = entries, entries, 1
		} else {
			lead = f.agents[i%teams]
		}
		var err error
		if f.agents[i], err = lead.Spawn(wish, issue); err != nil {
			return err
		}
	}
	return f.publish()
}

// publish signs the lists as they are now and hands them to the verifier.
func (f *fleet) publish() error {
	f.clock.Add(1) // no two lists of one second
	bundle, err := f.lists.Publish(context.Background(), f.now())
	if err != nil {
		return err
	}
	for _, list := range bundle.All() {
		if err := f.checker.Offer(context.Background(), list); err != nil {
			return err
		}
	}
	return nil
}

// guard sets a team's mode, or takes it back.
func (f *fleet) guard(team int, on bool) func() error {
	return func() error {
		value := uint8(0)
		if on {
			value = 1
		}
		return f.set(team, "guarded", value)
	}
}

// revoke ends a team.
func (f *fleet) revoke(team int) func() error {
	return func() error {
		if err := f.set(team, "revocation", 1); err != nil {
			return err
		}
		f.gone.Store(true) // what begins from now on must be refused
		return nil
	}
}

func (f *fleet) set(team int, purpose string, value uint8) error {
	for _, e := range f.entries[team] {
		if e.Purpose == purpose {
			if err := f.lists.Set(context.Background(), value, e); err != nil {
				return err
			}
			return f.publish()
		}
	}
	return fmt.Errorf("team %d has no entry of purpose %s", team, purpose)
}
