package audit_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/personas"
)

// exampleClock stands for the system's clock, so that the examples are the same
// every day.
func exampleClock() time.Time { return start }

// must keeps the examples short; it is for examples alone.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// An agent and the verifier that judges it write one log, each with its own key.
// Later an outsider who kept a checkpoint audits all of it offline.
func Example() {
	ctx := context.Background()
	alice, carol, bob := personas.New("alice"), personas.New("carol"), personas.New("bob")
	log := must(audit.NewLog(origin, skey))
	agent := must(audit.NewRecorder(carol, log, audit.RecorderOptions{Now: exampleClock}))
	server := must(audit.NewRecorder(bob, log, audit.RecorderOptions{Role: audit.RoleVerifier, Now: exampleClock}))

	// The chain of task credentials comes from the delegation package.
	link := audit.Link{ID: "urn:uuid:1", Digest: digest("link"), Issuer: alice.DID(), Subject: carol.DID()}
	chain := &audit.Chain{Digest: link.Digest, Links: []audit.Link{link}}
	agent.Record(ctx, audit.Entry{Type: audit.TaskOpen, Task: task, Cap: link.Digest, Chain: chain})
	server.Record(ctx, audit.Entry{Type: audit.TaskOpen})

	// The agent says what it is about to do, before it does it.
	resource := must(audit.Salted(salt, audit.DomainResource, []byte("https://db.example.com/sales")))
	intent, _ := agent.Record(ctx, audit.Entry{
		Type: audit.ActionIntent, Invocation: digest("invocation"), Action: "db/write",
		Resource: &audit.Resource{Digest: resource},
		Why:      &audit.Why{Code: audit.WhyPlan},
	})
	// The verifier says what it decided.
	server.Record(ctx, audit.Entry{
		Type: audit.Decided, Invocation: digest("invocation"), Action: "db/write", Task: task, Chain: chain,
		Resource: &audit.Resource{Digest: resource},
		Decision: &audit.Decision{Effect: audit.Deny, Rule: 15, Link: new(0), Dimension: "actions"},
	})
	kept := must(log.Publish(ctx)) // an auditor keeps this
	agent.Seen(kept)
	agent.Record(ctx, audit.Entry{Type: audit.ActionResult, Intent: intent.Hash(), Outcome: audit.OutcomeDenied})
	agent.Record(ctx, audit.Entry{Type: audit.TaskClose, Outcome: audit.OutcomeError})
	must(log.Publish(ctx))

	policy := must(audit.NewPolicy(origin, vkey))
	report := must(audit.Audit(ctx, log, policy, kept))
	fmt.Println(len(report.Findings), "findings")
	for _, a := range report.Refusals() {
		fmt.Println(a.Name, "refused:", a.Reason())
	}
	// Output:
	// 0 findings
	// db/write refused: rule 15, link 0, actions
}

func ExampleSign() {
	carol := personas.New("carol")
	signed := must(audit.Sign(carol, audit.Entry{
		Type: audit.TaskClose, ID: "urn:uuid:2", Agent: carol.DID(), Role: audit.RoleAgent,
		Seq: 1, Prev: audit.LeafHash([]byte("the entry before")), Time: start, Task: task,
	}))
	again := must(audit.ParseSigned(signed.Bytes()))
	fmt.Println(again.Entry().Type, again.Entry().Seq)
	// Output: task.close 1
}

func ExampleSalted() {
	// The salt stays with the content, outside the log.
	fmt.Println(must(audit.Salted([]byte("sixteen bytes!!!"), audit.DomainArgs, []byte(`{"limit":10}`))))
	// Output: uEiBOqkhTek83oRr4vzx55HUP7Pr951SzpK9M8gXZm4iagw
}

func ExampleVerifyReceipt() {
	ctx := context.Background()
	alice, carol := personas.New("alice"), personas.New("carol")
	log := must(audit.NewLog(origin, skey))
	agent := must(audit.NewRecorder(carol, log, audit.RecorderOptions{Now: exampleClock}))
	recorded := must(agent.Record(ctx, open(alice, carol)))
	fmt.Println(recorded.Level(ctx))
	must(log.Publish(ctx))
	fmt.Println(recorded.Level(ctx))
	proof := must(recorded.Pending().Receipt(ctx)).Proof()

	// Anyone who has the entry, the proof and the log's key:
	policy := must(audit.NewPolicy(origin, vkey))
	receipt := must(audit.VerifyReceipt(recorded.Signed().Bytes(), proof, policy))
	fmt.Println("entry", receipt.Index(), "of", receipt.Checkpoint().Size())
	// Output:
	// volatile
	// published
	// entry 0 of 1
}

func ExampleParseCheckpoint() {
	log := must(audit.NewLog(origin, skey))
	policy := must(audit.NewPolicy(origin, vkey))
	checkpoint := must(audit.ParseCheckpoint(log.Checkpoint().Bytes(), policy))
	fmt.Println(checkpoint.Origin(), checkpoint.Size())
	_, err := audit.ParseCheckpoint([]byte("audit.example/agents\n7\n"), policy)
	fmt.Println(err)
	// Output:
	// audit.example/agents 0
	// audit: wrong checkpoint: no blank line before signatures
}

func ExampleAudit() {
	story := tell(new(testing.B))
	policy := must(audit.NewPolicy(origin, vkey))
	report := must(audit.Audit(context.Background(), story.log, policy, story.anchor))
	fmt.Print(report)
	// Output:
	// log "audit.example/agents": 13 entries, root uEiAAeWDQi2Ar_l9giAxu1GCN_tY1wTw4JDI8udfeadLtyg
	// anchor: 5 entries, root uEiCkXPLcOpPG8OCSAAeo3IWEklY_DhiirW74-4fsptixiQ
	// verifier: did:key:z6MkwXqWz7XQYtC13DHtyBZxhkwRnY5nYmoixfntfM7ZpchL
	// findings: 0
	// task "urn:uuid:11111111-1111-4111-8111-111111111111"
	//   did:key:z6MkhtvHSD66pexcuUbBHc6xxeoytttZdmVC551nqVDf3eGD, closed ok
	//     "db/read": permit, ok
	//     did:key:z6MkoURLX5m7cHT2zt3MU7E62eqYs6DbgyLZU3XLVr9qmNKF, closed error
	//       "db/write": deny (rule 15, link 0, actions, normal), denied
}

func ExampleCheckConsistency() {
	story := tell(new(testing.B))
	old, head := story.anchor, story.log.Checkpoint()
	hashes := must(story.log.Consistency(context.Background(), old.Size(), head.Size()))
	fmt.Println(audit.CheckConsistency(old.Size(), old.Root(), head.Size(), head.Root(), hashes))
	// Output: <nil>
}
