package audit_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

// fault is something wrong with the story, and what has to be found: a finding of
// this kind whose evidence begins with these leaves of the changed log.
type fault struct {
	name     string
	leaves   [][]byte
	kind     audit.Kind
	evidence []uint64 // none: a fault of the log, proved by its checkpoints
}

// planted are the faults. For the places in the story see TestAuditFindsWhatAnOperatorDid.
func planted(tb testing.TB, s *story) []fault {
	tb.Helper()
	alice, bob, carol, dave := personas.New("alice"), personas.New("bob"), personas.New("carol"), personas.New("dave")
	mallory := personas.New("mallory")
	at := func(i int, who *did.Signer, change func(*audit.Entry)) [][]byte {
		return replace(s.leaves, i, resign(tb, who, s.leaves[i], change))
	}
	more := func(i int, who *did.Signer, change func(*audit.Entry)) [][]byte {
		return append(slices.Clone(s.leaves), resign(tb, who, s.leaves[i], change))
	}
	sooner := func(e *audit.Entry) { e.Time = e.Time.Add(-time.Hour) }
	cut := func(leaf []byte) []byte { return leaf[:len(leaf)-1] }
	onlyDave := chain(alice, dave)
	broken := func() *audit.Chain { // alice > carol, mallory > dave
		c := chain(alice, carol, dave)
		c.Links[1].Issuer = mallory.DID()
		return c
	}
	renamed := func() *audit.Chain { // another root above the same leaf
		c := chain(alice, carol, dave)
		c.Links[0].Digest = digest("another root")
		return c
	}
	return []fault{
		{"noise", replace(s.leaves, 4, []byte("noise")), audit.Forged, []uint64{4}},
		{"an empty leaf", replace(s.leaves, 4, []byte{}), audit.Forged, []uint64{4}},
		{"a signature cut short", replace(s.leaves, 4, cut(s.leaves[4])), audit.Forged, []uint64{4}},
		{"the payload of one, the signature of another", replace(s.leaves, 4, splice(s.leaves[4], s.leaves[2])), audit.Forged, []uint64{4}},
		{"another's key", replace(s.leaves, 4, forge(tb, dave, header(carol), string(payload(tb, s.leaves[4])))), audit.Forged, []uint64{4}},

		{"a result is dropped", without(s.leaves, 4), audit.Gap, []uint64{4}},
		{"a verifier's permit is dropped", without(s.leaves, 3), audit.Gap, []uint64{7}},
		{"a verifier's denial is dropped", without(s.leaves, 8), audit.Gap, []uint64{11}},
		{"the beginning is dropped", without(s.leaves, 1), audit.Gap, []uint64{1}},
		{"a sub-agent's end is dropped", without(s.leaves, 10), audit.Gap, []uint64{10}},
		{"a number is skipped", at(10, dave, func(e *audit.Entry) { e.Seq++ }), audit.Gap, []uint64{10}},
		{"an end that never was", at(11, carol, func(e *audit.Entry) { e.Children[0].Last = audit.LeafHash(nil) }), audit.Gap, []uint64{11}},

		{"a link to nothing", at(9, dave, func(e *audit.Entry) { e.Prev = audit.LeafHash(nil) }), audit.BrokenLink, []uint64{9, 7}},
		{"a link to another's entry", at(9, dave, func(e *audit.Entry) { e.Prev = audit.LeafHash(s.leaves[8]) }), audit.BrokenLink, []uint64{9, 7}},
		{"a link to an entry further back", at(9, dave, func(e *audit.Entry) { e.Prev = audit.LeafHash(s.leaves[6]) }), audit.BrokenLink, []uint64{9, 7}},
		{"an old entry is written anew", at(2, carol, func(e *audit.Entry) { e.Action = "db/list" }), audit.BrokenLink, []uint64{4, 2}},
		{"another task", at(9, dave, func(e *audit.Entry) { e.Task = "another" }), audit.BrokenLink, []uint64{9, 6}},
		{"more after the end", more(10, dave, func(e *audit.Entry) { e.Seq, e.Prev = e.Seq+1, audit.LeafHash(s.leaves[10]) }), audit.BrokenLink, []uint64{13, 10}},

		{"two intents of one number", more(7, dave, func(e *audit.Entry) { e.Action = "db/list" }), audit.Fork, []uint64{7, 13}},
		{"two beginnings", more(6, dave, func(e *audit.Entry) { e.ID = "urn:x:2" }), audit.Fork, []uint64{6, 13}},
		{"two decisions of one number", more(8, bob, func(e *audit.Entry) { e.Decision.Rule = 16 }), audit.Fork, []uint64{8, 13}},
		{"two ends", more(10, dave, func(e *audit.Entry) { e.Outcome = audit.OutcomeOK }), audit.Fork, []uint64{10, 13}},

		{"an intent after its result", swap(s.leaves, 7, 9), audit.Reordered, []uint64{9, 7}},
		{"an end before the beginning", swap(s.leaves, 6, 10), audit.Reordered, []uint64{10, 6}},

		{"a tail is cut", s.leaves[:3], audit.Inconsistent, nil},
		{"an empty log", nil, audit.Inconsistent, nil},
		{"an entry before the anchor is another", at(2, carol, func(e *audit.Entry) { e.Action = "db/list" }), audit.Inconsistent, nil},
		{"an anchor of another history", at(11, carol, func(e *audit.Entry) { e.Anchor.Root = audit.LeafHash(nil) }), audit.AnchorMismatch, []uint64{11}},
		{"an anchor of the future", at(11, carol, func(e *audit.Entry) { e.Anchor.Size = 1 << 40 }), audit.AnchorMismatch, []uint64{11}},
		{"an agent without an end", s.leaves[:11], audit.Unclosed, []uint64{5}},

		{"an agent is not logged", without(s.leaves, 6, 7, 9, 10), audit.Unmatched, []uint64{6}},
		{"a delegation is not logged", without(s.leaves, 5), audit.Unmatched, []uint64{5}},
		{"no verifier is logged", without(s.leaves, 0, 3, 8, 12), audit.Unmatched, []uint64{1}},
		{"an intent for something else", at(7, dave, func(e *audit.Entry) { e.Action = "db/list" }), audit.Unmatched, []uint64{7, 8}},
		{"an intent on something else", at(7, dave, func(e *audit.Entry) { e.Resource.Digest = digest("x") }), audit.Unmatched, []uint64{7, 8}},
		{"an intent with other arguments", at(7, dave, func(e *audit.Entry) { e.Args = digest("x") }), audit.Unmatched, []uint64{7, 8}},
		{"a result of another's intent", at(9, dave, func(e *audit.Entry) { e.Intent = audit.LeafHash(s.leaves[2]) }), audit.Unmatched, []uint64{9}},
		{"a parent that did not delegate", at(6, dave, func(e *audit.Entry) { e.Parent.Entry = audit.LeafHash(s.leaves[4]) }), audit.Unmatched, []uint64{6}},

		{"an intent that claims an hour before its beginning", at(7, dave, sooner), audit.Backdated, []uint64{7, 6}},
		{"a result that claims a second before its intent", at(9, dave, func(e *audit.Entry) { e.Time = e.Time.Add(-3 * time.Second) }), audit.Backdated, []uint64{9, 7}},
		{"a decision that claims an hour before", at(8, bob, sooner), audit.Backdated, []uint64{8, 3}},

		{"opened under links that do not follow", at(6, dave, func(e *audit.Entry) { e.Chain = broken() }), audit.OutsideAuthority, []uint64{6}},
		{"opened under another root than was given", at(6, dave, func(e *audit.Entry) { e.Chain = renamed() }), audit.OutsideAuthority, []uint64{6, 5}},
		{"delegated under another chain", at(5, carol, func(e *audit.Entry) { e.Chain = renamed() }), audit.OutsideAuthority, []uint64{5, 1}},
		{"delegated links that do not follow", at(5, carol, func(e *audit.Entry) {
			e.Chain.Links = append([]audit.Link{onlyDave.Links[0]}, e.Chain.Links[1])
		}), audit.OutsideAuthority, []uint64{5}},
		{"permitted without a chain", at(3, bob, func(e *audit.Entry) { e.Chain = nil }), audit.OutsideAuthority, []uint64{3}},
		{"permitted under a chain of no links", at(3, bob, func(e *audit.Entry) { e.Chain.Links = nil }), audit.OutsideAuthority, []uint64{3}},
		{"permitted under the chain of another agent", at(3, bob, func(e *audit.Entry) { e.Chain = chain(alice, dave) }), audit.OutsideAuthority, []uint64{3, 2}},
		{"permitted under another chain of the agent", at(3, bob, func(e *audit.Entry) { e.Chain = chain(bob, carol) }), audit.OutsideAuthority, []uint64{3, 1}},
		{"permitted under links that do not follow", at(8, bob, func(e *audit.Entry) {
			e.Chain, e.Decision = broken(), &audit.Decision{Effect: audit.Permit}
		}), audit.OutsideAuthority, []uint64{8}},
		{"permitted while suspended", at(3, bob, func(e *audit.Entry) { e.Decision.Mode = "suspended" }), audit.OutsideAuthority, []uint64{3}},
		{"permitted while revoked", at(3, bob, func(e *audit.Entry) { e.Decision.Mode = "revoked" }), audit.OutsideAuthority, []uint64{3}},
		{"done though refused", at(9, dave, func(e *audit.Entry) { e.Outcome = audit.OutcomeOK }), audit.OutsideAuthority, []uint64{9, 7, 8}},
	}
}

