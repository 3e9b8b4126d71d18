package revocation_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

func issuer(t testing.TB, opts revocation.IssuerOptions) *revocation.Issuer {
	t.Helper()
	s, err := revocation.NewIssuer(alice, "https://status.example/lists/", opts)
	require.NoError(t, err)
	return s
}

func TestIssuerToChecker(t *testing.T) {
	for _, format := range []revocation.Format{"", revocation.StatusList2021} {
		s := issuer(t, revocation.IssuerOptions{Format: format, Lifetime: time.Hour})
		entries, err := s.Allocate(ctx, time.Time{}, "revocation", "suspension", "guarded")
		require.NoError(t, err)
		require.Len(t, entries, 3)
		mode := func(now time.Time) vc.Mode {
			t.Helper()
			lists, err := s.Publish(ctx, now)
			require.NoError(t, err)
			req := request(entries...)
			req.Now = now
			got, err := checker(t, lists, revocation.Policy{}).CheckStatus(ctx, req)
			require.NoError(t, err)
			return got.Mode
		}
		require.Equal(t, vc.Normal, mode(noon))
		require.NoError(t, s.Set(ctx, 1, entries[2]))
		require.Equal(t, vc.Guarded, mode(noon.Add(time.Second)))
		require.NoError(t, s.Set(ctx, 1, entries[1]))
		require.Equal(t, vc.Suspended, mode(noon.Add(2*time.Second)))
		require.NoError(t, s.Set(ctx, 0, entries[1]))
		require.NoError(t, s.Set(ctx, 0, entries[2]))
		require.Equal(t, vc.Normal, mode(noon.Add(3*time.Second)))
		require.NoError(t, s.Set(ctx, 1, entries[0]))
		require.Equal(t, vc.Revoked, mode(noon.Add(4*time.Second)))
		require.ErrorIs(t, s.Set(ctx, 0, entries[0]), revocation.ErrFinal)
		require.NoError(t, s.Set(ctx, 1, entries[0]), "again")
		require.Equal(t, vc.Revoked, mode(noon.Add(5*time.Second)))
	}
}

// TestPublishedFormats: StatusList2021 is bare, Bitstring has the u, and each is a
// credential of the data model whose terms it can have.
func TestPublishedFormats(t *testing.T) {
	for format, contexts := range map[revocation.Format]int{revocation.Bitstring: 1, revocation.StatusList2021: 2} {
		s := issuer(t, revocation.IssuerOptions{Format: format, Lifetime: time.Hour})
		entries, err := s.Allocate(ctx, time.Time{}, "suspension")
		require.NoError(t, err)
		lists, err := s.Publish(ctx, noon.Add(999*time.Millisecond))
		require.NoError(t, err)
		raw, err := lists.List(ctx, entries[0].List)
		require.NoError(t, err)
		v, err := vc.Verify(ctx, raw, vc.VerifyOptions{Issuers: []did.DID{alice.DID()}, Now: noon})
		require.NoError(t, err)
		c := v.Credential()
		require.Equal(t, map[bool]vc.Format{true: vc.JWT, false: vc.JWTv1}[format == revocation.Bitstring], v.Proof().Format)
		require.Len(t, c.Context, contexts)
		require.Equal(t, format == revocation.StatusList2021, c.IsV1())
		require.True(t, c.HasType(string(format)+"Credential"))
		require.True(t, noon.Equal(c.ValidFrom), "whole seconds, never later than the clock")
		require.True(t, noon.Add(time.Hour).Equal(c.ValidUntil))
		require.Equal(t, format == revocation.Bitstring, strings.Contains(string(c.Subject[0].Claims), `"encodedList":"uH4sI`))
		require.Equal(t, format == revocation.StatusList2021, strings.Contains(string(c.Subject[0].Claims), `"encodedList":"H4sI`))
		require.Equal(t, map[revocation.Format]string{
			revocation.Bitstring: "BitstringStatusListEntry", revocation.StatusList2021: "StatusList2021Entry",
		}[format], entries[0].Type)
	}
}

func TestIssuerRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		signer *did.Signer
		base   string
		opts   revocation.IssuerOptions
		want   error
	}{
		"no signer":      {nil, "https://a.example", revocation.IssuerOptions{}, revocation.ErrPolicy},
		"http":           {alice, "http://a.example", revocation.IssuerOptions{}, revocation.ErrURL},
		"query":          {alice, "https://a.example/?x=", revocation.IssuerOptions{}, revocation.ErrURL},
		"format":         {alice, "https://a.example", revocation.IssuerOptions{Format: "x"}, revocation.ErrPolicy},
		"small":          {alice, "https://a.example", revocation.IssuerOptions{Size: 8}, revocation.ErrPolicy},
		"odd":            {alice, "https://a.example", revocation.IssuerOptions{Size: 131073}, revocation.ErrPolicy},
		"large":          {alice, "https://a.example", revocation.IssuerOptions{Size: 1<<20 + 8}, revocation.ErrPolicy},
		"lifetime":       {alice, "https://a.example", revocation.IssuerOptions{Lifetime: -1}, revocation.ErrPolicy},
		"half a Resign":  {alice, "https://a.example", revocation.IssuerOptions{Resign: time.Second / 2}, revocation.ErrPolicy},
		"late Resign":    {alice, "https://a.example", revocation.IssuerOptions{Resign: time.Hour, Lifetime: time.Hour}, revocation.ErrPolicy},
		"TTL":            {alice, "https://a.example", revocation.IssuerOptions{TTL: -1}, revocation.ErrPolicy},
		"Bucket":         {alice, "https://a.example", revocation.IssuerOptions{Bucket: -time.Second}, revocation.ErrPolicy},
		"three messages": {alice, "https://a.example", revocation.IssuerOptions{Messages: make([]string, 3)}, revocation.ErrPolicy},
		"one message":    {alice, "https://a.example", revocation.IssuerOptions{Messages: make([]string, 1)}, revocation.ErrPolicy},
		"messages, 2021": {alice, "https://a.example", revocation.IssuerOptions{Format: revocation.StatusList2021, Messages: make([]string, 2)}, revocation.ErrPolicy},
		"wide and large": {alice, "https://a.example", revocation.IssuerOptions{Size: 1 << 20, Messages: make([]string, 4)}, revocation.ErrPolicy},
		"decoys alone":   {alice, "https://a.example", revocation.IssuerOptions{Decoys: 1}, revocation.ErrPolicy},
		"all decoys":     {alice, "https://a.example", revocation.IssuerOptions{Decoys: 1 << 17, Bucket: time.Hour}, revocation.ErrPolicy},
		"half seconds":   {alice, "https://a.example", revocation.IssuerOptions{Lifetime: time.Second / 2}, revocation.ErrPolicy},
	} {
		_, err := revocation.NewIssuer(c.signer, c.base, c.opts)
		require.ErrorIs(t, err, c.want, name)
	}
	s := issuer(t, revocation.IssuerOptions{})
	_, err := s.Allocate(ctx, time.Time{}, "revocation", "message")
	require.ErrorIs(t, err, revocation.ErrPurpose)
	entries, err := s.Allocate(ctx, time.Time{}, "revocation")
	require.NoError(t, err)
	e := entries[0]
	for name, c := range map[string]struct {
		edit func(*vc.StatusEntry)
		want error
	}{
		"another list":  {func(e *vc.StatusEntry) { e.List += "0" }, revocation.ErrEntry},
		"other purpose": {func(e *vc.StatusEntry) { e.Purpose = "suspension" }, revocation.ErrEntry},
		"not a number":  {func(e *vc.StatusEntry) { e.Index = "x" }, revocation.ErrEntry},
		"out of range":  {func(e *vc.StatusEntry) { e.Index = "131072" }, revocation.ErrRange},
		"not allocated": {func(e *vc.StatusEntry) {
			if e.Index == "77" {
				e.Index = "78"
			} else {
				e.Index = "77"
			}
		}, revocation.ErrEntry},
	} {
		bad := e
		c.edit(&bad)
		require.ErrorIs(t, s.Set(ctx, 1, bad), c.want, name)
	}
	require.ErrorIs(t, s.Set(ctx, 2, e), revocation.ErrRange)
}

