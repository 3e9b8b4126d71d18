package revocation_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

func entry(index uint64, edit ...func(*vc.StatusEntry)) vc.StatusEntry {
	e := vc.StatusEntry{Type: "BitstringStatusListEntry", Purpose: "revocation", Index: fmt.Sprint(index), List: listURL}
	for _, f := range edit {
		f(&e)
	}
	return e
}

func request(entries ...vc.StatusEntry) vc.StatusRequest {
	return vc.StatusRequest{
		Credential: "uEiLink", Issuer: alice.DID(), Entries: entries, Signers: []did.DID{alice.DID()}, Now: noon.Add(time.Minute),
	}
}

// bundle holds the drafts under their URLs.
func bundle(t testing.TB, drafts ...draft) *revocation.Bundle {
	t.Helper()
	b := revocation.NewBundle()
	put(t, b, drafts...)
	return b
}

func put(t testing.TB, b *revocation.Bundle, drafts ...draft) {
	t.Helper()
	for _, d := range drafts {
		url := d.url
		if url == "" {
			url = listURL
		}
		require.NoError(t, b.Add(url, d.sign(t)))
	}
}

func checker(t testing.TB, source revocation.Source, policy revocation.Policy) *revocation.Checker {
	t.Helper()
	if policy.MaxStaleness == 0 {
		policy.MaxStaleness = 5 * time.Minute
	}
	c, err := revocation.NewChecker(source, policy)
	require.NoError(t, err)
	return c
}

func TestModes(t *testing.T) {
	b := bundle(
		t, draft{set: []uint64{9}},
		draft{url: listURL + "s", purpose: "suspension", set: []uint64{9}, validFrom: noon.Add(-time.Minute)},
		draft{url: listURL + "g", purpose: "guarded", set: []uint64{9}, format: revocation.StatusList2021},
	)
	c := checker(t, b, revocation.Policy{})
	suspension := func(i uint64) vc.StatusEntry {
		return entry(i, func(e *vc.StatusEntry) { e.Purpose, e.List = "suspension", listURL+"s" })
	}
	guarded := func(i uint64) vc.StatusEntry {
		return entry(i, func(e *vc.StatusEntry) { e.Type, e.Purpose, e.List = "StatusList2021Entry", "guarded", listURL+"g" })
	}
	for _, w := range []struct {
		entries []vc.StatusEntry
		want    vc.Mode
		asOf    time.Time
		lists   int
	}{
		{[]vc.StatusEntry{entry(8)}, vc.Normal, noon, 1},
		{[]vc.StatusEntry{entry(8), entry(7)}, vc.Normal, noon, 1},
		{[]vc.StatusEntry{guarded(9)}, vc.Guarded, noon, 1},
		{[]vc.StatusEntry{guarded(9), suspension(9), entry(8)}, vc.Suspended, noon.Add(-time.Minute), 3},
		{[]vc.StatusEntry{entry(9), suspension(9), guarded(8)}, vc.Revoked, noon.Add(-time.Minute), 3},
		{[]vc.StatusEntry{guarded(8), suspension(8), entry(8)}, vc.Normal, noon.Add(-time.Minute), 3},
		{[]vc.StatusEntry{guarded(8), suspension(9)}, vc.Suspended, noon.Add(-time.Minute), 2},
	} {
		for range 2 { // cold and warm
			s, err := c.CheckStatus(ctx, request(w.entries...))
			require.NoError(t, err)
			require.Equal(t, w.want, s.Mode)
			require.True(t, w.asOf.Equal(s.AsOf))
			require.Len(t, s.Lists, w.lists)
		}
	}
}

