package verdicts_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/attest"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/verdicts"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// question is the input of a vector, as a verifier's operator would state it.
type question struct {
	Kind string `json:"kind"`

	Chain, Credential, Authority, Parent, Child, Request, Entry, Roots json.RawMessage

	At                                              time.Time
	Skew, InvocationSkew, MaxStaleness, MaxLifetime int64
	AllowUnrevocableRoots                           bool
	Lists, PriorLists                               map[string]string
	Seen, Approvals, Evidence                       []string
	Attesters, Issuers                              []did.DID
	Invocation                                      any
	Audience                                        string

	DID, List, Prior, Format, EncodedList, Index, Receipt string
	Issuer, Verifier                                      did.DID
}

// answer is what the library says.
type answer struct {
	err  error
	more map[string]any
}

// TestVectorsThroughTheLibrary asks the library itself.
func TestVectorsThroughTheLibrary(t *testing.T) {
	for _, f := range verdicts.Files() {
		t.Run(f.Name, func(t *testing.T) {
			for _, v := range f.Vectors {
				var q question
				require.NoError(t, json.Unmarshal(v.Question(), &q), v.Title)
				requireAnswer(t, v, q.ask())
			}
		})
	}
}

// requireAnswer compares verdict, rule, link, dimension, and what a kind adds.
func requireAnswer(t *testing.T, v verdicts.Vector, a answer) {
	t.Helper()
	want := v.Expect
	require.Equal(t, want["verdict"] == "accept", a.err == nil, "%s: %v", v.Title, a.err)
	if rule, ok := want["rule"]; ok {
		var r *delegation.Refusal
		require.ErrorAs(t, a.err, &r, v.Title)
		require.Equal(t, rule, int(r.Rule), "%s: %v", v.Title, a.err)
		link, ok := want["link"].(int)
		if !ok {
			link = -1
		}
		require.Equal(t, link, r.Link, "%s: %v", v.Title, a.err)
		if dimension, ok := want["dimension"]; ok {
			require.Equal(t, dimension, string(r.Dimension), "%s: %v", v.Title, a.err)
		}
	}
	for name, got := range a.more {
		wanted, ok := want[name]
		switch {
		case name == "narrowed" && ok:
			text, err := json.Marshal(wanted)
			require.NoError(t, err)
			require.JSONEq(t, string(text), got.(string), v.Title)
		case ok:
			require.Equal(t, wanted, got, "%s: %s", v.Title, name)
		}
	}
}

func (q *question) ask() answer {
	switch q.Kind {
	case "did":
		return q.askDID()
	case "authority":
		_, err := delegation.ParseAuthority(q.Authority)
		return answer{err: err}
	case "attenuation":
		return q.askAttenuation()
	case "request":
		return q.askRequest()
	case "credential":
		return q.askCredential()
	case "status":
		return q.askBits()
	case "statuslist":
		return q.askList()
	case "receipt":
		invocation, _ := q.Invocation.(string)
		r, err := delegation.VerifyReceipt(context.Background(), q.Receipt, invocation, q.Verifier, nil)
		if err != nil {
			return answer{err: err}
		}
		return answer{more: map[string]any{"permitted": r.Permitted, "deniedBy": int(r.Rule)}}
	case "chain":
		return q.askChain()
	}
	return answer{err: fmt.Errorf("unknown kind %q", q.Kind)}
}

func (q *question) askDID() answer {
	u, err := did.ParseURL(q.DID)
	if err != nil {
		return answer{err: err}
	}
	if _, err := did.Dereference(context.Background(), nil, q.DID, did.DereferenceOptions{}); err != nil {
		return answer{err: err}
	}
	doc, err := did.Resolve(u.DID)
	if err != nil {
		return answer{err: err}
	}
	key := doc.Methods[0].Key
	return answer{more: map[string]any{"keyType": string(key.Type()), "publicKeyHex": hex.EncodeToString(key.Bytes())}}
}

func (q *question) askAttenuation() answer {
	parent, err := delegation.ParseAuthority(q.Parent)
	if err != nil {
		return answer{err: err}
	}
	child, err := delegation.ParseAuthority(q.Child)
	if err != nil {
		return answer{err: err}
	}
	a := answer{err: delegation.Covers(parent, child)}
	if meet, _, err := delegation.Narrow(parent, child.Terms()); err == nil {
		if text, err := meet.MarshalJSON(); err == nil {
			a.more = map[string]any{"narrowed": string(text)}
		}
	}
	return a
}