func TestPublishTimes(t *testing.T) {
	s := issuer(t, revocation.IssuerOptions{})
	entries, err := s.Allocate(ctx, time.Time{}, "suspension")
	require.NoError(t, err)
	list := func(now time.Time) ([]byte, error) {
		b, err := s.Publish(ctx, now)
		if err != nil {
			return nil, err
		}
		return b.List(ctx, entries[0].List)
	}
	first, err := list(noon)
	require.NoError(t, err)
	again, err := list(noon.Add(time.Second / 2))
	require.NoError(t, err)
	require.Equal(t, first, again, "nothing new in the same second")
	require.NoError(t, s.Set(ctx, 1, entries[0]))
	_, err = list(noon.Add(time.Second - 1))
	require.ErrorIs(t, err, revocation.ErrTooSoon)
	_, err = list(noon.Add(-time.Second))
	require.ErrorIs(t, err, revocation.ErrTooSoon, "a clock that went back")
	later, err := list(noon.Add(time.Second))
	require.NoError(t, err)
	require.NotEqual(t, first, later)
}

// TestIndicesAreNeverReused fills a list and goes on with another.
func TestIndicesAreNeverReused(t *testing.T) {
	s := issuer(t, revocation.IssuerOptions{})
	seen := make(map[string]bool, revocation.MinEntries+10)
	var ascending int
	last := ""
	for range revocation.MinEntries + 10 {
		e, err := s.Allocate(ctx, time.Time{}, "revocation")
		require.NoError(t, err)
		key := e[0].List + " " + e[0].Index
		if seen[key] {
			t.Fatal("reused: ", key)
		}
		seen[key] = true
		if len(e[0].Index) > len(last) || len(e[0].Index) == len(last) && e[0].Index > last {
			ascending++
		}
		last = e[0].Index
	}
	require.InDelta(t, revocation.MinEntries/2, ascending, revocation.MinEntries/50, "the order tells nothing")
	b, err := s.Publish(ctx, noon)
	require.NoError(t, err)
	n := 0
	for range b.All() {
		n++
	}
	require.Equal(t, 2, n)
}

func TestPermutationIsABijection(t *testing.T) {
	for n := uint64(1); n < 600; n++ {
		at, inverse := revocation.Permutation(n, [16]byte{byte(n), byte(n >> 8)})
		hit := make([]bool, n)
		for i := range n {
			j := at(i)
			require.Less(t, j, n)
			require.False(t, hit[j], "n %d, %d twice", n, j)
			hit[j] = true
			require.Equal(t, i, inverse(j))
		}
	}
	one, _ := revocation.Permutation(1<<17, [16]byte{1})
	two, _ := revocation.Permutation(1<<17, [16]byte{2})
	same := 0
	for i := range uint64(1000) {
		if one(i) == two(i) {
			same++
		}
	}
	require.Less(t, same, 5, "keys matter")
}

// TestConcurrentSetAndPublish: no change is lost, and what is published for a
// later time never lacks what an earlier one had.
func TestConcurrentSetAndPublish(t *testing.T) {
	s := issuer(t, revocation.IssuerOptions{})
	const workers, each = 8, 40
	var clock struct {
		sync.Mutex
		now time.Time
	}
	clock.now = noon
	tick := func() time.Time {
		clock.Lock()
		defer clock.Unlock()
		clock.now = clock.now.Add(time.Second)
		return clock.now
	}
	k := checker(t, nil, revocation.Policy{MaxStaleness: 24 * time.Hour})
	var wg sync.WaitGroup
	all := make([][]vc.StatusEntry, workers)
	errs := make(chan error, workers*each*4)
	for w := range workers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(w)))
			for range each {
				e, err := s.Allocate(ctx, time.Time{}, "revocation")
				errs <- err
				errs <- s.Set(ctx, 1, e[0])
				all[w] = append(all[w], e[0])
				if r.IntN(4) > 0 {
					continue
				}
				now := tick()
				b, err := s.Publish(ctx, now)
				if err != nil {
					continue // another one was quicker
				}
				for _, list := range b.All() {
					errs <- k.Offer(ctx, list)
				}
				req := request(e[0])
				req.Now = now.Add(time.Hour)
				got, err := k.CheckStatus(ctx, req)
				if err == nil && got.Mode != vc.Revoked {
					err = fmt.Errorf("a revocation before %s is not in the list: %s", now, got.Mode)
				}
				errs <- err
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	b, err := s.Publish(ctx, tick())
	require.NoError(t, err)
	k = checker(t, b, revocation.Policy{MaxStaleness: 24 * time.Hour})
	for _, entries := range all {
		require.Len(t, entries, each)
		req := request(entries...)
		req.Now = clock.now
		for _, e := range entries {
			req.Entries = []vc.StatusEntry{e}
			got, err := k.CheckStatus(ctx, req)
			require.NoError(t, err)
			require.Equal(t, vc.Revoked, got.Mode)
		}
	}
}

