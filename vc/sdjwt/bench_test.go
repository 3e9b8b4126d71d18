package sdjwt_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/vc/sdjwt"
)

// BenchmarkVerify verifies a presentation of nine disclosable claims, three of them
// shown with the one that one of them stands in, and the holder's proof. x-floor is its time over that of the two bare
// signatures in it, measured in the same run.
func BenchmarkVerify(b *testing.B) {
	credential := issue(b, sdjwt.IssueOptions{Disclosable: disclosable, Holder: agent.Key()})
	text, err := sdjwt.Present(credential, []string{"/name", "/budget/usd", "/org/unit/team"}, agent,
		sdjwt.Binding{Audience: tool, Nonce: nonce, IssuedAt: noon})
	require.NoError(b, err)
	data, o := []byte(text), optionsAt(noon)
	input := data[:500]
	sig, err := alice.Sign(input)
	require.NoError(b, err)
	b.ReportAllocs()
	var floor time.Duration
	for b.Loop() {
		if _, err := sdjwt.Verify(context.Background(), data, o); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		start := time.Now()
		for range 2 {
			if err := alice.Key().Verify("EdDSA", input, sig); err != nil {
				b.Fatal(err)
			}
		}
		floor += time.Since(start)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed())/float64(floor), "x-floor")
	b.ReportMetric(float64(len(data)), "bytes")
}
