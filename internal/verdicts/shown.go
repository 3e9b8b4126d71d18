package verdicts

import (
	"fmt"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
)

// spend is alice -> bob with more in the authority, and bob's payment under it.
type spend struct {
	chain  []raw
	claims object
	amount object // amounts of the request
}

// spending makes a chain to bob; edits are of the authorities, root first. With more
// than one the holders are bob, carol and dave.
func spending(edits ...func(a object)) spend {
	who := four()[:len(edits)+1]
	changes := map[int]change{}
	for i, edit := range edits {
		changes[i] = change{payload: func(p object) {
			if edit != nil {
				edit(authority(p))
			}
		}}
	}
	chain := links(who, changes)
	agent := who[len(edits)]
	return spend{chain, with(claims(chain, nil), object{"iss": agent.DID().String()}), nil}
}

func (s spend) agent() *did.Signer { return four()[len(s.chain)] }

// ask is the question, with approvals and evidence in more.
func (s spend) ask(more object) object {
	request := object{"action": s.claims["act"], "resource": sales, "arguments": raw(`{"limit":10}`)}
	if s.amount != nil {
		request["amounts"] = s.amount
	}
	return onInvocation(s.chain, signed(s.agent(), "agent-invocation+jwt", s.claims), with(object{"request": request}, more))
}

// approval are the claims of an approval of s by a persona.
func (s spend) approval(by *did.Signer, edit func(c object)) object {
	c := object{
		"iss": by.DID().String(), "sub": s.agent().DID().String(), "inv": s.claims["jti"], "jti": "approval-0123456789", "iat": noonSec - 60, "exp": noonSec + 240,
		"amt": object{"EUR/100": 1250},
	}
	for _, name := range []string{"cap", "aud", "act", "res", "args"} {
		c[name] = s.claims[name]
	}
	if edit != nil {
		edit(c)
	}
	return c
}

func (s spend) approved(by *did.Signer, edit func(c object)) string {
	return signed(by, "agent-approval+jwt", s.approval(by, edit))
}

// needing asks for min approvals of those people.
func needing(min int, by ...*did.Signer) func(object) {
	return func(a object) {
		var names []any
		for _, s := range by {
			names = append(names, s.DID().String())
		}
		a["requires"] = object{"approval": []any{object{"actions": []any{"db/read"}, "by": names, "min": min}}}
	}
}

