package delegation_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

// budgetScene is a verifier with a ledger, and bob, to whom alice gave terms.
type budgetScene struct {
	*scene
	bob *delegation.Holder
}

func newBudget(tb testing.TB, change func(*delegation.Terms), configure func(*delegation.Config)) *budgetScene {
	w := newScene(tb)
	terms := rootTerms()
	change(&terms)
	s := &budgetScene{scene: w, bob: rootOf(tb, terms)}
	c := config(w)
	c.Ledger = delegation.NewVolatileLedger()
	if configure != nil {
		configure(&c)
	}
	var err error
	w.verifier, err = delegation.NewVerifier(c)
	require.NoError(tb, err)
	return s
}

// rootOf is bob with a link from alice.
func rootOf(tb testing.TB, terms delegation.Terms) *delegation.Holder {
	chain, err := delegation.Root(alice, bob.DID(), authority(tb, terms), delegation.Issue{
		Task: delegation.Task{ID: "urn:example:task"}, ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(time.Hour), Status: entry("7"),
	})
	require.NoError(tb, err)
	h, err := delegation.NewHolder(bob, chain)
	require.NoError(tb, err)
	return h
}

// act lets h do req at the scene's verifier, now. What it costs is not the agent's
// to say.
func (w *scene) act(h *delegation.Holder, req delegation.Request) (*delegation.Authorization, error) {
	asked := req
	asked.Amounts = nil
	tok, err := h.Invoke(asked, delegation.Invoke{Now: w.now})
	require.NoError(w.tb, err)
	return w.verifier.Verify(context.Background(), h.ChainJSON(), tok, req)
}

func calls(max int64) func(*delegation.Terms) {
	return limit("calls", delegation.Limit{Unit: "count", Max: max})
}

func limit(name string, l delegation.Limit) func(*delegation.Terms) {
	return func(t *delegation.Terms) { t.Limits = map[string]delegation.Limit{name: l} }
}

func costing(unit string, n int64) delegation.Request {
	req := read
	req.Amounts = map[string]int64{unit: n}
	return req
}

func spawn(tb testing.TB, h *delegation.Holder, wish delegation.Terms) *delegation.Holder {
	child, err := h.Spawn(wish, delegation.Issue{})
	require.NoError(tb, err)
	return child
}

// TestRule17CountsEveryInvocation, and says whose limit it was.
func TestRule17CountsEveryInvocation(t *testing.T) {
	w := newBudget(t, calls(3), nil)
	for i := range int64(3) {
		a, err := w.act(w.bob, read)
		require.NoError(t, err)
		require.Equal(t, map[string]int64{"calls": 2 - i}, a.Left())
		require.NoError(t, a.Commit(context.Background()))
	}
	_, err := w.act(w.bob, read)
	r := refused(t, err, delegation.ErrBudget, -1)
	require.ErrorIs(t, err, delegation.ErrOverBudget)
	require.Equal(t, delegation.Dimension("limits"), r.Dimension)
	require.Equal(t, alice.DID(), r.Grantor)
	require.Equal(t, "1 count", r.Offered)
	require.Contains(t, r.Error(), `link 0: limit "calls"`)
}

// TestRule17ChildrenGainNothing: what any number of sub-agents spends together is
// bounded by what their parent has, and by what each of them has.
func TestRule17ChildrenGainNothing(t *testing.T) {
	w := newBudget(t, limit("usd", delegation.Limit{Unit: "USD/100", Max: 1000}), nil)
	allowed := int64(0)
	for i := range 40 {
		child := spawn(t, w.bob, delegation.Terms{Limits: map[string]delegation.Limit{"usd": {Unit: "USD/100", Max: 100}}, Depth: 1})
		grandchild := spawn(t, child, delegation.Terms{})
		for _, h := range []*delegation.Holder{child, grandchild, child} {
			if _, err := w.act(h, costing("USD/100", 45)); err == nil {
				allowed += 45
			} else {
				refused(t, err, delegation.ErrBudget, -1)
			}
		}
		require.LessOrEqual(t, allowed, int64(90*(i+1)))
	}
	require.Equal(t, int64(22*45), allowed) // 990: the next 45 would not fit
	_, err := w.act(w.bob, costing("USD/100", 10))
	require.NoError(t, err)
	_, err = w.act(w.bob, costing("USD/100", 1))
	refused(t, err, delegation.ErrBudget, -1)
}

