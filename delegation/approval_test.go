package delegation_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
)

// The approvers of these tests.
var (
	frank, grace = personas.New("frank"), personas.New("grace")
	heidi        = personas.NewP256("heidi")
)

// paying asks for the approval of min of the approvers for what db/write/** has.
func paying(min int, by ...*did.Signer) func(*delegation.Terms) {
	return func(t *delegation.Terms) {
		rule := delegation.ApprovalRule{Actions: []string{"db/write/**"}, Min: min}
		for _, s := range by {
			rule.By = append(rule.By, s.DID().String())
		}
		t.Requires = &delegation.Requires{Approval: append(approvalsOf(t), rule)}
	}
}

func approvalsOf(t *delegation.Terms) []delegation.ApprovalRule {
	if t.Requires == nil {
		return nil
	}
	return t.Requires.Approval
}

var write = delegation.Request{
	Action: "db/write/refund", Resource: "https://db.example.com/sales/2026", Audience: service,
	Arguments: []byte(`{"order":"A-17","cents":1250}`), Amounts: map[string]int64{"USD/100": 1250},
}

// asking lets h try req and returns what it is told to have approved, bound to its
// next invocation.
func (w *scene) asking(h *delegation.Holder, req delegation.Request) (delegation.ApprovalRequest, delegation.Invoke) {
	w.tb.Helper()
	_, err := w.act(h, req)
	r := refused(w.tb, err, delegation.ErrRequires, -1)
	require.ErrorIs(w.tb, err, delegation.ErrNoApproval)
	require.NotNil(w.tb, r.Approval)
	asked, in, err := r.Approval.Bind(delegation.Invoke{Now: w.now, Reason: delegation.Reason{Code: "refund", Text: "the customer asked"}})
	require.NoError(w.tb, err)
	return asked, in
}

func (w *scene) approve(by *did.Signer, asked delegation.ApprovalRequest) string {
	w.tb.Helper()
	tok, err := delegation.Approve(by, asked, delegation.Approving{Now: w.now})
	require.NoError(w.tb, err)
	return tok
}

// actWith invokes with in and shows the approvals beside.
func (w *scene) actWith(h *delegation.Holder, req delegation.Request, in delegation.Invoke, approvals ...string) (*delegation.Authorization, error) {
	asked := req
	asked.Amounts = nil
	tok, err := h.Invoke(asked, in)
	require.NoError(w.tb, err)
	return w.verifier.VerifyWith(context.Background(), h.ChainJSON(), tok, delegation.Shown{Approvals: approvals}, req)
}

func TestRule16Approval(t *testing.T) {
	w := newBudget(t, paying(1, frank, grace), nil)
	_, err := w.act(w.bob, read) // needs none
	require.NoError(t, err)
	asked, in := w.asking(w.bob, write)
	require.Equal(t, []delegation.ApprovalRule{{
		Actions: []string{"db/write/**"}, By: []string{frank.DID().String(), grace.DID().String()}, Min: 1,
	}}, asked.Rules)
	a, err := w.actWith(w.bob, write, in, w.approve(grace, asked))
	require.NoError(t, err)
	require.Len(t, a.Approvals(), 1)
	got := a.Approvals()[0]
	require.Equal(t, grace.DID(), got.Approver)
	require.Equal(t, in.ID, got.Invocation)
	require.Equal(t, write.Amounts, got.Amounts)
	require.Equal(t, noon.Add(5*time.Minute), got.ExpiresAt)
}

