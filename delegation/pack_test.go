package delegation_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/packed"
	"github.com/taperid/taper/internal/personas"
	"github.com/taperid/taper/vc"
)

// realistic is a chain of depth links with the authority of docs/spec.md section 4,
// whole, every link with an id, a task, an agent and a narrower depth.
func realistic(tb testing.TB, depth int, format vc.Format) delegation.Chain {
	terms := parse(tb, example).Terms()
	terms.Depth = depth - 1
	agent := func(i int) *did.Signer { return personas.New(fmt.Sprintf("agent %d", i)) }
	is := delegation.Issue{
		Agent:     delegation.Agent{Kind: "worker", Instance: "urn:uuid:6f0e5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b13"},
		Task:      delegation.Task{ID: "urn:uuid:7b0e5c1e-6d0e-4d7e-9d5f-2f6f3a1c9b12", Purpose: "quarterly-report", Step: "collect"},
		ValidFrom: noon.Add(-time.Minute), ValidUntil: noon.Add(30 * time.Minute), Status: entry("94567"), Format: format,
	}
	c, err := delegation.Root(alice, agent(0).DID(), authority(tb, terms), is)
	require.NoError(tb, err)
	is.Status = nil
	for i := 1; i < depth; i++ {
		terms.Depth--
		is.ID, is.ValidUntil = "", is.ValidUntil.Add(-time.Minute)
		c, err = c.Extend(agent(i-1), agent(i).DID(), authority(tb, terms), is)
		require.NoError(tb, err)
	}
	return c
}

// TestPackIsSmallerThanPeers holds the packed form below what go-ucan v1 needs for
// a chain of that depth with a realistic authority.
func TestPackIsSmallerThanPeers(t *testing.T) {
	for depth, most := range map[int]int{1: 840, 3: 1774, 5: 2701, 10: 5076} {
		for _, format := range []vc.Format{vc.JWT, vc.EdDSAJCS} {
			c := realistic(t, depth, format)
			text, err := c.Pack()
			require.NoError(t, err)
			array, err := c.MarshalJSON()
			require.NoError(t, err)
			t.Logf("depth %d of %s: %d characters, JSON %d", depth, format, len(text), len(array))
			require.Less(t, len(text), most)
		}
	}
}

func TestPackIsTheSameChain(t *testing.T) {
	w := newScene(t)
	p256 := personas.NewP256("erin")
	terms := rootTerms()
	terms.Depth = 0
	mixed, err := w.chain.Extend(dave, p256.DID(), authority(t, terms), delegation.Issue{})
	require.NoError(t, err)
	for name, c := range map[string]delegation.Chain{
		"scene": w.chain, "P-256": mixed, "realistic": realistic(t, 10, vc.JWT), "documents": realistic(t, 10, vc.EdDSAJCS),
		"foreign JSON": parseChain(t, forge(t, w.chain, 0, signers, func(map[string]any) {})),
	} {
		t.Run(name, func(t *testing.T) {
			text, err := c.Pack()
			require.NoError(t, err)
			again := parseChain(t, []byte(text))
			require.Equal(t, mustJSON(t, c), mustJSON(t, again))
			require.Equal(t, c.Digest(), again.Digest())
			repacked, err := again.Pack()
			require.NoError(t, err)
			require.Equal(t, text, repacked)
		})
	}
}

func parseChain(tb testing.TB, data []byte) delegation.Chain {
	tb.Helper()
	c, err := delegation.ParseChain(data)
	require.NoError(tb, err)
	return c
}

func TestVerifyTakesThePackedForm(t *testing.T) {
	w := newScene(t)
	text, err := w.chain.Pack()
	require.NoError(t, err)
	for range 2 { // cold, and kept
		_, err = w.verifier.Verify(context.Background(), []byte(text), w.invoke(read), read)
		require.NoError(t, err)
	}
}

func TestRule1Packed(t *testing.T) {
	w := newScene(t)
	text, err := w.chain.Pack()
	require.NoError(t, err)
	seventeen := make([]string, 17)
	for i := range seventeen {
		seventeen[i] = rawLinks(t, w.chain)[0]
	}
	long, err := packed.Pack(seventeen)
	require.NoError(t, err)
	for name, data := range map[string]string{
		"cut": text[:len(text)-1], "longer": text + "A", "no links": "AQ", "line end": text + "\n", "not packed": strings.Repeat("A", 100), "17 links": long,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.verifier.VerifyChain(context.Background(), []byte(data))
			refused(t, err, delegation.ErrChain, -1)
		})
	}
	_, err = delegation.Chain{}.Pack()
	require.Error(t, err)
}

// What is accepted packs to the same text again, if it was packed, and to a text
// that is accepted, if it was not.
func FuzzParseChain(f *testing.F) {
	w := newScene(f)
	text, err := w.chain.Pack()
	require.NoError(f, err)
	f.Add([]byte(text))
	f.Add(w.wire())
	documents := realistic(f, 2, vc.EdDSAJCS)
	text, err = documents.Pack()
	require.NoError(f, err)
	f.Add([]byte(text))
	data, err := documents.MarshalJSON()
	require.NoError(f, err)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := delegation.ParseChain(data)
		if err != nil {
			return
		}
		text, err := c.Pack()
		require.NoError(t, err)
		if data[0] == packed.Start {
			require.Equal(t, string(data), text)
		}
		again := parseChain(t, []byte(text))
		a, err := json.Marshal(c)
		require.NoError(t, err)
		b, err := json.Marshal(again)
		require.NoError(t, err)
		require.Equal(t, a, b)
	})
}

func BenchmarkPack(b *testing.B) {
	for _, depth := range []int{1, 3, 10} {
		c := realistic(b, depth, vc.JWT)
		text, err := c.Pack()
		require.NoError(b, err)
		b.Run(fmt.Sprintf("depth=%d", depth), func(b *testing.B) {
			verify := floor()
			ratio(b, func() {}, func() {
				if _, err := packed.Unpack(text, 16); err != nil {
					b.Fatal(err)
				}
			}, func() { verify(1) })
			b.ReportMetric(float64(len(text)), "wire-B")
		})
	}
}

// TestPackedExampleOfTheSpecification packs the example of docs/spec.md.
func TestPackedExampleOfTheSpecification(t *testing.T) {
	text, err := os.ReadFile("../docs/spec.md")
	require.NoError(t, err)
	var links []string
	var example string
	for i, block := range strings.Split(string(text), "```") {
		block = strings.ReplaceAll(strings.TrimSpace(block), "\n", "")
		switch {
		case i%2 == 0:
		case strings.HasPrefix(block, "eyJhbGciOiJFZERTQSIsInR5cCI6InZjK2p3dCIs"):
			links = append(links, block)
		case strings.HasPrefix(block, "AQ"):
			example = block
		}
	}
	require.Len(t, links, 2)
	data, err := json.Marshal(links)
	require.NoError(t, err)
	got, err := parseChain(t, data).Pack()
	require.NoError(t, err)
	require.Equal(t, example, got)
	require.True(t, strings.Contains(string(text), fmt.Sprintf("packed, %d characters instead of", len(got))))
}
