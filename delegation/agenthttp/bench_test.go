package agenthttp_test

import (
	"bytes"
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
)

// BenchmarkGuard is what a guard adds to a request whose chain it knows: the time
// of a request that does nothing else. Its floor is one bare Ed25519 verification
// of 600 bytes. With receipts one signature is added.
func BenchmarkGuard(b *testing.B) {
	for name, receipts := range map[string]bool{"plain": false, "receipts": true} {
		for sent, digest := range map[string]bool{"digest": true, "chain": false} {
			b.Run(name+"/"+sent, func(b *testing.B) { benchGuard(b, receipts, digest) })
		}
	}
}

func benchGuard(b *testing.B, receipts, digest bool) {
	renewed := func(_ *world, _ *delegation.Config, o *agenthttp.GuardOptions) {
		if !receipts {
			o.Signer = nil
		}
	}
	w := newWorld(b, renewed)
	w.handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	h := w.bob()
	pub, priv, err := ed25519.GenerateKey(nil)
	require.NoError(b, err)
	message := bytes.Repeat([]byte("x"), 600)
	sig := ed25519.Sign(priv, message)
	body := `{"table":"orders","limit":10}`
	var measured, floor time.Duration
	n := 0
	for b.Loop() {
		if n%4000 == 0 { // the replay store holds 4096 of one agent
			w.renew(renewed)
			first := httptest.NewRecorder()
			w.guard.Protect(w.handler).ServeHTTP(first, w.bare(h, "POST", "/sales/2026", body, media(object)))
			require.Equal(b, 200, first.Code)
		}
		n++
		r := w.bare(h, "POST", "/sales/2026", body, media(object))
		if digest {
			r.Header.Set("Taper-Chain", "digest="+h.Chain().Digest())
		}
		guarded, rec := w.guard.Protect(w.handler), httptest.NewRecorder()
		start := time.Now()
		ok := ed25519.Verify(pub, message, sig)
		middle := time.Now()
		guarded.ServeHTTP(rec, r)
		measured += time.Since(middle)
		floor += middle.Sub(start)
		if !ok || rec.Code != 200 {
			b.Fatal(rec.Code, rec.Body)
		}
	}
	b.ReportMetric(float64(measured)/float64(floor), "x-floor")
	b.ReportMetric(float64(measured)/float64(n), "ns/op")
}
