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

var exampleRequests = map[string]delegation.Request{
	"query": {Action: "mcp/tools/call/query", Resource: "https://db.example.com/sales/2026", Audience: "did:web:db.example.com", Arguments: []byte(`{"table":"orders","limit":10}`)},
	"get":   {Action: "http/get", Resource: "https://export.arxiv.org/abs/2301.00001", Audience: "https://fetch.example.com"},
}

// BenchmarkAllowsLink is what each further link costs, the request being read.
func BenchmarkAllowsLink(b *testing.B) {
	a := parse(b, example)
	for name, q := range exampleRequests {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			judge := delegation.Judging(a, q)
			for b.Loop() {
				if !judge() {
					b.Fatal("refused")
				}
			}
		})
	}
}

func BenchmarkAllows(b *testing.B) {
	a := parse(b, example)
	for name, q := range exampleRequests {
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

func BenchmarkNarrow(b *testing.B) {
	parent := parse(b, example)
	wish := delegation.Terms{Grants: []delegation.Grant{{Actions: []string{"http/get"}, Resources: []string{"https://export.arxiv.org/**"}}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := delegation.Narrow(parent, wish); err != nil {
			b.Fatal(err)
		}
	}
}
