package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// one is alice -> dave, of one link, as a test wants it.
func one(tb testing.TB, change func(*delegation.Terms, *delegation.Issue)) delegation.Chain {
	tb.Helper()
	t := rootTerms()
	is := delegation.Issue{
		ID: "urn:example:link:0", Task: delegation.Task{ID: "urn:example:task:7"},
		ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour), Status: status,
	}
	if change != nil {
		change(&t, &is)
	}
	chain, err := delegation.Root(alice, dave.DID(), authority(tb, t), is)
	require.NoError(tb, err)
	return chain
}

func TestChain(t *testing.T) {
	chain := story(t)
	links := chain.Links()
	packed, err := chain.Pack()
	require.NoError(t, err)
	ask := func(more object) object { return aboutChain(t, chain, more) }
	about := func(chain any, more object) object { return aboutChain(t, chain, more) }
	refused := func(rule int, link any, code string) object {
		return object{"verdict": reject, "rule": rule, "link": link, "code": code, "leaf": nil, "effective": nil, "mode": nil}
	}
	holds := object{
		"verdict": accept, "leaf": dave.DID(), "depth": 3, "mode": "normal", "digest": chain.Digest(),
		"effective": links[2].Authority, "code": nil, "rule": nil, "link": nil,
	}
	anchors := func(members object) object { return object{"roots": object{alice.DID().String(): members}} }
	signers := object{"listSigners": []any{oscar.DID()}}
	lists := func(revocation, guarded []uint64, age time.Duration) object {
		return object{
			listURL:  draft{set: revocation, age: age}.sign(t),
			guardURL: draft{url: guardURL, purpose: "guarded", set: guarded, age: age}.sign(t),
		}
	}
	set := []uint64{10, 11}
	ofAlice := object{
		listURL: draft{signer: alice}.sign(t), guardURL: draft{signer: alice, url: guardURL, purpose: "guarded"}.sign(t),
	}
	ceiling := rootTerms()
	ceiling.Grants = ceiling.Grants[:1]
	nothing := one(t, func(t *delegation.Terms, _ *delegation.Issue) { t.Guarded = nil })
	long := one(t, func(_ *delegation.Terms, is *delegation.Issue) {
		is.ValidUntil, is.Status = noon.Add(23*time.Hour), nil
	})
	short := one(t, func(_ *delegation.Terms, is *delegation.Issue) {
		is.ValidUntil, is.Status = noon.Add(4*time.Minute), nil
	})
	reversed := []raw{}
	require.NoError(t, json.Unmarshal(encoded(chain), &reversed))
	reversed[0], reversed[2] = reversed[2], reversed[0]
	requireAnswers(t, []answer{
		{"holds", ask(nil), holds},
		{"packed", about(packed, nil), holds},
		{"the array in a string", about(string(encoded(chain)), nil), refused(1, nil, "chain")},
		{"roots as an array", ask(object{"roots": []any{alice.DID(), mallory.DID()}, "lists": ofAlice}), holds},
		{"a root signs its lists", ask(with(anchors(object{}), object{"lists": ofAlice})), holds},
		{"a root does not, where others do", ask(object{"lists": ofAlice}), refused(12, 0, "signer")},
		{"no roots", ask(object{"roots": []any{}}), refused(3, 0, "root")},
		{"no roots, and no chain", about([]any{}, object{"roots": object{}}), refused(1, nil, "chain")},
		{"another root", ask(object{"roots": []any{mallory.DID()}}), refused(3, 0, "root")},
		{"a root that ended", ask(anchors(with(signers, object{"notAfter": noonText}))), refused(3, 0, "root")},
		{"a root that ends", ask(anchors(with(signers, object{"notAfter": "2026-11-23T12:00:01Z"}))), holds},
		{"within the ceiling", ask(anchors(with(signers, object{"ceiling": authority(t, rootTerms())}))), holds},
		{"beyond the ceiling", ask(anchors(with(signers, object{"ceiling": authority(t, ceiling)}))), with(refused(11, 0, "widened"), object{"dimension": "actions"})},
		{"a ceiling that is none", ask(anchors(object{"ceiling": object{}})), object{"verdict": failed, "code": "member"}},
		{"a root with an unknown member", ask(anchors(object{"trust": true})), object{"verdict": failed, "code": "member"}},
		{"a root that is no DID", ask(object{"roots": []any{"alice"}}), object{"verdict": failed, "code": "member"}},
		{"roots as text", ask(object{"roots": alice.DID()}), object{"verdict": failed, "code": "member"}},
		{"list signers that are none", ask(anchors(object{"listSigners": []any{}})), object{"verdict": failed, "code": "member"}},
		{"no roots stated", ask(object{"roots": nil}), object{"verdict": failed, "code": "member"}},
		{"no time stated", ask(object{"at": nil}), object{"verdict": failed, "code": "member"}},
		{"no chain", ask(object{"chain": nil}), object{"verdict": failed, "code": "member"}},
		{"null", about(nil, nil), refused(1, nil, "chain")},
		{"an object", about(object{}, nil), refused(1, nil, "chain")},
		{"a number", about(1, nil), refused(1, nil, "chain")},
		{"a link that is none", about([]any{"a"}, nil), refused(2, 0, "link")},
		{"a link twice", about(raw(`["a","a"]`), nil), refused(2, 0, "link")},
		{"reversed", about(reversed, nil), refused(3, 0, "root")},
		{"widened", about(forge(t, chain, dave, nil), nil), with(refused(11, 3, "widened"), object{"dimension": "actions", "offered": `"**"`, "allowed": `"db/**"`, "fix": "ask for actions inside these"})},
		{"forged by a stranger", about(forge(t, chain, mallory, nil), nil), refused(5, 3, "order")},
		{"under another parent", about(forge(t, chain, dave, func(s object) { s["parent"].(object)["digestMultibase"] = links[0].Digest }), nil), refused(6, 3, "parent")},
		{"of another task", about(forge(t, chain, dave, func(s object) { s["task"] = object{"id": "urn:example:task:8"} }), nil), refused(10, 3, "task")},
		// Time.
		{"at its end", ask(object{"at": "2026-11-23T12:30:00Z", "lists": object{}}), refused(7, 2, "expired")},
		{"at its end, within skew", ask(object{"at": "2026-11-23T12:30:00Z", "skew": 1, "maxStaleness": 3600}), holds},
		{"before its time", ask(object{"at": "2026-11-23T11:58:59Z"}), refused(7, 0, "notYetValid")},
		{"lives too long", ask(object{"maxLifetime": 60}), refused(7, 0, "time")},
		{"lives long enough", ask(object{"maxLifetime": 3660}), holds},
		// Status.
		{"no lists", ask(object{"lists": nil}), refused(12, 0, "missing")},
		{"lists that are none", ask(object{"lists": object{listURL: 1, guardURL: nil}}), refused(12, 0, "list")},
		{"lists 300 s old", ask(object{"lists": lists(nil, nil, 300*time.Second)}), holds},
		{"lists 301 s old", ask(object{"lists": lists(nil, nil, 301*time.Second)}), refused(12, 0, "stale")},
		{"lists 301 s old, and allowed", ask(object{"lists": lists(nil, nil, 301*time.Second), "maxStaleness": 301}), holds},
		{"revoked", ask(object{"lists": lists(set, nil, 0)}), refused(12, 0, "revoked")},
		{"guarded", ask(object{"lists": lists(nil, set, 0)}), object{"verdict": accept, "mode": "guarded", "effective": raw(
			`{"audience":["https://db.example.com"],"depth":1,"grants":[{"actions":["db/read"],"args":{"limit":{"range":[1,100]}},"except":["https://db.example.com/sales/pii/**"],"resources":["https://db.example.com/sales/**"]}],"guarded":{"actions":["db/read"]}}`)}},
		{"guarded, nothing left", about(nothing, object{"lists": lists(nil, set, 0)}), object{"verdict": accept, "mode": "guarded"}},
		{"no longer revoked", ask(object{"priorLists": lists(set, nil, time.Minute)}), refused(12, 0, "revoked")},
		{"no longer revoked, after long", ask(object{"priorLists": lists(set, nil, time.Hour)}), refused(12, 0, "revoked")},
		{"rolled back", ask(object{"lists": lists(nil, nil, time.Minute), "priorLists": lists(set, nil, 0)}), refused(12, 0, "revoked")},
		{"no longer guarded", ask(object{"priorLists": lists(nil, set, time.Minute)}), holds},
		{"two lists of one time", ask(object{"priorLists": lists(set, nil, 0)}), refused(12, 0, "equivocation")},
		{"seen before, and no newer list", ask(object{"lists": nil, "priorLists": lists(nil, nil, time.Minute)}), holds},
		{"seen before, and stale by now", ask(object{"lists": nil, "priorLists": lists(nil, nil, time.Hour)}), refused(12, 0, "stale")},
		{"unrevocable", about(long, nil), refused(12, 0, "status")},
		{"unrevocable, and allowed", about(long, object{"allowUnrevocableRoots": true}), object{"verdict": accept, "depth": 1}},
		{"unrevocable, and short", about(short, nil), object{"verdict": accept}},
	})
}

