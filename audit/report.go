package audit

import (
	"fmt"
	"slices"

	"github.com/taperid/taper/did"
)

// Report is what an Audit found, and what the log says. It holds the entries as
// values; nothing in it reads the log again.
type Report struct {
	Head     *Checkpoint // what the log says of itself
	Since    *Checkpoint // the anchor that it was held to; nil: none was given
	Findings []Finding   // none: nothing is wrong, as far as Since reaches

	policy  *Policy
	items   []Item
	tasks   []string
	byTask  map[string][]Item
	given   map[Link]Item // delegate entries, by the link they gave
	actions []Action
	byAgent map[did.DID][]Action
	modes   map[did.DID][]ModeSeen
}

// Action is one thing that an agent did or tried, from both sides.
type Action struct {
	Agent    did.DID
	Name     string
	Intent   *Item // by the agent; nil if it wrote none
	Decision *Item // by the verifier; nil if it wrote none
	Result   *Item // by the agent; nil if it wrote none
}

// Refused reports whether the verifier refused the action.
func (a Action) Refused() bool {
	return a.Decision != nil && a.Decision.entry().Decision.Effect == Deny
}

// Reason says by which rule, and where, the action was refused; it is empty for
// one that was not.
func (a Action) Reason() string {
	if !a.Refused() {
		return ""
	}
	d := a.Decision.entry().Decision
	text := fmt.Sprintf("rule %d", d.Rule)
	if d.Link != nil {
		text += fmt.Sprintf(", link %d", *d.Link)
	}
	for _, s := range []string{d.Dimension, d.Mode} {
		if s != "" {
			text += ", " + s
		}
	}
	if d.Count > 1 {
		text += fmt.Sprintf(", %d times", d.Count)
	}
	return text
}

// Node is an agent of a task in the tree of delegations.
type Node struct {
	Agent    did.DID
	Cap      string // digest of the link that it acts under
	Open     Item   // its task.open
	Close    *Item  // its task.close; nil if it wrote none
	By       *Item  // the delegation it came from; nil for the first agent
	Actions  []Action
	Children []*Node

	Spent map[string]int64 // by unit, what it was permitted to spend
	Total map[string]int64 // by unit, with what those below it were
	Modes []ModeSeen       // the modes that were seen for it, where they change
}

// Entries returns every entry that is signed by its agent, in the order of the
// log, each statement once.
func (r *Report) Entries() []Item { return slices.Clone(r.items) }

// Tasks returns the ids of the tasks, in the order in which they appear.
func (r *Report) Tasks() []string { return slices.Clone(r.tasks) }

// Timeline returns the entries of a task, in the order of the log.
func (r *Report) Timeline(task string) []Item { return slices.Clone(r.byTask[task]) }

// Actions returns every action, in the order in which the log first has it.
func (r *Report) Actions() []Action { return slices.Clone(r.actions) }

// Refusals returns the actions that were refused; Reason says why.
func (r *Report) Refusals() []Action {
	return slices.DeleteFunc(r.Actions(), func(a Action) bool { return !a.Refused() })
}

// index sorts the entries for the questions that there are, once.
func (r *Report) index() {
	r.byTask, r.byAgent = make(map[string][]Item), make(map[did.DID][]Action)
	for _, i := range r.items {
		id := i.entry().Task
		if id == "" {
			continue
		}
		if r.byTask[id] == nil {
			r.tasks = append(r.tasks, id)
		}
		r.byTask[id] = append(r.byTask[id], i)
	}
	r.given, r.actions = delegations(r.items), actions(r.counting())
	for _, a := range r.actions {
		r.byAgent[a.Agent] = append(r.byAgent[a.Agent], a)
	}
	r.modes = modesSeen(r.counting())
}

// counting returns the entries without those of strangers.
func (r *Report) counting() []Item {
	return slices.DeleteFunc(r.Entries(), func(i Item) bool {
		return i.entry().Role == RoleVerifier && !r.policy.isVerifier(i.entry().Agent)
	})
}

// Verifiers returns who wrote as a verifier and counts as one, in the order in
// which they appear: compare them with those you know.
func (r *Report) Verifiers() []did.DID {
	var out []did.DID
	seen := make(map[did.DID]bool)
	for _, i := range r.items {
		if e := i.entry(); e.Role == RoleVerifier && !seen[e.Agent] && r.policy.isVerifier(e.Agent) {
			seen[e.Agent] = true
			out = append(out, e.Agent)
		}
	}
	return out
}

// delegations returns the delegate entries by the link they gave. An entry counts
// only as its agent's own link, so nobody can pass for the parent of another's
// sub-agent.
func delegations(items []Item) map[Link]Item {
	out := make(map[Link]Item)
	for _, i := range items {
		if i.entry().Type == Delegate {
			keepFirst(out, i.entry().Chain.leaf(), i)
		}
	}
	return out
}
