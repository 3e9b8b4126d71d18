package audit_test

import (
	"crypto/ed25519"
	"fmt"
	"strings"
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

// BenchmarkAudit reads whole logs; its floor is one verification an entry.
func BenchmarkAudit(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			alice, carol := personas.New("alice"), personas.New("carol")
			log := newLog(b)
			r := newRecorder(b, carol, log, "", clock())
			record(b, r, open(alice, carol))
			for range n - 2 {
				e := intent(b, "db/read")
				e.Invocation = ""
				record(b, r, e)
			}
			record(b, r, audit.Entry{Type: audit.TaskClose})
			publish(b, log)
			_, verify := bare(r.Last().Bytes())
			cost := float64(n) * floor(verify)
			p := policy(b)
			b.ReportAllocs()
			for b.Loop() {
				report, err := audit.Audit(ctx, log, p, nil)
				if err != nil || len(report.Findings) > 0 {
					b.Fatal(err, report)
				}
			}
			report(b, cost)
		})
	}
}
