package audit

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/taperid/taper/did"
)

// Target is what may have gone wrong: what is set is asked for, all of it.
type Target struct {
	Key   did.DID // of an agent, a principal or a verifier
	Link  string  // digest of a link
	Model string  // digest of a model
	Task  string
}

// Blast is how far something reaches that went wrong.
type Blast struct {
	Agents  []did.DID // that are it, or lie below it, as the log first has them
	Actions []Action  // theirs
	Entries []Item    // by them, and by verifiers about them
	Spent   map[string]int64
}

// Blast returns the blast radius of a target: the agents that have the key, act under
// the link, ran the model or are of the task, with all that had authority from them,
// by any chain that the log names. It believes everyone who names a chain, so it
// errs on the side of more.
func (r *Report) Blast(of Target) *Blast {
	reached := r.below(of)
	b := &Blast{}
	seen := make(map[did.DID]bool)
	for _, i := range r.items {
		e := i.entry()
		who := e.Agent
		if e.Role == RoleVerifier && !reached[who] {
			who = e.subject()
		}
		if !reached[who] {
			continue
		}
		b.Entries = append(b.Entries, i)
		if !seen[who] {
			seen[who] = true
			b.Agents = append(b.Agents, who)
			b.Actions = append(b.Actions, r.byAgent[who]...)
		}
	}
	b.Spent = spent(b.Actions)
	return b
}

// below returns whom a target is, and who had authority from them.
func (r *Report) below(of Target) map[did.DID]bool {
	reached := make(map[did.DID]bool)
	g := grants{to: make(map[did.DID][]did.DID), known: make(map[[2]did.DID]bool)}
	for _, i := range r.items {
		e := i.entry()
		if of.Task != "" && e.Task == of.Task && e.Role == RoleAgent || of.Model != "" && e.Model != nil && e.Model.Digest == of.Model {
			reached[e.Agent] = true
		}
		g.take(e.Chain)
		for _, l := range e.Chain.from(of.Link) {
			reached[l.Subject] = true
		}
	}
	if !of.Key.IsZero() {
		reached[of.Key] = true
	}
	g.follow(reached)
	return reached
}

// from returns the links of a chain from the one with this digest on, which are those
// that act under it.
func (c *Chain) from(digest string) []Link {
	if c == nil || digest == "" {
		return nil
	}
	for n, l := range c.Links {
		if l.Digest == digest {
			return c.Links[n:]
		}
	}
	return nil
}

// grants says who gave authority to whom.
type grants struct {
	to    map[did.DID][]did.DID
	known map[[2]did.DID]bool
}

func (g *grants) take(c *Chain) {
	if c == nil {
		return
	}
	for _, l := range c.Links {
		if at := [2]did.DID{l.Issuer, l.Subject}; !g.known[at] {
			g.known[at] = true
			g.to[l.Issuer] = append(g.to[l.Issuer], l.Subject)
		}
	}
}

// follow adds to these all that had authority from them.
func (g *grants) follow(reached map[did.DID]bool) {
	todo := slices.Collect(maps.Keys(reached))
	for len(todo) > 0 {
		who := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, to := range g.to[who] {
			if !reached[to] {
				reached[to] = true
				todo = append(todo, to)
			}
		}
	}
}

// MarshalJSON writes the agents, their actions, the places of the entries and what was
// spent.
func (b *Blast) MarshalJSON() ([]byte, error) {
	places := make([]uint64, len(b.Entries))
	for n, i := range b.Entries {
		places[n] = i.Index
	}
	return json.Marshal(struct {
		Agents  []did.DID `json:"agents"`
		Actions []Action  `json:"actions"`
		Entries []uint64  `json:"entries"`
		Spent   spending  `json:"spent"`
	}{append([]did.DID{}, b.Agents...), append([]Action{}, b.Actions...), places, b.Spent})
}
