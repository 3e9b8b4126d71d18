package audit

import "github.com/taperid/taper/did"

// checkAnchors holds the log to what its own writers say that it showed them.
func (a *auditor) checkAnchors() {
	roots := make(map[uint64]Hash)
	for _, i := range a.report.items {
		anchor := i.entry().Anchor
		if anchor == nil || anchor.Origin != a.report.Head.Origin() {
			continue
		}
		if anchor.Size > i.Index {
			a.find(AnchorMismatch, i, nil, "unproven, by %s: saw the log with %d entries before its own got place %d",
				i.entry().Agent, anchor.Size, i.Index)
			continue
		}
		root, ok := roots[anchor.Size]
		if !ok { // every leaf below i was read
			root, _ = a.root(anchor.Size)
			roots[anchor.Size] = root
		}
		if root != anchor.Root {
			a.find(AnchorMismatch, i, nil, "unproven, by %s: saw the log of %d entries with the root %s, and it has %s",
				i.entry().Agent, anchor.Size, anchor.Root, root)
		}
	}
}

// checkDelegation compares what parents wrote of their sub-agents with what those
// wrote themselves.
func (a *auditor) checkDelegation() {
	given := delegations(a.report.items)
	for _, i := range a.report.items {
		switch e := i.entry(); e.Type {
		case Delegate:
			child := e.Chain.leaf().Subject
			if a.writers[child] == nil {
				a.find(Unmatched, i, nil, "%s delegated to %s, which wrote nothing", e.Agent, child)
			}
		case TaskOpen:
			a.checkParent(i, given)
		case TaskClose:
			a.checkChildren(i)
		}
	}
}

// checkParent checks that the agent which a sub-agent came from wrote so.
func (a *auditor) checkParent(i Item, given map[Link]Item) {
	e := i.entry()
	if e.Role != RoleAgent {
		return
	}
	if e.Parent != nil {
		by, ok := a.known[e.Parent.Entry]
		if !ok || by.entry().Type != Delegate || by.entry().Agent != e.Parent.Agent || by.entry().Chain.leaf() != e.Chain.leaf() {
			a.find(Unmatched, i, nil, "%s names a delegation by %s that is not in the log", e.Agent, e.Parent.Agent)
		}
		return
	}
	issuer := e.Chain.leaf().Issuer
	if _, ok := given[e.Chain.leaf()]; !ok && a.writers[issuer] != nil {
		a.find(Unmatched, i, nil, "%s acts under a link by %s, which wrote of no such delegation", e.Agent, issuer)
	}
}

// checkChildren checks that the log has the last entries of the sub-agents that
// an agent closed its task with.
func (a *auditor) checkChildren(i Item) {
	for _, c := range i.entry().Children {
		if last, ok := a.known[c.Last]; !ok || last.entry().Agent != c.Agent {
			a.find(Gap, i, nil, "the last entry of %s, which the task.close of %s names, is missing",
				c.Agent, i.entry().Agent)
		}
	}
}

func (c *Chain) leaf() Link { return c.Links[len(c.Links)-1] }

// act is what one exchange of an agent and a verifier is found under.
type act struct {
	invocation string
	agent      did.DID // nobody: any
}