func key(n uint64) (k [16]byte) {
	h := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
	copy(k[:], h[:])
	return k
}

// TestPermutationSpreads: the first few indices of many keys fall evenly.
func TestPermutationSpreads(t *testing.T) {
	const keys = 4000
	var buckets [16]int
	for n := range uint64(keys) {
		at, _ := revocation.Permutation(1<<17, key(n))
		buckets[at(0)>>13]++
	}
	for i, n := range buckets {
		require.InDelta(t, keys/16, n, 75, "bucket %d", i)
	}
}

// TestBucketsRetire: entries of credentials that end together share lists, which
// are retired after the end.
func TestBucketsRetire(t *testing.T) {
	s := issuer(t, revocation.IssuerOptions{Bucket: time.Hour})
	_, err := s.Allocate(ctx, time.Time{}, "revocation")
	require.ErrorIs(t, err, revocation.ErrPolicy)
	allocate := func(until time.Time) vc.StatusEntry {
		e, err := s.Allocate(ctx, until, "revocation")
		require.NoError(t, err)
		return e[0]
	}
	one, same, later := allocate(noon.Add(time.Minute)), allocate(noon.Add(time.Hour)), allocate(noon.Add(time.Hour+1))
	require.Equal(t, one.List, same.List)
	require.NotEqual(t, one.List, later.List)
	end := noon.Add(time.Hour + 5*time.Minute) // and skew
	b, err := s.Publish(ctx, end)
	require.NoError(t, err)
	_, err = b.List(ctx, one.List)
	require.NoError(t, err)
	b, err = s.Publish(ctx, end.Add(time.Second))
	require.NoError(t, err)
	_, err = b.List(ctx, one.List)
	require.ErrorIs(t, err, revocation.ErrRetired)
	require.ErrorIs(t, err, revocation.ErrMissing)
	_, err = b.List(ctx, later.List)
	require.NoError(t, err)
	n := 0
	for range b.All() {
		n++
	}
	require.Equal(t, 1, n)
	require.ErrorIs(t, s.Set(ctx, 1, one), revocation.ErrRetired)
	require.NoError(t, s.Set(ctx, 1, later))
}

// TestResign: an unchanged list is signed anew when it is old, and not before; a
// changed one at once.
func TestResign(t *testing.T) {
	s := issuer(t, revocation.IssuerOptions{Resign: time.Minute, Lifetime: time.Hour})
	entries, err := s.Allocate(ctx, time.Time{}, "suspension")
	require.NoError(t, err)
	published := func(after time.Duration) []byte {
		b, err := s.Publish(ctx, noon.Add(after))
		require.NoError(t, err)
		raw, err := b.List(ctx, entries[0].List)
		require.NoError(t, err)
		return raw
	}
	first := published(0)
	require.Equal(t, first, published(59*time.Second))
	require.Equal(t, first, published(-time.Second), "a clock that is behind, and nothing to say")
	second := published(time.Minute)
	require.NotEqual(t, first, second)
	require.NoError(t, s.Set(ctx, 0, entries[0]))
	require.Equal(t, second, published(61*time.Second), "what it was already is no change")
	require.NoError(t, s.Set(ctx, 1, entries[0]))
	require.NotEqual(t, second, published(62*time.Second))
}

