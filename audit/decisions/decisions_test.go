package decisions_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/audit/decisions"
	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

// alice gives bob a task; keeper is the server; mallory is nobody's.
var (
	alice, bob      = personas.New("alice"), personas.New("bob")
	keeper, mallory = personas.New("keeper"), personas.New("mallory")
	noon            = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	ctx             = context.Background()
)

const service = "https://db.example.com"

// lists is a status checker that says one mode.
type lists struct{ mode vc.Mode }

func (l *lists) CheckStatus(_ context.Context, q vc.StatusRequest) (vc.Status, error) {
	return vc.Status{Mode: l.mode, AsOf: q.Now.Add(-time.Second)}, nil
}

// scene is a server with its log, and bob with his.
type scene struct {
	tb       testing.TB
	lists    *lists
	log      *audit.Log
	server   *audit.Recorder
	decided  *decisions.Log
	verifier *delegation.Verifier
	agent    *audit.Recorder
	holder   *delegation.Holder
	kept     map[string]decisions.Content // by the invocation's digest
}

func newScene(tb testing.TB, o decisions.Options) *scene {
	s := &scene{tb: tb, lists: &lists{vc.Normal}, kept: make(map[string]decisions.Content)}
	skey, _, err := audit.NewLogKey("log.example.com/audit")
	require.NoError(tb, err)
	s.log, err = audit.NewLog("log.example.com/audit", skey)
	require.NoError(tb, err)
	s.server = s.recorder(keeper, audit.RoleVerifier)
	_, err = s.server.Record(ctx, audit.Entry{Type: audit.TaskOpen})
	require.NoError(tb, err)
	s.decided, err = decisions.New(s.server, o)
	require.NoError(tb, err)
	s.verifier, err = s.newVerifier(noon)
	require.NoError(tb, err)
	s.holder = s.begin(bob, "urn:example:task")
	s.agent = s.recorder(bob, audit.RoleAgent)
	_, err = s.agent.Record(ctx, audit.Entry{
		Type: audit.TaskOpen, Task: decisions.Task(s.holder.Chain()), Cap: s.holder.Chain().Digest(), Chain: decisions.Chain(s.holder.Chain()),
	})
	require.NoError(tb, err)
	return s
}

func (s *scene) recorder(who *did.Signer, role audit.Role) *audit.Recorder {
	r, err := audit.NewRecorder(who, s.log, audit.RecorderOptions{Role: role, Now: func() time.Time { return noon }})
	require.NoError(s.tb, err)
	return r
}

func (s *scene) newVerifier(now time.Time) (*delegation.Verifier, error) {
	return delegation.NewVerifier(delegation.Config{
		Names: []string{service}, Anchors: []delegation.Anchor{{DID: alice.DID(), Unlimited: true}},
		Status: s.lists, MaxStaleness: time.Minute, Now: func() time.Time { return now },
		Replay: delegation.NewVolatileReplay(noon.Add(-time.Hour), 0), Ledger: delegation.NewVolatileLedger(),
	})
}

// begin gives an agent a task of its own.
func (s *scene) begin(who *did.Signer, task string) *delegation.Holder {
	s.tb.Helper()
	a, err := delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"db/read"}, Resources: []string{service + "/sales/**"}}},
		Audience: []string{service}, Guarded: &delegation.Overlay{Actions: []string{"db/read"}},
		Limits: map[string]delegation.Limit{"money": {Unit: "USD", Max: 100}},
	})
	require.NoError(s.tb, err)
	chain, err := delegation.Root(alice, who.DID(), a, delegation.Issue{
		ID: "urn:example:" + who.DID().String(), Task: delegation.Task{ID: task},
		ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour),
		Status: []vc.StatusEntry{{Type: "BitstringStatusListEntry", Purpose: "revocation", Index: "7", List: "https://status.example.com/1"}},
	})
	require.NoError(s.tb, err)
	h, err := delegation.NewHolder(who, chain)
	require.NoError(s.tb, err)
	return h
}

func request(action string) delegation.Request {
	return delegation.Request{
		Action: action, Resource: service + "/sales/2026", Audience: service,
		Arguments: []byte(`{"limit":10}`), Amounts: map[string]int64{"USD": 3},
	}
}