// A chain may mix tokens and documents with a proof, and what is changed in a document
// is found.
func TestMixedChain(t *testing.T) {
	chain := root(t, func(_ *delegation.Terms, is *delegation.Issue) { is.Format = vc.EdDSAJCS })
	terms := rootTerms()
	terms.Depth = 2
	chain, err := chain.Extend(bob, dave.DID(), authority(t, terms), delegation.Issue{ID: "urn:example:link:1"})
	require.NoError(t, err)
	wire := string(encoded(chain))
	change := func(from, to string) object {
		require.Contains(t, wire, from)
		return aboutChain(t, raw(strings.Replace(wire, from, to, 1)), nil)
	}
	holds := object{"verdict": accept, "depth": 2, "leaf": dave.DID(), "digest": chain.Digest()}
	refused := func(rule, link int, code string) object {
		return object{"verdict": reject, "rule": rule, "link": link, "code": code}
	}
	requireAnswers(t, []answer{
		{"as it is", aboutChain(t, chain, nil), holds},
		{"with spaces, which are not signed", change(`{"@context":`, " {\n \"@context\" :\t"), holds},
		{"with an invocation", aboutChain(t, chain, object{
			"invocation": invoke(t, chain, readSales, delegation.Invoke{}), "audience": service, "request": asked(readSales),
		}), holds},
		{"altered", change(`"quarterly report"`, `"yearly report"`), refused(4, 0, "signature")},
		{"a member more", change(`{"@context":`, `{"note":1,"@context":`), refused(2, 0, "link")},
		{"a member twice", change(`{"@context":`, `{"id":"urn:example:link:0","@context":`), object{"verdict": reject}},
		{"another purpose", change(`"assertionMethod"`, `"authentication"`), refused(4, 0, "signature")},
	})
}

