// Quickstart tells Taper's whole story in one run: an agent gets authority, hands a
// narrower part on, is verified offline, is narrowed and revoked, and leaves a trail
// that an outsider can check. It needs no network and no files.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

const (
	task    = "urn:example:task:quarterly-report"
	service = "https://db.example.com" // what agents call; it verifies them
	q3      = service + "/sales/2026/q3"
	origin  = "log.example.com/agents"
)

// The people and things of the story. The clock moves when the story says so.
var (
	ctx          = context.Background()
	now          = time.Now().UTC().Truncate(time.Second)
	clock        = func() time.Time { return now }
	names        = map[did.DID]string{}
	alice        = person("alice")    // the principal
	operator     = person("operator") // signs alice's status lists, and nothing else
	server       = person("service")
	lists        = must(revocation.NewIssuer(operator, "https://status.example.com/alice", revocation.IssuerOptions{}))
	checker      = must(revocation.NewChecker(revocation.NewBundle(), revocation.Policy{MaxStaleness: time.Minute}))
	skey, key, _ = audit.NewLogKey(origin)
	log          = must(audit.NewLog(origin, skey))
	trails       = map[did.DID]*audit.Recorder{server.DID(): must(audit.NewRecorder(server, log, audit.RecorderOptions{Role: audit.RoleVerifier, Now: clock}))}
	sales        = delegation.Grant{Actions: []string{"db/read", "db/export"}, Resources: []string{service + "/sales/**"}}
	reports      = delegation.Grant{Actions: []string{"fs/write"}, Resources: []string{service + "/reports/q3/**"}}
	ceiling      = must(delegation.NewAuthority(delegation.Terms{Grants: []delegation.Grant{sales, reports}, Audience: []string{service}, Depth: 2}))
	verifier     = must(delegation.NewVerifier(delegation.Config{
		Names: []string{service}, Status: checker, MaxStaleness: time.Minute, Now: clock,
		Anchors: []delegation.Anchor{{DID: alice.DID(), Ceiling: ceiling, ListSigners: []did.DID{operator.DID()}}},
	}))
)