func (q *question) askCredential() answer {
	data := []byte(q.Credential)
	var token string
	if json.Unmarshal(data, &token) == nil {
		data = []byte(token)
	}
	o := vc.VerifyOptions{Issuers: q.Issuers, AnyIssuer: q.Issuers == nil, Now: q.At, Skew: seconds(q.Skew), IgnoreStatus: q.Lists == nil}
	if q.Lists != nil {
		checker, err := revocation.NewChecker(&lists{q.Lists}, revocation.Policy{MaxStaleness: q.staleness()})
		if err != nil {
			return answer{err: err}
		}
		o.Status = checker
	}
	_, err := vc.Verify(context.Background(), data, o)
	return answer{err: err}
}

func (q *question) askRequest() answer {
	authority, err := delegation.ParseAuthority(q.Authority)
	if err != nil {
		return answer{err: err}
	}
	request, err := delegation.ParseRequest(q.Request)
	if err != nil {
		return answer{err: err}
	}
	return answer{err: authority.Allows(request)}
}

func (q *question) askBits() answer {
	bits, err := revocation.Decode(revocation.Format(q.Format), 1, q.EncodedList)
	if err != nil {
		return answer{err: err}
	}
	i, err := revocation.ParseIndex(q.Index)
	if err != nil {
		return answer{err: err}
	}
	value, err := bits.At(i)
	return answer{err, map[string]any{"value": int(value)}}
}

// lists are the lists of a question; what they are may change.
type lists struct{ of map[string]string }

func (l *lists) List(_ context.Context, url string) ([]byte, error) {
	list, ok := l.of[url]
	if !ok {
		return nil, revocation.ErrMissing
	}
	return []byte(list), nil
}