func TestInvocation(t *testing.T) {
	chain := story(t)
	ask := func(req delegation.Request, in delegation.Invoke, more object) object {
		return aboutChain(t, chain, with(object{"invocation": invoke(t, chain, req, in), "audience": service, "request": asked(req)}, more))
	}
	refused := func(rule int, link any, code string) object {
		return object{"verdict": reject, "rule": rule, "link": link, "code": code, "leaf": nil}
	}
	allowed := object{"verdict": accept, "leaf": dave.DID(), "depth": 3, "mode": "normal", "code": nil}
	first := invoke(t, chain, readSales, delegation.Invoke{})
	http := readSales
	http.HTTP = &delegation.HTTP{Method: "GET", URL: service + "/sales/2026", Digest: digest([]byte("body"))}
	facts := object{"method": "GET", "url": service + "/sales/2026", "digest": digest([]byte("body"))}
	other := readSales
	other.Action = "db/write"
	outside := readSales
	outside.Resource = service + "/salaries"
	requireAnswers(t, []answer{
		{"allowed", ask(readSales, delegation.Invoke{}, nil), allowed},
		{"a request that names its audience", ask(readSales, delegation.Invoke{}, object{"request": with(asked(readSales), object{"audience": service})}), allowed},
		{"a request for another audience", ask(readSales, delegation.Invoke{}, object{"request": with(asked(readSales), object{"audience": "https://other.example"})}), refused(13, nil, "invocation")},
		{"another verifier", ask(readSales, delegation.Invoke{}, object{"audience": "https://other.example"}), refused(13, nil, "invocation")},
		{"no invocation", ask(readSales, delegation.Invoke{}, object{"invocation": nil}), refused(13, nil, "invocation")},
		{"an invocation that is none", ask(readSales, delegation.Invoke{}, object{"invocation": 7}), refused(13, nil, "invocation")},
		{"an audience and no question", ask(readSales, delegation.Invoke{}, object{"invocation": nil, "request": nil}), allowed},
		{"no audience", ask(readSales, delegation.Invoke{}, object{"audience": nil}), object{"verdict": failed, "code": "member"}},
		{"no request", ask(readSales, delegation.Invoke{}, object{"request": nil}), object{"verdict": failed, "code": "member"}},
		{"an audience that is none", ask(readSales, delegation.Invoke{}, object{"audience": "db"}), object{"verdict": failed, "code": "member"}},
		{"used before", ask(readSales, delegation.Invoke{}, object{"seen": []any{first}}), refused(13, nil, "replayed")},
		{"another used before", ask(readSales, delegation.Invoke{ID: "qrstuvwxyzabcdef"}, object{"seen": []any{first}}), allowed},
		{"of an id used long before", ask(readSales, delegation.Invoke{}, object{"seen": []any{invoke(t, chain, readSales, delegation.Invoke{Now: noon.Add(-time.Hour)})}}), allowed},
		{"seen that is none", ask(readSales, delegation.Invoke{}, object{"seen": []any{"a"}}), object{"verdict": failed, "code": "member"}},
		{"before its time", ask(readSales, delegation.Invoke{Now: noon.Add(time.Second)}, nil), refused(13, nil, "notYetValid")},
		{"before its time, within skew", ask(readSales, delegation.Invoke{Now: noon.Add(time.Second)}, object{"invocationSkew": 1}), allowed},
		{"the chain's skew is another", ask(readSales, delegation.Invoke{Now: noon.Add(time.Second)}, object{"skew": 1}), refused(13, nil, "notYetValid")},
		{"at its end", ask(readSales, delegation.Invoke{Now: noon.Add(-time.Minute)}, nil), refused(13, nil, "expired")},
		{"another action", ask(readSales, delegation.Invoke{}, object{"request": asked(other)}), refused(14, nil, "mismatch")},
		{"other arguments", ask(readSales, delegation.Invoke{}, object{"request": with(asked(readSales), object{"arguments": object{"limit": 11}})}), refused(14, nil, "mismatch")},
		{"arguments in another order of spaces", ask(readSales, delegation.Invoke{}, object{"request": with(asked(readSales), object{"arguments": raw(` { "limit" : 1.0e1 } `)})}), allowed},
		{"an argument twice", ask(readSales, delegation.Invoke{}, object{"request": with(asked(readSales), object{"arguments": raw(`{"limit":10,"limit":10}`)})}), refused(14, nil, "malformedRequest")},
		{"an unknown member", ask(readSales, delegation.Invoke{}, object{"request": with(asked(readSales), object{"note": 1})}), refused(14, nil, "malformedRequest")},
		{"a request that is none", ask(readSales, delegation.Invoke{}, object{"request": []any{}}), refused(14, nil, "malformedRequest")},
		{"a malformed request under a bad chain", ask(readSales, delegation.Invoke{}, object{"request": object{}, "roots": []any{mallory.DID()}}), refused(3, 0, "root")},
		{"over HTTP", ask(http, delegation.Invoke{}, object{"request": with(asked(http), object{"http": facts})}), allowed},
		{"over another HTTP", ask(http, delegation.Invoke{}, object{"request": with(asked(http), object{"http": with(facts, object{"method": "POST"})})}), refused(14, nil, "mismatch")},
		{"bound to HTTP, and none at hand", ask(http, delegation.Invoke{}, nil), refused(14, nil, "mismatch")},
		{"HTTP at hand, and not bound", ask(readSales, delegation.Invoke{}, object{"request": with(asked(readSales), object{"http": facts})}), refused(14, nil, "mismatch")},
		{"outside", ask(outside, delegation.Invoke{}, nil), with(refused(15, 0, "notAllowed"), object{"dimension": "resources"})},
		{"guarded", ask(other, delegation.Invoke{}, object{"lists": object{
			listURL: draft{}.sign(t), guardURL: draft{url: guardURL, purpose: "guarded", set: []uint64{11}}.sign(t),
		}}), with(refused(15, 0, "notAllowed"), object{"dimension": "actions"})},
	})
}

