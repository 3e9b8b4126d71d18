package main

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
)

// maxFindings is how many findings the page shows, the worst ones; it counts all.
const maxFindings = 300

// Further bounds of what the page shows: of a log that was made to be long, too, a
// browser has to make a page.
const (
	maxRefusals = 1000
	maxEvidence = 8        // leaves of one finding
	maxShown    = 20 << 10 // bytes of one leaf
	maxFaults   = 8        // findings at one entry
)

// finding is a finding as the page shows it.
type finding struct {
	N           int
	Kind        string
	Severity    severity
	Short, Long string
	Agent       *agent // nil: the log
	Seq         uint64
	Detail      string
	OnPage      bool
	Evidence    []evidence
	Leaves      int // how many there are
	Checkpoints []string
}

// evidence is a leaf that proves a finding.
type evidence struct {
	Index  uint64
	What   string // empty: no entry
	Agent  *agent
	Leaf   string
	OnPage bool // its entry has a place of its own on the page
}

// findings arranges the findings, worst first, and says how many it left out.
func (b *builder) findings() (out []*finding, leftOut int) {
	for _, f := range b.report.Findings {
		m := means(f.Kind)
		v := &finding{Kind: shown(string(f.Kind)), Severity: m.severity, Short: m.short, Long: m.long, Seq: f.Seq, Detail: b.named.Replace(shown(f.Detail))}
		v.Leaves = len(f.Leaves)
		for _, l := range f.Leaves[:min(maxEvidence, len(f.Leaves))] {
			v.Evidence = append(v.Evidence, b.evidence(l))
			if len(b.faults[l.Index]) < maxFaults {
				b.faults[l.Index] = append(b.faults[l.Index], v)
			}
		}
		for _, c := range f.Checkpoints {
			v.Checkpoints = append(v.Checkpoints, ascii(c))
		}
		if who := b.blamed(f); !who.IsZero() {
			v.Agent = b.agent(who)
			b.blame(f, v)
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(x, y *finding) int {
		return cmp.Or(cmp.Compare(y.Severity, x.Severity), cmp.Compare(y.weight(), x.weight()))
	})
	for n, f := range out {
		f.N = n + 1
	}
	if len(out) > maxFindings {
		out, leftOut = out[:maxFindings], len(out)-maxFindings
	}
	for _, f := range out {
		f.OnPage = true
	}
	return out, leftOut
}

// weight is how bad the rest is that is held against the finding's agent: of two
// findings alike, the one against the likely culprit comes first.
func (f *finding) weight() int64 {
	if f.Agent == nil {
		return math.MaxInt64 // the log itself
	}
	n := int64(f.Agent.score)
	for _, s := range f.Agent.Signs {
		if s.Severity == proven {
			n += 1 << 32
		}
	}
	return n
}

// blame holds a finding against its agent.
func (b *builder) blame(f audit.Finding, v *finding) {
	v.Agent.Faults++
	for _, l := range f.Leaves {
		if s, err := audit.ParseSigned(l.Bytes); err == nil {
			b.hold(v.Agent, sign{v.Severity, v.Short, 1, ""}, audit.Item{Index: l.Index, Signed: s})
			return
		}
	}
}

// blamed returns whom a finding is held against. The one who wrote the entry may be
// the witness: a verifier that saw what an agent left out, a parent whose sub-agent's
// end is missing. Nobody is blamed on the word of another agent alone: where the
// sub-agent's own end is there, it is the parent's word that is odd.
func (b *builder) blamed(f audit.Finding) did.DID {
	if (f.Kind != audit.Unmatched && f.Kind != audit.Gap) || len(f.Leaves) == 0 {
		return f.Agent
	}
	s, err := audit.ParseSigned(f.Leaves[0].Bytes)
	if err != nil {
		return f.Agent
	}
	switch e := s.Entry(); {
	case f.Kind == audit.Unmatched && e.Type == audit.Decided && e.Chain != nil:
		return e.Chain.Links[len(e.Chain.Links)-1].Subject
	case f.Kind == audit.Gap && e.Type == audit.TaskClose:
		for _, c := range e.Children {
			if _, ok := b.byHash[c.Last]; !ok && !b.closed[c.Agent] {
				return c.Agent
			}
		}
	}
	return f.Agent
}

func (b *builder) evidence(l audit.Leaf) evidence {
	v := evidence{Index: l.Index, Leaf: ascii(l.Bytes)}
	if s, err := audit.ParseSigned(l.Bytes); err == nil {
		e := s.Entry()
		v.Agent, v.What = b.agent(e.Agent), headline(&e)
	}
	return v
}

// ascii is bytes as text where they are printable ASCII, line ends and the dash
// (U+2014) that signature lines of a note begin with, else base64.
func ascii(data []byte) string {
	for _, r := range string(data) {
		if r != '\u2014' && r != '\n' && (r < 0x20 || r > 0x7e) {
			return cut("base64: " + base64.StdEncoding.EncodeToString(data))
		}
	}
	return cut(string(data))
}

// cut ends what is too long for the page.
func cut(text string) string {
	if len(text) > maxShown {
		return text[:maxShown] + "... and more, in the JSON report"
	}
	return text
}

// kinds counts the findings by kind, worst first.
func (b *builder) kinds() []count {
	var out []count
	at := make(map[audit.Kind]int)
	for _, f := range b.report.Findings {
		n, ok := at[f.Kind]
		if !ok {
			n = len(out)
			at[f.Kind] = n
			out = append(out, count{Name: shown(string(f.Kind)), Class: means(f.Kind).severity.String()})
		}
		out[n].N++
	}
	rank := func(c count) severity { return means(audit.Kind(c.Name)).severity }
	slices.SortStableFunc(out, func(x, y count) int { return cmp.Compare(rank(y), rank(x)) })
	return out
}

// refusal is an action that was refused.
type refusal struct {
	Agent  *agent
	By     *agent
	Name   string
	Task   string
	Time   string
	Reason string
	Rule   string
	Times  int
	Index  uint64
	Anyway bool // the agent reports that it did it
	OnPage bool
}

// refusals arranges what was refused, and says how much it left out.
func (b *builder) refusals() (out []refusal, leftOut int) {
	for _, a := range b.report.Refusals() {
		if len(out) == maxRefusals {
			leftOut++
			continue
		}
		e := a.Decision.Signed.Entry()
		r := refusal{
			By: b.agent(e.Agent), Name: shown(a.Name), Task: shown(e.Task), Time: utc(e.Time), Reason: shown(a.Reason()),
			Rule: ruleText(e.Decision.Rule), Times: times(a), Index: a.Decision.Index,
			Anyway: a.Result != nil && a.Result.Signed.Entry().Outcome == audit.OutcomeOK,
		}
		if !a.Agent.IsZero() {
			r.Agent = b.agent(a.Agent)
		}
		out = append(out, r)
	}
	return out, leftOut
}

// headline is an entry in one line.
func headline(e *audit.Entry) string {
	text := shown(e.Action)
	switch e.Type {
	case audit.TaskOpen:
		text = "begins"
	case audit.TaskClose:
		text = "ends"
	case audit.Delegate:
		text = "hands the task on"
	case audit.ActionIntent:
		text = "intends " + text
	case audit.ActionResult:
		text = strings.TrimSpace("reports " + text)
	case audit.StatusSeen:
		text = "sees the mode"
	}
	if d := e.Decision; d != nil {
		text += decisionText(d)
	}
	if e.Outcome != "" {
		text += ": " + shown(string(e.Outcome))
	}
	return text
}

func decisionText(d *audit.Decision) string {
	text := ""
	if d.Effect != "" {
		text = ": " + shown(string(d.Effect))
	}
	if d.Effect == audit.Deny {
		text += fmt.Sprintf(", rule %d (%s)", d.Rule, ruleText(d.Rule))
	}
	if d.Mode != "" && d.Mode != "normal" {
		text += ", " + shown(d.Mode)
	}
	if d.Count > 1 {
		text += fmt.Sprintf(", %d times", d.Count)
	}
	return text
}