func (q *question) staleness() time.Duration {
	if q.MaxStaleness == 0 {
		return 5 * time.Minute
	}
	return time.Duration(q.MaxStaleness) * time.Second
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// see has a checker look at the earlier lists as one would have when they were new.
func see(checker *revocation.Checker, source *lists, prior map[string]string, r vc.StatusRequest) {
	for _, e := range r.Entries {
		text, ok := prior[e.List]
		if !ok {
			continue
		}
		list, err := revocation.VerifyList(context.Background(), []byte(text), r.Signers, nil)
		if err != nil {
			continue
		}
		now := source.of
		source.of = prior
		r.Now, r.Entries = list.ValidFrom(), []vc.StatusEntry{e}
		_, _ = checker.CheckStatus(context.Background(), r)
		source.of = now
	}
}

func (q *question) askList() answer {
	e, err := vc.ParseStatusEntry(q.Entry)
	if err != nil {
		return answer{err: err}
	}
	signers := q.Issuers
	if signers == nil {
		signers = []did.DID{q.Issuer}
	}
	source := &lists{map[string]string{e.List: q.List}}
	checker, err := revocation.NewChecker(source, revocation.Policy{MaxStaleness: q.staleness()})
	if err != nil {
		return answer{err: err}
	}
	r := vc.StatusRequest{Credential: "c", Issuer: q.Issuer, Entries: []vc.StatusEntry{e}, Signers: signers, Now: q.At, Skew: seconds(q.Skew)}
	see(checker, source, map[string]string{e.List: q.Prior}, r)
	s, err := checker.CheckStatus(context.Background(), r)
	if err != nil {
		return answer{err: err}
	}
	return answer{more: map[string]any{"value": int(s.Values[0].Value)}}
}

// anchors reads the roots.
func (q *question) anchors() (out []delegation.Anchor, err error) {
	var plain []did.DID
	if json.Unmarshal(q.Roots, &plain) == nil {
		for _, d := range plain {
			out = append(out, delegation.Anchor{DID: d, Unlimited: true, AllowUnrevocable: q.AllowUnrevocableRoots})
		}
		return out, nil
	}
	var roots map[string]struct {
		Ceiling     json.RawMessage
		ListSigners []did.DID
		NotAfter    time.Time
	}
	if err := json.Unmarshal(q.Roots, &roots); err != nil {
		return nil, err
	}
	for name, r := range roots {
		d, err := did.Parse(name)
		if err != nil {
			return nil, err
		}
		a := delegation.Anchor{DID: d, Unlimited: r.Ceiling == nil, ListSigners: r.ListSigners, NotAfter: r.NotAfter, AllowUnrevocable: q.AllowUnrevocableRoots}
		if r.Ceiling != nil {
			if a.Ceiling, err = delegation.ParseAuthority(r.Ceiling); err != nil {
				return nil, err
			}
		}
		out = append(out, a)
	}
	return out, nil
}

func (q *question) config(anchors []delegation.Anchor, checker *revocation.Checker) (delegation.Config, error) {
	none := func(n int64) time.Duration {
		if n == 0 {
			return -1 // 0 is the ordinary skew
		}
		return seconds(n)
	}
	replay := delegation.NewVolatileReplay(time.Time{}, 0)
	for _, token := range q.Seen {
		inv, err := delegation.ParseInvocation(token)
		if err != nil {
			return delegation.Config{}, err
		}
		use := delegation.Use{Issuer: inv.Agent, ID: inv.ID, IssuedAt: inv.IssuedAt, Now: inv.IssuedAt, Until: inv.ExpiresAt}
		if err := replay.Use(context.Background(), use); err != nil {
			return delegation.Config{}, err
		}
	}
	c := delegation.Config{
		Anchors: anchors, Status: checker, MaxStaleness: q.staleness(), Now: func() time.Time { return q.At },
		Skew: none(q.Skew), InvocationSkew: none(q.InvocationSkew), MaxLifetime: seconds(q.MaxLifetime),
		Replay: replay, Ledger: delegation.NewVolatileLedger(),
	}
	if q.Audience != "" {
		c.Names = []string{q.Audience}
	}
	if q.Attesters != nil {
		statements, err := attest.NewStatements(q.Attesters, nil)
		if err != nil {
			return c, err
		}
		c.Attestors = []delegation.Attestor{statements}
	}
	return c, nil
}

func (q *question) askChain() answer {
	anchors, err := q.anchors()
	if err != nil {
		return answer{err: err}
	}
	if len(anchors) == 0 { // which no verifier is configured with
		return answer{err: &delegation.Refusal{Rule: delegation.ErrRoot}}
	}
	source := &lists{q.Lists}
	checker, err := revocation.NewChecker(source, revocation.Policy{MaxStaleness: q.staleness()})
	if err != nil {
		return answer{err: err}
	}
	config, err := q.config(anchors, checker)
	if err != nil {
		return answer{err: err}
	}
	verifier, err := delegation.NewVerifier(config)
	if err != nil {
		return answer{err: err}
	}
	chain := []byte(q.Chain)
	var packed string
	if json.Unmarshal(chain, &packed) == nil && packed != "" && packed[0] == 'A' {
		chain = []byte(packed)
	}
	q.remember(chain, checker, source, anchors[0])
	v, err := q.verify(verifier, chain)
	if err != nil {
		return answer{err: err}
	}
	links := v.Chain().Links()
	return answer{more: map[string]any{
		"leaf": links[len(links)-1].Holder.String(), "depth": len(links), "digest": v.Chain().Digest(), "mode": v.Mode().String(),
	}}
}

func (q *question) remember(chain []byte, checker *revocation.Checker, source *lists, root delegation.Anchor) {
	c, err := delegation.ParseChain(chain)
	if err != nil {
		return
	}
	signers := root.ListSigners
	if signers == nil {
		signers = []did.DID{root.DID}
	}
	for _, l := range c.Links() {
		see(checker, source, q.PriorLists, vc.StatusRequest{Credential: l.Digest, Issuer: l.Issuer, Entries: l.Status, Signers: signers, Skew: seconds(q.Skew)})
	}
}

func (q *question) verify(verifier *delegation.Verifier, chain []byte) (*delegation.VerifiedChain, error) {
	if q.Invocation == nil {
		return verifier.VerifyChain(context.Background(), chain)
	}
	token, _ := q.Invocation.(string)
	request, malformed := q.request()
	a, err := verifier.VerifyWith(context.Background(), chain, token, delegation.Shown{Approvals: q.Approvals, Evidence: q.Evidence}, request)
	if err != nil {
		return nil, err
	}
	if malformed != nil {
		return nil, fmt.Errorf("a malformed request was allowed: %w", malformed)
	}
	return &a.VerifiedChain, nil
}

// request is the request at hand, for the audience of the invocation unless it states
// one. One that is malformed has arguments that are.
func (q *question) request() (delegation.Request, error) {
	r, err := delegation.ParseRequest(q.Request)
	if err == nil {
		return r, nil
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(q.Request, &members) == nil && members["audience"] == nil {
		text := []byte(`{"audience":"https://verifier.invalid"`)
		if len(members) > 0 {
			text = append(text, ',')
		}
		start := 0
		for q.Request[start] != '{' {
			start++
		}
		if r, err = delegation.ParseRequest(append(text, q.Request[start+1:]...)); err == nil {
			r.Audience = ""
			return r, nil
		}
	}
	return delegation.Request{Arguments: []byte("malformed")}, err
}