// splice puts the signature of one leaf under what another one signed.
func splice(text, sig []byte) []byte {
	dot := func(b []byte) int { return slices.Index(b, '.') + 1 + slices.Index(b[slices.Index(b, '.')+1:], '.') }
	return append(slices.Clone(text[:dot(text)]), sig[dot(sig):]...)
}

// evidence returns the places of the leaves of a finding, each the leaf that is there.
func evidence(tb testing.TB, f audit.Finding, leaves [][]byte) (out []uint64) {
	tb.Helper()
	for _, l := range f.Leaves {
		require.Equal(tb, leaves[l.Index], l.Bytes)
		out = append(out, l.Index)
	}
	return out
}

func TestAuditFindsWhatIsPlanted(t *testing.T) {
	story := tell(t)
	faults := planted(t, story)
	require.GreaterOrEqual(t, len(faults), 50)
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			report := runAudit(t, newRawLog(t, f.leaves...), story.anchor)
			require.True(t, slices.ContainsFunc(report.Findings, func(found audit.Finding) bool {
				if found.Kind != f.kind {
					return false
				}
				if f.evidence == nil {
					return len(found.Checkpoints) == 2
				}
				return slices.Equal(f.evidence, evidence(t, found, f.leaves))
			}), "%s", report)
		})
	}
}