// TestRule12Entries: every entry is checked, and one that is not understood
// refuses whatever the others say.
func TestRule12Entries(t *testing.T) {
	for name, c := range map[string]struct {
		edit func(*vc.StatusEntry)
		want error
	}{
		"unknown type":     {func(e *vc.StatusEntry) { e.Type = "StatusList2023Entry" }, revocation.ErrEntry},
		"no type":          {func(e *vc.StatusEntry) { e.Type = "" }, revocation.ErrEntry},
		"of the other":     {func(e *vc.StatusEntry) { e.Type = "StatusList2021Entry" }, revocation.ErrList},
		"unknown purpose":  {func(e *vc.StatusEntry) { e.Purpose = "message" }, revocation.ErrPurpose},
		"purpose in caps":  {func(e *vc.StatusEntry) { e.Purpose = "Revocation" }, revocation.ErrPurpose},
		"another purpose":  {func(e *vc.StatusEntry) { e.Purpose = "suspension" }, revocation.ErrPurpose},
		"index as garbage": {func(e *vc.StatusEntry) { e.Index = "12abc" }, revocation.ErrEntry},
		"no index":         {func(e *vc.StatusEntry) { e.Index = "" }, revocation.ErrEntry},
		"index is length":  {func(e *vc.StatusEntry) { e.Index = "131072" }, revocation.ErrRange},
		"index wraps":      {func(e *vc.StatusEntry) { e.Index = "9223372036854775817" }, revocation.ErrRange},
		"size 2":           {func(e *vc.StatusEntry) { e.Size = 2 }, revocation.ErrEntry},
		"size -1":          {func(e *vc.StatusEntry) { e.Size = -1 }, revocation.ErrEntry},
		"id is the list":   {func(e *vc.StatusEntry) { e.ID = e.List }, revocation.ErrEntry},
		"http":             {func(e *vc.StatusEntry) { e.List = "http://status.example/lists/1" }, revocation.ErrURL},
		"relative":         {func(e *vc.StatusEntry) { e.List = "/lists/1" }, revocation.ErrURL},
		"fragment":         {func(e *vc.StatusEntry) { e.List += "#9" }, revocation.ErrURL},
		"empty fragment":   {func(e *vc.StatusEntry) { e.List += "#" }, revocation.ErrURL},
		"user":             {func(e *vc.StatusEntry) { e.List = "https://status.example@evil.example/lists/1" }, revocation.ErrURL},
		"no host":          {func(e *vc.StatusEntry) { e.List = "https:///lists/1" }, revocation.ErrURL},
		"no URL":           {func(e *vc.StatusEntry) { e.List = "" }, revocation.ErrURL},
		"another list":     {func(e *vc.StatusEntry) { e.List += "0" }, revocation.ErrMissing},
		"list of another":  {func(e *vc.StatusEntry) { e.List += "/elsewhere" }, revocation.ErrURL},
	} {
		t.Run(name, func(t *testing.T) {
			b := bundle(t, draft{set: []uint64{9}})
			require.NoError(t, b.Add(listURL+"/elsewhere", draft{}.sign(t)))
			k := checker(t, b, revocation.Policy{})
			for range 2 {
				_, err := k.CheckStatus(ctx, request(entry(8), entry(7, c.edit)))
				require.ErrorIs(t, err, c.want)
				_, err = k.CheckStatus(ctx, request(entry(8)))
				require.NoError(t, err)
			}
		})
	}
}

func TestRule12Freshness(t *testing.T) {
	b := bundle(t, draft{edit: func(c *vc.Credential) { c.ValidUntil = noon.Add(20 * time.Minute) }})
	until := bundle(t, draft{edit: func(c *vc.Credential) { c.ValidUntil = noon.Add(time.Minute) }})
	for name, c := range map[string]struct {
		source            revocation.Source
		now               time.Duration
		skew, max, policy time.Duration
		want              error
	}{
		"new":                     {b, 0, 0, 0, 10 * time.Minute, nil},
		"of the age allowed":      {b, 10 * time.Minute, 0, 0, 10 * time.Minute, nil},
		"1 ns older":              {b, 10*time.Minute + 1, 0, 0, 10 * time.Minute, revocation.ErrStale},
		"skew makes none younger": {b, 10*time.Minute + 1, 5 * time.Minute, 0, 10 * time.Minute, revocation.ErrStale},
		"the request wants less":  {b, 5*time.Minute + 1, 0, 5 * time.Minute, 10 * time.Minute, revocation.ErrStale},
		"the request wants more":  {b, 10*time.Minute + 1, 0, time.Hour, 10 * time.Minute, revocation.ErrStale},
		"from the future":         {b, -1, 0, 0, 10 * time.Minute, revocation.ErrNotYetValid},
		"within skew":             {b, -time.Minute, time.Minute, 0, 10 * time.Minute, nil},
		"beyond skew":             {b, -time.Minute - 1, time.Minute, 0, 10 * time.Minute, revocation.ErrNotYetValid},
		"expired":                 {until, time.Minute, 0, 0, 10 * time.Minute, revocation.ErrExpired},
		"expires":                 {until, time.Minute - 1, 0, 0, 10 * time.Minute, nil},
		"expired within skew":     {until, 2*time.Minute - 1, time.Minute, 0, 10 * time.Minute, nil},
		"expired beyond skew":     {until, 2 * time.Minute, time.Minute, 0, 10 * time.Minute, revocation.ErrExpired},
	} {
		t.Run(name, func(t *testing.T) {
			k := checker(t, c.source, revocation.Policy{MaxStaleness: c.policy})
			req := request(entry(8))
			req.Now, req.Skew, req.MaxAge = noon.Add(c.now), c.skew, c.max
			for range 2 {
				s, err := k.CheckStatus(ctx, req)
				require.ErrorIs(t, err, c.want)
				require.Equal(t, err == nil, s.Mode == vc.Normal)
			}
		})
	}
}

