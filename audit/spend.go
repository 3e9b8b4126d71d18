package audit

import (
	"encoding/json"
	"maps"
	"math"

	"github.com/taperid/taper/did"
)

// spending is an amount for each unit. An empty one is {} in JSON.
type spending map[string]int64

// add adds amounts. What no longer fits stays at the largest number.
func (s spending) add(amounts map[string]int64) {
	for unit, n := range amounts {
		if s[unit] > math.MaxInt64-n {
			n = math.MaxInt64 - s[unit]
		}
		s[unit] += n
	}
}

// MarshalJSON writes the amounts by unit.
func (s spending) MarshalJSON() ([]byte, error) {
	if s == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(map[string]int64(s))
}

// spent adds what these actions were permitted to spend.
func spent(actions []Action) map[string]int64 {
	s := make(spending)
	for _, a := range actions {
		if a.Decision != nil && !a.Refused() {
			s.add(a.Decision.entry().Decision.Amounts)
		}
	}
	return s
}

// Spent returns what the agents of a task, and nobody else, were permitted to spend,
// by unit: the amounts of the verifiers' decisions. What a ledger gave back since is
// still in it, so it is the most that was spent.
func (r *Report) Spent(task string) map[string]int64 {
	s := make(spending)
	for _, n := range r.Tree(task) {
		s.add(n.Total)
	}
	return s
}

// sum fills in the Total of a node and of those below it.
func (n *Node) sum() {
	total := spending(maps.Clone(n.Spent))
	for _, c := range n.Children {
		c.sum()
		total.add(c.Total)
	}
	n.Total = total
}

// ModeSeen is a mode that was seen for the chain of an agent, by a verifier that decided
// or by whoever wrote a status.seen.
type ModeSeen struct {
	Mode string // normal, guarded, suspended, revoked
	Item Item   // the first entry that says so
}

// MarshalJSON writes the mode with the place and the time of its entry.
func (m ModeSeen) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Mode  string `json:"mode"`
		Index uint64 `json:"index"`
		Time  string `json:"time"`
	}{m.Mode, m.Item.Index, m.Item.entry().Time.Format(timeForm)})
}

// modesSeen returns the modes of every agent, in the order of the log, where they
// change.
func modesSeen(items []Item) map[did.DID][]ModeSeen {
	out := make(map[did.DID][]ModeSeen)
	for _, i := range items {
		e := i.entry()
		if e.Decision == nil || e.Decision.Mode == "" {
			continue
		}
		who := e.subject()
		if who.IsZero() && e.Role == RoleAgent {
			who = e.Agent
		}
		seen := out[who]
		if n := len(seen); !who.IsZero() && (n == 0 || seen[n-1].Mode != e.Decision.Mode) {
			out[who] = append(seen, ModeSeen{e.Decision.Mode, i})
		}
	}
	return out
}