// cosigner returns how one witness cosigns, and the policy that asks for it.
func cosigner(tb testing.TB) (func(signed []byte, at time.Time) *audit.Checkpoint, *audit.Policy) {
	tb.Helper()
	skeys, vkeys := witnesses(tb, 1)
	p, err := policy(tb).WithWitnesses(1, vkeys...)
	require.NoError(tb, err)
	return func(signed []byte, at time.Time) *audit.Checkpoint {
		bare, err := audit.ParseCheckpoint(signed, policy(tb))
		require.NoError(tb, err)
		line, err := audit.Cosign(skeys[0], bare, at)
		require.NoError(tb, err)
		c, err := audit.ParseCheckpoint(append(slices.Clone(signed), line...), p)
		require.NoError(tb, err)
		return c
	}, p
}

// What witnesses vouch for bounds what writers claim, with five minutes for clocks
// that differ.
func TestAuditHoldsTimesToCosignatures(t *testing.T) {
	dave, story := personas.New("dave"), tell(t)
	const skew = 5 * time.Minute
	for name, c := range map[string]struct {
		since, head time.Time
		found       []uint64 // where the backdated entries stand
	}{
		"in order":                     {start.Add(6 * time.Second), start.Add(time.Minute), nil},
		"cosigned late":                {start.Add(6 * time.Second), start.Add(9000 * time.Hour), nil},
		"as fast as may be":            {start.Add(4*time.Second - skew), start.Add(12*time.Second - skew), nil},
		"too fast at the end":          {start.Add(4*time.Second - skew), start.Add(11*time.Second - skew), []uint64{12}},
		"too fast before the anchor":   {start.Add(3*time.Second - skew), start.Add(time.Minute), []uint64{4}},
		"as slow as may be":            {start.Add(7*time.Second + skew), start.Add(time.Hour), nil},
		"too slow: names what was not": {start.Add(8*time.Second + skew), start.Add(time.Hour), []uint64{7}},
	} {
		t.Run(name, func(t *testing.T) {
			cosign, p := cosigner(t)
			since := cosign(newRawLog(t, story.leaves[:5]...)["checkpoint"], c.since)
			leaves := replace(story.leaves, 7, resign(t, dave, story.leaves[7], func(e *audit.Entry) { e.Anchor = since.Anchor() }))
			log := newRawLog(t, leaves...)
			log["checkpoint"] = cosign(log["checkpoint"], c.head).Bytes()
			auditor := &audit.Auditor{Policy: p, Since: since}
			report, err := auditor.Audit(ctx, log)
			require.NoError(t, err)
			var found []uint64
			for _, f := range report.Findings {
				if f.Kind == audit.Backdated {
					found = append(found, evidence(t, f, leaves)...)
					require.Len(t, f.Checkpoints, 1, "the cosigned checkpoint is evidence")
				}
			}
			require.Equal(t, c.found, found)
		})
	}
}

