package delegation_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
)

func spend(l *delegation.VolatileLedger, tree, bucket string, amount, max int64) (delegation.Reservation, error) {
	return l.Reserve(context.Background(), delegation.Spend{
		Tree: tree, Now: noon,
		Charges: []delegation.Charge{{Bucket: bucket, Amount: amount, Max: max, Until: noon.Add(time.Hour)}},
	})
}

// TestLedgerIsExactUnderRace lets 64 goroutines make 10,000 spends of one unit
// against three nested caps: exactly the smallest one gets through.
func TestLedgerIsExactUnderRace(t *testing.T) {
	l := delegation.NewVolatileLedger()
	const spends, workers, most = 10_000, 64, 777
	var allowed, refusals, next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				n := next.Add(1)
				if n > spends {
					return
				}
				s := delegation.Spend{Tree: "t", Now: noon}
				for i, limit := range []int64{5000, most, 900} {
					bucket := fmt.Sprintf("link %d", i)
					if i == 2 { // many leaves
						bucket = fmt.Sprintf("leaf %d", n%50)
					}
					s.Charges = append(s.Charges, delegation.Charge{Bucket: bucket, Amount: 1, Max: limit, Until: noon.Add(time.Hour)})
				}
				r, err := l.Reserve(context.Background(), s)
				if err != nil {
					refusals.Add(1)
					continue
				}
				allowed.Add(1)
				_ = r.Commit(context.Background())
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, most, allowed.Load())
	require.EqualValues(t, spends-most, refusals.Load())
	_, err := spend(l, "t", "link 1", 1, most)
	require.ErrorIs(t, err, delegation.ErrOverBudget)
	r, err := spend(l, "t", "link 0", 0, 5000) // those without room in link 1 took nothing of link 0
	require.NoError(t, err)
	require.Equal(t, []int64{5000 - most}, r.Left())
}

func TestLedgerReleasesOnce(t *testing.T) {
	l, ctx := delegation.NewVolatileLedger(), context.Background()
	left := func() int64 {
		r, err := spend(l, "t", "b", 0, 10)
		require.NoError(t, err)
		return r.Left()[0]
	}
	a, err := spend(l, "t", "b", 4, 10)
	require.NoError(t, err)
	b, err := spend(l, "t", "b", 5, 10)
	require.NoError(t, err)
	require.Equal(t, []int64{1}, b.Left())
	require.NoError(t, a.Release(ctx))
	require.NoError(t, a.Release(ctx))
	require.NoError(t, a.Commit(ctx))
	require.Equal(t, int64(5), left())
	require.NoError(t, b.Commit(ctx))
	require.NoError(t, b.Release(ctx))
	require.Equal(t, int64(5), left())
	var room *delegation.RoomError
	_, err = spend(l, "t", "b", 6, 10)
	require.ErrorAs(t, err, &room)
	require.Equal(t, delegation.RoomError{Charge: 0, Left: 5}, *room)
}

// TestLedgerTakesAllOrNothing: a spend of which the last charge has no room leaves
// the first as it was, also where it names one bucket twice.
func TestLedgerTakesAllOrNothing(t *testing.T) {
	l := delegation.NewVolatileLedger()
	until := noon.Add(time.Hour)
	two := func(a, b string) error {
		_, err := l.Reserve(context.Background(), delegation.Spend{Tree: "t", Now: noon, Charges: []delegation.Charge{
			{Bucket: a, Amount: 6, Max: 10, Until: until}, {Bucket: b, Amount: 6, Max: 10, Until: until},
		}})
		return err
	}
	require.ErrorIs(t, two("a", "a"), delegation.ErrOverBudget)
	_, err := spend(l, "t", "b", 5, 10)
	require.NoError(t, err)
	require.ErrorIs(t, two("a", "b"), delegation.ErrOverBudget)
	r, err := spend(l, "t", "a", 10, 10)
	require.NoError(t, err)
	require.Equal(t, []int64{0}, r.Left())
}

func TestLedgerRefusesNumbersOutOfRange(t *testing.T) {
	const most = 1<<53 - 1
	l := delegation.NewVolatileLedger()
	for _, c := range [][2]int64{{-1, 10}, {most + 1, most}, {1, -1}, {1, most + 1}, {-1 << 63, -1 << 63}} {
		_, err := spend(l, "t", "b", c[0], c[1])
		require.Error(t, err, c)
	}
	_, err := spend(l, "t", "b", most, most)
	require.NoError(t, err)
	_, err = spend(l, "t", "b", most, most) // the sum is beyond 2^53
	require.ErrorIs(t, err, delegation.ErrOverBudget)
}

// TestLedgerWindows: a rate begins anew at the edge of its window and never before;
// a clock that is behind is charged to the window that is there.
func TestLedgerWindows(t *testing.T) {
	l, ctx := delegation.NewVolatileLedger(), context.Background()
	at := func(window, amount int64) (delegation.Reservation, error) {
		return l.Reserve(ctx, delegation.Spend{Tree: "t", Now: noon, Charges: []delegation.Charge{
			{Bucket: "b", Window: window, Amount: amount, Max: 10, Until: noon.Add(time.Hour)},
		}})
	}
	late, err := at(7, 10)
	require.NoError(t, err)
	_, err = at(7, 1)
	require.ErrorIs(t, err, delegation.ErrOverBudget)
	_, err = at(8, 8)
	require.NoError(t, err)
	require.NoError(t, late.Release(ctx)) // of a window that is over: the new one keeps its 8
	_, err = at(8, 3)
	require.ErrorIs(t, err, delegation.ErrOverBudget)
	behind, err := at(7, 2) // fills window 8
	require.NoError(t, err)
	_, err = at(7, 1)
	require.ErrorIs(t, err, delegation.ErrOverBudget)
	require.NoError(t, behind.Release(ctx))
	_, err = at(8, 2)
	require.NoError(t, err)
}

