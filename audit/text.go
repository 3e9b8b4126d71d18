package audit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/taperid/taper/did"
)

// quote makes any text one that cannot pass for another or steer a terminal.
func quote(s string) string { return strconv.QuoteToASCII(s) }

// String returns the report for people. Every text that comes from the log is
// quoted in ASCII.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "log %s: %d entries, root %s\n", quote(r.Head.Origin()), r.Head.Size(), r.Head.Root())
	if r.Since == nil {
		b.WriteString("anchor: none given, so a cut tail or another log in this one's place would not show\n")
	} else {
		fmt.Fprintf(&b, "anchor: %d entries, root %s\n", r.Since.Size(), r.Since.Root())
	}
	for _, v := range r.Verifiers() {
		fmt.Fprintf(&b, "verifier: %s\n", v)
	}
	fmt.Fprintf(&b, "findings: %d\n", len(r.Findings))
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "  %s: %s\n", f.Kind, f.Detail)
	}
	for _, task := range r.Tasks() {
		fmt.Fprintf(&b, "task %s\n", quote(task))
		for _, n := range r.Tree(task) {
			n.text(&b, "  ")
		}
	}
	return b.String()
}

func (n *Node) text(b *strings.Builder, indent string) {
	end := "open"
	if n.Close != nil {
		end = "closed " + string(n.Close.entry().Outcome)
	}
	fmt.Fprintf(b, "%s%s, %s\n", indent, n.Agent, strings.TrimSpace(end))
	for _, a := range n.Actions {
		fmt.Fprintf(b, "%s  %s: %s\n", indent, quote(a.Name), a.state())
	}
	for _, c := range n.Children {
		c.text(b, indent+"  ")
	}
}

// state says how far an action came.
func (a Action) state() string {
	text := "no decision"
	if a.Decision != nil {
		text = string(a.Decision.entry().Decision.Effect)
	}
	if reason := a.Reason(); reason != "" {
		text += " (" + reason + ")"
	}
	if a.Result != nil {
		text += ", " + string(a.Result.entry().Outcome)
	}
	return text
}

// MarshalJSON writes the report: the checkpoints, the findings with their
// evidence, every task with its tree and timeline, and the refusals.
func (r *Report) MarshalJSON() ([]byte, error) {
	type jsonTask struct {
		ID       string   `json:"id"`
		Spent    spending `json:"spent"`
		Tree     []*Node  `json:"tree"`
		Timeline []Item   `json:"timeline"`
	}
	out := struct {
		Log       *Anchor    `json:"log"`
		Anchor    *Anchor    `json:"anchor"` // null: none was given
		Verifiers []did.DID  `json:"verifiers"`
		Findings  []Finding  `json:"findings"`
		Tasks     []jsonTask `json:"tasks"`
		Refusals  []Action   `json:"refusals"`
	}{
		r.Head.Anchor(), r.Since.Anchor(), append([]did.DID{}, r.Verifiers()...), append([]Finding{}, r.Findings...),
		[]jsonTask{},
		append([]Action{}, r.Refusals()...),
	}
	for _, id := range r.Tasks() {
		out.Tasks = append(out.Tasks, jsonTask{id, r.Spent(id), r.Tree(id), r.Timeline(id)})
	}
	return json.Marshal(out)
}

// MarshalJSON writes an anchor as an entry has it.
func (a Anchor) MarshalJSON() ([]byte, error) { return anchorShape.write(nil, &a), nil }

// MarshalJSON writes the finding. Leaves, which may be any bytes, are base64.
func (f Finding) MarshalJSON() ([]byte, error) {
	out := struct {
		Kind        Kind     `json:"kind"`
		Agent       string   `json:"agent,omitempty"`
		Seq         *uint64  `json:"seq,omitempty"`
		Detail      string   `json:"detail"`
		Leaves      []Leaf   `json:"leaves,omitempty"`
		Checkpoints []string `json:"checkpoints,omitempty"`
	}{Kind: f.Kind, Agent: f.Agent.String(), Detail: f.Detail, Leaves: f.Leaves}
	if !f.Agent.IsZero() {
		out.Seq = &f.Seq
	}
	for _, c := range f.Checkpoints {
		out.Checkpoints = append(out.Checkpoints, string(c))
	}
	return json.Marshal(out)
}

// MarshalJSON writes the leaf, its bytes in base64.
func (l Leaf) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Index uint64 `json:"index"`
		Leaf  []byte `json:"leaf"`
	}{l.Index, l.Bytes})
}

// MarshalJSON writes the entry with its place and its leaf hash.
func (i Item) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Index uint64 `json:"index"`
		Hash  Hash   `json:"hash"`
		Entry *Entry `json:"entry"`
	}{i.Index, i.Signed.Hash(), i.entry()})
}

// MarshalJSON writes the action with the places of its entries.
func (a Action) MarshalJSON() ([]byte, error) {
	out := struct {
		Agent    string  `json:"agent,omitempty"`
		Action   string  `json:"action"`
		State    string  `json:"state"`
		Intent   *uint64 `json:"intent,omitempty"`
		Decision *uint64 `json:"decision,omitempty"`
		Result   *uint64 `json:"result,omitempty"`
	}{a.Agent.String(), a.Name, a.state(), a.Intent.place(), a.Decision.place(), a.Result.place()}
	return json.Marshal(out)
}

func (i *Item) place() *uint64 {
	if i == nil {
		return nil
	}
	return &i.Index
}

// MarshalJSON writes the agent with its actions and its sub-agents.
func (n *Node) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Agent    did.DID    `json:"agent"`
		Cap      string     `json:"cap"`
		Open     time.Time  `json:"open"`
		Opened   uint64     `json:"opened"`
		Closed   *uint64    `json:"closed,omitempty"`
		By       *uint64    `json:"delegatedBy,omitempty"`
		Spent    spending   `json:"spent"`
		Total    spending   `json:"total"`
		Modes    []ModeSeen `json:"modes"`
		Actions  []Action   `json:"actions"`
		Children []*Node    `json:"children"`
	}{n.Agent, n.Cap, n.Open.entry().Time, n.Open.Index, n.Close.place(), n.By.place(), n.Spent, n.Total, append([]ModeSeen{}, n.Modes...), append([]Action{}, n.Actions...), append([]*Node{}, n.Children...)})
}