// TestOneListDoesNotHoldOthersBack: a list that cannot be published now leaves the
// others published.
func TestOneListDoesNotHoldOthersBack(t *testing.T) {
	store := new(revocation.MemoryStore)
	s := issuer(t, revocation.IssuerOptions{Store: store})
	e, err := s.Allocate(ctx, time.Time{}, "revocation", "suspension")
	require.NoError(t, err)
	_, err = s.Publish(ctx, noon)
	require.NoError(t, err)
	l, _, err := store.Snapshot(ctx, e[0].List)
	require.NoError(t, err)
	ahead := revocation.Publication{Version: l.Version, ValidFrom: noon.Add(5 * time.Minute), Signed: l.Published.Signed}
	require.NoError(t, store.Publish(ctx, e[0].List, l.Published, ahead), "by a publisher whose clock is ahead")
	require.NoError(t, s.Set(ctx, 1, e...))
	b, err := s.Publish(ctx, noon.Add(time.Minute))
	require.ErrorIs(t, err, revocation.ErrTooSoon)
	raw, err := b.List(ctx, e[1].List)
	require.NoError(t, err)
	list, err := revocation.VerifyList(ctx, raw, []did.DID{alice.DID()}, nil)
	require.NoError(t, err)
	require.True(t, noon.Add(time.Minute).Equal(list.ValidFrom()))
	_, err = b.List(ctx, e[0].List)
	require.NoError(t, err, "the last one there is")
}

// TestIssuedMessages: what an Issuer says of messages, a Checker tells.
func TestIssuedMessages(t *testing.T) {
	words := []string{"fine", "late", "lost", "found"}
	s := issuer(t, revocation.IssuerOptions{Messages: words, TTL: time.Minute})
	e, err := s.Allocate(ctx, time.Time{}, "message", "refresh")
	require.NoError(t, err)
	require.Equal(t, 2, e[0].Size)
	for value := range 4 {
		require.NoError(t, s.Set(ctx, uint8(value), e[0]))
		b, err := s.Publish(ctx, noon.Add(time.Duration(value)*time.Second))
		require.NoError(t, err)
		got, err := checker(t, b, revocation.Policy{}).CheckStatus(ctx, request(e...))
		require.NoError(t, err)
		require.Equal(t, uint8(value), got.Values[0].Value)
		require.Equal(t, words[value], got.Values[0].Message)
		raw, _ := b.List(ctx, e[0].List)
		l, err := revocation.VerifyList(ctx, raw, []did.DID{alice.DID()}, nil)
		require.NoError(t, err)
		require.Equal(t, 2, l.Bits().Size())
		require.Equal(t, time.Minute, l.TTL())
	}
	require.ErrorIs(t, s.Set(ctx, 4, e[0]), revocation.ErrRange)
	require.NoError(t, s.Set(ctx, 1, e[1]))
	require.ErrorIs(t, s.Set(ctx, 0, e[1]), revocation.ErrFinal, "a refresh is not taken back")
}

// TestDecoys: they are set by and by, never on an entry that is given out, and all
// issuers of a store agree on them.
func TestDecoys(t *testing.T) {
	store := new(revocation.MemoryStore)
	opts := revocation.IssuerOptions{Store: store, Bucket: 12 * time.Hour, Decoys: 1000, Resign: time.Minute}
	s, other := issuer(t, opts), issuer(t, opts)
	e, err := s.Allocate(ctx, noon.Add(time.Hour), "revocation", "suspension")
	require.NoError(t, err)
	given := map[uint64]bool{}
	for range 500 {
		more, err := s.Allocate(ctx, noon.Add(time.Hour), "revocation")
		require.NoError(t, err)
		i, err := revocation.ParseIndex(more[0].Index)
		require.NoError(t, err)
		given[i] = true
	}
	before := map[uint64]bool{}
	counts := [2][]int{}
	for hour := range 12 {
		at := noon.Add(time.Duration(hour) * time.Hour)
		publisher := []*revocation.Issuer{s, other}[hour%2]
		b, err := publisher.Publish(ctx, at)
		require.NoError(t, err)
		for i := range e {
			raw, err := b.List(ctx, e[i].List)
			require.NoError(t, err)
			l, err := revocation.VerifyList(ctx, raw, []did.DID{alice.DID()}, nil)
			require.NoError(t, err)
			n := 0
			for index := range uint64(l.Bits().Len()) {
				v, _ := l.Bits().At(index)
				if i == 0 && (v == 1 && given[index] || v == 0 && before[index]) {
					t.Fatal("an entry that was given out, or a final one that passed: ", index)
				}
				if i == 0 && v == 1 {
					before[index] = true
				}
				n += int(v)
			}
			counts[i] = append(counts[i], n)
		}
	}
	require.Greater(t, counts[0][11], counts[0][0]+300)
	require.LessOrEqual(t, counts[0][11], 1000)
	require.InDelta(t, 125, counts[1][5], 60, "an eighth of those that pass")
}

