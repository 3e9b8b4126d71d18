package delegation_test

import (
	"testing"

	"github.com/taperid/taper/delegation"
)

func BenchmarkParseAuthority(b *testing.B) {
	json := []byte(example)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := delegation.ParseAuthority(json); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCovers(b *testing.B) {
	parent := parse(b, example)
	child := withDepth(b, parent, 0)
	b.ReportAllocs()
	for b.Loop() {
		if err := delegation.Covers(parent, child); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAllows(b *testing.B) {
	a := parse(b, example)
	for name, q := range map[string]delegation.Request{
		"query": {Action: "mcp/tools/call/query", Resource: "https://db.example.com/sales/2026", Audience: "did:web:db.example.com", Arguments: []byte(`{"table":"orders","limit":10}`)},
		"get":   {Action: "http/get", Resource: "https://export.arxiv.org/abs/2301.00001", Audience: "https://fetch.example.com"},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := a.Allows(q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