// ask lets a holder ask for something, with no entry of its own.
func (s *scene) ask(h *delegation.Holder, req delegation.Request) (*delegation.Authorization, delegation.Invocation, error) {
	token, err := h.Invoke(req, delegation.Invoke{Now: noon})
	require.NoError(s.tb, err)
	inv, err := delegation.ParseInvocation(token)
	require.NoError(s.tb, err)
	s.kept[inv.Digest] = decisions.Content{Chain: h.ChainJSON(), Invocation: token, Request: req}
	a, err := s.decided.Verify(ctx, s.verifier, h.ChainJSON(), token, delegation.Shown{}, req)
	return a, inv, err
}

// act lets bob ask, and log what he meant, what came of it and the receipt.
func (s *scene) act(req delegation.Request) error {
	a, inv, denied := s.ask(s.holder, req)
	resource, err := audit.Salted(inv.Salt, audit.DomainResource, []byte(req.Resource))
	require.NoError(s.tb, err)
	args, err := audit.Salted(inv.Salt, audit.DomainArgs, req.Arguments)
	require.NoError(s.tb, err)
	meant, err := s.agent.Record(ctx, audit.Entry{
		Type: audit.ActionIntent, Invocation: inv.Digest, Action: req.Action, Args: args, Resource: &audit.Resource{Digest: resource},
	})
	require.NoError(s.tb, err)
	done := audit.Entry{Type: audit.ActionResult, Intent: meant.Hash(), Invocation: inv.Digest, Outcome: audit.OutcomeDenied}
	if denied == nil {
		signed, err := delegation.SignReceipt(keeper, a.Receipt(noon))
		require.NoError(s.tb, err)
		done.Outcome, done.Receipt = audit.OutcomeOK, audit.LeafHash([]byte(signed)).String()
	}
	_, err = s.agent.Record(ctx, done)
	require.NoError(s.tb, err)
	return denied
}

// audit closes what is open, publishes, and reads the log.
func (s *scene) audit(judge audit.Judge) *audit.Report {
	s.tb.Helper()
	require.NoError(s.tb, s.decided.Flush(ctx))
	_, err := s.agent.Record(ctx, audit.Entry{Type: audit.TaskClose})
	require.NoError(s.tb, err)
	_, err = s.log.Publish(ctx)
	require.NoError(s.tb, err)
	report, err := (&audit.Auditor{Policy: s.log.Policy().WithVerifiers(keeper.DID()), Judge: judge}).Audit(ctx, s.log)
	require.NoError(s.tb, err)
	return report
}

// decisionsOf returns the decisions in a report.
func decisionsOf(r *audit.Report) (out []audit.Entry) {
	for _, i := range r.Entries() {
		if e := i.Signed.Entry(); e.Type == audit.Decided {
			out = append(out, e)
		}
	}
	return out
}

// Both sides log a permit, a denial and denials that come again, and the log is clean:
// judged anew by all rules too.
func TestDecisionsAreLogged(t *testing.T) {
	s := newScene(t, decisions.Options{})
	require.NoError(t, s.act(request("db/read")))
	for range 5 {
		require.ErrorIs(t, s.act(request("db/drop")), delegation.ErrNotAllowed)
	}
	s.lists.mode = vc.Guarded
	require.NoError(t, s.act(request("db/read")))
	s.lists.mode = vc.Suspended
	require.ErrorIs(t, s.act(request("db/read")), delegation.ErrStatus)
	s.lists.mode = vc.Normal

	judge := decisions.Judge(ctx, func(act audit.Entry) (decisions.Content, error) {
		c, ok := s.kept[act.Invocation]
		if !ok {
			return c, errors.New("no content")
		}
		return c, nil
	}, s.newVerifier)
	report := s.audit(judge)
	require.Empty(t, report.Findings)
	require.Equal(t, map[string]int64{"USD": 6}, report.Spent("urn:example:task"))

	got := decisionsOf(report)
	require.Len(t, got, 5, "five equal denials are two entries")
	for n, want := range []audit.Decision{
		{Effect: audit.Permit, Mode: "normal", AsOf: noon.Add(-time.Second), Amounts: map[string]int64{"USD": 3}},
		{Effect: audit.Deny, Rule: 15, Link: new(0), Dimension: "actions"},
		{Effect: audit.Constrain, Mode: "guarded", AsOf: noon.Add(-time.Second), Amounts: map[string]int64{"USD": 3}},
		{Effect: audit.Deny, Rule: 12, Link: new(0), Mode: "suspended"},
		{Effect: audit.Deny, Rule: 15, Link: new(0), Dimension: "actions", Count: 4},
	} {
		require.Equal(t, &want, got[n].Decision)
		require.Equal(t, bob.DID(), got[n].Chain.Links[0].Subject)
	}
	require.Equal(t, decisions.Counts{}, s.decided.Counts())
}

