package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/taperid/taper/audit"
)

// entry is an entry as the page shows it.
type entry struct {
	Index    uint64
	Agent    *agent
	About    *agent // whose action it is, where another wrote the entry
	Seq      uint64
	Type     string
	Task     string
	Time     string
	Headline string
	Class    string // bad, warn, good or empty
	Glyph    string
	Faults   []*finding
	Fields   []field
	Proofs   []proof
	Leaf     string
	X, Y     float64 // on the timeline: 0 to 100, and pixels
	T        int64
}

// field is a member of an entry.
type field struct{ Name, Value string }

// proof is one thing that was, or was not, checked of an entry.
type proof struct {
	Holds    bool
	What     string
	How      string
	Entry    uint64 // to which it leads, if HasEntry
	HasEntry bool
}

// entries arranges at most so many entries, in the order of the log: those that
// findings and refusals name first, then those of suspects, then the newest. It says
// how many it left out.
func (b *builder) entries(most int) (out []*entry, leftOut int) {
	items := slices.Clone(b.items)
	if leftOut = max(0, len(items)-most); leftOut > 0 {
		slices.SortStableFunc(items, func(x, y audit.Item) int {
			if r := b.rank(y) - b.rank(x); r != 0 {
				return r
			}
			return int(int64(y.Index) - int64(x.Index))
		})
		items = items[:most]
		slices.SortFunc(items, func(x, y audit.Item) int { return int(int64(x.Index) - int64(y.Index)) })
	}
	for _, i := range items {
		out = append(out, b.entry(i))
	}
	return out, leftOut
}

// rank is how much an entry has to be on the page.
func (b *builder) rank(i audit.Item) int {
	n, ok := b.of[i.Index]
	switch {
	case b.faults[i.Index] != nil:
		return 3
	case ok && b.actions[n].Refused():
		return 2
	case b.agent(i.Signed.Entry().Agent).Worst > notable:
		return 1
	}
	return 0
}

func (b *builder) entry(i audit.Item) *entry {
	e := i.Signed.Entry()
	v := &entry{
		Index: i.Index, Agent: b.agent(e.Agent), Seq: e.Seq, Type: shown(string(e.Type)), Task: shown(e.Task),
		Time: utc(e.Time), T: e.Time.Unix(), Headline: headline(&e), Faults: b.faults[i.Index],
		Fields: fields(&e), Proofs: b.proofs(i, &e), Leaf: string(i.Signed.Bytes()),
	}
	if n, ok := b.of[i.Index]; ok && !b.actions[n].Agent.IsZero() {
		v.About = b.agent(b.actions[n].Agent)
	} else if e.Chain != nil && len(e.Chain.Links) > 0 {
		v.About = b.agent(e.Chain.Links[len(e.Chain.Links)-1].Subject)
	}
	if v.About == v.Agent {
		v.About = nil
	}
	if n, ok := b.of[i.Index]; ok && e.Type == audit.ActionResult && e.Action == "" {
		e.Action = b.actions[n].Name
		v.Headline = headline(&e)
	}
	v.Class, v.Glyph = b.mark(v, &e)
	return v
}

// mark is how an entry looks on the timeline; the glyph says what the colour says.
func (b *builder) mark(v *entry, e *audit.Entry) (class, glyph string) {
	for _, f := range v.Faults {
		if f.Severity > notable {
			return "bad", "▲"
		}
	}
	n, acted := b.of[v.Index]
	switch d := e.Decision; {
	case acted && b.actions[n].Refused():
		return "warn", "✕"
	case d != nil && d.Mode != "" && d.Mode != "normal":
		return "warn", "■"
	case len(v.Faults) > 0:
		return "note", "△"
	case e.Type == audit.Delegate:
		return "", "◆"
	case acted:
		return "good", "●"
	}
	return "", "○"
}

// fields are the members of an entry that say something, in the order of a reader.
func fields(e *audit.Entry) []field {
	var out []field
	add := func(name, value string) {
		if value != "" {
			out = append(out, field{name, shown(value)})
		}
	}
	add("id", e.ID)
	add("role", string(e.Role))
	add("action", e.Action)
	if e.Resource != nil {
		add("resource digest", e.Resource.Digest)
		add("resource pattern of the grant", e.Resource.Pattern)
	}
	addDecision(add, e.Decision)
	add("outcome", string(e.Outcome))
	if e.Why != nil {
		add("reason", string(e.Why.Code))
		add("reason digest", e.Why.Digest)
	}
	addChain(add, e)
	for _, d := range []field{
		{"invocation digest", e.Invocation},
		{"digest of the verifier's receipt", e.Receipt},
		{"arguments digest", e.Args},
		{"input digest", e.Input},
		{"output digest", e.Output},
		{"runtime digest", e.Runtime},
		{"trace", e.Trace},
	} {
		add(d.Name, d.Value)
	}
	if m := e.Model; m != nil {
		add("model", strings.TrimSpace(m.Provider+" "+m.Name+" "+m.Version))
		add("model digest", m.Digest)
	}
	if t := e.Tool; t != nil {
		add("tool", strings.TrimSpace(t.Name+" "+t.Version))
		add("tool digest", t.Digest)
	}
	if a := e.Anchor; a != nil {
		add("had seen the log", fmt.Sprintf("%s, %d entries, root %s", a.Origin, a.Size, a.Root))
	}
	return out
}