func TestRequestsThatBoundNothing(t *testing.T) {
	b := bundle(t, draft{})
	k, err := revocation.NewChecker(b, revocation.Policy{})
	require.NoError(t, err)
	_, err = k.CheckStatus(ctx, request(entry(8)))
	require.ErrorIs(t, err, revocation.ErrPolicy, "no age")
	for name, c := range map[string]struct {
		edit func(*vc.StatusRequest)
		want error
	}{
		"its own age": {func(*vc.StatusRequest) {}, nil},
		"no entries":  {func(r *vc.StatusRequest) { r.Entries = nil }, revocation.ErrPolicy},
		"no signers":  {func(r *vc.StatusRequest) { r.Signers = nil }, revocation.ErrSigner},
		"no time":     {func(r *vc.StatusRequest) { r.Now = time.Time{} }, revocation.ErrPolicy},
		"skew -1":     {func(r *vc.StatusRequest) { r.Skew = -1 }, revocation.ErrPolicy},
		"skew 301 s":  {func(r *vc.StatusRequest) { r.Skew = 301 * time.Second }, revocation.ErrPolicy},
		"age -1":      {func(r *vc.StatusRequest) { r.MaxAge = -1 }, revocation.ErrPolicy},
	} {
		req := request(entry(8))
		req.MaxAge = time.Minute
		c.edit(&req)
		_, err := k.CheckStatus(ctx, req)
		require.ErrorIs(t, err, c.want, name)
	}
	_, err = revocation.NewChecker(b, revocation.Policy{MaxStaleness: -1})
	require.ErrorIs(t, err, revocation.ErrPolicy)
	_, err = revocation.NewChecker(b, revocation.Policy{MaxMemory: -1})
	require.ErrorIs(t, err, revocation.ErrPolicy)
}

// TestRule12Signers: a list counts for those alone who trust its signer, also
// when it is already held.
func TestRule12Signers(t *testing.T) {
	b := bundle(t, draft{})
	k := checker(t, b, revocation.Policy{})
	for range 2 {
		_, err := k.CheckStatus(ctx, request(entry(8)))
		require.NoError(t, err)
		req := request(entry(8))
		req.Signers = []did.DID{mal.DID()}
		_, err = k.CheckStatus(ctx, req)
		require.ErrorIs(t, err, revocation.ErrSigner)
	}
	put(t, b, draft{signer: mal, set: []uint64{8}, validFrom: noon.Add(time.Second)})
	s, err := k.CheckStatus(ctx, request(entry(8)))
	require.NoError(t, err, "what a stranger signed does not displace the list held")
	require.Equal(t, vc.Normal, s.Mode)
	req := request(entry(8))
	req.Signers = append(req.Signers, mal.DID())
	s, err = k.CheckStatus(ctx, req)
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, s.Mode, "of two that are trusted the newer one counts")
}

