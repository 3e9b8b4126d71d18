package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
)

// agent is a writer of the log, or a principal of its chains, as the page shows it.
type agent struct {
	N        int    // its number on the page
	Name     string // the auditor's own name for it, or the number
	Short    string // the end of its DID
	DID      string
	Role     string // agent, verifier, principal
	Cap      string
	Path     []*agent // from the principal down, itself last
	Modes    []mode
	Faults   int
	Worst    severity
	Refused  int
	Permits  int
	Entries  int
	Signs    []sign // why it is suspected, worst first
	From, To string // when it was in trouble
	Lane     int
	Spent    string // what it was permitted to spend
	Reach    *reach // how far it reaches; nil: not asked

	did   did.DID
	drawn bool // has a place in a tree
	score int
}

// reach is the blast radius of an agent.
type reach struct {
	Agents, Actions, Entries string
	Spent                    string
}

// sign is one thing that is held against an agent.
type sign struct {
	Severity severity
	What     string
	N        int    // how often
	More     string // what it is called when there are too many of them; empty: there never are
}

// Text is the sign in words.
func (s sign) Text() string {
	if s.N > 1 {
		return fmt.Sprintf("%s, %d times", s.What, s.N)
	}
	return s.What
}

// Bounds of what the page says of one agent; the log may hold millions of names.
const (
	maxSigns = 50
	topSigns = 6
	maxModes = 20
)

// TopSigns are the worst signs.
func (a *agent) TopSigns() []sign { return a.Signs[:min(topSigns, len(a.Signs))] }

// MoreSigns is how many there are besides.
func (a *agent) MoreSigns() int { return len(a.Signs) - len(a.TopSigns()) }

// mode is a mode of an agent's chain, from when it was first seen.
type mode struct{ Mode, Since string }

// builder arranges a report.
type builder struct {
	src     *source
	report  *audit.Report
	items   []audit.Item
	byHash  map[audit.Hash]audit.Item
	actions []audit.Action
	of      map[uint64]int // the action that an entry belongs to
	refused int            // refusals, each as often as it was
	people  map[did.DID]*agent
	order   []*agent
	closed  map[did.DID]bool      // who ended its task
	faults  map[uint64][]*finding // by entry
	broken  bool                  // the log contradicts its checkpoint
	named   *strings.Replacer     // puts the auditor's own names in the place of DIDs
}

func newBuilder(src *source, report *audit.Report) *builder {
	b := &builder{
		src: src, report: report, items: report.Entries(), actions: report.Actions(),
		byHash: make(map[audit.Hash]audit.Item), of: make(map[uint64]int), people: make(map[did.DID]*agent),
		closed: make(map[did.DID]bool), faults: make(map[uint64][]*finding), broken: contradicts(report),
	}
	var names []string
	for d, name := range src.names {
		names = append(names, d.String(), name)
	}
	b.named = strings.NewReplacer(names...)
	for _, i := range b.items {
		b.byHash[i.Signed.Hash()] = i
		b.meet(i)
	}
	for n, a := range b.actions {
		for _, i := range []*audit.Item{a.Intent, a.Decision, a.Result} {
			if i != nil {
				b.of[i.Index] = n
			}
		}
		b.judge(a)
	}
	return b
}

// agent returns the agent of a DID, which is a new one at the first call.
func (b *builder) agent(d did.DID) *agent {
	if a := b.people[d]; a != nil {
		return a
	}
	text := d.String()
	a := &agent{did: d, N: len(b.order) + 1, DID: text, Short: "..." + text[max(0, len(text)-6):], Role: "principal"}
	a.Name = b.src.names[d]
	if a.Name == "" {
		a.Name = fmt.Sprintf("agent %d", a.N)
	}
	a.Path = []*agent{a}
	b.people[d], b.order = a, append(b.order, a)
	return a
}

// meet takes what an entry says about who there is.
func (b *builder) meet(i audit.Item) {
	e := i.Signed.Entry()
	writer := b.agent(e.Agent)
	writer.Role = string(e.Role)
	writer.Entries++
	if e.Chain != nil && len(e.Chain.Links) > 0 {
		path := b.walk(e.Chain)
		if e.Type == audit.TaskOpen && writer.Cap == "" && path[len(path)-1] == writer {
			writer.Cap, writer.Path = e.Cap, path
		}
	}
	if e.Type == audit.TaskClose {
		b.closed[e.Agent] = true
	}
}