// TestRule16ApprovalCounts: min distinct approvers, of each rule of each link.
func TestRule16ApprovalCounts(t *testing.T) {
	for name, tt := range map[string]struct {
		root, child func(*delegation.Terms)
		by          []*did.Signer
		ok          bool
	}{
		"two of three":             {paying(2, frank, grace, heidi), nil, []*did.Signer{frank, heidi}, true},
		"three where two do":       {paying(2, frank, grace, heidi), nil, []*did.Signer{frank, heidi, grace}, true},
		"one of three":             {paying(2, frank, grace, heidi), nil, []*did.Signer{frank}, false},
		"one, twice":               {paying(2, frank, grace, heidi), nil, []*did.Signer{frank, frank}, false},
		"none":                     {paying(1, frank), nil, nil, false},
		"root's rule alone":        {paying(1, frank, grace), paying(1, heidi), []*did.Signer{frank}, false},
		"child's rule alone":       {paying(1, frank, grace), paying(1, heidi), []*did.Signer{heidi}, false},
		"both rules":               {paying(1, frank, grace), paying(1, heidi), []*did.Signer{heidi, grace}, true},
		"one who is in both rules": {paying(1, frank, grace), paying(1, frank), []*did.Signer{frank}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newBudget(t, tt.root, nil)
			h := w.bob
			if tt.child != nil {
				var wish delegation.Terms
				tt.child(&wish)
				h = spawn(t, h, wish)
			}
			asked, in := w.asking(h, write)
			var tokens []string
			for _, s := range tt.by {
				tokens = append(tokens, w.approve(s, asked))
			}
			_, err := w.actWith(h, write, in, tokens...)
			if tt.ok {
				require.NoError(t, err)
				return
			}
			refused(t, err, delegation.ErrRequires, -1)
			require.ErrorIs(t, err, delegation.ErrNoApproval)
		})
	}
}

// TestRule16MisfitRefuses changes one thing of a good approval at a time. What does
// not fit refuses, alone and beside one that does.
func TestRule16MisfitRefuses(t *testing.T) {
	set := func(name string, value any) func(map[string]any) {
		return func(p map[string]any) { p[name] = value }
	}
	otherDigest := multikey.Digest([]byte("other"))
	for name, tt := range map[string]struct {
		by     *did.Signer
		change func(map[string]any)
	}{
		"another agent":          {grace, set("sub", dave.DID().String())},
		"another leaf":           {grace, set("cap", otherDigest)},
		"another audience":       {grace, set("aud", "https://other.example.com")},
		"another action":         {grace, set("act", "db/write")},
		"a pattern for action":   {grace, set("act", "db/write/**")},
		"another resource":       {grace, set("res", "https://db.example.com/sales/2027")},
		"other arguments":        {grace, set("args", otherDigest)},
		"another invocation":     {grace, set("inv", "aaaaaaaaaaaaaaaaaaaa")},
		"less than it costs":     {grace, set("amt", map[string]any{"USD/100": 1249})},
		"no amount of its unit":  {grace, set("amt", map[string]any{"EUR/100": 1250})},
		"no amounts":             {grace, set("amt", map[string]any{})},
		"amounts missing":        {grace, func(p map[string]any) { delete(p, "amt") }},
		"amounts null":           {grace, set("amt", nil)},
		"an amount below zero":   {grace, set("amt", map[string]any{"USD/100": 1250, "x": -1})},
		"an amount in a string":  {grace, set("amt", map[string]any{"USD/100": "1250"})},
		"a claim more":           {grace, set("nbf", 0)},
		"a claim less":           {grace, func(p map[string]any) { delete(p, "jti") }},
		"a short jti":            {grace, set("jti", "short")},
		"over":                   {grace, func(p map[string]any) { p["iat"], p["exp"] = noon.Unix()-100, noon.Unix()-5 }},
		"not yet":                {grace, func(p map[string]any) { p["iat"], p["exp"] = noon.Unix()+6, noon.Unix()+60 }},
		"living too long":        {grace, set("exp", noon.Unix()+901)},
		"over before it began":   {grace, set("exp", noon.Unix())},
		"the agent's own":        {bob, func(map[string]any) {}},
		"the agent's as another": {bob, set("iss", grace.DID().String())},
		"of nobody's":            {mallory, func(map[string]any) {}},
		"of the principal":       {alice, func(map[string]any) {}},
		"signed by another":      {mallory, set("iss", grace.DID().String())},
		"issuer in another form": {grace, set("iss", grace.Method())},
	} {
		t.Run(name, func(t *testing.T) {
			w := newBudget(t, paying(1, frank, grace, heidi), nil)
			asked, in := w.asking(w.bob, write)
			p := payloadOf(t, w.approve(grace, asked))
			p["iss"] = tt.by.DID().String()
			tt.change(p)
			_, err := w.actWith(w.bob, write, in, w.approve(frank, asked), token(t, tt.by, "agent-approval+jwt", p))
			r := refused(t, err, delegation.ErrRequires, -1)
			require.NotErrorIs(t, err, delegation.ErrNoApproval)
			require.Nil(t, r.Approval)
			require.Contains(t, r.Error(), "approval 1")
		})
	}
	w := newBudget(t, paying(1, frank, grace, heidi), nil)
	for name, bad := range map[string]func(good string) string{
		"nothing":      func(string) string { return "" },
		"not a token":  func(string) string { return "x.y.z" },
		"flipped":      flipSignature,
		"of any typ":   func(good string) string { return token(t, grace, "JWT", payloadOf(t, good)) },
		"another kind": func(good string) string { return token(t, grace, "agent-invocation+jwt", payloadOf(t, good)) },
	} {
		t.Run(name, func(t *testing.T) {
			asked, in := w.asking(w.bob, write)
			_, err := w.actWith(w.bob, write, in, w.approve(frank, asked), bad(w.approve(grace, asked)))
			refused(t, err, delegation.ErrRequires, -1)
		})
	}
	asked, in := w.asking(w.bob, write)
	_, err := w.actWith(w.bob, write, in, highS(t, w.approve(heidi, asked)))
	refused(t, err, delegation.ErrRequires, -1)

	_, err = w.actWith(w.bob, write, in, w.approve(heidi, asked)) // and that name is used up
	refused(t, err, delegation.ErrInvocation, -1)
}

