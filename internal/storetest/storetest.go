// Package storetest has the tests that every revocation.Store must pass: alone, with
// many processes at once, and with processes that are killed.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// Open opens the store under test: the same one each time it is called in a test.
type Open func(t testing.TB) revocation.Store

var (
	ctx      = context.Background()
	noon     = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	operator = personas.New("operator")
)

const base = "https://status.example/lists"

// List is a list as an Issuer makes it.
func List(number int) revocation.StoredList {
	return revocation.StoredList{
		URL: fmt.Sprintf("%s/%d", base, number), Pool: "pool", Number: number, Purpose: "revocation",
		Format: revocation.Bitstring, Size: 1, Entries: 131072, Room: 131072, Block: 100, Final: true,
		Key: [16]byte{1, 2, 255, byte(number)}, Until: noon.Add(time.Hour),
	}
}

// Run tests one store that starts empty.
func Run(t *testing.T, open Open) {
	s := open(t)
	for _, c := range []struct {
		name string
		run  func(*testing.T, revocation.Store)
	}{
		{"an empty one", testEmpty},
		{"lists", testLists},
		{"numbers are given out once", testReserve},
		{"values", testSet},
		{"all or none", testSetAllOrNone},
		{"compare and set", testPublish},
		{"retired", testRetire},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, s) })
	}
	t.Run("opened again", func(t *testing.T) { testReopened(t, s, open(t)) })
}

func testEmpty(t *testing.T, s revocation.Store) {
	lists, err := s.Lists(ctx)
	require.NoError(t, err)
	require.Empty(t, lists)
	_, _, err = s.Reserve(ctx, "pool")
	require.ErrorIs(t, err, revocation.ErrFull)
	_, _, err = s.Snapshot(ctx, base+"/1")
	require.ErrorIs(t, err, revocation.ErrEntry)
	require.ErrorIs(t, s.Set(ctx, []revocation.Change{{List: base + "/1", Value: 1}}), revocation.ErrEntry)
	require.ErrorIs(t, s.Publish(ctx, base+"/1", revocation.Publication{}, revocation.Publication{}), revocation.ErrEntry)
	require.ErrorIs(t, s.Retire(ctx, base+"/1"), revocation.ErrEntry)
	require.NoError(t, s.Set(ctx, nil))
}

func testLists(t *testing.T, s revocation.Store) {
	one, other := List(1), List(9)
	other.Pool, other.Until, other.Size, other.Final = "other", time.Time{}, 3, false
	other.Purpose, other.Format = "message", revocation.StatusList2021
	require.NoError(t, s.Add(ctx, one))
	require.NoError(t, s.Add(ctx, other))
	require.ErrorIs(t, s.Add(ctx, one), revocation.ErrConflict)
	again := List(1)
	again.URL += "again"
	require.ErrorIs(t, s.Add(ctx, again), revocation.ErrConflict, "number 1 of the pool is taken")
	lists, err := s.Lists(ctx)
	require.NoError(t, err)
	require.Equal(t, []revocation.StoredList{one, other}, lists)
}

func testReserve(t *testing.T, s revocation.Store) {
	small := List(2)
	small.Pool, small.Room, small.Number = "small", 250, 1
	require.NoError(t, s.Add(ctx, small))
	for i, want := range []uint64{100, 200, 250} {
		l, first, err := s.Reserve(ctx, "small")
		require.NoError(t, err)
		require.Equal(t, uint64(i*100), first)
		small.Next = want
		l.Published.Signed = nil
		require.Equal(t, small, l)
	}
	_, _, err := s.Reserve(ctx, "small")
	require.ErrorIs(t, err, revocation.ErrFull)
	next := small
	next.URL, next.Number, next.Next = base+"/3", 2, 0
	require.NoError(t, s.Add(ctx, next))
	l, first, err := s.Reserve(ctx, "small")
	require.NoError(t, err)
	require.Zero(t, first)
	require.Equal(t, next.URL, l.URL)
}

func values(t *testing.T, s revocation.Store, url string) (map[uint64]uint8, revocation.StoredList) {
	l, entries, err := s.Snapshot(ctx, url)
	require.NoError(t, err)
	out := map[uint64]uint8{}
	for _, e := range entries {
		require.NotZero(t, e.Value)
		out[e.Index] = e.Value
	}
	require.Len(t, out, len(entries))
	return out, l
}