func TestRule12OlderListsArePassedOver(t *testing.T) {
	b := bundle(t, draft{purpose: "suspension", set: []uint64{8}})
	k := checker(t, b, revocation.Policy{})
	e := entry(8, func(e *vc.StatusEntry) { e.Purpose = "suspension" })
	check := func(now time.Time, want vc.Mode, wantErr error) {
		t.Helper()
		for range 2 {
			req := request(e)
			req.Now = now
			s, err := k.CheckStatus(ctx, req)
			require.ErrorIs(t, err, wantErr)
			require.Equal(t, want, s.Mode)
		}
	}
	check(noon, vc.Suspended, nil)
	put(t, b, draft{purpose: "suspension", validFrom: noon.Add(-time.Minute)})
	check(noon, vc.Suspended, nil)
	check(noon.Add(5*time.Minute+1), 0, revocation.ErrStale)
	put(t, b, draft{purpose: "suspension", validFrom: noon.Add(time.Minute)})
	check(noon, vc.Suspended, nil) // not yet valid
	check(noon.Add(time.Minute), vc.Normal, nil)
	require.NoError(t, b.Add(listURL, []byte("<html>")))
	check(noon.Add(6*time.Minute), vc.Normal, nil)
	check(noon.Add(6*time.Minute+1), 0, revocation.ErrStale)
}

func TestRule12Equivocation(t *testing.T) {
	b := bundle(t, draft{signer: bob})
	k := checker(t, b, revocation.Policy{})
	req := request(entry(8))
	req.Signers = []did.DID{bob.DID()}
	check := func(want error) {
		t.Helper()
		for range 2 {
			_, err := k.CheckStatus(ctx, req)
			require.ErrorIs(t, err, want)
		}
	}
	check(nil)
	put(t, b, draft{signer: bob}) // another signature of the same content
	check(nil)
	put(t, b, draft{signer: bob, set: []uint64{7}})
	check(revocation.ErrEquivocation)
	put(t, b, draft{signer: bob})
	check(revocation.ErrEquivocation)
	put(t, b, draft{signer: bob, validFrom: noon.Add(time.Second)})
	check(nil)
}

// TestRule12RevocationIsForGood: a bit that became 0 again stays set for the link
// that was seen with it.
func TestRule12RevocationIsForGood(t *testing.T) {
	b := bundle(t, draft{set: []uint64{8}})
	k := checker(t, b, revocation.Policy{})
	mode := func(link string, now time.Time) vc.Mode {
		t.Helper()
		req := request(entry(8))
		req.Credential, req.Now = link, now
		s, err := k.CheckStatus(ctx, req)
		require.NoError(t, err)
		return s.Mode
	}
	require.Equal(t, vc.Revoked, mode("uEiOne", noon))
	for i := range 3 {
		at := noon.Add(time.Duration(i+1) * time.Hour)
		put(t, b, draft{validFrom: at})
		require.Equal(t, vc.Revoked, mode("uEiOne", at))
		require.Equal(t, vc.Normal, mode("uEiTwo", at))
	}
}

// TestMemoryFailsClosed: where revocations can no longer be remembered, a list
// that takes one back is refused.
func TestMemoryFailsClosed(t *testing.T) {
	b := bundle(t, draft{set: []uint64{8}})
	k := checker(t, b, revocation.Policy{})
	mode := func(link string, now time.Time) (vc.Mode, error) {
		req := request(entry(8))
		req.Credential, req.Now = link, now
		s, err := k.CheckStatus(ctx, req)
		return s.Mode, err
	}
	for i := range revocation.MaxStuck + 1 {
		m, err := mode(fmt.Sprint("uEi", i), noon)
		require.NoError(t, err)
		require.Equal(t, vc.Revoked, m)
	}
	put(t, b, draft{validFrom: noon.Add(time.Minute)})
	last := fmt.Sprint("uEi", revocation.MaxStuck)
	m, err := mode(last, noon.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, m, "by the older list, which is fresh")
	_, err = mode(last, noon.Add(6*time.Minute))
	require.ErrorIs(t, err, revocation.ErrStale)
	put(t, b, draft{set: []uint64{8, 9}, validFrom: noon.Add(6 * time.Minute)})
	m, err = mode(last, noon.Add(6*time.Minute))
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, m)
}

