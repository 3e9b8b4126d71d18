package audit

import (
	"fmt"

	"github.com/taperid/taper/did"
)

// Kind is what kind of fault was found.
type Kind string

// The kinds of findings.
const (
	// Forged is a leaf that is not an entry signed by its agent.
	Forged Kind = "forged"
	// Gap is a number missing from a writer's entries, or a last entry that a
	// parent's task.close names and the log lacks.
	Gap Kind = "gap"
	// BrokenLink is an entry whose prev is not the entry before it, that follows
	// its writer's task.close, or that changed the writer's role or task.
	BrokenLink Kind = "broken-link"
	// Fork is two different statements that one writer signed under one number.
	Fork Kind = "fork"
	// Reordered is an entry that stands in the log before one with a lower number.
	Reordered Kind = "reordered"
	// Inconsistent is a log that is not what its signed checkpoint, or the one
	// kept from before, says.
	Inconsistent Kind = "inconsistent"
	// AnchorMismatch is an entry that names a checkpoint which this log never
	// had, or had only later. Either the log showed its writer another history
	// or the writer lies: only the signed checkpoint, which the writer says it
	// keeps, proves the first.
	AnchorMismatch Kind = "anchor-mismatch"
	// Unclosed is an agent without a task.close: it is still at work, or its last
	// entries are missing.
	Unclosed Kind = "unclosed"
	// Stranger is a writer that calls itself a verifier, and that the policy does
	// not name as one. What it wrote does not count as a verifier's.
	Stranger Kind = "stranger"
	// Unmatched is what one side wrote and the other did not, or wrote otherwise.
	Unmatched Kind = "unmatched"
	// Backdated is an entry that claims a time which cannot be: before that of its
	// writer's entry before, before the cosignature of the checkpoint that it names,
	// or after that of one which covers it.
	Backdated Kind = "backdated"
	// OutsideAuthority is what was given, permitted or done outside of the chain that
	// the log names for it.
	OutsideAuthority Kind = "outside-authority"
)

// Finding is one fault, with what proves it.
type Finding struct {
	Kind        Kind
	Agent       did.DID  // whose entries it is about; nobody if about the log
	Seq         uint64   // which of them, where there is an agent
	Detail      string   // for people; what is from the log is quoted in it
	Leaves      []Leaf   // the entries
	Checkpoints [][]byte // the signed checkpoints
}

// Leaf is a leaf of the log, as it is there.
type Leaf struct {
	Index uint64
	Bytes []byte
}

// Item is an entry in its place in the log.
type Item struct {
	Index  uint64
	Signed *Signed
}

func (i Item) leaf() Leaf { return Leaf{i.Index, i.Signed.Bytes()} }

// entry is the content without a copy; nobody changes it.
func (i Item) entry() *Entry {
	if i.Signed == nil {
		return &Entry{}
	}
	return &i.Signed.entry
}

// find adds a finding about entries of one writer. What is free text in an entry
// is quoted by the caller.
func (a *auditor) find(kind Kind, of Item, about []Item, format string, args ...any) {
	f := Finding{Kind: kind, Agent: of.entry().Agent, Seq: of.entry().Seq, Detail: fmt.Sprintf(format, args...)}
	for _, i := range append([]Item{of}, about...) {
		f.Leaves = append(f.Leaves, i.leaf())
	}
	a.report.Findings = append(a.report.Findings, f)
}

// findLog adds a finding about the log, with its checkpoints as evidence.
func (a *auditor) findLog(kind Kind, leaves []Leaf, format string, args ...any) {
	f := Finding{Kind: kind, Detail: fmt.Sprintf(format, args...), Leaves: leaves}
	f.Checkpoints = append(f.Checkpoints, a.report.Head.Bytes())
	for _, c := range a.anchors() {
		f.Checkpoints = append(f.Checkpoints, c.Bytes())
	}
	a.report.Findings = append(a.report.Findings, f)
}
