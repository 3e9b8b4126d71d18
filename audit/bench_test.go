package audit_test

import (
	"crypto/ed25519"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/internal/personas"
)

// floor returns what one bare Ed25519 operation over as many bytes costs, in
// nanoseconds, measured here and now: absolute times mean little on a shared
// machine, ratios to this do.
func floor(op func()) float64 {
	const n = 300
	best := time.Duration(1 << 62)
	for range 5 {
		begin := time.Now()
		for range n {
			op()
		}
		best = min(best, time.Since(begin))
	}
	return float64(best.Nanoseconds()) / n
}

func report(b *testing.B, floor float64) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/floor, "x-floor")
}

// bare returns a bare signing and a bare verification of as many bytes as the
// signing input of a leaf has.
func bare(leaf []byte) (sign, verify func()) {
	msg := leaf[:strings.LastIndexByte(string(leaf), '.')]
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	pub, sig := key.Public().(ed25519.PublicKey), ed25519.Sign(key, msg)
	return func() { ed25519.Sign(key, msg) }, func() { ed25519.Verify(pub, msg, sig) }
}

// BenchmarkSign has as its floor one signing and one verification: Sign verifies
// what it made, so that a broken key store shows before the entry is part of a
// chain.
func BenchmarkSign(b *testing.B) {
	carol := personas.New("carol")
	e := full(b, carol)
	s, err := audit.Sign(carol, e)
	require.NoError(b, err)
	sign, verify := bare(s.Bytes())
	cost := floor(sign) + floor(verify)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := audit.Sign(carol, e); err != nil {
			b.Fatal(err)
		}
	}
	report(b, cost)
}

func BenchmarkParseSigned(b *testing.B) {
	carol := personas.New("carol")
	e := full(b, carol)
	s, err := audit.Sign(carol, e)
	require.NoError(b, err)
	leaf := s.Bytes()
	_, verify := bare(leaf)
	cost := floor(verify)
	b.SetBytes(int64(len(leaf)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := audit.ParseSigned(leaf); err != nil {
			b.Fatal(err)
		}
	}
	report(b, cost)
}

// BenchmarkRecord signs, verifies, links and appends.
func BenchmarkRecord(b *testing.B) {
	alice, carol := personas.New("alice"), personas.New("carol")
	r := newRecorder(b, carol, newLog(b), "", clock())
	e := intent(b, "db/read")
	record(b, r, open(alice, carol))
	sign, verify := bare(r.Last().Bytes())
	cost := floor(sign) + floor(verify)
	b.ReportAllocs()
	for b.Loop() {
		record(b, r, e)
	}
	report(b, cost)
}

// BenchmarkVerifyReceipt has as its floor the two signatures that there are: the
// agent's and the log's.
func BenchmarkVerifyReceipt(b *testing.B) {
	story := tell(b)
	receipt, err := story.log.Receipt(ctx, 3)
	require.NoError(b, err)
	leaf, proof, p := receipt.Signed().Bytes(), receipt.Proof(), policy(b)
	_, verify := bare(leaf)
	cost := 2 * floor(verify)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := audit.VerifyReceipt(leaf, proof, p); err != nil {
			b.Fatal(err)
		}
	}
	report(b, cost)
}

// BenchmarkAudit reads whole logs, of many agents and a verifier who decides on what
// they do. Its floor is one verification an entry, on as many cores.
func BenchmarkAudit(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			if n > 10_000 && testing.Short() {
				b.Skip("takes half a minute to make")
			}
			log := manyLeaves(b, max(n/500, 2), n)
			last, err := log.Receipt(ctx, uint64(n/2))
			require.NoError(b, err)
			_, verify := bare(last.Signed().Bytes())
			p := policy(b)
			var floor, cost spentTime
			b.ReportAllocs()
			for b.Loop() { // measured and floor alternate, so that both see the same machine
				floor.add(func() { onAllCores(n, verify) })
				cost.add(func() {
					report, err := audit.Audit(ctx, log, p, nil)
					if err != nil || len(report.Findings) > 0 {
						b.Fatal(err, report)
					}
				})
			}
			b.ReportMetric(cost.clock.Seconds()/floor.clock.Seconds(), "x-floor")
			if floor.cpu > 0 {
				b.ReportMetric(cost.cpu.Seconds()/floor.cpu.Seconds(), "x-cpu-floor")
			}
			b.ReportMetric(float64(b.N*n)/cost.clock.Seconds(), "entries/s")
			b.ReportMetric(heldBy(b, log)/float64(n), "B-held/entry")
		})
	}
}

// spentTime is what something took, by the clock and of the processors.
type spentTime struct{ clock, cpu time.Duration }

func (s *spentTime) add(op func()) {
	begin, began := time.Now(), cpuTime()
	op()
	s.clock += time.Since(begin)
	s.cpu += cpuTime() - began
}

// onAllCores runs op n times, shared among all cores.
func onAllCores(n int, op func()) {
	var all sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	for range cores {
		all.Go(func() {
			for range n / cores {
				op()
			}
		})
	}
	all.Wait()
}

// heldBy returns how many bytes the report of a log holds.
func heldBy(b *testing.B, log *audit.Log) float64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	report, err := audit.Audit(ctx, log, policy(b), nil)
	require.NoError(b, err)
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(report)
	return float64(after.HeapAlloc) - float64(before.HeapAlloc)
}