// checkActions compares the two sides of every exchange: an agent's report
// cannot prove what it left out, so what only one of them wrote is found.
func (a *auditor) checkActions() {
	a.counted, a.spare = make(map[Hash]bool), make(map[tried]int)
	denied := make(map[Hash]bool) // intents that their own agent says were refused
	said, decided, outputs := make(map[act]Item), make(map[string]Item), make(map[string]Item)
	for _, i := range a.report.counting() {
		switch e := i.entry(); {
		case e.Type == ActionResult && e.Role == RoleVerifier && e.Output != "":
			keepFirst(outputs, e.Invocation, i)
		case e.Type == Decided:
			keepFirst(decided, e.Invocation, i)
			a.spare[tried{e.subject(), e.Action}] += max(e.Decision.Count-1, 0)
		case e.Role == RoleAgent && e.Type == ActionResult && e.Outcome == OutcomeDenied:
			denied[e.Intent] = true
		}
		if e := i.entry(); e.Invocation != "" && e.Role == RoleAgent {
			keepFirst(said, act{e.Invocation, e.Agent}, i)
			keepFirst(said, act{e.Invocation, did.DID{}}, i)
		}
	}
	for _, i := range a.report.counting() {
		switch e := i.entry(); e.Type {
		case Decided:
			if _, ok := said[act{e.Invocation, e.subject()}]; !ok {
				a.find(Unmatched, i, nil, "%s decided on %s, and the agent wrote nothing of that invocation", e.Agent, quote(e.Action))
			}
		case ActionIntent:
			if !a.countedIn(i, decided, denied) {
				a.checkIntent(i, decided)
			}
		case ActionResult:
			a.checkResult(i, outputs)
		}
	}
}

// tried is what an agent tried.
type tried struct {
	agent  did.DID
	action string
}

// countedIn reports whether an intent that no decision names is one of those that a
// denial with a count stands for: the agent says itself that it was refused.
func (a *auditor) countedIn(i Item, decided map[string]Item, denied map[Hash]bool) bool {
	key := tried{i.entry().Agent, i.entry().Action}
	if _, ok := decided[i.entry().Invocation]; ok || !denied[i.Signed.hash] || a.spare[key] == 0 {
		return false
	}
	a.spare[key]--
	a.counted[i.Signed.hash] = true
	return true
}

// keepFirst keeps the first of its name.
func keepFirst[K comparable](m map[K]Item, k K, i Item) {
	if _, ok := m[k]; !ok {
		m[k] = i
	}
}

// subject returns the agent that a verifier decided about, nobody if its chain
// could not be read.
func (e *Entry) subject() did.DID {
	if e.Chain == nil || len(e.Chain.Links) == 0 {
		return did.DID{}
	}
	return e.Chain.leaf().Subject
}

// checkIntent compares what an agent said it would do with what the verifier saw.
func (a *auditor) checkIntent(i Item, decided map[string]Item) {
	e := i.entry()
	if e.Invocation == "" {
		return // nothing that a verifier would see
	}
	saw, ok := decided[e.Invocation]
	if !ok {
		a.find(Unmatched, i, nil, "%s meant to do %s, and no verifier wrote of it", e.Agent, quote(e.Action))
		return
	}
	d := saw.entry()
	who := d.subject()
	if e.Action != d.Action || e.Resource.Digest != d.Resource.Digest || differ(e.Args, d.Args) || differ(e.Input, d.Input) ||
		!who.IsZero() && who != e.Agent {
		a.find(Unmatched, i, []Item{saw}, "%s wrote %s, and the verifier saw %s: agent, action, resource, arguments or input differ",
			e.Agent, quote(e.Action), quote(d.Action))
	}
}

// checkResult checks that a result ends an intent of the same agent, and that the
// two sides had the same output.
func (a *auditor) checkResult(i Item, outputs map[string]Item) {
	e := i.entry()
	if e.Role != RoleAgent {
		return
	}
	of, ok := a.known[e.Intent]
	if !ok || of.entry().Type != ActionIntent || of.entry().Agent != e.Agent || differ(of.entry().Invocation, e.Invocation) {
		a.find(Unmatched, i, nil, "%s wrote the result of an intent that it did not write", e.Agent)
		return
	}
	if saw, ok := outputs[of.entry().Invocation]; ok && differ(e.Output, saw.entry().Output) {
		a.find(Unmatched, i, []Item{saw}, "%s and the verifier had different outputs", e.Agent)
	}
}

// differ reports whether both are there and not the same.
func differ(a, b string) bool { return a != "" && b != "" && a != b }