// A judge finds what a verifier permitted and should not have, and content that is not
// what was logged.
func TestJudge(t *testing.T) {
	for name, change := range map[string]func(s *scene, c *decisions.Content){
		"by rule 12, as the lists were": func(s *scene, _ *decisions.Content) { s.lists.mode = vc.Revoked },
		"other arguments":               func(_ *scene, c *decisions.Content) { c.Request.Arguments = []byte(`{}`) },
		"another action":                func(_ *scene, c *decisions.Content) { c.Request.Action = "db/list" },
		"no chain":                      func(_ *scene, c *decisions.Content) { c.Chain = nil },
		"no invocation":                 func(_ *scene, c *decisions.Content) { c.Invocation = "" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, decisions.Options{})
			require.NoError(t, s.act(request("db/read")))
			judge := decisions.Judge(ctx, func(act audit.Entry) (decisions.Content, error) {
				c := s.kept[act.Invocation]
				change(s, &c)
				return c, nil
			}, s.newVerifier)
			report := s.audit(judge)
			require.Len(t, report.Findings, 1)
			require.Equal(t, audit.OutsideAuthority, report.Findings[0].Kind)
		})
	}
}

// An act that no verifier saw is judged by the chain that its agent opened with.
func TestJudgeOfWhatNoVerifierSaw(t *testing.T) {
	salt := []byte("sixteen bytes!!!")
	for action, found := range map[string]int{"db/read": 0, "db/drop": 1} {
		s := newScene(t, decisions.Options{})
		resource, err := audit.Salted(salt, audit.DomainResource, []byte(request("").Resource))
		require.NoError(t, err)
		args, err := audit.Salted(salt, audit.DomainArgs, request("").Arguments)
		require.NoError(t, err)
		_, err = s.agent.Record(ctx, audit.Entry{Type: audit.ActionIntent, Action: action, Args: args, Resource: &audit.Resource{Digest: resource}})
		require.NoError(t, err)
		report := s.audit(decisions.Judge(ctx, func(act audit.Entry) (decisions.Content, error) {
			return decisions.Content{Chain: s.holder.ChainJSON(), Request: request(act.Action), Salt: salt}, nil
		}, s.newVerifier))
		require.Len(t, report.Findings, found, "%s", report)
	}
}

// Who proves nothing writes nothing, however often.
func TestStrangersWriteNothing(t *testing.T) {
	s := newScene(t, decisions.Options{})
	before := s.server.Last()
	for range 10 {
		token, err := s.holder.Invoke(request("db/read"), delegation.Invoke{Now: noon})
		require.NoError(t, err)
		cut := token[:strings.LastIndexByte(token, '.')+1] + strings.Repeat("A", 86)
		_, err = s.decided.Verify(ctx, s.verifier, s.holder.ChainJSON(), cut, delegation.Shown{}, request("db/read"))
		require.ErrorIs(t, err, delegation.ErrInvocation)
	}
	root, err := delegation.Root(mallory, mallory.DID(), s.holder.Authority(), delegation.Issue{
		Task: delegation.Task{ID: "urn:x:1"}, ValidFrom: noon, ValidUntil: noon.Add(time.Minute),
	})
	if err == nil {
		h, err := delegation.NewHolder(mallory, root)
		require.NoError(t, err)
		_, _, err = s.ask(h, request("db/read"))
		require.ErrorIs(t, err, delegation.ErrRoot)
	}
	require.Equal(t, before, s.server.Last())
	require.GreaterOrEqual(t, s.decided.Counts().Strangers, uint64(10))
}

