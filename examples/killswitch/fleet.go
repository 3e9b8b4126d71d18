package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

const (
	teams  = 10
	agents = 2 // of a team: its lead, and who is below
	// everyone is the subtree of the orchestrator; team n is subtree 1 + n.
	everyone = 0
	subtrees = 1 + teams
)

// fleet is the tree: alice, her orchestrator, below it the leads of teams, and below
// each lead its agents. The orchestrator's link and each lead's have status entries.
type fleet struct {
	alice, operator *did.Signer
	authority       delegation.Authority
	agents          []*delegation.Holder // agent i is of team i % teams
	entries         [subtrees][]vc.StatusEntry
}

// nameOf names a subtree.
func nameOf(subtree int) string {
	if subtree == everyone {
		return "everyone"
	}
	return fmt.Sprintf("team %d", subtree-1)
}

// subtreeOf returns whose entry that is, -1 for nobody's.
func (f *fleet) subtreeOf(e vc.StatusEntry) int {
	for i, entries := range f.entries {
		for _, one := range entries {
			if one.List == e.List && one.Index == e.Index {
				return i
			}
		}
	}
	return -1
}

// newFleet mints the agents. They may read and write at the services, and read
// alone while they are guarded.
func newFleet(ctx context.Context, operator *did.Signer, lists *revocation.Issuer, services []string) (*fleet, error) {
	f := &fleet{operator: operator}
	var resources []string
	for _, s := range services {
		resources = append(resources, s+"/sales/**")
	}
	alice, err1 := did.GenerateKey(did.Ed25519)
	boss, err2 := did.GenerateKey(did.Ed25519)
	authority, err3 := delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"http/**"}, Resources: resources}},
		Audience: services, Depth: 2, Guarded: &delegation.Overlay{Actions: []string{"http/get"}},
	})
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	f.alice, f.authority = alice, authority
	until := time.Now().Add(12 * time.Hour)
	for i := range f.entries {
		var err error
		if f.entries[i], err = lists.Allocate(ctx, until, revocation.Revocation, revocation.Guarded); err != nil {
			return nil, err
		}
	}
	chain, err := delegation.Root(alice, boss.DID(), authority, delegation.Issue{
		Task:      delegation.Task{ID: "urn:example:task:fleet"},
		ValidFrom: time.Now(), ValidUntil: until, Status: f.entries[everyone],
	})
	if err != nil {
		return nil, err
	}
	orchestrator, err := delegation.NewHolder(boss, chain)
	if err != nil {
		return nil, err
	}
	return f, f.hire(orchestrator)
}

func (f *fleet) hire(orchestrator *delegation.Holder) error {
	for i := range teams * agents {
		lead, issue := orchestrator, delegation.Issue{}
		wish := delegation.Terms{Guarded: &delegation.Overlay{Actions: []string{"http/get"}}}
		if i < teams {
			issue.Status, wish.Depth = f.entries[1+i], 1
		} else {
			lead = f.agents[i%teams]
		}
		agent, err := lead.Spawn(wish, issue)
		if err != nil {
			return err
		}
		f.agents = append(f.agents, agent)
	}
	return nil
}