// TestRule16NoneAsked: an approval for an action that no link asks one for fits
// nothing.
func TestRule16NoneAsked(t *testing.T) {
	w := newBudget(t, paying(1, frank), nil)
	asked, in, err := delegation.ApprovalRequest{
		Agent: bob.DID(), Leaf: w.bob.Chain().Digest(), Audience: service, Action: read.Action, Resource: read.Resource, Arguments: read.Arguments,
	}.Bind(delegation.Invoke{Now: noon})
	require.NoError(t, err)
	_, err = w.actWith(w.bob, read, in, w.approve(frank, asked))
	refused(t, err, delegation.ErrRequires, -1)
}

// TestRule16NobodyInTheChain approves, whoever asked for it.
func TestRule16NobodyInTheChain(t *testing.T) {
	w := newBudget(t, paying(1, bob, carol, frank), nil)
	chain, err := w.bob.Chain().Extend(bob, carol.DID(), authority(t, func() delegation.Terms {
		terms := rootTerms()
		terms.Depth = 0
		paying(1, bob, carol, frank)(&terms)
		return terms
	}()), delegation.Issue{})
	require.NoError(t, err)
	h, err := delegation.NewHolder(carol, chain)
	require.NoError(t, err)
	asked, in := w.asking(h, write)
	require.Equal(t, []string{frank.DID().String()}, asked.Rules[0].By)
	require.Len(t, asked.Rules, 1, "the same rule in two links is asked for once")
	_, err = w.actWith(h, write, in, w.approve(bob, asked))
	refused(t, err, delegation.ErrRequires, -1)

	_, err = delegation.Approve(carol, asked, delegation.Approving{Now: noon})
	require.ErrorContains(t, err, "cannot approve what it does itself")
	asked, in = w.asking(h, write)
	_, err = w.actWith(h, write, in, w.approve(frank, asked))
	require.NoError(t, err)
}