// TestLedgerIsBounded: a tree that fills its share is refused, another is not,
// nothing is forgotten before its time, and what may have been forgotten is
// refused.
func TestLedgerIsBounded(t *testing.T) {
	l := delegation.NewVolatileLedger()
	n := 0
	var err error
	for ; err == nil; n++ {
		require.LessOrEqual(t, n, 1<<16)
		_, err = spend(l, "hostile", fmt.Sprint(n), 1, 1)
	}
	require.ErrorIs(t, err, delegation.ErrLedgerFull)
	require.Equal(t, 1<<16+1, n)
	_, err = spend(l, "hostile", "0", 1, 1)
	require.ErrorIs(t, err, delegation.ErrOverBudget)
	_, err = spend(l, "other", "0", 1, 1)
	require.NoError(t, err)

	reserve := func(bucket string, now, until time.Time) error {
		_, err := l.Reserve(context.Background(), delegation.Spend{Tree: "hostile", Now: now, Charges: []delegation.Charge{
			{Bucket: bucket, Amount: 1, Max: 1, Until: until},
		}})
		return err
	}
	end := noon.Add(time.Hour)
	require.ErrorIs(t, reserve("more", end.Add(-time.Second), end.Add(time.Hour)), delegation.ErrLedgerFull)
	require.ErrorIs(t, reserve("0", end.Add(-time.Second), end), delegation.ErrOverBudget)
	require.NoError(t, reserve("more", end, end.Add(time.Hour)))
	require.Error(t, reserve("0", noon, end), "a clock that is behind finds a budget that was forgotten")
}

// TestLedgerOfSubAgents: an agent that mints links with limits without end fills its
// share of a tree, and another one in that tree goes on.
func TestLedgerOfSubAgents(t *testing.T) {
	l := delegation.NewVolatileLedger()
	end := noon.Add(time.Hour)
	charge := func(now time.Time, bucket string, links ...string) error {
		_, err := l.Reserve(context.Background(), delegation.Spend{Tree: "root", Links: links, Now: now, Charges: []delegation.Charge{
			{Bucket: "root/calls", Amount: 1, Max: 1 << 20, Until: now.Add(time.Hour)},
			{Bucket: bucket, Link: len(links) - 1, Amount: 1, Max: 1, Until: now.Add(time.Hour)},
		}})
		return err
	}
	n := 0
	for ; charge(noon, fmt.Sprint(n), "root", "hostile", fmt.Sprint(n/64)) == nil; n++ {
		require.Less(t, n, 1<<16)
	}
	require.Greater(t, n, 1<<15, "which is a large share")
	require.ErrorIs(t, charge(noon, "more", "root", "hostile"), delegation.ErrLedgerFull)
	require.ErrorIs(t, charge(noon, "0", "root", "hostile", "0"), delegation.ErrOverBudget)
	require.NoError(t, charge(noon, "b", "root", "beside"))
	require.NoError(t, charge(noon, "c", "root", "beside", "below it"))
	require.NoError(t, charge(end, "more", "root", "hostile"), "what is over takes no room")

	_, err := l.Reserve(context.Background(), delegation.Spend{Tree: "root", Now: end, Charges: []delegation.Charge{
		{Bucket: "d", Link: 1, Amount: 1, Max: 1, Until: end.Add(time.Hour)},
	}})
	require.Error(t, err, "a link that the chain does not have")
}

// asked remembers what a store and a ledger were asked.
type asked struct {
	*delegation.VolatileReplay
	*delegation.VolatileLedger
	use   delegation.Use
	spend delegation.Spend
}

func (a *asked) Use(ctx context.Context, u delegation.Use) error {
	a.use = u
	return a.VolatileReplay.Use(ctx, u)
}

func (a *asked) Reserve(ctx context.Context, s delegation.Spend) (delegation.Reservation, error) {
	a.spend = s
	return a.VolatileLedger.Reserve(ctx, s)
}

// TestStoresAreToldTheChain: by which they bound what a link takes with all below it.
func TestStoresAreToldTheChain(t *testing.T) {
	a := &asked{VolatileReplay: delegation.NewVolatileReplay(noon.Add(-time.Hour), 0), VolatileLedger: delegation.NewVolatileLedger()}
	w := newBudget(t, calls(9), func(c *delegation.Config) { c.Replay, c.Ledger = a, a })
	child := spawn(t, w.bob, delegation.Terms{Limits: map[string]delegation.Limit{"calls": {Unit: "count", Max: 3}}})
	_, err := w.act(child, read)
	require.NoError(t, err)
	links := child.Chain().Links()
	digests := []string{links[0].Digest, links[1].Digest}
	require.Equal(t, digests, a.spend.Links)
	require.Equal(t, []int{0, 1}, []int{a.spend.Charges[0].Link, a.spend.Charges[1].Link})
	require.Equal(t, append([]string{alice.DID().String()}, digests...), a.use.Path)
}