// TestRule17ASecondSignatureIsNoSecondBudget: an ECDSA signer can sign one link
// any number of times, each with another digest.
func TestRule17ASecondSignatureIsNoSecondBudget(t *testing.T) {
	erin := personas.NewP256("erin")
	terms := rootTerms()
	calls(2)(&terms)
	for _, format := range []vc.Format{vc.JWT, vc.ECDSAJCS} {
		t.Run(string(format), func(t *testing.T) {
			w := newBudget(t, calls(1), func(c *delegation.Config) {
				c.Anchors = []delegation.Anchor{{DID: erin.DID(), Unlimited: true}}
			})
			digests := map[string]bool{}
			for i := range 5 {
				chain, err := delegation.Root(erin, bob.DID(), authority(t, terms), delegation.Issue{
					ID: "urn:example:0", Task: delegation.Task{ID: "urn:example:task"}, Format: format,
					ValidFrom: noon, ValidUntil: noon.Add(time.Hour), Status: entry("7"),
				})
				require.NoError(t, err)
				digests[chain.Digest()] = true
				h, err := delegation.NewHolder(bob, chain)
				require.NoError(t, err)
				_, err = w.act(h, read)
				if i < 2 {
					require.NoError(t, err)
					continue
				}
				refused(t, err, delegation.ErrBudget, -1)
			}
			require.Len(t, digests, 5)
		})
	}
}

// TestRule17FailsClosed has every case in which a limit cannot be held.
func TestRule17FailsClosed(t *testing.T) {
	usd := limit("usd", delegation.Limit{Unit: "USD/100", Max: 1000})
	names := func(names ...string) func(*delegation.Terms) {
		return func(t *delegation.Terms) { calls(10)(t); t.Audience = names }
	}
	for name, tt := range map[string]struct {
		terms     func(*delegation.Terms)
		configure func(*delegation.Config)
		req       delegation.Request
		rule      delegation.Rule // 0: allowed
	}{
		"room":                   {terms: usd, req: costing("USD/100", 1000)},
		"nothing spent":          {terms: usd, req: costing("USD/100", 0)},
		"too much":               {terms: usd, req: costing("USD/100", 1001), rule: delegation.ErrBudget},
		"no amounts":             {terms: usd, req: read, rule: delegation.ErrBudget},
		"no amount of the unit":  {terms: usd, req: costing("EUR/100", 1), rule: delegation.ErrBudget},
		"unit in another case":   {terms: usd, req: costing("usd/100", 1), rule: delegation.ErrBudget},
		"negative":               {terms: usd, req: costing("USD/100", -1), rule: delegation.ErrMismatch},
		"beyond 2^53-1":          {terms: usd, req: costing("USD/100", 1<<53), rule: delegation.ErrMismatch},
		"the largest":            {terms: usd, req: costing("USD/100", 1<<53-1), rule: delegation.ErrBudget},
		"a count stated as 1":    {terms: calls(1), req: costing("count", 1)},
		"a count stated as 0":    {terms: calls(1), req: costing("count", 0), rule: delegation.ErrBudget},
		"a count stated as 2":    {terms: calls(9), req: costing("count", 2), rule: delegation.ErrBudget},
		"a limit of nothing":     {terms: calls(0), req: read, rule: delegation.ErrBudget},
		"no ledger":              {terms: calls(9), configure: func(c *delegation.Config) { c.Ledger = nil }, req: read, rule: delegation.ErrBudget},
		"a ledger that fails":    {terms: calls(9), configure: func(c *delegation.Config) { c.Ledger = brokenLedger{errors.New("down")} }, req: read, rule: delegation.ErrBudget},
		"a ledger that is mute":  {terms: calls(9), configure: func(c *delegation.Config) { c.Ledger = brokenLedger{} }, req: read, rule: delegation.ErrBudget},
		"several names":          {terms: names(service, "did:web:other.example"), req: read, rule: delegation.ErrBudget},
		"everyone":               {terms: names("**"), req: read, rule: delegation.ErrBudget},
		"everyone, names shared": {terms: names("**"), configure: share(service), req: read, rule: delegation.ErrBudget},
		"one of the names shared": {
			terms: names(service, "did:web:other.example"), configure: share(service), req: read, rule: delegation.ErrBudget,
		},
		"all names shared": {terms: names(service, "did:web:other.example"), configure: share("did:web:other.example", service), req: read},
	} {
		t.Run(name, func(t *testing.T) {
			w := newBudget(t, tt.terms, tt.configure)
			_, err := w.act(w.bob, tt.req)
			if tt.rule == 0 {
				require.NoError(t, err)
				return
			}
			refused(t, err, tt.rule, -1)
		})
	}
}