func main() {
	record(server.DID(), audit.Entry{Type: audit.TaskOpen})
	now = now.Add(time.Minute) // the service has been up for a while

	fmt.Println("1. Alice grants an orchestrator a task; it spawns two agents with less")
	status := must(lists.Allocate(ctx, now.Add(time.Hour), "revocation", "guarded"))
	agent := person("orchestrator")
	chain := must(delegation.Root(alice, agent.DID(), ceiling, delegation.Issue{
		Agent: delegation.Agent{Kind: "orchestrator"}, Task: delegation.Task{ID: task, Purpose: "quarterly report"},
		ValidFrom: now, ValidUntil: now.Add(time.Hour), Status: status,
	}))
	orchestrator := must(delegation.NewHolder(agent, chain))
	hire(orchestrator, nil)
	guard := must(lists.Allocate(ctx, now.Add(time.Hour), "guarded")) // lets the operator narrow the researcher alone
	researcher := must(spawn("researcher", orchestrator, guard, delegation.Terms{
		Grants: []delegation.Grant{sales}, Depth: 1, Guarded: &delegation.Overlay{Actions: []string{"db/read"}},
	}))
	writer := must(spawn("writer", orchestrator, nil, delegation.Terms{Grants: []delegation.Grant{reports}}))
	draw("   alice\n   └─ ", orchestrator)
	draw("      ├─ ", researcher)
	draw("      └─ ", writer)
	publish()

	fmt.Println("\n2. The researcher tries to give itself more")
	_, err := spawn("greedy", researcher, nil, delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"db/**"}, Resources: []string{service + "/**"}}}})
	refused("at Spawn", err, delegation.ErrWidened)
	_, err = verifier.VerifyChain(ctx, forge(researcher))
	refused("at Verify, a wider link forged by hand", err, delegation.ErrWidened)

	fmt.Println("\n3. Each acts; the service checks chain, status and proof of possession, offline")
	allowed(act(researcher, "db/read", q3, `{"limit":100}`))
	allowed(act(researcher, "db/export", q3, `{"format":"csv"}`))
	allowed(act(writer, "fs/write", service+"/reports/q3/draft.md", `{"bytes":2048}`))
	refused("writer", act(writer, "db/read", q3, `{}`), delegation.ErrNotAllowed)
	anchor := must(log.Publish(ctx)) // an auditor keeps this checkpoint

	fmt.Println("\n4. Risk rises: the operator sets the researcher to guarded, and publishes")
	allowed(lists.Set(ctx, 1, guard[0]))
	publish()
	refused("researcher", act(researcher, "db/export", q3, `{"format":"csv"}`), delegation.ErrNotAllowed)
	allowed(act(researcher, "db/read", q3, `{"limit":10}`))

	fmt.Println("\n5. The operator revokes the orchestrator: everything below it falls")
	allowed(lists.Set(ctx, 1, status[0]))
	publish()
	for _, a := range []*delegation.Holder{researcher, writer, orchestrator} {
		refused(names[a.DID()], act(a, "db/read", q3, `{}`), delegation.ErrStatus)
		record(a.DID(), audit.Entry{Type: audit.TaskClose, Task: task, Outcome: audit.OutcomeDenied})
	}
	must(log.Publish(ctx))

	fmt.Println("\n6. An auditor, with the log, its public key and that checkpoint, rebuilds it all")
	policy := must(audit.NewPolicy(origin, key)).WithVerifiers(server.DID())
	report := must(audit.Audit(ctx, log, policy, anchor))
	expect(len(report.Findings) == 0, report)
	fmt.Print(named(report.String()))
	proved := must(log.Receipt(ctx, 7))
	must(audit.VerifyReceipt(proved.Signed().Bytes(), proved.Proof(), policy))
	fmt.Println("every signature, link and hash is right, and the inclusion of entry 7 is proved")
	report = must(audit.Audit(ctx, tampered{log}, policy, anchor))
	expect(len(report.Findings) > 0, "an altered entry was not found")
	fmt.Println("somebody alters one bit of an entry, and the auditor finds it:")
	for _, f := range report.Findings {
		fmt.Printf("  %s: %.90s\n", f.Kind, named(f.Detail))
	}
	fmt.Println("\nEverything went as told.")
}

// spawn makes a sub-agent, and both write so.
func spawn(name string, parent *delegation.Holder, status []vc.StatusEntry, wish delegation.Terms) (*delegation.Holder, error) {
	h, err := parent.Spawn(wish, delegation.Issue{Agent: delegation.Agent{Kind: name}, Task: delegation.Task{Step: name}, Status: status})
	if err == nil {
		names[h.DID()] = name
		gave := record(parent.DID(), audit.Entry{Type: audit.Delegate, Task: task, Chain: trailOf(h.Chain())})
		hire(h, &audit.Parent{Agent: parent.DID(), Entry: gave.Hash()})
	}
	return h, err
}

func hire(h *delegation.Holder, by *audit.Parent) {
	trails[h.DID()] = must(audit.NewRecorder(h.Signer(), log, audit.RecorderOptions{Now: clock}))
	record(h.DID(), audit.Entry{Type: audit.TaskOpen, Task: task, Cap: h.Chain().Digest(), Chain: trailOf(h.Chain()), Parent: by})
}

// act lets an agent do one thing: it writes its intent and signs an invocation; the
// service verifies that with what it is about to run; both write what came of it.
func act(a *delegation.Holder, action, resource, arguments string) error {
	req := delegation.Request{Action: action, Resource: resource, Arguments: []byte(arguments), Audience: service}
	salt := make([]byte, 16)
	rand.Read(salt)
	token := must(a.Invoke(req, delegation.Invoke{Now: now, Salt: salt}))
	e := audit.Entry{Task: task, Invocation: must(delegation.ParseInvocation(token)).Digest, Action: action}
	e.Resource = &audit.Resource{Digest: must(audit.Salted(salt, audit.DomainResource, []byte(resource)))}
	e.Type = audit.ActionIntent
	intent := record(a.DID(), e)
	start := time.Now()
	_, err := verifier.Verify(ctx, a.ChainJSON(), token, req)
	took, outcome, r := time.Since(start), audit.OutcomeOK, new(delegation.Refusal)
	e.Type, e.Chain, e.Decision = audit.Decided, trailOf(a.Chain()), &audit.Decision{Effect: audit.Permit}
	if errors.As(err, &r) {
		e.Decision = &audit.Decision{Effect: audit.Deny, Rule: int(r.Rule), Link: &r.Link, Dimension: string(r.Dimension)}
		outcome = audit.OutcomeDenied
	} else {
		fmt.Printf("   %-10s %-9s %-43s allowed in %s\n", names[a.DID()], action, resource, took.Round(time.Microsecond))
	}
	record(server.DID(), e)
	record(a.DID(), audit.Entry{Type: audit.ActionResult, Task: task, Intent: intent.Hash(), Outcome: outcome})
	return err
}