// failingStore is a store that fails.
type failingStore struct {
	*revocation.MemoryStore
	err error
}

func (f *failingStore) Lists(ctx context.Context) ([]revocation.StoredList, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.MemoryStore.Lists(ctx)
}

func (f *failingStore) Reserve(ctx context.Context, pool string) (revocation.StoredList, uint64, error) {
	if f.err != nil {
		return revocation.StoredList{}, 0, f.err
	}
	return f.MemoryStore.Reserve(ctx, pool)
}

func TestStoreThatFails(t *testing.T) {
	f := &failingStore{MemoryStore: new(revocation.MemoryStore)}
	s := issuer(t, revocation.IssuerOptions{Store: f})
	f.err = errors.New("disk on fire")
	_, err := s.Allocate(ctx, time.Time{}, "revocation")
	require.ErrorIs(t, err, f.err)
	b, err := s.Publish(ctx, noon)
	require.ErrorIs(t, err, f.err)
	require.Nil(t, b)
	require.ErrorIs(t, s.Set(ctx, 1, entry(7)), f.err)
}

// TestRebuildFromPublishedLists is what docs/operating.md says to do where a store is
// lost: what was published is put into a new one.
func TestRebuildFromPublishedLists(t *testing.T) {
	lost := issuer(t, revocation.IssuerOptions{})
	e, err := lost.Allocate(ctx, time.Time{}, "revocation", "suspension")
	require.NoError(t, err)
	require.NoError(t, lost.Set(ctx, 1, e...))
	published, err := lost.Publish(ctx, noon)
	require.NoError(t, err)

	store := new(revocation.MemoryStore)
	for url, raw := range published.All() {
		l, err := revocation.VerifyList(ctx, raw, []did.DID{alice.DID()}, nil)
		require.NoError(t, err)
		n := uint64(l.Bits().Len())
		require.NoError(t, store.Add(ctx, revocation.StoredList{
			URL: url, Pool: "rebuilt " + url, Number: 1, Purpose: l.Purposes()[0], Format: l.Format(), Size: l.Bits().Size(),
			Entries: n, Room: n, Next: n, Block: 1, Final: l.HasPurpose(revocation.Revocation),
		}))
		var set []revocation.Change
		for i := range n {
			if v, _ := l.Bits().At(i); v != 0 {
				set = append(set, revocation.Change{List: url, Index: i, Value: v})
			}
		}
		require.NoError(t, store.Set(ctx, set))
	}
	s := issuer(t, revocation.IssuerOptions{Store: store})
	b, err := s.Publish(ctx, noon.Add(time.Minute))
	require.NoError(t, err)
	req := request(e...)
	got, err := checker(t, b, revocation.Policy{}).CheckStatus(ctx, req)
	require.NoError(t, err)
	require.Equal(t, vc.Revoked, got.Mode)
	require.NoError(t, s.Set(ctx, 0, e[1]), "entries given out before can still be changed")
	require.ErrorIs(t, s.Set(ctx, 0, e[0]), revocation.ErrFinal)
	more, err := s.Allocate(ctx, time.Time{}, "revocation")
	require.NoError(t, err)
	require.NotEqual(t, e[0].List, more[0].List, "and nothing is given out of an old list")
}