func share(names ...string) func(*delegation.Config) {
	return func(c *delegation.Config) { c.LedgerNames = names }
}

// brokenLedger answers an error, or without one nothing at all.
type brokenLedger struct{ err error }

func (l brokenLedger) Reserve(context.Context, delegation.Spend) (delegation.Reservation, error) {
	return nil, l.err
}

// TestRule17ParentOfManyNames: a parent's limit for several names is not held by a
// child for one, unless it is split.
func TestRule17ParentOfManyNames(t *testing.T) {
	for split, rule := range map[string]delegation.Rule{"": delegation.ErrBudget, "audience": 0} {
		w := newBudget(t, func(t *delegation.Terms) {
			t.Audience = []string{service, "did:web:b.example", "did:web:c.example"}
			limit("calls", delegation.Limit{Unit: "count", Max: 8, Split: split})(t)
		}, nil)
		child := spawn(t, w.bob, delegation.Terms{Audience: []string{service}})
		for i := range 3 {
			_, err := w.act(child, read)
			if rule == 0 && i < 2 { // floor(8/3)
				require.NoError(t, err)
				continue
			}
			refused(t, err, delegation.ErrBudget, -1)
		}
	}
}

// TestRule17FourVerifiersApart: four verifiers with ledgers of their own, which
// never talk to each other, together let no more through than the cap.
func TestRule17FourVerifiersApart(t *testing.T) {
	var names []string
	for i := range 4 {
		names = append(names, fmt.Sprintf("https://db%d.example.com", i))
	}
	const most = 1003
	w := newBudget(t, func(t *delegation.Terms) {
		t.Audience = names
		limit("usd", delegation.Limit{Unit: "USD/100", Max: most, Split: "audience"})(t)
	}, nil)
	var total int64
	for _, name := range names {
		c := config(w.scene)
		c.Names, c.Ledger = []string{name}, delegation.NewVolatileLedger()
		v, err := delegation.NewVerifier(c)
		require.NoError(t, err)
		w.verifier = v
		alone := delegation.Terms{Audience: []string{name}}
		agents := []*delegation.Holder{w.bob, spawn(t, w.bob, alone), spawn(t, w.bob, alone)}
		for i := range 60 {
			req := costing("USD/100", int64(1+i%13))
			req.Audience = name
			if _, err := w.act(agents[i%3], req); err == nil {
				total += req.Amounts["USD/100"]
			}
		}
	}
	require.LessOrEqual(t, total, int64(most))
	require.Greater(t, total, int64(most-4*13))
}

// TestRule17SplitIsPerName: one verifier with two names and one ledger gives each
// name its share.
func TestRule17SplitIsPerName(t *testing.T) {
	second := "did:web:db.example.com"
	w := newBudget(t, func(t *delegation.Terms) {
		t.Audience = []string{service, second}
		limit("calls", delegation.Limit{Unit: "count", Max: 5, Split: "audience"})(t)
	}, func(c *delegation.Config) { c.Names = []string{service, second} })
	for _, name := range []string{service, second} {
		req := read
		req.Audience = name
		for range 2 {
			_, err := w.act(w.bob, req)
			require.NoError(t, err)
		}
		_, err := w.act(w.bob, req)
		refused(t, err, delegation.ErrBudget, -1)
	}
}