// TestRule16ApprovalIsUsedOnce: it goes with its invocation, also when the agent
// signs another one of that name once the first could be forgotten, and when the
// verifier began anew since.
func TestRule16ApprovalIsUsedOnce(t *testing.T) {
	w := newBudget(t, paying(1, frank), nil)
	asked, in := w.asking(w.bob, write)
	approval := w.approve(frank, asked)
	_, err := w.actWith(w.bob, write, in, approval)
	require.NoError(t, err)
	for _, later := range []time.Duration{0, 66 * time.Second, 2 * time.Minute, 5*time.Minute + 4*time.Second} {
		w.now = noon.Add(later)
		in.Now = w.now
		_, err = w.actWith(w.bob, write, in, approval)
		refused(t, err, delegation.ErrInvocation, -1)
		require.ErrorIs(t, err, delegation.ErrReplayed)
	}
	w.now = noon.Add(5*time.Minute + 36*time.Second)
	in.Now = w.now
	_, err = w.actWith(w.bob, write, in, approval)
	refused(t, err, delegation.ErrRequires, -1)

	w.now = noon.Add(6 * time.Minute)
	asked, in = w.asking(w.bob, write)
	approval = w.approve(frank, asked)
	c := config(w.scene)
	start := w.now.Add(time.Second)
	c.Replay = delegation.NewVolatileReplay(start, 5*time.Second)
	w.verifier, err = delegation.NewVerifier(c)
	require.NoError(t, err)
	w.now = start.Add(10 * time.Second)
	in.Now = w.now
	_, err = w.actWith(w.bob, write, in, approval)
	refused(t, err, delegation.ErrInvocation, -1)
	require.ErrorIs(t, err, delegation.ErrReplayed)
}

// TestRule16ApprovalTime: an approval's time is judged like an invocation's, with
// the same skew.
func TestRule16ApprovalTime(t *testing.T) {
	for name, tt := range map[string]struct {
		at time.Duration
		ok bool
	}{
		"signed 5 s ahead": {5 * time.Second, true}, "6 s ahead": {6 * time.Second, false},
		"over for 4 s": {-64 * time.Second, true}, "over for 5 s": {-65 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newBudget(t, paying(1, frank), nil)
			asked, in := w.asking(w.bob, write)
			approval, err := delegation.Approve(frank, asked, delegation.Approving{Now: noon.Add(tt.at), Lifetime: time.Minute})
			require.NoError(t, err)
			_, err = w.actWith(w.bob, write, in, approval)
			if tt.ok {
				require.NoError(t, err)
				return
			}
			refused(t, err, delegation.ErrRequires, -1)
		})
	}
}

// TestRule16NestedAgent: what is to be approved is the action of the agent that
// acts, three links below the one whom people talk to.
func TestRule16NestedAgent(t *testing.T) {
	w := newBudget(t, paying(1, frank), nil)
	inner := spawn(t, spawn(t, w.bob, delegation.Terms{Depth: 1}), delegation.Terms{})
	asked, _ := w.asking(inner, write)
	require.Equal(t, inner.DID(), asked.Agent)
	require.Equal(t, inner.Chain().Digest(), asked.Leaf)
	require.Equal(t, write.Action, asked.Action)
	require.JSONEq(t, string(write.Arguments), string(asked.Arguments))
	require.Equal(t, write.Amounts, asked.Amounts)
	require.Equal(t, "the customer asked", asked.Words)
}

// TestRule16UnseenBody: a body that cannot be shown is not approved.
func TestRule16UnseenBody(t *testing.T) {
	w := newBudget(t, paying(1, frank), nil)
	req := write
	req.Arguments, req.OpaqueBody = nil, true
	_, err := w.act(w.bob, req)
	r := refused(t, err, delegation.ErrRequires, -1)
	require.Nil(t, r.Approval)
}

func TestRule16TooManyApprovals(t *testing.T) {
	w := newBudget(t, paying(1, frank), nil)
	asked, in := w.asking(w.bob, write)
	var tokens []string
	for range 65 {
		tokens = append(tokens, w.approve(frank, asked))
	}
	_, err := w.actWith(w.bob, write, in, tokens...)
	refused(t, err, delegation.ErrRequires, -1)
}