func testSet(t *testing.T, s revocation.Store) {
	url, other := base+"/1", base+"/9"
	set := func(list string, index uint64, value uint8) error {
		return s.Set(ctx, []revocation.Change{{List: list, Index: index, Value: value}})
	}
	require.NoError(t, set(url, 7, 1))
	require.NoError(t, set(url, 0, 1))
	require.NoError(t, set(url, 131071, 1))
	require.NoError(t, set(url, 7, 1), "again")
	require.ErrorIs(t, set(url, 7, 0), revocation.ErrFinal)
	require.NoError(t, set(url, 8, 0), "it was 0")
	got, l := values(t, s, url)
	require.Equal(t, map[uint64]uint8{0: 1, 7: 1, 131071: 1}, got)
	require.GreaterOrEqual(t, l.Version, uint64(3))

	before := l.Version
	require.NoError(t, set(other, 7, 5))
	require.NoError(t, set(other, 8, 3))
	require.NoError(t, set(other, 7, 0))
	require.NoError(t, set(other, 8, 2))
	got, l = values(t, s, other)
	require.Equal(t, map[uint64]uint8{8: 2}, got)
	require.GreaterOrEqual(t, l.Version, uint64(4))
	_, l = values(t, s, url)
	require.Equal(t, before, l.Version, "of the list that changed alone")
}

func testSetAllOrNone(t *testing.T, s revocation.Store) {
	url, other := base+"/1", base+"/9"
	batch := make([]revocation.Change, 0, 3000)
	for i := range 2000 {
		batch = append(batch, revocation.Change{List: url, Index: uint64(1000 + i), Value: 1}, revocation.Change{List: other, Index: uint64(1000 + i), Value: 7})
	}
	bad := append(slices.Clone(batch), revocation.Change{List: url, Index: 7, Value: 0})
	before, l := values(t, s, url)
	require.ErrorIs(t, s.Set(ctx, bad), revocation.ErrFinal)
	bad[len(bad)-1].List = base + "/none"
	require.ErrorIs(t, s.Set(ctx, bad), revocation.ErrEntry)
	after, same := values(t, s, url)
	require.Equal(t, before, after)
	require.Equal(t, l.Version, same.Version)
	require.NoError(t, s.Set(ctx, batch))
	after, _ = values(t, s, url)
	require.Equal(t, 2003, len(after))
	after, _ = values(t, s, other)
	require.Equal(t, 2001, len(after))
}

func testPublish(t *testing.T, s revocation.Store) {
	url := base + "/1"
	_, l := values(t, s, url)
	none := revocation.Publication{}
	one := revocation.Publication{Version: l.Version, ValidFrom: noon, Signed: []byte("one")}
	two := revocation.Publication{Version: l.Version, ValidFrom: noon.Add(time.Second), Signed: []byte("two")}
	require.NoError(t, s.Publish(ctx, url, none, one))
	require.ErrorIs(t, s.Publish(ctx, url, none, two), revocation.ErrConflict)
	wrong := one
	wrong.Version++
	require.ErrorIs(t, s.Publish(ctx, url, wrong, two), revocation.ErrConflict)
	require.NoError(t, s.Publish(ctx, url, one, two))
	_, l = values(t, s, url)
	require.Equal(t, two, l.Published)
	lists, err := s.Lists(ctx)
	require.NoError(t, err)
	require.True(t, lists[0].Published.Same(two))
	require.Empty(t, lists[0].Published.Signed)
}

func testRetire(t *testing.T, s revocation.Store) {
	url := base + "/3"
	require.NoError(t, s.Set(ctx, []revocation.Change{{List: url, Index: 5, Value: 1}}))
	require.NoError(t, s.Publish(ctx, url, revocation.Publication{}, revocation.Publication{Version: 1, ValidFrom: noon, Signed: []byte("x")}))
	require.NoError(t, s.Retire(ctx, url))
	require.NoError(t, s.Retire(ctx, url), "again")
	require.ErrorIs(t, s.Set(ctx, []revocation.Change{{List: url, Index: 6, Value: 1}}), revocation.ErrRetired)
	require.ErrorIs(t, s.Publish(ctx, url, revocation.Publication{Version: 1, ValidFrom: noon}, revocation.Publication{}), revocation.ErrRetired)
	_, _, err := s.Reserve(ctx, "small")
	require.ErrorIs(t, err, revocation.ErrFull, "it has room")
	got, l := values(t, s, url)
	require.Empty(t, got)
	require.True(t, l.Retired)
	require.Empty(t, l.Published.Signed)
}