// walk meets those of a chain and returns them. An agent's path is the one that it
// opened its task with; until it does, the first that anybody names.
func (b *builder) walk(c *audit.Chain) []*agent {
	path := []*agent{b.agent(c.Links[0].Issuer)}
	for _, l := range c.Links {
		a := b.agent(l.Subject)
		if path = append(path, a); len(a.Path) == 1 {
			a.Path = slices.Clone(path)
		}
		if a.Role == "principal" {
			a.Role = string(audit.RoleAgent)
		}
	}
	return path
}

// times is for how many equal denials an action stands.
func times(a audit.Action) int {
	return max(1, a.Decision.Signed.Entry().Decision.Count)
}

// judge holds against an agent what an action says.
func (b *builder) judge(a audit.Action) {
	if a.Decision == nil || a.Agent.IsZero() {
		return
	}
	who := b.agent(a.Agent)
	if !a.Refused() {
		who.Permits++
		return
	}
	n, rule := times(a), a.Decision.Signed.Entry().Decision.Rule
	who.Refused += n
	b.refused += n
	text := fmt.Sprintf("was refused %s: %s (rule %d)", shown(a.Name), ruleText(rule), rule)
	b.hold(who, sign{notable, text, n, "was refused other actions"}, *a.Decision)
	if a.Result != nil && a.Result.Signed.Entry().Outcome == audit.OutcomeOK {
		b.hold(who, sign{
			proven, "was refused " + shown(a.Name) + " and reports it done all the same", 1, "was refused other actions and reports them done",
		}, *a.Result)
	}
}

// hold holds something against an agent.
func (b *builder) hold(a *agent, what sign, at audit.Item) {
	a.score += what.N
	when := utc(at.Signed.Entry().Time)
	if a.From == "" || when < a.From {
		a.From = when
	}
	a.To = max(a.To, when)
	if len(a.Signs) >= maxSigns && what.More != "" {
		what.What = what.More
	}
	n := slices.IndexFunc(a.Signs, func(s sign) bool { return s.What == what.What })
	if n < 0 {
		a.Signs = append(a.Signs, what)
		return
	}
	a.Signs[n].N += what.N
}

// suspects returns those against whom anything is held, the worst first.
func (b *builder) suspects() []*agent {
	var out []*agent
	for _, a := range b.order {
		for _, m := range a.Modes {
			if m.Mode == "revoked" || m.Mode == "suspended" {
				a.Signs = append(a.Signs, sign{notable, "was " + m.Mode + " at " + m.Since, 1, ""})
			}
		}
		if len(a.Signs) == 0 {
			continue
		}
		slices.SortStableFunc(a.Signs, func(x, y sign) int { return cmp.Compare(y.Severity, x.Severity) })
		a.Worst = a.Signs[0].Severity
		out = append(out, a)
	}
	b.reach(out)
	return out
}

// maxReach is of how many suspects the page says how far they reach.
const maxReach = 10

// reach sorts suspects, the worst first, and says how far they reach.
func (b *builder) reach(suspects []*agent) {
	slices.SortStableFunc(suspects, func(x, y *agent) int {
		return cmp.Or(cmp.Compare(y.Worst, x.Worst), cmp.Compare(y.worstSigns(), x.worstSigns()), cmp.Compare(y.score, x.score))
	})
	for _, a := range suspects[:min(maxReach, len(suspects))] {
		blast := b.report.Blast(audit.Target{Key: a.did})
		a.Reach = &reach{
			plural(len(blast.Agents), "agent"), plural(len(blast.Actions), "action"), plural(len(blast.Entries), "entry"), amounts(blast.Spent),
		}
	}
}

// amounts writes amounts by unit, empty for none.
func amounts(of map[string]int64) string {
	var out []string
	for _, unit := range slices.Sorted(maps.Keys(of)) {
		out = append(out, fmt.Sprintf("%d %s", of[unit], shown(unit)))
	}
	return strings.Join(out, ", ")
}

// worstSigns is how many things of its worst kind are held against an agent.
func (a *agent) worstSigns() (n int) {
	for _, s := range a.Signs {
		if s.Severity == a.Worst {
			n += s.N
		}
	}
	return n
}