func TestApproveRefuses(t *testing.T) {
	w := newBudget(t, paying(1, frank), nil)
	good, _ := w.asking(w.bob, write)
	for name, change := range map[string]func(*delegation.ApprovalRequest){
		"nobody":             func(a *delegation.ApprovalRequest) { a.Agent = did.DID{} },
		"no leaf":            func(a *delegation.ApprovalRequest) { a.Leaf = "" },
		"no audience":        func(a *delegation.ApprovalRequest) { a.Audience = "**" },
		"a pattern":          func(a *delegation.ApprovalRequest) { a.Action = "db/**" },
		"every resource":     func(a *delegation.ApprovalRequest) { a.Resource = "**" },
		"no object":          func(a *delegation.ApprovalRequest) { a.Arguments = []byte(`[]`) },
		"two names alike":    func(a *delegation.ApprovalRequest) { a.Arguments = []byte(`{"to":1,"To":2}`) },
		"a negative amount":  func(a *delegation.ApprovalRequest) { a.Amounts = map[string]int64{"USD/100": -1} },
		"bound to nothing":   func(a *delegation.ApprovalRequest) { a.Invocation = "" },
		"bound without salt": func(a *delegation.ApprovalRequest) { a.Salt = nil },
	} {
		t.Run(name, func(t *testing.T) {
			asked := good
			change(&asked)
			_, err := delegation.Approve(frank, asked, delegation.Approving{Now: noon})
			require.Error(t, err)
			_, err = delegation.ApprovalText(asked)
			require.Error(t, err)
		})
	}
	for name, ap := range map[string]delegation.Approving{
		"an hour": {Lifetime: time.Hour}, "backwards": {Lifetime: -time.Minute}, "a short ID": {ID: "x"},
	} {
		_, err := delegation.Approve(frank, good, ap)
		require.Error(t, err, name)
	}
	_, err := delegation.Approve(nil, good, delegation.Approving{})
	require.Error(t, err)
	_, err = delegation.Approve(p384(t), good, delegation.Approving{})
	require.Error(t, err)
	_, _, err = good.Bind(delegation.Invoke{ID: "short"})
	require.Error(t, err)
}

func TestApprovalRequestTravels(t *testing.T) {
	w := newBudget(t, paying(1, frank), nil)
	asked, _ := w.asking(w.bob, write)
	data, err := json.Marshal(asked)
	require.NoError(t, err)
	got, err := delegation.ParseApprovalRequest(data)
	require.NoError(t, err)
	require.Equal(t, asked, got)
	for _, bad := range []string{
		`{}`, `[]`, string(data[:len(data)-1]), string(data) + "x",
		string(data[:len(data)-1]) + `,"x":1}`, string(data[:len(data)-1]) + `,"words":null}`,
	} {
		_, err := delegation.ParseApprovalRequest([]byte(bad))
		require.Error(t, err, bad)
	}
}

func FuzzParseApprovalRequest(f *testing.F) {
	w := newBudget(f, paying(1, frank), nil)
	asked, _ := w.asking(w.bob, write)
	data, err := json.Marshal(asked)
	require.NoError(f, err)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := delegation.ParseApprovalRequest(data)
		if err != nil {
			return
		}
		again, err := json.Marshal(a)
		require.NoError(t, err)
		b, err := delegation.ParseApprovalRequest(again)
		require.NoError(t, err)
		twice, err := json.Marshal(b)
		require.NoError(t, err)
		require.Equal(t, string(again), string(twice))
		text, err := delegation.ApprovalText(a)
		require.NoError(t, err)
		requireColumns(t, text)
		_, err = delegation.Approve(grace, a, delegation.Approving{Now: noon})
		require.True(t, err == nil || a.Agent == grace.DID(), err)
	})
}

func FuzzParseApproval(f *testing.F) {
	w := newBudget(f, paying(1, frank), nil)
	asked, _ := w.asking(w.bob, write)
	f.Add(w.approve(frank, asked))
	f.Fuzz(func(t *testing.T, token string) {
		a, err := delegation.ParseApproval(token)
		if err == nil {
			require.Equal(t, multikey.Digest([]byte(token)), a.Digest)
		}
	})
}