// testReopened: another handle on the same store sees all of it.
func testReopened(t *testing.T, s, again revocation.Store) {
	want, err := s.Lists(ctx)
	require.NoError(t, err)
	got, err := again.Lists(ctx)
	require.NoError(t, err)
	require.Equal(t, want, got)
	for _, l := range want {
		entries, one := values(t, s, l.URL)
		same, two := values(t, again, l.URL)
		require.Equal(t, entries, same)
		require.Equal(t, one, two)
	}
}

// Issuers makes n issuers on one store work at once: they allocate, revoke and
// publish. No flip may be lost, no index given out twice, nothing rolled back.
func Issuers(t *testing.T, n, each int, open Open) {
	var mu sync.Mutex
	seen := map[string]bool{}
	var all []vc.StatusEntry
	tick := int64(0)
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		tick++
		return noon.Add(time.Duration(tick) * time.Second)
	}
	errs := make(chan error, n)
	for w := range n {
		s, err := revocation.NewIssuer(operator, base, revocation.IssuerOptions{Store: open(t)})
		require.NoError(t, err)
		go func() {
			errs <- func() error {
				for i := range each {
					e, err := s.Allocate(ctx, time.Time{}, "revocation")
					if err != nil {
						return err
					}
					mu.Lock()
					key := e[0].List + " " + e[0].Index
					twice := seen[key]
					seen[key] = true
					mu.Unlock()
					if twice {
						return fmt.Errorf("given out twice: %s", key)
					}
					if err := s.Set(ctx, 1, e...); err != nil {
						return err
					}
					mu.Lock()
					all = append(all, e[0])
					mu.Unlock()
					if i%5 == w%5 {
						if err := publishAndCheck(s, now(), e[0]); err != nil {
							return err
						}
					}
				}
				return nil
			}()
		}()
	}
	for range n {
		require.NoError(t, <-errs)
	}
	s, err := revocation.NewIssuer(operator, base, revocation.IssuerOptions{Store: open(t)})
	require.NoError(t, err)
	bundle, err := s.Publish(ctx, now())
	require.NoError(t, err)
	require.Len(t, all, n*each)
	RequireSet(t, bundle, all)
}

// publishAndCheck publishes; if that worked, what was set before must be in it.
func publishAndCheck(s *revocation.Issuer, now time.Time, e vc.StatusEntry) error {
	bundle, err := s.Publish(ctx, now)
	if errors.Is(err, revocation.ErrTooSoon) || errors.Is(err, revocation.ErrConflict) {
		return nil // another was quicker; the next tick has it
	}
	if err != nil {
		return err
	}
	ok, err := isSet(bundle, e)
	if err == nil && !ok {
		err = fmt.Errorf("a flip before %s is not in the list", now)
	}
	return err
}

func isSet(bundle *revocation.Bundle, e vc.StatusEntry) (bool, error) {
	raw, err := bundle.List(ctx, e.List)
	if err != nil {
		return false, err
	}
	l, err := revocation.VerifyList(ctx, raw, []did.DID{operator.DID()}, nil)
	if err != nil {
		return false, err
	}
	index, err := revocation.ParseIndex(e.Index)
	if err != nil {
		return false, err
	}
	v, err := l.Bits().At(index)
	return v == 1, err
}

// RequireSet demands that the lists revoke all entries.
func RequireSet(t testing.TB, bundle *revocation.Bundle, entries []vc.StatusEntry) {
	t.Helper()
	lists := map[string]*revocation.List{}
	for _, e := range entries {
		l := lists[e.List]
		if l == nil {
			raw, err := bundle.List(ctx, e.List)
			require.NoError(t, err)
			l, err = revocation.VerifyList(ctx, raw, []did.DID{operator.DID()}, nil)
			require.NoError(t, err)
			lists[e.List] = l
		}
		index, err := revocation.ParseIndex(e.Index)
		require.NoError(t, err)
		v, err := l.Bits().At(index)
		require.NoError(t, err)
		require.Equal(t, uint8(1), v, "lost: %s of %s", e.Index, e.List)
	}
}
