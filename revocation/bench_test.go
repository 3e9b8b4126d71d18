package revocation_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{131072, 1 << 20} {
		for _, density := range []float64{0, 0.001, 0.01} {
			text, err := randomBits(b, n, density).Encode(revocation.Bitstring)
			require.NoError(b, err)
			b.Run(fmt.Sprintf("entries=%d/set=%g%%", n, density*100), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := revocation.Decode(revocation.Bitstring, 1, text); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkHostile shows what refusing costs at most.
func BenchmarkHostile(b *testing.B) {
	for name, packed := range map[string][]byte{
		"bomb":            bomb(580 << 20),
		"bomb-that-lies":  lie(bomb(580<<20), 2<<20),
		"2MiB-and-a-byte": append(pack(make([]byte, 2<<20)), 0),
	} {
		text := bitstring(packed)
		if len(text) > 1<<20 {
			b.Fatal(name, len(text))
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := revocation.Decode(revocation.Bitstring, 1, text); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}

func BenchmarkLookup(b *testing.B) {
	bits := randomBits(b, revocation.MinEntries, 0.01)
	b.ReportAllocs()
	i := uint64(0)
	for b.Loop() {
		if _, err := bits.At(i & 0x1ffff); err != nil {
			b.Fatal(err)
		}
		i += 7919
	}
}

func BenchmarkCheck(b *testing.B) {
	source := bundle(b, draft{set: []uint64{9}})
	for name, entries := range map[string][]vc.StatusEntry{
		"one":     {entry(94567)},
		"two":     {entry(94567), entry(94568)},
		"revoked": {entry(9)},
	} {
		b.Run("warm/"+name, func(b *testing.B) {
			k, req := checker(b, source, revocation.Policy{}), request(entries...)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := k.CheckStatus(ctx, req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("warm/parallel", func(b *testing.B) {
		k, req := checker(b, source, revocation.Policy{}), request(entry(94567))
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := k.CheckStatus(ctx, req); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("cold", func(b *testing.B) {
		req := request(entry(94567))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := checker(b, source, revocation.Policy{}).CheckStatus(ctx, req); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerifyList(b *testing.B) {
	list := draft{set: []uint64{9}}.sign(b)
	signers := []did.DID{alice.DID()}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := revocation.VerifyList(ctx, list, signers, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAllocate(b *testing.B) {
	s := issuer(b, revocation.IssuerOptions{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Allocate(ctx, time.Time{}, "revocation"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{131072, 1 << 20} {
		b.Run(fmt.Sprintf("entries=%d", n), func(b *testing.B) {
			s, now := issuer(b, revocation.IssuerOptions{Size: n}), noon
			for range n / 100 {
				e, err := s.Allocate(ctx, time.Time{}, "revocation")
				require.NoError(b, err)
				require.NoError(b, s.Set(ctx, 1, e[0]))
			}
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(time.Second)
				if _, err := s.Publish(ctx, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkMemory is what a verifier keeps that holds 100 lists of a million
// entries.
func BenchmarkMemory(b *testing.B) {
	const lists = 100
	source := revocation.NewBundle()
	var entries []vc.StatusEntry
	encoded, err := randomBits(b, 1<<20, 0.01).Encode(revocation.Bitstring)
	require.NoError(b, err)
	for i := range lists {
		d := draft{url: fmt.Sprint(listURL, "/", i), encoded: encoded}
		put(b, source, d)
		entries = append(entries, entry(94567, func(e *vc.StatusEntry) { e.List = d.url }))
	}
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		k := checker(b, source, revocation.Policy{})
		for _, e := range entries {
			if _, err := k.CheckStatus(ctx, request(e)); err != nil {
				b.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(k)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB")
	}
}