// A spammer of one root fills its own quota: what other roots do is recorded, and so
// is what the same root is permitted.
func TestSpammerDoesNotStopTheFleet(t *testing.T) {
	const quota = 4
	s := newScene(t, decisions.Options{Quota: quota})
	for n := range 100 {
		_, _, err := s.ask(s.holder, request(fmt.Sprintf("db/drop%d", n)))
		require.ErrorIs(t, err, delegation.ErrNotAllowed)
		require.NotErrorIs(t, err, decisions.ErrQuota)
	}
	require.EqualValues(t, quota, s.server.Last().Entry().Seq)
	require.EqualValues(t, 100-quota, s.decided.Counts().Dropped)

	other := s.begin(personas.New("carol"), "urn:example:other")
	_, _, err := s.ask(other, request("db/read"))
	require.NoError(t, err)
	for n := range quota + 1 {
		_, _, err := s.ask(s.holder, request("db/read"))
		if n < quota {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, decisions.ErrUnrecorded)
		require.ErrorIs(t, err, decisions.ErrQuota)
	}
	_, _, err = s.ask(other, request("db/read"))
	require.NoError(t, err)
	require.NoError(t, s.decided.Flush(ctx))
	_, _, err = s.ask(s.holder, request("db/read"))
	require.NoError(t, err, "a flush begins the quotas anew")
}

// down is a log that may be down.
type down struct {
	*audit.Log
	err error
}

func (d *down) Append(ctx context.Context, s *audit.Signed) (audit.Pending, error) {
	if d.err != nil {
		return nil, d.err
	}
	return d.Log.Append(ctx, s)
}

// What cannot be recorded is not permitted, spends nothing, and denials that came
// again are kept until they are recorded.
func TestNothingUnrecorded(t *testing.T) {
	s := newScene(t, decisions.Options{})
	log := &down{Log: s.log}
	r, err := audit.NewRecorder(personas.New("replica"), log, audit.RecorderOptions{Role: audit.RoleVerifier, Now: func() time.Time { return noon }})
	require.NoError(t, err)
	_, err = decisions.New(r, decisions.Options{})
	require.Error(t, err, "not opened")
	_, err = r.Record(ctx, audit.Entry{Type: audit.TaskOpen})
	require.NoError(t, err)
	s.decided, err = decisions.New(r, decisions.Options{})
	require.NoError(t, err)

	for range 3 {
		_, _, err = s.ask(s.holder, request("db/drop"))
		require.ErrorIs(t, err, delegation.ErrNotAllowed)
	}
	log.err = errors.New("down")
	a, _, err := s.ask(s.holder, request("db/read"))
	require.ErrorIs(t, err, decisions.ErrUnrecorded)
	require.ErrorIs(t, err, log.err)
	require.Nil(t, a)
	require.ErrorIs(t, s.decided.Flush(ctx), log.err)
	log.err = nil
	full := request("db/read")
	full.Amounts["USD"] = 100
	_, _, err = s.ask(s.holder, full)
	require.NoError(t, err, "nothing was spent")
	require.NoError(t, s.decided.Flush(ctx))
	require.Equal(t, 2, r.Last().Entry().Decision.Count)
	require.NoError(t, s.decided.Flush(ctx))
	require.Equal(t, 2, r.Last().Entry().Decision.Count, "and once")
	require.ErrorIs(t, s.decided.Permitted(ctx, nil), decisions.ErrUnrecorded)
	_, err = decisions.New(s.agent, decisions.Options{})
	require.Error(t, err, "an agent's")
}

// Many at once lose no denial.
func TestDenialsAtOnce(t *testing.T) {
	s := newScene(t, decisions.Options{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				token, err := s.holder.Invoke(request("db/drop"), delegation.Invoke{Now: noon})
				if err == nil {
					_, _ = s.decided.Verify(ctx, s.verifier, s.holder.ChainJSON(), token, delegation.Shown{}, request("db/drop"))
				}
				_ = s.decided.Flush(ctx)
			}
		})
	}
	all.Wait()
	sum := 0
	for _, e := range decisionsOf(s.audit(nil)) {
		sum += max(e.Decision.Count, 1)
	}
	require.Equal(t, 80, sum)
}

// Ids that no entry can have are digests.
func TestLongIDs(t *testing.T) {
	s := newScene(t, decisions.Options{})
	h := s.begin(bob, "urn:"+strings.Repeat("x", 300))
	require.Len(t, decisions.Task(h.Chain()), 47)
	_, _, err := s.ask(h, request("db/read"))
	require.NoError(t, err)
	require.Nil(t, decisions.Chain(delegation.Chain{}))
	require.Empty(t, decisions.Task(delegation.Chain{}))
}
