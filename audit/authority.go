package audit

import "slices"

// Judge says what is wrong with an act under a chain, by the content that it has of
// both; nil is nothing. The act is a permit of a verifier, or an intent that no
// verifier saw; the chain is the one that the permit names, or that the agent opened
// with. A log has digests alone, so a Judge finds the credentials and what was asked
// by them; one that cannot find them has to say so.
type Judge func(chain Chain, act Entry) error

// checkAuthority checks that the chains which the log names hang together, and that
// what was done was done under them. What a chain allows a [Judge] says.
func (a *auditor) checkAuthority() {
	w := newWarrants(a.report.counting())
	for _, i := range a.report.counting() {
		switch e := i.entry(); {
		case e.Type == TaskOpen && e.Role == RoleAgent:
			a.checkChain(i)
			a.checkOpened(i, w)
		case e.Type == Delegate:
			a.checkChain(i)
			a.checkGiven(i)
		case e.Type == Decided && e.Decision.Effect != Deny:
			a.checkPermit(i, w)
		case e.Type == ActionIntent && !w.decided[e.Invocation] && !a.counted[i.Signed.hash]:
			if open, ok := a.writers[e.Agent].open(); ok && open.entry().Role == RoleAgent {
				a.judgeAct(i, open.entry().Chain)
			}
		case e.Type == ActionResult && e.Role == RoleAgent && e.Outcome == OutcomeOK:
			a.checkDone(i, w)
		}
	}
}

// warrants is what is looked up of the whole log.
type warrants struct {
	given   map[Link]Item   // delegations by their link
	intents map[act]Item    // and by the invocation alone
	decided map[string]bool // invocations that a verifier decided on
	denied  map[string]Item // the first denial of an invocation
	allowed map[string]bool // invocations that a verifier permitted
}

func newWarrants(items []Item) *warrants {
	w := &warrants{
		delegations(items), make(map[act]Item), make(map[string]bool), make(map[string]Item), make(map[string]bool),
	}
	for _, i := range items {
		switch e := i.entry(); {
		case e.Type == ActionIntent && e.Invocation != "":
			keepFirst(w.intents, act{e.Invocation, e.Agent}, i)
			keepFirst(w.intents, act{invocation: e.Invocation}, i)
		case e.Type == Decided && e.Decision.Effect == Deny:
			w.decided[e.Invocation] = true
			keepFirst(w.denied, e.Invocation, i)
		case e.Type == Decided:
			w.decided[e.Invocation], w.allowed[e.Invocation] = true, true
		}
	}
	return w
}

// checkChain checks that each link was issued by whom the one above it is for.
func (a *auditor) checkChain(i Item) {
	links := i.entry().Chain.Links
	for n := range links[1:] {
		if links[n].Subject != links[n+1].Issuer {
			a.find(OutsideAuthority, i, nil, "the chain that %s names breaks: link %d is for %s, link %d by %s",
				i.entry().Agent, n, links[n].Subject, n+1, links[n+1].Issuer)
			return
		}
	}
}

// checkOpened checks that an agent opened with the very chain that it was given.
func (a *auditor) checkOpened(i Item, w *warrants) {
	e := i.entry()
	if by, ok := w.given[e.Chain.leaf()]; ok && !slices.Equal(by.entry().Chain.Links, e.Chain.Links) {
		a.find(OutsideAuthority, i, []Item{by}, "%s opened with another chain than %s gave it",
			e.Agent, by.entry().Agent)
	}
}

// checkGiven checks that an agent delegated under the chain that it opened with.
func (a *auditor) checkGiven(i Item) {
	e := i.entry()
	open, ok := a.writers[e.Agent].open()
	if !ok || open.entry().Role != RoleAgent {
		return // found as a gap, or as a role that changed
	}
	if above := e.Chain.Links[:len(e.Chain.Links)-1]; !slices.Equal(above, open.entry().Chain.Links) {
		a.find(OutsideAuthority, i, []Item{open}, "%s delegated under another chain than it opened with", e.Agent)
	}
}

// checkPermit checks what a verifier permitted: under a chain that it names, which is
// the agent's own, and that no mode stops.
func (a *auditor) checkPermit(i Item, w *warrants) {
	e := i.entry()
	if e.Chain == nil || len(e.Chain.Links) == 0 {
		a.find(OutsideAuthority, i, nil, "%s permitted %s and names no chain", e.Agent, quote(e.Action))
		return
	}
	a.checkChain(i)
	if m := e.Decision.Mode; m == "suspended" || m == "revoked" {
		a.find(OutsideAuthority, i, nil, "%s permitted %s under a chain that is %s", e.Agent, quote(e.Action), m)
	}
	who := e.subject()
	if said, ok := w.intents[act{invocation: e.Invocation}]; ok {
		if _, own := w.intents[act{e.Invocation, who}]; !own {
			a.find(OutsideAuthority, i, []Item{said}, "%s permitted %s of %s under a chain for %s",
				e.Agent, quote(e.Action), said.entry().Agent, who)
		}
	}
	a.checkPermitted(i, w)
	a.judgeAct(i, e.Chain)
}

// checkPermitted checks that a permit is under the chain that the agent opened with or,
// where the log has none of it, was given.
func (a *auditor) checkPermitted(i Item, w *warrants) {
	e := i.entry()
	own, ok := w.given[e.Chain.leaf()]
	if agent := a.writers[e.subject()]; agent != nil {
		if open, opened := agent.open(); opened && open.entry().Role == RoleAgent {
			own, ok = open, true
		}
	}
	if ok && !slices.Equal(own.entry().Chain.Links, e.Chain.Links) {
		a.find(OutsideAuthority, i, []Item{own}, "%s permitted %s under another chain than %s has",
			e.Agent, quote(e.Action), e.subject())
	}
}

// checkDone checks that an agent did not do what it was refused and never permitted.
func (a *auditor) checkDone(i Item, w *warrants) {
	e := i.entry()
	intent, ok := a.known[e.Intent]
	if !ok || intent.entry().Agent != e.Agent {
		return // found as unmatched
	}
	id := intent.entry().Invocation
	if no, denied := w.denied[id]; denied && !w.allowed[id] {
		a.find(OutsideAuthority, i, []Item{intent, no}, "%s did %s, which %s refused",
			e.Agent, quote(intent.entry().Action), no.entry().Agent)
	}
}

// judgeAct asks the caller's judge.
func (a *auditor) judgeAct(i Item, chain *Chain) {
	if a.judge == nil {
		return
	}
	if err := a.judge(Chain{chain.Digest, slices.Clone(chain.Links)}, i.entry().clone()); err != nil {
		a.find(OutsideAuthority, i, nil, "%s: %s: %s", i.entry().Agent, quote(i.entry().Action), quote(err.Error()))
	}
}