func TestMemoryIsBounded(t *testing.T) {
	var drafts []draft
	for i := range 4 {
		drafts = append(drafts, draft{url: fmt.Sprint(listURL, i), validFrom: noon.Add(time.Duration(i) * time.Minute)})
	}
	b := bundle(t, drafts...)
	k := checker(t, b, revocation.Policy{MaxMemory: 60_000}) // three lists
	check := func(i int, now time.Time) error {
		req := request(entry(8, func(e *vc.StatusEntry) { e.List = fmt.Sprint(listURL, i) }))
		req.Now = now
		_, err := k.CheckStatus(ctx, req)
		return err
	}
	for i := range 3 {
		require.NoError(t, check(i, noon.Add(3*time.Minute)))
	}
	require.ErrorIs(t, check(3, noon.Add(3*time.Minute)), revocation.ErrFull)
	require.NoError(t, check(2, noon.Add(3*time.Minute)))
	require.NoError(t, check(3, noon.Add(5*time.Minute+1)), "the first is stale and forgotten")
	require.NoError(t, check(2, noon.Add(5*time.Minute+1)))
}

// TestRevokedDoNotFillMemory: an agent can mint links without end that point at an
// entry that is revoked. What is remembered of them leaves room for lists.
func TestRevokedDoNotFillMemory(t *testing.T) {
	other := fmt.Sprint(listURL, "/other")
	b := bundle(t, draft{set: []uint64{8}}, draft{url: other})
	k := checker(t, b, revocation.Policy{MaxMemory: 1 << 20})
	for i := range 8192 {
		req := request(entry(8))
		req.Credential = fmt.Sprint("uEi", i)
		s, err := k.CheckStatus(ctx, req)
		require.NoError(t, err)
		require.Equal(t, vc.Revoked, s.Mode)
	}
	now := noon.Add(6 * time.Minute)
	for _, d := range []draft{{url: other, validFrom: now}, {set: []uint64{8}, validFrom: now}} {
		put(t, b, d)
		req := request(entry(9, func(e *vc.StatusEntry) {
			if d.url != "" {
				e.List = d.url
			}
		}))
		req.Now = now
		_, err := k.CheckStatus(ctx, req)
		require.NoError(t, err)
	}
}

type failing struct{ err error }

func (f failing) List(context.Context, string) ([]byte, error) { return nil, f.err }

func TestSourceFails(t *testing.T) {
	down := errors.New("connection refused")
	k := checker(t, failing{down}, revocation.Policy{})
	_, err := k.CheckStatus(ctx, request(entry(8)))
	require.ErrorIs(t, err, revocation.ErrMissing)
	require.ErrorIs(t, err, down)
	require.NoError(t, k.Offer(ctx, draft{}.sign(t)))
	for range 2 {
		_, err = k.CheckStatus(ctx, request(entry(8)))
		require.NoError(t, err)
	}
	req := request(entry(8))
	req.Now = noon.Add(time.Hour)
	_, err = k.CheckStatus(ctx, req)
	require.ErrorIs(t, err, revocation.ErrStale, "an old list does not help out")
}

func TestOffer(t *testing.T) {
	k := checker(t, nil, revocation.Policy{})
	mode := func(now time.Time) (vc.Mode, error) {
		req := request(entry(8))
		req.Now = now
		s, err := k.CheckStatus(ctx, req)
		return s.Mode, err
	}
	_, err := mode(noon)
	require.ErrorIs(t, err, revocation.ErrMissing)
	require.ErrorIs(t, k.Offer(ctx, []byte("<html>")), revocation.ErrList)
	require.NoError(t, k.Offer(ctx, draft{signer: mal, validFrom: noon.Add(-time.Second)}.sign(t)))
	_, err = mode(noon)
	require.ErrorIs(t, err, revocation.ErrMissing, "a stranger's list is nobody's")

	require.NoError(t, k.Offer(ctx, draft{}.sign(t)))
	m, err := mode(noon)
	require.NoError(t, err)
	require.Equal(t, vc.Normal, m)

	require.NoError(t, k.Offer(ctx, draft{set: []uint64{8}, validFrom: noon.Add(time.Minute)}.sign(t)))
	require.NoError(t, k.Offer(ctx, draft{validFrom: noon.Add(-time.Minute)}.sign(t)))
	m, err = mode(noon)
	require.NoError(t, err)
	require.Equal(t, vc.Normal, m, "its time has not come")
	m, err = mode(noon.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, m)

	require.ErrorIs(t, k.Offer(ctx, draft{set: []uint64{7}, validFrom: noon.Add(time.Minute)}.sign(t)), revocation.ErrEquivocation)
	_, err = mode(noon.Add(time.Minute))
	require.ErrorIs(t, err, revocation.ErrEquivocation)
}