func rule16Approval() (out []Vector) {
	frank, grace, heidi, mallory := ed("frank"), ed("grace"), p256("heidi"), ed("mallory")
	no := refuses(16, -1)
	cost := func(s spend) spend {
		s.amount = object{"EUR/100": 1250}
		return s
	}
	one, two := cost(spending(needing(1, frank, grace))), cost(spending(needing(2, frank, grace, heidi)))
	add := func(title string, s spend, expect object, tokens ...string) {
		list := []any{}
		for _, t := range tokens {
			list = append(list, t)
		}
		more := object{"approvals": list}
		if len(list) == 0 {
			more = nil
		}
		out = append(out, Vector{title, s.ask(more), expect})
	}
	add("one of two", one, accepts(nil), one.approved(grace, nil))
	add("two of three, of both types of key", two, accepts(nil), two.approved(frank, nil), two.approved(heidi, nil))
	add("three where two do", two, accepts(nil), two.approved(frank, nil), two.approved(heidi, nil), two.approved(grace, nil))
	add("none", one, because(16, -1, "noApproval"))
	add("one where two are asked", two, because(16, -1, "noApproval"), two.approved(frank, nil))
	add("one, twice, where two are asked", two, no, two.approved(frank, nil), two.approved(frank, nil))
	add("two of one person where two are asked", two, no, two.approved(frank, nil), two.approved(frank, set("jti", "another-0123456789")))
	add("of a stranger", one, no, one.approved(mallory, nil))
	add("of a stranger beside enough", one, no, one.approved(grace, nil), one.approved(mallory, nil))
	add("malformed beside enough", one, no, one.approved(grace, nil), "x")
	add("one that nobody asked for", cost(spending(nil)), no, cost(spending(nil)).approved(grace, nil))
	holder := cost(spending(needing(1, ed("bob"), frank), needing(1, ed("bob"), frank)))
	add("of a holder of the chain", holder, no, holder.approved(ed("bob"), nil))
	agent := cost(spending(needing(1, ed("bob"), frank)))
	add("of the agent itself", agent, no, agent.approved(ed("bob"), nil))
	principal := cost(spending(needing(1, ed("alice"))))
	add("of the principal, who holds nothing", principal, accepts(nil), principal.approved(ed("alice"), nil))
	other := func(a object) {
		needing(1, frank)(a)
		as[object](as[[]any](as[object](a["requires"])["approval"])[0])["actions"] = []any{"db/write"}
	}
	add("a rule for another action", cost(spending(other)), accepts(nil))
	both := cost(spending(needing(1, frank, grace), func(a object) {
		needing(1, frank, grace)(a)
		r := as[object](a["requires"])
		r["approval"] = append(as[[]any](r["approval"]), object{"actions": []any{"db/**"}, "by": []any{heidi.DID().String()}, "min": 1})
	}))
	add("rules of two links, both", both, accepts(nil), both.approved(frank, nil), both.approved(heidi, nil))
	add("rules of two links, the root's alone", both, because(16, -1, "noApproval"), both.approved(frank, nil))
	add("rules of two links, the leaf's alone", both, because(16, -1, "noApproval"), both.approved(heidi, nil))
	for title, edit := range ordered(map[string]func(object){
		"another agent": set("sub", ed("dave").DID().String()), "another chain": set("cap", multikey.Digest(nil)), "another audience": set("aud", "https://other.example"),
		"another action": set("act", "db/list"), "another resource": set("res", service+"/sales"), "other arguments": set("args", salted(`{"limit":11}`)), "another invocation": set("inv", "another-0123456789"),
		"less than it costs": set("amt", object{"EUR/100": 1249}), "another unit": set("amt", object{"USD/100": 1250}), "no amount": set("amt", object{}), "an amount below 0": set("amt", object{"EUR/100": -1}),
		"amounts that are null": set("amt", nil), "a claim that is not listed": set("why", "x"), "a short jti": set("jti", "x"), "901 s": set("exp", noonSec-60+901), "no time": set("exp", noonSec-60),
		"a time over": func(c object) { c["iat"], c["exp"] = noonSec-100, noonSec }, "a time to come": func(c object) { c["iat"] = noonSec + 1 }, "iss of another approver": set("iss", frank.DID().String()),
		"an issuer that is no did:key": set("iss", "did:web:example.com"),
	}) {
		add("of "+title, one, no, one.approved(grace, edit))
	}
	for _, name := range []string{"iss", "sub", "cap", "aud", "act", "res", "args", "amt", "inv", "jti", "iat", "exp"} {
		add("without "+name, one, no, one.approved(grace, func(c object) { delete(c, name) }))
	}
	add("of 900 s", one, accepts(nil), one.approved(grace, set("exp", noonSec-60+900)))
	add("of more than it costs, and of other units", one, accepts(nil), one.approved(grace, set("amt", object{"EUR/100": 9999, "USD/100": 1})))
	add("altered", one, no, flip(one.approved(grace, nil)))
	add("under another typ", one, no, signed(grace, "agent-invocation+jwt", one.approval(grace, nil)))
	add("signed by another", one, no, token(mallory, text(object{"alg": "EdDSA", "typ": "agent-approval+jwt", "kid": grace.Method()}), text(one.approval(grace, nil))))
	high := cost(spending(needing(1, heidi)))
	add("P-256", high, accepts(nil), high.approved(heidi, nil))
	add("P-256, high S", high, no, highS(high.approved(heidi, nil)))
	many := make([]string, 65)
	for i := range many {
		many[i] = one.approved(grace, set("jti", fmt.Sprintf("approval-0123456789-%d", i)))
	}
	add("64 approvals", one, accepts(nil), many[:64]...)
	add("65 approvals", one, no, many...)
	return out
}

