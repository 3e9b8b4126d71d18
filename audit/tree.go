package audit

import (
	"slices"

	"github.com/taperid/taper/did"
)

// Tree returns the agents of a task as who delegated to whom: the first agents,
// with their sub-agents below. A sub-agent hangs below the agent that signed a
// delegate entry for its link, and no deeper than a chain can be; one for which
// nobody signed stands at the top.
func (r *Report) Tree(task string) []*Node {
	t := &treeBuilder{nodes: make(map[did.DID]*Node), below: make(map[did.DID][]*Node), placed: make(map[*Node]bool)}
	for _, i := range r.byTask[task] {
		t.take(i, r.given)
	}
	for _, n := range t.all {
		n.Actions, n.Modes = slices.Clone(r.byAgent[n.Agent]), slices.Clone(r.modes[n.Agent])
		n.Spent = spent(n.Actions)
	}
	var top []*Node
	for _, n := range t.all {
		if n.By == nil || t.nodes[n.By.entry().Agent] == nil {
			top = append(top, n)
			t.place(n, 1)
		}
	}
	for _, n := range t.all { // what is left hangs in a circle, or too deep
		if !t.placed[n] {
			top = append(top, n)
			t.place(n, 1)
		}
	}
	for _, n := range top {
		n.sum()
	}
	return top
}

// treeBuilder is a Tree at work.
type treeBuilder struct {
	all    []*Node
	nodes  map[did.DID]*Node
	below  map[did.DID][]*Node
	placed map[*Node]bool
}

// take adds the agent that an entry opens the task for, or closes it for.
func (t *treeBuilder) take(i Item, given map[Link]Item) {
	e := i.entry()
	if e.Role != RoleAgent {
		return
	}
	n := t.nodes[e.Agent]
	switch {
	case e.Type == TaskOpen && n == nil:
		n = &Node{Agent: e.Agent, Cap: e.Cap, Open: i}
		if by, ok := given[e.Chain.leaf()]; ok {
			n.By = &by
			parent := by.entry().Agent
			t.below[parent] = append(t.below[parent], n)
		}
		t.nodes[e.Agent], t.all = n, append(t.all, n)
	case e.Type == TaskClose && n != nil && n.Close == nil:
		n.Close = &i
	}
}

// place hangs the sub-agents of n below it, each agent once.
func (t *treeBuilder) place(n *Node, depth int) {
	t.placed[n] = true
	for _, c := range t.below[n.Agent] {
		if !t.placed[c] && depth < maxLinks {
			n.Children = append(n.Children, c)
			t.place(c, depth+1)
		}
	}
}
