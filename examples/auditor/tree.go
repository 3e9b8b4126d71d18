package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/taperid/taper/audit"
)

// maxNodes is how many agents the page draws, and maxTasks of how many tasks.
const (
	maxNodes = 2000
	maxTasks = 200
)

// taskTree is a task with who delegated to whom.
type taskTree struct {
	Task    string
	Nodes   []*node
	LeftOut int
}

// node is an agent in the tree.
type node struct {
	Agent    *agent
	First    bool   // the first place of its agent on the page
	By       *agent // who handed the task on, or the principal; nil if nobody says so
	Spent    string // by itself
	Total    string // with those below it
	Outcome  string // how it ended; empty: it did not
	Actions  []count
	Children []*node
}

// trees draws the tasks, and says how many it left out.
func (b *builder) trees() (out []taskTree, leftOut int) {
	tasks, left := b.report.Tasks(), maxNodes
	for n, task := range tasks {
		if len(out) == maxTasks || left == 0 {
			return out, len(tasks) - n
		}
		t := taskTree{Task: shown(task)}
		t.Nodes = b.nodes(b.report.Tree(task), &left, &t.LeftOut)
		if len(t.Nodes) > 0 {
			out = append(out, t)
		}
	}
	return out, 0
}

func (b *builder) nodes(from []*audit.Node, left, leftOut *int) []*node {
	var out []*node
	for _, n := range from {
		if *left == 0 {
			*leftOut++
			b.nodes(n.Children, left, leftOut)
			continue
		}
		*left--
		e := n.Open.Signed.Entry()
		v := &node{Agent: b.agent(n.Agent), Actions: b.did(n.Actions)}
		v.Spent, v.Total = amounts(n.Spent), amounts(n.Total)
		if !v.Agent.drawn {
			b.modes(v.Agent, n.Modes)
		}
		v.First, v.Agent.drawn = !v.Agent.drawn, true
		if e.Chain != nil && len(e.Chain.Links) > 0 {
			v.By = b.agent(e.Chain.Links[len(e.Chain.Links)-1].Issuer)
		}
		if n.Close != nil {
			v.Outcome = cmp.Or(shown(string(n.Close.Signed.Entry().Outcome)), "closed")
		}
		v.Children = b.nodes(n.Children, left, leftOut)
		out = append(out, v)
	}
	return out
}

// modes keeps the modes that were seen for an agent.
func (b *builder) modes(a *agent, seen []audit.ModeSeen) {
	for _, m := range seen[:min(maxModes, len(seen))] {
		a.Modes = append(a.Modes, mode{shown(m.Mode), utc(m.Item.Signed.Entry().Time)})
	}
}

// maxNames is how many action names a node shows.
const maxNames = 40

// did counts actions by name, the refused ones and the most frequent first.
func (b *builder) did(actions []audit.Action) []count {
	counts := make(map[count]int) // with N 0, how often
	var names []count
	for _, a := range actions {
		c, by := count{Name: shown(a.Name), Class: "good"}, 1
		if a.Refused() {
			c.Class, by = "warn", times(a)
		}
		if counts[c] == 0 {
			names = append(names, c)
		}
		counts[c] += by
	}
	for n := range names {
		names[n].N = counts[names[n]]
	}
	slices.SortStableFunc(names, func(x, y count) int {
		return cmp.Or(cmp.Compare(y.Class, x.Class), cmp.Compare(y.N, x.N))
	})
	if more := len(names) - maxNames; more > 0 {
		names = append(names[:maxNames], count{Name: fmt.Sprintf("and %d more", more)})
	}
	return names
}