func rule16Evidence() (out []Vector) {
	a, b, c := multikey.Digest([]byte("manifest a")), multikey.Digest([]byte("manifest b")), multikey.Digest([]byte("manifest c"))
	needs := func(manifests ...any) func(object) {
		return func(o object) { o["requires"] = object{"attestation": manifests} }
	}
	attester := ed("attester")
	state := func(by *did.Signer, edit object) string {
		return signed(by, "agent-manifest+jwt", with(object{
			"iss": by.DID().String(), "sub": ed("bob").DID().String(), "aud": service, "manifest": a, "iat": noonSec,
		}, edit))
	}
	add := func(title string, s spend, expect object, tokens ...string) {
		list := []any{}
		for _, t := range tokens {
			list = append(list, t)
		}
		more := object{"attesters": []any{attester.DID().String()}}
		if len(list) > 0 {
			more["evidence"] = list
		}
		out = append(out, Vector{title, s.ask(more), expect})
	}
	one, both := spending(needs(a, b)), spending(needs(a, b), needs(b))
	carol := ed("carol").DID().String()
	no := refuses(16, -1)
	add("of a manifest of the set", one, accepts(nil), state(attester, nil))
	add("of a manifest of both sets", both, accepts(nil), state(attester, object{"sub": carol, "manifest": b}))
	add("of a manifest of the root's set alone", both, no, state(attester, object{"sub": carol}))
	add("300 s old", one, accepts(nil), state(attester, object{"iat": noonSec - 300}))
	add("301 s old", one, no, state(attester, object{"iat": noonSec - 301}))
	add("later than now", one, no, state(attester, object{"iat": noonSec + 1}))
	add("none", one, no)
	add("of a manifest of no set", one, no, state(attester, object{"manifest": c}))
	add("of another agent", one, no, state(attester, object{"sub": carol}))
	add("for another audience", one, no, state(attester, object{"aud": "https://other.example"}))
	add("by nobody who is believed", one, no, state(ed("mallory"), nil))
	add("by the agent itself", one, no, state(ed("bob"), nil))
	add("altered", one, no, flip(state(attester, nil)))
	add("with a claim that is not listed", one, no, state(attester, object{"exp": noonSec + 60}))
	add("without a time", one, no, state(attester, object{"iat": nil}))
	add("under another typ", one, no, signed(attester, "JWT", object{"iss": attester.DID().String(), "sub": ed("bob").DID().String(), "aud": service, "manifest": a, "iat": noonSec}))
	add("that is none", one, no, "x")
	add("bad beside good", one, no, state(attester, nil), state(attester, object{"manifest": c}))
	add("that nobody asked for", spending(nil), accepts(nil), state(attester, nil))
	return out
}

func rule17() (out []Vector) {
	no := refuses(17, -1)
	limit := func(o object) func(object) { return func(a object) { a["limits"] = object{"spending": o} } }
	euros := func(max any) func(object) { return limit(object{"unit": "EUR/100", "max": max}) }
	names := func(edit func(object), names ...any) func(object) {
		return func(a object) {
			edit(a)
			a["audience"] = names
		}
	}
	const other = "did:web:other.example"
	add := func(title string, amounts object, expect object, edits ...func(object)) {
		s := spending(edits...)
		s.amount = amounts
		out = append(out, Vector{title, s.ask(nil), expect})
	}
	cost := func(n any) object { return object{"EUR/100": n} }
	split := func(max int) func(object) {
		return limit(object{"unit": "EUR/100", "max": max, "split": "audience"})
	}
	add("just enough", cost(1250), accepts(nil), euros(1250))
	add("one too little", cost(1250), no, euros(1249))
	add("enough in the leaf, not above", cost(1250), no, euros(1249), euros(1249))
	add("enough above, not in the leaf", cost(1250), no, euros(2000), euros(1249))
	add("enough in both", cost(1250), accepts(nil), euros(2000), euros(1250))
	add("enough in three", cost(1250), accepts(nil), euros(2000), euros(1500), euros(1250))
	add("a limit of the leaf alone", cost(1250), no, nil, euros(1249))
	add("no amounts", nil, no, euros(1250))
	add("an amount of another unit", object{"USD/100": 1}, no, euros(1250))
	add("an amount of a unit in capitals", object{"eur/100": 1}, no, euros(1250))
	add("nothing spent", cost(0), accepts(nil), euros(0))
	add("something of nothing", cost(1), no, euros(0))
	add("the greatest amount", cost(9007199254740991), accepts(nil), euros(9007199254740991))
	add("an amount below 0", cost(-1), refuses(14, -1), euros(1250))
	add("an amount of 2^53", cost(raw("9007199254740992")), refuses(14, -1), euros(9007199254740991))
	add("amounts that no limit is of", object{"EUR/100": 1, "USD/100": 7}, accepts(nil), euros(1250))
	add("amounts without a limit", cost(1250), accepts(nil), nil)
	count := func(o object) func(object) { return limit(with(object{"unit": "count"}, o)) }
	add("one of one call", nil, accepts(nil), count(object{"max": 1}))
	add("one of no calls", nil, no, count(object{"max": 0}))
	add("one of one call a minute", nil, accepts(nil), count(object{"max": 1, "per": 60}))
	add("a call that counts as one", object{"count": 1}, accepts(nil), count(object{"max": 1}))
	add("a call that counts as two", object{"count": 2}, no, count(object{"max": 9}))
	add("a call that counts as none", object{"count": 0}, no, count(object{"max": 9}))
	add("several names, not split", cost(1250), no, names(euros(9999), service, other))
	add("everybody", cost(1250), no, names(euros(9999), "**"))
	add("several names, split, enough", cost(1250), accepts(nil), names(split(2500), service, other))
	add("several names, split, rounded down", cost(1250), no, names(split(2499), service, other))
	add("three names, split", cost(1250), accepts(nil), names(split(3750), service, other, "did:web:third.example"))
	add("a parent of several names", cost(1250), no, names(euros(9999), service, other), euros(9999))
	add("a split parent of several names", cost(1250), accepts(nil), names(split(2500), service, other), euros(1250))
	two := func(a object) {
		a["limits"] = object{"calls": object{"unit": "count", "max": 1}, "spending": object{"unit": "EUR/100", "max": 1249}}
	}
	add("room in one of two buckets", cost(1250), no, two)
	return out
}