func addDecision(add func(name, value string), d *audit.Decision) {
	if d == nil {
		return
	}
	add("decision", string(d.Effect))
	if d.Rule > 0 {
		add("by rule", fmt.Sprintf("%d, %s", d.Rule, ruleText(d.Rule)))
	}
	if d.Link != nil {
		add("at link", fmt.Sprintf("%d, counted from the principal's, which is 0", *d.Link))
	}
	add("dimension", d.Dimension)
	add("mode", d.Mode)
	if d.Count > 1 {
		add("stands for", fmt.Sprintf("%d equal denials", d.Count))
	}
	add("may spend", amounts(d.Amounts))
	add("policy digest", d.Policy)
	if !d.AsOf.IsZero() {
		add("status as of", utc(d.AsOf))
	}
	for _, s := range d.Status {
		add("status list", s.Digest+" as of "+utc(s.AsOf))
	}
	for _, a := range d.Approval {
		add("approval digest", a)
	}
}

func addChain(add func(name, value string), e *audit.Entry) {
	add("authority (digest of its link)", e.Cap)
	if e.Parent != nil {
		add("handed on by", e.Parent.Agent.String()+" in its entry "+e.Parent.Entry.String())
	}
	if e.Chain != nil {
		for n, l := range e.Chain.Links {
			add(fmt.Sprintf("link %d", n), fmt.Sprintf("%s, by %s for %s, digest %s", l.ID, l.Issuer, l.Subject, l.Digest))
		}
	}
	for _, c := range e.Children {
		add("sub-agent ended", c.Agent.String()+" with "+c.Last.String())
	}
}

// proofs says what was checked of an entry, by what, and what did not hold.
func (b *builder) proofs(i audit.Item, e *audit.Entry) []proof {
	head := b.report.Head
	out := []proof{
		{Holds: true, What: "signature", How: "made by the key that " + e.Agent.String() + " is; the leaf has no second spelling"},
		{
			Holds: !b.broken, What: "inclusion",
			How: fmt.Sprintf("leaf %d, hash %s; all %d leaves were hashed and give the root %s, which the log signed", i.Index, i.Signed.Hash(), head.Size(), head.Root()),
		},
		b.chained(i, e),
	}
	for _, f := range b.faults[i.Index] {
		if f.Kind == string(audit.Fork) {
			out = append(out, proof{What: "number", How: fmt.Sprintf("its writer signed another entry of number %d too: see the finding", e.Seq)})
		}
	}
	if b.broken {
		out[1].How = "the log contradicts its own checkpoint: see the findings"
	}
	if since := b.report.Since; since != nil && i.Index < since.Size() {
		out = append(out, proof{Holds: !b.broken, What: "anchor", How: fmt.Sprintf("covered by the checkpoint of %d entries that you kept from before", since.Size())})
	}
	if p, ok := b.vantage(i, e); ok {
		out = append(out, p)
	}
	return out
}

// chained says whether an entry follows the one of its writer before it.
func (b *builder) chained(i audit.Item, e *audit.Entry) proof {
	if e.Seq == 0 {
		return proof{Holds: true, What: "chain", How: "the first entry of its writer"}
	}
	before, ok := b.byHash[e.Prev]
	if !ok {
		return proof{What: "chain", How: "the entry before it, " + e.Prev.String() + ", is not in the log"}
	}
	was := before.Signed.Entry()
	p := proof{Entry: before.Index, HasEntry: true, What: "chain", How: "prev is the hash of its writer's entry before"}
	if p.Holds = was.Agent == e.Agent && was.Seq+1 == e.Seq && before.Index < i.Index; !p.Holds {
		p.How = "prev is not its writer's entry before"
	}
	return p
}

// vantage says whether the other side of an action wrote of it.
func (b *builder) vantage(i audit.Item, e *audit.Entry) (proof, bool) {
	n, ok := b.of[i.Index]
	if !ok {
		return proof{}, false
	}
	a := b.actions[n]
	other, side := a.Decision, "a verifier"
	if e.Role == audit.RoleVerifier {
		other, side = a.Intent, "the agent"
	}
	if other == nil {
		return proof{What: "other side", How: side + " wrote nothing of this"}, true
	}
	return proof{Holds: true, What: "other side", How: side + " wrote of it with its own key", Entry: other.Index, HasEntry: true}, true
}

// types are the types of entries that there are.
func (b *builder) types() []string {
	var out []string
	for _, i := range b.items {
		if t := shown(string(i.Signed.Entry().Type)); !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}