// TestStrangersCannotDriveOut: offers for a URL that a request asked for wait in
// a room of their own.
func TestStrangersCannotDriveOut(t *testing.T) {
	k := checker(t, nil, revocation.Policy{})
	require.NoError(t, k.Offer(ctx, draft{}.sign(t)))
	_, err := k.CheckStatus(ctx, request(entry(8)))
	require.NoError(t, err)
	require.NoError(t, k.Offer(ctx, draft{set: []uint64{8}, validFrom: noon.Add(time.Second)}.sign(t)))
	for i := range 70 {
		s := personas.New(fmt.Sprint("stranger ", i))
		require.NoError(t, k.Offer(ctx, draft{signer: s, validFrom: noon.Add(time.Minute)}.sign(t)))
		require.NoError(t, k.Offer(ctx, draft{set: []uint64{8}, validFrom: noon.Add(time.Duration(i-100) * time.Second)}.sign(t)))
	}
	s, err := k.CheckStatus(ctx, request(entry(8)))
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, s.Mode)
}

// TestRoomForStrangers: what nobody asked for is bounded, and costs those who ask
// for something else nothing.
func TestRoomForStrangers(t *testing.T) {
	k := checker(t, nil, revocation.Policy{MaxMemory: 20_000}) // one list
	require.NoError(t, k.Offer(ctx, draft{signer: personas.New("stranger 0")}.sign(t)))
	for i := range 63 {
		require.NoError(t, k.Offer(ctx, draft{signer: personas.New(fmt.Sprint("stranger ", i+1))}.sign(t)))
	}
	require.NoError(t, k.Offer(ctx, draft{}.sign(t)))
	_, err := k.CheckStatus(ctx, request(entry(8)))
	require.NoError(t, err)

	k = checker(t, nil, revocation.Policy{})
	for i := range 65 {
		require.NoError(t, k.Offer(ctx, draft{signer: personas.New(fmt.Sprint("stranger ", i))}.sign(t)))
	}
	for i, want := range map[int]error{0: revocation.ErrMissing, 1: nil, 64: nil} {
		req := request(entry(8))
		req.Signers = []did.DID{personas.New(fmt.Sprint("stranger ", i)).DID()}
		_, err := k.CheckStatus(ctx, req)
		require.ErrorIs(t, err, want, i)
	}
}

// TestOffersWaitTheirTime: of many lists for later the newest few are kept.
func TestOffersWaitTheirTime(t *testing.T) {
	k := checker(t, nil, revocation.Policy{})
	require.NoError(t, k.Offer(ctx, draft{}.sign(t)))
	_, err := k.CheckStatus(ctx, request(entry(8)))
	require.NoError(t, err)
	for i := range 10 {
		d := draft{validFrom: noon.Add(time.Duration(10+i) * time.Minute)}
		if i == 9 {
			d.set = []uint64{8}
		}
		require.NoError(t, k.Offer(ctx, d.sign(t)))
		require.NoError(t, k.Offer(ctx, d.sign(t)), "again")
	}
	req := request(entry(8))
	s, err := k.CheckStatus(ctx, req)
	require.NoError(t, err)
	require.True(t, noon.Equal(s.AsOf))
	req.Now = noon.Add(12 * time.Minute)
	_, err = k.CheckStatus(ctx, req)
	require.ErrorIs(t, err, revocation.ErrStale, "that one was driven out")
	req.Now = noon.Add(17 * time.Minute)
	s, err = k.CheckStatus(ctx, req)
	require.NoError(t, err)
	require.Equal(t, vc.Normal, s.Mode)
	req.Now = noon.Add(19 * time.Minute)
	s, err = k.CheckStatus(ctx, req)
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, s.Mode)
}

// web resolves one did:web.
type web struct {
	did did.DID
	doc *did.Document
	dialled
}

