package taper_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
)

func Example() {
	// A principal lets an agent read the sales data, for ten minutes.
	alice, _ := did.GenerateKey(did.Ed25519)
	agent, _ := did.GenerateKey(did.Ed25519)
	authority, err := delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"db/**"}, Resources: []string{"https://db.example.com/sales/**"}}},
		Audience: []string{"https://db.example.com"},
		Depth:    1,
	})
	check(err)
	chain, err := delegation.Root(alice, agent.DID(), authority, delegation.Issue{
		Task: delegation.Task{ID: "urn:example:report"}, ValidFrom: time.Now(), ValidUntil: time.Now().Add(10 * time.Minute),
	})
	check(err)
	holder, err := delegation.NewHolder(agent, chain)
	check(err)

	// The agent spawns a sub-agent that may only read. It cannot give more than it has.
	reader, err := holder.Spawn(delegation.Terms{
		Grants: []delegation.Grant{{Actions: []string{"db/read"}, Resources: []string{"https://db.example.com/sales/**"}}},
	}, delegation.Issue{})
	check(err)
	_, err = holder.Spawn(delegation.Terms{
		Grants: []delegation.Grant{{Actions: []string{"**"}, Resources: []string{"**"}}},
	}, delegation.Issue{})
	fmt.Println(err)

	// The service trusts alice, verifies the chain and the sub-agent's proof, offline,
	// and runs what it verified.
	verifier, err := delegation.NewVerifier(delegation.Config{
		Names:        []string{"https://db.example.com"},
		Anchors:      []delegation.Anchor{{DID: alice.DID(), Ceiling: authority}},
		MaxStaleness: 15 * time.Minute, // so a link of ten minutes needs no status list
		// A verifier that starts refuses what was invoked before it, since an earlier
		// one may have allowed that. This one had no earlier one.
		Replay: delegation.NewVolatileReplay(time.Now().Add(-time.Minute), 0),
	})
	check(err)
	req := delegation.Request{
		Action: "db/read", Resource: "https://db.example.com/sales/2026", Arguments: []byte(`{"limit":10}`),
		Audience: "https://db.example.com",
	}
	token, err := reader.Invoke(req, delegation.Invoke{})
	check(err)
	allowed, err := verifier.Verify(context.Background(), reader.ChainJSON(), token, req)
	check(err)
	fmt.Println("allowed:", allowed.Request().Action, "by the sub-agent:", allowed.Agent() == reader.DID())

	// What no link allows is refused, and the refusal says why.
	req.Resource = "https://db.example.com/salaries"
	token, _ = reader.Invoke(req, delegation.Invoke{})
	_, err = verifier.Verify(context.Background(), reader.ChainJSON(), token, req)
	var refusal *delegation.Refusal
	if errors.As(err, &refusal) {
		fmt.Println("refused:", refusal.Dimension, refusal.Offered, "is not inside", refusal.Allowed)
	}
	// Output:
	// delegation: rule 11: authority is wider than its parent's: actions: offered "**", allowed "db/**"; wish for no more than that, or take what Narrow gives
	// allowed: db/read by the sub-agent: true
	// refused: resources "https://db.example.com/salaries" is not inside "https://db.example.com/sales/**"
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