// TestRule17RateWindows: windows are aligned to 1970, so at an edge a rate begins
// anew, and a second before it does not.
func TestRule17RateWindows(t *testing.T) {
	w := newBudget(t, limit("calls", delegation.Limit{Unit: "count", Max: 2, Per: 600}), nil)
	spend := func(at time.Duration, ok bool) {
		t.Helper()
		w.now = noon.Add(at)
		_, err := w.act(w.bob, read)
		if ok {
			require.NoError(t, err)
			return
		}
		r := refused(t, err, delegation.ErrBudget, -1)
		require.Equal(t, "spend nothing more until 2026-11-23T12:20:00Z", r.Fix)
	}
	spend(599*time.Second, true) // noon is an edge of 600 s
	spend(599*time.Second+999*time.Millisecond, true)
	spend(600*time.Second, true) // four in two seconds: twice max around an edge
	spend(601*time.Second, true)
	spend(602*time.Second, false)
	spend(1199*time.Second, false)
	spend(1200*time.Second, true)
	spend(1190*time.Second, true) // the clock went back, within its skew: charged to the later window
	w.now = noon.Add(1201 * time.Second)
	_, err := w.act(w.bob, read)
	refused(t, err, delegation.ErrBudget, -1)
}

// TestRule17Settles: what is not released is spent; after Commit nothing is
// released; what the hook of rule 18 refuses is given back.
func TestRule17Settles(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	no := false
	w := newBudget(t, calls(3), func(c *delegation.Config) {
		c.Constrain = func(context.Context, *delegation.Authorization) error {
			if no {
				return errors.New("no")
			}
			return nil
		}
	})
	left := func() int64 {
		a, err := w.act(w.bob, read)
		require.NoError(t, err)
		require.NoError(t, a.Release(context.Background()))
		return a.Left()["calls"] + 1
	}
	require.Equal(t, int64(3), left())
	a, err := w.act(w.bob, read)
	require.NoError(t, err)
	require.NoError(t, a.Commit(ctx))
	require.NoError(t, a.Release(ctx))
	require.Equal(t, int64(2), left())

	no = true
	_, err = w.act(w.bob, read)
	refused(t, err, delegation.ErrConstrained, -1)
	no = false
	require.Equal(t, int64(2), left())

	_, err = w.act(w.bob, read) // whose handler vanishes
	require.NoError(t, err)
	cancel()
	require.Equal(t, int64(1), left())

	w = newBudget(t, func(*delegation.Terms) {}, nil)
	a, err = w.act(w.bob, read)
	require.NoError(t, err)
	require.Nil(t, a.Left())
	require.NoError(t, a.Commit(ctx))
	require.NoError(t, a.Release(ctx))
}

// TestRule17RefusedSpendsNothing: what rules before it refuse is not charged.
func TestRule17RefusedSpendsNothing(t *testing.T) {
	w := newBudget(t, calls(1), nil)
	_, err := w.act(w.bob, request("fs/read", read.Resource))
	refused(t, err, delegation.ErrNotAllowed, 0)
	tok, err := w.bob.Invoke(read, delegation.Invoke{Now: w.now})
	require.NoError(t, err)
	_, err = w.verifier.Verify(context.Background(), w.bob.ChainJSON(), tok, request("db/write", read.Resource))
	refused(t, err, delegation.ErrMismatch, -1)
	_, err = w.act(w.bob, read)
	require.NoError(t, err)
}

// FuzzBudget spends in random amounts by random agents of a tree, releases some,
// and compares with the arithmetic.
func FuzzBudget(f *testing.F) {
	f.Add([]byte{1, 2, 3, 200, 17, 9, 255, 0, 128})
	f.Fuzz(func(t *testing.T, script []byte) {
		l := delegation.NewVolatileLedger()
		var spent [3]int64
		caps := [3]int64{300, 200, 120} // root, child, grandchild
		for i, b := range script {
			depth, amount := i%3, int64(b)
			s := delegation.Spend{Tree: "t", Now: noon}
			room := true
			for d := range depth + 1 {
				s.Charges = append(s.Charges, delegation.Charge{Bucket: fmt.Sprint(d), Amount: amount, Max: caps[d], Until: noon.Add(time.Hour)})
				room = room && spent[d]+amount <= caps[d]
			}
			r, err := l.Reserve(context.Background(), s)
			require.Equal(t, room, err == nil)
			if err != nil {
				require.ErrorIs(t, err, delegation.ErrOverBudget)
				continue
			}
			if b%5 == 0 {
				require.NoError(t, r.Release(context.Background()))
				continue
			}
			for d := range depth + 1 {
				spent[d] += amount
				require.Equal(t, caps[d]-spent[d], r.Left()[d])
			}
		}
	})
}
