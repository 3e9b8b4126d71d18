package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
)

// kinds returns the kinds of findings, each once.
func kinds(r *audit.Report) []audit.Kind {
	seen := map[audit.Kind]bool{}
	for _, f := range r.Findings {
		seen[f.Kind] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

func runAudit(tb testing.TB, r audit.Reader, since *audit.Checkpoint) *audit.Report {
	tb.Helper()
	report, err := audit.Audit(ctx, r, policy(tb), since)
	require.NoError(tb, err)
	return report
}

func TestAuditOfAWholeLog(t *testing.T) {
	story := tell(t)
	for _, since := range []*audit.Checkpoint{nil, story.anchor, story.end, newLog(t).Checkpoint()} {
		report := runAudit(t, story.log, since)
		require.Empty(t, report.Findings)
		require.Equal(t, since, report.Since)
		require.Equal(t, story.end, report.Head)
		require.Len(t, report.Entries(), len(story.leaves))
	}
	require.Empty(t, runAudit(t, newRawLog(t, story.leaves...), story.anchor).Findings, "tiles by another hand")
	require.Empty(t, runAudit(t, newLog(t), nil).Findings, "an empty log")
	require.Contains(t, runAudit(t, story.log, nil).String(), "anchor: none given")
	require.NotContains(t, runAudit(t, story.log, story.anchor).String(), "none given")
}

func TestAuditReadsManyTiles(t *testing.T) {
	alice, carol := personas.New("alice"), personas.New("carol")
	log := newLog(t)
	r := newRecorder(t, carol, log, "", clock())
	record(t, r, open(alice, carol))
	for range 599 {
		e := intent(t, "db/read")
		e.Invocation = ""
		record(t, r, e)
		if r.Last().Entry().Seq%250 == 0 {
			r.Seen(publish(t, log))
		}
	}
	record(t, r, audit.Entry{Type: audit.TaskClose})
	publish(t, log)
	require.Empty(t, runAudit(t, log, nil).Findings)
}

// without and swap make another list of leaves.
func without(leaves [][]byte, drop ...int) [][]byte {
	var out [][]byte
	for i, leaf := range leaves {
		if !slices.Contains(drop, i) {
			out = append(out, leaf)
		}
	}
	return out
}

func swap(leaves [][]byte, a, b int) [][]byte {
	out := slices.Clone(leaves)
	out[a], out[b] = out[b], out[a]
	return out
}

func replace(leaves [][]byte, at int, leaf []byte) [][]byte {
	out := slices.Clone(leaves)
	out[at] = leaf
	return out
}

// resign returns an entry that the signer changed and signed again.
func resign(tb testing.TB, who *did.Signer, leaf []byte, change func(*audit.Entry)) []byte {
	tb.Helper()
	s, err := audit.ParseSigned(leaf)
	require.NoError(tb, err)
	e := s.Entry()
	change(&e)
	s, err = audit.Sign(who, e)
	require.NoError(tb, err)
	return s.Bytes()
}

// The operator, who holds the log's key, changes the log and signs it anew.
//
// The places in the story: 0 bob opens, 1 carol opens, 2 carol intends db/read,
// 3 bob permits, 4 carol's result, 5 carol delegates, 6 dave opens, 7 dave intends
// db/write, 8 bob denies, 9 dave's result, 10 dave closes, 11 carol closes, 12 bob
// closes.
func TestAuditFindsWhatAnOperatorDid(t *testing.T) {
	story := tell(t)
	carol, dave := personas.New("carol"), personas.New("dave")
	edited := bytes.Clone(story.leaves[2])
	edited[len(edited)/3] ^= 1
	for name, c := range map[string]struct {
		leaves [][]byte
		alone  []audit.Kind // without an anchor
		held   []audit.Kind // with one
	}{
		"edits an entry": {
			replace(story.leaves, 2, edited),
			[]audit.Kind{audit.Forged, audit.Gap, audit.Unmatched, audit.AnchorMismatch},
			[]audit.Kind{audit.Forged, audit.Gap, audit.Unmatched, audit.AnchorMismatch, audit.Inconsistent},
		},
		"forges an entry": {
			replace(story.leaves, 2, forge(t, dave, header(carol), string(payload(t, story.leaves[2])))),
			[]audit.Kind{audit.Forged, audit.Gap, audit.Unmatched, audit.AnchorMismatch},
			[]audit.Kind{audit.Forged, audit.Gap, audit.Unmatched, audit.AnchorMismatch, audit.Inconsistent},
		},
		"drops a result before the anchor": {
			without(story.leaves, 4),
			[]audit.Kind{audit.Gap, audit.AnchorMismatch},
			[]audit.Kind{audit.Gap, audit.AnchorMismatch, audit.Inconsistent},
		},
		"drops a result after the anchor": {
			without(story.leaves, 9), []audit.Kind{audit.Gap}, []audit.Kind{audit.Gap},
		},
		"drops a refusal": {
			without(story.leaves, 8), []audit.Kind{audit.Gap, audit.Unmatched}, []audit.Kind{audit.Gap, audit.Unmatched},
		},
		"drops a whole agent": {
			without(story.leaves, 6, 7, 9, 10), []audit.Kind{audit.Unmatched, audit.Gap}, []audit.Kind{audit.Unmatched, audit.Gap},
		},
		"drops a delegation": {
			without(story.leaves, 5), []audit.Kind{audit.Gap, audit.Unmatched}, []audit.Kind{audit.Gap, audit.Unmatched},
		},
		"cuts the tail of one agent": {
			without(story.leaves, 10), []audit.Kind{audit.Gap, audit.Unclosed}, []audit.Kind{audit.Gap, audit.Unclosed},
		},
		"cuts the tail": {
			story.leaves[:3],
			[]audit.Kind{audit.Unclosed, audit.Unmatched},
			[]audit.Kind{audit.Unclosed, audit.Unmatched, audit.Inconsistent},
		},
		"puts an empty log there": {nil, nil, []audit.Kind{audit.Inconsistent}},
		"reorders one agent": {
			swap(story.leaves, 7, 9), []audit.Kind{audit.Reordered}, []audit.Kind{audit.Reordered},
		},
		"reorders two agents before the anchor": {
			swap(story.leaves, 0, 1), []audit.Kind{audit.AnchorMismatch}, []audit.Kind{audit.AnchorMismatch, audit.Inconsistent},
		},
		"shows an entry twice": {append(slices.Clone(story.leaves), story.leaves[7]), nil, nil},
		"moves an entry before its anchor": {
			append([][]byte{story.leaves[11]}, without(story.leaves, 11)...),
			[]audit.Kind{audit.AnchorMismatch, audit.Reordered},
			[]audit.Kind{audit.AnchorMismatch, audit.Reordered, audit.Inconsistent},
		},
	} {
		t.Run(name, func(t *testing.T) {
			log := newRawLog(t, c.leaves...)
			require.ElementsMatch(t, c.alone, kinds(runAudit(t, log, nil)))
			require.ElementsMatch(t, c.held, kinds(runAudit(t, log, story.anchor)))
		})
	}
}

// A writer breaks its own chain.
func TestAuditFindsWhatAWriterDid(t *testing.T) {
	story := tell(t)
	bob, carol, dave := personas.New("bob"), personas.New("carol"), personas.New("dave")
	other := func(e *audit.Entry) { e.Action = "db/other" }
	for name, c := range map[string]struct {
		leaves [][]byte
		want   []audit.Kind
	}{
		"says two things under one number": {
			append(slices.Clone(story.leaves), resign(t, dave, story.leaves[7], other)),
			[]audit.Kind{audit.Fork, audit.Reordered, audit.Unmatched},
		},
		"opens twice": {
			append(slices.Clone(story.leaves), resign(t, dave, story.leaves[6], func(e *audit.Entry) { e.ID = "urn:x:2" })),
			[]audit.Kind{audit.Fork, audit.Reordered},
		},
		"links to another entry": {
			replace(story.leaves, 12, resign(t, bob, story.leaves[12], func(e *audit.Entry) { e.Prev = audit.LeafHash(nil) })),
			[]audit.Kind{audit.BrokenLink},
		},
		"links to the entry of another": {
			replace(story.leaves, 12, resign(t, bob, story.leaves[12], func(e *audit.Entry) { e.Prev = audit.LeafHash(story.leaves[7]) })),
			[]audit.Kind{audit.BrokenLink},
		},
		"goes on after its close": {
			append(slices.Clone(story.leaves), resign(t, bob, story.leaves[12], func(e *audit.Entry) {
				e.Seq, e.Prev = e.Seq+1, audit.LeafHash(story.leaves[12])
			})),
			[]audit.Kind{audit.BrokenLink},
		},
		"changes its role": {
			replace(story.leaves, 12, resign(t, bob, story.leaves[12], func(e *audit.Entry) { e.Role, e.Task = audit.RoleAgent, task })),
			[]audit.Kind{audit.BrokenLink},
		},
		"changes its task": {
			replace(story.leaves, 11, resign(t, carol, story.leaves[11], func(e *audit.Entry) { e.Task = "another" })),
			[]audit.Kind{audit.BrokenLink},
		},
		"never closes": {story.leaves[:12], nil}, // a verifier that goes on
		"names a checkpoint that was not": {
			replace(story.leaves, 11, resign(t, carol, story.leaves[11], func(e *audit.Entry) { e.Anchor.Root = audit.LeafHash(nil) })),
			[]audit.Kind{audit.AnchorMismatch},
		},
		"names a checkpoint of the future": {
			replace(story.leaves, 11, resign(t, carol, story.leaves[11], func(e *audit.Entry) { e.Anchor.Size = 1 << 50 })),
			[]audit.Kind{audit.AnchorMismatch},
		},
		"names a checkpoint of another log": {
			replace(story.leaves, 11, resign(t, carol, story.leaves[11], func(e *audit.Entry) { e.Anchor.Origin, e.Anchor.Size = "other.example", 1<<50 })),
			nil,
		},
		"lists another end of its sub-agent": {
			replace(story.leaves, 11, resign(t, carol, story.leaves[11], func(e *audit.Entry) { e.Children[0].Last = audit.LeafHash(story.leaves[4]) })),
			[]audit.Kind{audit.Gap},
		},
		"says another result": {
			replace(story.leaves, 9, resign(t, dave, story.leaves[9], func(e *audit.Entry) { e.Intent = audit.LeafHash(story.leaves[2]) })),
			[]audit.Kind{audit.BrokenLink, audit.Unmatched},
		},
		"acts without a word to the verifier": {
			without(story.leaves, 0, 3, 8, 12),
			[]audit.Kind{audit.Unmatched, audit.AnchorMismatch},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.ElementsMatch(t, c.want, kinds(runAudit(t, newRawLog(t, c.leaves...), nil)))
		})
	}
}

// Each thing that only one side wrote is found by itself, and said as what it is.
func TestAuditFindsWhatOneSideWrote(t *testing.T) {
	alice, bob, carol, dave := personas.New("alice"), personas.New("bob"), personas.New("carol"), personas.New("dave")
	for want, write := range map[string]func(server, lead, worker *audit.Recorder){
		"": func(_, lead, worker *audit.Recorder) {
			given := record(t, lead, audit.Entry{Type: audit.Delegate, Chain: chain(alice, carol, dave)})
			e := open(alice, carol, dave)
			e.Parent = &audit.Parent{Agent: carol.DID(), Entry: given.Hash()}
			record(t, worker, e)
		},
		"which wrote nothing": func(_, lead, _ *audit.Recorder) {
			record(t, lead, audit.Entry{Type: audit.Delegate, Chain: chain(alice, carol, dave)})
		},
		"that is not in the log": func(_, lead, worker *audit.Recorder) {
			record(t, lead, audit.Entry{Type: audit.Delegate, Chain: chain(alice, carol, dave)})
			e := open(alice, carol, dave)
			e.Parent = &audit.Parent{Agent: carol.DID(), Entry: audit.LeafHash(nil)}
			record(t, worker, e)
		},
		"wrote of no such delegation": func(_, _, worker *audit.Recorder) {
			record(t, worker, open(alice, carol, dave))
		},
		"the agent wrote nothing of that invocation": func(server, _, _ *audit.Recorder) {
			record(t, server, permit(t, "db/read", alice, carol))
		},
		"no verifier wrote of it": func(_, lead, _ *audit.Recorder) {
			record(t, lead, intent(t, "db/read"))
		},
		"an intent that it did not write": func(_, lead, _ *audit.Recorder) {
			e := result(t, "db/read", audit.LeafHash(nil))
			e.Invocation = ""
			record(t, lead, e)
		},
		"which the task.close of": func(_, lead, _ *audit.Recorder) {
			record(t, lead, audit.Entry{Type: audit.TaskClose, Children: []audit.Child{{Agent: dave.DID(), Last: audit.LeafHash(nil)}}})
		},
	} {
		t.Run(want, func(t *testing.T) {
			log, now := newLog(t), clock()
			server, lead, worker := newRecorder(t, bob, log, audit.RoleVerifier, now), newRecorder(t, carol, log, "", now), newRecorder(t, dave, log, "", now)
			record(t, server, audit.Entry{Type: audit.TaskOpen})
			record(t, lead, open(alice, carol))
			write(server, lead, worker)
			publish(t, log)
			report := runAudit(t, log, nil)
			report.Findings = slices.DeleteFunc(report.Findings, func(f audit.Finding) bool { return f.Kind == audit.Unclosed })
			if want == "" {
				require.Empty(t, report.Findings)
				return
			}
			require.Len(t, report.Findings, 1)
			require.Contains(t, report.Findings[0].Detail, want)
			require.NotEmpty(t, report.Findings[0].Leaves)
			require.False(t, report.Findings[0].Agent.IsZero())
		})
	}
}

// The two sides of an exchange say different things of it.
func TestAuditComparesTheSides(t *testing.T) {
	alice, bob, carol, dave := personas.New("alice"), personas.New("bob"), personas.New("carol"), personas.New("dave")
	deny := func(e *audit.Entry) { e.Decision = &audit.Decision{Effect: audit.Deny, Rule: 15} }
	for name, c := range map[string]struct {
		agent, verifier func(*audit.Entry)
		found           bool
	}{
		"the same":         {nil, nil, false},
		"another action":   {func(e *audit.Entry) { e.Action = "db/other" }, nil, true},
		"other arguments":  {nil, func(e *audit.Entry) { e.Args = salted(t, audit.DomainArgs, "{}") }, true},
		"no arguments":     {nil, func(e *audit.Entry) { e.Args = "" }, false},
		"other input":      {func(e *audit.Entry) { e.Input = digest("a") }, func(e *audit.Entry) { e.Input = digest("b") }, true},
		"another resource": {nil, func(e *audit.Entry) { e.Resource.Digest = digest("x") }, true},
		"another agent":    {nil, func(e *audit.Entry) { deny(e); e.Chain = chain(alice, dave) }, true},
		"no chain":         {nil, func(e *audit.Entry) { deny(e); e.Chain = nil }, false},
		"another exchange": {nil, func(e *audit.Entry) { e.Invocation = digest("x") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			log, now := newLog(t), clock()
			server, agent := newRecorder(t, bob, log, audit.RoleVerifier, now), newRecorder(t, carol, log, "", now)
			record(t, server, audit.Entry{Type: audit.TaskOpen})
			record(t, agent, open(alice, carol))
			said, saw := intent(t, "db/read"), permit(t, "db/read", alice, carol)
			for e, change := range map[*audit.Entry]func(*audit.Entry){&said: c.agent, &saw: c.verifier} {
				if change != nil {
					change(e)
				}
			}
			record(t, agent, said)
			record(t, server, saw)
			record(t, agent, audit.Entry{Type: audit.TaskClose})
			publish(t, log)
			report := runAudit(t, log, nil)
			if c.found {
				require.Equal(t, []audit.Kind{audit.Unmatched}, kinds(report))
				return
			}
			require.Empty(t, report.Findings)
			require.Len(t, report.Actions(), 1)
			require.Equal(t, carol.DID(), report.Actions()[0].Agent)
		})
	}
}

// An agent that plays the verifier with a second key is found where the policy
// says who the verifiers are.
func TestAuditKnowsTheVerifiers(t *testing.T) {
	story := tell(t)
	bob, mallory := personas.New("bob"), personas.New("mallory")
	named := policy(t).WithVerifiers(bob.DID())
	report, err := audit.Audit(ctx, story.log, named, story.anchor)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Equal(t, []did.DID{bob.DID()}, report.Verifiers())

	other := policy(t).WithVerifiers(mallory.DID())
	report, err = audit.Audit(ctx, story.log, other, story.anchor)
	require.NoError(t, err)
	require.Equal(t, []audit.Kind{audit.Stranger, audit.Unmatched}, kinds(report))
	require.Empty(t, report.Verifiers())
	require.Empty(t, report.Refusals(), "a stranger refuses nothing")
	require.Len(t, report.Timeline(task), 11, "and is shown all the same")

	var none *audit.Policy
	require.Nil(t, none.WithVerifiers(bob.DID()))
	_, err = audit.Audit(ctx, story.log, (&audit.Policy{}).WithVerifiers(bob.DID()), nil)
	require.ErrorIs(t, err, audit.ErrCheckpoint)
}

// A decision whose verifier could not read the chain is still joined to the
// intent, whichever the log has first.
func TestActionsJoinInAnyOrder(t *testing.T) {
	alice, bob, carol := personas.New("alice"), personas.New("bob"), personas.New("carol")
	for _, readable := range []bool{true, false} {
		log, now := newLog(t), clock()
		server, agent := newRecorder(t, bob, log, audit.RoleVerifier, now), newRecorder(t, carol, log, "", now)
		record(t, server, audit.Entry{Type: audit.TaskOpen})
		record(t, agent, open(alice, carol))
		saw := deny(t, "db/read", alice, carol)
		if !readable {
			saw.Chain = nil
		}
		record(t, server, saw)
		record(t, agent, intent(t, "db/read"))
		record(t, agent, audit.Entry{Type: audit.TaskClose})
		publish(t, log)
		report := runAudit(t, log, nil)
		require.Empty(t, report.Findings)
		require.Len(t, report.Actions(), 1)
		require.Equal(t, carol.DID(), report.Refusals()[0].Agent)
		require.Len(t, report.Tree(task)[0].Actions, 1)
	}
}

// A denial with a count stands for so many intents of its agent and action, if the
// agent says itself that it was refused, and for no more.
func TestAuditCountsDenials(t *testing.T) {
	alice, bob, carol := personas.New("alice"), personas.New("bob"), personas.New("carol")
	for name, c := range map[string]struct {
		count, tried int
		outcome      audit.Outcome
		action       string
		found        int
	}{
		"as many":           {3, 3, audit.OutcomeDenied, "db/drop", 0},
		"fewer":             {3, 2, audit.OutcomeDenied, "db/drop", 0},
		"one more":          {3, 4, audit.OutcomeDenied, "db/drop", 1},
		"no count":          {0, 2, audit.OutcomeDenied, "db/drop", 1},
		"said to be done":   {3, 3, audit.OutcomeOK, "db/drop", 3}, // two that no verifier saw, one that was refused
		"of another action": {3, 3, audit.OutcomeDenied, "db/list", 3},
	} {
		t.Run(name, func(t *testing.T) {
			log, now := newLog(t), clock()
			server, agent := newRecorder(t, bob, log, audit.RoleVerifier, now), newRecorder(t, carol, log, "", now)
			record(t, server, audit.Entry{Type: audit.TaskOpen})
			record(t, agent, open(alice, carol))
			for n := range c.tried {
				meant := intent(t, c.action)
				meant.Invocation = digest(fmt.Sprint(n))
				done := result(t, c.action, record(t, agent, meant).Hash())
				done.Invocation, done.Outcome, done.Output, done.Receipt = meant.Invocation, c.outcome, "", digest("receipt")
				record(t, agent, done)
			}
			refused := deny(t, "db/drop", alice, carol)
			refused.Invocation, refused.Decision.Count = digest("0"), c.count
			record(t, server, refused)
			record(t, agent, audit.Entry{Type: audit.TaskClose})
			publish(t, log)
			require.Len(t, runAudit(t, log, nil).Findings, c.found)
		})
	}
}

func TestAuditComparesOutputs(t *testing.T) {
	alice, bob, carol := personas.New("alice"), personas.New("bob"), personas.New("carol")
	for _, output := range []string{"42", "43"} {
		log, now := newLog(t), clock()
		server, agent := newRecorder(t, bob, log, audit.RoleVerifier, now), newRecorder(t, carol, log, "", now)
		record(t, server, audit.Entry{Type: audit.TaskOpen})
		record(t, agent, open(alice, carol))
		said := record(t, agent, intent(t, "db/read"))
		record(t, server, permit(t, "db/read", alice, carol))
		record(t, server, audit.Entry{
			Type: audit.ActionResult, Invocation: digest("db/read"), Outcome: audit.OutcomeOK,
			Output: salted(t, audit.DomainOutput, output),
		})
		record(t, agent, result(t, "db/read", said.Hash()))
		record(t, agent, audit.Entry{Type: audit.TaskClose})
		publish(t, log)
		report := runAudit(t, log, nil)
		if output == "42" {
			require.Empty(t, report.Findings)
			continue
		}
		require.Equal(t, []audit.Kind{audit.Unmatched}, kinds(report))
		require.Len(t, report.Findings[0].Leaves, 2, "both entries are the evidence")
	}
}

// Files that are missing, torn or swapped under a checkpoint that is good.
func TestAuditFindsDamage(t *testing.T) {
	story := tell(t)
	for name, damage := range map[string]func(rawLog){
		"no bundle":      func(l rawLog) { delete(l, "tile/entries/000.p/13") },
		"no tile":        func(l rawLog) { delete(l, "tile/0/000.p/13") },
		"short bundle":   func(l rawLog) { l["tile/entries/000.p/13"] = bundle(story.leaves[:12]) },
		"torn bundle":    func(l rawLog) { l["tile/entries/000.p/13"] = l["tile/entries/000.p/13"][:5000] },
		"long bundle":    func(l rawLog) { l["tile/entries/000.p/13"] = append(bundle(story.leaves), 0) },
		"empty bundle":   func(l rawLog) { l["tile/entries/000.p/13"] = nil },
		"short tile":     func(l rawLog) { l["tile/0/000.p/13"] = l["tile/0/000.p/13"][:12*32] },
		"another tile":   func(l rawLog) { l["tile/0/000.p/13"][40] ^= 1 },
		"another bundle": func(l rawLog) { l["tile/entries/000.p/13"] = bundle(swap(story.leaves, 7, 8)) },
	} {
		t.Run(name, func(t *testing.T) {
			log := newRawLog(t, story.leaves...)
			damage(log)
			report := runAudit(t, log, nil)
			require.Contains(t, kinds(report), audit.Inconsistent)
			for _, f := range report.Findings {
				if f.Kind == audit.Inconsistent {
					require.Equal(t, [][]byte{log["checkpoint"]}, f.Checkpoints)
				}
			}
		})
	}
	log := newRawLog(t, slices.Concat(story.leaves, slices.Repeat([][]byte{[]byte("x")}, 243))...)
	log["checkpoint"] = newRawLog(t, story.leaves...)["checkpoint"]
	require.Empty(t, runAudit(t, log, nil).Findings, "a full tile stands for the partial one that is gone")
}

// A log that was put in another's place, signed with the log's own key.
func TestAuditFindsAnotherHistory(t *testing.T) {
	story := tell(t)
	other := newRawLog(t, without(story.leaves, 0)...)
	report := runAudit(t, other, story.end)
	var found *audit.Finding
	for i, f := range report.Findings {
		if f.Kind == audit.Inconsistent {
			found = &report.Findings[i]
		}
	}
	require.NotNil(t, found)
	require.Equal(t, [][]byte{other["checkpoint"], story.end.Bytes()}, found.Checkpoints, "both checkpoints are the evidence")
	twin := newRawLog(t, swap(story.leaves, 11, 12)...)
	require.Equal(t, []audit.Kind{audit.Inconsistent}, kinds(runAudit(t, twin, story.end)))
	require.Empty(t, runAudit(t, twin, story.anchor).Findings, "an anchor says nothing of what came after it")
	require.Empty(t, runAudit(t, newRawLog(t, story.leaves[:12]...), head(t, newRawLog(t, story.leaves[:7]...))).Findings)
}

func TestAuditJudgesNothing(t *testing.T) {
	story := tell(t)
	otherSkey, otherVkey := logKey("other.example")
	stranger, err := audit.NewPolicy("other.example", otherVkey)
	require.NoError(t, err)
	strange, err := audit.NewLog("other.example", otherSkey)
	require.NoError(t, err)
	down := errors.New("down")
	for name, c := range map[string]struct {
		reader audit.Reader
		policy *audit.Policy
		since  *audit.Checkpoint
		want   error
	}{
		"no log":                  {nil, policy(t), nil, audit.ErrCheckpoint},
		"no policy":               {story.log, nil, nil, audit.ErrCheckpoint},
		"a policy of another log": {story.log, stranger, nil, audit.ErrCheckpoint},
		"a log of another key":    {strange, policy(t), nil, audit.ErrCheckpoint},
		"an anchor of another":    {story.log, policy(t), strange.Checkpoint(), audit.ErrCheckpoint},
		"an anchor of nobody":     {story.log, policy(t), &audit.Checkpoint{}, audit.ErrCheckpoint},
		"a reader that fails":     {failing{story.log, down}, policy(t), nil, down},
		"a log that is too large": {rawLog{"checkpoint": sign(t, origin+"\n1048577\n"+someRoot+"\n")}, policy(t), nil, audit.ErrSize},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := audit.Audit(ctx, c.reader, c.policy, c.since)
			require.ErrorIs(t, err, c.want)
			require.Nil(t, report)
		})
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = audit.Audit(done, story.log, policy(t), nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = audit.Audit(done, newRawLog(t, story.leaves...), policy(t), nil)
	require.ErrorIs(t, err, context.Canceled, "a reader that does not look at its context")
}

// failing is a reader that has the checkpoint and nothing else.
type failing struct {
	audit.Reader
	err error
}

func (f failing) ReadTile(context.Context, uint64, uint64, uint8) ([]byte, error) { return nil, f.err }

func (f failing) ReadEntryBundle(context.Context, uint64, uint8) ([]byte, error) { return nil, f.err }

// One statement under two signatures is one statement: ECDSA has many, and an
// operator who gets hold of two must not frame the agent.
func TestAuditCountsStatementsNotSignatures(t *testing.T) {
	alice, carol := personas.New("alice"), personas.NewP256("carol")
	log := newLog(t)
	r := newRecorder(t, carol, log, "", func() time.Time { return start })
	record(t, r, open(alice, carol))
	record(t, r, audit.Entry{Type: audit.TaskClose})
	publish(t, log)
	again := resign(t, carol, r.Last().Bytes(), func(*audit.Entry) {})
	first, err := log.Receipt(ctx, 0)
	require.NoError(t, err)
	leaves := [][]byte{first.Signed().Bytes(), r.Last().Bytes(), again}
	if bytes.Equal(leaves[1], leaves[2]) {
		t.Skip("signatures of this key are deterministic, so there is no second one")
	}
	report := runAudit(t, newRawLog(t, leaves...), nil)
	require.Empty(t, report.Findings)
	require.Len(t, report.Timeline(task), 2)
}

func TestReportAnswers(t *testing.T) {
	story := tell(t)
	alice, bob, carol, dave := personas.New("alice"), personas.New("bob"), personas.New("carol"), personas.New("dave")
	report := runAudit(t, story.log, story.anchor)
	require.Equal(t, []string{task}, report.Tasks())

	var types []audit.Type
	for _, i := range report.Timeline(task) {
		types = append(types, i.Signed.Entry().Type)
	}
	require.Equal(t, []audit.Type{
		audit.TaskOpen, audit.ActionIntent, audit.Decided, audit.ActionResult, audit.Delegate, audit.TaskOpen,
		audit.ActionIntent, audit.Decided, audit.ActionResult, audit.TaskClose, audit.TaskClose,
	}, types)
	require.Empty(t, report.Timeline("another"))
	require.Empty(t, report.Tree("another"))

	tree := report.Tree(task)
	require.Len(t, tree, 1)
	require.Equal(t, carol.DID(), tree[0].Agent)
	require.Equal(t, chain(alice, carol).Digest, tree[0].Cap)
	require.EqualValues(t, 11, tree[0].Close.Index)
	require.Nil(t, tree[0].By)
	require.Len(t, tree[0].Actions, 1)
	require.Equal(t, "db/read", tree[0].Actions[0].Name)
	require.Empty(t, tree[0].Actions[0].Reason())
	require.Len(t, tree[0].Children, 1)
	worker := tree[0].Children[0]
	require.Equal(t, dave.DID(), worker.Agent)
	require.EqualValues(t, 5, worker.By.Index)

	refused := report.Refusals()
	require.Len(t, refused, 1)
	require.Equal(t, worker.Actions, refused)
	require.Equal(t, dave.DID(), refused[0].Agent)
	require.Equal(t, "rule 15, link 0, actions, normal", refused[0].Reason())
	require.Equal(t, bob.DID(), refused[0].Decision.Signed.Entry().Agent)
	require.EqualValues(t, 7, refused[0].Intent.Index)
	require.EqualValues(t, 9, refused[0].Result.Index)
}

// Agents that delegate to each other in a circle are shown, not lost or followed
// for ever.
func TestTreeOfACircle(t *testing.T) {
	alice, carol, dave := personas.New("alice"), personas.New("carol"), personas.New("dave")
	log, now := newLog(t), clock()
	one, two := newRecorder(t, carol, log, "", now), newRecorder(t, dave, log, "", now)
	a, b := chain(alice, dave, carol), chain(alice, carol, dave)
	record(t, one, open(alice, dave, carol))
	record(t, two, open(alice, carol, dave))
	record(t, one, audit.Entry{Type: audit.Delegate, Chain: b})
	record(t, two, audit.Entry{Type: audit.Delegate, Chain: a})
	publish(t, log)
	tree := runAudit(t, log, nil).Tree(task)
	require.Len(t, tree, 1)
	require.Equal(t, carol.DID(), tree[0].Agent)
	require.Len(t, tree[0].Children, 1)
	require.Empty(t, tree[0].Children[0].Children)
}

// A stranger who writes first that it delegated to someone else's sub-agent does
// not become its parent.
func TestTreeBelievesTheLinkAlone(t *testing.T) {
	story := tell(t)
	alice, carol, dave, mallory := personas.New("alice"), personas.New("carol"), personas.New("dave"), personas.New("mallory")
	log := newLog(t)
	r := newRecorder(t, mallory, log, "", clock())
	record(t, r, open(alice, mallory))
	claim := chain(alice, carol, dave)
	claim.Links[1].Issuer = mallory.DID()
	record(t, r, audit.Entry{Type: audit.Delegate, Chain: claim})
	for _, leaf := range story.leaves {
		s, err := audit.ParseSigned(leaf)
		require.NoError(t, err)
		_, err = log.Append(ctx, s)
		require.NoError(t, err)
	}
	publish(t, log)
	tree := runAudit(t, log, nil).Tree(task)
	require.Len(t, tree, 2)
	require.Empty(t, tree[0].Children, "mallory's")
	require.Equal(t, carol.DID(), tree[1].Agent)
	require.Len(t, tree[1].Children, 1)
}

// Names that try to steer a terminal or to pass for other text are refused in
// entries; what is shown of a leaf that is none is quoted.
func TestReportQuotesHostileText(t *testing.T) {
	carol := personas.New("carol")
	body := strings.Replace(string(payload(t, tell(t).leaves[2])), `{"action"`, "{\"\u202e\":1,\"action\"", 1)
	report := runAudit(t, newRawLog(t, []byte("\x1b[2J\nfindings: 0"), forge(t, carol, header(carol), body)), nil)
	require.Equal(t, []audit.Kind{audit.Forged}, kinds(report))
	text := report.String()
	for _, c := range text {
		require.True(t, c == '\n' || c >= 0x20 && c < 0x7f, "%q in %q", c, text)
	}
	require.Equal(t, 1, strings.Count(text, "\nfindings: "))
}