func TestBudgetsAndRequirements(t *testing.T) {
	budget := one(t, func(t *delegation.Terms, _ *delegation.Issue) {
		t.Limits = map[string]delegation.Limit{"usd": {Unit: "USD/100", Max: 1000}, "calls": {Unit: "count", Max: 1}}
	})
	split := one(t, func(t *delegation.Terms, _ *delegation.Issue) {
		t.Audience = []string{service, "https://other.example"}
		t.Limits = map[string]delegation.Limit{"usd": {Unit: "USD/100", Max: 1000, Split: "audience"}}
	})
	unshared := one(t, func(t *delegation.Terms, _ *delegation.Issue) {
		t.Audience = []string{service, "https://other.example"}
		t.Limits = map[string]delegation.Limit{"usd": {Unit: "USD/100", Max: 1000}}
	})
	approved := one(t, func(t *delegation.Terms, _ *delegation.Issue) {
		t.Requires = &delegation.Requires{Approval: []delegation.ApprovalRule{{Actions: []string{"db/**"}, By: []string{carol.DID().String(), bob.DID().String()}, Min: 1}}}
	})
	attested := one(t, func(t *delegation.Terms, _ *delegation.Issue) {
		t.Requires = &delegation.Requires{Attestation: []string{digest([]byte("manifest"))}}
	})
	ask := func(chain delegation.Chain, more object) object {
		return aboutChain(t, chain, with(object{"invocation": invoke(t, chain, readSales, delegation.Invoke{}), "audience": service, "request": asked(readSales)}, more))
	}
	costs := func(n any) object {
		return object{"request": with(asked(readSales), object{"amounts": object{"USD/100": n}})}
	}
	approve := func(by *did.Signer, change func(*delegation.ApprovalRequest)) object {
		inv, err := delegation.ParseInvocation(invoke(t, approved, readSales, delegation.Invoke{}))
		require.NoError(t, err)
		q := delegation.ApprovalRequest{
			Agent: dave.DID(), Leaf: approved.Digest(), Audience: service, Action: readSales.Action, Resource: readSales.Resource,
			Arguments: readSales.Arguments, Invocation: inv.ID, Salt: inv.Salt,
		}
		if change != nil {
			change(&q)
		}
		token, err := delegation.Approve(by, q, delegation.Approving{Now: noon})
		require.NoError(t, err)
		return object{"approvals": []string{token}}
	}
	refused := func(rule int, code string) object {
		return object{"verdict": reject, "rule": rule, "link": nil, "code": code}
	}
	requireAnswers(t, []answer{
		{"within the budget", ask(budget, costs(1000)), object{"verdict": accept}},
		{"over the budget", ask(budget, costs(1001)), with(refused(17, "overBudget"), object{"dimension": "limits", "offered": "1001 USD/100", "fix": "spend at most 1000"})},
		{"no amount", ask(budget, nil), with(refused(17, "budget"), object{"dimension": "limits"})},
		{"an amount below 0", ask(budget, costs(-1)), refused(14, "malformedRequest")},
		{"an amount of a fraction", ask(budget, costs(1.5)), refused(14, "malformedRequest")},
		{"the share of one name", ask(split, costs(500)), object{"verdict": accept}},
		{"more than the share", ask(split, costs(501)), refused(17, "overBudget")},
		{"a budget that is not shared", ask(unshared, costs(1)), refused(17, "budget")},
		{"approved", ask(approved, approve(carol, nil)), object{"verdict": accept}},
		{"not approved", ask(approved, nil), with(refused(16, "noApproval"), object{"dimension": "requires"})},
		{"approved by a stranger", ask(approved, approve(mallory, nil)), refused(16, "requires")},
		{"another action approved", ask(approved, approve(carol, func(q *delegation.ApprovalRequest) { q.Action = "db/write" })), refused(16, "requires")},
		{"an approval that is none", ask(approved, object{"approvals": []any{7}}), refused(16, "requires")},
		{"approvals as text", ask(approved, object{"approvals": "a"}), object{"verdict": failed, "code": "member"}},
		{"approvals that nobody asked for", ask(budget, with(costs(1), approve(carol, nil))), object{"verdict": reject, "rule": 16}},
		{"evidence, and no attestor", ask(attested, object{"evidence": []any{"a"}}), with(refused(16, "requires"), object{"dimension": "requires"})},
		{"no evidence", ask(attested, nil), refused(16, "requires")},
		{"evidence that nobody asked for", ask(budget, with(costs(1), object{"evidence": []any{"a"}})), object{"verdict": accept}},
	})
}

// BenchmarkChainLines measures the batch over chains of three links with two lists
// and an invocation.
func BenchmarkChainLines(b *testing.B) {
	chain := story(b)
	line := encoded(aboutChain(b, chain, object{
		"invocation": invoke(b, chain, readSales, delegation.Invoke{}), "audience": service, "request": asked(readSales),
	}))
	b.SetBytes(int64(len(line)))
	env := &environment{now: atNoon}
	for b.Loop() {
		if r := judgeLine(line, env); r.verdict != accept {
			b.Fatal(r.err)
		}
	}
}