func (w *web) Resolve(_ context.Context, d did.DID) (*did.Document, error) {
	w.n++
	if d != w.did {
		return nil, did.ErrNotFound
	}
	return w.doc, nil
}

// TestOfferByKnownWebSigner: the DID of who signed a list that a request trusted
// is resolved for an offer, nobody else's.
func TestOfferByKnownWebSigner(t *testing.T) {
	id, err := did.Parse("did:web:status.example")
	require.NoError(t, err)
	signer, err := alice.As(id, "key-1")
	require.NoError(t, err)
	doc := &did.Document{
		ID:      id,
		Methods: []did.VerificationMethod{{ID: signer.Method(), Controller: id, Key: alice.Key()}},
		Uses:    map[did.Relationship][]string{did.AssertionMethod: {signer.Method()}},
	}
	w := &web{did: id, doc: doc}
	b := bundle(t, draft{signer: signer})
	k := checker(t, b, revocation.Policy{Resolver: w})
	require.ErrorIs(t, k.Offer(ctx, draft{signer: signer}.sign(t)), revocation.ErrSigner)
	require.Zero(t, w.n)
	req := request(entry(8))
	req.Signers = []did.DID{id}
	_, err = k.CheckStatus(ctx, req)
	require.NoError(t, err)
	require.Equal(t, 1, w.n)
	_, err = k.CheckStatus(ctx, req)
	require.NoError(t, err)
	require.Equal(t, 1, w.n, "a list is verified once")
	require.NoError(t, k.Offer(ctx, draft{signer: signer, set: []uint64{8}, validFrom: noon.Add(time.Second)}.sign(t)))
	s, err := k.CheckStatus(ctx, req)
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, s.Mode)
}

func TestOfferResolvesNobodyUnknown(t *testing.T) {
	web, err := did.Parse("did:web:evil.example")
	require.NoError(t, err)
	evil, err := mal.As(web, "key-1")
	require.NoError(t, err)
	var r dialled
	k := checker(t, nil, revocation.Policy{Resolver: &r})
	require.ErrorIs(t, k.Offer(ctx, draft{signer: evil}.sign(t)), revocation.ErrSigner)
	require.Zero(t, r.n)
}

// TestThroughVC: the checker behind vc.Verify.
func TestThroughVC(t *testing.T) {
	issue := func(index uint64) []byte {
		token, err := vc.Sign(vc.Credential{
			ValidFrom: noon, Subject: []vc.Subject{{ID: bob.DID().String(), Claims: []byte(`{"role":"clerk"}`)}},
			Status: []vc.StatusEntry{entry(index)},
		}, alice, vc.SignOptions{})
		require.NoError(t, err)
		return []byte(token)
	}
	opts := vc.VerifyOptions{
		Issuers: []did.DID{alice.DID()}, Now: noon.Add(time.Minute),
		Status: checker(t, bundle(t, draft{set: []uint64{9}}), revocation.Policy{}),
	}
	v, err := vc.Verify(ctx, issue(8), opts)
	require.NoError(t, err)
	require.Equal(t, vc.Normal, v.Status().Mode)
	_, err = vc.Verify(ctx, issue(9), opts)
	require.ErrorIs(t, err, vc.ErrStatus)
	opts.Now = noon.Add(time.Hour)
	_, err = vc.Verify(ctx, issue(8), opts)
	require.ErrorIs(t, err, revocation.ErrStale)
}

// TestPolicySigners: for credentials outside chains the issuer signs, and whom the
// policy names for that issuer.
func TestPolicySigners(t *testing.T) {
	by := func(signers map[did.DID][]did.DID) error {
		k := checker(t, bundle(t, draft{signer: bob}), revocation.Policy{Signers: signers})
		_, err := k.CheckStatus(ctx, request(entry(8)))
		return err
	}
	require.ErrorIs(t, by(nil), revocation.ErrSigner)
	require.NoError(t, by(map[did.DID][]did.DID{alice.DID(): {bob.DID()}}))
	require.ErrorIs(t, by(map[did.DID][]did.DID{mal.DID(): {bob.DID()}}), revocation.ErrSigner, "for another issuer")
	require.ErrorIs(t, by(map[did.DID][]did.DID{alice.DID(): {mal.DID()}}), revocation.ErrSigner)
}