// forge makes a link that allows everything by hand, signed with the agent's own key.
func forge(a *delegation.Holder) []byte {
	parent := a.Chain().Links()[a.Chain().Len()-1]
	subject := must(json.Marshal(map[string]any{
		"id": a.DID(), "type": "Agent", "task": parent.Task, "parent": map[string]string{"id": parent.ID, "digestMultibase": parent.Digest},
		"authority": json.RawMessage(`{"grants":[{"actions":["**"],"resources":["**"]}],"audience":["` + service + `"]}`),
	}))
	link := must(vc.Sign(vc.Credential{
		Context: []string{vc.ContextV2, "https://w3id.org/taper/v1"}, ID: "urn:example:forged", Type: []string{"VerifiableCredential", "AgentTaskCredential"},
		ValidFrom: parent.ValidFrom, ValidUntil: parent.ValidUntil, Subject: []vc.Subject{{Claims: subject}},
	}, a.Signer(), vc.SignOptions{}))
	return []byte(strings.TrimSuffix(string(a.ChainJSON()), "]") + `,"` + link + `"]`)
}

// publish signs the lists as they are ten seconds later and hands them to the service.
func publish() {
	now = now.Add(10 * time.Second)
	for _, list := range must(lists.Publish(ctx, now)).All() {
		allowed(checker.Offer(ctx, list))
	}
}

// tampered is the log after somebody edited it.
type tampered struct{ audit.Reader }

func (t tampered) ReadEntryBundle(ctx context.Context, index uint64, p uint8) ([]byte, error) {
	data, err := t.Reader.ReadEntryBundle(ctx, index, p)
	if data = append([]byte(nil), data...); err == nil {
		data[len(data)/2] ^= 1
	}
	return data, err
}

// trailOf names a chain as the trail does.
func trailOf(c delegation.Chain) *audit.Chain {
	out := &audit.Chain{Digest: c.Digest()}
	for _, l := range c.Links() {
		out.Links = append(out.Links, audit.Link{ID: l.ID, Digest: l.Digest, Issuer: l.Issuer, Subject: l.Holder})
	}
	return out
}

func record(who did.DID, e audit.Entry) *audit.Signed {
	return must(trails[who].Record(ctx, e)).Signed()
}

func person(name string) *did.Signer {
	s := must(did.GenerateKey(did.Ed25519))
	names[s.DID()] = name
	return s
}

func draw(branch string, a *delegation.Holder) {
	fmt.Printf("%s%-13s %s\n", branch, names[a.DID()], a.DID())
	for _, g := range a.Authority().Terms().Grants {
		fmt.Printf("         %s on %s\n", strings.Join(g.Actions, ", "), strings.Join(g.Resources, ", "))
	}
}

func named(text string) string {
	for d, name := range names {
		text = strings.ReplaceAll(text, d.String(), name)
	}
	return text
}

// refused demands that this rule refused, and shows why.
func refused(who string, err error, rule delegation.Rule) {
	expect(errors.Is(err, rule), err)
	fmt.Printf("   %s: refused. %s\n", who, named(strings.TrimPrefix(err.Error(), "delegation: ")))
}

func must[T any](v T, err error) T {
	allowed(err)
	return v
}

func allowed(err error) { expect(err == nil, err) }

// expect ends the story where it goes otherwise than told.
func expect(ok bool, instead any) {
	if !ok {
		fmt.Fprintln(os.Stderr, "\nquickstart: the story went wrong:", instead)
		os.Exit(1)
	}
}