func receipts() (out []Vector) {
	chain := links(four(), nil)
	invocation := signed(ed("dave"), "agent-invocation+jwt", claims(chain, nil))
	keeper := ed("keeper")
	permit := object{
		"iss": keeper.DID().String(), "aud": service, "cap": digestOf(chain[2]), "inv": multikey.Digest([]byte(invocation)), "iat": noonSec, "dec": "permit",
	}
	deny := with(permit, object{"dec": "deny", "rule": 15, "link": 0})
	ask := func(title, receipt string, expect object) {
		out = append(out, Vector{title, object{"kind": "receipt", "receipt": receipt, "invocation": invocation, "verifier": keeper.DID().String()}, expect})
	}
	add := func(title string, base, more, expect object) {
		ask(title, signed(keeper, "agent-receipt+jwt", with(base, more)), expect)
	}
	no := rejected("receipt")
	add("a permit", permit, nil, accepts(object{"permitted": true}))
	add("a permit of everything", permit, object{
		"mode": "guarded", "asof": noonSec - 60, "left": object{"usd": 0}, "out": multikey.Digest(nil), "log": object{"origin": "log.example.com", "index": 3, "proof": "c2sp.org/tlog-proof@v1\n"},
	}, accepts(object{"permitted": true}))
	add("a denial", deny, nil, accepts(object{"permitted": false, "deniedBy": 15}))
	add("a denial by rule 14, without link", deny, object{"rule": 14, "link": nil}, accepts(object{"permitted": false, "deniedBy": 14}))
	for _, name := range []string{"iss", "aud", "cap", "inv", "iat", "dec"} {
		add("no "+name, permit, object{name: nil}, no)
	}
	for title, more := range ordered(map[string]object{
		"a claim that is not listed": {"exp": noonSec}, "another decision": {"dec": "allow"}, "a permit with a rule": {"rule": 15}, "a permit with a link": {"link": 0}, "mode revoked": {"mode": "revoked"},
		"a time as text": {"iat": noon}, "an empty left": {"left": object{}}, "left below 0": {"left": object{"usd": -1}}, "left of no name": {"left": object{"u s d": 1}}, "out that is no digest": {"out": "x"},
		"a log without proof": {"log": object{"origin": "x", "index": 1}}, "a log with more": {"log": object{"origin": "x", "index": 1, "proof": "y", "z": 1}}, "a log with index -1": {"log": object{"origin": "x", "index": -1, "proof": "y"}},
		"a log without origin": {"log": object{"origin": "", "index": 1, "proof": "y"}}, "another audience": {"aud": "https://other.example"}, "another chain": {"cap": multikey.Digest(nil)}, "another invocation": {"inv": multikey.Digest(nil)},
		"iss of another": {"iss": ed("mallory").DID().String()},
	}) {
		add(title, permit, more, no)
	}
	for title, more := range ordered(map[string]object{
		"without a rule": {"rule": nil}, "by rule 13": {"rule": 13}, "by rule 19": {"rule": 19}, "at link 16": {"link": 16}, "by a rule as text": {"rule": "15"},
	}) {
		add("a denial "+title, deny, more, no)
	}
	ask("signed by another", signed(ed("mallory"), "agent-receipt+jwt", permit), no)
	ask("under another typ", signed(keeper, "agent-audit+jwt", permit), no)
	ask("altered", flip(signed(keeper, "agent-receipt+jwt", permit)), no)
	ask("nothing", "", no)
	ask("65,537 bytes", signed(keeper, "agent-receipt+jwt", with(permit, object{"log": object{"origin": strings.Repeat("x", 50000), "index": 1, "proof": "y"}})), no)
	return out
}