// racing is a store in which somebody else is first, so many times.
type racing struct {
	*revocation.MemoryStore
	losses int
	other  func(url string)
}

func (r *racing) Publish(ctx context.Context, url string, old, next revocation.Publication) error {
	if r.losses > 0 {
		r.losses--
		r.other(url)
	}
	return r.MemoryStore.Publish(ctx, url, old, next)
}

// TestLosesARace: who was not first publishes what the other one did not have, or
// takes what the other one published.
func TestLosesARace(t *testing.T) {
	for name, c := range map[string]struct {
		losses int
		ahead  time.Duration // of the other one
		want   error
	}{
		"once":            {1, -time.Second, nil},
		"to one later":    {1, time.Second, revocation.ErrTooSoon},
		"again and again": {9, -time.Second, revocation.ErrConflict},
	} {
		t.Run(name, func(t *testing.T) {
			store := &racing{MemoryStore: new(revocation.MemoryStore), losses: c.losses}
			s := issuer(t, revocation.IssuerOptions{Store: store})
			e, err := s.Allocate(ctx, time.Time{}, "suspension")
			require.NoError(t, err)
			n := 0
			store.other = func(url string) {
				n++
				l, _, err := store.Snapshot(ctx, url)
				require.NoError(t, err)
				require.NoError(t, store.MemoryStore.Publish(ctx, url, l.Published, revocation.Publication{
					Version: l.Version, ValidFrom: noon.Add(c.ahead + time.Duration(n)*time.Nanosecond), Signed: []byte("theirs"),
				}))
				require.NoError(t, store.Set(ctx, []revocation.Change{{List: url, Index: 7, Value: uint8(n % 2)}}), "and then more to say")
			}
			require.NoError(t, s.Set(ctx, 1, e[0]))
			b, err := s.Publish(ctx, noon)
			require.ErrorIs(t, err, c.want)
			raw, err := b.List(ctx, e[0].List)
			if c.want == revocation.ErrConflict {
				require.ErrorIs(t, err, revocation.ErrMissing)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want == revocation.ErrTooSoon, string(raw) == "theirs")
		})
	}
}

// TestPublishedByAnother: an Issuer hands out what another signed, where that is
// current.
func TestPublishedByAnother(t *testing.T) {
	opts := revocation.IssuerOptions{Store: new(revocation.MemoryStore), Resign: time.Minute}
	one, two := issuer(t, opts), issuer(t, opts)
	e, err := one.Allocate(ctx, time.Time{}, "revocation")
	require.NoError(t, err)
	b, err := one.Publish(ctx, noon)
	require.NoError(t, err)
	want, err := b.List(ctx, e[0].List)
	require.NoError(t, err)
	b, err = two.Publish(ctx, noon.Add(time.Second))
	require.NoError(t, err)
	got, err := b.List(ctx, e[0].List)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.NoError(t, two.Set(ctx, 1, e[0]), "and knows what the other gave out")
	more, err := one.Allocate(ctx, time.Time{}, "revocation")
	require.NoError(t, err)
	require.NoError(t, two.Set(ctx, 1, more[0]))
	other, err := revocation.NewIssuer(alice, "https://elsewhere.example/", opts)
	require.NoError(t, err)
	b, err = other.Publish(ctx, noon)
	require.NoError(t, err)
	for url := range b.All() {
		t.Fatal("a list of another base URL: ", url)
	}
}

// TestPublisherAhead: a list from the far future keeps no later one back.
func TestPublisherAhead(t *testing.T) {
	s := issuer(t, revocation.IssuerOptions{Resign: time.Minute})
	e, err := s.Allocate(ctx, time.Time{}, "revocation")
	require.NoError(t, err)
	_, err = s.Publish(ctx, noon.Add(24*time.Hour))
	require.NoError(t, err)
	b, err := s.Publish(ctx, noon)
	require.NoError(t, err)
	got, err := checker(t, b, revocation.Policy{}).CheckStatus(ctx, request(e...))
	require.NoError(t, err)
	require.True(t, noon.Equal(got.AsOf))
}