// A judge is asked for every permit and for every intent that no verifier saw, and
// what it says is a finding.
func TestAuditAsksTheJudge(t *testing.T) {
	story := tell(t)
	alice, carol, dave := personas.New("alice"), personas.New("carol"), personas.New("dave")
	var asked []string
	auditor := &audit.Auditor{Policy: policy(t), Since: story.anchor, Judge: func(chain audit.Chain, act audit.Entry) error {
		asked = append(asked, fmt.Sprintf("%s %s %d", act.Type, act.Action, len(chain.Links)))
		chain.Links[0] = audit.Link{} // the judge's own copy
		if act.Type == audit.Decided {
			return errors.New("not \x1b[1m\n allowed")
		}
		return nil
	}}
	report, err := auditor.Audit(ctx, story.log)
	require.NoError(t, err)
	require.Equal(t, []string{"decision db/read 1"}, asked, "what was refused was not done")
	require.Equal(t, []audit.Kind{audit.OutsideAuthority}, kinds(report))
	require.Contains(t, report.Findings[0].Detail, `"not \x1b[1m\n allowed"`)
	require.Equal(t, []uint64{3}, evidence(t, report.Findings[0], story.leaves))
	require.Equal(t, chain(alice, carol).Digest, report.Entries()[1].Signed.Entry().Chain.Links[0].Digest)

	asked = nil
	leaves := replace(story.leaves, 9, resign(t, dave, story.leaves[9], func(*audit.Entry) {}))
	leaves = without(leaves, 8)
	_, err = auditor.Audit(ctx, newRawLog(t, leaves...))
	require.NoError(t, err)
	require.Equal(t, []string{"decision db/read 1", "action.intent db/write 2"}, asked)
}

// manyLeaves is a clean log: n entries of these many agents, and of one verifier.
func manyLeaves(tb testing.TB, agents, n int) *audit.Log {
	tb.Helper()
	alice, log, now := personas.New("alice"), newLog(tb), clock()
	server := newRecorder(tb, personas.New("bob"), log, audit.RoleVerifier, now)
	record(tb, server, audit.Entry{Type: audit.TaskOpen})
	each := (n - 2) / agents
	for a := range agents {
		agent := personas.New(fmt.Sprintf("agent %d", a))
		r := newRecorder(tb, agent, log, "", now)
		e := open(alice, agent)
		e.Task = fmt.Sprintf("task %d", a)
		record(tb, r, e)
		for i := 0; 3*i+5 <= each; i++ {
			meant := intent(tb, "db/read")
			meant.Invocation = digest(fmt.Sprint(a, i))
			permitted := permit(tb, "db/read", alice, agent)
			permitted.Invocation, permitted.Task = meant.Invocation, e.Task
			done := result(tb, "db/read", record(tb, r, meant).Hash())
			done.Invocation = meant.Invocation
			record(tb, server, permitted)
			record(tb, r, done)
		}
		for r.Last().Entry().Seq < uint64(each)-2-uint64((each-2)/3) {
			meant := intent(tb, "note/write") // that no verifier sees
			meant.Invocation = ""
			record(tb, r, meant)
		}
		r.Seen(publish(tb, log))
		record(tb, r, audit.Entry{Type: audit.TaskClose})
	}
	for log.Checkpoint().Size() < uint64(n) {
		record(tb, server, audit.Entry{Type: audit.StatusSeen, Decision: &audit.Decision{
			Mode: "normal", Status: []audit.StatusList{{Digest: digest("list"), AsOf: start}},
		}})
		publish(tb, log)
	}
	return log
}

// cleanEntries is how long the clean log is; .ci/run asks for 100,000.
var cleanEntries = flag.Int("clean", 10_000, "entries of the clean log of 200 agents that is audited")

func TestAuditOfManyCleanEntries(t *testing.T) {
	t.Parallel()
	agents, n := 200, *cleanEntries
	if testing.Short() {
		agents, n = 5, 500
	}
	log := manyLeaves(t, agents, n)
	require.EqualValues(t, n, log.Checkpoint().Size())
	report := runAudit(t, log, nil)
	require.Empty(t, report.Findings)
	require.Len(t, report.Tasks(), agents)
	require.Len(t, report.Entries(), n)
}
