package tesseralog_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
)

// BenchmarkAppend has 256 agents write at once, each waiting until its entry is
// durable before it writes the next, and reports the quantiles of both stages.
func BenchmarkAppend(b *testing.B) {
	log, done := open(b, b.TempDir(), fast)
	defer done()
	const writers = 256
	var mu sync.Mutex
	var durable, published []time.Duration
	each := max(2, b.N/writers)
	b.ResetTimer()
	var wg sync.WaitGroup
	for i := range writers {
		who := signer(b, byte(i))
		r, err := audit.NewRecorder(who, log, audit.RecorderOptions{})
		require.NoError(b, err)
		wg.Go(func() {
			for n := range each {
				start := time.Now()
				rec, err := r.Record(ctx, step(b, who, n))
				require.NoError(b, err)
				took := time.Since(start)
				mu.Lock()
				durable = append(durable, took)
				mu.Unlock()
				if n == each-1 {
					_, err := log.Await(ctx, rec.Pending(), 5*time.Millisecond)
					require.NoError(b, err)
					mu.Lock()
					published = append(published, time.Since(start))
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	report := func(name string, d []time.Duration) {
		slices.Sort(d)
		b.ReportMetric(float64(d[len(d)/2].Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(d[len(d)*99/100].Microseconds())/1000, name+"-p99-ms")
	}
	report("durable", durable)
	report("published", published)
	b.ReportMetric(float64(writers*each)/b.Elapsed().Seconds(), "entries/s")
}
